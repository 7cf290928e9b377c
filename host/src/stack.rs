//! The stack that QuickJS runs on: one of its own, the same whatever RLIMIT_STACK the caller set.
//!
//! How far the stack of the process may grow is the caller's to say, and what the kernel has put there already (arguments and
//! environment: at least 128 KiB, often more) takes of that. An input that is refused with a large stack must not end in a
//! signal, or in an exception nobody expected, with a small one.

use core::ptr;

use crate::exit::fail;

/// Bytes that QuickJS may use; it throws an exception when it would need more. The deepest input that is accepted (JSON of 100
/// levels, `src/profile/json-syntax.ts`) has been seen to need 257 KiB, everything else at most 80.
pub const QUICKJS: usize = 512 << 10;
/// Bytes below them, for what does not ask QuickJS: native functions that it calls when it is just within its limit.
/// 7 KiB have been seen.
const NATIVE: usize = 32 << 10;
/// Bytes below those that nobody may touch: more than any function's frame, so that none steps over them.
const GUARD: usize = 32 << 10;

/// Goes on with `run`, which never comes back, on a new stack; the one of the process is left as it is.
pub fn replace(run: impl FnOnce()) -> ! {
    let size = QUICKJS + NATIVE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    // SAFETY: the kernel chooses a place where nothing is, and all of it but the guard is made writable. Nobody else uses it,
    // and `run` never comes back.
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
