//! The operations: the whole native surface of the program.
//!
//! Each folder is a group and implements an interface of `src/host.ts`, which documents the operations; its `mod.rs` lists them.
//! An operation is one short sequence of system calls and judges nothing. Errors of the kernel are returned as errno values; an
//! exception means that the program violated the type of an operation.

use rquickjs::{Ctx, Object, Result};

use crate::quickjs::Later;

mod builtin;
mod files;
mod kernel;
mod process;
mod supervision;
mod terminal;
mod text;

pub use process::args;

/// The object that implements `NativeHost`, except what the build passes (`BuiltIn` of `program.rs`) and [`args`], which belong
/// to the process.
pub fn host<'js>(ctx: &Ctx<'js>, later: Later) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    process::add(&host)?;
    supervision::add(&host)?;
    files::add(&host)?;
    terminal::add(&host)?;
    kernel::add(&host)?;
    text::add(&host)?;
    builtin::add(&host, later)?;
    Ok(host)
}
