//! The profiles that are compiled in.

use alloc::string::String;
use alloc::vec::Vec;

// Defines PROFILES: pairs of file name and text, sorted by name.
include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

pub fn profile(name: String) -> Option<&'static str> {
    PROFILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

pub fn names() -> Vec<&'static str> {
    PROFILES.iter().map(|(name, _)| *name).collect()
}
