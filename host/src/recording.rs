//! The surroundings in which the image is made: the same each time, so that the same bundles give the same bytes.
//!
//! C leaves some bytes of its values as they are: padding, the upper half of a union that holds a number. So whatever was on the
//! stack before is recorded, and with it addresses of the process. Here all of these are the same in each process: those of the
//! stack, and those of the files that are read. Blocks of the image are zero when they are given out (`host::image`).

use core::ffi::{CStr, c_int, c_void};
use core::{ptr, slice};

use host::exit::fail;

/// Where the stack and the files are mapped: above the executable and its heap, and far below what the kernel places by itself.
const STACK: usize = 1 << 36;
const FILES: usize = 1 << 37;
/// Bytes of the stack, more than QuickJS asks for by itself (JS_DEFAULT_STACK_SIZE of quickjs.h).
const STACK_SIZE: usize = 2 << 20;
/// Bytes from one file to the next.
const MAX_FILE_SIZE: usize = 16 << 20;

/// Maps files into memory, to be read.
pub fn map_files<const COUNT: usize>(paths: [&CStr; COUNT]) -> [&'static [u8]; COUNT] {
    let mut at = FILES;
    paths.map(|path| {
        // SAFETY: the path ends with NUL, and all zero is a value of this structure of numbers, to which fstat(2) writes.
        let (file, size) = unsafe {
            let mut status: libc::stat = core::mem::zeroed();
            let file = libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
            (file, if libc::fstat(file, &mut status) == 0 { status.st_size as usize } else { 0 })
        };
        if size == 0 || size > MAX_FILE_SIZE {
            fail(b"a file of the image cannot be read");
        }
        let content = map(at, size, libc::PROT_READ, libc::MAP_PRIVATE, file);
        at += MAX_FILE_SIZE;
        // SAFETY: so many bytes are mapped there to the end of the process.
        unsafe { slice::from_raw_parts(content, size) }
    })
}

fn map(at: usize, size: usize, protection: c_int, flags: c_int, file: c_int) -> *mut u8 {
    let wanted = ptr::without_provenance_mut::<c_void>(at);
    // SAFETY: MAP_FIXED_NOREPLACE maps nothing over what is there.
    let mapped = unsafe { libc::mmap(wanted, size, protection, flags | libc::MAP_FIXED_NOREPLACE, file, 0) };
    if mapped != wanted {
        fail(b"the image cannot be made: its place in memory is taken");
    }
    mapped.cast()
}

/// Goes on with `run`, which never comes back and holds no address that differs from process to process, on an empty stack.
pub fn on_fresh_stack(run: impl FnOnce()) -> ! {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    let stack = map(STACK, STACK_SIZE, libc::PROT_READ | libc::PROT_WRITE, flags, -1);
    // SAFETY: so many bytes are mapped there, which nobody else uses, and `run` never comes back.
    unsafe { psm::replace_stack(stack, STACK_SIZE, run) }
}

/// In place of the C library's: the time is always the same. QuickJS asks for it when it starts, to seed Math.random and the hashes of
/// Map and Set, and for nothing else, since there is no Date.
///
/// # Safety
/// `time` can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn gettimeofday(time: *mut libc::timeval, _zone: *mut c_void) -> c_int {
    // SAFETY: gettimeofday(2) is given room for a time.
    unsafe { time.write(libc::timeval { tv_sec: 0, tv_usec: 0 }) };
    0
}
