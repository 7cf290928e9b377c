//! The input of this process: its arguments, and the time at which it began.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_ulong};
use core::slice;

/// The argument vector of the process, `argv[0]` included.
#[derive(Clone, Copy)]
pub struct Arguments(&'static [*const c_char]);

impl Arguments {
    /// # Safety
    /// They must be the arguments of the C `main`.
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

/// The input of this process; it is not part of the image.
#[derive(Clone, Copy)]
pub struct Given {
    /// Its arguments.
    pub arguments: Arguments,
    /// When the process reached its C `main`, in microseconds on the clock of [`moment`].
    pub began: f64,
}

struct Cell(UnsafeCell<Given>);

// SAFETY: this program has one thread.
unsafe impl Sync for Cell {}

static GIVEN: Cell = Cell(UnsafeCell::new(Given { arguments: Arguments(&[]), began: 0.0 }));

impl Given {
    /// The input of the running program.
    pub fn get() -> Self {
        // SAFETY: this program has one thread, and `keep` holds no reference after it returns.
        unsafe { *GIVEN.0.get() }
    }

    /// Must be called first.
    pub fn now(arguments: Arguments) -> Self {
        Given { arguments, began: moment() }
    }

    /// Stores it for [`Given::get`].
    pub fn keep(self) {
        // SAFETY: this program has one thread, and `get` returns a copy, so there is no other reference.
        unsafe { *GIVEN.0.get() = self };
    }
}

/// The path that execve(2) was given for this process, which its caller cannot choose apart from the file: AT_EXECFN of getauxval(3).
/// None if the kernel does not report it.
pub fn exec_path() -> Option<&'static CStr> {
    // SAFETY: the value of AT_EXECFN is the address of a string that the kernel has put on the stack, where it stays to the end.
    unsafe {
        let path = libc::getauxval(libc::AT_EXECFN) as *const c_char;
        (!path.is_null()).then(|| CStr::from_ptr(path))
    }
}

/// Microseconds since an arbitrary moment. Uses a system call: a C library first searches the vDSO, which takes longer for a
/// single call.
pub fn moment() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: clock_gettime(2) writes only to `time`.
    unsafe { libc::syscall(libc::SYS_clock_gettime, libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

/// Hides from the C library that the effective ids differ from the real ones, or that the process has more capabilities than its
/// caller. It would otherwise open /dev/null for closed standard descriptors, and the command would inherit them; without
/// /dev/null it would crash. What the kernel reports to the command does not change.
///
/// # Safety
/// The arguments must be those of the process, as the kernel put them on the stack, and nothing may refer to what follows them.
pub unsafe fn hide_privileges(argc: c_int, argv: *const *const c_char) {
    // SAFETY: after the arguments and a null come the environment and a null, then pairs of numbers up to AT_NULL: getauxval(3).
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
