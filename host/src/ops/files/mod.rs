//! Operations on files and directories: `HostFiles` of `src/host.ts`.

use rquickjs::prelude::Func;
use rquickjs::{Object, Result};

pub mod executable;
mod paths;
mod reading;
mod status;
mod walk;
mod writing;

/// Adds the operations to the host.
pub fn add(host: &Object) -> Result<()> {
    host.set("readFile", Func::from(reading::read_file))?;
    host.set("readBytes", Func::from(reading::read_bytes))?;
    host.set("readPlaced", Func::from(walk::read_placed))?;
    host.set("readInput", Func::from(reading::read_input))?;
    host.set("writeFile", Func::from(writing::write_file))?;
    host.set("replaceFile", Func::from(writing::replace_file))?;
    host.set("lookAt", Func::from(paths::look_at_path))?;
    host.set("listDirectory", Func::from(paths::list_directory))?;
    host.set("probeExecutable", Func::from(executable::probe_executable))?;
    host.set("readHead", Func::from(executable::read_head))?;
    host.set("sameFile", Func::from(paths::same_file))?;
    host.set("permissions", Func::from(paths::permissions))?;
    host.set("probeLink", Func::from(paths::probe_link))?;
    host.set("mayWrite", Func::from(paths::may_write))
}
