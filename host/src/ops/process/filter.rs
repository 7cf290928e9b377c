//! Converts a filter of the program, hexadecimal digits or numbers, to the kernel's instructions.

use alloc::vec::Vec;

use rquickjs::{Array, Ctx, Exception, FromJs, Result, Value};

use crate::strings::Utf8;

/// A filter in either form, or none.
pub fn read_filter<'js>(ctx: &Ctx<'js>, filter: Value<'js>) -> Result<Option<Vec<libc::sock_filter>>> {
    if filter.is_null() {
        Ok(None)
    } else if filter.is_string() {
        read_digits(ctx, &Utf8::from_js(ctx, filter)?).map(Some)
    } else {
        read_numbers(ctx, &Array::from_js(ctx, filter)?).map(Some)
    }
}

/// A bit that is set in no digit's value.
const NO_DIGIT: u8 = 0x10;
/// The value of each byte as a hexadecimal digit, or [`NO_DIGIT`]. A prepared filter has thousands of digits, and a table takes a
/// quarter of the time of `char::to_digit`.
static DIGIT_VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[b"0123456789abcdef"[value as usize] as usize] = value;
        values[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    values
};

/// Sixteen hexadecimal digits per instruction: four of code, two of jt, two of jf, eight of k.
fn read_digits(ctx: &Ctx, digits: &Utf8) -> Result<Vec<libc::sock_filter>> {
    let instruction = |digits: &[u8]| {
        let mut number: u64 = 0;
        let mut wrong = 0;
        for digit in digits {
            let value = DIGIT_VALUES[usize::from(*digit)];
            wrong |= value & NO_DIGIT;
            number = number << 4 | u64::from(value);
        }
        if wrong != 0 {
            return None;
        }
        let [code_high, code_low, jt, jf, k @ ..] = number.to_be_bytes();
        Some(libc::sock_filter { code: u16::from_be_bytes([code_high, code_low]), jt, jf, k: u32::from_be_bytes(k) })
    };
    let instructions = digits.as_bytes().chunks_exact(16);
    let whole = instructions.remainder().is_empty();
    let read: Option<Vec<_>> = instructions.map(instruction).collect();
    match read {
        Some(filter) if whole && filter.len() <= usize::from(u16::MAX) => Ok(filter),
        _ => Err(Exception::throw_range(ctx, "filter: not the digits of instructions")),
    }
}

/// Four numbers per instruction: code, jt, jf, k.
fn read_numbers(ctx: &Ctx, numbers: &Array) -> Result<Vec<libc::sock_filter>> {
    let malformed = || Exception::throw_range(ctx, "filter: not a list of instructions");
    let count = numbers.len() / 4;
    if numbers.len() % 4 != 0 || count > usize::from(u16::MAX) {
        return Err(malformed());
    }
    let number = |index| whole(ctx, &numbers.get(index)?);
    let mut filter = Vec::with_capacity(count);
    for index in (0..numbers.len()).step_by(4) {
        filter.push(libc::sock_filter {
            code: number(index)?.try_into().map_err(|_| malformed())?,
            jt: number(index + 1)?.try_into().map_err(|_| malformed())?,
            jf: number(index + 2)?.try_into().map_err(|_| malformed())?,
            k: number(index + 3)?,
        });
    }
    Ok(filter)
}

/// A whole number from 0 to 2^32-1; the usual conversions would round other numbers.
pub fn whole(ctx: &Ctx, value: &Value) -> Result<u32> {
    if let Some(number) = value.as_int().and_then(|number| u32::try_from(number).ok()) {
        return Ok(number);
    }
    match value.as_float() {
        Some(number) if number == f64::from(number as u32) => Ok(number as u32),
        _ => Err(Exception::throw_range(ctx, "not a whole number of 32 bits")),
    }
}
