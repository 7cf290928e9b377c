//! The status of paths, and the names in directories; no file is read.

use alloc::ffi::CString;
use alloc::vec::Vec;
use core::ffi::CStr;

use rquickjs::{Ctx, IntoJs, Object, Result, Value};
use rustix::fs::{self, Access, AtFlags, CWD, Dir, FileType, Mode, OFlags, StatVfsMountFlags};

use super::status::{look_at, status_object};
use crate::errno::{Outcome, c_path, errno_of, retried};
use crate::strings::ByteString;

/// `PathStatus` of `src/host.ts`, or the errno.
pub fn look_at_path<'js>(ctx: Ctx<'js>, path: ByteString) -> Result<Value<'js>> {
    let looked = || -> Outcome<_> {
        let (above, name) = path.0.split_at(path.0.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1));
        let or_here = |part: &[u8]| c_path(if part.is_empty() { b"." } else { part });
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
    match c_path(&path.0).and_then(|path| names(&path)) {
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

/// 0 if the path exists, even as a dangling link, or the errno of lstat(2).
pub fn probe_link(path: ByteString) -> i32 {
    errno_of(c_path(&path.0).and_then(|path| fs::lstat(path.as_c_str()).map(|_| ())))
}

/// Whether two paths lead to the same file; or the errno.
pub fn same_file<'js>(ctx: Ctx<'js>, path: ByteString, other: ByteString) -> Result<Value<'js>> {
    let id = |path: ByteString| {
        let status = fs::stat(c_path(&path.0)?.as_c_str())?;
        Ok((status.st_dev, status.st_ino))
    };
    let same = || -> Outcome<bool> { Ok(id(path)? == id(other)?) };
    match same() {
        Ok(same) => same.into_js(&ctx),
        Err(errno) => errno.raw_os_error().into_js(&ctx),
    }
}

/// `Permissions` of `src/host.ts`.
pub fn permissions<'js>(ctx: Ctx<'js>, path: ByteString) -> Result<Object<'js>> {
    let object = Object::new(ctx)?;
    let looked_at = c_path(&path.0).and_then(|path| Ok((fs::stat(path.as_c_str())?, fs::statvfs(path.as_c_str()))));
    object.set("errno", errno_of(looked_at.as_ref().map(|_| ()).map_err(|errno| *errno)))?;
    if let Ok((status, file_system)) = looked_at {
        object.set("mode", status.st_mode)?;
        object.set("uid", status.st_uid)?;
        object.set("noexec", file_system.is_ok_and(|it| it.f_flag.contains(StatVfsMountFlags::NOEXEC)))?;
    }
    Ok(object)
}

/// 0 if the effective ids may write to what the path names, or an errno.
pub fn may_write(path: ByteString) -> i32 {
    let access = |path: CString| fs::accessat(CWD, path.as_c_str(), Access::WRITE_OK, AtFlags::EACCESS);
    errno_of(c_path(&path.0).and_then(access))
}
