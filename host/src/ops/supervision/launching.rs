//! Launches a command with a supervisor: the one is made, the other goes on, and the listener changes hands.

use alloc::vec::Vec;
use core::ffi::{CStr, c_int};

use super::command::Command;
use super::handover::{Lack, Shared, can_stop_sharing, clone, keep_only, stop_sharing};
use super::listener::{Listener, can_listen, is_listener};
use super::log;
use super::proc;
use super::signals;
use super::supervisor::{Supervisor, Work};
use crate::errno::last_errno;
use crate::exit::exit;
use crate::ops::process::launch::{Failure, Launch, Obstacle};

type Started = Result<Supervisor, Failure>;

/// This process becomes the command; its new child, which no wait(2) sees, the supervisor.
pub fn as_a_child(mut launch: Launch, shared: Shared, work: Work, mark: u32) -> Started {
    // SAFETY: the call takes nothing.
    let command = unsafe { libc::getpid() };
    if children_begin_namespace() {
        // The supervisor would be the first process of that namespace, and the command would have none once it ended.
        return Err(Failure::of("namespace", 0));
    }
    const NO_SIGNAL: c_int = 0;
    let child = clone(libc::CLONE_FILES | NO_SIGNAL).map_err(|errno| Lack { call: c"clone(2)", errno }.failure())?;
    if child == 0 {
        let proc = proc::open();
        let ready = become_stranger(command).and_then(|()| rehearse());
        shared.supervisor_is(ready);
        if ready.is_err() {
            exit(0)
        }
        // The kernel ends this process with the other one. A failed getppid(2) is no reason to leave that one waiting.
        // SAFETY: the call takes nothing.
        let is_alive = || matches!(unsafe { libc::getppid() }, parent if parent < 0 || parent == command);
        let Some(fd) = shared.await_listener(is_alive) else { exit(0) };
        let kept: Vec<c_int> = [log::descriptor()].into_iter().chain(proc).collect();
        return match take(fd, &kept, work, None, command, mark) {
            Ok(supervisor) => Ok(supervisor),
            Err(lack) => {
                shared.supervisor_is(Err(lack));
                // While both share their descriptors, this releases the command's call. If they do not any more, then nobody can.
                // SAFETY: nothing else in this process uses the listener.
                unsafe { libc::close(fd) };
                exit(0)
            }
        };
    }
    // Yama allows a task's memory to be read by its ancestors only, and by this process if the task says so; other kernels
    // refuse the operation.
    // SAFETY: the calls take numbers, and the kernel writes one of them.
    unsafe {
        libc::prctl(libc::PR_SET_PTRACER, child);
    }
    let is_alive = || {
        let mut status = 0;
        // SAFETY: the kernel writes one number.
        match unsafe { libc::waitpid(child, &mut status, libc::__WALL | libc::WNOHANG) } {
            0 => Ok(()),
            -1 if last_errno() != libc::ECHILD => Err(Lack { call: c"wait4(2)", errno: last_errno() }),
            _ => Err(Lack { call: c"", errno: libc::ESRCH }),
        }
    };
    let give_up = |failure| {
        shared.installed(None);
        let mut status = 0;
        // SAFETY: the kernel writes one number.
        unsafe { libc::waitpid(child, &mut status, libc::__WALL) };
        failure
    };
    shared.await_supervisor(is_alive).map_err(|lack| give_up(lack.failure()))?;
    match launch.install() {
        Ok(listener) => {
            shared.installed(Some(listener));
            launch.exec(|| {
                let lack = shared.lacks()?;
                Some(Obstacle { what: "the supervisor cannot take over", errno: lack.errno })
            })
        }
        Err(failure) => Err(give_up(failure)),
    }
}

/// This process becomes the supervisor; its new child the command.
pub fn as_the_parent(mut launch: Launch, shared: Shared, work: Work, mark: u32) -> Started {
    rehearse().map_err(Lack::failure)?;
    let proc = proc::open();
    let mask = signals::set_mask(signals::ALL);
    // Where SIGCHLD is ignored, children leave no status.
    let action = signals::set_default(libc::SIGCHLD);
    shared.supervisor_is(Ok(()));
    let child = clone(libc::CLONE_FILES | libc::SIGCHLD).map_err(|errno| {
        signals::restore(libc::SIGCHLD, &action);
        signals::set_mask(mask);
        Lack { call: c"clone(2)", errno }.failure()
    })?;
    if child == 0 {
        signals::restore(libc::SIGCHLD, &action);
        signals::set_mask(mask);
        match launch.install() {
            Ok(listener) => {
                shared.installed(Some(listener));
                launch.exec(|| None)
            }
            Err(Failure { step, errno, .. }) => {
                shared.failed(step == "no_new_privs", errno);
                exit(0)
            }
        }
    }
    let is_alive = || {
        // SAFETY: the structure may be zero, and the kernel writes to it. The child stays to be waited for.
        unsafe {
            let mut info: libc::siginfo_t = core::mem::zeroed();
            libc::waitid(libc::P_PID, child as _, &mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT) == 0
                && info.si_pid() == 0
        }
    };
    let reap = || {
        let mut status = 0;
        // SAFETY: the kernel writes one number.
        unsafe { libc::waitpid(child, &mut status, 0) };
        signals::restore(libc::SIGCHLD, &action);
        signals::set_mask(mask);
    };
    let Some(fd) = shared.await_listener(is_alive) else {
        reap();
        return Err(shared.failure());
    };
    let taken = signals::descriptor().map_err(|errno| Lack { call: c"signalfd4(2)", errno }).and_then(|signals| {
        let kept: Vec<c_int> = [libc::STDERR_FILENO, signals].into_iter().chain(proc).collect();
        take(fd, &kept, work, Some(Command::new(child, signals)), child, mark)
    });
    taken.map_err(|lack| {
        // It waits for this process, and has executed nothing.
        // SAFETY: the calls take numbers, and nothing else uses the listener.
        unsafe {
            libc::kill(child, libc::SIGKILL);
            libc::close(fd);
        }
        reap();
        lack.failure()
    })
}

