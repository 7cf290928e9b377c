//! Compiles in what comes from elsewhere in the repository: the shipped profiles, and the bundles' bytecode.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Per bundle the variable that names its bytecode, and where it is when that variable is not set.
const BUNDLES: [(&str, &str); 2] = [
    ("SECCOMP_EXEC_LAUNCH_BYTECODE", "../build/out/launch.qbc"),
    ("SECCOMP_EXEC_TOOLKIT_BYTECODE", "../build/out/toolkit.qbc"),
];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");

    let profiles = root.join("../profiles");
    println!("cargo::rerun-if-changed={}", profiles.display());
    fs::write(out.join("profiles.rs"), profile_table(&profiles)).expect("OUT_DIR can be written to");

    // Only the executable embeds the bundles; the tool that makes their bytecode is built before there are any.
    if env::var_os("CARGO_FEATURE_PROGRAM").is_some() {
        for (variable, default) in BUNDLES {
            println!("cargo::rerun-if-env-changed={variable}");
            let path = env::var_os(variable).map_or_else(|| root.join(default), |path| root.join(path));
            println!("cargo::rerun-if-changed={}", path.display());
            println!("cargo::rustc-env={variable}={}", path.display());
        }
    }
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
