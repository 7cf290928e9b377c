//! Strings passed between JavaScript and the kernel: byte strings, and text as UTF-8.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::{slice, str};

use rquickjs::{CString, Ctx, Exception, FromJs, IntoJs, Result, String as JsString, Value, qjs};

/// `ByteString` of `src/host.ts`: each UTF-16 unit of the JavaScript string is one byte.
pub struct ByteString(pub Vec<u8>);

impl<'js> FromJs<'js> for ByteString {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        let text = Utf8::from_js(ctx, value)?;
        let bytes = text.as_bytes();
        if bytes.is_ascii() {
            return Ok(ByteString(bytes.to_vec()));
        }
        let unit = |character: char| u8::try_from(u32::from(character)).ok();
        let converted = text.to_string_lossy().chars().map(unit).collect::<Option<Vec<u8>>>();
        converted.map(ByteString).ok_or_else(|| Exception::throw_type(ctx, "a byte string has units up to 255 only"))
    }
}

impl<'js> IntoJs<'js> for ByteString {
    fn into_js(self, ctx: &Ctx<'js>) -> Result<Value<'js>> {
        let text = match str::from_utf8(&self.0) {
            Ok(text) if text.is_ascii() => Cow::Borrowed(text),
            _ => Cow::Owned(self.0.iter().map(|byte| char::from(*byte)).collect::<String>()),
        };
        JsString::from_str(ctx.clone(), &text).map(JsString::into_value)
    }
}

/// A JavaScript string as QuickJS encodes it: UTF-8, except that each unpaired surrogate is three bytes, as if it were a
/// character.
pub struct Utf8<'js>(CString<'js>);

impl<'js> Utf8<'js> {
    /// The encoded string. Two are equal if and only if the JavaScript strings are.
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: QuickJS keeps this many bytes at this address for as long as `self.0` lives, which the result borrows.
        unsafe { slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len()) }
    }

    /// The string with U+FFFD instead of each unpaired surrogate.
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        let mut rest = self.as_bytes();
        let mut replaced = String::new();
        loop {
            match str::from_utf8(rest) {
                Ok(text) if replaced.is_empty() => return Cow::Borrowed(text),
                Ok(text) => return Cow::Owned(replaced + text),
                Err(error) => {
                    let (valid, invalid) = rest.split_at(error.valid_up_to());
                    replaced.push_str(&String::from_utf8_lossy(valid));
                    replaced.push(char::REPLACEMENT_CHARACTER);
                    rest = invalid.get(SURROGATE_BYTES..).unwrap_or(&[]);
                }
            }
        }
    }

    /// Any value as JavaScript's `String(value)` shows it; none if that throws.
    pub fn of_any(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<Self> {
        // SAFETY: the context and the value are borrowed, so they are alive, and we own the returned reference.
        let string = unsafe {
            let string = qjs::JS_ToString(ctx.as_raw().as_ptr(), value.as_raw());
            Value::from_raw(ctx.clone(), string)
        };
        if string.is_exception() {
            ctx.catch();
            return None;
        }
        Utf8::from_js(ctx, string).ok()
    }
}

/// The number of bytes that QuickJS writes for an unpaired surrogate.
const SURROGATE_BYTES: usize = 3;

impl<'js> FromJs<'js> for Utf8<'js> {
    fn from_js(ctx: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        CString::from_js(ctx, value).map(Utf8)
    }
}
