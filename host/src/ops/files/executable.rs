//! Examines the file to execute, before anything is changed.

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::mem::{MaybeUninit, offset_of, size_of};
use core::ptr;

use rquickjs::{Ctx, IntoJs, Result, Value};
use rustix::buffer::{Buffer, spare_capacity};
use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::{fs, io};

use crate::errno::{Outcome, c_path, retried};
use crate::strings::ByteString;

#[cfg(target_pointer_width = "32")]
use libc::{Elf32_Ehdr as Header, Elf32_Phdr as Segment};
#[cfg(target_pointer_width = "64")]
use libc::{Elf64_Ehdr as Header, Elf64_Phdr as Segment};

/// The answer of [`probe_executable`] for a file that needs a closer look.
const LOOK_CLOSER: i32 = -1;
/// Bytes that are read of the file: its first page holds what matters of most executables.
const HEAD: usize = 4096;
/// The kernel looks for the end of a script's first line within this many bytes (BINPRM_BUF_SIZE of linux/binfmts.h).
const FIRST_LINE: usize = 256;

pub fn probe_executable(path: ByteString) -> i32 {
    let looked_at = c_path(&path.0).and_then(|path| {
        let status = fs::stat(path.as_c_str())?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(Errno::ACCESS);
        }
        may_execute(&path)?;
        Ok(is_ordinary(&path))
    });
    match looked_at {
        Ok(true) => 0,
        Ok(false) => LOOK_CLOSER,
        Err(errno) => errno.raw_os_error(),
    }
}

/// Checks execute permission with the effective ids.
fn may_execute(path: &CStr) -> Outcome<()> {
    // SAFETY: none of these takes an argument.
    let same = unsafe { libc::getuid() == libc::geteuid() && libc::getgid() == libc::getegid() };
    let result = if same {
        // access(2) uses the real ids. Older container runtimes answer faccessat2(2), which uses the effective ones, with EPERM.
        fs::access(path, Access::EXEC_OK)
    } else {
        fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)
    };
    match result {
        // access(2) itself never returns these: a filter of the caller does. Whether the file may be executed is found out by
        // trying.
        Err(Errno::NOSYS | Errno::PERM) => Ok(()),
        result => result,
    }
}

/// Whether a file is an executable for this machine or a script, and its loader or interpreter may be executed. Also true if
/// those cannot be read.
fn is_ordinary(path: &CStr) -> bool {
    let mut buffer = [MaybeUninit::uninit(); HEAD];
    let Ok((head, _)) = read_start(path, &mut buffer[..]) else { return true };
    let head = &*head;
    let interpreter = if let Some(line) = head.strip_prefix(b"#!") {
        let line = &line[..line.len().min(FIRST_LINE - 2)];
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t' | b'\0'));
        match words.find(|word| !word.is_empty()) {
            Some(word) => word,
            None => return false,
        }
    } else if is_of_this_machine(head) {
        match loader(head) {
            Some(path) => path,
            None => return true,
        }
    } else {
        return false;
    };
    // With the real ids, which is good enough: a failure only leads to a closer look.
    let may = CString::new(interpreter).map(|path| fs::access(path.as_c_str(), Access::EXEC_OK));
    matches!(may, Ok(Ok(()) | Err(Errno::NOSYS | Errno::PERM)))
}

/// Whether the ELF header matches this program's in the fields that identify the machine.
fn is_of_this_machine(head: &[u8]) -> bool {
    unsafe extern "C" {
        /// The linker's name for the start of this program's own file in memory.
        static __ehdr_start: Header;
    }
    // SAFETY: the linker defines it, and it does not change.
    let own = unsafe { &__ehdr_start };
    // Up to and including the byte order; the following bytes up to EI_NIDENT may differ.
    let Some(header) = read_at::<Header>(head, 0) else { return false };
    header.e_ident[..=libc::EI_DATA] == own.e_ident[..=libc::EI_DATA] && header.e_machine == own.e_machine
}

/// The loader of an executable of this machine (PT_INTERP), if it has one whose name lies within these bytes.
fn loader(head: &[u8]) -> Option<&[u8]> {
    let header = read_at::<Header>(head, 0)?;
    for index in 0..usize::from(header.e_phnum) {
        let at = usize::try_from(header.e_phoff).ok()?.checked_add(index * size_of::<Segment>())?;
        let segment = read_at::<Segment>(head, at)?;
        if segment.p_type == libc::PT_INTERP {
            let name = head.get(usize::try_from(segment.p_offset).ok()?..)?;
            return name.split(|byte| *byte == 0).next().filter(|path| path.len() < name.len());
        }
    }
    None
}

/// A structure of plain numbers at an offset, if it lies within the bytes.
fn read_at<T: Plain>(bytes: &[u8], at: usize) -> Option<T> {
    let bytes = bytes.get(at..at.checked_add(size_of::<T>())?)?;
    // SAFETY: the structure lies within the bytes, and any bytes are a value of the type.
    Some(unsafe { ptr::read_unaligned(bytes.as_ptr().cast()) })
}

/// A type of which any bytes are a value.
trait Plain {}
impl Plain for Header {}
impl Plain for Segment {}
const _: () = assert!(offset_of!(Header, e_ident) == 0);

/// The first bytes of a file, as many as it has and the buffer holds.
fn read_start<B: Buffer<u8>>(path: &CStr, buffer: B) -> Outcome<B::Output> {
    // It was a regular file, but it may have become a fifo since.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = retried(|| fs::openat(CWD, path, flags, Mode::empty()))?;
    io::read(&file, buffer)
}

/// The first bytes of a file, or an errno.
pub fn read_head<'js>(ctx: Ctx<'js>, path: ByteString) -> Result<Value<'js>> {
    let mut head = Vec::with_capacity(HEAD);
    match c_path(&path.0).and_then(|path| read_start(&path, spare_capacity(&mut head))) {
        Ok(_) => ByteString(head).into_js(&ctx),
        Err(errno) => errno.raw_os_error().into_js(&ctx),
    }
}

/// Whether a shell could run the file: its first line has no NUL and does not begin like a Linux executable. Allocates nothing.
pub fn is_text(path: &CStr) -> Outcome<bool> {
    let mut buffer = [0; HEAD];
    let size = read_start(path, &mut buffer[..])?;
    let first_line = buffer[..size].split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(!first_line.starts_with(b"\x7fELF") && !first_line.contains(&0))
}
