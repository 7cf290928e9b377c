//! Reads what /proc tells of tasks, by a descriptor of it from before the command: a command may put something else in its place.

use core::sync::atomic::{AtomicI32, Ordering};

use alloc::string::String;
use alloc::vec::Vec;
use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstatfs, openat, openat2, readlinkat};
use rustix::io::Errno;

/// The descriptor of /proc; negative: there is none.
static PROC: AtomicI32 = AtomicI32::new(-1);

/// PROC_SUPER_MAGIC of include/uapi/linux/magic.h.
const PROC_SUPER_MAGIC: u64 = 0x9fa0;

/// Opens /proc, unless it is something else, or belongs to another PID namespace, where numbers mean other tasks. Returns its
/// descriptor, if any, which is to be kept.
pub fn open() -> Option<i32> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let proc = openat(CWD, c"/proc", flags, Mode::empty()).ok()?;
    // SAFETY: the call takes nothing.
    let own = alloc::format!("{}", unsafe { libc::getpid() });
    let is_own = readlinkat(&proc, c"self", Vec::new()).is_ok_and(|id| id.to_bytes() == own.as_bytes());
    if fstatfs(&proc).ok()?.f_type as u64 != PROC_SUPER_MAGIC || !is_own {
        return None;
    }
    let descriptor = proc.into_raw_fd();
    PROC.store(descriptor, Ordering::Relaxed);
    Some(descriptor)
}

/// Opens a file of a task; nothing that is mounted over it.
pub fn file(tid: i32, name: &str) -> Result<OwnedFd, Errno> {
    let descriptor = PROC.load(Ordering::Relaxed);
    if descriptor < 0 {
        return Err(Errno::NOENT);
    }
    // SAFETY: nothing closes it.
    let proc = unsafe { BorrowedFd::borrow_raw(descriptor) };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    openat2(
        proc,
        alloc::format!("{tid}/{name}"),
        flags,
        Mode::empty(),
        ResolveFlags::NO_XDEV | ResolveFlags::NO_MAGICLINKS,
    )
}

/// The beginning of a text file of a task; empty if it cannot be read.
pub fn text(tid: i32, name: &str) -> String {
    let Ok(file) = file(tid, name) else { return String::new() };
    let mut bytes = [0; 4096];
    let length = rustix::io::read(&file, &mut bytes).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

/// Whether a task has ended, ends, or dumps its core: proc_pid_stat(5).
pub fn is_ending(tid: i32) -> bool {
    /// PF_EXITING, PF_DUMPCORE and PF_SIGNALED of include/linux/sched.h.
    const ENDING: u64 = 0x4 | 0x200 | 0x400;
    // SAFETY: the call takes numbers; no signal is sent.
    if unsafe { libc::syscall(libc::SYS_tkill, tid, 0) } != 0 {
        return true;
    }
    let stat = text(tid, "stat");
    // The name of the command, in parentheses, may hold anything.
    let Some((_, rest)) = stat.rsplit_once(") ") else { return false };
    let mut fields = rest.split(' ');
    let state = fields.next().unwrap_or("");
    let flags = fields.nth(5).and_then(|flags| flags.parse::<u64>().ok()).unwrap_or(0);
    matches!(state, "Z" | "X") || flags & ENDING != 0
}
