//! Operations that ask for the kernel's version and abilities: `HostKernel` of `src/host.ts`.

use alloc::string::String;
use core::mem;

use rquickjs::prelude::Func;
use rquickjs::{Object, Result};

use crate::errno::error_text;
use crate::strings::ByteString;

mod filters;
pub mod seccomp;

/// As in `src/tables/architectures.ts`.
const ARCH: &str = if cfg!(target_arch = "powerpc64") {
    if cfg!(target_endian = "little") { "ppc64le" } else { "ppc64" }
} else {
    env!("TARGET_ARCH")
};

/// Adds the operations to the host.
pub fn add(host: &Object) -> Result<()> {
    host.set("arch", ARCH)?;
    host.set("kernelRelease", Func::from(kernel_release))?;
    host.set("errorMessage", Func::from(error_message))?;
    host.set("probeSeccompFlags", Func::from(seccomp::probe_flags))?;
    host.set("readFilters", Func::from(filters::read_filters))
}

fn kernel_release() -> ByteString {
    // SAFETY: all zeros are a value of this structure of bytes, and uname(2) writes only to it.
    let release = unsafe {
        let mut names: libc::utsname = mem::zeroed();
        libc::uname(&mut names);
        names.release
    };
    ByteString(release.iter().take_while(|byte| **byte != 0).map(|byte| *byte as u8).collect())
}

fn error_message(errno: i32) -> String {
    let mut buffer = [0; 128];
    error_text(errno, &mut buffer).to_string_lossy().into_owned()
}
