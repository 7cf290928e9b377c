//! Ends the process: with the status that the program returned, or with a message and status 125.

use alloc::format;
use alloc::string::{String, ToString};
use core::ffi::c_int;
use core::panic::PanicInfo;

/// Reports why this program cannot go on, and ends it with status 125.
pub fn fail(message: &[u8]) -> ! {
    write_best_effort(&[b"seccomp-exec: error: ", message, b"\n"]);
    exit(125)
}

/// Reports a panic, and ends the process: nothing is unwound.
pub fn panicked(info: &PanicInfo) -> ! {
    let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
    fail(defect(&info.message().to_string(), place.as_deref()).as_bytes())
}

/// The message for a defect of this program, in one line. `place`: a function, or a file and a line.
pub fn defect(what: &str, place: Option<&str>) -> String {
    let place = place.map(|place| format!(" (in {place})")).unwrap_or_default();
    let text =
        format!("internal error: {what}{place}; please report this defect of seccomp-exec, with the command line");
    text.replace(|character: char| character.is_control(), " ")
}

/// Ends the process at once: nothing is buffered, and the kernel frees the memory faster than QuickJS would.
pub fn exit(status: c_int) -> ! {
    // SAFETY: _exit(2) takes a number and has no preconditions.
    unsafe { libc::_exit(status) }
}

/// Writes to standard error with a single system call and without allocating; a failure is ignored.
fn write_best_effort(parts: &[&[u8]; 3]) {
    let parts = parts.map(|part| libc::iovec { iov_base: part.as_ptr() as *mut _, iov_len: part.len() });
    // SAFETY: the kernel only reads the three parts, all of which outlive the call.
    unsafe { libc::writev(libc::STDERR_FILENO, parts.as_ptr(), parts.len() as c_int) };
}
