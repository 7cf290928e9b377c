//! The memory image: the state of QuickJS after its start and after loading the launch bundle, stored in the executable.
//!
//! Both steps take longer than the rest of a launch without a filter, and have the same result each time. So they run when the
//! executable is built: an executable whose image is still empty records all memory that it allocates meanwhile in the image
//! ([`record`]), and these bytes replace the empty ones in the file. The kernel then maps them like the executable's other data,
//! page by page, on demand.
//!
//! An image is full of addresses: of its own blocks, of functions, of constants. They are valid only in the executable that made
//! it, and only because that is not position-independent. Nothing in an image may belong to a single process: no descriptor, no
//! address of the stack or of the C library's memory, no argument.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::UnsafeCell;
use core::ptr::{self, NonNull};
use core::slice;

use crate::exit::fail;

/// Size of the image's blocks in bytes; `build.rs` computes how much the launch bundle needs.
const SIZE: usize = include!(concat!(env!("OUT_DIR"), "/image-size.rs")) - HEAD;
/// Bytes before the blocks.
const HEAD: usize = 6 * size_of::<usize>();
/// Blocks begin at multiples of this, which suits every C type.
pub const ALIGNMENT: usize = 16;
/// Bytes before each block that hold its size. The size is this much less than a multiple of [`ALIGNMENT`].
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
    /// The address of the image when it was recorded.
    at: *const Image,
    /// What the function passed to [`record`] returned.
    root: Option<NonNull<()>>,
    /// Bytes of `memory` that are in use, from its start.
    used: usize,
    /// The value of `used` after the blocks that most launches touch.
    touched: usize,
    /// The list of blocks freed while recording: each begins with the address of the next.
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

/// The root of the recorded image; none if it is empty.
pub fn root() -> Option<NonNull<()>> {
    let image = IMAGE.0.get();
    // SAFETY: nothing writes to it meanwhile. Volatile, because the compiler does not know that objcopy(1) fills the section.
    let (root, at) =
        unsafe { (ptr::read_volatile(&raw const (*image).root), ptr::read_volatile(&raw const (*image).at)) };
    if root.is_some() && !ptr::eq(at, image) {
        fail(b"internal error: the image was made for another address");
    }
    root
}

/// Maps the pages that most launches write to in one call: separate page faults cost more. Kernels before 5.14 do not know this
/// advice, and map them one by one.
pub fn populate() {
    let image = IMAGE.0.get();
    // SAFETY: nothing writes to it meanwhile, and this advice has no visible effect on memory.
    unsafe {
        let bytes = HEAD + ptr::read_volatile(&raw const (*image).touched);
        libc::madvise(image.cast(), bytes, libc::MADV_POPULATE_WRITE);
    }
}

/// Marks the current end of the blocks that launches touch; they touch few of the following ones.
pub fn launches_touch_what_there_is() {
    let image = IMAGE.0.get();
    // SAFETY: there is no other reference to it.
    unsafe { (*image).touched = (*image).used };
}

/// Whether most launches touch the block's page anyway; true of all blocks if no image is recorded.
pub fn is_touched(block: *const u8) -> bool {
    let image = IMAGE.0.get();
    // SAFETY: there is no other reference to it.
    let end = unsafe { (&raw const (*image).memory).cast::<u8>().add((*image).touched) };
    state() != State::Recording || block < end
}

fn state() -> State {
    // SAFETY: there is no other reference to it. Volatile, because the compiler does not know that objcopy(1) fills the section.
    unsafe { ptr::read_volatile(&raw const (*IMAGE.0.get()).state) }
}

/// Makes an image: the value that `make` returns, and all memory that it keeps. Returns the content of the section.
pub fn record<T>(make: impl FnOnce() -> Result<T, String>) -> Result<&'static [u8], String> {
    let image = IMAGE.0.get();
    const { assert!(size_of::<Image>() == HEAD + SIZE) };
    // SAFETY: there is no other reference to it, and it has no padding.
    unsafe {
        (*image).state = State::Recording;
        let root = Box::into_raw(Box::new(make()?));
        (*image).root = NonNull::new(root.cast());
        (*image).at = image;
        (*image).state = State::Complete;
        Ok(slice::from_raw_parts(image.cast(), size_of::<Image>()))
    }
}

/// A block of the image, while one is recorded. It is zeroed, so that no earlier content is recorded.
pub fn allocate(size: usize) -> Option<NonNull<u8>> {
    if state() != State::Recording {
        return None;
    }
    let size = (size + HEADER).next_multiple_of(ALIGNMENT) - HEADER;
    // SAFETY: the blocks lie in `memory`, to which there is no other reference.
    unsafe { take_free(size).or_else(|| take_new(size)) }
}

/// The smallest of the free blocks that are large enough. The rest of it becomes free again.
unsafe fn take_free(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: the list holds only blocks, and a block has room for an address.
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
    // SAFETY: no block extends beyond `used`.
    unsafe {
        let image = IMAGE.0.get();
        // The first header is placed such that blocks have the alignment of the image.
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

/// Whether a block belongs to the image.
pub fn holds(block: *const u8) -> bool {
    (block as usize).wrapping_sub(IMAGE.0.get() as usize) < size_of::<Image>()
}

/// The bytes of a block.
///
/// # Safety
/// [`holds`] must be true of the block.
pub unsafe fn block_size(block: *const u8) -> usize {
    // SAFETY: each block has a header.
    unsafe { block.sub(HEADER).cast::<usize>().read() }
}

/// Frees a block. Blocks of a complete image are left alone: their memory could not be reused.
///
/// # Safety
/// [`holds`] must be true of the block, and nothing may use it any more.
pub unsafe fn release(block: *mut u8) {
    if state() == State::Recording {
        // SAFETY: nothing uses the block any more; it has this size, and room for an address.
        unsafe {
            let image = IMAGE.0.get();
            block.write_bytes(0, block_size(block));
            block.cast::<*mut u8>().write((*image).free);
            (*image).free = block;
        }
    }
}
