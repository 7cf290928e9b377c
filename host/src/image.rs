//! The memory image: what starting QuickJS and loading the launch bundle comes to, kept in the executable.
//!
//! Both take longer than the rest of a launch that needs no filter, and come to the same each time. So they are done
//! when the executable is built: one whose image is still empty puts all memory that it allocates meanwhile into the
//! image ([`record`]), and the bytes that come out take the place of the empty ones in the file. The kernel then maps
//! them with the executable's other data, page by page, when they are needed.
//!
//! An image is full of addresses: of its own blocks, of functions, of constants. They hold in the executable that made
//! it and in no other, and only because that one is not position-independent. Nothing in an image may belong to a single
//! process: no descriptor, no address of the stack or of the C library's memory, no argument.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use core::slice;

use crate::exit::fail;

/// Bytes of the image's blocks; `build.rs` says how many the launch bundle needs.
const SIZE: usize = include!(concat!(env!("OUT_DIR"), "/image-size.rs")) - HEAD;
/// Bytes before them.
const HEAD: usize = 6 * size_of::<usize>();
/// Blocks begin at multiples of this, which does for every type of C.
pub const ALIGNMENT: usize = 16;
/// Bytes before each block that hold its size, which is so many less than a multiple of [`ALIGNMENT`].
const HEADER: usize = size_of::<usize>();

#[derive(Clone, Copy, PartialEq)]
#[repr(usize)]
enum State {
    Empty,
    Recording,
    Complete,
}

#[repr(C, align(4096))]
struct Image {
    state: State,
    /// Where the image was when it was recorded.
    at: *const Image,
    /// What [`record`] was given.
    root: Option<NonNull<()>>,
    /// Bytes of `memory` that are in use, from its start.
    used: usize,
    /// What `used` was when all blocks were there that most launches touch.
    touched: usize,
    /// The blocks that were given back while recording: each begins with the address of the next.
    free: *mut u8,
    memory: [u8; SIZE],
}

struct Cell(UnsafeCell<Image>);

// SAFETY: this program has one thread.
unsafe impl Sync for Cell {}

/// In a section of its own, so that objcopy(1) can replace it.
#[unsafe(link_section = ".image")]
static IMAGE: Cell = Cell(UnsafeCell::new(Image {
    state: State::Empty,
    at: ptr::null(),
    root: None,
    used: 0,
    touched: 0,
    free: ptr::null_mut(),
    memory: [0; SIZE],
}));

/// What the image was recorded for; none where it is empty.
pub fn root() -> Option<NonNull<()>> {
    let image = IMAGE.0.get();
    // SAFETY: nobody writes to it meanwhile. Volatile, because the compiler does not know who fills the section.
    let (root, at) =
        unsafe { (ptr::read_volatile(&raw const (*image).root), ptr::read_volatile(&raw const (*image).at)) };
    if root.is_some() && !ptr::eq(at, image) {
        fail(b"internal error: the image was made for another place in memory");
    }
    root
}

/// Has the kernel map at once the pages that most launches write to: one by one they cost more. Kernels before 5.14 do not know
/// how, and map them one by one.
pub fn populate() {
    let image = IMAGE.0.get();
    // SAFETY: nobody writes to it meanwhile, and this advice changes nothing that a program could see.
    unsafe {
        let bytes = HEAD + ptr::read_volatile(&raw const (*image).touched);
        libc::madvise(image.cast(), bytes, libc::MADV_POPULATE_WRITE);
    }
}

/// Says that launches touch the blocks that there are by now, and few of them those that follow.
pub fn launches_touch_what_there_is() {
    let image = IMAGE.0.get();
    // SAFETY: nobody has a reference to it.
    unsafe { (*image).touched = (*image).used };
}

/// Whether a block lies where launches touch memory anyway; true of all where no image is recorded.
pub fn is_touched(block: *const u8) -> bool {
    let image = IMAGE.0.get();
    // SAFETY: nobody has a reference to it.
    let end = unsafe { (&raw const (*image).memory).cast::<u8>().add((*image).touched) };
    state() != State::Recording || block < end
}

