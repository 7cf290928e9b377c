//! Operations on texts that would be slow in JavaScript: `HostText` of `src/host.ts`.

use rquickjs::prelude::Func;
use rquickjs::{Object, Result};

mod digest;
mod json_keys;
mod json_places;
mod json_plain;
mod json_scanner;

/// Adds the operations to the host.
pub fn add(host: &Object) -> Result<()> {
    host.set("sha256", Func::from(digest::sha256))?;
    host.set("adler32", Func::from(digest::adler32))?;
    host.set("jsonIsPlain", Func::from(json_plain::is_plain))?;
    host.set("jsonPlaces", Func::from(json_places::places))
}
