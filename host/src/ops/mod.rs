//! The operations: the whole native surface of the program.
//!
//! Each folder is a group, and an interface in `src/host.ts`, where it is said what each operation means; its `mod.rs` lists its
//! operations. An operation is one short sequence of system calls and judges nothing. Errors of the kernel go back
//! as errno values; an exception means that the program called an operation in a way that its type forbids.

use rquickjs::{Ctx, Object, Result};

use crate::quickjs::Bytecode;

mod builtin;
mod files;
mod kernel;
mod process;
mod terminal;
mod text;

pub use process::args;

/// The object that implements `NativeHost`, but for what the build hands over (`BuiltIn` of `program.rs`), and for [`args`], which belong to
/// the process.
pub fn host<'js>(ctx: &Ctx<'js>, toolkit: Bytecode) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    process::add(&host)?;
    files::add(&host)?;
    terminal::add(&host)?;
    kernel::add(&host)?;
    text::add(&host)?;
    builtin::add(&host, toolkit)?;
    Ok(host)
}
