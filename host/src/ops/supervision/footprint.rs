//! Gives back the pages of the executable that a supervisor no longer uses.
//!
//! Starting the program maps most of the executable, and a supervisor lives as long as its command, of which there may be thousands on a
//! machine. The pages are those of the file: whatever is needed again is mapped again.

use core::ffi::{c_int, c_void};
use core::ptr;

/// Unmaps the pages of all parts of the executable that nothing can write to.
pub fn drop_clean_pages() {
    // SAFETY: the callback has the type that the function calls.
    unsafe { libc::dl_iterate_phdr(Some(drop_of), ptr::null_mut()) };
}

/// Drops those of one object: the executable, or the vDSO, whose pages stay.
unsafe extern "C" fn drop_of(info: *mut libc::dl_phdr_info, _: usize, _: *mut c_void) -> c_int {
    // SAFETY: the C library passes a valid object with this many program headers.
    let (base, headers) = unsafe {
        let info = &*info;
        (info.dlpi_addr as usize, core::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)))
    };
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            let start = base + header.p_vaddr as usize;
            // SAFETY: nothing can write to these pages, so they are still those of the file.
            unsafe { libc::madvise(start as *mut c_void, header.p_memsz as usize, libc::MADV_DONTNEED) };
        }
    }
    0
}
