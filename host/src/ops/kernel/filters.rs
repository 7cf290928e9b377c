//! Reads the filters that a process is under.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ptr;

use rquickjs::{Ctx, IntoJs, Result, Value};

use crate::errno::last_errno;
use crate::tracee::seize;

/// PTRACE_SECCOMP_GET_FILTER of include/uapi/linux/ptrace.h.
const GET_FILTER: i32 = 0x420c;

/// `Host.readFilters`.
pub fn read_filters<'js>(ctx: Ctx<'js>, pid: i32) -> Result<Value<'js>> {
    // Any other number names a group of processes or nothing.
    let found = if pid > 0 { stopped(pid, filters) } else { Err(libc::ESRCH) };
    match found {
        Ok(filters) => filters.into_js(&ctx),
        Err(errno) => errno.into_js(&ctx),
    }
}

/// Stops a process for as long as `look` takes. The error is an errno.
fn stopped<T>(pid: i32, look: impl FnOnce(i32) -> core::result::Result<T, i32>) -> core::result::Result<T, i32> {
    const LOOKS: u32 = 2000;
    const NAP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 500_000 };
    seize(pid)?;
    for _ in 0..LOOKS {
        let mut status = 0;
        // SAFETY: the kernel writes one number.
        match unsafe { libc::waitpid(pid, &mut status, libc::__WALL | libc::WNOHANG) } {
            // SAFETY: the kernel only reads the time.
            0 => unsafe {
                libc::nanosleep(&NAP, ptr::null_mut());
            },
            waited if waited == pid && libc::WIFSTOPPED(status) => {
                let found = look(pid);
                // A signal that stopped it is passed on.
                let signal = if status >> 16 == 0 { libc::WSTOPSIG(status) } else { 0 };
                // SAFETY: the request takes no memory.
                unsafe { libc::ptrace(libc::PTRACE_DETACH, pid, ptr::null_mut::<u8>(), signal as usize as *mut u8) };
                return found;
            }
            _ => return Err(libc::ESRCH),
        }
    }
    // It waits in the kernel, and the end of this process lets it go.
    Err(libc::EBUSY)
}

/// The filters of a stopped process, the oldest first.
fn filters(pid: i32) -> core::result::Result<Vec<String>, i32> {
    let mut found = Vec::new();
    for index in 0_usize.. {
        let at = index as *mut u8;
        // SAFETY: without an address the request only returns the number of instructions.
        let length = unsafe { libc::ptrace(GET_FILTER as _, pid, at, ptr::null_mut::<u8>()) };
        if length < 0 {
            match last_errno() {
                // There is none with this index, or none at all.
                libc::ENOENT => break,
                libc::EINVAL if index == 0 => break,
                errno => return Err(errno),
            }
        }
        let mut program = vec![libc::sock_filter { code: 0, jt: 0, jf: 0, k: 0 }; length as usize];
        // SAFETY: the kernel writes as many instructions as it said, since a stopped process gets no other filter.
        if unsafe { libc::ptrace(GET_FILTER as _, pid, at, program.as_mut_ptr()) } < 0 {
            return Err(last_errno());
        }
        found.push(
            program.iter().map(|one| format!("{:04x}{:02x}{:02x}{:08x}", one.code, one.jt, one.jf, one.k)).collect(),
        );
    }
    Ok(found)
}
