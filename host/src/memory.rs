//! The program's memory, for the engine and for Rust alike: a port of dlmalloc, which is the same whatever C library there is.
//! (musl's own allocator asks the kernel for each larger block and gives it back at once, which doubles the time of compiling.)
//!
//! When memory runs out, for example under a low RLIMIT_AS or RLIMIT_DATA, the program ends with a message and
//! status 125. It is decided here alone: neither the engine nor an operation ever sees a failed allocation, and the
//! engine's start, which does not check for one, need not.
//!
//! What was allocated when the executable was built is part of it ([`crate::image`]).

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

use dlmalloc::Dlmalloc;
use rquickjs::allocator::Allocator;

use crate::image;
use crate::start::fail;

/// The allocator; it has no state of its own.
pub struct Memory;

struct Heap(UnsafeCell<Dlmalloc>);

// SAFETY: this program has one thread.
unsafe impl Sync for Heap {}

static HEAP: Heap = Heap(UnsafeCell::new(Dlmalloc::new()));

/// Bytes before each block of the heap, which hold its size.
const HEADER: usize = image::ALIGNMENT;

fn granted(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        fail(b"out of memory");
    }
    block
}

fn with_header(size: usize) -> usize {
    match size.checked_add(HEADER) {
        Some(size) => size,
        None => fail(b"out of memory"),
    }
}

/// Writes the header of what the heap gave.
///
/// # Safety
/// The block is null or has room for the header and so many bytes.
unsafe fn headed(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe {
        granted(block).cast::<usize>().write(size);
        block.add(HEADER)
    }
}

fn allocate(size: usize) -> *mut u8 {
    if let Some(block) = image::allocate(size) {
        return block.as_ptr();
    }
    // SAFETY: nobody else uses the heap meanwhile.
    unsafe { headed((*HEAP.0.get()).c_malloc(with_header(size)), size) }
}

/// # Safety
/// The block is of this allocator, or null.
unsafe fn release(block: *mut u8) {
    // SAFETY: each block is of the image or of the heap, where its header is before it.
    unsafe {
        if image::holds(block) {
            image::release(block);
        } else if !block.is_null() {
            (*HEAP.0.get()).c_free(block.sub(HEADER));
        }
    }
}

/// # Safety
/// The block is of this allocator, and not null.
unsafe fn size_of_block(block: *const u8) -> usize {
    // SAFETY: as above.
    unsafe { if image::holds(block) { image::block_size(block) } else { block.sub(HEADER).cast::<usize>().read() } }
}

/// # Safety
/// The block is of this allocator, or null.
unsafe fn resize(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        return allocate(size);
    }
    // SAFETY: as above. The new block is none of those that are in use.
    unsafe {
        if !image::holds(block) {
            return headed((*HEAP.0.get()).c_realloc(block.sub(HEADER), with_header(size)), size);
        }
        let old = image::block_size(block);
        if size <= old {
            return block;
        }
        let new = allocate(size);
        ptr::copy_nonoverlapping(block, new, old);
        image::release(block);
        new
    }
}

// SAFETY: blocks are aligned for every type but those that ask for more, of which there is none.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > image::ALIGNMENT {
            fail(b"internal error: no type of this program is aligned so far");
        }
        allocate(layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, _layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        unsafe { resize(block, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: as above.
        unsafe { release(block) }
    }
}

// SAFETY: blocks are aligned for every type, and are told of no more bytes than they have.
unsafe impl Allocator for Memory {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        allocate(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(bytes) = count.checked_mul(size) else { fail(b"out of memory") };
        let block = allocate(bytes);
        // SAFETY: it was just given out.
        unsafe { block.write_bytes(0, bytes) };
        block
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the engine gives back only what it got here.
        unsafe { release(block) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: as above.
        unsafe { resize(block, size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: as above.
        if block.is_null() { 0 } else { unsafe { size_of_block(block) } }
    }
}
