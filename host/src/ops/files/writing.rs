//! Writing to files, and replacing them.

use alloc::ffi::CString;
use alloc::format;
use core::ffi::CStr;

use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{self, CWD, FileType, Gid, Mode, OFlags, Stat, Uid};
use rustix::io::Errno;

use crate::descriptor;
use crate::errno::{Outcome, c_path, errno_of, retried};
use crate::given::moment;
use crate::strings::ByteString;

/// 0, or the errno of what failed. After a partial write a regular file is emptied, since a part might pass for the whole.
pub fn write_file(path: ByteString, bytes: ByteString) -> i32 {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = c_path(&path.0).and_then(|path| retried(|| fs::openat(CWD, path.as_c_str(), flags, Mode::empty())));
    errno_of(opened.and_then(|file| outliving_the_size_limit(|| write_over(&file, &bytes.0))))
}

/// Ignores SIGXFSZ meanwhile, so that exceeding RLIMIT_FSIZE returns EFBIG instead of leaving a partial file behind. The command
/// of a launch never sees this, since a launch writes no file.
fn outliving_the_size_limit<T>(write: impl FnOnce() -> T) -> T {
    // SAFETY: the signal exists, and the handler that is restored is the previous one.
    unsafe {
        let before = libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        let result = write();
        if before != libc::SIG_ERR {
            libc::signal(libc::SIGXFSZ, before);
        }
        result
    }
}

fn write_over(file: &OwnedFd, bytes: &[u8]) -> Outcome<()> {
    let is_regular = FileType::from_raw_mode(fs::fstat(file)?.st_mode) == FileType::RegularFile;
    if !is_regular {
        return write_all(file, bytes);
    }
    let result =
        write_all(file, bytes).and_then(|()| fs::ftruncate(file, bytes.len() as u64)).and_then(|()| fs::fsync(file));
    if result.is_err() {
        // The first failure is reported; this one cannot be helped.
        let _ = fs::ftruncate(file, 0);
    }
    result
}

fn write_all(file: &OwnedFd, bytes: &[u8]) -> Outcome<()> {
    descriptor::write_all(file.as_raw_fd(), bytes).map_err(Errno::from_raw_os_error)
}

/// 0, or the errno of what failed; then the file is unchanged.
pub fn replace_file(path: ByteString, bytes: ByteString, keep: bool) -> i32 {
    errno_of(c_path(&path.0).and_then(|path| outliving_the_size_limit(|| replace(&path, &bytes.0, keep))))
}

/// The permissions of the new file.
enum Access {
    /// Readable by every user, whatever the umask.
    Public,
    /// The default of a new file.
    New,
    /// The permissions of the old file.
    Kept(Stat),
}

fn replace(path: &CStr, bytes: &[u8], keep: bool) -> Outcome<()> {
    let access = if keep { access_of(path)? } else { Access::Public };
    let beside = beside(path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if matches!(access, Access::New) { 0o666 } else { 0o600 });
    let file = retried(|| fs::openat(CWD, beside.as_c_str(), flags, mode))?;
    let result = write_through(&file, bytes, &access).and_then(|()| fs::rename(beside.as_c_str(), path));
    if result.is_err() {
        // The first failure is reported; this one cannot be helped.
        let _ = fs::unlink(beside.as_c_str());
    }
    result
}

/// Fails if the existing file is not writable; with EPERM if it has permissions that a new file would not keep: without its
/// access control list the mask, which is stored in the group bits of the mode (acl(5)), would give the group what the list
/// denies.
fn access_of(path: &CStr) -> Outcome<Access> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    match retried(|| fs::openat(CWD, path, flags, Mode::empty())) {
        Ok(file) if fs::fgetxattr(&file, c"system.posix_acl_access", &mut [0_u8; 0][..]).is_ok() => Err(Errno::PERM),
        Ok(file) => fs::fstat(&file).map(Access::Kept),
        Err(Errno::NOENT) => Ok(Access::New),
        Err(errno) => Err(errno),
    }
}

/// An unused name in the same directory. It is short, since the name of the file may have the maximum length.
fn beside(path: &CStr) -> Outcome<CString> {
    let path = path.to_bytes();
    let directory = &path[..path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)];
    // SAFETY: getpid(2) takes no argument.
    let name = format!(".seccomp-exec-{}-{}", unsafe { libc::getpid() }, moment());
    CString::new([directory, name.as_bytes()].concat()).map_err(|_| Errno::INVAL)
}

/// Writes the content, sets the permissions, and flushes both to the disk.
fn write_through(file: &OwnedFd, bytes: &[u8], access: &Access) -> Outcome<()> {
    write_all(file, bytes)?;
    match access {
        Access::Public => fs::fchmod(file, Mode::from_raw_mode(0o644))?,
        Access::New => {}
        Access::Kept(old) => {
            let new = fs::fstat(file)?;
            if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid) {
                fs::fchown(file, Some(Uid::from_raw(old.st_uid)), Some(Gid::from_raw(old.st_gid)))?;
            }
            // After the owner: chown(2) clears the set-user-id bit.
            fs::fchmod(file, Mode::from_raw_mode(old.st_mode & 0o7777))?;
        }
    }
    fs::fsync(file)
}
