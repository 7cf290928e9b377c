/**
 * Exact JSON: values against JSON.parse, integers against BigInt, and the position of every mistake.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Diagnostic, MAX_DIAGNOSTICS } from "../diagnostic.ts";
import { type JsonDocument, readJson, readJsonTolerantly } from "./json.ts";
import { parseByLibrary } from "./library-parser.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";

function documentOf(text: string): JsonDocument {
  const reading = readJson(text, parseByLibrary);
  if (reading.kind === "mistakes") {
    throw new Error(`${JSON.stringify(text.slice(0, 80))}: ${JSON.stringify(reading.mistakes)}`);
  }
  return reading.document;
}

function mistakes(text: string): readonly Diagnostic[] {
  const reading = readJson(text, parseByLibrary);
  if (reading.kind === "document") {
    throw new Error(`${JSON.stringify(text.slice(0, 80))} was read`);
  }
  const diagnostics = reading.mistakes;
  assert.ok(diagnostics.length > 0);
  for (const { severity, message, position } of diagnostics) {
    assert.is(severity, "error");
    assert.not.match(message, /\.$/);
    assert.ok(position !== undefined, message);
  }
  return diagnostics;
}

/** The first mistake as `CODE LINE:COLUMN`. */
function first(text: string): string {
  const [{ code, position } = { code: "none", position: undefined }] = mistakes(text);
  return `${code} ${position?.line}:${position?.column}`;
}

function accepts(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON values whose numbers are integers. */
const integers = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 2 ** 53, -(2 ** 53), 2 ** 63, 2 ** 64),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    integers,
    fc.string({ unit: "binary" }),
    fc.constantFrom(true, false, null, "__proto__", "constructor", "\ud800", "\u2028", "a/b~c", ""),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom("__proto__", "toString", "a/b", "~1", "\ud800", "")),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
})).value;

test("documents are read as JSON.parse reads them", () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, "\t", "\r\n"), (value, indent) => {
      const text =
        indent === "\r\n"
          ? JSON.stringify(value, null, 2).replaceAll("\n", "\r\n")
          : JSON.stringify(value, null, indent);
      assert.equal(documentOf(text).value, JSON.parse(text));
    }),
    { numRuns: 500, seed: 1 },
  );
});

test("a damaged text is refused exactly where JSON.parse refuses it", () => {
  const damage = fc.constantFrom(
    ..."{}[],:\"\\'/0123456789-+.eEntfu \t\n\r\0\x0b\x0c\x7f\u00a0\u2028\ufeff#a",
    "//",
    "/*",
    "*/",
    "\\u12",
    "NaN",
    "01",
    "true",
  );
  fc.assert(
    fc.property(json, fc.nat(), damage, fc.nat(2), (value, place, wrong, cut) => {
      const whole = JSON.stringify(value);
      const at = place % (whole.length + 1);
      const text = whole.slice(0, at) + wrong + whole.slice(at + cut);
      const result = readJson(text, parseByLibrary);
      const codes = result.kind === "mistakes" ? result.mistakes.map(({ code }) => code) : [];
      const isJson = codes.every((code) => code === "json-duplicate-key");
      assert.is(isJson, accepts(text), `${JSON.stringify(text)}: ${codes}`);
    }),
    { numRuns: 4000, seed: 2 },
  );
});

