//! Walks along a path one component at a time, to see each directory and link that decides where it leads.

use alloc::ffi::CString;
use alloc::vec;
use alloc::vec::Vec;

use rquickjs::{Ctx, Object, Result};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{self, CWD, FileType, Mode, OFlags, PROC_SUPER_MAGIC};
use rustix::io::Errno;

use super::reading::{FileRead, READING, read_open};
use super::status::{Status, look_at, status_object};
use crate::errno::{Outcome, c_path, retried};
use crate::strings::ByteString;

/// The flags for opening directories: only search permission is needed for those above. O_DIRECTORY triggers an automount.
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// The flags for opening a link itself.
const LINK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Maximum number of links that the kernel follows: path_resolution(7).
const MAX_LINKS: u32 = 40;
/// Maximum number of steps; the longest path that the kernel accepts has half as many components.
const MAX_STEPS: usize = 4096;
/// The inode number of the root of every proc file system: PROC_ROOT_INO of include/linux/proc_ns.h at v6.18.
const PROC_ROOT: u64 = 1;

/// `PlacedRead` of `src/host.ts`, without the file.
#[derive(Default)]
struct Placed {
    directory: Option<Status>,
    beside: Option<FileRead>,
    /// Numbers, and a path that ends with NUL, for each step: objects would take a tenth of a launch.
    trail: Vec<u32>,
    way: Vec<u8>,
    beyond: Option<Vec<u8>>,
}

impl Placed {
    fn step(&mut self, path: &[u8], status: &Status) {
        self.trail.extend([status.mode, status.uid]);
        self.way.extend_from_slice(path);
        self.way.push(0);
    }

    fn is_endless(&self) -> bool {
        self.trail.len() > 2 * MAX_STEPS
    }
}

/// The file to read, and the one beside it.
struct Wanted<'a> {
    limit: u64,
    suffix: &'a [u8],
}

/// An open directory, and its name.
struct Here {
    directory: OwnedFd,
    status: Status,
    path: Vec<u8>,
}

pub fn read_placed<'js>(
    ctx: Ctx<'js>,
    path: ByteString,
    limit: f64,
    suffix: ByteString,
    stepwise: bool,
) -> Result<Object<'js>> {
    let wanted = Wanted { limit: limit as u64, suffix: &suffix.0 };
    let mut placed = Placed::default();
    let file = c_path(&path.0).and_then(|_| match path.0.as_slice() {
        [] => Err(Errno::NOENT),
        path if stepwise => walk(path, &wanted, &mut placed),
        path => follow(path, &wanted, &mut placed),
    });
    let object = FileRead::or_errno(file).with_text(&ctx)?;
    if let Some(directory) = placed.directory {
        object.set("directory", status_object(&ctx, &directory)?)?;
    }
    if let Some(beside) = placed.beside {
        object.set("beside", beside.with_text(&ctx)?)?;
    }
    object.set("trail", placed.trail)?;
    object.set("way", ByteString(placed.way))?;
    if let Some(beyond) = placed.beyond {
        object.set("beyond", ByteString(beyond))?;
    }
    Ok(object)
}

/// Leaves path resolution to the kernel.
fn follow(path: &[u8], wanted: &Wanted, placed: &mut Placed) -> Outcome<FileRead> {
    let (above, name) = path.split_at(path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1));
    let or_here = |part: &[u8]| if part.is_empty() { b".".to_vec() } else { part.to_vec() };
    let directory = open_at(CWD, &or_here(above), DIRECTORY)?;
    let status = look_at(&directory)?;
    read_beside(&directory, status, name, wanted, placed);
    read_open(&open_at(&directory, &or_here(name), READING)?, wanted.limit)
}

