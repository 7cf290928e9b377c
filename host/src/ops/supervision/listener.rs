//! The listener of a filter: receiving notifications and answering them, seccomp_unotify(2).

use core::ffi::CStr;
use core::mem;

use super::handover::Lack;
use crate::errno::last_errno;

/// SECCOMP_USER_NOTIF_FLAG_CONTINUE: the kernel carries out the call. Linux 5.5.
const FLAG_CONTINUE: u32 = 1;
/// SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: the kernel lets a task and its supervisor take turns on one processor. Linux 6.6.
const SYNC_WAKE_UP: u64 = 1;
/// Bytes that a kernel's structures may have at most; those of Linux 6.18 have 80 and 24.
const MAX_SIZE: usize = 512;

/// What is answered to a task that waits in a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The kernel carries out the call.
    Proceed,
    /// The call fails with this errno; 0: it returns 0.
    Refuse(i32),
}

/// The descriptor of a listener, and room for what the kernel exchanges over it.
pub struct Listener {
    fd: i32,
    /// `struct seccomp_notif` and `struct seccomp_notif_resp`, either of which may be longer in newer kernels.
    received: [u64; MAX_SIZE / 8],
    answered: [u64; MAX_SIZE / 8],
    received_size: usize,
}

impl Listener {
    /// Takes a listener; the error is an errno. Its structures have the sizes that the kernel reports.
    pub fn new(fd: i32) -> Result<Self, Lack> {
        let received_size = notification_size()?;
        Ok(Listener { fd, received: [0; MAX_SIZE / 8], answered: [0; MAX_SIZE / 8], received_size })
    }

    /// Lets a task and its supervisor take turns on one processor.
    pub fn take_turns(&self) {
        // SAFETY: the kernel reads one number. Kernels that lack the operation refuse it, which costs time only.
        unsafe { libc::ioctl(self.fd, libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS as _, SYNC_WAKE_UP) };
    }

    /// The descriptor.
    pub fn fd(&self) -> i32 {
        self.fd
    }

    /// Gives the listener up: the kernel then answers ENOSYS to each call that waits or would be notified.
    pub fn close(&mut self) {
        // SAFETY: nothing else uses the descriptor.
        unsafe { libc::close(self.fd) };
        self.fd = NO_DESCRIPTOR;
    }

    pub fn is_closed(&self) -> bool {
        self.fd == NO_DESCRIPTOR
    }

    /// Receives the next notification, and waits for it. The error is an errno: ENOENT if the task died meanwhile.
    pub fn receive(&mut self) -> Result<libc::seccomp_notif, i32> {
        // The kernel refuses a structure that is not zero.
        self.received[..self.received_size.div_ceil(8)].fill(0);
        // SAFETY: the kernel writes at most the size that it reported, which `new` held against the room.
        if unsafe { libc::ioctl(self.fd, libc::SECCOMP_IOCTL_NOTIF_RECV as _, self.received.as_mut_ptr()) } != 0 {
            return Err(last_errno());
        }
        // SAFETY: the room is larger than the structure, aligned for it, and any bits are a valid one.
        Ok(unsafe { self.received.as_ptr().cast::<libc::seccomp_notif>().read() })
    }

    /// Answers a notification. A task that has died, or that a signal has interrupted, needs no answer: ENOENT.
    pub fn answer(&mut self, id: u64, answer: Answer) -> Result<(), i32> {
        let (error, flags) = match answer {
            Answer::Proceed => (0, FLAG_CONTINUE),
            Answer::Refuse(errno) => (-errno, 0),
        };
        let response = libc::seccomp_notif_resp { id, val: 0, error, flags };
        self.answered = [0; MAX_SIZE / 8];
        // SAFETY: the room is larger than the structure and aligned for it. The kernel reads the size that it reported.
        let failed = unsafe {
            self.answered.as_mut_ptr().cast::<libc::seccomp_notif_resp>().write(response);
            libc::ioctl(self.fd, libc::SECCOMP_IOCTL_NOTIF_SEND as _, self.answered.as_mut_ptr()) != 0
        };
        if failed { Err(last_errno()) } else { Ok(()) }
    }

    /// Whether the task still waits in that call: what was read of it before belongs to that call.
    pub fn is_valid(&self, id: u64) -> bool {
        // SAFETY: the kernel reads one number.
        unsafe { libc::ioctl(self.fd, libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _, &id) == 0 }
    }
}

/// Bytes of a notification in this kernel.
fn notification_size() -> Result<usize, Lack> {
    let mut sizes = libc::seccomp_notif_sizes { seccomp_notif: 0, seccomp_notif_resp: 0, seccomp_data: 0 };
    // SAFETY: the kernel writes the three sizes.
    let failed = unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_GET_NOTIF_SIZES, 0, &mut sizes) } != 0;
    Lack::unless(!failed, c"seccomp(2)")?;
    let size = usize::from(sizes.seccomp_notif);
    if size.max(usize::from(sizes.seccomp_notif_resp)) > MAX_SIZE || size < mem::size_of::<libc::seccomp_notif>() {
        return Err(Lack { call: c"seccomp(2)", errno: libc::EOVERFLOW });
    }
    Ok(size)
}

/// Whether a descriptor is a listener: the kernel knows the operations, and refuses an id that no notification has.
pub fn is_listener(fd: i32) -> Result<(), Lack> {
    is_answered_by(fd, libc::ENOENT)
}

/// Whether the kernel, and no filter, answers this process's calls on listeners.
pub fn can_listen() -> Result<(), Lack> {
    notification_size()?;
    is_answered_by(NO_DESCRIPTOR, libc::EBADF)?;
    let mut room = [0u64; MAX_SIZE / 8];
    // SAFETY: there is no such descriptor, so the kernel does not look at the room.
    let result = unsafe { libc::ioctl(NO_DESCRIPTOR, libc::SECCOMP_IOCTL_NOTIF_RECV as _, room.as_mut_ptr()) };
    Lack::unless(result != 0 && last_errno() == libc::EBADF, IOCTL)
}

const NO_DESCRIPTOR: i32 = -1;
const IOCTL: &CStr = c"ioctl(2)";

/// Whether an id that no notification has gets this errno from the operations that take one.
fn is_answered_by(fd: i32, errno: i32) -> Result<(), Lack> {
    const NO_ID: u64 = 0;
    let no_answer = [0u64; MAX_SIZE / 8];
    // SAFETY: the kernel reads one number, or as many bytes as a response has, which are no more than there are.
    unsafe {
        let valid = libc::ioctl(fd, libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _, &NO_ID);
        Lack::unless(valid != 0 && last_errno() == errno, IOCTL)?;
        let sent = libc::ioctl(fd, libc::SECCOMP_IOCTL_NOTIF_SEND as _, no_answer.as_ptr());
        Lack::unless(sent != 0 && last_errno() == errno, IOCTL)
    }
}

const _: () = assert!(mem::size_of::<libc::seccomp_notif>() <= MAX_SIZE);
