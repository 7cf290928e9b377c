//! The command of a supervisor that is its parent: signals for it, its stops, and its end.

use core::ptr;

use super::proc;
use super::signals;
use crate::exit::exit;

/// A command that runs as a child.
pub struct Command {
    pid: i32,
    /// Delivers the signals of this process.
    signals: i32,
    /// As wait(2) reports it.
    status: Option<i32>,
    stopped: bool,
    /// A signal that asks to end, and came before the command's end.
    asked: Option<i32>,
    /// Whether a signal asked this process to stop, and it has not done so.
    asked_to_stop: bool,
    /// Whether this process has stopped since the command did.
    followed: bool,
}

impl Command {
    pub fn new(pid: i32, signals: i32) -> Self {
        Command { pid, signals, status: None, stopped: false, asked: None, asked_to_stop: false, followed: false }
    }

    /// The descriptor to wait for.
    pub fn signals(&self) -> i32 {
        self.signals
    }

    /// Its status as wait(2) reports it, once it has ended.
    pub fn status(&self) -> Option<i32> {
        self.status
    }

    /// Passes on the signals that arrived. Returns one that asks to end, once the command has ended.
    pub fn pass_on_signals(&mut self) -> Option<i32> {
        while let Some(info) = signals::next(self.signals) {
            let signal = info.ssi_signo as i32;
            // The terminal sends these to the whole process group, so the command has them already. All others that the kernel sends
            // are for this process, which stands for the command: a hangup, a timer.
            let is_for_all = info.ssi_code > 0
                && matches!(
                    signal,
                    libc::SIGINT | libc::SIGQUIT | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU | libc::SIGWINCH
                );
            match signal {
                libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => self.asked_to_stop = true,
                libc::SIGCONT => self.asked_to_stop = false,
                _ => {}
            }
            if matches!(signal, libc::SIGINT | libc::SIGTERM | libc::SIGHUP | libc::SIGQUIT) {
                self.asked = Some(signal);
            }
            match signal {
                libc::SIGCHLD => self.follow(),
                libc::SIGCONT if self.stopped => self.kill(signal),
                libc::SIGCONT => {}
                _ if self.status.is_none() && !is_for_all => self.kill(signal),
                _ => {}
            }
        }
        self.stop_as_command();
        self.asked.filter(|_| self.status.is_some())
    }

    /// Whoever waits for this process sees what it would see of the command. But if the command was stopped by a process of its own,
    /// that may want to continue it, and makes calls until then.
    fn stop_as_command(&mut self) {
        if self.stopped && (self.asked_to_stop || (!self.followed && !has_children(self.pid))) {
            self.asked_to_stop = false;
            self.followed = true;
            // SAFETY: the call takes numbers.
            unsafe { libc::kill(libc::getpid(), libc::SIGSTOP) };
        }
    }

    fn kill(&self, signal: i32) {
        // SAFETY: the call takes numbers. The child is not reaped before `status` is set.
        unsafe { libc::kill(self.pid, signal) };
    }

    /// Looks what happened to children.
    fn follow(&mut self) {
        // SAFETY: the call takes nothing.
        let is_init = unsafe { libc::getpid() } == 1;
        loop {
            let mut status = 0;
            let which = if is_init { -1 } else { self.pid };
            // SAFETY: the kernel writes one number.
            let pid = unsafe { libc::waitpid(which, &mut status, libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED) };
            if pid <= 0 {
                return;
            }
            if pid != self.pid {
                continue;
            }
            if libc::WIFSTOPPED(status) {
                self.stopped = true;
                self.followed = false;
            } else if libc::WIFCONTINUED(status) {
                self.stopped = false;
            } else {
                self.status = Some(status);
            }
        }
    }
}

/// Whether the first thread of a process has children: proc_pid_task(5). Not where the kernel does not say (CONFIG_PROC_CHILDREN).
fn has_children(pid: i32) -> bool {
    !proc::text(pid, &alloc::format!("task/{pid}/children")).is_empty()
}

/// Ends this process as a command ended: with its status, or by its signal.
pub fn end_as(status: i32) -> ! {
    if !libc::WIFSIGNALED(status) {
        exit(libc::WEXITSTATUS(status))
    }
    let signal = libc::WTERMSIG(status);
    let no_core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    signals::set_default(signal);
    // SAFETY: the kernel only reads the limits; the other calls take numbers.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &no_core);
        libc::prctl(libc::PR_SET_DUMPABLE, 0);
        signals::set_mask(0);
        libc::kill(libc::getpid(), signal);
        // The first process of a namespace is not killed by its own signals.
        libc::syscall(libc::SYS_rt_sigtimedwait, &0u64, ptr::null::<u8>(), &NO_TIME, size_of::<u64>());
    }
    exit(128 + signal)
}

const NO_TIME: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 0 };
