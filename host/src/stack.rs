//! The stack that QuickJS runs on: its own, the same for every RLIMIT_STACK of the caller.
//!
//! The caller limits the stack of the process, and the kernel has already used some of it (arguments and environment: at least
//! 128 KiB, often more). An input that is refused with a large stack must not end in a signal, or in an unexpected exception,
//! with a small one.

use core::ptr;

use crate::exit::fail;

/// Bytes that QuickJS may use; it throws an exception if it would need more. The deepest accepted input (JSON of 100 levels,
/// `src/profile/json-syntax.ts`) was measured to need 257 KiB, everything else at most 80.
pub const QUICKJS: usize = 512 << 10;
/// Bytes below them, for code that does not check QuickJS's limit: native functions that it calls when it is just within it.
/// 7 KiB were measured.
const NATIVE: usize = 32 << 10;
/// Inaccessible bytes below those: more than any function's frame, so that none steps over them.
const GUARD: usize = 32 << 10;

/// Continues with `run`, which must not return, on a new stack; the stack of the process does not change.
pub fn replace(run: impl FnOnce()) -> ! {
    let size = QUICKJS + NATIVE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    // SAFETY: the kernel chooses an unused address range, and all of it except the guard is made writable. Nothing else uses it,
    // and `run` never returns.
    unsafe {
        let guard = libc::mmap(ptr::null_mut(), GUARD + size, libc::PROT_NONE, flags, -1, 0);
        if guard == libc::MAP_FAILED {
            fail(b"out of memory");
        }
        let stack = guard.cast::<u8>().add(GUARD);
        if libc::mprotect(stack.cast(), size, libc::PROT_READ | libc::PROT_WRITE) != 0 {
            fail(b"out of memory");
        }
        psm::replace_stack(stack, size, run)
    }
}
