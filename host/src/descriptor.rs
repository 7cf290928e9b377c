//! Writing to an open descriptor, and waiting for one.

use crate::errno::last_errno;

/// Writes everything, waiting where the other side is slow. Any other failure ends it, and is told by its errno.
pub fn write_all(fd: i32, mut bytes: &[u8]) -> Result<(), i32> {
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

/// Waits until a descriptor can be read from (POLLIN) or written to (POLLOUT), or never will.
pub fn wait_until(fd: i32, events: i16) {
    let mut poll = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: poll(2) is told of one structure, and given one that outlives the call.
    unsafe { libc::poll(&mut poll, 1, -1) };
}
