//! Hands a listener from the process under the filter to its supervisor, without a call that the filter would judge.
//!
//! Both share their descriptors (CLONE_FILES) and one page of memory. The supervisor gets ready first. Then the other installs the
//! filter, writes the listener's number into the page, and executes the command with a mark that only this step uses. The filter
//! notifies that call, so the process waits there until the supervisor has its own copies of the descriptors, and has closed what
//! it does not need.
//!
//! Until then the waiting process holds a copy of its own listener, so it would wait for ever if the supervisor ended without a
//! word. Therefore the supervisor [rehearses](super::rehearse) its calls before the filter is installed, and if one fails later, it
//! closes the listener in the table that both share: then the kernel refuses the waiting call.

use core::ffi::{CStr, c_char, c_int, c_long};
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr, Ordering};

use crate::errno::last_errno;
use crate::ops::process::launch::Failure;

/// A call that a supervisor needs and that fails.
#[derive(Clone, Copy)]
pub struct Lack {
    /// The call with its page, for people.
    pub call: &'static CStr,
    pub errno: i32,
}

impl Lack {
    /// The result of a call; if it failed, the last errno.
    pub fn unless(succeeded: bool, call: &'static CStr) -> Result<(), Lack> {
        if succeeded { Ok(()) } else { Err(Lack { call, errno: last_errno() }) }
    }

    pub fn failure(self) -> Failure {
        Failure { step: "supervisor", call: self.call.to_str().unwrap_or(""), errno: self.errno }
    }
}

/// The page that both processes share.
#[derive(Clone, Copy)]
pub struct Shared(&'static Page);

struct Page {
    /// What the supervisor reports: [`GETTING_READY`], [`READY`], or an errno.
    supervisor: AtomicI32,
    /// The call that has that errno; both processes have the same constants at the same addresses.
    call: AtomicPtr<c_char>,
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
    pub fn new() -> Result<Self, Lack> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping, which nothing else refers to.
        let page = unsafe { libc::mmap(ptr::null_mut(), size_of::<Page>(), access, kind, -1, 0) };
        if page == libc::MAP_FAILED {
            return Err(Lack { call: c"mmap(2)", errno: last_errno() });
        }
        // SAFETY: the mapping is large enough, aligned, zero, and never unmapped.
        let page = unsafe { &*page.cast::<Page>() };
        page.listener.store(INSTALLING, Ordering::Release);
        Ok(Shared(page))
    }

    /// The supervisor is ready, or lacks something.
    pub fn supervisor_is(&self, ready: Result<(), Lack>) {
        let state = ready.map_or_else(
            |lack| {
                self.0.call.store(lack.call.as_ptr().cast_mut(), Ordering::Relaxed);
                // An errno is positive, unless something else than the kernel says so.
                lack.errno.max(1)
            },
            |()| READY,
        );
        self.0.supervisor.store(state, Ordering::Release);
        futex(&self.0.supervisor, libc::FUTEX_WAKE, 1, ptr::null());
    }

    /// Waits until the supervisor is ready. `is_alive` is asked from time to time.
    pub fn await_supervisor(&self, is_alive: impl Fn() -> Result<(), Lack>) -> Result<(), Lack> {
        loop {
            // Its last words may come between a look and its end.
            let alive = is_alive();
            match self.0.supervisor.load(Ordering::Acquire) {
                READY => return Ok(()),
                GETTING_READY => {
                    alive?;
                    futex(&self.0.supervisor, libc::FUTEX_WAIT, GETTING_READY, &PATIENCE);
                }
                errno => return Err(self.lack(errno)),
            }
        }
    }

    /// What the supervisor lacks, though it said that it was ready.
    pub fn lacks(&self) -> Option<Lack> {
        match self.0.supervisor.load(Ordering::Acquire) {
            READY | GETTING_READY => None,
            errno => Some(self.lack(errno)),
        }
    }

    fn lack(&self, errno: i32) -> Lack {
        // SAFETY: it was stored before the errno, and points to a constant that ends with NUL.
        let call = unsafe { CStr::from_ptr(self.0.call.load(Ordering::Relaxed)) };
        Lack { call, errno }
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
                Failure::of(step, self.0.errno.load(Ordering::Relaxed))
            }
            _ => Failure::of("supervisor", libc::ESRCH),
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

/// Makes a process that has a copy of the memory. `flags`: CLONE_*, and the signal that is sent to the parent at its end, which
/// wait(2) sees only if it is SIGCHLD. The result is its id, 0 in the new process, or an errno.
pub fn clone(flags: c_int) -> Result<i32, i32> {
    const NONE: c_long = 0;
    // SAFETY: the new process has a copy of the memory, and of the stack that this one uses. The program has one thread.
    match unsafe { libc::syscall(libc::SYS_clone, c_long::from(flags), NONE, NONE, NONE, NONE) } {
        -1 => Err(last_errno()),
        pid => Ok(pid as i32),
    }
}

/// Stops sharing descriptors, and closes those above `last`. On failure they are shared as before.
pub fn stop_sharing(last: c_int) -> Result<(), Lack> {
    let first = c_long::from(last) + 1;
    let flags = c_long::from(libc::CLOSE_RANGE_UNSHARE);
    // SAFETY: nothing in this process uses these descriptors. The filters of container engines allow close_range(2), and often
    // not unshare(2).
    unsafe {
        if libc::syscall(libc::SYS_close_range, first, c_long::from(c_int::MAX), flags) == 0 {
            return Ok(());
        }
        Lack::unless(libc::unshare(libc::CLONE_FILES) == 0, c"unshare(2)")
    }
}

/// Whether [`stop_sharing`] is possible, as far as this can be known without doing it.
pub fn can_stop_sharing() -> Result<(), Lack> {
    let none = c_long::from(c_int::MAX);
    // SAFETY: no descriptor has that number, and unshare(2) of nothing does nothing.
    unsafe {
        let closes = libc::syscall(libc::SYS_close_range, none, none, 0 as c_long) == 0;
        Lack::unless(closes || libc::unshare(0) == 0, c"close_range(2)")
    }
}

/// Closes all descriptors but these, in ascending order.
pub fn keep_only(kept: &[c_int]) {
    let mut first = 0;
    for fd in kept {
        close_range(first, *fd);
        first = fd + 1;
    }
    close_range(first, c_int::MAX);
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
