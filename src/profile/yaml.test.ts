/**
 * Exact YAML: values against JSON, positions, and that whatever readers of YAML may take differently is an error.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { stringify } from "yaml";
import type { Diagnostic } from "../diagnostic.ts";
import { readJsonTolerantly } from "./json.ts";
import { parseByLibrary } from "./library-parser.ts";
import { pointerTo } from "./pointer.ts";
import { readYaml } from "./yaml.ts";

function documentOf(text: string) {
  const { document, problems } = readYaml(text);
  assert.equal(problems, [], text);
  if (document === undefined) {
    throw new Error(`${JSON.stringify(text)} was not read`);
  }
  return document;
}

const shown = ({ code, position, pointer = "" }: Diagnostic): string =>
  `${code} ${position?.line}:${position?.column} ${pointer}`.trimEnd();

/** All mistakes as `CODE LINE:COLUMN POINTER`. */
function mistakes(text: string): string[] {
  const { document, problems } = readYaml(text);
  return [...problems, ...(document?.oddNumbers("") ?? [])].map(shown);
}

test("a value is the same in YAML, in block or in flow style, as in JSON", () => {
  const cases = fc.property(fc.jsonValue(), fc.boolean(), (value, flow) => {
    const text = stringify(value, {
      version: "1.1",
      collectionStyle: flow ? "flow" : "any",
      aliasDuplicateObjects: false,
    });
    const { document, problems } = readYaml(text);
    if (document === undefined) {
      // An empty document has no value.
      assert.ok(problems.length > 0 || value === null, text);
      return;
    }
    assert.equal(problems, [], text);
    // The numbers that are written differently are odd, and may be rounded.
    if (document.oddNumbers("").length === 0) {
      assert.equal(document.value, JSON.parse(JSON.stringify(value)), text);
    }
  });
  fc.assert(cases, { seed: 16, numRuns: 300 });
});

test("every value is found where it is", () => {
  const value = { "a/b": [1, { "c~": "word" }], list: [["deep"], true], last: { x: 7 } };
  const json = JSON.stringify(value, null, 2);
  const fromJson = readJsonTolerantly(json, parseByLibrary).document;
  const fromYaml = documentOf(json);
  const everywhere = (at: unknown, pointer: string): string[] => [
    pointer,
    ...(typeof at === "object" && at !== null
      ? Object.entries(at).flatMap(([key, below]) => everywhere(below, pointerTo(pointer, key)))
      : []),
  ];
  for (const pointer of [...everywhere(value, ""), "/none", "/list/9"]) {
    assert.equal(fromYaml.locate(pointer), fromJson?.locate(pointer), pointer);
    assert.equal(fromYaml.locateKey(pointer), fromJson?.locateKey(pointer), pointer);
  }
});

test("positions in block style", () => {
  const document = documentOf('# first\nspec:\n  names:\n  - read # this\n  - "wri\\\n    te"\n  empty:\n');
  assert.equal(document.locate("/spec/names/0"), { line: 4, column: 5, length: 4 });
  assert.equal(document.locate("/spec/names/1"), { line: 5, column: 5, length: 13 });
  assert.equal(document.locateKey("/spec/names"), { line: 3, column: 3, length: 5 });
  assert.equal(document.value, { spec: { names: ["read", "write"], empty: null } });
});

test("integers are exact", () => {
  const document = documentOf(
    "a: [9007199254740991, 9007199254740993, 18446744073709551615, -9007199254740993]\n",
  );
  assert.equal(
    [0, 1, 2, 3].map((i) => document.exact.get(["a", i])),
    [undefined, 9007199254740993n, 18446744073709551615n, -9007199254740993n],
  );
});

test("a number is a number only in decimal digits, and a word that may be one is odd", () => {
  for (const word of "010 0o10 0x1F 0b11 1_000 1.0 1. .5 1e3 +1 -0 1:30 .inf -.Inf .nan 00".split(" ")) {
    assert.equal(mistakes(`a: ${word}\n`), ["json-not-an-integer 1:4 /a"], word);
  }
  for (const word of [
    "1",
    "-1",
    "0",
    "'010'",
    '"1.0"',
    "read",
    "v1.0",
    "1.2.3",
    "x86_64",
    "0xg",
    "a:b",
    "-",
  ]) {
    assert.equal(mistakes(`a: ${word === "-" ? "'-'" : word}\n`), [], word);
  }
});

test("what YAML 1.1 takes for a truth value and YAML 1.2 for a word is odd", () => {
  for (const word of "y Y yes Yes YES n N no No NO on On ON off Off OFF".split(" ")) {
    assert.equal(mistakes(`a: ${word}\n`), ["yaml-not-plain 1:4 /a"], word);
    assert.equal(documentOf(`a: "${word}"\n`).value, { a: word });
  }
  assert.equal(documentOf("[true, False, null, ~, NULL, nothing]").value, [
    true,
    false,
    null,
    null,
    null,
    "nothing",
  ]);
});

test("odd values count only at or below the place that is asked for", () => {
  const document = documentOf("metadata: { on: no }\nspec: { a: 0x1 }\n");
  assert.equal(document.oddNumbers("/spec").map(shown), ["json-not-an-integer 2:12 /spec/a"]);
  assert.equal(document.oddNumbers("/none"), []);
  assert.ok(document.isOdd("/metadata/on") && !document.isOdd("/metadata"));
});

