//! Reading and writing files, and reading directories.

use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::str;

use rquickjs::{Ctx, IntoJs, Object, Result, Value};
use rustix::buffer::spare_capacity;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, Stat, StatxFlags, Uid};
use rustix::io;
use rustix::io::Errno;

use super::output;
use super::text::ByteString;

/// How a file is opened to be read. O_NONBLOCK keeps the open of a fifo from waiting for a writer.
pub(super) const READING: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOCTTY).union(OFlags::NONBLOCK);

/// Bytes that are set aside at once for a file's content.
const LARGEST_BUFFER: u64 = 64 << 20;
/// Bytes that are read at a time where the size is not known.
const CHUNK: usize = 64 << 10;

pub type Outcome<T> = core::result::Result<T, Errno>;

/// What fstat(2) says of an open file.
#[derive(Clone, Copy, Default)]
pub(super) struct Status {
    pub mode: u32,
    pub uid: u32,
    pub size: u64,
    pub links: u64,
    /// Which file it is: its device, and its number on that.
    pub id: (u64, u64),
    /// The mount through which it was reached; none where the kernel does not say.
    pub mount: Option<u64>,
}

impl Status {
    pub fn file_type(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }
}

/// `FileRead` of `src/host.ts`.
#[derive(Default)]
pub(super) struct FileRead {
    errno: i32,
    status: Status,
    /// Whether there is more to read than its size says.
    grown: bool,
    /// None where the file is not regular or is larger than the limit.
    bytes: Option<Vec<u8>>,
}

impl FileRead {
    /// What there is to say where a call failed.
    pub fn or_errno(read: Outcome<Self>) -> Self {
        read.unwrap_or_else(|errno| FileRead { errno: errno.raw_os_error(), ..Default::default() })
    }

    /// `FileRead` of `src/host.ts`, with the content as text.
    pub fn with_text<'js>(&self, ctx: &Ctx<'js>) -> Result<Object<'js>> {
        let object = self.without_content(ctx)?;
        match self.bytes.as_deref().map(str::from_utf8) {
            Some(Ok(text)) => object.set("text", text)?,
            Some(Err(error)) => {
                let (line, column) = place_after(&self.bytes.as_deref().unwrap_or_default()[..error.valid_up_to()]);
                object.set("invalidUtf8", [line as f64, column as f64].as_slice().to_vec())?;
            }
            None => {}
        }
        Ok(object)
    }

    fn without_content<'js>(&self, ctx: &Ctx<'js>) -> Result<Object<'js>> {
        let object = status_object(ctx, &self.status)?;
        object.set("errno", self.errno)?;
        object.set("size", self.status.size as f64)?;
        object.set("links", self.status.links as f64)?;
        object.set("grown", self.grown)?;
        Ok(object)
    }
}

/// `Owned` of `src/host.ts`.
pub(super) fn status_object<'js>(ctx: &Ctx<'js>, status: &Status) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("mode", status.mode)?;
    object.set("uid", status.uid)?;
    if let Some(mount) = status.mount {
        object.set("mount", mount as f64)?;
    }
    Ok(object)
}

fn read_or_errno(path: &ByteString, limit: f64) -> FileRead {
    FileRead::or_errno(c_path(path).and_then(|path| read(&path, limit as u64)))
}

pub fn read_bytes<'js>(ctx: Ctx<'js>, path: ByteString, limit: f64) -> Result<Object<'js>> {
    let mut read = read_or_errno(&path, limit);
    let object = read.without_content(&ctx)?;
    if let Some(bytes) = read.bytes.take() {
        object.set("bytes", ByteString(bytes))?;
    }
    Ok(object)
}

pub fn read_file<'js>(ctx: Ctx<'js>, path: ByteString, limit: f64) -> Result<Object<'js>> {
    read_or_errno(&path, limit).with_text(&ctx)
}

/// Line and column, from 1 and in UTF-16 units, of what follows a text.
fn place_after(text: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(text);
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    (text.matches('\n').count() + 1, last_line.encode_utf16().count() + 1)
}

/// The content of a regular file; for the build.
pub fn content(path: &CStr) -> core::result::Result<Vec<u8>, Errno> {
    read(path, u64::MAX)?.bytes.ok_or(Errno::INVAL)
}

/// Opens the file once; everything after is about that open file, whatever the path leads to by then.
fn read(path: &CStr, limit: u64) -> Outcome<FileRead> {
    read_open(&retried(|| fs::openat(CWD, path, READING, Mode::empty()))?, limit)
}

/// Looks at an open file, and reads it if it is regular and not larger than the limit.
pub(super) fn read_open(file: &OwnedFd, limit: u64) -> Outcome<FileRead> {
    let mut read = FileRead { status: look_at(file)?, ..Default::default() };
    let size = read.status.size;
    if read.status.file_type() == FileType::RegularFile && size <= limit {
        let bytes = read_all(file, size, limit)?;
        read.grown = bytes.len() as u64 > size;
        // Files of /proc have no size, and others may have grown since.
        read.status.size = size.max(bytes.len() as u64);
        read.bytes = (read.status.size <= limit).then_some(bytes);
    }
    Ok(read)
}

