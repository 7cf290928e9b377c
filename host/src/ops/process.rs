//! What was given to this process, and what the kernel says of it.

use std::mem;

use rquickjs::{Array, Ctx, Object, Result};

use super::text::ByteString;
use crate::start::Arguments;

/// As in `src/tables/architectures.ts`.
pub const ARCH: &str = if cfg!(target_arch = "powerpc64") {
    if cfg!(target_endian = "little") { "ppc64le" } else { "ppc64" }
} else {
    std::env::consts::ARCH
};

/// The highest number that a capability can have: the kernel's sets are 64 bits.
const LAST_CAPABILITY: u32 = 63;

pub fn args<'js>(ctx: &Ctx<'js>, arguments: Arguments) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, argument) in arguments.iter().enumerate() {
        array.set(index, ByteString(argument.to_bytes().to_vec()))?;
    }
    Ok(array)
}

pub fn env(name: String) -> Option<ByteString> {
    std::env::var_os(name).map(ByteString::from)
}

pub fn kernel_release() -> ByteString {
    // SAFETY: all zero is a value of this structure of bytes, and uname(2) writes strings that end with NUL.
    let release = unsafe {
        let mut names: libc::utsname = mem::zeroed();
        libc::uname(&mut names);
        names.release
    };
    ByteString(release.iter().take_while(|byte| **byte != 0).map(|byte| *byte as u8).collect())
}

/// Microseconds since an arbitrary moment.
pub fn now() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime(2) writes to `time` only.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Asks by system calls rather than in /proc, which need not be mounted.
pub fn process<'js>(ctx: Ctx<'js>) -> Result<Object<'js>> {
    let sets = capability_sets();
    // SAFETY: getuid(2) and geteuid(2) always succeed.
    let (uid, euid) = unsafe { (libc::getuid(), libc::geteuid()) };
    let object = Object::new(ctx)?;
    object.set("uid", uid)?;
    object.set("euid", euid)?;
    object.set("noNewPrivs", prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0) == 1)?;
    object.set("effective", hexadecimal(sets.effective))?;
    object.set("permitted", hexadecimal(sets.permitted))?;
    object.set("bounding", hexadecimal(bounding_set()))?;
    object.set("ambient", hexadecimal(ambient_set(&sets)))?;
    Ok(object)
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

/// capget(2), version 3: two structures, each of which has 32 bits of every set.
fn capability_sets() -> CapabilitySets {
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
    // SAFETY: both are laid out as the kernel's structures, and version 3 makes it write two halves.
    unsafe { libc::syscall(libc::SYS_capget, &mut header, halves.as_mut_ptr()) };
    let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    let [low, high] = halves;
    CapabilitySets {
        effective: join(low.effective, high.effective),
        permitted: join(low.permitted, high.permitted),
        inheritable: join(low.inheritable, high.inheritable),
    }
}

/// The kernel fails with EINVAL from the first number on that it has no capability for.
fn bounding_set() -> u64 {
    let known = (0..=LAST_CAPABILITY).map(|capability| prctl(libc::PR_CAPBSET_READ, capability, 0));
    let known = known.take_while(|answer| *answer >= 0).enumerate();
    known.fold(0, |set, (capability, answer)| set | (answer as u64) << capability)
}

/// Only capabilities that are both permitted and inheritable can be ambient, capabilities(7): mostly none.
fn ambient_set(sets: &CapabilitySets) -> u64 {
    let possible = sets.permitted & sets.inheritable;
    let held = |capability: &u32| {
        possible >> capability & 1 == 1
            && prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_IS_SET as u32, *capability) == 1
    };
    (0..=LAST_CAPABILITY).filter(held).fold(0, |set, capability| set | 1 << capability)
}

/// A prctl(2) that reads; the kernel demands zero for the arguments that an operation does not have.
fn prctl(operation: libc::c_int, argument: u32, second: u32) -> libc::c_int {
    let (argument, second) = (libc::c_ulong::from(argument), libc::c_ulong::from(second));
    // SAFETY: none of the operations used here takes a pointer.
    unsafe { libc::prctl(operation, argument, second, 0 as libc::c_ulong, 0 as libc::c_ulong) }
}
