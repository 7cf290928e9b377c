//! Hands the listener of a filter to a seccomp agent, before the command begins.
//!
//! A thread does it, which the filter does not judge: it waits for the listener, sends it, and answers the marked execve(2) in which the
//! main thread waits. That call then ends the thread, so nothing of it is left. A child process would be left behind as a zombie.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, Ordering};
use core::{mem, ptr};

use rquickjs::{Ctx, Object, Result};

use super::handover::{Lack, Shared, stop_sharing};
use super::listener::{Answer, Listener, is_listener};
use crate::errno::last_errno;
use crate::given::Given;
use crate::ops::process::launch::{Failure, Launch, Obstacle};
use crate::strings::{ByteString, Utf8};

/// What the thread works with.
struct Handover {
    shared: Shared,
    /// Connected to the agent.
    socket: c_int,
    state: Vec<u8>,
    mark: u64,
    /// The thread that starts the command.
    task: i32,
    /// The errno because of which the command must not begin; 0: none.
    failed: &'static AtomicI32,
}

/// `Host.launchWithAgent`.
pub fn launch_with_agent<'js>(ctx: Ctx<'js>, request: Object<'js>) -> Result<Failure> {
    let mut launch = Launch::read(&ctx, Given::get().arguments, &request)?;
    let path: ByteString = request.get("socket")?;
    let state = request.get::<_, Utf8>("state")?.as_bytes().to_vec();
    let message = request.get::<_, Utf8>("sendFailed")?.to_string_lossy().into_owned();
    let mark = request.get::<_, f64>("mark")? as u64;
    let socket = match connect(&path.0) {
        Ok(socket) => socket,
        Err(errno) => return Ok(Failure::of("agent", errno)),
    };
    // The thread may use both for as long as the process lives.
    let failed: &'static AtomicI32 = Box::leak(Box::new(AtomicI32::new(0)));
    // SAFETY: the call takes nothing.
    let task = unsafe { libc::getpid() };
    let started = Shared::new().and_then(|shared| {
        start(Box::leak(Box::new(Handover { shared, socket, state, mark, task, failed }))).map(|()| shared)
    });
    let shared = match started {
        Ok(shared) => shared,
        Err(lack) => {
            close(socket);
            return Ok(lack.failure());
        }
    };
    match launch.install() {
        Ok(listener) => {
            shared.installed(Some(listener));
            launch.exec(|| {
                let errno = failed.load(Ordering::Acquire);
                (errno != 0).then_some(Obstacle { what: &message, errno })
            })
        }
        Err(failure) => {
            shared.installed(None);
            close(socket);
            Ok(failure)
        }
    }
}

/// A socket that is connected to that path, and none of the standard descriptors, to which messages go. The error is an errno.
fn connect(path: &[u8]) -> core::result::Result<c_int, i32> {
    let mut address = libc::sockaddr_un { sun_family: libc::AF_UNIX as _, sun_path: [0; 108] };
    if path.len() >= address.sun_path.len() {
        return Err(libc::ENAMETOOLONG);
    }
    for (to, from) in address.sun_path.iter_mut().zip(path) {
        *to = *from as _;
    }
    const ABOVE_STANDARD: c_int = 3;
    // SAFETY: the calls take numbers, and an address of the given size.
    unsafe {
        let any = libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
        if any < 0 {
            return Err(last_errno());
        }
        let socket = libc::fcntl(any, libc::F_DUPFD_CLOEXEC, ABOVE_STANDARD);
        let errno = last_errno();
        close(any);
        if socket < 0 {
            return Err(errno);
        }
        let size = size_of::<libc::sockaddr_un>() as libc::socklen_t;
        while libc::connect(socket, (&raw const address).cast(), size) != 0 {
            let errno = last_errno();
            if errno != libc::EINTR {
                close(socket);
                return Err(errno);
            }
        }
        Ok(socket)
    }
}

fn close(fd: c_int) {
    // SAFETY: the descriptor is this module's own.
    unsafe { libc::close(fd) };
}

/// Starts the thread.
fn start(handover: &'static mut Handover) -> core::result::Result<(), Lack> {
    let mut thread = mem::MaybeUninit::<libc::pthread_t>::uninit();
    // SAFETY: the thread gets the only reference to what it works with, and it uses nothing else of this program.
    match unsafe { libc::pthread_create(thread.as_mut_ptr(), ptr::null(), run, (&raw mut *handover).cast()) } {
        0 => Ok(()),
        errno => Err(Lack { call: c"clone(2)", errno }),
    }
}

