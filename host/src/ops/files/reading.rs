//! Reading files and open descriptors.

use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::str;

use rquickjs::{Ctx, IntoJs, Object, Result, Value};
use rustix::buffer::spare_capacity;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{self, CWD, FileType, Mode, OFlags};
use rustix::io;
use rustix::io::Errno;

use super::status::{Status, look_at, status_object};
use crate::descriptor::wait_until;
use crate::errno::{Outcome, c_path, retried};
use crate::strings::ByteString;

/// The flags for opening a file to read. O_NONBLOCK keeps the open of a fifo from waiting for a writer.
pub const READING: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOCTTY).union(OFlags::NONBLOCK);

/// Maximum number of bytes that are allocated in advance for a file's content.
const MAX_BUFFER_SIZE: u64 = 64 << 20;
/// Bytes per read if the size is not known.
const CHUNK: usize = 64 << 10;

/// `FileRead` of `src/host.ts`.
#[derive(Default)]
pub struct FileRead {
    errno: i32,
    status: Status,
    /// Whether there is more to read than its size says.
    grown: bool,
    /// None if the file is not regular or is larger than the limit.
    bytes: Option<Vec<u8>>,
}

impl FileRead {
    /// The result, or one with only the errno of a failed call.
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

fn read_or_errno(path: &ByteString, limit: f64) -> FileRead {
    FileRead::or_errno(c_path(&path.0).and_then(|path| read(&path, limit as u64)))
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

/// Line and column after a text, from 1 and in UTF-16 units.
fn place_after(text: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(text);
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    (text.matches('\n').count() + 1, last_line.encode_utf16().count() + 1)
}

/// Opens the file once; all that follows concerns that open file, whatever the path leads to by then.
fn read(path: &CStr, limit: u64) -> Outcome<FileRead> {
    read_open(&retried(|| fs::openat(CWD, path, READING, Mode::empty()))?, limit)
}

/// Examines an open file, and reads it if it is regular and not larger than the limit.
pub fn read_open(file: &OwnedFd, limit: u64) -> Outcome<FileRead> {
    let mut read = FileRead { status: look_at(file)?, ..Default::default() };
    let size = read.status.size;
    if read.status.file_type() == FileType::RegularFile && size <= limit {
        let bytes = read_all(file, size, limit)?;
        read.grown = bytes.len() as u64 > size;
        // Files of /proc have size 0, and others may have grown since.
        read.status.size = size.max(bytes.len() as u64);
        read.bytes = (read.status.size <= limit).then_some(bytes);
    }
    Ok(read)
}

/// The content up to one byte more than the limit, which shows that there is more.
fn read_all(file: impl AsFd, size: u64, limit: u64) -> Outcome<Vec<u8>> {
    read_all_by(|bytes| io::read(&file, spare_capacity(bytes)), size, limit)
}

/// The same, with another function to read more bytes.
fn read_all_by(mut read: impl FnMut(&mut Vec<u8>) -> Outcome<usize>, size: u64, limit: u64) -> Outcome<Vec<u8>> {
    // One more than the size, so that the end of the file is seen without growing the buffer.
    let mut bytes = Vec::with_capacity(size.min(MAX_BUFFER_SIZE) as usize + 1);
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

/// The content of an open descriptor up to its end, or an errno: EFBIG if it exceeds the limit.
pub fn read_input<'js>(ctx: Ctx<'js>, limit: f64, descriptor: i32) -> Result<Value<'js>> {
    if descriptor < 0 {
        return libc::EBADF.into_js(&ctx);
    }
    // SAFETY: it is not -1, and if it is closed, read(2) fails.
    let input = unsafe { BorrowedFd::borrow_raw(descriptor) };
    // The caller may have opened the descriptor with O_NONBLOCK.
    let waiting = |bytes: &mut Vec<u8>| loop {
        match io::read(input, spare_capacity(bytes)) {
            Err(Errno::AGAIN) => wait_until(input.as_raw_fd(), libc::POLLIN),
            read => return read,
        }
    };
    match read_all_by(waiting, 0, limit as u64) {
        Ok(bytes) if bytes.len() as u64 > limit as u64 => libc::EFBIG.into_js(&ctx),
        Ok(bytes) => ByteString(bytes).into_js(&ctx),
        Err(errno) => errno.raw_os_error().into_js(&ctx),
    }
}
