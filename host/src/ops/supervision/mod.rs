//! Operations on the calls of the command, by the listener of its filter. `HostSupervision` of `src/host.ts`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_int};

use rquickjs::prelude::{Func, Opt};
use rquickjs::{Array, Ctx, Exception, IntoJs, Object, Result, Value};

use self::command::{Command, end_as};
use self::handover::{Lack, Shared, can_stop_sharing, clone_with_files, keep_only, stop_sharing};
use self::listener::{Answer, Listener, can_listen, is_listener};
use self::supervisor::{Event, Supervisor, Work};
use self::tally::{ARGUMENTS, Counted, Folded};
use super::process::launch::{Failure, Launch, Obstacle};
use crate::errno::last_errno;
use crate::given::Given;
use crate::strings::{ByteString, Utf8};

mod agent;
mod command;
mod death;
mod footprint;
mod handover;
mod listener;
mod memory;
mod proc;
mod signals;
mod supervisor;
mod tally;

/// Adds the operations to the host.
pub fn add(host: &Object) -> Result<()> {
    host.set("openLog", Func::from(open_log))?;
    host.set("log", Func::from(log))?;
    host.set("launchSupervised", Func::from(launch_supervised))?;
    host.set("launchWithAgent", Func::from(agent::launch_with_agent))?;
    host.set("nextEvent", Func::from(next_event))?;
    host.set("answer", Func::from(answer))?;
    host.set("readTask", Func::from(read_task))?;
    host.set("isWaiting", Func::from(is_waiting))?;
    host.set("signalTask", Func::from(signal_task))?;
    host.set("seizeTask", Func::from(seize_task))?;
    host.set("killTask", Func::from(kill_task))?;
    host.set("isDying", Func::from(is_dying))?;
    host.set("endFirstProcess", Func::from(end_first_process))?;
    host.set("repeated", Func::from(repeated))?;
    host.set("observed", Func::from(observed))?;
    host.set("commandStatus", Func::from(command_status))?;
    host.set("endAs", Func::from(end_process_as))
}

/// What the process has become; it is not part of the image.
struct State(UnsafeCell<Option<Supervisor>>);
struct Log(UnsafeCell<c_int>);

// SAFETY: this program has one thread.
unsafe impl Sync for State {}
// SAFETY: this program has one thread.
unsafe impl Sync for Log {}

static STATE: State = State(UnsafeCell::new(None));
static LOG: Log = Log(UnsafeCell::new(libc::STDERR_FILENO));

fn supervisor<'a>(ctx: &Ctx) -> Result<&'a mut Supervisor> {
    // SAFETY: this program has one thread, and no operation keeps or passes on the reference.
    unsafe { (*STATE.0.get()).as_mut() }.ok_or_else(|| Exception::throw_type(ctx, "this process is no supervisor"))
}

fn log_descriptor() -> c_int {
    // SAFETY: this program has one thread.
    unsafe { *LOG.0.get() }
}

/// 0, or an errno. An empty path: standard error.
fn open_log(path: ByteString) -> i32 {
    if path.0.is_empty() {
        // SAFETY: the call takes numbers.
        let open = unsafe { libc::fcntl(libc::STDERR_FILENO, libc::F_GETFD) };
        return if open < 0 { last_errno() } else { 0 };
    }
    let Ok(path) = alloc::ffi::CString::new(path.0) else { return libc::EINVAL };
    // Without O_NONBLOCK, a named pipe that nobody reads would be waited for.
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC | libc::O_NOCTTY | libc::O_NONBLOCK;
    // SAFETY: the path ends with NUL.
    match unsafe { libc::open(path.as_ptr(), flags, 0o666) } {
        -1 => last_errno(),
        fd => {
            // Later a line may wait for whoever reads the pipe.
            // SAFETY: this program has one thread, and the call takes numbers.
            unsafe {
                libc::fcntl(fd, libc::F_SETFL, libc::O_APPEND);
                *LOG.0.get() = fd;
            }
            0
        }
    }
}

