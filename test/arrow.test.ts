/**
 * Holds the imports of src/ against the direction in which they may point.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import * as assert from "uvu/assert";
import { test } from "./support/test.ts";

/** Stages from left to right: a file imports from its own stage and from those before it. */
const ARROW = [
  "base",
  "tables",
  "profile",
  "task",
  "policy",
  "tree",
  "bpf",
  "analysis",
  "engines",
  "lint",
  "launch",
  "verbs",
  "main",
];

/** Stages side by side: neither imports from the other. */
const ASIDE: readonly (readonly [string, string])[] = [
  ["task", "policy"],
  ["task", "tree"],
  ["task", "bpf"],
  ["task", "analysis"],
  ["task", "engines"],
  ["task", "lint"],
];

/** Files at the top of src/, by stage. */
const TOP: Record<string, string> = {
  "diagnostic.ts": "base",
  "bytes.ts": "base",
  "host.ts": "base",
  "json-places.ts": "base",
  "version.ts": "base",
  "words.ts": "base",
  "groups.ts": "base",
  "lists.ts": "base",
  "main.ts": "main",
  "index.ts": "main",
};

/** Stages that are handed a host; the others are pure and know nothing of it but the type of a byte string. */
const AT_THE_RIM = ["launch", "verbs", "main"];

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
  return sources().flatMap((from) => {
    const text = readFileSync(join(SRC, from), "utf8");
    return [...text.matchAll(/^(?:import|export)\s([^;]*?)from "(\.[^"]+)"/gms)].map((match) => ({
      from,
      to: relative(SRC, normalize(join(SRC, dirname(from), match[2] ?? ""))),
      what: match[1] ?? "",
    }));
  });
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

test("tests that may run programs take `test` from test/support/test.ts, whose failures show what those said", () => {
  const files = readdirSync("test", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  assert.ok(files.length > 50, "the test finds the tests");
  assert.equal(
    files.filter((file) => /^(import|\}) .*from "uvu";$/m.test(readFileSync(join("test", file), "utf8"))),
    ["support/test.ts"],
  );
});

/** The files that one needs, itself among them; those of which only types are wanted are not in a bundle. */
function reachedFrom(entry: string): string[] {
  const reached = new Set<string>();
  const queue = [entry];
  const all = imports().filter(({ what }) => !what.startsWith("type "));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (!reached.has(file)) {
      reached.add(file);
      queue.push(...all.filter(({ from }) => from === file).map(({ to }) => to));
    }
  }
  return [...reached];
}

test("neither the launch bundle nor the compiler's carries anything of the toolkit", () => {
  const toolkit = ["verbs", "analysis", "engines", "lint", "main"];
  const reached = [...reachedFrom("launch/main.ts"), ...reachedFrom("launch/compiler.ts")];
  assert.ok(
    reached.includes("launch/launch.ts") && reached.includes("bpf/emit.ts"),
    "the test follows imports",
  );
  assert.equal(
    reached.filter((file) => toolkit.includes(stageOf(file)) || file === "profile/json.ts"),
    [],
  );
});

test("the launch bundle carries nothing that compiles", () => {
  const compiling = reachedFrom("launch/main.ts").filter((file) =>
    ["policy", "tree"].includes(stageOf(file)),
  );
  assert.equal(compiling, []);
});

test.run();
