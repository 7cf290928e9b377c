//! `script-host LAUNCH.js TOOLKIT.js [ARG...]`: runs two scripts in the host of `seccomp-exec`, for the tests.
//!
//! The scripts replace the two bundles; `host.args` starts with TOOLKIT.js instead of `argv[0]`.

#![no_main]

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::fs;
use std::os::unix::ffi::OsStrExt;

use host::exit::fail;
use host::given::{Arguments, Given};
use host::memory::Memory;
use host::program::{BuiltIn, Bundles, Program};
use host::quickjs::{Bytecode, Later, Lines, compile};

#[global_allocator]
static MEMORY: Memory = Memory;

/// As in `seccomp-exec`.
///
/// # Safety
/// The arguments are those of a C `main`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the C library's start code calls this, and passes the arguments as the kernel put them on the stack.
    let arguments = unsafe { Arguments::new(argc, argv) };
    let scripts: Vec<_> = arguments.iter().skip(1).take(2).collect();
    let &[launch, toolkit] = &scripts[..] else {
        fail(b"usage: script-host LAUNCH.js TOOLKIT.js [ARG...]");
    };
    // SAFETY: both were returned by `compile`.
    let bundles = unsafe {
        let toolkit = Bytecode::new(load(toolkit).leak());
        Bundles {
            compiler: None,
            launch: Bytecode::new(load(launch).leak()),
            later: Later { toolkit, auditor: toolkit },
        }
    };
    let built_in = BuiltIn { filters: "{}", digest: "" };
    let program = Program::load(bundles, built_in).unwrap_or_else(|error| fail(error.as_bytes()));
    program.run(Given::now(arguments.skip(2)))
}

fn load(path: &CStr) -> Vec<u8> {
    let path = OsStr::from_bytes(path.to_bytes());
    let source = fs::read_to_string(path).unwrap_or_else(|error| fail(error.to_string().as_bytes()));
    compile(&source, &path.to_string_lossy(), Lines::Keep).unwrap_or_else(|error| fail(error.as_bytes()))
}
