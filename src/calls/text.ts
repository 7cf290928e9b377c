/**
 * Shows strings and buffers of a task: quoted, shortened, and free of everything that could control a terminal or forge a line.
 */

import { decodeBytes, printable } from "../bytes.ts";
import type { ByteString } from "../host.ts";
import type { Reader } from "./memory.ts";

/** How many bytes of a path or another name are shown. */
export const LONGEST_NAME = 256;
/** How many bytes of a buffer, or of an argument of a program, are shown. */
export const LONGEST_BUFFER = 32;

/**
 * Bytes in quotes, with the escapes of C: `\n`, `\t`, `\r`, `\"`, `\\`; other control characters and bytes that are not
 * UTF-8 as `\xNN`, further characters that control how text is shown as `\uNNNN`.
 *
 * @param whole false if more follow, which three dots after the quotes say
 */
export function quoted(bytes: ByteString, whole = true): string {
  const shown = whole ? bytes : bytes.slice(0, bytes.length - brokenTail(bytes));
  let escaped = "";
  for (let i = 0; i < shown.length; i += 1) {
    escaped += escapeByte(shown.charAt(i));
  }
  return `"${printable(decodeBytes(escaped))}"${whole ? "" : "..."}`;
}

const SHORT: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

function escapeByte(byte: string): string {
  const code = byte.charCodeAt(0);
  return SHORT[byte] ?? (code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, "0")}` : byte);
}

/** How many bytes at the end begin a UTF-8 sequence that the cut ended too early. */
function brokenTail(bytes: ByteString): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const code = bytes.charCodeAt(bytes.length - back);
    if (code >= 0xc0) {
      const length = code < 0xe0 ? 2 : code < 0xf0 ? 3 : 4;
      return length > back ? back : 0;
    }
    if (code < 0x80) {
      return 0;
    }
  }
  return 0;
}

/** The string with a NUL at its end at an address; undefined if it cannot be read. */
export function stringAt(reader: Reader, address: bigint, longest: number): string | undefined {
  const bytes = reader.upTo(address, longest + 1, true);
  if (bytes === undefined) {
    return undefined;
  }
  const end = bytes.indexOf("\0");
  return end >= 0 ? quoted(bytes.slice(0, end)) : quoted(bytes.slice(0, longest), false);
}

/** A buffer of `length` bytes at an address; undefined if it cannot be read. */
export function bufferAt(reader: Reader, address: bigint, length: bigint): string | undefined {
  if (length === 0n) {
    return '""';
  }
  const count = length > BigInt(LONGEST_BUFFER) ? LONGEST_BUFFER : Number(length);
  const bytes = reader.upTo(address, count);
  return bytes === undefined ? undefined : quoted(bytes, BigInt(bytes.length) === length);
}
