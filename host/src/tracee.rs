//! Takes hold of a running task by ptrace(2).

use core::ptr;

use crate::errno::last_errno;

/// Stops a task, on its way back from a call if it is in one. The error is an errno: EPERM if this process may not trace it, or another
/// does.
pub fn seize(tid: i32) -> Result<(), i32> {
    let nothing = ptr::null_mut::<u8>();
    // SAFETY: neither request writes to memory of this process.
    unsafe {
        if libc::ptrace(libc::PTRACE_SEIZE, tid, nothing, nothing) != 0 {
            return Err(last_errno());
        }
        if libc::ptrace(libc::PTRACE_INTERRUPT, tid, nothing, nothing) != 0 {
            return Err(last_errno());
        }
    }
    Ok(())
}
