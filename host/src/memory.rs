//! The program's memory: the C library's allocator, for the engine and for Rust alike.
//!
//! When memory runs out, for example under a low RLIMIT_AS or RLIMIT_DATA, the program ends with a message and
//! status 125. It is decided here alone: neither the engine nor an operation ever sees a failed allocation, and the
//! engine's start, which does not check for one, need not.
//!
//! What was allocated when the executable was built is part of it ([`crate::image`]).
//!
//! An allocator of our own was measured too: the engine carves small values out of 4 KiB arenas itself, so what is
//! left for the allocator is less than 1% of a launch. One that never frees is slower by 8%, because a page that
//! is touched for the first time costs more than all that freeing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

use rquickjs::allocator::Allocator;

use crate::image;
use crate::start::fail;

/// The allocator; it has no state of its own.
pub struct Memory;

fn granted(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        fail(b"out of memory");
    }
    block
}

fn allocate(size: usize) -> *mut u8 {
    match image::allocate(size) {
        Some(block) => block.as_ptr(),
        // SAFETY: malloc(3) takes any size; never 0, for which it may return null without a failure.
        None => granted(unsafe { libc::malloc(size.max(1)) }.cast()),
    }
}

/// # Safety
/// The block is of this allocator, or null.
unsafe fn release(block: *mut u8) {
    if image::holds(block) {
        // SAFETY: it was just asked, and the caller has no more use for it.
        unsafe { image::release(block) };
    } else {
        // SAFETY: all others are malloc(3)'s.
        unsafe { libc::free(block.cast()) };
    }
}

/// # Safety
/// The block is of this allocator, or null.
unsafe fn resize(block: *mut u8, size: usize) -> *mut u8 {
    if block.is_null() {
        return allocate(size);
    }
    if !image::holds(block) {
        // SAFETY: all others are malloc(3)'s.
        return granted(unsafe { libc::realloc(block.cast(), size.max(1)) }.cast());
    }
    // SAFETY: it was just asked. The new block is none of those that are in use.
    unsafe {
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

// SAFETY: each call is passed on to malloc(3) or to the image, which align for every type but those that ask for more.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > image::ALIGNMENT {
            // SAFETY: the caller's promise is the same.
            return granted(unsafe { System.alloc(layout) });
        }
        allocate(layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if layout.align() > image::ALIGNMENT {
            // SAFETY: as above.
            return granted(unsafe { System.realloc(block, layout, size) });
        }
        // SAFETY: as above.
        unsafe { resize(block, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: as above; the system's allocator takes its memory from malloc(3) too.
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
        match image::allocate(bytes) {
            Some(block) => {
                // SAFETY: it was just given out.
                unsafe { block.write_bytes(0, bytes) };
                block.as_ptr()
            }
            // SAFETY: calloc(3) takes any size; never 0, as above.
            None => granted(unsafe { libc::calloc(1, bytes.max(1)) }.cast()),
        }
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
        if image::holds(block) {
            // SAFETY: it was just asked.
            return unsafe { image::block_size(block) };
        }
        // SAFETY: as above; null has no bytes.
        unsafe { libc::malloc_usable_size(block.cast()) }
    }
}
