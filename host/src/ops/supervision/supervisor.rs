//! The supervisor's loop: receives notifications, answers those that need no decision, and stops at everything else.

use alloc::vec::Vec;
use core::ffi::CStr;

use super::command::Command;
use super::footprint::drop_clean_pages;
use super::listener::{Answer, Listener};
use super::tally::{ARGUMENTS, Counted, Folded, Seen, Span};
use crate::errno::last_errno;
use crate::given::moment;

/// What the program has to do something about.
pub enum Event {
    /// A call to judge: the task waits until [`Supervisor::answer`].
    Call { number: u32, notification: libc::seccomp_notif },
    /// A call that is equal to one before. It was counted; the task waits until the next event is asked for.
    Repeated { number: u32, count: u64 },
    /// No task is under the filter any more.
    Ended,
    /// A signal asks to end, when the command has ended already and others go on.
    Interrupted { signal: i32 },
    /// Nothing else happened within the time.
    Tick,
}

/// A timeout of poll(2).
pub const FOR_EVER: i32 = -1;

/// What happens to calls.
pub enum Work {
    /// Each is decided by the program; equal ones are answered as before.
    Judge(Folded),
    /// All are counted and carried out.
    Count(Counted),
}

pub struct Supervisor {
    listener: Listener,
    pub work: Work,
    pub command: Option<Command>,
    /// The call that is to be answered.
    waiting: Option<Waiting>,
    /// Calls that were passed to the program.
    calls: u32,
    /// Whether the program ran since pages were given back, and how many calls were answered without it since then.
    ran: bool,
    quiet: u32,
    /// Whether receiving ends when the last task has: it spares a call to poll(2). Linux 6.11.
    receives_directly: bool,
}

struct Waiting {
    notification: libc::seccomp_notif,
    number: u32,
    /// What was read of the task for it.
    spans: Vec<Span>,
    /// The answer, if it is decided.
    answer: Option<Answer>,
}

impl Supervisor {
    pub fn new(listener: Listener, work: Work, command: Option<Command>) -> Self {
        Supervisor {
            listener,
            work,
            command,
            waiting: None,
            calls: 0,
            ran: true,
            quiet: 0,
            receives_directly: kernel_is_at_least(6, 11),
        }
    }

    /// Receives the call by which the command begins; the error is an errno.
    pub fn receive_first(&mut self) -> Result<libc::seccomp_notif, i32> {
        let first = loop {
            // Without the look, a task that died before its call would be waited for in kernels before 6.11.
            let ready = match self.wait(FOR_EVER) {
                Err(libc::EINTR) => continue,
                ready => ready?,
            };
            if !ready.notification && ready.ended {
                return Err(libc::ESRCH);
            }
            match self.listener.receive() {
                Err(libc::EINTR) => {}
                received => break received?,
            }
        };
        if let Work::Count(counted) = &mut self.work {
            counted.count(&first);
        }
        Ok(first)
    }

    /// Lets that call proceed; the error is an errno.
    pub fn begin(&mut self, first: &libc::seccomp_notif) -> Result<(), i32> {
        self.listener.answer(first.id, Answer::Proceed)
    }

    /// Works until there is something for the program. `timeout`: milliseconds; negative: any time.
    pub fn next_event(&mut self, timeout: i32) -> Event {
        if let Some(Waiting { notification, answer: Some(answer), .. }) = self.waiting.take() {
            self.send(notification.id, answer);
        }
        let deadline = (timeout >= 0).then(|| moment() + f64::from(timeout) * 1e3);
        loop {
            if self.listener.is_closed() {
                return Event::Ended;
            }
            let left = deadline.map_or(FOR_EVER, |deadline| ((deadline - moment()) / 1e3).max(0.0) as i32);
            let direct = self.receives_directly && !self.ran && left < 0 && self.command.is_none();
            let ready = match if direct { Ok(Ready::DIRECT) } else { self.wait(if self.ran { IDLE } else { left }) } {
                Ok(ready) if self.ran && !ready.any() => {
                    self.give_back();
                    continue;
                }
                Ok(ready) => ready,
                Err(libc::EINTR) => continue,
                Err(_) => return Event::Ended,
            };
            let asking = if ready.signals { self.command.as_mut().and_then(Command::pass_on_signals) } else { None };
            if let Some(signal) = asking {
                return Event::Interrupted { signal };
            }
            if ready.notification {
                match self.listener.receive() {
                    Ok(notification) => {
                        if let Some(event) = self.handle(notification) {
                            return event;
                        }
                        self.quiet += 1;
                        if self.ran && self.quiet >= QUIET {
                            self.give_back();
                        }
                    }
                    // The task died, or a signal interrupted it or us; or it was the last one.
                    Err(libc::ENOENT) if direct => {
                        if self.wait(0).is_ok_and(|ready| ready.ended && !ready.notification) {
                            return Event::Ended;
                        }
                    }
                    Err(libc::ENOENT | libc::EINTR) => {}
                    Err(_) => self.listener.close(),
                }
            } else if ready.ended {
                return Event::Ended;
            }
            if left == 0 {
                return Event::Tick;
            }
        }
    }

