//! The ids and the capabilities of this process.

use alloc::format;
use alloc::string::String;

use rquickjs::{Ctx, IntoJs, Object, Result, Value};

use crate::errno::last_errno;

/// The highest possible number of a capability: the kernel's sets have 64 bits.
const LAST_CAPABILITY: u32 = 63;

/// `ProcessStatus` of `src/host.ts`, or the errno of the first call that failed: none fails by itself, but a filter of the caller
/// may refuse it. Uses system calls instead of /proc, which need not be mounted.
pub fn process<'js>(ctx: Ctx<'js>) -> Result<Value<'js>> {
    match status() {
        Ok(status) => status.into_js(&ctx),
        Err(errno) => errno.into_js(&ctx),
    }
}

struct Status {
    uid: u32,
    euid: u32,
    no_new_privs: bool,
    sets: CapabilitySets,
    bounding: u64,
    capabilities: u32,
    ambient: u64,
}

impl<'js> IntoJs<'js> for Status {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let object = Object::new(ctx.clone())?;
        object.set("uid", self.uid)?;
        object.set("euid", self.euid)?;
        object.set("noNewPrivs", self.no_new_privs)?;
        object.set("effective", hexadecimal(self.sets.effective))?;
        object.set("permitted", hexadecimal(self.sets.permitted))?;
        object.set("bounding", hexadecimal(self.bounding))?;
        object.set("capabilities", self.capabilities)?;
        object.set("ambient", hexadecimal(self.ambient))?;
        Ok(object.into_value())
    }
}

fn status() -> core::result::Result<Status, Errno> {
    let sets = capability_sets()?;
    let (bounding, capabilities) = bounding_set()?;
    // SAFETY: neither call takes an argument.
    let (uid, euid) = unsafe { (libc::syscall(libc::SYS_getuid), libc::syscall(libc::SYS_geteuid)) };
    Ok(Status {
        uid: checked(uid)? as u32,
        euid: checked(euid)? as u32,
        no_new_privs: prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0)? == 1,
        bounding,
        capabilities,
        ambient: ambient_set(&sets)?,
        sets,
    })
}

type Errno = i32;

/// The result of a call, or its errno.
fn checked(answer: libc::c_long) -> core::result::Result<libc::c_long, Errno> {
    if answer < 0 { Err(last_errno()) } else { Ok(answer) }
}

fn hexadecimal(set: u64) -> String {
    format!("{set:x}")
}

#[derive(Default)]
struct CapabilitySets {
    effective: u64,
    permitted: u64,
    inheritable: u64,
}

/// capget(2), version 3: two structures, each with 32 bits of every set.
fn capability_sets() -> core::result::Result<CapabilitySets, Errno> {
    /// _LINUX_CAPABILITY_VERSION_3 of include/uapi/linux/capability.h.
    const VERSION_3: u32 = 0x2008_0522;
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    #[repr(C)]
    #[derive(Default)]
    struct Half {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    let mut header = Header { version: VERSION_3, pid: 0 };
    let mut halves = [Half::default(), Half::default()];
    // SAFETY: both have the layout of the kernel's structures, and version 3 writes two halves.
    checked(unsafe { libc::syscall(libc::SYS_capget, &mut header, halves.as_mut_ptr()) })?;
    let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    let [low, high] = halves;
    Ok(CapabilitySets {
        effective: join(low.effective, high.effective),
        permitted: join(low.permitted, high.permitted),
        inheritable: join(low.inheritable, high.inheritable),
    })
}

/// The set, and the number of capabilities of the kernel: from that number on the call fails with EINVAL.
fn bounding_set() -> core::result::Result<(u64, u32), Errno> {
    let mut set = 0;
    for capability in 0..=LAST_CAPABILITY {
        match prctl(libc::PR_CAPBSET_READ, capability, 0) {
            Ok(held) => set |= (held as u64) << capability,
            Err(libc::EINVAL) => return Ok((set, capability)),
            Err(errno) => return Err(errno),
        }
    }
    Ok((set, LAST_CAPABILITY + 1))
}

/// Only capabilities that are both permitted and inheritable can be ambient (capabilities(7)); usually there are none.
fn ambient_set(sets: &CapabilitySets) -> core::result::Result<u64, Errno> {
    let possible = sets.permitted & sets.inheritable;
    let mut set = 0;
    for capability in (0..=LAST_CAPABILITY).filter(|capability| possible >> capability & 1 == 1) {
        set |= (prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_IS_SET as u32, capability)? as u64) << capability;
    }
    Ok(set)
}

/// A prctl(2) that reads; the kernel requires zeros for unused arguments.
fn prctl(operation: libc::c_int, argument: u32, second: u32) -> core::result::Result<libc::c_long, Errno> {
    let (argument, second) = (libc::c_ulong::from(argument), libc::c_ulong::from(second));
    // SAFETY: none of the operations used here takes a pointer.
    let answer = unsafe { libc::prctl(operation, argument, second, 0 as libc::c_ulong, 0 as libc::c_ulong) };
    checked(answer.into())
}
