//! The operations: the whole native surface of the program.
//!
//! The list below mirrors `interface Host` in `src/host.ts`, in its order, and what each operation means is said
//! there. An operation is one short sequence of system calls and judges nothing. Errors of the kernel go back
//! as errno values; an exception means that the program called an operation in a way that its type forbids.

use rquickjs::prelude::Func;
use rquickjs::{Ctx, Object, Result};

use crate::engine::{self, PackedBytecode};
use crate::start::Arguments;

mod builtin;
mod digest;
mod files;
mod json;
mod launch;
mod output;
pub(crate) mod process;
mod seccomp;
pub mod text;

/// The object that implements `Host`.
///
/// `began` is the moment from which `now` counts, as [`process::moment`] gives it.
pub fn host<'js>(ctx: &Ctx<'js>, arguments: Arguments, toolkit: PackedBytecode, began: f64) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("args", process::args(ctx, arguments)?)?;
    host.set("arch", process::ARCH)?;
    host.set("env", Func::from(process::env))?;
    host.set("write", Func::from(output::write))?;
    host.set("writeBytes", Func::from(output::write_bytes))?;
    host.set("isTerminal", Func::from(output::is_terminal))?;
    host.set("readFile", Func::from(files::read_file))?;
    host.set("readBytes", Func::from(files::read_bytes))?;
    host.set("readInput", Func::from(files::read_input))?;
    host.set("writeFile", Func::from(files::write_file))?;
    host.set("listDirectory", Func::from(files::list_directory))?;
    host.set("probeExecutable", Func::from(files::probe_executable))?;
    host.set("probeLink", Func::from(files::probe_link))?;
    host.set("kernelRelease", Func::from(process::kernel_release))?;
    host.set("process", Func::from(process::process))?;
    host.set("errorMessage", Func::from(output::error_message))?;
    host.set("builtinProfile", Func::from(builtin::profile))?;
    host.set("builtinProfiles", builtin::names())?;
    host.set("sha256", Func::from(digest::sha256))?;
    host.set("jsonIsPlain", Func::from(json::is_plain))?;
    host.set("probeSeccompFlags", Func::from(seccomp::probe_flags))?;
    host.set("installAndExec", Func::from(move |ctx, request| launch::install_and_exec(ctx, arguments, request)))?;
    let this = host.clone();
    host.set("runToolkit", Func::from(move |ctx| engine::run_toolkit(&ctx, toolkit, this.clone())))?;
    host.set("engineReady", process::moment() - began)?;
    host.set("now", Func::from(move || process::moment() - began))?;
    Ok(host)
}