/// 0 if a single write(2) took all, -1 if it took a part, else the errno.
fn log(text: Utf8) -> i32 {
    let bytes = text.as_bytes();
    loop {
        // SAFETY: the kernel only reads these bytes.
        match unsafe { libc::write(log_descriptor(), bytes.as_ptr().cast(), bytes.len()) } {
            -1 if last_errno() == libc::EINTR => {}
            -1 => return last_errno(),
            written => return if written as usize == bytes.len() { 0 } else { -1 },
        }
    }
}

/// `Host.launchSupervised`: null in the process that has become the supervisor.
fn launch_supervised<'js>(ctx: Ctx<'js>, request: Object<'js>) -> Result<Value<'js>> {
    let mark: u32 = request.get("mark")?;
    let as_parent: bool = request.get("asParent")?;
    let counted = request.get::<_, Option<Vec<f64>>>("counted")?.map(|masks| read_masks(&masks));
    let work = counted.map_or_else(|| Work::Judge(Folded::default()), Work::Count);
    let launch = Launch::read(&ctx, Given::get().arguments, &request)?;
    let started = Shared::new().map_err(Lack::failure).and_then(|shared| {
        if as_parent { as_the_parent(launch, shared, work, mark) } else { as_a_child(launch, shared, work, mark) }
    });
    match started {
        Ok(supervisor) => {
            // SAFETY: this program has one thread, and there is no other reference.
            unsafe { *STATE.0.get() = Some(supervisor) };
            Ok(Value::new_null(ctx))
        }
        Err(failure) => failure.into_js(&ctx),
    }
}

type Started = core::result::Result<Supervisor, Failure>;

