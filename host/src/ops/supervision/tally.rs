//! Calls that were seen before: counted, and answered as before.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::listener::Answer;
use super::memory;

/// Numbers of arguments that a filter sees.
pub const ARGUMENTS: usize = 6;

/// A call by what tells it from others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The thread; 0 where calls of all threads are counted together.
    pub tid: u32,
    /// AUDIT_ARCH_*.
    pub arch: u32,
    pub nr: u32,
    /// Arguments without what does not matter.
    pub args: [u64; ARGUMENTS],
}

impl Key {
    /// The key of a notification; `masks`: what matters of each argument.
    pub fn new(notification: &libc::seccomp_notif, masks: &[u64; ARGUMENTS], with_thread: bool) -> Self {
        let data = &notification.data;
        let mut args = data.args;
        for (argument, mask) in args.iter_mut().zip(masks) {
            *argument &= mask;
        }
        Key { tid: if with_thread { notification.pid } else { 0 }, arch: data.arch, nr: data.nr as u32, args }
    }
}

/// Bytes of a task that a description of its call was made from.
pub struct Span {
    pub address: u64,
    /// How many bytes were asked for.
    pub length: usize,
    pub string: bool,
    /// What was read; none if nothing could be.
    pub bytes: Option<Vec<u8>>,
}

impl Span {
    /// Reads the bytes.
    pub fn read(tid: i32, address: u64, length: usize, string: bool) -> (Self, Result<Vec<u8>, i32>) {
        let read = if string { memory::read_string } else { memory::read };
        let bytes = read(tid, address, length);
        (Span { address, length, string, bytes: bytes.as_ref().ok().cloned() }, bytes)
    }

    /// Whether the same bytes are still there.
    fn is_unchanged(&self, tid: i32) -> bool {
        Self::read(tid, self.address, self.length, self.string).0.bytes == self.bytes
    }
}

/// A call that was described and answered.
pub struct Seen {
    /// The number that the program knows it by.
    pub number: u32,
    pub answer: Answer,
    pub spans: Vec<Span>,
    /// How often it was made.
    pub count: u64,
    /// The count that was reported last.
    pub reported: u64,
}

/// The calls that were described, for answering equal ones without the program.
#[derive(Default)]
pub struct Folded {
    seen: BTreeMap<Key, Seen>,
    /// Those in whose place others came, since the same addresses had other contents. Their counts may not be reported yet.
    replaced: Vec<Seen>,
    /// What matters of the arguments, by architecture and number.
    masks: BTreeMap<(u32, u32), [u64; ARGUMENTS]>,
}

/// Calls that are remembered at most: a few hundred kilobytes.
pub const MAX_SEEN: usize = 1000;

impl Folded {
    /// An equal call that was described before, counted once more.
    pub fn again(&mut self, notification: &libc::seccomp_notif) -> Option<&mut Seen> {
        let data = &notification.data;
        let masks = self.masks.get(&(data.arch, data.nr as u32))?;
        let seen = self.seen.get_mut(&Key::new(notification, masks, true))?;
        let tid = notification.pid as i32;
        if !seen.spans.iter().all(|span| span.is_unchanged(tid)) {
            return None;
        }
        seen.count += 1;
        Some(seen)
    }

    /// Whether nothing more can be remembered before [`Folded::forget`].
    pub fn is_full(&self) -> bool {
        self.seen.len() + self.replaced.len() >= MAX_SEEN
    }

    /// Remembers a call and its answer.
    pub fn remember(&mut self, notification: &libc::seccomp_notif, masks: [u64; ARGUMENTS], seen: Seen) {
        let data = &notification.data;
        self.masks.insert((data.arch, data.nr as u32), masks);
        if let Some(replaced) = self.seen.insert(Key::new(notification, &masks, true), seen) {
            self.replaced.push(Seen { spans: Vec::new(), ..replaced });
        }
    }

    /// Number and count of the calls that were made again since they were last reported. They count as reported then.
    pub fn report(&mut self) -> Vec<(u32, u64)> {
        let all = self.replaced.iter_mut().chain(self.seen.values_mut());
        let fresh = all.filter(|seen| seen.count > seen.reported);
        fresh
            .map(|seen| {
                seen.reported = seen.count;
                (seen.number, seen.count)
            })
            .collect()
    }

    /// Forgets all calls.
    pub fn forget(&mut self) {
        self.seen.clear();
        self.replaced.clear();
    }
}

/// Calls that are counted, and all carried out.
#[derive(Default)]
pub struct Counted {
    pub masks: BTreeMap<(u32, u32), [u64; ARGUMENTS]>,
    pub counts: BTreeMap<Key, u64>,
}

/// Different calls that are counted at most; further ones are counted without their arguments.
const MAX_COUNTED: usize = 100_000;

impl Counted {
    /// Counts a call.
    pub fn count(&mut self, notification: &libc::seccomp_notif) {
        const NOTHING: [u64; ARGUMENTS] = [0; ARGUMENTS];
        let data = &notification.data;
        let masks = self.masks.get(&(data.arch, data.nr as u32)).unwrap_or(&NOTHING);
        let masks = if self.counts.len() < MAX_COUNTED { masks } else { &NOTHING };
        *self.counts.entry(Key::new(notification, masks, false)).or_insert(0) += 1;
    }
}