/// Goes through the components of the path, and of each link on it.
fn walk(path: &[u8], wanted: &Wanted, placed: &mut Placed) -> Outcome<FileRead> {
    let mut here = if path[0] == b'/' { root(placed)? } else { working_directory(placed)? };
    let mut rest = path.to_vec();
    let mut links = 0;
    loop {
        if placed.is_endless() {
            return Err(Errno::NAMETOOLONG);
        }
        let (name, after) = split(&rest);
        let last = after.is_empty();
        if last && placed.directory.is_none() {
            read_beside(&here.directory, here.status, name, wanted, placed);
        }
        // The component is opened first and then examined, so that it cannot be replaced between the two.
        let flags = if last { READING } else { DIRECTORY };
        match open_at(&here.directory, name, flags | OFlags::NOFOLLOW) {
            Ok(file) if last => return read_open(&file, wanted.limit),
            Ok(directory) => {
                here = arrive(directory, joined(&here.path, name), placed)?;
                rest = after.to_vec();
            }
            // A link fails with one of these: ELOOP if opened as a file, ENOTDIR if opened as a directory.
            Err(errno @ (Errno::LOOP | Errno::NOTDIR)) => {
                let link = open_at(&here.directory, name, LINK)?;
                let status = look_at(&link)?;
                if status.file_type() != FileType::Symlink {
                    return Err(errno);
                }
                links += 1;
                if links > MAX_LINKS {
                    return Err(Errno::LOOP);
                }
                placed.step(&joined(&here.path, name), &status);
                if is_magic(&link, &here.status)? {
                    placed.beyond = Some(after.to_vec());
                    let through = [name, after].concat();
                    return read_open(&open_at(&here.directory, &through, READING)?, wanted.limit);
                }
                let mut target = fs::readlinkat(&link, c"", Vec::new())?.into_bytes();
                // Two spare descriptors are enough.
                drop(link);
                match target.first() {
                    None => return Err(Errno::NOENT),
                    Some(b'/') => here = root(placed)?,
                    Some(_) => {}
                }
                target.extend_from_slice(after);
                rest = target;
            }
            Err(errno) => return Err(errno),
        }
    }
}

/// Splits off the first component. A slash at the end asks for a directory, as `.` does: path_resolution(7).
fn split(rest: &[u8]) -> (&[u8], &[u8]) {
    let start = rest.iter().position(|byte| *byte != b'/').unwrap_or(rest.len());
    let rest = &rest[start..];
    let (name, after) = rest.split_at(rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len()));
    (if name.is_empty() { b"." } else { name }, after)
}

fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if directory.ends_with(b"/") { b"" } else { b"/" };
    [directory, slash, name].concat()
}

fn root(placed: &mut Placed) -> Outcome<Here> {
    arrive(open_at(CWD, b"/", DIRECTORY)?, vec![b'/'], placed)
}

/// The working directory; all directories above it are recorded too, since who may rename one of them decides its content.
fn working_directory(placed: &mut Placed) -> Outcome<Here> {
    let mut below = arrive(open_at(CWD, b".", DIRECTORY)?, b".".to_vec(), placed)?;
    let mut path = b"..".to_vec();
    loop {
        if placed.is_endless() {
            return Err(Errno::NAMETOOLONG);
        }
        let directory = open_at(&below.directory, b"..", DIRECTORY)?;
        let status = look_at(&directory)?;
        // The parent of the root is the root.
        if (status.id, status.mount) == (below.status.id, below.status.mount) {
            break;
        }
        below = arrive(directory, path.clone(), placed)?;
        path = joined(&path, b"..");
    }
    drop(below);
    let directory = open_at(CWD, b".", DIRECTORY)?;
    Ok(Here { status: look_at(&directory)?, directory, path: b".".to_vec() })
}

fn arrive(directory: OwnedFd, path: Vec<u8>, placed: &mut Placed) -> Outcome<Here> {
    let status = look_at(&directory)?;
    placed.step(&path, &status);
    Ok(Here { directory, status, path })
}

/// Records the directory, and reads the file in it with that name and the suffix, unless it is a link.
fn read_beside(directory: &OwnedFd, status: Status, name: &[u8], wanted: &Wanted, placed: &mut Placed) {
    placed.directory = Some(status);
    if !wanted.suffix.is_empty() {
        let opened = open_at(directory, &[name, wanted.suffix].concat(), READING | OFlags::NOFOLLOW);
        placed.beside = Some(FileRead::or_errno(opened.and_then(|file| read_open(&file, wanted.limit))));
    }
}

/// Whether the kernel does not follow the text of the link: true of those of /proc, except the few ordinary ones in its root.
fn is_magic(link: &OwnedFd, directory: &Status) -> Outcome<bool> {
    Ok(directory.id.1 != PROC_ROOT && fs::fstatfs(link)?.f_type == PROC_SUPER_MAGIC)
}

fn open_at(directory: impl AsFd, name: &[u8], flags: OFlags) -> Outcome<OwnedFd> {
    let name = CString::new(name).map_err(|_| Errno::INVAL)?;
    retried(|| fs::openat(&directory, name.as_c_str(), flags, Mode::empty()))
}
