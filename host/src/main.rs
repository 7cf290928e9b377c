//! The executable `seccomp-exec`: the host, the bundles that only some starts run, and an image of QuickJS with the other bundles in it.
//!
//! The compiler leaves the image empty. An executable with an empty image only makes one: its arguments are the files of two
//! bundles' bytecode, of the compiled-in profiles' filters and of the bundles' digest, and it writes the content of the section
//! `.image` to standard output.
//!
//! Rust's own `main` must not run: its runtime ignores SIGPIPE, opens closed standard descriptors, and installs an
//! alternate signal stack, and the command would inherit all of it. Nothing here changes the state of the process.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::vec::Vec;
use core::ffi::{c_char, c_int, c_void};
use core::panic::PanicInfo;
use core::str;

use host::descriptor::write_all;
use host::exit::{self, exit, fail};
use host::given::{Arguments, Given, hide_privileges};
use host::image;
use host::memory::Memory;
use host::program::{BuiltIn, Bundles, Program};
use host::quickjs::{Bytecode, Later};

mod recording;

#[cfg(not(target_feature = "crt-static"))]
compile_error!("build in the directory host/, where .cargo/config.toml makes the executable static");

/// By this note the launcher knows another launcher, also a copy or another version: `src/task/wrapper.ts`.
#[repr(C)]
struct Note {
    name_size: u32,
    description_size: u32,
    kind: u32,
    /// With its NUL, and padded to a multiple of 4 bytes (elf(5), "Notes (Nhdr)").
    name: [u8; 16],
    description: [u8; 8],
}

/// The linker puts notes behind the program headers, so it is in the first page of the file.
#[used]
#[unsafe(link_section = ".note.seccomp-exec")]
static NOTE: Note =
    Note { name_size: 13, description_size: 8, kind: 1, name: *b"seccomp-exec\0\0\0\0", description: *b"launcher" };

#[global_allocator]
static MEMORY: Memory = Memory;

/// Called by the C library's start code, instead of Rust's `main`.
///
/// # Safety
/// The arguments must be those of a C `main`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the start code passes the arguments as the kernel put them on the stack.
    let given = Given::now(unsafe { Arguments::new(argc, argv) });
    match image::root() {
        Some(program) => {
            image::populate();
            // SAFETY: `make_image` recorded a `Program`, in this same executable, and nothing ever removes it.
            unsafe { program.cast::<Program>().as_ref() }.run(given)
        }
        None => make_image(given.arguments),
    }
}

unsafe extern "C" {
    /// musl's own function, by the linker's option --wrap (host/musl.toml).
    fn __real___libc_start_main(
        main: *const c_void,
        argc: c_int,
        argv: *const *const c_char,
        init: *const c_void,
        fini: *const c_void,
        loader: *const c_void,
    ) -> c_int;
}

/// Called by the C library's first instructions instead of its own function of that name, which this then calls.
///
/// # Safety
/// Only the start code may call it, with what the kernel put on the stack.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __wrap___libc_start_main(
    main: *const c_void,
    argc: c_int,
    argv: *const *const c_char,
    init: *const c_void,
    fini: *const c_void,
    loader: *const c_void,
) -> c_int {
    // SAFETY: `argc` and `argv` are those of the process. The C library has not begun, so nothing refers to what follows them,
    // and musl's function gets its usual arguments.
    unsafe {
        hide_privileges(argc, argv);
        __real___libc_start_main(main, argc, argv, init, fini, loader)
    }
}

fn make_image(arguments: Arguments) -> ! {
    let files: Vec<_> = arguments.iter().skip(1).collect();
    let &[compiler, launch, filters, digest] = &files[..] else {
        fail(b"usage: seccomp-exec COMPILER.qbc LAUNCH.qbc FILTERS.json COMPILER-DIGEST")
    };
    let [compiler, launch, filters, digest] = recording::map_files([compiler, launch, filters, digest]);
    // SAFETY: the Makefile makes them with this crate's tool `bytecode`.
    let bundles = unsafe {
        Bundles {
            compiler: Some(Bytecode::new(compiler)),
            launch: Bytecode::new(launch),
            later: Later {
                toolkit: Bytecode::new(include_bytes!(env!("TOOLKIT_BYTECODE"))),
                auditor: Bytecode::new(include_bytes!(env!("AUDITOR_BYTECODE"))),
            },
        }
    };
    let [filters, digest] = [filters, digest].map(|text| str::from_utf8(text).expect("both are UTF-8"));
    let built_in = BuiltIn { filters, digest };
    recording::on_fresh_stack(move || {
        let image =
            image::record(|| Program::load(bundles, built_in)).unwrap_or_else(|message| fail(message.as_bytes()));
        if write_all(libc::STDOUT_FILENO, image).is_err() {
            fail(b"cannot write the image");
        }
        exit(0)
    })
}

#[panic_handler]
fn panicked(info: &PanicInfo) -> ! {
    exit::panicked(info)
}

/// The compiled core library refers to this for unwinding, which a program that aborts never does.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Also for unwinding only.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    fail(b"internal error: nothing is unwound")
}
