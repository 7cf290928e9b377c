//! Operations on the calls of the command, by the listener of its filter. `HostSupervision` of `src/host.ts`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use rquickjs::prelude::{Func, Opt};
use rquickjs::{Array, Ctx, Exception, IntoJs, Object, Result, Value};

use self::command::{Command, end_as};
use self::handover::{Lack, Shared};
use self::listener::Answer;
use self::supervisor::{Event, FOR_EVER, Supervisor, Work};
use self::tally::{ARGUMENTS, Counted, Folded};
use super::process::launch::Launch;
use crate::errno::last_errno;
use crate::exit::exit;
use crate::given::Given;
use crate::strings::ByteString;
use crate::tracee::seize;

mod agent;
mod command;
mod death;
mod footprint;
mod handover;
mod launching;
mod listener;
mod log;
mod memory;
mod proc;
mod signals;
mod supervisor;
mod tally;

/// Adds the operations to the host.
pub fn add(host: &Object) -> Result<()> {
    host.set("openLog", Func::from(log::open))?;
    host.set("log", Func::from(log::append))?;
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

/// What the process has become, and its first event; they are not part of the image.
struct State(UnsafeCell<Option<Supervisor>>, UnsafeCell<Option<Event>>);

// SAFETY: this program has one thread.
unsafe impl Sync for State {}

static STATE: State = State(UnsafeCell::new(None), UnsafeCell::new(None));

fn supervisor<'a>(ctx: &Ctx) -> Result<&'a mut Supervisor> {
    // SAFETY: this program has one thread, and no operation keeps or passes on the reference.
    unsafe { (*STATE.0.get()).as_mut() }.ok_or_else(|| Exception::throw_type(ctx, "this process is no supervisor"))
}

/// `Host.launchSupervised`: null in the process that has become the supervisor.
fn launch_supervised<'js>(ctx: Ctx<'js>, request: Object<'js>) -> Result<Value<'js>> {
    let mark: u32 = request.get("mark")?;
    let as_parent: bool = request.get("asParent")?;
    let counted = request.get::<_, Option<Vec<f64>>>("counted")?.map(|masks| read_masks(&masks));
    let work = counted.map_or_else(|| Work::Judge(Folded::default()), Work::Count);
    let launch = Launch::read(&ctx, Given::get().arguments, &request)?;
    let started = Shared::new().map_err(Lack::failure).and_then(|shared| {
        let start = if as_parent { launching::as_the_parent } else { launching::as_a_child };
        start(launch, shared, work, mark)
    });
    match started {
        Ok(mut supervisor) => {
            // Most commands make no call that is denied. To return to the program would take them time, as it writes to pages that
            // are copied then.
            let first = (!as_parent).then(|| supervisor.next_event(FOR_EVER));
            if matches!(first, Some(Event::Ended)) {
                exit(0)
            }
            // SAFETY: this program has one thread, and there is no other reference.
            unsafe {
                *STATE.0.get() = Some(supervisor);
                *STATE.1.get() = first;
            }
            Ok(Value::new_null(ctx))
        }
        Err(failure) => failure.into_js(&ctx),
    }
}

/// `Host.nextEvent`.
fn next_event<'js>(ctx: Ctx<'js>, timeout: i32) -> Result<Object<'js>> {
    let supervisor = supervisor(&ctx)?;
    // SAFETY: this program has one thread, and there is no other reference.
    let event = unsafe { (*STATE.1.get()).take() }.unwrap_or_else(|| supervisor.next_event(timeout));
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
    Ok(death::kill_by_tracer(thread))
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
    if let Err(errno) = seize(tid) {
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
fn kill_task(ctx: Ctx, tid: i32, fourth: u32, fifth: u32) -> Result<bool> {
    supervisor(&ctx)?;
    Ok(death::kill(tid, [fourth, fifth]))
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
