/**
 * Holds the pictures of docs/architecture.md against the code.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { test } from "../support/running/test.ts";

const PAGE = readFileSync("docs/architecture.md", "utf8");
const MAKEFILE = readFileSync("Makefile", "utf8");

interface Arrow {
  readonly from: string;
  readonly label: string;
  readonly to: string;
}

const BOX = /(\w+)(?:\["([^"]+)"\])?/;
const ARROW = new RegExp(`^ {2}${BOX.source} -->\\|([^|]+)\\| ${BOX.source}$`);

/** The arrows of a picture in Mermaid's words, between files. */
function arrowsOf(picture: string): Arrow[] {
  const [head, ...lines] = picture.trimEnd().split("\n");
  assert.is(head, "flowchart TD");
  const files = new Map<string, string>();
  const fileOf = (name = "", file?: string): string => {
    if (file !== undefined) {
      assert.not(files.has(name), `${name} is named once`);
      files.set(name, file);
    }
    return files.get(name) ?? assert.unreachable(`nobody knows which file ${name} is`) ?? "";
  };
  return lines.map((line) => {
    const [, fromName, fromFile, label = "", toName, toFile] = ARROW.exec(line) ?? [];
    assert.ok(label !== "", `this is no arrow: ${line}`);
    return { from: fileOf(fromName, fromFile), label, to: fileOf(toName, toFile) };
  });
}

const pictures = [...PAGE.matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, picture = ""]) =>
  arrowsOf(picture),
);
const [LAUNCH = [], AUDIT = [], VERB = [], LIBRARY = [], BUILD = []] = pictures;

test("there are five pictures, each with its arrows", () => {
  assert.is(pictures.length, 5);
  assert.ok(pictures.every((arrows) => arrows.length > 10));
});

function boxes(arrows: readonly Arrow[]): string[] {
  return [...new Set(arrows.flatMap(({ from, to }) => [from, to]))];
}

test("each box is a file", () => {
  assert.equal(
    boxes(pictures.flat()).filter((file) => !existsSync(file)),
    [],
  );
});

/** Whether a file imports from another. */
function imports(from: string, to: string): boolean {
  const specifiers = [...readFileSync(from, "utf8").matchAll(/ from "(\.[^"]+)"/g)].map(
    ([, specifier = ""]) => specifier,
  );
  return specifiers.some((specifier) => join(dirname(from), specifier) === to);
}

test("an arrow of a launch, an audit, a verb or the library joins two files of which one imports the other, and says a type that one of them names", () => {
  const wrong = [...LAUNCH, ...AUDIT, ...VERB, ...LIBRARY].filter(({ from, label, to }) => {
    const text = readFileSync(from, "utf8") + readFileSync(to, "utf8");
    return !(imports(from, to) || imports(to, from)) || !new RegExp(`\\b${label}\\b`).test(text);
  });
  assert.equal(wrong, []);
});

test("each stage of src/ is in the picture of a launch, an audit, a verb or the library", () => {
  const stages = readdirSync("src", { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
  assert.ok(stages.length > 8, "the test finds the stages");
  const shown = boxes([...LAUNCH, ...AUDIT, ...VERB, ...LIBRARY, ...BUILD]);
  assert.equal(
    stages.filter((stage) => !shown.some((file) => file.startsWith(`src/${stage}/`))),
    [],
  );
});

test("each arrow of the build is a command of the Makefile", () => {
  const unknown = BUILD.filter(({ label }) => !MAKEFILE.includes(label)).map(({ label }) => label);
  assert.equal(unknown, []);
});

test("each file of build/out/ in the picture of the build is made by the Makefile or by what it calls", () => {
  const makers = [
    MAKEFILE,
    readFileSync("build/bundle.ts", "utf8"),
    readFileSync("build/prepared.ts", "utf8"),
  ].join("\n");
  const made = boxes(BUILD).filter((file) => file.startsWith("build/out/"));
  assert.ok(made.length > 5);
  assert.equal(
    made.filter((file) => !makers.includes(file.replace("build/out/", "").replace(/\.js$/, ""))),
    [],
  );
});

test.run();