/// Takes the listener, drops all other descriptors but `kept`, and lets the command begin.
///
/// On failure the command has not begun, and waits for as long as a process has the listener.
fn take(
    fd: c_int,
    kept: &[c_int],
    work: Work,
    command: Option<Command>,
    task: i32,
    mark: u32,
) -> Result<Supervisor, Lack> {
    const IOCTL: &CStr = c"ioctl(2)";
    is_listener(fd)?;
    let mut all = Vec::from(kept);
    all.push(fd);
    all.sort_unstable();
    all.dedup();
    let listener = Listener::new(fd)?;
    listener.take_turns();
    let mut supervisor = Supervisor::new(listener, work, command);
    let first = supervisor.receive_first().map_err(|errno| Lack { call: IOCTL, errno })?;
    let data = &first.data;
    let begins = first.pid as i32 == task && i64::from(data.nr) == libc::SYS_execve && data.args[3] == u64::from(mark);
    if !begins {
        return Err(Lack { call: IOCTL, errno: libc::EPROTO });
    }
    // Up to here a failure is harmless: to close the listener ends the command's waiting.
    stop_sharing(all.last().copied().unwrap_or(fd))?;
    keep_only(&all);
    // From here on the command's end is no reason for this process to end: others may be under the filter.
    // SAFETY: the call takes numbers.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0) };
    supervisor.begin(&first).map_err(|errno| {
        // The command still has its own copy of the listener, so nothing else ends its waiting.
        // SAFETY: the call takes numbers.
        unsafe { libc::kill(task, libc::SIGKILL) };
        Lack { call: IOCTL, errno }
    })?;
    Ok(supervisor)
}

/// Makes this process one that neither the command nor its terminal reaches.
fn become_stranger(command: c_int) -> Result<(), Lack> {
    const PRCTL: &CStr = c"prctl(2)";
    signals::set_mask(signals::ALL);
    // SAFETY: the calls take numbers, and a path that ends with NUL.
    unsafe {
        Lack::unless(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0, PRCTL)?;
        if libc::getppid() != command {
            return Err(Lack { call: c"getppid(2)", errno: libc::ESRCH });
        }
        Lack::unless(libc::setsid() >= 0, c"setsid(2)")?;
        // Else a task of the same user could take the listener, and answer its own calls.
        Lack::unless(libc::prctl(libc::PR_SET_DUMPABLE, 0) == 0, PRCTL)?;
        if libc::prctl(libc::PR_GET_DUMPABLE) != 0 {
            return Err(Lack { call: PRCTL, errno: libc::EPERM });
        }
        // A file system that is in use cannot be unmounted.
        Lack::unless(libc::chdir(c"/".as_ptr()) == 0, c"chdir(2)")
    }
}

/// Makes the calls of a supervisor once, to no effect: a filter that is in force already may refuse them, or end the process.
fn rehearse() -> Result<(), Lack> {
    can_listen()?;
    can_stop_sharing()?;
    // SAFETY: the kernel gets no structures, as their count says.
    Lack::unless(unsafe { libc::poll(core::ptr::null_mut(), 0, 0) } == 0, c"poll(2)")
}

/// Whether the next process that this one makes begins a PID namespace: unshare(2), CLONE_NEWPID. False if /proc does not say.
fn children_begin_namespace() -> bool {
    let id = |path: &CStr| rustix::fs::stat(path).map(|stat| stat.st_ino);
    match (id(c"/proc/self/ns/pid"), id(c"/proc/self/ns/pid_for_children")) {
        (Ok(own), Ok(of_children)) => own != of_children,
        // It names no namespace before that has a first process.
        (Ok(_), Err(errno)) => errno == rustix::io::Errno::NOENT,
        (Err(_), _) => false,
    }
}
