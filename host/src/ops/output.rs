//! Text: writing it, and the kernel's words for errors.

use alloc::string::String;
use core::ffi::CStr;

use rquickjs::{Ctx, Exception, Result};

use super::seccomp::last_errno;
use super::text::{ByteString, Utf8};

/// 0, or the errno of what failed.
pub fn write<'js>(ctx: Ctx<'js>, fd: i32, text: Utf8<'js>) -> Result<i32> {
    if fd != libc::STDOUT_FILENO && fd != libc::STDERR_FILENO {
        return Err(Exception::throw_type(&ctx, "write: the descriptor is 1 or 2"));
    }
    Ok(write_all(fd, text.to_string_lossy().as_bytes()).err().unwrap_or(0))
}

/// To standard output, as they are; 0, or the errno of what failed.
pub fn write_bytes(bytes: ByteString) -> i32 {
    write_all(libc::STDOUT_FILENO, &bytes.0).err().unwrap_or(0)
}

/// Closes standard output: 0, or the errno of a write that some file systems tell of only now.
pub fn close_output() -> i32 {
    // SAFETY: nothing in this program uses the descriptor after this.
    if unsafe { libc::close(libc::STDOUT_FILENO) } == 0 { 0 } else { last_errno() }
}

/// Writes everything, waiting where the other side is slow. Any other failure ends it, and is told by its errno.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> core::result::Result<(), i32> {
    while !bytes.is_empty() {
        // SAFETY: the kernel only reads these bytes.
        let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            // To try again would go on for ever.
            Ok(0) => return Err(libc::EIO),
            Ok(written) => bytes = &bytes[written..],
            Err(_) => match last_errno() {
                libc::EINTR => {}
                // The caller may have given us a descriptor with O_NONBLOCK.
                libc::EAGAIN => wait_until(fd, libc::POLLOUT),
                errno => return Err(errno),
            },
        }
    }
    Ok(())
}

pub fn is_terminal(fd: i32) -> bool {
    // SAFETY: isatty(3) only looks at the descriptor.
    unsafe { libc::isatty(fd) == 1 }
}

/// Waits until a descriptor can be read from (POLLIN) or written to (POLLOUT), or never will.
pub fn wait_until(fd: i32, events: i16) {
    let mut poll = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: poll(2) is given the one structure that it is told of.
    unsafe { libc::poll(&mut poll, 1, -1) };
}

pub fn error_message(errno: i32) -> String {
    let mut buffer = [0; 128];
    error_text(errno, &mut buffer).to_string_lossy().into_owned()
}

/// strerror_r(3) in the C locale, which is the one of a program that never calls setlocale(3).
pub fn error_text(errno: i32, buffer: &mut [libc::c_char; 128]) -> &CStr {
    // SAFETY: the size is the buffer's, and its last byte stays NUL.
    unsafe {
        libc::strerror_r(errno, buffer.as_mut_ptr(), buffer.len() - 1);
        CStr::from_ptr(buffer.as_ptr())
    }
}
