//! Operations on this process: its arguments, its privileges, and becoming the command. `HostProcess` of `src/host.ts`.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;

use rquickjs::prelude::Func;
use rquickjs::{Array, Ctx, Object, Result};

use crate::given::{Given, exec_path, moment};
use crate::strings::ByteString;

mod filter;
pub mod launch;
mod status;

/// Adds the operations to the host, except [`args`], which are set at each start.
pub fn add(host: &Object) -> Result<()> {
    host.set("args", ())?;
    host.set("execPath", Func::from(|| exec_path().map(|path| ByteString(path.to_bytes().to_vec()))))?;
    host.set("env", Func::from(env))?;
    host.set("variables", Func::from(variables))?;
    host.set("process", Func::from(status::process))?;
    host.set("installAndExec", Func::from(launch::install_and_exec))?;
    host.set("pid", Func::from(pid))?;
    host.set("randomDigits", Func::from(random_digits))?;
    host.set("now", Func::from(now))
}

/// The argument vector.
pub fn args<'js>(ctx: &Ctx<'js>) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, argument) in Given::get().arguments.iter().enumerate() {
        array.set(index, ByteString(argument.to_bytes().to_vec()))?;
    }
    Ok(array)
}

fn env(name: String) -> Option<ByteString> {
    let name = CString::new(name).ok()?;
    // SAFETY: the name ends with NUL, and nothing in this program changes the environment.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| ByteString(CStr::from_ptr(value).to_bytes().to_vec()))
    }
}

/// The names of the variables that contain the word in any case.
fn variables(word: String) -> Vec<ByteString> {
    let mut names = Vec::new();
    // SAFETY: the environment is a null-terminated list of strings that end with NUL, and nothing in this program changes it.
    unsafe {
        let mut entry = libc::environ;
        while !entry.is_null() && !(*entry).is_null() {
            let bytes = CStr::from_ptr(*entry).to_bytes();
            let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
            if name.len() < bytes.len() && contains(name, word.as_bytes()) {
                names.push(ByteString(name.to_vec()));
            }
            entry = entry.add(1);
        }
    }
    names
}

fn contains(name: &[u8], word: &[u8]) -> bool {
    name.windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word))
}

fn pid() -> i32 {
    // SAFETY: the call takes nothing.
    unsafe { libc::getpid() }
}

fn random_digits() -> String {
    let mut random = 0u64;
    // SAFETY: the kernel writes the number. If it does not, the digits are zeros.
    unsafe { libc::syscall(libc::SYS_getrandom, &mut random, size_of::<u64>(), 0) };
    format!("{random:016x}")
}

fn now() -> f64 {
    moment() - Given::get().began
}
