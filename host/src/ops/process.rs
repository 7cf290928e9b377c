//! What was given to this process, and what the kernel says of it.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem;

use rquickjs::{Array, Ctx, IntoJs, Object, Result, Value};

use super::seccomp::last_errno;
use super::text::ByteString;
use crate::start::Given;

/// As in `src/tables/architectures.ts`.
pub const ARCH: &str = if cfg!(target_arch = "powerpc64") {
    if cfg!(target_endian = "little") { "ppc64le" } else { "ppc64" }
} else {
    env!("TARGET_ARCH")
};

/// The highest number that a capability can have: the kernel's sets are 64 bits.
const LAST_CAPABILITY: u32 = 63;

/// The argument vector.
pub fn args<'js>(ctx: &Ctx<'js>) -> Result<Array<'js>> {
    let array = Array::new(ctx.clone())?;
    for (index, argument) in Given::get().arguments.iter().enumerate() {
        array.set(index, ByteString(argument.to_bytes().to_vec()))?;
    }
    Ok(array)
}

pub fn env(name: String) -> Option<ByteString> {
    let name = CString::new(name).ok()?;
    // SAFETY: the name ends with NUL, and nothing in this program changes the environment.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| ByteString(CStr::from_ptr(value).to_bytes().to_vec()))
    }
}

/// The names of the variables that have the word in them, in capitals or not.
pub fn variables(word: String) -> Vec<ByteString> {
    let mut names = Vec::new();
    // SAFETY: the environment is a list of strings that end with NUL, ends with null, and nothing in this program changes it.
    unsafe {
        let mut entry = libc::environ;
        while !entry.is_null() && !(*entry).is_null() {
            let bytes = CStr::from_ptr(*entry).to_bytes();
            let name = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
            if name.len() < bytes.len() && contains(name, word.as_bytes()) {
                names.push(ByteString(name.to_vec()));
            }
            entry = entry.add(1);
        }
    }
    names
}

fn contains(name: &[u8], word: &[u8]) -> bool {
    name.windows(word.len().max(1)).any(|part| part.eq_ignore_ascii_case(word))
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

/// Microseconds since an arbitrary moment. By a system call: a C library looks for the kernel's function that needs none first,
/// which takes longer where the time is asked for once.
pub fn moment() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime(2) writes to `time` only.
    unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

pub fn now() -> f64 {
    moment() - Given::get().began
}

/// `ProcessStatus` of `src/host.ts`, or the errno of the first call that failed: none of them does by itself, but a
/// filter of the caller's may refuse it. Asks by system calls rather than in /proc, which need not be mounted.
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

/// What a call answered, or its errno.
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

/// capget(2), version 3: two structures, each of which has 32 bits of every set.
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
    // SAFETY: both are laid out as the kernel's structures, and version 3 makes it write two halves.
    checked(unsafe { libc::syscall(libc::SYS_capget, &mut header, halves.as_mut_ptr()) })?;
    let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
    let [low, high] = halves;
    Ok(CapabilitySets {
        effective: join(low.effective, high.effective),
        permitted: join(low.permitted, high.permitted),
        inheritable: join(low.inheritable, high.inheritable),
    })
}

/// The set, and how many capabilities the kernel has: it fails with EINVAL from the first number on that has none.
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

/// Only capabilities that are both permitted and inheritable can be ambient, capabilities(7): mostly none.
fn ambient_set(sets: &CapabilitySets) -> core::result::Result<u64, Errno> {
    let possible = sets.permitted & sets.inheritable;
    let mut set = 0;
    for capability in (0..=LAST_CAPABILITY).filter(|capability| possible >> capability & 1 == 1) {
        set |= (prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_IS_SET as u32, capability)? as u64) << capability;
    }
    Ok(set)
}

/// A prctl(2) that reads; the kernel demands zero for the arguments that an operation does not have.
fn prctl(operation: libc::c_int, argument: u32, second: u32) -> core::result::Result<libc::c_long, Errno> {
    let (argument, second) = (libc::c_ulong::from(argument), libc::c_ulong::from(second));
    // SAFETY: none of the operations used here takes a pointer.
    let answer = unsafe { libc::prctl(operation, argument, second, 0 as libc::c_ulong, 0 as libc::c_ulong) };
    checked(answer.into())
}
