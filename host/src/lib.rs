//! The native host of `seccomp-exec`: it starts QuickJS, gives the program its operations, and decides nothing itself.
//!
//! The modules, each of which uses only those that stand before it (`test/host-arrow.test.ts` holds them to that):
//!
//! * [`exit`]: ending the process, with a status or with a message.
//! * [`given`]: what was given to this process.
//! * `errno`: what system calls answer.
//! * [`descriptor`]: writing to an open descriptor.
//! * `strings`: strings on their way between JavaScript and the kernel.
//! * [`image`]: QuickJS as it is once it has started, made when the executable is built.
//! * [`memory`]: the memory of QuickJS and of Rust.
//! * `stack`: the stack that QuickJS runs on.
//! * [`quickjs`]: bytecode, and what exceptions look like.
//! * `ops::kernel`, `ops::terminal`, `ops::text`, `ops::files`, `ops::process`, `ops::builtin`, `ops`: the operations, which are
//!   the whole native surface.
//! * [`program`]: the program in QuickJS, from loading it to its exit status.
//!
//! The executables stand behind all of them: `main`, `bin/`.

#![no_std]

extern crate alloc;

#[cfg(not(target_os = "linux"))]
compile_error!("seccomp is Linux's");

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
