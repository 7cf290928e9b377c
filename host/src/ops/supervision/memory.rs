//! Reading the memory of a task that waits in a call, process_vm_readv(2).

use alloc::vec::Vec;

use super::proc;
use crate::errno::last_errno;

/// A page of every architecture is a multiple of this.
const PAGE: u64 = 4096;
/// Bytes that are read at most.
const MAX_LENGTH: usize = 1 << 16;

/// Reads up to `length` bytes at an address of a task: those before the first that cannot be read. The error is an errno, if not
/// even the first can.
pub fn read(tid: i32, address: u64, length: usize) -> Result<Vec<u8>, i32> {
    let length = length.min(MAX_LENGTH);
    let mut bytes: Vec<u8> = Vec::with_capacity(length);
    let local = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: length };
    // The kernel may not begin a part of which it cannot read all, so each part lies within a page.
    let mut parts: Vec<libc::iovec> = Vec::with_capacity(length / PAGE as usize + 2);
    let mut at = address;
    let mut left = length as u64;
    while left > 0 {
        let size = left.min(PAGE - at % PAGE);
        parts.push(libc::iovec { iov_base: at as *mut _, iov_len: size as usize });
        left -= size;
        let Some(next) = at.checked_add(size) else { break };
        at = next;
    }
    // SAFETY: the kernel writes into the capacity of `bytes`, at most its length, and only reads the list of parts.
    let count = unsafe { libc::process_vm_readv(tid, &local, 1, parts.as_ptr(), parts.len() as _, 0) };
    match usize::try_from(count) {
        // The filter of a container engine may deny the call, and not the same through /proc.
        Err(_) if matches!(last_errno(), libc::EPERM | libc::ENOSYS) => read_by_proc(tid, address, length),
        Ok(count) if count > 0 || length == 0 => {
            // SAFETY: the kernel wrote these bytes.
            unsafe { bytes.set_len(count) };
            Ok(bytes)
        }
        Ok(_) => Err(libc::EFAULT),
        Err(_) => Err(last_errno()),
    }
}

/// Reads from /proc/TID/mem, page by page.
fn read_by_proc(tid: i32, address: u64, length: usize) -> Result<Vec<u8>, i32> {
    let memory = proc::file(tid, "mem").map_err(rustix::io::Errno::raw_os_error)?;
    let mut bytes = alloc::vec![0; length];
    let mut done = 0;
    while done < length {
        let Some(at) = address.checked_add(done as u64) else { break };
        let size = (length - done).min((PAGE - at % PAGE) as usize);
        match rustix::io::pread(&memory, &mut bytes[done..done + size], at) {
            Ok(read) if read > 0 => done += read,
            Ok(_) => break,
            Err(errno) if done == 0 => return Err(errno.raw_os_error()),
            Err(_) => break,
        }
    }
    bytes.truncate(done);
    Ok(bytes)
}

/// Reads as [`read`], up to a NUL, which is included.
pub fn read_string(tid: i32, address: u64, limit: usize) -> Result<Vec<u8>, i32> {
    let mut bytes = read(tid, address, limit)?;
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end + 1);
    }
    Ok(bytes)
}
