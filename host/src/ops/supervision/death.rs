//! Makes the kernel kill a task as the filter's verdict KILL_PROCESS or KILL_THREAD does, whatever the task does about SIGSYS.
//!
//! No signal from outside does that: a task can block, ignore or handle SIGSYS, and a signal never ends a single thread. So the task
//! is stopped by ptrace(2) on its way back from the call, and is made to call execve(2) with marks for which the filter itself says
//! KILL_PROCESS or KILL_THREAD.

use core::mem::MaybeUninit;
use core::ptr;

use super::signals::ALL;
use crate::errno::last_errno;

/// Stops a task on its way back from its call. The error is an errno: EPERM if this process may not trace it, or another does.
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

/// Lets a task that was seized go on, once it has stopped.
pub fn release(tid: i32) {
    let mut status = 0;
    // SAFETY: the kernel writes one number, and the request takes no memory.
    unsafe {
        libc::waitpid(tid, &mut status, libc::__WALL);
        libc::ptrace(libc::PTRACE_DETACH, tid, ptr::null_mut::<u8>(), ptr::null_mut::<u8>());
    }
}

/// Kills a task that was seized, after its call was answered: `marks` are the fourth and the fifth argument of the execve(2).
pub fn kill(tid: i32, marks: [u32; 2]) {
    let mut status = 0;
    // SAFETY: the kernel writes one number.
    let waited = unsafe { libc::waitpid(tid, &mut status, libc::__WALL) };
    if waited == tid && libc::WIFSTOPPED(status) {
        if send_to_execve(tid, marks).is_err() {
            // SAFETY: the call takes numbers.
            unsafe { libc::kill(tid, libc::SIGKILL) };
        }
        let nothing = ptr::null_mut::<u8>();
        // SAFETY: the request takes no memory. The task goes on, or dies.
        unsafe { libc::ptrace(libc::PTRACE_DETACH, tid, nothing, nothing) };
    }
}

/// Changes the registers of a stopped task to those before an execve(2).
fn send_to_execve(tid: i32, marks: [u32; 2]) -> Result<(), i32> {
    let mut registers = MaybeUninit::<libc::user_regs_struct>::zeroed();
    let mut vector = libc::iovec { iov_base: registers.as_mut_ptr().cast(), iov_len: size_of_val(&registers) };
    let set = NT_PRSTATUS as *mut u8;
    // SAFETY: the kernel writes at most the length of the vector.
    if unsafe { libc::ptrace(libc::PTRACE_GETREGSET, tid, set, &mut vector) } != 0 {
        return Err(last_errno());
    }
    // The registers of a 32-bit program are others.
    if vector.iov_len != size_of_val(&registers) {
        return Err(libc::ENOEXEC);
    }
    // SAFETY: the kernel wrote all of it.
    let mut registers = unsafe { registers.assume_init() };
    set_call(&mut registers, marks);
    let mut vector = libc::iovec { iov_base: ptr::from_mut(&mut registers).cast(), iov_len: vector.iov_len };
    // SAFETY: the kernel reads the registers, and one set of signals. A handler would run before the call otherwise, and need not
    // return.
    unsafe {
        let mask = ALL;
        if libc::ptrace(libc::PTRACE_SETREGSET, tid, set, &mut vector) != 0
            || libc::ptrace(PTRACE_SETSIGMASK as _, tid, size_of_val(&mask) as *mut u8, &mask) != 0
        {
            return Err(last_errno());
        }
    }
    Ok(())
}

/// include/uapi/linux/elf.h
const NT_PRSTATUS: usize = 1;
/// include/uapi/linux/ptrace.h; bionic and musl's crate lack it.
const PTRACE_SETSIGMASK: libc::c_int = 0x420b;

/// The task has just executed an instruction that makes a system call, and goes back to it.
#[cfg(target_arch = "x86_64")]
fn set_call(registers: &mut libc::user_regs_struct, [fourth, fifth]: [u32; 2]) {
    /// Bytes of the instruction `syscall`.
    const INSTRUCTION: u64 = 2;
    registers.rip -= INSTRUCTION;
    registers.rax = libc::SYS_execve as u64;
    registers.r10 = u64::from(fourth);
    registers.r8 = u64::from(fifth);
}

#[cfg(target_arch = "aarch64")]
fn set_call(registers: &mut libc::user_regs_struct, [fourth, fifth]: [u32; 2]) {
    /// Bytes of the instruction `svc`.
    const INSTRUCTION: u64 = 4;
    registers.pc -= INSTRUCTION;
    registers.regs[8] = libc::SYS_execve as u64;
    registers.regs[3] = u64::from(fourth);
    registers.regs[4] = u64::from(fifth);
}