const MISTAKES: Readonly<Record<string, readonly [string, string]>> = {
  "an empty text": ["", "json-empty 1:1"],
  "nothing but spaces": [" \t\r\n ", "json-empty 1:1"],
  "a byte order mark": ["\ufeff{}", "json-byte-order-mark 1:1"],
  "a line comment": ['{\n  // why\n  "a": 1}', "json-comment 2:3"],
  "a block comment": ['{"a": /* b */ 1}', "json-comment 1:7"],
  "an open comment": ["{} /*", "json-comment 1:4"],
  "a comma before a brace": ['{"a": 1,\n}', "json-trailing-comma 1:8"],
  "a comma before a bracket": ["[1, ]", "json-trailing-comma 1:3"],
  "two commas": ["[1,,2]", "json-syntax 1:4"],
  "no comma": ["[1 2]", "json-syntax 1:4"],
  "no colon": ['{"a" 1}', "json-syntax 1:6"],
  "no value": ['{"a":}', "json-syntax 1:6"],
  "a key without quotes": ["{a: 1}", "json-syntax 1:2"],
  "a key in single quotes": ["{'a': 1}", "json-syntax 1:2"],
  "a second value": ["{} {}", "json-syntax 1:4"],
  "a NUL after the end": ["{}\0", "json-syntax 1:3"],
  "a NUL before the beginning": ["\0{}", "json-syntax 1:1"],
  "a NUL in a string": ['"a\0"', "json-syntax 1:1"],
  "a line end in a string": ['["a\nb"]', "json-syntax 1:2"],
  "an unknown escape": ['"\\x41"', "json-syntax 1:1"],
  "half an escape": ['"\\u12"', "json-syntax 1:1"],
  "a leading zero": ["[01]", "json-syntax 1:3"],
  "a leading plus": ["[+1]", "json-syntax 1:2"],
  "a hexadecimal number": ["[0x10]", "json-syntax 1:3"],
  "a lonely minus": ["[-]", "json-syntax 1:2"],
  infinity: ["[Infinity]", "json-syntax 1:2"],
  "a key twice": ['{"a": 1,\n "a": 2}', "json-duplicate-key 2:2"],
  "a key twice, once with an escape": ['{"name": 1, "n\\u0061me": 2}', "json-duplicate-key 1:13"],
  "__proto__ twice": ['{"__proto__": 1, "__proto__": 2}', "json-duplicate-key 1:18"],
  "an open brace": ['{"a": 1', "json-syntax 1:8"],
};
for (const [what, [text, where]] of Object.entries(MISTAKES)) {
  test(`${what} is refused with its position`, () => {
    assert.is(first(text), where);
  });
}

test("a comma before a closing bracket is reported as a trailing comma", () => {
  assert.match(mistakes("[1,\n]")[0]?.message ?? "", "JSON has no trailing commas");
  assert.not.match(mistakes("[1,,2]")[0]?.message ?? "", "before a closing bracket");
});

test("mistakes that keep the meaning are all reported at once, with other mistakes", () => {
  const text = '\ufeff{ // why\n"a": [1, /* x */ ], "a": 0x1}';
  assert.equal(
    mistakes(text.replace("0x1", "1")).map(
      ({ code, position }) => `${code} ${position?.line}:${position?.column}+${position?.length}`,
    ),
    [
      "json-byte-order-mark 1:1+undefined",
      "json-comment 1:4+6",
      "json-comment 2:10+7",
      "json-trailing-comma 2:8+1",
      "json-duplicate-key 2:21+3",
    ],
  );
  const { document, problems } = readJsonTolerantly(text.replace("0x1", "[2]"), parseByLibrary);
  assert.is(problems.length, 5);
  assert.equal(document?.value, { a: [2] });
  assert.is(readJsonTolerantly(text, parseByLibrary).document, undefined, "broken JSON is not read on");
});

test("a position has the length of the mistake", () => {
  const { locate, locateKey } = documentOf('{"key": [10,\n "text"]}');
  assert.equal(locate("/key/1"), { line: 2, column: 2, length: 6 });
  assert.equal(locateKey("/key"), { line: 1, column: 2, length: 5 });
});

test("a number in another notation gets a hint about it", () => {
  assert.match(mistakes('{"a": 0x10}')[0]?.hint ?? "", "decimal");
  assert.match(mistakes('{"a": 010}')[0]?.hint ?? "", "decimal");
});

test("the number of reported mistakes is limited", () => {
  for (const text of [`[${"[1,],".repeat(100_000)}1]`, `[${",".repeat(1_000_000)}`, "x ".repeat(500_000)]) {
    const { length } = mistakes(text);
    assert.ok(length > 0 && length <= 5, `${length}`);
  }
  assert.is(
    mistakes(`[${"[1,],".repeat(500)}1]`).length,
    500,
    "mistakes that keep the meaning are all reported",
  );
});

