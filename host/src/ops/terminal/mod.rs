//! Operations on standard output and standard error: `HostTerminal` of `src/host.ts`.

use rquickjs::prelude::Func;
use rquickjs::{Ctx, Exception, Object, Result};

use crate::descriptor::write_all;
use crate::errno::last_errno;
use crate::strings::{ByteString, Utf8};

/// Adds the operations to the host.
pub fn add(host: &Object) -> Result<()> {
    host.set("isTerminal", Func::from(is_terminal))?;
    host.set("terminalWidth", Func::from(terminal_width))?;
    host.set("write", Func::from(write))?;
    host.set("writeBytes", Func::from(write_bytes))?;
    host.set("closeOutput", Func::from(close_output))
}

fn is_terminal(fd: i32) -> bool {
    // SAFETY: isatty(3) takes a number and only examines the descriptor.
    unsafe { libc::isatty(fd) == 1 }
}

/// The columns of a terminal; nothing if it is none, or if its size was never set.
fn terminal_width(fd: i32) -> Option<u16> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ writes a `winsize`, which is what it gets; any number may be given as a descriptor.
    let result = unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col != 0).then_some(size.ws_col)
}

/// 0, or the errno of what failed.
fn write<'js>(ctx: Ctx<'js>, fd: i32, text: Utf8<'js>) -> Result<i32> {
    if fd != libc::STDOUT_FILENO && fd != libc::STDERR_FILENO {
        return Err(Exception::throw_type(&ctx, "write: the descriptor is 1 or 2"));
    }
    Ok(write_all(fd, text.to_string_lossy().as_bytes()).err().unwrap_or(0))
}

/// Writes to standard output; 0, or the errno of what failed.
fn write_bytes(bytes: ByteString) -> i32 {
    write_all(libc::STDOUT_FILENO, &bytes.0).err().unwrap_or(0)
}

/// Closes standard output: 0, or the errno of a write that some file systems report only now.
fn close_output() -> i32 {
    // SAFETY: nothing in this program owns the descriptor or uses it after this.
    if unsafe { libc::close(libc::STDOUT_FILENO) } == 0 { 0 } else { last_errno() }
}
