//! The executable `seccomp-exec`: the host with the program's two bundles in it.

#![no_main]

use std::ffi::{c_char, c_int};

use host::engine::{Bytecode, PackedBytecode};
use host::memory::Memory;
use host::start::{self, Arguments, Bundles};

#[cfg(not(target_feature = "crt-static"))]
compile_error!("build in the directory host/, where .cargo/config.toml makes the executable static");

#[global_allocator]
static MEMORY: Memory = Memory;

/// Called by the C library's start code, in place of Rust's `main`; see [`start`].
///
/// # Safety
/// The arguments are those of a C `main`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: `build.rs` names files that this crate's tool `bytecode` made, the second one packed.
    let bundles = unsafe {
        Bundles {
            launch: Bytecode::new(include_bytes!(env!("SECCOMP_EXEC_LAUNCH_BYTECODE"))),
            toolkit: PackedBytecode::new(include_bytes!(env!("SECCOMP_EXEC_TOOLKIT_BYTECODE"))),
        }
    };
    // SAFETY: the caller's promise.
    let arguments = unsafe { Arguments::new(argc, argv) };
    start::run(arguments, bundles)
}
