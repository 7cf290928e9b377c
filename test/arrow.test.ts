/**
 * Holds the imports of src/ against the direction in which they may point.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { parseSync, traverse } from "@babel/core";
import { transformSync } from "esbuild";
import * as assert from "uvu/assert";
import { bundle } from "../build/bundling.ts";
import { test } from "./support/running/test.ts";

/** Stages from left to right: a file imports from its own stage and from those before it. */
const ARROW = [
  "base",
  "tables",
  "calls",
  "profile",
  "task",
  "policy",
  "graph",
  "bpf",
  "load",
  "launch",
  "analysis",
  "engines",
  "lint",
  "merge",
  "record",
  "definitions",
  "failures",
  "audit",
  "verbs",
  "main",
  "library",
  "index",
];

/** Stages side by side: neither imports from the other. */
const ASIDE: readonly (readonly [string, string])[] = [
  ["calls", "profile"],
  ["calls", "task"],
  ["calls", "policy"],
  ["calls", "graph"],
  ["calls", "bpf"],
  ["calls", "load"],
  ["calls", "launch"],
  ["task", "policy"],
  ["task", "graph"],
  ["task", "bpf"],
  ["load", "analysis"],
  ["load", "engines"],
  ["load", "lint"],
  ["launch", "analysis"],
  ["launch", "engines"],
  ["launch", "lint"],
  ["task", "analysis"],
  ["task", "engines"],
  ["task", "lint"],
  ["failures", "analysis"],
  ["failures", "engines"],
  ["failures", "lint"],
  ["load", "merge"],
  ["launch", "merge"],
  ["task", "merge"],
  ["failures", "merge"],
  ["load", "record"],
  ["launch", "record"],
  ["task", "record"],
  ["failures", "record"],
  // Only what the launcher reads of a task is known where definitions are read.
  ...[
    "calls",
    "policy",
    "graph",
    "bpf",
    "load",
    "launch",
    "analysis",
    "engines",
    "lint",
    "merge",
    "record",
    "failures",
  ].map((other): readonly [string, string] => ["definitions", other]),
  // The library is another door to the same stages, and starts nothing.
  ...["task", "launch", "record", "definitions", "failures", "audit", "main"].map(
    (other): readonly [string, string] => ["library", other],
  ),
];

/** Files at the top of src/, by stage. */
const TOP: Record<string, string> = {
  "diagnostic.ts": "base",
  "bytes.ts": "base",
  "host.ts": "base",
  "json-places.ts": "base",
  "version.ts": "base",
  "plural.ts": "base",
  "groups.ts": "base",
  "lists.ts": "base",
  "main.ts": "main",
  "index.ts": "index",
};

/** Stages that are handed a host; the others are pure and know nothing of it but the type of a byte string. */
const AT_THE_RIM = ["load", "launch", "failures", "audit", "verbs", "main"];

const SRC = "src";

function sources(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.endsWith(".d.ts"))
    .filter((file) => !file.includes("generated/"));
}

function stageOf(file: string): string {
  const slash = file.indexOf("/");
  return slash < 0 ? (TOP[file] ?? `unknown file ${file}`) : file.slice(0, slash);
}

interface Import {
  readonly from: string;
  readonly to: string;
  readonly what: string;
}

function imports(): Import[] {
  return sources().flatMap((from) => importsOf(SRC, from));
}

function importsOf(folder: string, from: string): Import[] {
  const text = readFileSync(join(folder, from), "utf8");
  return [...text.matchAll(/^(?:import|export)\s([^;]*?)from "(\.[^"]+)"/gms)].map((match) => ({
    from,
    to: relative(folder, normalize(join(folder, dirname(from), match[2] ?? ""))),
    what: match[1] ?? "",
  }));
}

test("every folder and file of src has a place on the arrow", () => {
  const unplaced = sources().filter((file) => !ARROW.includes(stageOf(file)));
  assert.equal(unplaced, []);
});

test("imports point one way", () => {
  const found = imports();
  assert.ok(found.length > 50, "the test finds the imports");
  const against = found.filter(({ from, to }) => {
    if (to.startsWith("..")) {
      return false;
    }
    const [importer, imported] = [stageOf(from), stageOf(to)];
    const aside = ASIDE.some(
      ([a, b]) => (a === importer && b === imported) || (b === importer && a === imported),
    );
    return aside || ARROW.indexOf(imported) > ARROW.indexOf(importer);
  });
  assert.equal(against, []);
});

test("nothing before the rim is handed the host", () => {
  const handed = imports().filter(
    ({ from, to, what }) =>
      to === "host.ts" && !AT_THE_RIM.includes(stageOf(from)) && what.trim() !== "type { ByteString }",
  );
  assert.equal(handed, []);
});

test("no source asks for the types of Node, which src/tsconfig.json leaves out", () => {
  const asking = sources().filter((file) =>
    /^\/\/\/ *<reference/m.test(readFileSync(join(SRC, file), "utf8")),
  );
  assert.equal(asking, []);
});

test("tests that may run programs take `test` from test/support/running/test.ts, whose failures show what those said", () => {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  assert.ok(files.length > 50, "the test finds the tests");
  assert.equal(
    files.filter((file) => /^(import|\}) .*from "uvu";$/m.test(readFileSync(join("test", file), "utf8"))),
    ["support/running/test.ts"],
  );
});

/** The files of src/ of which something is in a bundle. */
async function filesIn(entry: string): Promise<readonly string[]> {
  const { files } = await bundle(join(SRC, entry));
  return files.filter((file) => file.startsWith(`${SRC}/`)).map((file) => relative(SRC, file));
}

const LAUNCH = await filesIn("launch/main.ts");
const COMPILER = await filesIn("launch/compiler.ts");
const AUDITOR = await filesIn("audit/main.ts");
const TOOLKIT = await filesIn("main.ts");