/// statx(2), or fstat(2) where a kernel before 4.11 or a filter of the caller's refuses that.
pub(super) fn look_at(file: &OwnedFd) -> Outcome<Status> {
    let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
    if let Ok(status) = fs::statx(file, c"", AtFlags::EMPTY_PATH, wanted) {
        let knows = |flags: StatxFlags| status.stx_mask & flags.bits() == flags.bits();
        let needed = StatxFlags::TYPE | StatxFlags::MODE | StatxFlags::UID | StatxFlags::SIZE;
        if knows(needed | StatxFlags::NLINK | StatxFlags::INO) {
            return Ok(Status {
                mode: status.stx_mode.into(),
                uid: status.stx_uid,
                size: status.stx_size,
                links: status.stx_nlink.into(),
                id: (fs::makedev(status.stx_dev_major, status.stx_dev_minor), status.stx_ino),
                mount: knows(StatxFlags::MNT_ID).then_some(status.stx_mnt_id),
            });
        }
    }
    let status = fs::fstat(file)?;
    Ok(Status {
        mode: status.st_mode,
        uid: status.st_uid,
        size: status.st_size as u64,
        // Its width is another one on other architectures.
        #[allow(clippy::unnecessary_cast)]
        links: status.st_nlink as u64,
        id: (status.st_dev, status.st_ino),
        mount: None,
    })
}

/// The content up to one byte more than the limit, which tells that there is more.
fn read_all(file: impl AsFd, size: u64, limit: u64) -> Outcome<Vec<u8>> {
    read_all_by(|bytes| io::read(&file, spare_capacity(bytes)), size, limit)
}

/// The same with another way to read some bytes more.
fn read_all_by(mut read: impl FnMut(&mut Vec<u8>) -> Outcome<usize>, size: u64, limit: u64) -> Outcome<Vec<u8>> {
    // One more than the size: so the end of the file is seen without the buffer having to grow for it.
    let mut bytes = Vec::with_capacity(size.min(LARGEST_BUFFER) as usize + 1);
    while bytes.len() as u64 <= limit {
        if bytes.len() == bytes.capacity() {
            bytes.reserve(CHUNK);
        }
        if retried(|| read(&mut bytes))? == 0 {
            break;
        }
    }
    bytes.truncate(limit.saturating_add(1) as usize);
    Ok(bytes)
}

/// Repeats a call that a signal has interrupted.
pub fn retried<T>(mut call: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            outcome => return outcome,
        }
    }
}

/// What an open descriptor gives up to its end, or an errno: EFBIG where there is more than the limit.
pub fn read_input<'js>(ctx: Ctx<'js>, limit: f64, descriptor: i32) -> Result<Value<'js>> {
    if descriptor < 0 {
        return libc::EBADF.into_js(&ctx);
    }
    // SAFETY: it is no -1, and where it is closed, read(2) says so.
    let input = unsafe { BorrowedFd::borrow_raw(descriptor) };
    // The caller may have given us a descriptor with O_NONBLOCK.
    let waiting = |bytes: &mut Vec<u8>| loop {
        match io::read(input, spare_capacity(bytes)) {
            Err(Errno::AGAIN) => output::wait_until(input.as_raw_fd(), libc::POLLIN),
            read => return read,
        }
    };
    match read_all_by(waiting, 0, limit as u64) {
        Ok(bytes) if bytes.len() as u64 > limit as u64 => libc::EFBIG.into_js(&ctx),
        Ok(bytes) => ByteString(bytes).into_js(&ctx),
        Err(errno) => errno.raw_os_error().into_js(&ctx),
    }
}

/// 0, or the errno of what failed. Where that is half-way, a regular file is empty, since a part of it might pass for all.
pub fn write_file(path: ByteString, bytes: ByteString) -> i32 {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = c_path(&path).and_then(|path| retried(|| fs::openat(CWD, path.as_c_str(), flags, Mode::empty())));
    errno_of(opened.and_then(|file| outliving_the_size_limit(|| write_over(&file, &bytes.0))))
}

/// Has the kernel say EFBIG beyond RLIMIT_FSIZE, and not kill by SIGXFSZ: what was begun would be left behind. The command of a launch
/// never sees this, since nothing is written to a file before one.
fn outliving_the_size_limit<T>(write: impl FnOnce() -> T) -> T {
    // SAFETY: the signal is one that exists, and the handler that is put back is the one that was there.
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
        // What failed is told, and no more can be done about this.
        let _ = fs::ftruncate(file, 0);
    }
    result
}

fn write_all(file: &OwnedFd, bytes: &[u8]) -> Outcome<()> {
    output::write_all(file.as_raw_fd(), bytes).map_err(Errno::from_raw_os_error)
}

