//! The log of a supervisor: standard error, or a file that is appended to.

use alloc::ffi::CString;
use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, Ordering};

use crate::errno::last_errno;
use crate::strings::{ByteString, Utf8};

static LOG: AtomicI32 = AtomicI32::new(libc::STDERR_FILENO);

/// Its descriptor.
pub fn descriptor() -> c_int {
    LOG.load(Ordering::Relaxed)
}

/// 0, or an errno. An empty path: standard error.
pub fn open(path: ByteString) -> i32 {
    if path.0.is_empty() {
        // SAFETY: the call takes numbers.
        let open = unsafe { libc::fcntl(libc::STDERR_FILENO, libc::F_GETFD) };
        return if open < 0 { last_errno() } else { 0 };
    }
    let Ok(path) = CString::new(path.0) else { return libc::EINVAL };
    // Without O_NONBLOCK, a named pipe that nobody reads would be waited for.
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
    // SAFETY: the path ends with NUL.
    match unsafe { libc::open(path.as_ptr(), flags, 0o666) } {
        -1 => last_errno(),
        fd => {
            // Later a line may wait for whoever reads the pipe.
            // SAFETY: the call takes numbers.
            unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_APPEND) };
            LOG.store(fd, Ordering::Relaxed);
            0
        }
    }
}

/// 0 if a single write(2) took all, -1 if it took a part, else the errno.
pub fn append(text: Utf8) -> i32 {
    let bytes = text.as_bytes();
    // The launching process, which writes the first line, does not block SIGPIPE; a pipe without a reader must not end it.
    let mut pipe = libc::pollfd { fd: descriptor(), events: 0, revents: 0 };
    // SAFETY: the kernel writes to `pipe` only.
    if unsafe { libc::poll(&raw mut pipe, 1, 0) } == 1 && pipe.revents & libc::POLLERR != 0 {
        return libc::EPIPE;
    }
    loop {
        // SAFETY: the kernel only reads these bytes.
        match unsafe { libc::write(descriptor(), bytes.as_ptr().cast(), bytes.len()) } {
            -1 if last_errno() == libc::EINTR => {}
            -1 => return last_errno(),
            written => return if written as usize == bytes.len() { 0 } else { -1 },
        }
    }
}
