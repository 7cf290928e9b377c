//! Whether JSON.parse loses something of a text.

use alloc::vec::Vec;

use crate::strings::Utf8;

/// Maximum number of keys of one object that are compared with each other.
const MAX_KEYS: usize = 64;

/// An integer with this number of digits is below 2^53, up to which JavaScript's numbers are exact.
const MAX_DIGITS: usize = 15;

/// Whether JSON.parse, which has accepted the text, lost nothing of it: no object has a key twice, every number is an integer and
/// exact, and no string has an escape, which could hide a duplicate key.
///
/// Also false if that is hard to decide; the text is then read in another way.
pub fn is_plain(text: Utf8<'_>) -> bool {
    let bytes = text.as_bytes();
    // The keys of the open objects, one list each; an array has an empty one.
    let mut open: Vec<Vec<&[u8]>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => open.push(Vec::new()),
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                let Some(length) = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
                    return false;
                };
                let string = &bytes[at..at + length];
                if bytes[at + length] == b'\\' {
                    return false;
                }
                at += length + 1;
                let next = bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace());
                if next == Some(&b':') {
                    let Some(keys) = open.last_mut() else { return false };
                    if keys.len() == MAX_KEYS || keys.contains(&string) {
                        return false;
                    }
                    keys.push(string);
                }
            }
            b'-' | b'0'..=b'9' => {
                let rest = &bytes[at - 1..];
                let length = rest.iter().position(|byte| !is_part_of_number(*byte)).unwrap_or(rest.len());
                if !is_exact_integer(&rest[..length]) {
                    return false;
                }
                at += length - 1;
            }
            _ => {}
        }
    }
    true
}

fn is_part_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

fn is_exact_integer(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    // -0 is read as minus zero, not as the integer 0.
    number != b"-0" && !digits.is_empty() && digits.len() <= MAX_DIGITS && digits.iter().all(u8::is_ascii_digit)
}
