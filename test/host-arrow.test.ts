/**
 * Holds the modules of host/src against the order that host/src/lib.rs lists, and against circles.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { test } from "./support/running/test.ts";

const SRC = "host/src";
const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".rs"));

/** The executables' own files, which come after all modules of the library. */
const EXECUTABLES = /^(main|recording)\.rs$|^bin\//;

/** The files of the library's modules, by names such as `ops::files::walk`. */
const MODULES: ReadonlyMap<string, string> = new Map(
  FILES.filter((file) => file !== "lib.rs" && !EXECUTABLES.test(file)).map((file) => [
    file.replace(/(\/mod)?\.rs$/, "").replaceAll("/", "::"),
    file,
  ]),
);

/** The modules as they are listed, each with all that is in it: `//! * [`first`]: ...`, `//! * `second`, `third`: ...`. */
const ORDER = [...source("lib.rs").matchAll(/^\/\/! \* (.+?): /gm)].flatMap(([, names = ""]) =>
  [...names.matchAll(/`([\w:]+)`/g)].map(([, name = ""]) => name),
);

function source(file: string): string {
  return readFileSync(join(SRC, file), "utf8");
}

/** The longest part of a path, from its start, that is one of these names; undefined where there is none. */
function longest(path: string, isName: (name: string) => boolean): string | undefined {
  const parts = path.split("::");
  const prefixes = parts.map((_, i) => parts.slice(0, parts.length - i).join("::"));
  return prefixes.find(isName);
}

function place(module: string): number {
  return ORDER.indexOf(longest(module, (name) => ORDER.includes(name)) ?? "");
}

/** The modules that one uses or declares, and "lib" for what is in none. */
function usedBy(module: string): string[] {
  const code = source(MODULES.get(module) ?? "").replaceAll(/\/\/.*/g, "");
  const above = module.split("::").slice(0, -1);
  const paths = [...code.matchAll(/\b(crate|super(?:::super)*)\b((?:::\w+)*)/g)].map(
    ([, root = "", rest = ""]) => {
      const start = root === "crate" ? [] : above.slice(0, above.length + 1 - root.split("::").length);
      return [...start, ...rest.split("::").slice(1)].join("::");
    },
  );
  const declared = [...code.matchAll(/^(?:pub(?:\(.*\))? )?mod (\w+);/gm)].map(
    ([, name]) => `${module}::${name}`,
  );
  return [
    ...new Set([...paths.map((path) => longest(path, (name) => MODULES.has(name)) ?? "lib"), ...declared]),
  ];
}

const USES = [...MODULES.keys()].flatMap((from) => usedBy(from).map((to) => ({ from, to })));

/** The modules of a circle, in its order; empty where there is none. */
function circle(): string[] {
  const done = new Set<string>();
  function search(module: string, way: readonly string[]): string[] {
    if (way.includes(module)) {
      return [...way.slice(way.indexOf(module)), module];
    }
    if (done.has(module)) {
      return [];
    }
    for (const { to } of USES.filter(({ from }) => from === module)) {
      const found = search(to, [...way, module]);
      if (found.length > 0) {
        return found;
      }
    }
    done.add(module);
    return [];
  }
  return [...MODULES.keys()].map((module) => search(module, [])).find((found) => found.length > 0) ?? [];
}

test("the list in lib.rs has a place for every module, and lists nothing else", () => {
  assert.ok(MODULES.size > 25 && USES.length > 60, "the test finds the modules and what they use");
  assert.equal(
    [...MODULES.keys()].filter((module) => place(module) < 0),
    [],
  );
  assert.equal(
    ORDER.filter((name) => !MODULES.has(name)),
    [],
  );
});

test("each module uses only those that are listed before it", () => {
  assert.equal(
    USES.filter(({ from, to }) => place(to) > place(from) || !MODULES.has(to)),
    [],
  );
});

test("no modules use each other in a circle", () => {
  assert.equal(circle(), []);
});

test("each unsafe block says by itself why it is safe", () => {
  const reasons = FILES.flatMap((file) =>
    [...source(file).matchAll(/SAFETY: (.*)/g)].map(([, why = ""]) => why),
  );
  assert.ok(reasons.length > 50, "the test finds the comments");
  assert.equal(
    reasons.filter((why) => /^(as (above|in|for)|see |the same|the caller|passed on)/i.test(why)),
    [],
  );
});

test.run();