test("every duplicate key is reported, with its pointer", () => {
  const found = mistakes('{"a": {"x~/": 1, "x~/": 1.5, "b": [0, {"": 1, "": 2}]}, "a": 2}');
  assert.equal(
    found.map(({ code, pointer }) => `${code} ${pointer}`),
    ["json-duplicate-key /a/x~0~1", "json-duplicate-key /a/b/1/", "json-duplicate-key /a"],
  );
});

test("each number that is not written as an integer is reported with its position", () => {
  const document = documentOf(
    '{"a": 1.0, "b": [1e3,\n 1E400, -0, 1.5, 9007199254740993.0, 0.0, -0.0], "c": 10, "d": -1, "e": 0}',
  );
  const oddNumbers = document.oddNumbers("");
  assert.equal(
    oddNumbers.map(
      ({ severity, code, pointer, position }) =>
        `${severity} ${code} ${pointer} ${position?.line}:${position?.column}`,
    ),
    [
      "error json-not-an-integer /a 1:7",
      "error json-not-an-integer /b/0 1:18",
      "error json-not-an-integer /b/1 2:2",
      "error json-not-an-integer /b/2 2:9",
      "error json-not-an-integer /b/3 2:13",
      "error json-not-an-integer /b/4 2:18",
      "error json-not-an-integer /b/5 2:38",
      "error json-not-an-integer /b/6 2:43",
    ],
  );
  assert.match(oddNumbers[1]?.message ?? "", "'1e3'");
  for (const { pointer = "" } of oddNumbers) {
    assert.is(document.exact.get(pointerTokens(pointer)), undefined);
    assert.ok(document.isOdd(pointer));
  }
  assert.is(document.oddNumbers("/b").length, 7);
  assert.equal(document.oddNumbers("/c"), []);
  assert.not.ok(document.isOdd("/c"));
  assert.equal(documentOf("[0, -1, 10, 18446744073709551615]").oddNumbers(""), []);
});

test("numbers in any notation are rounded as by JSON.parse", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = JSON.stringify(number);
      const document = documentOf(text);
      const { value } = document;
      const oddNumbers = document.oddNumbers("");
      assert.ok(Object.is(value, JSON.parse(text)), text);
      assert.is(oddNumbers.length, /^(0|-?[1-9][0-9]*)$/.test(text) ? 0 : 1, text);
    }),
    { numRuns: 500, seed: 5 },
  );
});

test("one mistake that causes further errors is reported once", () => {
  assert.is(mistakes("this is no JSON at all, but many words").length <= 5, true);
  assert.is(mistakes("[a b c d e f g h i j k]").length <= 5, true);
  assert.is(mistakes(`[${"1 2,,".repeat(20)}3]`).length, 1, "in one line");
  assert.is(mistakes(`[${"1 2,,\n".repeat(20)}3]`).length, 5, "in many");
});

test("the same key in different objects is not a duplicate, nor is an inherited one", () => {
  assert.equal(documentOf('{"a": {"a": 1}, "toString": 1, "constructor": 2}').value, {
    a: { a: 1 },
    toString: 1,
    constructor: 2,
  });
});

test("integers that a JavaScript number cannot hold are kept exactly, by pointer", () => {
  const kept = [
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n,
    2n ** 64n - 1n,
    2n ** 64n,
    -(2n ** 53n) - 1n,
    10n ** 400n,
  ];
  const { value, exact } = documentOf(`[${kept.join(", ")}]`);
  assert.equal(
    value,
    kept.map((number) => Math.min(Number(number), Number.MAX_VALUE)),
  );
  assert.equal(
    kept.map((_, i) => exact.get([i])),
    kept,
  );
});

test("integers that a JavaScript number holds are not kept twice", () => {
  const { value, exact } = documentOf(`[${2n ** 53n - 1n}, -${2n ** 53n - 1n}, 0, 7, 4294967295]`);
  assert.equal(value, [2 ** 53 - 1, -(2 ** 53) + 1, 0, 7, 4294967295]);
  assert.equal(
    [0, 1, 2, 3, 4].map((i) => exact.get([i])),
    new Array(5).fill(undefined),
  );
});

test("exact integers are found under keys with ~ and / in them", () => {
  const { exact } = documentOf('{"a/b": {"~": [18446744073709551615]}}');
  assert.is(exact.get(["a/b", "~", 0]), 2n ** 64n - 1n);
  assert.is(exact.get(["a", "b", "~", 0]), undefined);
  assert.is(exact.get(["a/b", "~"]), undefined);
});

