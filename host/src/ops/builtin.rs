//! The profiles that are compiled in.

use alloc::string::String;
use alloc::vec::Vec;

use miniz_oxide::inflate::decompress_to_vec;

/// A profile that is compiled in.
struct Profile {
    /// Its file's name.
    name: &'static str,
    /// Its text, compressed: most launches have a filter that was prepared, and need it for nothing.
    text: &'static [u8],
}

// Defines PROFILES, sorted by name.
include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

pub fn profile(name: String) -> Option<String> {
    let profile = PROFILES.iter().find(|profile| profile.name == name)?;
    let text = decompress_to_vec(profile.text).expect("it is what build.rs made");
    Some(String::from_utf8(text).expect("it was UTF-8"))
}

pub fn names() -> Vec<&'static str> {
    PROFILES.iter().map(|profile| profile.name).collect()
}
