//! The native host of `seccomp-exec`: it starts the JavaScript engine, gives the program its operations, and
//! decides nothing itself.
//!
//! * [`start`]: from the C `main` to the program's exit status.
//! * [`engine`]: the engine's settings, bytecode, and what exceptions look like.
//! * [`image`]: the engine as it is once it has started, made when the executable is built.
//! * [`memory`]: the memory of all this.
//! * `stack`: the stack that the engine runs on.
//! * [`ops`]: the operations, which are the whole native surface.

#![no_std]

extern crate alloc;

#[cfg(not(target_os = "linux"))]
compile_error!("seccomp is Linux's");

pub mod engine;
pub mod image;
pub mod memory;
pub mod ops;
mod stack;
pub mod start;
