//! Duplicate keys of JSON objects, whichever way they are written.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Up to this number the keys of an object are compared one by one.
const FEW_KEYS: usize = 16;

/// Lists the keys that occurred before in their object.
pub fn find_again(keys: &[(u32, &[u8])], into: &mut Vec<u32>) {
    if keys.len() <= FEW_KEYS && !keys.iter().any(|(_, key)| key.contains(&b'\\')) {
        for (i, (node, key)) in keys.iter().enumerate() {
            if keys[..i].iter().any(|(_, other)| other == key) {
                into.push(*node);
            }
        }
        return;
    }
    let mut known = BTreeSet::new();
    into.extend(keys.iter().filter(|(_, key)| !known.insert(unescaped(key))).map(|(node, _)| *node));
}

/// A string without escapes, in UTF-8, except that each surrogate is three bytes, paired or not.
fn unescaped(string: &[u8]) -> Cow<'_, [u8]> {
    if !string.contains(&b'\\') {
        return Cow::Borrowed(string);
    }
    let mut plain: Vec<u8> = Vec::with_capacity(string.len());
    let mut rest = string;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'b' => plain.push(8),
            b'f' => plain.push(12),
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b't' => plain.push(b'\t'),
            b'u' => {
                let length = rest.len().min(4);
                let digits = rest[..length].iter().filter_map(|digit| char::from(*digit).to_digit(16));
                rest = &rest[length..];
                push_unit(&mut plain, digits.fold(0, |unit, digit| unit * 16 + digit));
            }
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// Adds a UTF-16 unit. The second half of a pair completes one character, as in a string without escapes.
fn push_unit(plain: &mut Vec<u8>, unit: u32) {
    let character = if (0xdc00..0xe000).contains(&unit) {
        let first = plain.len().checked_sub(3).and_then(|at| match plain[at..] {
            [0xed, second, third] if (0xa0..0xb0).contains(&second) => {
                Some(u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f) | 0xd000)
            }
            _ => None,
        });
        match first {
            Some(first) => {
                plain.truncate(plain.len() - 3);
                0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00)
            }
            None => unit,
        }
    } else {
        unit
    };
    let six = |shift: u32| 0x80 | (character >> shift & 0x3f) as u8;
    match character {
        0..0x80 => plain.push(character as u8),
        0x80..0x800 => plain.extend([0xc0 | (character >> 6) as u8, six(0)]),
        0x800..0x10000 => plain.extend([0xe0 | (character >> 12) as u8, six(6), six(0)]),
        _ => plain.extend([0xf0 | (character >> 18) as u8, six(12), six(6), six(0)]),
    }
}
