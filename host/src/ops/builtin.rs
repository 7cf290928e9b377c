//! What is compiled in: the shipped profiles and the toolkit's bundle. `HostBuiltin` of `src/host.ts`.

use alloc::string::String;
use alloc::vec::Vec;

use rquickjs::prelude::Func;
use rquickjs::{Object, Result};

use crate::quickjs::{self, Bytecode};

// Defines PROFILES: pairs of file name and text, sorted by name.
include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Adds the operations to the host, except those that are set when the image is made (`BuiltIn` of `program.rs`).
pub fn add(host: &Object, toolkit: Bytecode) -> Result<()> {
    host.set("builtinProfile", Func::from(profile))?;
    host.set("builtinFilters", ())?;
    host.set("compilerDigest", ())?;
    host.set("builtinProfiles", names())?;
    let this = host.clone();
    host.set("runToolkit", Func::from(move |ctx| quickjs::run_toolkit(&ctx, toolkit, this.clone())))
}

fn profile(name: String) -> Option<&'static str> {
    PROFILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn names() -> Vec<&'static str> {
    PROFILES.iter().map(|(name, _)| *name).collect()
}
