//! Compiles in what comes from elsewhere in the repository: the shipped profiles, and the toolkit's bytecode.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use miniz_oxide::deflate::compress_to_vec;

/// Bytes of the engine's own part of the image, and what bundles take in it, in hundredths of their bytecode. The
/// image is made by the finished executable, which says so where it is too small.
const ENGINE_IN_IMAGE: u64 = 224 << 10;
const BUNDLE_IN_IMAGE: u64 = 325;
/// It is a whole number of pages.
const PAGE: u64 = 4096;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");

    // Only the executable has bundles in it; the tool that makes their bytecode is built before there are any.
    let mut image = PAGE;
    if env::var_os("CARGO_FEATURE_PROGRAM").is_some() {
        let toolkit = input("SECCOMP_EXEC_TOOLKIT_BYTECODE", &root.join("../build/out/toolkit.qbc"));
        println!("cargo::rustc-env=SECCOMP_EXEC_TOOLKIT_BYTECODE={}", toolkit.display());
        let compiler = size(&input("SECCOMP_EXEC_COMPILER_BYTECODE", &root.join("../build/out/compiler.qbc")));
        let launch = size(&input("SECCOMP_EXEC_LAUNCH_BYTECODE", &root.join("../build/out/launch.qbc")));
        let filters = size(&input("SECCOMP_EXEC_FILTERS", &root.join("../build/out/filters.json")));
        image = (ENGINE_IN_IMAGE + (compiler + launch) * BUNDLE_IN_IMAGE / 100 + filters).next_multiple_of(PAGE);
    }
    let profiles = root.join("../profiles");
    println!("cargo::rerun-if-changed={}", profiles.display());
    fs::write(out.join("profiles.rs"), profile_table(&profiles, &out)).expect("OUT_DIR can be written to");
    fs::write(out.join("image-size.rs"), image.to_string()).expect("OUT_DIR can be written to");
}

fn size(file: &Path) -> u64 {
    fs::metadata(file).expect("what the image is made of was made before").len()
}

/// A file that the executable depends on: the one that a variable names, or the usual one.
fn input(variable: &str, usual: &Path) -> PathBuf {
    println!("cargo::rerun-if-env-changed={variable}");
    let path = env::var_os(variable).map_or_else(|| usual.to_path_buf(), PathBuf::from);
    println!("cargo::rerun-if-changed={}", path.display());
    path
}

/// The source of `PROFILES`, sorted by name; each text is compressed into a file of its own.
fn profile_table(directory: &Path, out: &Path) -> String {
    let entries = fs::read_dir(directory).expect("the repository has a directory profiles/");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();

    let mut table = String::from("static PROFILES: &[Profile] = &[\n");
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.display());
        let name = path.file_name().expect("it has one").to_str().expect("names of profiles are UTF-8");
        let text = out.join(name);
        fs::write(&text, compress_to_vec(&fs::read(&path).expect("it was just listed"), 10))
            .expect("OUT_DIR can be written to");
        writeln!(table, "    Profile {{ name: {name:?}, text: include_bytes!({text:?}) }},")
            .expect("a string takes everything");
    }
    table + "];\n"
}
