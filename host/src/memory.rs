//! The program's memory: the C library's allocator, for the engine and for Rust alike.
//!
//! When memory runs out, for example under a low RLIMIT_AS or RLIMIT_DATA, the program ends with a message and
//! status 125. It is decided here alone: neither the engine nor an operation ever sees a failed allocation, and the
//! engine's start, which does not check for one, need not.
//!
//! An allocator of our own was measured too: the engine carves small values out of 4 KiB arenas itself, so what is
//! left for the allocator is less than 1% of a launch. One that never frees is slower by 8%, because a page that
//! is touched for the first time costs more than all that freeing.

use std::alloc::{GlobalAlloc, Layout, System};

use rquickjs::allocator::Allocator;

use crate::start::fail;

/// The allocator; it has no state of its own.
pub struct Memory;

fn granted(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        fail(b"out of memory");
    }
    block
}

// SAFETY: each call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is the same.
        granted(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        granted(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        granted(unsafe { System.realloc(block, layout, size) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

// SAFETY: malloc(3) aligns for every type, and malloc_usable_size(3) tells what may be used of a block.
unsafe impl Allocator for Memory {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: malloc(3) takes any size; never 0, for which it may return null without a failure.
        granted(unsafe { libc::malloc(size.max(1)) }.cast())
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        // SAFETY: as above; calloc(3) itself sees to the product.
        granted(unsafe { libc::calloc(count.max(1), size.max(1)) }.cast())
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the engine gives back only what it got here.
        unsafe { libc::free(block.cast()) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: as above.
        granted(unsafe { libc::realloc(block.cast(), size.max(1)) }.cast())
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: as above.
        unsafe { libc::malloc_usable_size(block.cast()) }
    }
}
