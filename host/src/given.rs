//! What was given to this process: its arguments, and the moment at which it began.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_ulong};
use core::slice;

/// The argument vector of the process, `argv[0]` included.
#[derive(Clone, Copy)]
pub struct Arguments(&'static [*const c_char]);

impl Arguments {
    /// # Safety
    /// They are the arguments of the C `main`.
    pub unsafe fn new(argc: c_int, argv: *const *const c_char) -> Self {
        let count = usize::try_from(argc).unwrap_or(0);
        // SAFETY: `argv` of the C `main` points to `argc` pointers. The kernel put them on the stack, where they stay to the end.
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
        // SAFETY: each argument of the C `main` is a pointer to a string that ends with NUL, and stays there to the end.
        self.0.iter().map(|argument| unsafe { CStr::from_ptr(*argument) })
    }
}

/// What was given to this process; it belongs to the process, not to the image.
#[derive(Clone, Copy)]
pub struct Given {
    /// Its arguments.
    pub arguments: Arguments,
    /// When the process came to its C `main`, in microseconds, as [`moment`] tells it.
    pub began: f64,
}

struct Cell(UnsafeCell<Given>);

// SAFETY: this program has one thread.
unsafe impl Sync for Cell {}

static GIVEN: Cell = Cell(UnsafeCell::new(Given { arguments: Arguments(&[]), began: 0.0 }));

impl Given {
    /// As it was given to the running program.
    pub fn get() -> Self {
        // SAFETY: this program has one thread, and `keep` holds no reference when it returns.
        unsafe { *GIVEN.0.get() }
    }

    /// To be called first of all.
    pub fn now(arguments: Arguments) -> Self {
        Given { arguments, began: moment() }
    }

    /// Keeps it for [`Given::get`].
    pub fn keep(self) {
        // SAFETY: this program has one thread, and `get` hands out a copy, so nobody has a reference.
        unsafe { *GIVEN.0.get() = self };
    }
}

/// Microseconds since an arbitrary moment. By a system call: a C library looks for the kernel's function that needs none first,
/// which takes longer where the time is asked for once.
pub fn moment() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime(2) writes to `time` only.
    unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
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
