//! seccomp(2), prctl(2) and execve(2) as bare system calls: between them the C library does nothing of its own.

use core::ffi::{CStr, c_char, c_int, c_ulong};
use core::ptr;

use crate::errno::last_errno;

pub fn probe_flags(flags: u32) -> i32 {
    // SAFETY: the kernel looks at the flags first, and then finds that there is no filter: EFAULT.
    let result = unsafe { set_mode_filter(flags, ptr::null()) };
    if result == 0 { 0 } else { last_errno() }
}

/// 0, a thread's id where SECCOMP_FILTER_FLAG_TSYNC could not be done for it, or -1.
///
/// # Safety
/// `program` is null or points to a program whose instructions it points to.
pub unsafe fn set_mode_filter(flags: u32, program: *const libc::sock_fprog) -> i64 {
    let operation = libc::SECCOMP_SET_MODE_FILTER as c_ulong;
    // SAFETY: the kernel only reads the program and its instructions, which are there, or answers null with EFAULT.
    unsafe { libc::syscall(libc::SYS_seccomp, operation, c_ulong::from(flags), program) }
}

/// 0, or why it is not set.
pub fn set_no_new_privs() -> i32 {
    const NONE: c_ulong = 0;
    let prctl = |option: c_int, value: c_ulong| {
        // SAFETY: neither operation takes a pointer.
        unsafe { libc::syscall(libc::SYS_prctl, option as c_ulong, value, NONE, NONE, NONE) }
    };
    if prctl(libc::PR_SET_NO_NEW_PRIVS, 1) != 0 {
        return last_errno();
    }
    // A filter of the caller's may answer that it is done, and not let it be done.
    if prctl(libc::PR_GET_NO_NEW_PRIVS, 0) == 1 { 0 } else { libc::EPERM }
}

/// Executes with the environment as the caller gave it. Comes back only to tell why it failed.
///
/// # Safety
/// `argv` points to pointers to strings that end with NUL; the last pointer is null.
pub unsafe fn execve(path: &CStr, argv: *const *const c_char) -> i32 {
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: the path ends with NUL, `argv` is a list of strings that ends with null, and so is the environment, which nothing in
    // this program changes. The kernel only reads.
    unsafe { libc::syscall(libc::SYS_execve, path.as_ptr(), argv, environ) };
    last_errno()
}

/// Ends the process under whatever filter: with `status` if the filter lets it, else by a signal.
pub fn exit_under_filter(status: c_int) -> ! {
    // SAFETY: neither call takes a pointer. With a single thread the second ends the process as well.
    unsafe {
        libc::syscall(libc::SYS_exit_group, status);
        libc::syscall(libc::SYS_exit, status);
    }
    trap()
}

/// Ends the process by an instruction that the processor refuses, which needs no system call.
fn trap() -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: never comes back.
    unsafe {
        core::arch::asm!("ud2", options(noreturn))
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: never comes back.
    unsafe {
        core::arch::asm!("udf #0", options(noreturn))
    }
    // abort(3) tries system calls first, and ends with such an instruction too.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    // SAFETY: never comes back.
    unsafe {
        libc::abort()
    }
}
