//! From the C `main` to the program's exit status.
//!
//! Rust's own `main` must not run: its runtime ignores SIGPIPE, opens closed standard descriptors, and installs an
//! alternate signal stack, and the command would inherit all of it. Nothing here changes the state of the process.

use alloc::format;
use alloc::string::{String, ToString};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_ulong};
use core::panic::PanicInfo;
use core::slice;

use crate::engine::Engine;
use crate::ops::process;
use crate::stack;

/// The argument vector of the process, `argv[0]` included.
#[derive(Clone, Copy)]
pub struct Arguments(&'static [*const c_char]);

impl Arguments {
    /// # Safety
    /// They are the arguments of the C `main`.
    pub unsafe fn new(argc: c_int, argv: *const *const c_char) -> Self {
        let count = usize::try_from(argc).unwrap_or(0);
        // SAFETY: the caller's promise; the kernel put them on the stack, where they stay to the end.
        Arguments(unsafe { slice::from_raw_parts(argv, count) })
    }

    /// The arguments without the first `count` of them.
    pub fn skip(self, count: usize) -> Self {
        Arguments(self.0.get(count..).unwrap_or(&[]))
    }

    /// The pointers, as execve(2) takes them.
    pub fn pointers(self) -> &'static [*const c_char] {
        self.0
    }

    /// The arguments, one after the other.
    pub fn iter(self) -> impl Iterator<Item = &'static CStr> {
        // SAFETY: each is a pointer to a string that ends with NUL (`new`).
        self.0.iter().map(|argument| unsafe { CStr::from_ptr(*argument) })
    }
}

/// What was given to this process; it belongs to the process, not to the engine.
#[derive(Clone, Copy)]
pub struct Given {
    /// Its arguments.
    pub arguments: Arguments,
    /// When the process came to its C `main`, in microseconds, as [`process::moment`] tells it.
    pub began: f64,
}

struct Cell(UnsafeCell<Given>);

// SAFETY: this program has one thread.
unsafe impl Sync for Cell {}

static GIVEN: Cell = Cell(UnsafeCell::new(Given { arguments: Arguments(&[]), began: 0.0 }));

impl Given {
    /// As it was given to the running program.
    pub fn get() -> Self {
        // SAFETY: it is written to once, before the program runs.
        unsafe { *GIVEN.0.get() }
    }

    /// To be called first of all.
    pub fn now(arguments: Arguments) -> Self {
        Given { arguments, began: process::moment() }
    }
}

/// Keeps the C library from seeing that the process has other effective ids than real ones, or more capabilities than its caller.
/// It would open /dev/null in the place of standard descriptors that are closed, and the command would inherit that; where there
/// is no /dev/null, it would crash. What the kernel tells the command is not changed.
///
/// # Safety
/// They are those of the process, as the kernel put them on the stack, and nobody has a reference to what follows them there.
pub unsafe fn hide_privileges(argc: c_int, argv: *const *const c_char) {
    // SAFETY: behind the arguments and a null come the environment and a null, then pairs of numbers up to AT_NULL: getauxval(3).
    unsafe {
        let mut environment = argv.add(argc as usize + 1);
        while !(*environment).is_null() {
            environment = environment.add(1);
        }
        let mut pair = environment.add(1).cast::<[c_ulong; 2]>().cast_mut();
        while (*pair)[0] != libc::AT_NULL {
            if matches!((*pair)[0], libc::AT_UID | libc::AT_EUID | libc::AT_GID | libc::AT_EGID | libc::AT_SECURE) {
                (*pair)[1] = 0;
            }
            pair = pair.add(1);
        }
    }
}

/// Runs the launch bundle, and ends the process when that does not start the command.
pub fn run(engine: &Engine, given: Given) -> ! {
    // SAFETY: nobody reads it yet.
    unsafe { *GIVEN.0.get() = given };
    stack::replace(|| match engine.run() {
        Ok(status) => exit(status),
        Err(message) => fail(message.as_bytes()),
    })
}

/// Says why this program cannot go on, and ends it with status 125.
pub fn fail(message: &[u8]) -> ! {
    write_best_effort(&[b"seccomp-exec: error: ", message, b"\n"]);
    exit(125)
}

/// What a panic comes to: nobody unwinds.
pub fn panicked(info: &PanicInfo) -> ! {
    let place = info.location().map(|place| format!("{}:{}", place.file(), place.line()));
    fail(defect(&info.message().to_string(), place.as_deref()).as_bytes())
}

/// The words, in one line, for what nobody who uses this program can be blamed for.
pub fn defect(what: &str, place: Option<&str>) -> String {
    let place = place.map(|place| format!(" (in {place})")).unwrap_or_default();
    let text =
        format!("internal error: {what}{place}; please report this defect of seccomp-exec, with the command line");
    text.replace(|character: char| character.is_control(), " ")
}

/// Ends the process at once: nothing is buffered, and the kernel takes the memory back faster than the engine would.
pub fn exit(status: c_int) -> ! {
    // SAFETY: _exit(2) has no preconditions.
    unsafe { libc::_exit(status) }
}

/// Writes to standard error with a single system call and without any allocation; a failure is not reported.
fn write_best_effort(parts: &[&[u8]; 3]) {
    let parts = parts.map(|part| libc::iovec { iov_base: part.as_ptr() as *mut _, iov_len: part.len() });
    // SAFETY: the kernel only reads the three parts, all of which outlive the call.
    unsafe { libc::writev(libc::STDERR_FILENO, parts.as_ptr(), parts.len() as c_int) };
}
