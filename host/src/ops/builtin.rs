//! What is compiled in: the shipped profiles and the bundles that only some starts run. `HostBuiltin` of `src/host.ts`.

use alloc::string::String;
use alloc::vec::Vec;

use rquickjs::prelude::Func;
use rquickjs::{Object, Result};

use crate::quickjs::{self, Later};

// Defines PROFILES: pairs of file name and text, sorted by name.
include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Adds the operations to the host, except those that are set when the image is made (`BuiltIn` of `program.rs`).
pub fn add(host: &Object, later: Later) -> Result<()> {
    host.set("builtinProfile", Func::from(profile))?;
    host.set("builtinFilters", ())?;
    host.set("compilerDigest", ())?;
    host.set("builtinProfiles", names())?;
    let this = host.clone();
    host.set("runToolkit", Func::from(move |ctx| quickjs::run(&ctx, later.toolkit, this.clone())))?;
    let this = host.clone();
    host.set("runAuditor", Func::from(move |ctx| quickjs::run(&ctx, later.auditor, this.clone())))
}

fn profile(name: String) -> Option<&'static str> {
    PROFILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn names() -> Vec<&'static str> {
    PROFILES.iter().map(|(name, _)| *name).collect()
}
