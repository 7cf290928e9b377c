/**
 * What the largest files cost that are taken: processor time of each verb for every shape, and instructions for a byte.
 *
 *     npx tsx bench/large.ts [--size BYTES] [--shape WORDS] [--count]
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { MAX_FILE_SIZE, SHAPES } from "../test/support/generators/large-profiles.ts";
import { countRun } from "../test/support/programs/callgrind.ts";
import { PROGRAM } from "../test/support/programs/program.ts";

const { values } = parseArgs({
  options: { size: { type: "string" }, shape: { type: "string" }, count: { type: "boolean" } },
});
const size = Number(values.size ?? MAX_FILE_SIZE);
const directory = mkdtempSync(join(tmpdir(), "large-"));
const profile = join(directory, "profile.json");

const VERBS: Readonly<Record<string, readonly string[]>> = {
  check: ["check"],
  compile: ["compile", "-o", "/dev/null"],
  convert: ["convert", "--to", "docker"],
  verify: ["verify"],
  launch: ["--profile"],
};

/** Seconds of processor time; "-" where it takes more than a minute of it. */
function seconds(verb: string): string {
  const args = [...(VERBS[verb] ?? []), profile, ...(verb === "launch" ? ["--", "/bin/true"] : [])];
  // The shell's own `times` tells what its children have used.
  const script = 'ulimit -t 60; "$@" >/dev/null 2>&1; [ $? -lt 126 ] && times || echo';
  const { stdout } = spawnSync("sh", ["-c", script, "sh", PROGRAM, ...args], { encoding: "utf8" });
  const used = [...(stdout.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  const sum = used.reduce((all, [, minutes, rest]) => all + 60 * Number(minutes) + Number(rest), 0);
  return used.length === 0 ? "-" : sum.toFixed(2);
}

const columns = [
  ...Object.keys(VERBS),
  ...(values.count === true ? ["instructions of check for a byte"] : []),
];
console.log(`seconds of processor time for ${size} bytes`);
console.log(`${"".padEnd(50)}${columns.map((name) => name.padStart(9)).join("")}`);
for (const { name, text } of SHAPES.filter((shape) => shape.name.includes(values.shape ?? ""))) {
  writeFileSync(profile, text(size));
  const figures = Object.keys(VERBS).map(seconds);
  if (values.count === true) {
    figures.push(String(Math.round(countRun([PROGRAM, "check", profile], join(directory, "count")) / size)));
  }
  console.log(`${name.padEnd(50)}${figures.map((figure) => figure.padStart(9)).join("")}`);
}
rmSync(directory, { recursive: true });
