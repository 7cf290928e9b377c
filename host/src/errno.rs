//! Results of system calls: errno values, and their messages.

use alloc::ffi::CString;
use core::ffi::CStr;

use rustix::io::Errno;

/// The result of a call, or its errno.
pub type Outcome<T> = core::result::Result<T, Errno>;

/// errno(3), right after a call of the C library that failed.
pub fn last_errno() -> i32 {
    // SAFETY: the C library returns the address of this thread's errno, which is always valid.
    unsafe { *libc::__errno_location() }
}

/// 0, or the errno.
pub fn errno_of(outcome: Outcome<()>) -> i32 {
    outcome.map_or_else(Errno::raw_os_error, |()| 0)
}

/// Repeats a call that a signal has interrupted.
pub fn retried<T>(mut call: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            outcome => return outcome,
        }
    }
}

/// EINVAL for a path with a NUL, which no file can have.
pub fn c_path(path: &[u8]) -> Outcome<CString> {
    CString::new(path).map_err(|_| Errno::INVAL)
}

/// strerror_r(3) in the C locale, which a program has unless it calls setlocale(3). Allocates nothing.
pub fn error_text(errno: i32, buffer: &mut [libc::c_char; 128]) -> &CStr {
    // SAFETY: the size is the buffer's but for its last byte; that stays NUL, so the string ends within the buffer.
    unsafe {
        buffer[buffer.len() - 1] = 0;
        libc::strerror_r(errno, buffer.as_mut_ptr(), buffer.len() - 1);
        CStr::from_ptr(buffer.as_ptr())
    }
}
