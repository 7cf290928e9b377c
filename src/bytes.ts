/**
 * Between byte strings, in which the kernel speaks, and text, in which people do.
 */

import type { ByteString } from "./host.ts";

/** Decodes UTF-8; a byte that is not part of it becomes `\xNN`, so that what is shown stays recognisable. */
export function decodeBytes(bytes: ByteString): string {
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

/** Encodes text as UTF-8, one byte a unit. */
export function encodeBytes(text: string): ByteString {
  let bytes = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      bytes += character;
    } else {
      const continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      const lead = (0xf00 >> continuations) & 0xff;
      bytes += String.fromCharCode(lead | (code >> (6 * continuations)));
      for (let i = continuations - 1; i >= 0; i -= 1) {
        bytes += String.fromCharCode(0x80 | ((code >> (6 * i)) & 0x3f));
      }
    }
  }
  return bytes;
}

/** The length of the UTF-8 sequence that begins there (RFC 3629, section 4), 0 where none does. */
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
