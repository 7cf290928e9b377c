//! The operations: the whole native surface of the program.
//!
//! The list below mirrors `interface NativeHost` in `src/host.ts`, in its order, and what each operation means is said
//! there. An operation is one short sequence of system calls and judges nothing. Errors of the kernel go back
//! as errno values; an exception means that the program called an operation in a way that its type forbids.

use rquickjs::prelude::Func;
use rquickjs::{Ctx, Object, Result};

use crate::engine::{self, Bytecode};

mod builtin;
mod command;
mod digest;
mod files;
mod json;
mod json_keys;
mod json_places;
mod json_scanner;
mod launch;
mod output;
pub(crate) mod process;
mod seccomp;
pub mod text;
mod walk;

pub use files::content;
pub use output::write_all;
pub use process::args;

/// The object that implements `NativeHost`, but for what the image adds ([`crate::engine::BuiltIn`]), and for [`args`], which belong
/// to the process.
pub fn host<'js>(ctx: &Ctx<'js>, toolkit: Bytecode) -> Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    host.set("args", ())?;
    host.set("arch", process::ARCH)?;
    host.set("env", Func::from(process::env))?;
    host.set("variables", Func::from(process::variables))?;
    host.set("isTerminal", Func::from(output::is_terminal))?;
    host.set("readFile", Func::from(files::read_file))?;
    host.set("readBytes", Func::from(files::read_bytes))?;
    host.set("readPlaced", Func::from(walk::read_placed))?;
    host.set("readInput", Func::from(files::read_input))?;
    host.set("writeFile", Func::from(files::write_file))?;
    host.set("replaceFile", Func::from(files::replace_file))?;
    host.set("lookAt", Func::from(files::look_at_path))?;
    host.set("listDirectory", Func::from(files::list_directory))?;
    host.set("probeExecutable", Func::from(command::probe_executable))?;
    host.set("readHead", Func::from(command::read_head))?;
    host.set("permissions", Func::from(command::permissions))?;
    host.set("probeLink", Func::from(files::probe_link))?;
    host.set("kernelRelease", Func::from(process::kernel_release))?;
    host.set("process", Func::from(process::process))?;
    host.set("errorMessage", Func::from(output::error_message))?;
    host.set("builtinProfile", Func::from(builtin::profile))?;
    host.set("builtinFilters", ())?;
    host.set("compilerDigest", ())?;
    host.set("builtinProfiles", builtin::names())?;
    host.set("sha256", Func::from(digest::sha256))?;
    host.set("adler32", Func::from(digest::adler32))?;
    host.set("jsonIsPlain", Func::from(json::is_plain))?;
    host.set("jsonPlaces", Func::from(json_places::places))?;
    host.set("probeSeccompFlags", Func::from(seccomp::probe_flags))?;
    host.set("installAndExec", Func::from(launch::install_and_exec))?;
    let this = host.clone();
    host.set("runToolkit", Func::from(move |ctx| engine::run_toolkit(&ctx, toolkit, this.clone())))?;
    host.set("now", Func::from(process::now))?;
    host.set("write", Func::from(output::write))?;
    host.set("writeBytes", Func::from(output::write_bytes))?;
    host.set("closeOutput", Func::from(output::close_output))?;
    Ok(host)
}
