//! The executable `seccomp-exec`: the host, the toolkit's bundle, and an image of the engine with the other bundles in it.
//!
//! As it comes from the compiler its image is empty. Then all that it does is to make one: its arguments are the files of two
//! bundles' bytecode, of the compiled-in profiles' filters, and of the program's digest, and it writes the content of the section `.image` to standard
//! output.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::panic::PanicInfo;

use host::engine::{BuiltIn, Bundles, Bytecode, Engine};
use host::image;
use host::memory::Memory;
use host::ops::{content, write_all};
use host::start::{self, Arguments, Given};

#[cfg(not(target_feature = "crt-static"))]
compile_error!("build in the directory host/, where .cargo/config.toml makes the executable static");

#[global_allocator]
static MEMORY: Memory = Memory;

/// Called by the C library's start code, in place of Rust's `main`; see [`start`].
///
/// # Safety
/// The arguments are those of a C `main`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    let given = Given::now(unsafe { Arguments::new(argc, argv) });
    match image::root() {
        Some(engine) => {
            image::populate();
            // SAFETY: `make_image` recorded it, in this very executable.
            start::run(unsafe { engine.cast::<Engine>().as_ref() }, given)
        }
        None => make_image(given.arguments),
    }
}

unsafe extern "C" {
    /// musl's own, by the linker's option --wrap (host/musl.toml).
    fn __real___libc_start_main(
        main: *const c_void,
        argc: c_int,
        argv: *const *const c_char,
        init: *const c_void,
        fini: *const c_void,
        loader: *const c_void,
    ) -> c_int;
}

/// What the C library's first instructions call, in place of its own function of that name, which this goes on with.
///
/// # Safety
/// Called by the start code, with what the kernel put on the stack.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __wrap___libc_start_main(
    main: *const c_void,
    argc: c_int,
    argv: *const *const c_char,
    init: *const c_void,
    fini: *const c_void,
    loader: *const c_void,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        start::hide_privileges(argc, argv);
        __real___libc_start_main(main, argc, argv, init, fini, loader)
    }
}

fn make_image(arguments: Arguments) -> ! {
    let files: Vec<_> = arguments.iter().skip(1).collect();
    let &[compiler, launch, filters, digest] = &files[..] else {
        start::fail(b"usage: seccomp-exec COMPILER.qbc LAUNCH.qbc FILTERS.json COMPILER-DIGEST")
    };
    let [filters, digest] = [filters, digest].map(|file| String::from_utf8(read(file)).expect("both are UTF-8"));
    // SAFETY: the Makefile has them made by this crate's tool `bytecode`.
    let bundles = unsafe {
        Bundles {
            compiler: Some(Bytecode::new(read(compiler).leak())),
            launch: Bytecode::new(read(launch).leak()),
            toolkit: Bytecode::new(include_bytes!(env!("TOOLKIT_BYTECODE"))),
        }
    };
    let image = image::record(|| Engine::start(bundles, BuiltIn { filters: &filters, digest: &digest }));
    let image = image.unwrap_or_else(|message| start::fail(message.as_bytes()));
    if write_all(libc::STDOUT_FILENO, image).is_err() {
        start::fail(b"the image cannot be written");
    }
    start::exit(0)
}

fn read(file: &CStr) -> Vec<u8> {
    content(file).unwrap_or_else(|_| start::fail(b"a file of the image cannot be read"))
}

#[panic_handler]
fn panicked(info: &PanicInfo) -> ! {
    start::panicked(info)
}

/// What the compiled core library names for unwinding, which a program that aborts never does.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// As above.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    start::fail(b"internal error: nothing is unwound")
}
