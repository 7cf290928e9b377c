//! The native host of `seccomp-exec`: it starts the JavaScript engine, gives the program its operations, and
//! decides nothing itself.
//!
//! * [`start`]: from the C `main` to the program's exit status.
//! * [`engine`]: the engine's settings, bytecode, and what exceptions look like.
//! * [`memory`]: the memory of both.
//! * [`ops`]: the operations, which are the whole native surface.

#[cfg(not(target_os = "linux"))]
compile_error!("seccomp is Linux's");

pub mod engine;
pub mod memory;
pub mod ops;
pub mod start;
