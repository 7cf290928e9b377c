//! The program's memory: one allocator for the engine and for Rust, with free lists over mapped chunks.
//!
//! A launch allocates less than a megabyte and is then replaced by the command, so what counts is how many pages
//! are touched for the first time: each costs about a microsecond, more than a thousand allocations. Blocks
//! are therefore carved one after the other from a chunk, and a freed block is the first to be given out again.
//! The toolkit runs longer on larger inputs, so large blocks are mappings of their own and go back to the kernel.
//!
//! When memory runs out the program ends with a message and status 125. It is the only place that decides
//! this: neither the engine nor the operations ever see a failed allocation.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::mem::size_of;
use std::ptr;

use rquickjs::allocator::Allocator;

use crate::start::fail;

/// Every block starts at a multiple of this many bytes.
const ALIGN: usize = 16;
/// Bytes before a block that hold its capacity.
const HEADER: usize = ALIGN;
/// Up to this many bytes, capacities are multiples of [`ALIGN`]; above, four sizes lie between powers of two.
const FINE: usize = 1024;
/// Bytes; a larger block is a mapping of its own.
const LARGEST_CLASS: usize = 256 * 1024;
/// How many different capacities there are: 64 fine ones, and four for each of the eight doublings above.
const CLASSES: usize = FINE / ALIGN + 4 * (LARGEST_CLASS / FINE).ilog2() as usize;
/// Bytes of the first chunk that is mapped. Mapping costs nothing before a page is touched, but counts for RLIMIT_AS.
const FIRST_CHUNK: usize = 1 << 20;
/// Each chunk is twice as large as the one before, up to this many bytes.
const LAST_CHUNK: usize = 64 << 20;
/// Bytes; page sizes larger than this only cost some unused room at a mapping's end.
const PAGE: usize = 4096;

const _: () = assert!(size_of::<usize>() <= HEADER && size_of::<*mut u8>() <= ALIGN);

/// The allocator. It is not locked: the program never starts a thread.
pub struct Heap(UnsafeCell<State>);

struct State {
    /// Where the next block's header goes.
    next: *mut u8,
    /// The end of the current chunk.
    end: *mut u8,
    /// Up to here the chunk has been used before; above, the kernel's zeros are still there.
    used: *mut u8,
    /// Bytes to map for the next chunk.
    chunk: usize,
    /// Per class the block that was freed last; it starts with a pointer to the one freed before it.
    free: [*mut u8; CLASSES],
}

// SAFETY: a `static` has to be `Sync`. The program that makes this its global allocator has only one thread
// (`start::run` never starts another, nor does anything that it calls).
unsafe impl Sync for Heap {}

impl Heap {
    /// A heap that has mapped nothing yet.
    pub const fn new() -> Self {
        Heap(UnsafeCell::new(State {
            next: ptr::null_mut(),
            end: ptr::null_mut(),
            used: ptr::null_mut(),
            chunk: FIRST_CHUNK,
            free: [ptr::null_mut(); CLASSES],
        }))
    }

    /// A block of at least `size` bytes, at a multiple of 16; ends the program when there is no memory.
    pub fn alloc(&self, size: usize) -> *mut u8 {
        // SAFETY: one thread, and no reference to the state outlives a call of one of these four functions.
        let state = unsafe { &mut *self.0.get() };
        state.alloc(size).0
    }

    /// As [`Heap::alloc`], with the first `size` bytes zero.
    pub fn alloc_zeroed(&self, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let state = unsafe { &mut *self.0.get() };
        let (block, dirty) = state.alloc(size);
        // SAFETY: the block has at least `size` bytes.
        unsafe { block.write_bytes(0, size.min(dirty)) };
        block
    }

