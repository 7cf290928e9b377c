//! seccomp(2), prctl(2) and execve(2) as bare system calls: the C library makes no calls of its own between them.

use core::ffi::{CStr, c_char, c_int, c_ulong};
use core::ptr;

use crate::errno::last_errno;

pub fn probe_flags(flags: u32) -> i32 {
    // SAFETY: the kernel checks the flags first, and then fails with EFAULT since there is no filter.
    let result = unsafe { set_mode_filter(flags, ptr::null()) };
    if result == 0 { 0 } else { last_errno() }
}

/// 0, a thread's id if SECCOMP_FILTER_FLAG_TSYNC failed for it, a descriptor with SECCOMP_FILTER_FLAG_NEW_LISTENER, or -1.
///
/// # Safety
/// `program` must be null, or point to a program that points to its instructions.
pub unsafe fn set_mode_filter(flags: u32, program: *const libc::sock_fprog) -> i64 {
    let operation = libc::SECCOMP_SET_MODE_FILTER as c_ulong;
    // SAFETY: the kernel only reads the program and its instructions, which are valid, or returns EFAULT for null.
    unsafe { libc::syscall(libc::SYS_seccomp, operation, c_ulong::from(flags), program) }
}

/// 0, or the errno that explains why it is not set.
pub fn set_no_new_privs() -> i32 {
    const NONE: c_ulong = 0;
    let prctl = |option: c_int, value: c_ulong| {
        // SAFETY: neither operation takes a pointer.
        unsafe { libc::syscall(libc::SYS_prctl, option as c_ulong, value, NONE, NONE, NONE) }
    };
    if prctl(libc::PR_SET_NO_NEW_PRIVS, 1) != 0 {
        return last_errno();
    }
    // A filter of the caller may report success without making the call.
    if prctl(libc::PR_GET_NO_NEW_PRIVS, 0) == 1 { 0 } else { libc::EPERM }
}

/// Executes with the caller's environment. Returns only an errno. `mark` is passed as a fourth argument, which only a filter sees.
///
/// # Safety
/// `argv` must point to pointers to strings that end with NUL; the last pointer must be null.
pub unsafe fn execve(path: &CStr, argv: *const *const c_char, mark: u64) -> i32 {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the path ends with NUL, `argv` is a list of strings that ends with null, and so is the environment, which nothing
    // in this program changes. The kernel only reads.
    unsafe { libc::syscall(libc::SYS_execve, path.as_ptr(), argv, environ, mark as c_ulong) };
    last_errno()
}

/// Ends the process under any filter: with `status` if the filter allows it, else by a signal.
pub fn exit_under_filter(status: c_int) -> ! {
    // SAFETY: neither call takes a pointer. With a single thread the second call ends the process as well.
    unsafe {
        libc::syscall(libc::SYS_exit_group, status);
        libc::syscall(libc::SYS_exit, status);
    }
    trap()
}

/// Ends the process by an undefined instruction, which needs no system call.
fn trap() -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: never returns.
    unsafe {
        core::arch::asm!("ud2", options(noreturn))
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: never returns.
    unsafe {
        core::arch::asm!("udf #0", options(noreturn))
    }
    // abort(3) tries system calls first, and then also executes such an instruction.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    // SAFETY: never returns.
    unsafe {
        libc::abort()
    }
}
