//! The executable `seccomp-exec`: the host with the program's two bundles in it.

#![no_main]

use std::ffi::{c_char, c_int};

use host::engine::Bytecode;
use host::heap::Heap;
use host::start::{self, Arguments, Bundles};

#[cfg(not(target_feature = "crt-static"))]
compile_error!("build in the directory host/, where .cargo/config.toml makes the executable static");

#[global_allocator]
static HEAP: Heap = Heap::new();

/// Called by the C library's start code, in place of Rust's `main`; see [`start`].
#[unsafe(no_mangle)]
pub extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: `build.rs` names files that this crate's tool `bytecode` made.
    let bundles = unsafe {
        Bundles {
            launch: Bytecode::new(include_bytes!(env!("SECCOMP_EXEC_LAUNCH_BYTECODE"))),
            toolkit: Bytecode::new(include_bytes!(env!("SECCOMP_EXEC_TOOLKIT_BYTECODE"))),
        }
    };
    // SAFETY: these are the arguments of the C `main`.
    let arguments = unsafe { Arguments::new(argc, argv) };
    start::run(&HEAP, arguments, bundles)
}