extern "C" fn run(handover: *mut c_void) -> *mut c_void {
    // SAFETY: `start` passes the only reference.
    let handover = unsafe { &mut *handover.cast::<Handover>() };
    if let Some(fd) = handover.shared.await_listener(|| true) {
        handover.serve(fd);
    }
    // Only this thread. The C library's way out would free the stack first.
    // SAFETY: the call takes a number.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    ptr::null_mut()
}

impl Handover {
    /// Sends the listener, and lets the command begin, or not.
    fn serve(&mut self, fd: c_int) {
        let listener = is_listener(fd).and_then(|()| Listener::new(fd));
        let mut listener = match listener {
            Ok(listener) => listener,
            Err(lack) => {
                self.failed.store(lack.errno, Ordering::Release);
                // Nobody has the listener then, and the kernel answers ENOSYS.
                close(fd);
                return;
            }
        };
        // Where execve(2) finds a table that is shared, it copies it, and the command loses the POSIX locks of its caller; before Linux
        // 5.11 it looks while this thread still lives. If it fails, only that is lost.
        let _ = stop_sharing(c_int::MAX - 1);
        let Some(first) = next(&mut listener) else { return };
        match self.send_to_agent(&first, fd) {
            Ok(()) => {
                let mut id = first.id;
                // A signal may have interrupted the call; it is then made again.
                while listener.answer(id, Answer::Proceed) == Err(libc::ENOENT) {
                    let Some(again) = next(&mut listener) else { return };
                    id = again.id;
                }
            }
            Err(errno) => {
                self.failed.store(errno, Ordering::Release);
                let _ = listener.answer(first.id, Answer::Refuse(libc::EIO));
                // The launcher says why, and ends. Nobody else is there to answer these calls.
                while let Some(call) = next(&mut listener) {
                    let _ = listener.answer(call.id, Answer::Proceed);
                }
            }
        }
    }

    /// The error is an errno.
    fn send_to_agent(&self, first: &libc::seccomp_notif, fd: c_int) -> core::result::Result<(), i32> {
        let data = &first.data;
        let is_first =
            first.pid as i32 == self.task && i64::from(data.nr) == libc::SYS_execve && data.args[3] == self.mark;
        if is_first { send(self.socket, &self.state, fd) } else { Err(libc::EPROTO) }
    }
}

/// The next notification; none if there can be no more.
fn next(listener: &mut Listener) -> Option<libc::seccomp_notif> {
    loop {
        match listener.receive() {
            Ok(notification) => return Some(notification),
            Err(libc::EINTR | libc::ENOENT) => {}
            Err(_) => return None,
        }
    }
}

/// Sends bytes, and a descriptor with the first of them. The error is an errno.
fn send(socket: c_int, bytes: &[u8], fd: c_int) -> core::result::Result<(), i32> {
    const SIZE: u32 = size_of::<c_int>() as u32;
    let mut control = [0u64; 8];
    let mut sent = 0;
    while sent < bytes.len() {
        let rest = &bytes[sent..];
        let mut part = libc::iovec { iov_base: rest.as_ptr() as *mut c_void, iov_len: rest.len() };
        // SAFETY: the header may be zero, and refers to memory that lives during the call; the room for the descriptor is larger than
        // CMSG_SPACE(3) says, and aligned.
        let result = unsafe {
            let mut message: libc::msghdr = mem::zeroed();
            message.msg_iov = &mut part;
            message.msg_iovlen = 1;
            if sent == 0 {
                message.msg_control = control.as_mut_ptr().cast();
                message.msg_controllen = libc::CMSG_SPACE(SIZE) as _;
                let header = libc::CMSG_FIRSTHDR(&message);
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = libc::CMSG_LEN(SIZE) as _;
                libc::CMSG_DATA(header).cast::<c_int>().write_unaligned(fd);
            }
            libc::sendmsg(socket, &message, libc::MSG_NOSIGNAL)
        };
        match result {
            -1 if last_errno() == libc::EINTR => {}
            -1 => return Err(last_errno()),
            count => sent += count as usize,
        }
    }
    Ok(())
}
