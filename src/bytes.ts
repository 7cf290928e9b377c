/**
 * Conversion between the kernel's byte strings and text for people.
 */

import type { ByteString } from "./host.ts";

/** Decodes UTF-8; an invalid byte becomes `\xNN`, so that the result stays recognisable. */
export function decodeBytes(bytes: ByteString): string {
  if (isPlain(bytes)) {
    return bytes;
  }
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      text += `\\x${bytes.charCodeAt(i).toString(16).padStart(2, "0")}`;
      i += 1;
      continue;
    }
    text += String.fromCodePoint(codePoint(bytes, i, length));
    i += length;
  }
  return text;
}

/** Whether the bytes are valid UTF-8. */
export function isUtf8(bytes: ByteString): boolean {
  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes, i);
    if (length === 0) {
      return false;
    }
    i += length;
  }
  return true;
}

/** Encodes text as UTF-8, one byte a unit. */
export function encodeBytes(text: string): ByteString {
  let bytes = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      bytes += character;
    } else {
      const continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      // 110, 1110 or 11110, then the uppermost bits.
      const lead = 0x100 - (0x80 >> continuations);
      bytes += String.fromCharCode(lead | (code >> (6 * continuations)));
      for (let i = continuations - 1; i >= 0; i -= 1) {
        bytes += String.fromCharCode(0x80 | ((code >> (6 * i)) & 0x3f));
      }
    }
  }
  return bytes;
}

/** Length of the UTF-8 sequence that begins at `start` (RFC 3629, section 4); 0 if none does. */
function sequenceLength(bytes: ByteString, start: number): number {
  const lead = bytes.charCodeAt(start);
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (start + length > bytes.length) {
    return 0;
  }
  for (let i = start + 1; i < start + length; i += 1) {
    if ((bytes.charCodeAt(i) & 0xc0) !== 0x80) {
      return 0;
    }
  }
  if (length >= 3) {
    const code = codePoint(bytes, start, length);
    const shortest = length === 3 ? 0x800 : 0x10000;
    if (code < shortest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      return 0;
    }
  }
  return length;
}

function codePoint(bytes: ByteString, start: number, length: number): number {
  let code = length === 1 ? bytes.charCodeAt(start) : bytes.charCodeAt(start) & (0x7f >> length);
  for (let i = start + 1; i < start + length; i += 1) {
    code = (code << 6) | (bytes.charCodeAt(i) & 0x3f);
  }
  return code;
}

/**
 * Escapes control characters, bidirectional controls and characters that are not seen: names come from the task, and must not
 * forge a log line, control a terminal or look like other names. No regular expression, since the launch path has none.
 */
export function printable(text: string): string {
  if (isPlain(text)) {
    return text;
  }
  let shown = "";
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    shown += isHidden(unit) ? `\\u${unit.toString(16).padStart(4, "0")}` : text.charAt(i);
  }
  return shown;
}

/** Control characters, those of bidirectional text, ends of lines, and characters without width: Unicode's Cc, Zl, Zp and Cf. */
function isHidden(unit: number): boolean {
  return (
    unit < 0x20 ||
    (unit >= 0x7f && unit < 0xa0) ||
    unit === 0x00ad ||
    unit === 0x061c ||
    unit === 0x180e ||
    (unit >= 0x200b && unit <= 0x200f) ||
    (unit >= 0x2028 && unit <= 0x202e) ||
    (unit >= 0x2060 && unit <= 0x206f) ||
    unit === 0xfeff ||
    (unit >= 0xfff9 && unit <= 0xfffb)
  );
}

/** Whether all is printable ASCII, which needs neither decoding nor escapes; every launch prints a path or two. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit >= 0x7f) {
      return false;
    }
  }
  return true;
}