test("__proto__ is a key like any other", () => {
  const { value } = documentOf('{"__proto__": {"defaultAction": "SCMP_ACT_ALLOW"}}');
  assert.is(Object.getPrototypeOf(value), Object.prototype);
  assert.ok(Object.hasOwn(value as object, "__proto__"));
  assert.is((value as Record<string, unknown>)["defaultAction"], undefined);
});

test("a value, a key and a missing member are found", () => {
  const document = documentOf('{\n  "a": [\n    {"b/c": 1},\n    {"~": "x"}\n  ],\n  "": 7\n}');
  const at = (pointer: string): string => {
    const { line, column } = document.locate(pointer);
    return `${line}:${column}`;
  };
  const keyAt = (pointer: string): string => {
    const { line, column } = document.locateKey(pointer);
    return `${line}:${column}`;
  };
  assert.is(at(""), "1:1");
  assert.is(at("/a"), "2:8");
  assert.is(at("/a/0"), "3:5");
  assert.is(at("/a/0/b~1c"), "3:13");
  assert.is(at("/a/1/~0"), "4:11");
  assert.is(at("/"), "6:7");
  assert.is(at("/a/0/missing"), "3:5");
  assert.is(at("/a/9"), "2:8");
  assert.is(at("/missing/further"), "1:1");
  assert.is(keyAt(""), "1:1");
  assert.is(keyAt("/a"), "2:3");
  assert.is(keyAt("/a/0/b~1c"), "3:6");
  assert.is(keyAt("/a/1"), "4:5");
});

test("columns count UTF-16 units, and lines end at line feeds", () => {
  const { locate } = documentOf('["\u{1f600}", 1,\r\n2]');
  assert.equal(locate("/1"), { line: 1, column: 8, length: 1 });
  assert.equal(locate("/2"), { line: 2, column: 1, length: 1 });
});

test("100 levels are read, 101 are not", () => {
  documentOf("[".repeat(100) + "]".repeat(100));
  assert.is(first("[".repeat(101) + "]".repeat(101)), "json-too-deep 1:101");
  assert.is(first(`${'{"a":'.repeat(101)}1${"}".repeat(101)}`), "json-too-deep 1:501");
});

test("brackets in strings and brackets that were closed do not count as levels", () => {
  documentOf(`["${"[{".repeat(200)}"]`);
  documentOf(`[${"[{}],".repeat(300)}0]`);
});

test("100,000 levels are refused", () => {
  assert.match(first("[".repeat(100_000)), "json-too-deep");
  assert.match(first('{"a":'.repeat(100_000)), "json-too-deep");
});

test("five megabytes are read", () => {
  const entry =
    '{"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [{"value": 18446744073709551615}]}';
  const text = `[${Array(50_000).fill(entry).join(",\n")}]`;
  assert.ok(text.length > 5_000_000);
  const { exact, locate } = documentOf(text);
  assert.is(exact.get(["49999", "args", 0, "value"]), 2n ** 64n - 1n);
  assert.equal(locate("/49999"), { line: 50_000, column: 1, length: 99 });
});

test("many mistakes in a large text are reported", () => {
  assert.is(documentOf(`[${"1.5,\n".repeat(100_000)}0]`).oddNumbers("").length, MAX_DIAGNOSTICS + 1);
  assert.ok(mistakes(`[${"1 ".repeat(20_000)}]`).length <= 5);
});

test("pointers are joined and split", () => {
  assert.is(pointerTo("/a", "b~/c"), "/a/b~0~1c");
  assert.is(pointerTo("", 7), "/7");
  assert.is(pointerTo("", "~1"), "/~01");
  assert.equal(pointerTokens(""), []);
  assert.equal(pointerTokens("/"), [""]);
  assert.equal(pointerTokens("/~01/~1~0"), ["~1", "/~"]);
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom("~", "/", "~0", "~1", ""))), (tokens) => {
      assert.equal(pointerTokens(tokens.reduce(pointerTo, "")), tokens);
    }),
    { numRuns: 300, seed: 3 },
  );
});

test.run();
