//! The memory of the program, for QuickJS and for Rust: a port of dlmalloc, the same with every C library. (musl's allocator maps
//! each larger block separately and unmaps it at once, which doubles the time of compiling.)
//!
//! If memory runs out, for example under a low RLIMIT_AS or RLIMIT_DATA, the program ends with a message and status 125. Only
//! this module handles it: neither QuickJS nor an operation ever sees a failed allocation, and the start of QuickJS, which does
//! not check for one, need not.
//!
//! Memory allocated when the executable was built is part of it ([`crate::image`]).

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;

use dlmalloc::Dlmalloc;
use rquickjs::allocator::Allocator;

use crate::exit::fail;
use crate::image;

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

/// Writes the header of a block of the heap.
///
/// # Safety
/// The block must be null, or have room for the header and this many bytes.
unsafe fn headed(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: `granted` does not return for null, and any other block has room for the header and the bytes after it.
    unsafe {
        granted(block).cast::<usize>().write(size);
        block.add(HEADER)
    }
}

fn allocate(size: usize) -> *mut u8 {
    if let Some(block) = image::allocate(size) {
        return block.as_ptr();
    }
    // SAFETY: this program has one thread, so nothing else uses the heap meanwhile. The size includes the header.
    unsafe { headed((*HEAP.0.get()).c_malloc(with_header(size)), size) }
}

/// # Safety
/// The block must be of this allocator, or null.
unsafe fn release(block: *mut u8) {
    // SAFETY: a block of this allocator belongs to the image, or was returned by `headed`, HEADER bytes into a block of the heap.
    unsafe {
        if image::holds(block) {
            image::release(block);
        } else if !block.is_null() {
            (*HEAP.0.get()).c_free(block.sub(HEADER));
        }
    }
}

/// # Safety
/// The block must be of this allocator, and not null.
unsafe fn size_of_block(block: *const u8) -> usize {
    // SAFETY: a block of this allocator belongs to the image, or was returned by `headed`, which wrote its size HEADER bytes
    // before it.
    unsafe { if image::holds(block) { image::block_size(block) } else { block.sub(HEADER).cast::<usize>().read() } }
}

/// # Safety
/// The block must be of this allocator, or null.
unsafe fn resize(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        return allocate(size);
    }
    // SAFETY: a block of this allocator belongs to the image, or was returned by `headed`, HEADER bytes into a block of the heap.
    // A new block does not overlap with one in use, and it is larger than what is copied.
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

// SAFETY: blocks have the alignment of every type of this program; a larger one is refused.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > image::ALIGNMENT {
            fail(b"internal error: no type of this program has such an alignment");
        }
        allocate(layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, _layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: `GlobalAlloc` requires that the block is of this allocator.
        unsafe { resize(block, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: `GlobalAlloc` requires that the block is of this allocator, and that nothing uses it any more.
        unsafe { release(block) }
    }
}

// SAFETY: blocks are aligned for every C type, and the reported size of a block is never more than it has.
unsafe impl Allocator for Memory {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        allocate(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(bytes) = count.checked_mul(size) else { fail(b"out of memory") };
        let block = allocate(bytes);
        // SAFETY: the block was just allocated, with room for this many bytes.
        unsafe { block.write_bytes(0, bytes) };
        block
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: QuickJS frees only blocks that it got here, and only once.
        unsafe { release(block) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: QuickJS resizes only blocks that it got here.
        unsafe { resize(block, size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: QuickJS asks only about blocks that it got here.
        if block.is_null() { 0 } else { unsafe { size_of_block(block) } }
    }
}
