//! The signals of a supervisor.

use core::ptr;

use crate::errno::last_errno;

/// A set of signals as the kernel has it: bit n is signal n + 1. The C library's functions keep some signals for themselves.
pub type Signals = u64;

/// Every signal; SIGKILL and SIGSTOP cannot be blocked.
pub const ALL: Signals = !0;

/// Blocks exactly these signals, and returns those that were blocked before.
pub fn set_mask(signals: Signals) -> Signals {
    let mut before: Signals = 0;
    // SAFETY: the kernel reads one set and writes the other, each with the given size.
    unsafe {
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, &signals, &mut before, size_of::<Signals>());
    }
    before
}

/// A descriptor that delivers all blocked signals, or an errno.
pub fn descriptor() -> Result<i32, i32> {
    let flags = libc::SFD_CLOEXEC | libc::SFD_NONBLOCK;
    // SAFETY: the kernel reads the set, of the given size.
    match unsafe { libc::syscall(libc::SYS_signalfd4, -1, &ALL, size_of::<Signals>(), flags) } {
        -1 => Err(last_errno()),
        fd => Ok(fd as i32),
    }
}

/// The next signal of a [`descriptor`], if there is one.
pub fn next(fd: i32) -> Option<libc::signalfd_siginfo> {
    let mut info = core::mem::MaybeUninit::<libc::signalfd_siginfo>::uninit();
    let size = size_of::<libc::signalfd_siginfo>();
    // SAFETY: the kernel writes whole structures only.
    let read = unsafe { libc::read(fd, info.as_mut_ptr().cast(), size) };
    // SAFETY: the kernel wrote all of it.
    (read == size as isize).then(|| unsafe { info.assume_init() })
}

/// Gives a signal its default action, and returns the previous one.
pub fn set_default(signal: i32) -> libc::sigaction {
    // SAFETY: an action without a handler is valid; the kernel writes the previous one.
    unsafe {
        let mut before: libc::sigaction = core::mem::zeroed();
        libc::sigaction(signal, &core::mem::zeroed(), &mut before);
        before
    }
}

/// Restores what [`set_default`] returned.
pub fn restore(signal: i32, action: &libc::sigaction) {
    // SAFETY: the action was this process's own.
    unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
}
