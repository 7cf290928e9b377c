/**
 * Byte strings to text and back, against Node's own decoder.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeBytes, encodeBytes, isUtf8, printable } from "./bytes.ts";

const RUNS = { numRuns: 500, seed: 1 };

function bytes(...values: readonly number[]): string {
  return String.fromCharCode(...values);
}

/** Text of whole characters: no lone surrogates. */
const text = fc.string({ unit: "binary" });

test("text is encoded as Node encodes it", () => {
  fc.assert(
    fc.property(text, (value) => {
      assert.is(encodeBytes(value), Buffer.from(value, "utf8").toString("latin1"));
    }),
    RUNS,
  );
});

test("decoding inverts encoding", () => {
  fc.assert(
    fc.property(text, (value) => {
      assert.is(decodeBytes(encodeBytes(value)), value);
      assert.ok(isUtf8(encodeBytes(value)));
    }),
    RUNS,
  );
});

test("the first and the last character of each length, on both sides of the surrogates", () => {
  for (const code of [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]) {
    const character = String.fromCodePoint(code);
    assert.is(encodeBytes(character), Buffer.from(character, "utf8").toString("latin1"), code.toString(16));
    assert.is(decodeBytes(encodeBytes(character)), character, code.toString(16));
  }
});

/** Random bytes in which long sequences, whole and broken ones, are frequent. */
const anyBytes = fc.array(
  fc.oneof(
    fc.nat(255),
    fc.constantFrom(0x7f, 0x80, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff),
    fc.integer({ min: 0x80, max: 0xbf }),
  ),
  { maxLength: 12 },
);

/** Decodes with the library's strict decoder, the longest sequence first, one byte at a time if none is valid. */
function reference(values: readonly number[]): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let shown = "";
  for (let i = 0; i < values.length; ) {
    let length = 4;
    for (; length > 0; length -= 1) {
      try {
        const character = decoder.decode(Uint8Array.from(values.slice(i, i + length)));
        if ([...character].length === 1 && i + length <= values.length) {
          shown += character;
          break;
        }
      } catch {
        // Not a whole character.
      }
    }
    if (length === 0) {
      shown += `\\x${(values[i] ?? 0).toString(16).padStart(2, "0")}`;
    }
    i += Math.max(length, 1);
  }
  return shown;
}

test("any bytes are shown: characters as they are, all else as \\xNN", () => {
  fc.assert(
    fc.property(anyBytes, (values) => {
      assert.is(decodeBytes(bytes(...values)), reference(values));
    }),
    { ...RUNS, numRuns: 3000 },
  );
});

const BROKEN: Readonly<Record<string, readonly [string, string]>> = {
  "a continuation without a beginning": [bytes(0x61, 0x80, 0x62), "a\\x80b"],
  "a sequence that the end cuts off": [bytes(0x61, 0xe2, 0x82), "a\\xe2\\x82"],
  "a sequence that another character cuts off": [bytes(0xe2, 0x82, 0x41), "\\xe2\\x82A"],
  "an overlong slash in two bytes": [bytes(0xc0, 0xaf), "\\xc0\\xaf"],
  "an overlong slash in three bytes": [bytes(0xe0, 0x80, 0xaf), "\\xe0\\x80\\xaf"],
  "an overlong slash in four bytes": [bytes(0xf0, 0x80, 0x80, 0xaf), "\\xf0\\x80\\x80\\xaf"],
  "an overlong NUL": [bytes(0xc0, 0x80), "\\xc0\\x80"],
  "the largest overlong of each length": [
    bytes(0xc1, 0xbf, 0xe0, 0x9f, 0xbf, 0xf0, 0x8f, 0xbf, 0xbf),
    "\\xc1\\xbf\\xe0\\x9f\\xbf\\xf0\\x8f\\xbf\\xbf",
  ],
  "a surrogate": [bytes(0xed, 0xa0, 0x80), "\\xed\\xa0\\x80"],
  "the last surrogate": [bytes(0xed, 0xbf, 0xbf), "\\xed\\xbf\\xbf"],
  "one above the last character": [bytes(0xf4, 0x90, 0x80, 0x80), "\\xf4\\x90\\x80\\x80"],
  "bytes that UTF-8 never has": [bytes(0xf5, 0xfe, 0xff), "\\xf5\\xfe\\xff"],
};
for (const [what, [broken, shown]] of Object.entries(BROKEN)) {
  test(`${what} is shown byte by byte, and is not UTF-8`, () => {
    assert.is(decodeBytes(broken), shown);
    assert.not(isUtf8(broken));
    assert.not(isUtf8(`ok ${broken}`));
  });
}

test("a byte order mark and NUL are characters like all others", () => {
  assert.is(decodeBytes(bytes(0xef, 0xbb, 0xbf, 0)), "\ufeff\0");
});

test("what is not seen is shown escaped, and what is seen as it is", () => {
  for (const hidden of "\0\t\n\x1b\x7f\x9f\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u202e\u2060\u2064\u2066\u2069\u206f\ufeff\ufff9") {
    assert.match(printable(`a${hidden}b`), /^a\\u[0-9a-f]{4}b$/, JSON.stringify(hidden));
  }
  for (const seen of ["p.json", "Gr\xfc\xdfe", "\u2010\u2027\u202f\u205f\u2070", "\u{1f512}"]) {
    assert.is(printable(seen), seen);
  }
});

test.run();