const LIBRARY = await filesIn("index.ts");

/** Files whose code is nothing but types are in no bundle. */
function hasCode(file: string): boolean {
  return transformSync(readFileSync(join(SRC, file), "utf8"), { loader: "ts" }).code.trim() !== "";
}

test("src/launch is what the bundles of a launch hold, and nothing else", () => {
  const held = [...LAUNCH, ...COMPILER];
  const unused = sources().filter(
    (file) => stageOf(file) === "launch" && !held.includes(file) && hasCode(file),
  );
  assert.equal(unused, []);
});

/** The files of a bundle that are neither of a stage that it may know, nor known by themselves. */
function strangers(files: readonly string[], known: readonly string[]): readonly string[] {
  assert.ok(files.length > known.length, "the test finds the files");
  return files.filter((file) => !known.includes(stageOf(file)) && !known.includes(file));
}

test("the launch bundle holds nothing that compiles, and nothing of the toolkit", () => {
  assert.equal(strangers(LAUNCH, ["base", "tables", "profile", "task", "bpf", "load", "launch"]), []);
});

test("the compiler's bundle holds nothing of the toolkit, and nothing that asks for a profile", () => {
  // It reads what --unknown-syscalls says, when it is needed.
  const known = ["base", "tables", "profile", "policy", "graph", "bpf", "load", "launch", "task/values.ts"];
  assert.equal(strangers(COMPILER, known), []);
});

test("what says what is wrong with a text is in the toolkit only, and the library that parses JSON in no bundle", () => {
  const explaining = ["profile/json.ts", "profile/schema-errors.ts", "profile/generated/validate-profile.js"];
  assert.equal(
    explaining.filter((file) => LAUNCH.includes(file) || COMPILER.includes(file)),
    [],
  );
  assert.equal(
    explaining.filter((file) => !TOOLKIT.includes(file)),
    [],
  );
  const inBundles = [...LAUNCH, ...COMPILER, ...AUDITOR, ...TOOLKIT];
  assert.equal(
    inBundles.filter((file) => file === "profile/library-parser.ts"),
    [],
  );
});

test("YAML is read in the toolkit only", () => {
  const holding = [LAUNCH, COMPILER, AUDITOR, TOOLKIT].map((files) => files.includes("profile/yaml.ts"));
  assert.equal(holding, [false, false, false, true]);
});

test("the library is pure: nothing in it is handed the host, though some of it belongs to the verbs", async () => {
  assert.ok(LIBRARY.includes("library/policy.ts") && LIBRARY.length > 100, "the test finds the files");
  const handed = imports().filter(
    ({ from, to, what }) =>
      LIBRARY.includes(from) && to === "host.ts" && what.trim() !== "type { ByteString }",
  );
  assert.equal(handed, []);
  const { code } = await bundle("src/index.ts");
  // Arguments of the executable, and colours of its terminal.
  assert.not.match(code, /\b(isTerminal|installAndExec|NO_COLOR)\b/);
});

test("src/index.ts is the only door to the library: its files are imported there and by each other", () => {
  const behind = imports().filter(
    ({ from, to }) =>
      ["library", "index"].includes(stageOf(to)) && !["library", "index"].includes(stageOf(from)),
  );
  assert.equal(behind, []);
  assert.equal(
    imports().filter(({ to }) => to === "index.ts"),
    [],
  );
});

/** The files of node/ from left to right: a file imports from those before it. */
const NODE = [
  "open-flags.ts",
  "standard-streams.ts",
  "runtime.ts",
  "native.ts",
  "reading.ts",
  "walk.ts",
  "process-status.ts",
  "host.ts",
  "diagnostic-text.ts",
  "errors.ts",
  "options.ts",
  "json-text.ts",
  "source.ts",
  "filter.ts",
  "allowed.ts",
  "threads.ts",
  "install.ts",
  "command-state.ts",
  "exec-under.ts",
  "io-uring.ts",
  "restart.ts",
  "confine.ts",
  "index.ts",
];

/** What the library for Node takes of src/: what a launch does, and how the other library reports and holds profiles. */
const FOR_NODE = [
  ...["base", "tables", "profile", "task", "policy", "graph", "bpf", "load", "launch", "failures"],
  ...["library/builtin.ts", "library/diagnostic.ts", "verbs/suggest.ts"],
];

test("the library for Node imports one way, what a launch does, and is imported by nothing but tests", () => {
  const files = readdirSync("node").filter((file) => file.endsWith(".ts"));
  assert.equal([...files].sort(), [...NODE].sort());
  const wrong = files
    .flatMap((file) => importsOf("node", file))
    .filter(({ from, to }) => {
      const within = to.startsWith("../src/") ? to.slice("../src/".length) : undefined;
      return within === undefined
        ? NODE.indexOf(to) >= NODE.indexOf(from) || !NODE.includes(to)
        : !FOR_NODE.includes(within) && !FOR_NODE.includes(stageOf(within));
    });
  assert.equal(wrong, []);
  assert.equal(
    imports().filter(({ to }) => to.startsWith("../node/")),
    [],
  );
});

test("launches and their compiler have no regular expressions, without which QuickJS is started for them", async () => {
  for (const entry of ["src/launch/main.ts", "src/launch/compiler.ts"]) {
    const { code } = await bundle(entry);
    const tree = parseSync(code, { babelrc: false, configFile: false, sourceType: "script" });
    const found: string[] = [];
    assert.ok(tree !== null);
    traverse(tree as NonNullable<typeof tree>, {
      RegExpLiteral: ({ node }) => {
        found.push(node.pattern);
      },
    });
    assert.equal(found, [], entry);
  }
});

test.run();
