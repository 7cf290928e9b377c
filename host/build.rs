//! Compiles in what comes from elsewhere in the repository: the shipped profiles, and the toolkit's bytecode.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Bytes of QuickJS's own part of the image, and what bundles take in it, in hundredths of their bytecode. The
/// image is made by the finished executable, which says so where it is too small.
const QUICKJS_IN_IMAGE: u64 = 224 << 10;
const BUNDLE_IN_IMAGE: u64 = 330;
/// It is a whole number of pages.
const PAGE: u64 = 4096;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");

    // As in `src/tables/architectures.ts`, but for the byte order that Rust has apart.
    println!("cargo::rustc-env=TARGET_ARCH={}", env::var("CARGO_CFG_TARGET_ARCH").expect("cargo sets it"));

    let profiles = root.join("../profiles");
    println!("cargo::rerun-if-changed={}", profiles.display());
    fs::write(out.join("profiles.rs"), profile_table(&profiles)).expect("OUT_DIR can be written to");

    // Only the executable has bundles in it; the tool that makes their bytecode is built before there are any.
    let mut image = PAGE;
    if env::var_os("CARGO_FEATURE_PROGRAM").is_some() {
        let made = |name: &str| {
            let path = root.join("../build/out").join(name);
            println!("cargo::rerun-if-changed={}", path.display());
            path
        };
        println!("cargo::rustc-env=TOOLKIT_BYTECODE={}", made("toolkit.qbc").display());
        let [compiler, launch, filters] = ["compiler.qbc", "launch.qbc", "filters.json"]
            .map(|name| fs::metadata(made(name)).expect("what the image is made of was made before").len());
        image = (QUICKJS_IN_IMAGE + (compiler + launch) * BUNDLE_IN_IMAGE / 100 + filters).next_multiple_of(PAGE);
    }
    fs::write(out.join("image-size.rs"), image.to_string()).expect("OUT_DIR can be written to");
}

/// The source of `PROFILES`: file name and text of each profile, sorted by name.
fn profile_table(directory: &Path) -> String {
    let entries = fs::read_dir(directory).expect("the repository has a directory profiles/");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();

    let mut table = String::from("static PROFILES: &[(&str, &str)] = &[\n");
    for path in paths {
        let path = path.canonicalize().expect("it was just listed");
        let name = path.file_name().expect("it has one").to_str().expect("names of profiles are UTF-8");
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(table, "    ({name:?}, include_str!({path:?})),").expect("a string takes everything");
    }
    table + "];\n"
}