fn state() -> State {
    // SAFETY: nobody has a reference to it. Volatile, because the compiler does not know who fills the section.
    unsafe { ptr::read_volatile(&raw const (*IMAGE.0.get()).state) }
}

/// Makes an image: what `make` returns, and all that it allocates and keeps. Returns the content of the section.
pub fn record<T>(make: impl FnOnce() -> Result<T, String>) -> Result<&'static [u8], String> {
    let image = IMAGE.0.get();
    const { assert!(size_of::<Image>() == HEAD + SIZE) };
    // SAFETY: nobody else has a reference to it, and it has no padding.
    unsafe {
        (*image).state = State::Recording;
        let root = Box::into_raw(Box::new(make()?));
        (*image).root = NonNull::new(root.cast());
        (*image).at = image;
        (*image).state = State::Complete;
        Ok(slice::from_raw_parts(image.cast(), size_of::<Image>()))
    }
}

/// A block of the image, while one is recorded. All of it is zero, so that nothing is recorded that was left there before.
pub fn allocate(size: usize) -> Option<NonNull<u8>> {
    if state() != State::Recording {
        return None;
    }
    let size = (size + HEADER).next_multiple_of(ALIGNMENT) - HEADER;
    // SAFETY: the blocks lie in `memory`, which nobody else has a reference to.
    unsafe { take_free(size).or_else(|| take_new(size)) }
}

/// The smallest of the free blocks that are large enough. What is left of it is free again.
unsafe fn take_free(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: the list holds blocks only, and a block has room for an address.
    unsafe {
        let mut best: Option<(*mut *mut u8, usize)> = None;
        let mut link = &raw mut (*IMAGE.0.get()).free;
        while !(*link).is_null() {
            let found = block_size(*link);
            if found >= size && best.is_none_or(|(_, least)| found < least) {
                best = Some((link, found));
            }
            link = (*link).cast();
        }
        let (link, found) = best?;
        let block = *link;
        *link = *block.cast();
        block.cast::<*mut u8>().write(ptr::null_mut());
        if found > size {
            block.sub(HEADER).cast::<usize>().write(size);
            let rest = block.add(size);
            rest.cast::<usize>().write(found - size - HEADER);
            release(rest.add(HEADER));
        }
        NonNull::new(block)
    }
}

unsafe fn take_new(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: what lies behind `used` is in no block.
    unsafe {
        let image = IMAGE.0.get();
        // The first header is so placed that blocks are aligned as the image is.
        let start = if (*image).used == 0 { FIRST_HEADER } else { (*image).used };
        let end = start + HEADER + size;
        if end > SIZE {
            fail(b"the image is too small: see host/build.rs");
        }
        (*image).used = end;
        let header = (&raw mut (*image).memory).cast::<u8>().add(start);
        header.cast::<usize>().write(size);
        NonNull::new(header.add(HEADER))
    }
}

const FIRST_HEADER: usize = (2 * ALIGNMENT - HEADER - core::mem::offset_of!(Image, memory) % ALIGNMENT) % ALIGNMENT;

/// Whether a block is one of the image.
pub fn holds(block: *const u8) -> bool {
    (block as usize).wrapping_sub(IMAGE.0.get() as usize) < size_of::<Image>()
}

/// The bytes of a block.
///
/// # Safety
/// [`holds`] is true of it.
pub unsafe fn block_size(block: *const u8) -> usize {
    // SAFETY: each block has a header.
    unsafe { block.sub(HEADER).cast::<usize>().read() }
}

/// Gives a block back. That of a complete image is left alone: it takes no memory that could be used again.
///
/// # Safety
/// [`holds`] is true of it, and nobody uses it any more.
pub unsafe fn release(block: *mut u8) {
    if state() == State::Recording {
        // SAFETY: nobody uses the block any more; it has so many bytes, and room for an address.
        unsafe {
            let image = IMAGE.0.get();
            block.write_bytes(0, block_size(block));
            block.cast::<*mut u8>().write((*image).free);
            (*image).free = block;
        }
    }
}
