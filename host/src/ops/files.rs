//! Reading files and directories.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::str;

use rquickjs::{Ctx, IntoJs, Object, Result, Value};

use super::text::ByteString;

/// Bytes that are set aside at once for a file's content.
const LARGEST_BUFFER: u64 = 64 << 20;

/// `FileRead` of `src/host.ts`.
#[derive(Default)]
struct FileRead {
    errno: i32,
    mode: u32,
    uid: u32,
    size: u64,
    /// None where the file is not regular or is larger than the limit.
    bytes: Option<Vec<u8>>,
}

/// What there is to say of a file but for its content.
fn status_of<'js>(ctx: Ctx<'js>, read: &FileRead) -> Result<Object<'js>> {
    let object = Object::new(ctx)?;
    object.set("errno", read.errno)?;
    object.set("mode", read.mode)?;
    object.set("uid", read.uid)?;
    object.set("size", read.size as f64)?;
    Ok(object)
}

fn read_or_errno(path: &ByteString, limit: f64) -> FileRead {
    read(path, limit as u64).unwrap_or_else(|error| FileRead { errno: errno(&error), ..Default::default() })
}

pub fn read_bytes<'js>(ctx: Ctx<'js>, path: ByteString, limit: f64) -> Result<Object<'js>> {
    let mut read = read_or_errno(&path, limit);
    let object = status_of(ctx, &read)?;
    if let Some(bytes) = read.bytes.take() {
        object.set("bytes", ByteString(bytes))?;
    }
    Ok(object)
}

pub fn read_file<'js>(ctx: Ctx<'js>, path: ByteString, limit: f64) -> Result<Object<'js>> {
    let read = read_or_errno(&path, limit);
    let object = status_of(ctx, &read)?;
    match read.bytes.as_deref().map(str::from_utf8) {
        Some(Ok(text)) => object.set("text", text)?,
        Some(Err(error)) => {
            let (line, column) = place_after(&read.bytes.as_deref().unwrap_or_default()[..error.valid_up_to()]);
            object.set("invalidUtf8", [line as f64, column as f64].as_slice().to_vec())?;
        }
        None => {}
    }
    Ok(object)
}

/// Line and column, from 1 and in UTF-16 units, of what follows a text.
fn place_after(text: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(text);
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    (text.matches('\n').count() + 1, last_line.encode_utf16().count() + 1)
}

/// Opens the file once; everything after is about that open file, whatever the path leads to by then.
fn read(path: &ByteString, limit: u64) -> io::Result<FileRead> {
    // The standard library adds O_CLOEXEC. O_NONBLOCK keeps the open of a fifo from waiting for a writer.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK).open(path.as_os_str())?;
    let status = file.metadata()?;
    let mut read = FileRead { mode: status.mode(), uid: status.uid(), size: status.size(), ..Default::default() };
    if status.is_file() && read.size <= limit {
        let bytes = read_all(&file, read.size, limit)?;
        // Files of /proc have no size, and others may have grown since.
        read.size = read.size.max(bytes.len() as u64);
        read.bytes = (read.size <= limit).then_some(bytes);
    }
    Ok(read)
}

/// The content up to one byte more than the limit.
fn read_all(file: &File, size: u64, limit: u64) -> io::Result<Vec<u8>> {
    // One more than the size: so the end of the file is seen without the buffer having to grow for it.
    let mut bytes = Vec::with_capacity(size.min(LARGEST_BUFFER) as usize + 1);
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Standard input to its end, or an errno: EFBIG where there is more than the limit.
pub fn read_input<'js>(ctx: Ctx<'js>, limit: f64) -> Result<Value<'js>> {
    let mut bytes = Vec::new();
    // One more than the limit tells whether there is more.
    match io::stdin().lock().take(limit as u64 + 1).read_to_end(&mut bytes) {
        Ok(length) if length as u64 > limit as u64 => libc::EFBIG.into_js(&ctx),
        Ok(_) => ByteString(bytes).into_js(&ctx),
        Err(error) => errno(&error).into_js(&ctx),
    }
}

/// 0, or the errno of what failed; the file is new, or its content is replaced.
pub fn write_file(path: ByteString, bytes: ByteString) -> i32 {
    fs::write(path.as_os_str(), bytes.0).map_or_else(|error| errno(&error), |()| 0)
}

/// 0, or the errno of what failed; then the file is as it was.
pub fn replace_file(path: ByteString, bytes: ByteString) -> i32 {
    replace(path.as_os_str().as_ref(), &bytes.0).map_or_else(|error| errno(&error), |()| 0)
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let result = write_through(beside.as_ref(), bytes).and_then(|()| fs::rename(&beside, path));
    if result.is_err() {
        // There may be none. What failed is told, and no more can be done about this.
        let _ = fs::remove_file(&beside);
    }
    result
}

/// A new file that everybody may read, as it will be after a crash.
fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    // Whatever the umask.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()
}

/// The names, or the errno.
pub fn list_directory<'js>(ctx: Ctx<'js>, path: ByteString) -> Result<Value<'js>> {
    match names(&path) {
        Ok(names) => names.into_js(&ctx),
        Err(error) => errno(&error).into_js(&ctx),
    }
}

fn names(path: &ByteString) -> io::Result<Vec<ByteString>> {
    let mut entries = fs::read_dir(path.as_os_str())?;
    let names = entries.by_ref().map(|entry| Ok(entry?.file_name().into())).collect();
    // Left open: where close(2) fails, the standard library panics. It is closed by exec, or by the end of the process.
    std::mem::forget(entries);
    names
}

pub fn probe_executable(path: ByteString) -> i32 {
    match fs::metadata(path.as_os_str()) {
        Err(error) => errno(&error),
        Ok(status) if !status.is_file() => libc::EACCES,
        Ok(_) => may_execute(&path),
    }
}

/// 0, or the errno of asking for execution with the effective ids.
fn may_execute(path: &ByteString) -> i32 {
    let Ok(path) = std::ffi::CString::new(path.as_os_str().as_bytes()) else { return libc::EINVAL };
    // SAFETY: the path ends with NUL; the rest are plain calls.
    let result = unsafe {
        if libc::getuid() == libc::geteuid() && libc::getgid() == libc::getegid() {
            // access(2) asks for the real ids. Older container runtimes answer faccessat2(2), which asks for
            // the effective ones, with EPERM.
            libc::access(path.as_ptr(), libc::X_OK)
        } else {
            libc::faccessat(libc::AT_FDCWD, path.as_ptr(), libc::X_OK, libc::AT_EACCESS)
        }
    };
    match if result == 0 { 0 } else { errno(&io::Error::last_os_error()) } {
        // These two are not access(2)'s own: a filter of the caller's refuses it. Whether the file may be executed
        // is then seen when it is tried.
        libc::ENOSYS | libc::EPERM => 0,
        errno => errno,
    }
}

/// 0 if there is anything by that name, even a link that leads nowhere, or the errno of lstat(2).
pub fn probe_link(path: ByteString) -> i32 {
    fs::symlink_metadata(path.as_os_str()).map_or_else(|error| errno(&error), |_| 0)
}

/// The errno; the standard library itself refuses only paths that hold a NUL.
fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EINVAL)
}
