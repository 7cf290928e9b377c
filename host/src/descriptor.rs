//! Writing to an open descriptor, and waiting for one.

use crate::errno::last_errno;

/// Writes everything, waiting while the other side is slow. Any other failure ends it, and its errno is returned.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), i32> {
    while !bytes.is_empty() {
        // SAFETY: the kernel only reads these bytes.
        let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
        match usize::try_from(written) {
            // Retrying could go on for ever.
            Ok(0) => return Err(libc::EIO),
            Ok(written) => bytes = &bytes[written..],
            Err(_) => match last_errno() {
                libc::EINTR => {}
                // The caller may have opened the descriptor with O_NONBLOCK.
                libc::EAGAIN => wait_until(fd, libc::POLLOUT),
                errno => return Err(errno),
            },
        }
    }
    Ok(())
}

/// Waits until a descriptor is readable (POLLIN) or writable (POLLOUT), or has failed.
pub fn wait_until(fd: i32, events: i16) {
    let mut poll = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: poll(2) gets one structure and the count 1, and the structure outlives the call.
    unsafe { libc::poll(&mut poll, 1, -1) };
}
