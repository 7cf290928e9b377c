//! SHA-256 digests, by which people compare files, and the checksum that detects an incomplete file.

use alloc::format;
use alloc::string::String;

use sha2::{Digest, Sha256};

use crate::strings::Utf8;

/// SHA-256 of the text in UTF-8, in hexadecimal digits.
pub fn sha256(text: Utf8<'_>) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returned as a double, since QuickJS's integers are signed.
pub fn adler32(text: Utf8<'_>) -> f64 {
    adler2::adler32_slice(text.as_bytes()).into()
}
