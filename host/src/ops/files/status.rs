//! The status of an open file: its kind, its owner, its size.

use rquickjs::{Ctx, Object, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{self, AtFlags, FileType, StatxFlags};

use crate::errno::Outcome;

/// The result of fstat(2) for an open file.
#[derive(Clone, Copy, Default)]
pub struct Status {
    pub mode: u32,
    pub uid: u32,
    pub size: u64,
    pub links: u64,
    /// The identity of the file: its device, and its inode number there.
    pub id: (u64, u64),
    /// The mount through which it was reached; none if the kernel does not report it.
    pub mount: Option<u64>,
}

impl Status {
    pub fn file_type(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }
}

/// `Owned` of `src/host.ts`.
pub fn status_object<'js>(ctx: &Ctx<'js>, status: &Status) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("mode", status.mode)?;
    object.set("uid", status.uid)?;
    if let Some(mount) = status.mount {
        object.set("mount", mount as f64)?;
    }
    Ok(object)
}

/// statx(2), or fstat(2) if the kernel is older than 4.11 or a filter of the caller refuses statx(2).
pub fn look_at(file: &OwnedFd) -> Outcome<Status> {
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
        // Its width differs on other architectures.
        #[allow(clippy::unnecessary_cast)]
        links: status.st_nlink as u64,
        id: (status.st_dev, status.st_ino),
        mount: None,
    })
}
