//! Makes the kernel kill a task as the filter's verdict KILL_PROCESS or KILL_THREAD does, whatever the task does about SIGSYS.
//!
//! No signal from outside does that: a task can block, ignore or handle SIGSYS, and a signal never ends a single thread. So the task
//! is stopped by ptrace(2) on its way back from the call, and is made to call execve(2) with marks for which the filter itself says
//! KILL_PROCESS or KILL_THREAD.

use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr;

use super::handover::clone;
use super::proc::is_ending;
use super::signals::ALL;
use crate::errno::last_errno;
use crate::exit::exit;

/// Lets a task that was seized go on, once it has stopped.
pub fn release(tid: i32) {
    let mut status = 0;
    // SAFETY: the kernel writes one number, and the request takes no memory.
    unsafe {
        libc::waitpid(tid, &mut status, libc::__WALL);
        libc::ptrace(libc::PTRACE_DETACH, tid, ptr::null_mut::<u8>(), ptr::null_mut::<u8>());
    }
}

/// Kills a task that was seized, after its call was answered: `marks` are the fourth and the fifth argument of the execve(2). Returns
/// whether it has died: another thread may have changed the instruction at which it continues.
pub fn kill(tid: i32, marks: [u32; 2]) -> bool {
    let mut next = state(tid);
    if next == State::Stopped {
        // A single instruction, which makes the call.
        let nothing = ptr::null_mut::<u8>();
        // SAFETY: the request takes no memory.
        let stepped = send_to_execve(tid, marks).is_ok()
            && unsafe { libc::ptrace(libc::PTRACE_SINGLESTEP, tid, nothing, nothing) } == 0;
        if stepped {
            next = state(tid);
        }
        if next == State::Stopped {
            // SAFETY: the call takes numbers, and the request no memory. The signal is there before the task goes on.
            unsafe {
                libc::kill(tid, libc::SIGKILL);
                libc::ptrace(libc::PTRACE_DETACH, tid, nothing, nothing);
            }
        }
    }
    next == State::Gone
}

#[derive(PartialEq)]
enum State {
    Stopped,
    /// Dead, or dying.
    Gone,
    Running,
}

/// Waits until a traced task has stopped or died, for a while.
fn state(tid: i32) -> State {
    const LOOKS: u32 = 1000;
    const NAP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
    for _ in 0..LOOKS {
        let mut status = 0;
        // SAFETY: the kernel writes one number.
        let waited = unsafe { libc::waitpid(tid, &mut status, libc::__WALL | libc::WNOHANG) };
        if waited == tid {
            return if libc::WIFSTOPPED(status) { State::Stopped } else { State::Gone };
        }
        // The first thread of a process is reported only when all others have ended.
        if waited < 0 || is_ending(tid) {
            return State::Gone;
        }
        // SAFETY: the kernel only reads the time.
        unsafe { libc::nanosleep(&NAP, ptr::null_mut()) };
    }
    State::Running
}

/// Waits for a while until a task that got a signal is dying; whether it is.
pub fn is_dying(tid: i32) -> bool {
    const LOOKS: u32 = 500;
    const NAP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 200_000 };
    (0..LOOKS).any(|_| {
        // SAFETY: the kernel only reads the time.
        is_ending(tid) || unsafe { libc::nanosleep(&NAP, ptr::null_mut()) } > 0
    })
}

/// Ends the process of a thread. SIGKILL does not end the first process of a PID namespace from within, but the kernel ends it when a
/// tracer of it ends that asked for this: ptrace(2), PTRACE_O_EXITKILL. 0, or an errno.
pub fn kill_by_tracer(thread: i32) -> i32 {
    // A child without signals, for which nothing else waits.
    const NO_FLAGS: c_int = 0;
    let tracer = match clone(NO_FLAGS) {
        Ok(pid) => pid,
        Err(errno) => return errno,
    };
    if tracer == 0 {
        // SAFETY: the call takes numbers.
        let seized = unsafe { libc::ptrace(libc::PTRACE_SEIZE, thread, 0, libc::PTRACE_O_EXITKILL as usize) } == 0;
        exit(if seized { 0 } else { last_errno() })
    }
    let mut status = 0;
    // SAFETY: the kernel writes one number.
    if unsafe { libc::waitpid(tracer, &mut status, libc::__WALL) } < 0 {
        last_errno()
    } else {
        libc::WEXITSTATUS(status)
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
    if !made_native_call(tid, &registers) {
        return Err(libc::ENOEXEC);
    }
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

/// Whether the instruction before is the one by which native calls are made: a 64-bit program can make 32-bit calls too.
#[cfg(target_arch = "x86_64")]
fn made_native_call(tid: i32, registers: &libc::user_regs_struct) -> bool {
    const SYSCALL: u16 = 0x050f;
    let at = registers.rip.wrapping_sub(2) as *mut u8;
    // SAFETY: the C library's function returns the word that the kernel read of the task.
    unsafe { libc::ptrace(libc::PTRACE_PEEKTEXT, tid, at, ptr::null_mut::<u8>()) as u16 == SYSCALL }
}

#[cfg(target_arch = "aarch64")]
fn made_native_call(_: i32, _: &libc::user_regs_struct) -> bool {
    true
}

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
