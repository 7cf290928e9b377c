//! Hands a listener from the process under the filter to its supervisor, without a call that the filter would judge.
//!
//! Both share their descriptors (CLONE_FILES) and one page of memory. The supervisor gets ready first. Then the other installs the
//! filter, writes the listener's number into the page, and executes the command with a mark that only this step uses. The filter
//! notifies that call, so the process waits there until the supervisor has its own copies of the descriptors, and has closed what
//! it does not need.

use core::ffi::{c_int, c_long};
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};

use crate::errno::last_errno;
use crate::ops::process::launch::Failure;

/// The page that both processes share.
pub struct Shared(&'static Page);

struct Page {
    /// What the supervisor reports: [`GETTING_READY`], [`READY`], or an errno.
    supervisor: AtomicI32,
    /// What the other process reports: [`INSTALLING`], [`NOT_INSTALLED`], or the listener's descriptor.
    listener: AtomicI32,
    /// Why there is no listener: the errno, and whether it is one of no_new_privs.
    errno: AtomicI32,
    no_new_privs: AtomicI32,
}

const GETTING_READY: i32 = 0;
const READY: i32 = -1;
const INSTALLING: i32 = -1;
const NOT_INSTALLED: i32 = -2;
/// Nanoseconds after which a process that waits for the other looks again whether that one is alive.
const PATIENCE: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 10_000_000 };
/// How often a supervisor yields before it begins to sleep between looks.
const YIELDS: u32 = 2000;
const NAP: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 50_000 };

impl Shared {
    /// Maps the page.
    pub fn new() -> Result<Self, i32> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping, which nothing else refers to.
        let page = unsafe { libc::mmap(ptr::null_mut(), size_of::<Page>(), access, kind, -1, 0) };
        if page == libc::MAP_FAILED {
            return Err(last_errno());
        }
        // SAFETY: the mapping is large enough, aligned, zero, and never unmapped.
        let page = unsafe { &*page.cast::<Page>() };
        page.listener.store(INSTALLING, Ordering::Release);
        Ok(Shared(page))
    }

    /// The supervisor is ready, or has failed with an errno.
    pub fn supervisor_is(&self, ready: Result<(), i32>) {
        self.0.supervisor.store(ready.err().unwrap_or(READY), Ordering::Release);
        futex(&self.0.supervisor, libc::FUTEX_WAKE, 1, ptr::null());
    }

    /// Waits until the supervisor is ready. `is_alive` is asked from time to time.
    pub fn await_supervisor(&self, is_alive: impl Fn() -> bool) -> Result<(), i32> {
        loop {
            match self.0.supervisor.load(Ordering::Acquire) {
                READY => return Ok(()),
                GETTING_READY if is_alive() => {
                    futex(&self.0.supervisor, libc::FUTEX_WAIT, GETTING_READY, &PATIENCE);
                }
                GETTING_READY => return Err(libc::ESRCH),
                errno => return Err(errno),
            }
        }
    }

    /// The filter is installed, with this listener, or it is not. A write to memory: the filter judges every call by now.
    pub fn installed(&self, listener: Option<c_int>) {
        self.0.listener.store(listener.unwrap_or(NOT_INSTALLED), Ordering::Release);
    }

    /// The filter is not installed, and why.
    pub fn failed(&self, no_new_privs: bool, errno: i32) {
        self.0.errno.store(errno, Ordering::Relaxed);
        self.0.no_new_privs.store(i32::from(no_new_privs), Ordering::Relaxed);
        self.installed(None);
    }

    /// What [`Shared::failed`] was told; ESRCH if the other process ended before.
    pub fn failure(&self) -> Failure {
        match self.0.listener.load(Ordering::Acquire) {
            NOT_INSTALLED => {
                let no_new_privs = self.0.no_new_privs.load(Ordering::Relaxed) != 0;
                let step = if no_new_privs { "no_new_privs" } else { "seccomp" };
                Failure { step, errno: self.0.errno.load(Ordering::Relaxed) }
            }
            _ => Failure { step: "supervisor", errno: libc::ESRCH },
        }
    }

    /// Waits for the listener; none if there will be none. `is_alive` is asked from time to time.
    pub fn await_listener(&self, is_alive: impl Fn() -> bool) -> Option<c_int> {
        let mut looks = 0;
        loop {
            match self.0.listener.load(Ordering::Acquire) {
                INSTALLING => {}
                NOT_INSTALLED => return None,
                listener => return Some(listener),
            }
            looks += 1;
            // SAFETY: neither call writes to memory of this process.
            unsafe {
                if looks < YIELDS {
                    libc::sched_yield();
                } else if is_alive() {
                    libc::nanosleep(&NAP, ptr::null_mut());
                } else {
                    return None;
                }
            }
        }
    }
}

fn futex(word: &AtomicI32, operation: c_int, value: i32, timeout: *const libc::timespec) {
    // SAFETY: the word is mapped for as long as the process lives, and the kernel only reads the timeout.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, timeout) };
}

/// Makes a process that shares the descriptors and has a copy of the memory. `exit_signal` is sent to the parent at its end, which
/// wait(2) sees only if it is SIGCHLD. The result is its id, 0 in the new process, or an errno.
pub fn clone_with_files(exit_signal: c_int) -> Result<i32, i32> {
    const NONE: c_long = 0;
    let flags = c_long::from(libc::CLONE_FILES | exit_signal);
    // SAFETY: the new process has a copy of the memory, and of the stack that this one uses. The program has one thread.
    match unsafe { libc::syscall(libc::SYS_clone, flags, NONE, NONE, NONE, NONE) } {
        -1 => Err(last_errno()),
        pid => Ok(pid as i32),
    }
}

/// Stops sharing descriptors, and closes all but these, in ascending order.
pub fn keep_only(kept: &[c_int]) -> Result<(), i32> {
    // SAFETY: the call takes a number.
    if unsafe { libc::unshare(libc::CLONE_FILES) } != 0 {
        return Err(last_errno());
    }
    let mut first = 0;
    for fd in kept {
        close_range(first, *fd);
        first = fd + 1;
    }
    close_range(first, c_int::MAX);
    Ok(())
}

/// Closes the descriptors from `first` up to `end`, exclusive.
fn close_range(first: c_int, end: c_int) {
    if first >= end {
        return;
    }
    // SAFETY: nothing in this process uses these descriptors.
    unsafe {
        let (first, last) = (c_long::from(first), c_long::from(end) - 1);
        if libc::syscall(libc::SYS_close_range, first, last, 0 as c_long) == 0 {
            return;
        }
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        for fd in first..=last.min(limit.rlim_max as c_long) {
            libc::close(fd as c_int);
        }
    }
}