    /// Changes a block's size, moving it where necessary.
    ///
    /// # Safety
    /// The block is one of this heap's, and is not used any more after this call.
    pub unsafe fn realloc(&self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let state = unsafe { &mut *self.0.get() };
        // SAFETY: passed on to the caller.
        unsafe { state.realloc(block, size) }
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// The block is one of this heap's, and is not used any more.
    pub unsafe fn free(&self, block: *mut u8) {
        // SAFETY: as in `alloc`.
        let state = unsafe { &mut *self.0.get() };
        // SAFETY: passed on to the caller.
        unsafe { state.free(block) };
    }

    /// How many bytes a block has room for; at least what was asked for.
    ///
    /// # Safety
    /// The block is in use, and is one of this or of any other heap's.
    pub unsafe fn capacity(block: *mut u8) -> usize {
        // SAFETY: each block has its capacity before it, which `set_capacity` wrote.
        unsafe { block.sub(HEADER).cast::<usize>().read() }
    }
}

impl Default for Heap {
    fn default() -> Self {
        Heap::new()
    }
}

impl State {
    /// A block, and how many of its first bytes may be something else than zero.
    fn alloc(&mut self, size: usize) -> (*mut u8, usize) {
        if size > LARGEST_CLASS {
            return (map_large(size), 0);
        }
        let (class, capacity) = class_of(size);
        let freed = self.free[class];
        if !freed.is_null() {
            // SAFETY: `free` wrote this pointer when it put the block on the list.
            self.free[class] = unsafe { freed.cast::<*mut u8>().read() };
            return (freed, capacity);
        }
        if self.room() < HEADER + capacity {
            self.map_chunk(HEADER + capacity);
        }
        // SAFETY: there is room for the header and for the block between `next` and `end`.
        unsafe {
            let block = self.next.add(HEADER);
            set_capacity(block, capacity);
            self.next = block.add(capacity);
            let dirty = (self.used as usize).saturating_sub(block as usize);
            self.used = self.used.max(self.next);
            (block, dirty)
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        let old = unsafe { Heap::capacity(block) };
        if old > LARGEST_CLASS && size > LARGEST_CLASS {
            // SAFETY: both sizes are those of a mapping, so this block is one.
            return unsafe { remap_large(block, old, size) };
        }
        if old <= LARGEST_CLASS && size <= LARGEST_CLASS {
            let (_, new) = class_of(size);
            if new == old {
                return block;
            }
            // SAFETY: a block that is not a mapping lies within a chunk together with all its bytes.
            let last = unsafe { block.add(old) } == self.next;
            if last && new <= old + self.room() {
                // SAFETY: the block's new end is not beyond the chunk's.
                unsafe {
                    set_capacity(block, new);
                    self.next = block.add(new);
                }
                self.used = self.used.max(self.next);
                return block;
            }
            if new < old && new >= old / 2 {
                return block;
            }
        }
        let (moved, _) = self.alloc(size);
        // SAFETY: two blocks in use never overlap; the smaller of both sizes is copied.
        unsafe {
            moved.copy_from_nonoverlapping(block, old.min(size));
            self.free(block);
        }
        moved
    }

    unsafe fn free(&mut self, block: *mut u8) {
        // SAFETY: the caller's promise.
        let capacity = unsafe { Heap::capacity(block) };
        if capacity > LARGEST_CLASS {
            // SAFETY: this large, it is a mapping that starts with the header.
            unsafe { libc::munmap(block.sub(HEADER).cast(), HEADER + capacity) };
            return;
        }
        // SAFETY: all of this lies within the block and its header.
        unsafe {
            if block.add(capacity) == self.next {
                self.next = block.sub(HEADER);
                return;
            }
            let (class, _) = class_of(capacity);
            block.cast::<*mut u8>().write(self.free[class]);
            self.free[class] = block;
        }
    }

    fn room(&self) -> usize {
        self.end as usize - self.next as usize
    }

    /// Starts a new chunk with room for at least `need` bytes. What was left of the one before stays unused.
    fn map_chunk(&mut self, need: usize) {
        let size = self.chunk.max(need.next_multiple_of(PAGE));
        let (start, size) = match map(size) {
            Some(start) => (start, size),
            // Under a low RLIMIT_AS or RLIMIT_DATA there may still be room for what is needed now.
            None => {
                let size = need.next_multiple_of(PAGE);
                (map(size).unwrap_or_else(|| out_of_memory()), size)
            }
        };
        self.chunk = (self.chunk * 2).min(LAST_CHUNK);
        self.next = start;
        self.used = start;
        // SAFETY: the mapping has this size.
        self.end = unsafe { start.add(size) };
    }
}

/// The class for blocks of `size` bytes, which is at most [`LARGEST_CLASS`], and the capacity that its blocks have.
fn class_of(size: usize) -> (usize, usize) {
    if size <= FINE {
        let units = size.div_ceil(ALIGN).max(1);
        return (units - 1, units * ALIGN);
    }
    // 2^power < size <= 2^(power + 1), in four steps.
    let power = (size - 1).ilog2() as usize;
    let step = 1 << (power - 2);
    let steps = (size - (1 << power)).div_ceil(step);
    let doublings = power - FINE.ilog2() as usize;
    (FINE / ALIGN + 4 * doublings + steps - 1, (1 << power) + steps * step)
}

/// # Safety
/// The 16 bytes before the block belong to it.
unsafe fn set_capacity(block: *mut u8, capacity: usize) {
    // SAFETY: the caller's promise; blocks and thus headers are aligned to 16.
    unsafe { block.sub(HEADER).cast::<usize>().write(capacity) };
}

fn map(size: usize) -> Option<*mut u8> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new anonymous mapping touches no memory that is in use.
    let start = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
    (start != libc::MAP_FAILED).then_some(start.cast())
}

/// The size of the mapping for a large block; ends the program where no address space could ever hold it.
fn large_mapping(size: usize) -> usize {
    size.checked_add(HEADER).and_then(|size| size.checked_next_multiple_of(PAGE)).unwrap_or_else(|| out_of_memory())
}

fn map_large(size: usize) -> *mut u8 {
    let mapping = large_mapping(size);
    let start = map(mapping).unwrap_or_else(|| out_of_memory());
    // SAFETY: the mapping starts with the header.
    unsafe {
        let block = start.add(HEADER);
        set_capacity(block, mapping - HEADER);
        block
    }
}

/// # Safety
/// The block is a mapping with this capacity.
unsafe fn remap_large(block: *mut u8, old: usize, size: usize) -> *mut u8 {
    let mapping = large_mapping(size);
    // SAFETY: the caller's promise; the kernel moves the content along.
    unsafe {
        let start = libc::mremap(block.sub(HEADER).cast(), HEADER + old, mapping, libc::MREMAP_MAYMOVE);
        if start == libc::MAP_FAILED {
            out_of_memory();
        }
        let block = start.cast::<u8>().add(HEADER);
        set_capacity(block, mapping - HEADER);
        block
    }
}

fn out_of_memory() -> ! {
    fail(b"out of memory")
}

// SAFETY: blocks are aligned to 16, do not overlap, and keep their content until they are freed (tests/heap.rs).
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGN {
            return ptr::null_mut();
        }
        Heap::alloc(self, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() > ALIGN {
            return ptr::null_mut();
        }
        Heap::alloc_zeroed(self, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, _layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller of `GlobalAlloc::realloc` promises the same.
        unsafe { Heap::realloc(self, block, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, _layout: Layout) {
        // SAFETY: the caller of `GlobalAlloc::dealloc` promises the same.
        unsafe { Heap::free(self, block) }
    }
}

/// A [`Heap`] as the engine wants it.
pub struct EngineHeap(pub &'static Heap);

// SAFETY: as for `GlobalAlloc`; `usable_size` is the capacity that the heap keeps for each block.
unsafe impl Allocator for EngineHeap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        self.0.alloc(size)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let size = count.checked_mul(size).unwrap_or_else(|| out_of_memory());
        self.0.alloc_zeroed(size)
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the engine frees only what it got here.
        unsafe { self.0.free(block) }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        if block.is_null() {
            return self.0.alloc(size);
        }
        // SAFETY: the engine passes only what it got here.
        unsafe { self.0.realloc(block, size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: the engine passes only what it got here.
        unsafe { Heap::capacity(block) }
    }
}
