//! The surroundings in which the image is made: the same each time, so that the same bundles give the same bytes.
//!
//! C leaves some bytes of its values as they are: padding, the upper half of a union that holds a number. So whatever was on the
//! stack before is recorded, and with it addresses of the process. Here all of these are the same in each process: those of the
//! stack, and those of the files that are read. Blocks of the image are zero when they are given out (`host::image`).

use core::ffi::{CStr, c_int, c_ulong, c_void};
use core::{ptr, slice};

use host::exit::fail;

/// Where the stack and the files are mapped: above the executable and its heap, and far below what the kernel places by itself.
const STACK: usize = 1 << 36;
const FILES: usize = 1 << 37;
/// Bytes of the stack, more than QuickJS asks for by itself (JS_DEFAULT_STACK_SIZE of quickjs.h).
const STACK_SIZE: usize = 2 << 20;
/// Bytes from one file to the next.
const LARGEST_FILE: usize = 16 << 20;

/// What the kernel tells the C library that is random (getauxval(3)): it makes the value of it by which some compilers guard the
/// frames of the stack.
pub const RANDOMNESS: [c_ulong; 1] = [libc::AT_RANDOM];

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
        if size == 0 || size > LARGEST_FILE {
            fail(b"a file of the image cannot be read");
        }
        let content = map(at, size, libc::PROT_READ, libc::MAP_PRIVATE, file);
        at += LARGEST_FILE;
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
pub fn on_fresh_stack<F: FnOnce()>(run: F) -> ! {
    unsafe extern "C" fn enter<F: FnOnce()>(run: *const F) -> ! {
        // SAFETY: `on_fresh_stack` put it there, and nobody else takes it.
        unsafe { run.read()() };
        fail(b"internal error: nothing is left to do")
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    let stack = map(STACK, STACK_SIZE, libc::PROT_READ | libc::PROT_WRITE, flags, -1);
    // SAFETY: nobody else uses the stack, which has room for `run` at its end, aligned as every type and as a stack has to be.
    unsafe {
        let top = stack.add(STACK_SIZE - size_of::<F>().next_multiple_of(ALIGNMENT));
        top.cast::<F>().write(run);
        enter_with_empty_registers(top.cast(), enter::<F>)
    }
}

/// Of a stack, on all architectures.
const ALIGNMENT: usize = 16;

/// Calls a function with what the stack begins with. Functions save the registers that they have to preserve on the stack,
/// where they would show what was in them before.
///
/// # Safety
/// `top` is the end of a stack that nobody uses, aligned; `function` never comes back, and may be called with `top`.
unsafe fn enter_with_empty_registers<F>(top: *mut F, function: unsafe extern "C" fn(*const F) -> !) -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: nothing after this uses the old stack or a register, since it does not come back.
    unsafe {
        core::arch::asm!(
            "mov rsp, rdi", "xor ebx, ebx", "xor ebp, ebp", "xor r12d, r12d", "xor r13d, r13d", "xor r14d, r14d", "xor r15d, r15d",
            "call rax",
            in("rdi") top, in("rax") function, options(noreturn)
        )
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: nothing after this uses the old stack or a register, since it does not come back.
    unsafe {
        core::arch::asm!(
            "mov sp, x0", "mov x19, xzr", "mov x20, xzr", "mov x21, xzr", "mov x22, xzr", "mov x23, xzr", "mov x24, xzr",
            "mov x25, xzr", "mov x26, xzr", "mov x27, xzr", "mov x28, xzr", "mov x29, xzr", "mov x30, xzr",
            "blr x1",
            in("x0") top, in("x1") function, options(noreturn)
        )
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    compile_error!("the executable is for x86_64 and aarch64, see musl.toml");
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
