//! Generates what is compiled in: the table of shipped profiles, and the size of the image.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Size of QuickJS's own part of the image in bytes, and of a bundle's part in hundredths of its bytecode. The finished
/// executable makes the image, and fails if it is too small.
const QUICKJS_IN_IMAGE: u64 = 224 << 10;
const BUNDLE_IN_IMAGE: u64 = 335;
/// The image is a whole number of pages.
const PAGE: u64 = 4096;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo"));
    println!("cargo::rerun-if-changed=build.rs");

    // As in `src/tables/architectures.ts`, but without the byte order, which Rust keeps apart.
    println!("cargo::rustc-env=TARGET_ARCH={}", env::var("CARGO_CFG_TARGET_ARCH").expect("set by cargo"));

    let profiles = root.join("../profiles");
    println!("cargo::rerun-if-changed={}", profiles.display());
    fs::write(out.join("profiles.rs"), profile_table(&profiles)).expect("OUT_DIR is writable");

    // Only the executable embeds bundles; the tool that compiles them is built before they exist.
    let mut image = PAGE;
    if env::var_os("CARGO_FEATURE_PROGRAM").is_some() {
        let made = |name: &str| {
            let path = root.join("../build/out").join(name);
            println!("cargo::rerun-if-changed={}", path.display());
            path
        };
        println!("cargo::rustc-env=TOOLKIT_BYTECODE={}", made("toolkit.qbc").display());
        println!("cargo::rustc-env=AUDITOR_BYTECODE={}", made("auditor.qbc").display());
        let [compiler, launch, filters] = ["compiler.qbc", "launch.qbc", "filters.json"]
            .map(|name| fs::metadata(made(name)).expect("the contents of the image were built before").len());
        image = (QUICKJS_IN_IMAGE + (compiler + launch) * BUNDLE_IN_IMAGE / 100 + filters).next_multiple_of(PAGE);
    }
    fs::write(out.join("image-size.rs"), image.to_string()).expect("OUT_DIR is writable");
}

/// The source of `PROFILES`: file name and text of each profile, sorted by name.
fn profile_table(directory: &Path) -> String {
    let entries = fs::read_dir(directory).expect("the repository has a directory profiles/");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the directory is readable").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();

    let mut table = String::from("static PROFILES: &[(&str, &str)] = &[\n");
    for path in paths {
        let path = path.canonicalize().expect("it was just listed");
        let name = path.file_name().expect("a profile has a file name").to_str().expect("names of profiles are UTF-8");
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(table, "    ({name:?}, include_str!({path:?})),").expect("writing to a string succeeds");
    }
    table + "];\n"
}
