//! The native host of `seccomp-exec`: it starts QuickJS, provides the program's operations, and decides nothing itself.
//!
//! The modules, each of which uses only earlier ones (`test/host-arrow.test.ts` checks this):
//!
//! * [`exit`]: ending the process, with a status or with a message.
//! * [`given`]: the input of this process.
//! * `errno`: results of system calls.
//! * [`descriptor`]: writing to an open descriptor.
//! * `tracee`: taking hold of a running task by ptrace(2).
//! * `strings`: strings passed between JavaScript and the kernel.
//! * [`image`]: QuickJS after its start, recorded when the executable is built.
//! * [`memory`]: the memory of QuickJS and of Rust.
//! * `stack`: the stack that QuickJS runs on.
//! * [`quickjs`]: bytecode, and the messages of exceptions.
//! * `ops::kernel`, `ops::terminal`, `ops::text`, `ops::files`, `ops::process`, `ops::supervision`, `ops::builtin`, `ops`: the operations, which are
//!   the whole native surface.
//! * [`program`]: the program in QuickJS, from loading it to its exit status.
//!
//! The executables use all of them: `main`, `bin/`.

#![no_std]

extern crate alloc;

#[cfg(not(target_os = "linux"))]
compile_error!("seccomp exists only on Linux");

pub mod descriptor;
mod errno;
pub mod exit;
pub mod given;
pub mod image;
pub mod memory;
mod ops;
pub mod program;
pub mod quickjs;
mod stack;
mod strings;
mod tracee;
