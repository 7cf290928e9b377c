/**
 * The table of packages in README.md is that of build/packages.txt, from which build/doctor.sh installs.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { test } from "../support/running/test.ts";

/** The columns in front of those of the distributions. */
const BEFORE = 3;

const ROWS = readFileSync("build/packages.txt", "utf8")
  .split("\n")
  .filter((line) => line.includes(" | "))
  .map((line) =>
    line
      .replace(/^# /, "")
      .split("|")
      .map((cell) => cell.trim()),
  );
const [HEAD = [], ...LIST] = ROWS;

/** The packages of a distribution that are for this and not for what is in `others`. */
function packages(column: number, purpose: string, others: readonly string[] = []): string[] {
  const names = LIST.filter(([row]) => row === purpose).flatMap((row) => (row[column] ?? "").split(" "));
  return [...new Set(names)].filter((name) => !others.includes(name));
}

test("each line of the list has a cell for every column, and one of the purposes", () => {
  assert.ok(LIST.length > 0);
  for (const row of LIST) {
    assert.is(row.length, HEAD.length, row.join(" | "));
    assert.ok(
      row.every((cell) => cell !== "") && ["build", "test", "integration"].includes(row[0] ?? ""),
      row.join(" | "),
    );
  }
});

test("README.md has a row for each distribution, with its packages", () => {
  const expected = HEAD.slice(BEFORE).map((distribution, i) => {
    const build = packages(BEFORE + i, "build");
    const rest = packages(BEFORE + i, "test", build);
    return `| ${distribution} | \`${build.join(" ")}\` | \`${rest.join(" ")}\` |`;
  });
  const [, table = ""] =
    /^\| \| `make demo` \|.*\n\|[-|]+\|\n((?:\|.*\n)+)/m.exec(readFileSync("README.md", "utf8")) ?? [];
  assert.equal(table.trimEnd().split("\n"), expected);
});

test("the versions in README.md, package.json and Cargo.toml are those that the list asks for", () => {
  const version = (program: string): string =>
    LIST.map(([, check = ""]) => check.split(" "))
      .filter(([kind, name]) => kind === "version" && name === program)
      .map(([, , least = ""]) => least)
      .join();
  const readme = readFileSync("README.md", "utf8");
  assert.match(readme, `Node.js ${version("node")} or newer, Rust ${version("cargo")} or newer`);
  assert.is(JSON.parse(readFileSync("package.json", "utf8")).engines.node, `>=${version("node")}`);
  assert.match(readFileSync("host/Cargo.toml", "utf8"), `rust-version = "${version("cargo")}"`);
});

test.run();