test("what JSON does not have is an error, and is never expanded", () => {
  assert.equal(mistakes("a: &x [1]\nb: *x\n"), ["yaml-not-plain 2:4 /b"]);
  assert.equal(mistakes("a: !!str 1\n"), ["yaml-not-plain 1:10 /a"]);
  assert.equal(mistakes("a: !custom [1]\n"), ["yaml-not-plain 1:12 /a"]);
  assert.equal(mistakes("<<: { a: 1 }\n"), ["yaml-not-plain 1:1"]);
  assert.equal(documentOf("'<<': 1\n").value, { "<<": 1 });
  assert.equal(mistakes("? [a]\n: b\n"), ["yaml-not-plain 1:3"]);
  assert.equal(mistakes("a: 1\nb: { c: 1,\n  c: 2 }\n"), ["json-duplicate-key 3:3 /b/c"]);
  assert.equal(mistakes("__proto__: 1\n__proto__: 2\n"), ["json-duplicate-key 2:1 /__proto__"]);
  assert.equal(Object.keys(documentOf("__proto__: { a: 1 }\n").value as object), ["__proto__"]);
  assert.equal(mistakes("\ufeffa: 1\n"), ["json-byte-order-mark 1:1"]);
  // A billion laughs.
  const laughs = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`).slice(1);
  assert.ok(mistakes(`a0: &a0 x\n${laughs.join("\n")}\n`).every((one) => one.startsWith("yaml-not-plain")));
});

test("more than one document is an error; an empty one is none", () => {
  assert.equal(mistakes("---\na: 1\n---\nb: 2\n"), ["two-profiles 4:1"]);
  assert.equal(mistakes("---\na: 1\n...\n---\nb: 2\n---\nc: 3\n"), ["two-profiles 5:1"]);
  assert.equal(documentOf("---\n# only this\na: 1\n---\n").value, { a: 1 });
});

test("what ends a line for some readers only is an error, wherever it is", () => {
  for (const character of ["\x85", "\u2028", "\u2029", "\r", "\ufeff"]) {
    assert.equal(mistakes(`names:\n- mkdirat # reviewed${character}    - mkdir\n`), ["yaml-not-plain 2:21"]);
    assert.equal(mistakes(`names: ["mkdir${character}at"]\n`), ["yaml-not-plain 1:15"]);
    assert.equal(mistakes(`a: |\n  b\n  c${character}\n`).length, character === "\r" ? 0 : 1);
  }
  assert.equal(documentOf("a: # b\r\n- c\r\n").value, { a: ["c"] });
  assert.equal(documentOf('a: "\\N\\L\\P\\r\\uFEFF\\0"\n').value, { a: "\x85\u2028\u2029\r\ufeff\0" });
});

test("a character that some readers refuse is an error", () => {
  for (const character of ["\0", "\x01", "\v", "\f", "\x1b", "\x7f", "\x80", "\x9b", "\ufffe", "\uffff"]) {
    assert.equal(mistakes(`a: b # ${character}\n`), ["yaml-not-plain 1:8"], JSON.stringify(character));
  }
  assert.equal(documentOf("a: b\t# \xa0\u200b\u{1f600}\ufffd\n").value, { a: "b" });
  assert.equal(
    mistakes(`${"a: \x1b\x1b\n".repeat(100)}`).length,
    3,
    "of many, the first of each line among the first five",
  );
});

test("directives, and markers of documents with something beside them, are errors", () => {
  assert.equal(mistakes("%YAML 1.1\n---\na: 1\n"), ["yaml-not-plain 1:1"]);
  assert.equal(mistakes("%TAG ! tag:x\n---\na: 1\n"), ["yaml-not-plain 1:1"]);
  assert.equal(mistakes("--- {a: 1}\n"), ["yaml-not-plain 1:1"]);
  assert.equal(mistakes("a: 1\n---b: 2\n"), ["yaml-not-plain 2:1"]);
  assert.equal(mistakes("---\n---\na: 1\n"), ["yaml-not-plain 3:1"]);
  assert.equal(mistakes("---\n...\na: 1\n"), ["yaml-not-plain 3:1"]);
  for (const text of [
    "---\na: 1\n",
    "---  # b\r\na: 1\r\n---\r\n",
    "a: 1\n...\n",
    "# b\n---\na: 1\n---\n---",
  ]) {
    assert.equal(documentOf(text).value, { a: 1 }, text);
  }
});

test("syntax errors: the first of each line", () => {
  assert.equal(mistakes("a:\n\tb: 1\n"), ["yaml-syntax 2:1"]);
  assert.equal(mistakes("a: {b\n"), ["yaml-syntax 2:1"]);
  assert.equal(mistakes("a: 'b\n"), ["yaml-syntax 2:1"]);
  assert.equal(mistakes("a: b: c\n"), ["yaml-syntax 1:4"]);
});

test("nesting and length are bounded", () => {
  assert.equal(
    mistakes("[".repeat(100_000)).map((one) => one.split(" ")[0]),
    ["json-too-deep"],
  );
  assert.equal(
    mistakes(`${"- ".repeat(100_000)}x`).map((one) => one.split(" ")[0]),
    ["json-too-deep"],
  );
  const stairs = Array.from({ length: 500 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
  assert.equal(mistakes(stairs), ["json-too-deep 101:102"]);
  assert.equal(mistakes(`${"[".repeat(100)}1${"]".repeat(100)}`), []);
  assert.equal(mistakes(`a: ${"x".repeat(1024 * 1024)}`), ["yaml-not-plain 1:1"]);
  assert.equal(mistakes(`a: ${"x".repeat(250_000)}`), []);
  // Each lexeme costs about the same, whatever it is.
  assert.equal(mistakes(`a: 1\n${"\n".repeat(70_000)}`).length, 1);
  assert.equal(mistakes(`a: "${"\\\n".repeat(70_000)}"`).length, 1);
  assert.equal(mistakes(`a: [${"1,".repeat(40_000)}]`), ["yaml-not-plain 1:43692"]);
  assert.equal(mistakes(`a:\n${"- mkdir # a comment\n".repeat(8000)}`), []);
});

test.run();
