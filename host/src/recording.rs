//! The environment in which the image is made: the same each time, so that the same bundles give the same bytes.
//!
//! C leaves some bytes of values uninitialised: padding, the upper half of a union that holds a number. So earlier content of the
//! stack is recorded, and addresses of the process with it. Here all of these are the same in every process: the addresses of the
//! stack and of the mapped files are fixed. Blocks of the image are zeroed when they are allocated (`host::image`).

use core::ffi::{CStr, c_int, c_void};
use core::{ptr, slice};

use host::exit::fail;

/// The addresses of the stack and the files: above the executable and its heap, far below what the kernel chooses itself.
const STACK: usize = 1 << 36;
const FILES: usize = 1 << 37;
/// Size of the stack in bytes, more than QuickJS's default limit (JS_DEFAULT_STACK_SIZE of quickjs.h).
const STACK_SIZE: usize = 2 << 20;
/// Distance between two files, in bytes.
const MAX_FILE_SIZE: usize = 16 << 20;

/// Maps files into memory, read-only.
pub fn map_files<const COUNT: usize>(paths: [&CStr; COUNT]) -> [&'static [u8]; COUNT] {
    let mut at = FILES;
    paths.map(|path| {
        // SAFETY: the path ends with NUL, and all zeros are a value of this structure of numbers, to which fstat(2) writes.
        let (file, size) = unsafe {
            let mut status: libc::stat = core::mem::zeroed();
            let file = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
            (file, if libc::fstat(file, &mut status) == 0 { status.st_size as usize } else { 0 })
        };
        if size == 0 || size > MAX_FILE_SIZE {
            fail(b"cannot read a file of the image");
        }
        let content = map(at, size, libc::PROT_READ, libc::MAP_PRIVATE, file);
        at += MAX_FILE_SIZE;
        // SAFETY: this many bytes are mapped there until the process ends.
        unsafe { slice::from_raw_parts(content, size) }
    })
}

fn map(at: usize, size: usize, protection: c_int, flags: c_int, file: c_int) -> *mut u8 {
    let wanted = ptr::without_provenance_mut::<c_void>(at);
    // SAFETY: MAP_FIXED_NOREPLACE replaces no existing mapping.
    let mapped = unsafe { libc::mmap(wanted, size, protection, flags | libc::MAP_FIXED_NOREPLACE, file, 0) };
    if mapped != wanted {
        fail(b"cannot make the image: its address range is in use");
    }
    mapped.cast()
}

/// Calls `run`, which must not return and holds no address that differs between processes, on an empty stack.
pub fn on_fresh_stack(run: impl FnOnce()) -> ! {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    let stack = map(STACK, STACK_SIZE, libc::PROT_READ | libc::PROT_WRITE, flags, -1);
    // SAFETY: this many bytes are mapped there, which nothing else uses, and `run` never returns.
    unsafe { psm::replace_stack(stack, STACK_SIZE, run) }
}

/// Replaces the C library's function: the time is always the same. QuickJS asks for it when it starts, to seed Math.random and
/// the hashes of Map and Set, and for nothing else, since there is no Date.
///
/// # Safety
/// `time` must be writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut libc::timeval, _zone: *mut c_void) -> c_int {
    // SAFETY: gettimeofday(2) is called with a pointer to a writable timeval.
    unsafe { time.write(libc::timeval { tv_sec: 0, tv_usec: 0 }) };
    0
}