/// This process becomes the command; its new child, which no wait(2) sees, the supervisor.
fn as_a_child(mut launch: Launch, shared: Shared, work: Work, mark: u32) -> Started {
    // SAFETY: the call takes nothing.
    let command = unsafe { libc::getpid() };
    if children_begin_namespace() {
        // The supervisor would be the first process of that namespace, and the command would have none once it ended.
        return Err(Failure::of("namespace", 0));
    }
    const NO_SIGNAL: c_int = 0;
    let child = clone_with_files(NO_SIGNAL).map_err(|errno| Lack { call: c"clone(2)", errno }.failure())?;
    if child == 0 {
        let proc = proc::open();
        let ready = become_stranger(command).and_then(|()| rehearse());
        shared.supervisor_is(ready);
        if ready.is_err() {
            crate::exit::exit(0)
        }
        // The kernel ends this process with the other one. A failed getppid(2) is no reason to leave that one waiting.
        // SAFETY: the call takes nothing.
        let is_alive = || matches!(unsafe { libc::getppid() }, parent if parent < 0 || parent == command);
        let Some(fd) = shared.await_listener(is_alive) else { crate::exit::exit(0) };
        let kept: Vec<c_int> = [log_descriptor()].into_iter().chain(proc).collect();
        return match take(fd, &kept, work, None, command, mark) {
            Ok(supervisor) => Ok(supervisor),
            Err(lack) => {
                shared.supervisor_is(Err(lack));
                // While both share their descriptors, this releases the command's call. If they do not any more, then nobody can.
                // SAFETY: nothing else in this process uses the listener.
                unsafe { libc::close(fd) };
                crate::exit::exit(0)
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
fn as_the_parent(mut launch: Launch, shared: Shared, work: Work, mark: u32) -> Started {
    rehearse().map_err(Lack::failure)?;
    let mask = signals::set_mask(signals::ALL);
    // Where SIGCHLD is ignored, children leave no status.
    let action = signals::set_default(libc::SIGCHLD);
    shared.supervisor_is(Ok(()));
    let child = clone_with_files(libc::SIGCHLD).map_err(|errno| {
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
                crate::exit::exit(0)
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
        let kept = &[libc::STDERR_FILENO, signals];
        take(fd, kept, work, Some(Command::new(child, signals)), child, mark)
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
) -> core::result::Result<Supervisor, Lack> {
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
fn become_stranger(command: c_int) -> core::result::Result<(), Lack> {
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
fn rehearse() -> core::result::Result<(), Lack> {
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

/// `Host.nextEvent`.
fn next_event<'js>(ctx: Ctx<'js>, timeout: i32) -> Result<Object<'js>> {
    let event = supervisor(&ctx)?.next_event(timeout);
    let object = Object::new(ctx)?;
    let kind = match event {
        Event::Ended => {
            object.set("time", microseconds())?;
            "ended"
        }
        Event::Tick => "tick",
        Event::Interrupted { signal } => {
            object.set("signal", signal)?;
            "interrupted"
        }
        Event::Repeated { number, count } => {
            object.set("time", microseconds())?;
            object.set("number", number)?;
            object.set("count", count as f64)?;
            "repeated"
        }
        Event::Call { number, notification } => {
            let data = &notification.data;
            object.set("time", microseconds())?;
            object.set("number", number)?;
            object.set("tid", notification.pid)?;
            object.set("arch", f64::from(data.arch))?;
            object.set("nr", f64::from(data.nr as u32))?;
            object.set("args", data.args.map(|argument| format!("{argument:x}")).to_vec())?;
            object.set("status", proc::text(notification.pid as i32, "status"))?;
            "call"
        }
    };
    object.set("kind", kind)?;
    Ok(object)
}

/// Microseconds since 1970.
fn microseconds() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the kernel writes only to `time`.
    unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_REALTIME, &mut time) };
    time.tv_sec as f64 * 1e6 + (time.tv_nsec / 1000) as f64
}

/// `Host.answer`: an errno, or a negative number for the call to be carried out.
fn answer(ctx: Ctx, errno: i32, masks: Opt<Option<Vec<f64>>>) -> Result<bool> {
    let supervisor = supervisor(&ctx)?;
    let answer = if errno < 0 { Answer::Proceed } else { Answer::Refuse(errno) };
    supervisor.answer(answer, masks.0.flatten().map(|halves| read_mask(&halves)));
    Ok(matches!(&supervisor.work, Work::Judge(folded) if folded.is_full()))
}

/// `Host.readTask`.
fn read_task<'js>(ctx: Ctx<'js>, address: String, length: u32, string: bool) -> Result<Value<'js>> {
    let Ok(address) = u64::from_str_radix(&address, 16) else {
        return Err(Exception::throw_range(&ctx, "address: not hexadecimal digits"));
    };
    match supervisor(&ctx)?.read(address, length as usize, string) {
        Ok(bytes) => ByteString(bytes).into_js(&ctx),
        Err(errno) => errno.into_js(&ctx),
    }
}

fn is_waiting(ctx: Ctx) -> Result<bool> {
    Ok(supervisor(&ctx)?.is_waiting())
}

/// `Host.endFirstProcess`.
fn end_first_process(ctx: Ctx, thread: i32) -> Result<i32> {
    supervisor(&ctx)?;
    Ok(kill_by_tracer(thread))
}

/// Ends the process of a thread. SIGKILL does not end the first process of a PID namespace from within, but the kernel ends it when a
/// tracer of it ends that asked for this: ptrace(2), PTRACE_O_EXITKILL. 0, or an errno.
fn kill_by_tracer(thread: i32) -> i32 {
    // A child without signals, for which nothing else waits.
    // SAFETY: the new process has a copy of the memory, and of the stack that this one uses. The program has one thread.
    let tracer = unsafe { libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0) } as i32;
    if tracer < 0 {
        return last_errno();
    }
    if tracer == 0 {
        // SAFETY: the call takes numbers.
        let seized = unsafe { libc::ptrace(libc::PTRACE_SEIZE, thread, 0, libc::PTRACE_O_EXITKILL as usize) } == 0;
        crate::exit::exit(if seized { 0 } else { last_errno() })
    }
    let mut status = 0;
    // SAFETY: the kernel writes one number.
    if unsafe { libc::waitpid(tracer, &mut status, libc::__WALL) } < 0 {
        last_errno()
    } else {
        libc::WEXITSTATUS(status)
    }
}

/// 0, or an errno.
fn signal_task(ctx: Ctx, process: i32, tid: i32, signal: i32) -> Result<i32> {
    supervisor(&ctx)?;
    // SAFETY: the calls take numbers.
    let result = unsafe {
        if process == 0 {
            libc::syscall(libc::SYS_tkill, tid, signal)
        } else {
            libc::syscall(libc::SYS_tgkill, process, tid, signal)
        }
    };
    Ok(if result == 0 { 0 } else { last_errno() })
}

/// 0, or an errno.
fn seize_task(ctx: Ctx, tid: i32) -> Result<i32> {
    let supervisor = supervisor(&ctx)?;
    if let Err(errno) = death::seize(tid) {
        return Ok(errno);
    }
    // Another task may have the number of one that has ended.
    if supervisor.is_waiting() {
        return Ok(0);
    }
    death::release(tid);
    Ok(libc::ESRCH)
}

/// `Host.killTask`
fn kill_task(tid: i32, fourth: u32, fifth: u32) -> bool {
    death::kill(tid, [fourth, fifth])
}

/// `Host.isDying`
fn is_dying(ctx: Ctx, tid: i32) -> Result<bool> {
    supervisor(&ctx)?;
    Ok(death::is_dying(tid))
}

/// `Host.repeated`: number and count in turns.
fn repeated(ctx: Ctx, forget: bool) -> Result<Vec<f64>> {
    let Work::Judge(folded) = &mut supervisor(&ctx)?.work else { return Ok(Vec::new()) };
    let counts = folded.report();
    if forget {
        folded.forget();
    }
    Ok(counts.into_iter().flat_map(|(number, count)| [f64::from(number), count as f64]).collect())
}

/// `Host.observed`.
fn observed<'js>(ctx: Ctx<'js>) -> Result<Array<'js>> {
    let calls = Array::new(ctx.clone())?;
    let Work::Count(counted) = &supervisor(&ctx)?.work else { return Ok(calls) };
    for (index, (key, count)) in counted.counts.iter().enumerate() {
        let call = Object::new(ctx.clone())?;
        call.set("arch", f64::from(key.arch))?;
        call.set("nr", f64::from(key.nr))?;
        call.set("args", key.args.map(|argument| format!("{argument:x}")).to_vec())?;
        call.set("count", *count as f64)?;
        calls.set(index, call)?;
    }
    Ok(calls)
}

/// The status of wait(2), or null.
fn command_status(ctx: Ctx) -> Result<Value> {
    match supervisor(&ctx)?.command.as_ref().and_then(Command::status) {
        Some(status) => status.into_js(&ctx),
        // An absent Option would be undefined.
        None => Ok(Value::new_null(ctx)),
    }
}

fn end_process_as(ctx: Ctx, status: i32) -> Result<()> {
    supervisor(&ctx)?;
    end_as(status)
}

/// Lower and upper half of each mask, in turns.
fn read_mask(halves: &[f64]) -> [u64; ARGUMENTS] {
    core::array::from_fn(|index| {
        let half = |at: usize| halves.get(at).map_or(0, |half| *half as u64 & 0xffff_ffff);
        half(2 * index) | half(2 * index + 1) << 32
    })
}

/// For each call architecture, number and [`read_mask`].
fn read_masks(numbers: &[f64]) -> Counted {
    const STRIDE: usize = 2 + 2 * ARGUMENTS;
    let rows = numbers.chunks_exact(STRIDE);
    let masks = rows.map(|row| ((row[0] as u32, row[1] as u32), read_mask(&row[2..]))).collect();
    Counted { masks, ..Counted::default() }
}