    /// Gives back the pages of the program, which does not run now.
    fn give_back(&mut self) {
        drop_clean_pages();
        self.ran = false;
    }

    fn wait(&self, timeout: i32) -> Result<Ready, i32> {
        let signals = self.command.as_ref().map_or(-1, Command::signals);
        let poll = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut polled = [poll(self.listener.fd()), poll(signals)];
        // SAFETY: poll(2) gets its structures and their count.
        if unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as _, timeout) } < 0 {
            return Err(last_errno());
        }
        let [listener, signals] = polled.map(|each| each.revents);
        Ok(Ready {
            notification: listener & libc::POLLIN != 0,
            ended: listener & (libc::POLLHUP | libc::POLLERR | libc::POLLNVAL) != 0,
            signals: signals & libc::POLLIN != 0,
        })
    }

    fn handle(&mut self, notification: libc::seccomp_notif) -> Option<Event> {
        let id = notification.id;
        match &mut self.work {
            Work::Count(counted) => {
                counted.count(&notification);
                self.send(id, Answer::Proceed);
                None
            }
            Work::Judge(folded) => match folded.again(&notification) {
                None => {
                    let number = self.calls;
                    self.calls = self.calls.wrapping_add(1);
                    self.waiting = Some(Waiting { notification, number, spans: Vec::new(), answer: None });
                    self.ran = true;
                    self.quiet = 0;
                    Some(Event::Call { number, notification })
                }
                Some(seen) if is_milestone(seen.count) => {
                    let (number, count, answer) = (seen.number, seen.count, seen.answer);
                    seen.reported = count;
                    self.waiting = Some(Waiting { notification, number, spans: Vec::new(), answer: Some(answer) });
                    Some(Event::Repeated { number, count })
                }
                Some(seen) => {
                    let answer = seen.answer;
                    self.send(id, answer);
                    None
                }
            },
        }
    }

    /// Answers the call of the last event. `masks`: what of its arguments tells it from others; none: it is not remembered, and the
    /// next one is an event again.
    pub fn answer(&mut self, answer: Answer, masks: Option<[u64; ARGUMENTS]>) {
        let Some(Waiting { notification, number, spans, .. }) = self.waiting.take() else { return };
        if let (Work::Judge(folded), Some(masks)) = (&mut self.work, masks) {
            folded.remember(&notification, masks, Seen { number, answer, spans, count: 1, reported: 1 });
        }
        self.send(notification.id, answer);
    }

    fn send(&mut self, id: u64, answer: Answer) {
        loop {
            match self.listener.answer(id, answer) {
                // A task that died or was interrupted needs no answer.
                Ok(()) | Err(libc::ENOENT) => return,
                Err(libc::EINTR) => {}
                // The task would wait for ever. Once nobody has the listener, the kernel refuses its call, and all later ones.
                Err(_) => return self.listener.close(),
            }
        }
    }

    /// Reads the memory of the task that waits. The error is an errno.
    pub fn read(&mut self, address: u64, length: usize, string: bool) -> Result<Vec<u8>, i32> {
        let Some(waiting) = &mut self.waiting else { return Err(libc::ESRCH) };
        let (span, bytes) = Span::read(waiting.notification.pid as i32, address, length, string);
        waiting.spans.push(span);
        bytes
    }

    /// Whether the task still waits in the call of the last event.
    pub fn is_waiting(&self) -> bool {
        self.waiting.as_ref().is_some_and(|waiting| self.listener.is_valid(waiting.notification.id))
    }
}

/// What is to be done.
struct Ready {
    notification: bool,
    ended: bool,
    signals: bool,
}

impl Ready {
    /// To wait in receiving.
    const DIRECT: Ready = Ready { notification: true, ended: false, signals: false };

    fn any(&self) -> bool {
        self.notification || self.ended || self.signals
    }
}

/// Milliseconds without a call after which pages are given back, or the number of calls that were answered without the program.
const IDLE: i32 = 100;
const QUIET: u32 = 100;

/// Whether the release of uname(2) is that version or a later one.
fn kernel_is_at_least(major: u32, minor: u32) -> bool {
    let mut name = core::mem::MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the kernel writes strings that end with NUL, and zeros are such too.
    let release = unsafe {
        libc::uname(name.as_mut_ptr());
        CStr::from_ptr((*name.as_ptr()).release.as_ptr()).to_bytes()
    };
    let mut numbers = release.split(|byte| !byte.is_ascii_digit()).map(|digits| {
        digits.iter().fold(0_u32, |number, digit| number.saturating_mul(10).saturating_add(u32::from(digit - b'0')))
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (major, minor)
}

/// Whether the count of an equal call is reported at once: 10, 100, 1000 and so on.
fn is_milestone(count: u64) -> bool {
    let mut power = 10;
    while power < count {
        power *= 10;
    }
    power == count
}