/// 0, or the errno of what failed; then the file is as it was.
pub fn replace_file(path: ByteString, bytes: ByteString, keep: bool) -> i32 {
    errno_of(c_path(&path).and_then(|path| outliving_the_size_limit(|| replace(&path, &bytes.0, keep))))
}

/// Who may do what with a file.
enum Access {
    /// Everybody may read it, whatever the umask.
    Public,
    /// As of any file that is new.
    New,
    /// As it was.
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
        // What failed is told, and no more can be done about this.
        let _ = fs::unlink(beside.as_c_str());
    }
    result
}

/// Fails where the file that is there may not be written to; with EPERM where more is said of who may than a new file would keep:
/// without its access control list the mask, which stands in the group's bits of the mode (acl(5)), would give the group what
/// the list keeps from it.
fn access_of(path: &CStr) -> Outcome<Access> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    match retried(|| fs::openat(CWD, path, flags, Mode::empty())) {
        Ok(file) if fs::fgetxattr(&file, c"system.posix_acl_access", &mut [0_u8; 0][..]).is_ok() => Err(Errno::PERM),
        Ok(file) => fs::fstat(&file).map(Access::Kept),
        Err(Errno::NOENT) => Ok(Access::New),
        Err(errno) => Err(errno),
    }
}

/// A name in the same directory that nobody else has. It is a short one: that of the file may be as long as names can be.
fn beside(path: &CStr) -> Outcome<CString> {
    let path = path.to_bytes();
    let directory = &path[..path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)];
    // SAFETY: getpid(2) takes nothing.
    let name = format!(".seccomp-exec-{}-{}", unsafe { libc::getpid() }, super::process::moment());
    CString::new([directory, name.as_bytes()].concat()).map_err(|_| Errno::INVAL)
}

/// The content as it will be after a crash, for those who may have it.
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
            // After the owner, with whom it would lose the set-user-id bit.
            fs::fchmod(file, Mode::from_raw_mode(old.st_mode & 0o7777))?;
        }
    }
    fs::fsync(file)
}

/// `PathStatus` of `src/host.ts`, or the errno.
pub fn look_at_path<'js>(ctx: Ctx<'js>, path: ByteString) -> Result<Value<'js>> {
    let looked = || -> Outcome<_> {
        let (above, name) = path.0.split_at(path.0.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1));
        let or_here = |part: &[u8]| c_path(&ByteString(if part.is_empty() { b".".to_vec() } else { part.to_vec() }));
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let directory = or_here(above)?;
        let directory = retried(|| fs::openat(CWD, directory.as_c_str(), flags | OFlags::DIRECTORY, Mode::empty()))?;
        let name = or_here(name)?;
        let file = retried(|| fs::openat(&directory, name.as_c_str(), flags | OFlags::NOFOLLOW, Mode::empty()))?;
        let status = look_at(&file)?;
        let is_link = status.file_type() == FileType::Symlink;
        let link = if is_link { Some(fs::readlinkat(&file, c"", Vec::new())?) } else { None };
        Ok((status, look_at(&directory)?, fs::fstatfs(&file)?.f_type, link))
    };
    match looked() {
        Ok((status, directory, file_system, link)) => {
            let object = status_object(&ctx, &status)?;
            object.set("directory", status_object(&ctx, &directory)?)?;
            object.set("fileSystem", file_system as f64)?;
            if let Some(link) = link {
                object.set("link", ByteString(link.into_bytes()))?;
            }
            Ok(object.into_value())
        }
        Err(errno) => errno.raw_os_error().into_js(&ctx),
    }
}

/// The names, or the errno.
pub fn list_directory<'js>(ctx: Ctx<'js>, path: ByteString) -> Result<Value<'js>> {
    match c_path(&path).and_then(|path| names(&path)) {
        Ok(names) => names.into_js(&ctx),
        Err(errno) => errno.raw_os_error().into_js(&ctx),
    }
}

fn names(path: &CStr) -> Outcome<Vec<ByteString>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = retried(|| fs::openat(CWD, path, flags, Mode::empty()))?;
    let mut names = Vec::new();
    for entry in Dir::new(directory)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(ByteString(name));
        }
    }
    Ok(names)
}

/// 0 if there is anything by that name, even a link that leads nowhere, or the errno of lstat(2).
pub fn probe_link(path: ByteString) -> i32 {
    errno_of(c_path(&path).and_then(|path| fs::lstat(path.as_c_str()).map(|_| ())))
}

/// EINVAL for a path that holds a NUL, which no file can have.
pub fn c_path(path: &ByteString) -> Outcome<CString> {
    CString::new(path.0.as_slice()).map_err(|_| Errno::INVAL)
}

pub fn errno_of(outcome: Outcome<()>) -> i32 {
    outcome.map_or_else(Errno::raw_os_error, |()| 0)
}
