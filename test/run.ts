/**
 * Runs every check and test of the project, and ends with one line that counts them.
 *
 * Usage: run.ts [NAME...]: only the suites whose names contain one of the words. Those with real engines, whose names begin
 * with "integration", run only if a word asks for them.
 */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

/** What a suite came to. */
interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  /** Where to run it; left out: the root of the project. */
  readonly cwd?: string;
  /** Reads the counts from what the command printed; left out: the command is one check. */
  readonly count?: (output: string) => Tally | undefined;
}

const UVU = ["node", "--import", "tsx", "node_modules/uvu/bin.js"];
/** In host/, since the settings for a static executable are those of that directory. */
const HOST = "host";

const SUITES: readonly Suite[] = [
  { name: "format and lint", command: ["npx", "biome", "ci", "."] },
  { name: "types", command: ["npx", "tsc", "--noEmit"] },
  { name: "rustfmt", cwd: HOST, command: ["cargo", "fmt", "--check"] },
  {
    name: "clippy",
    cwd: HOST,
    // Not --all-targets: that would build the executable as a test as well, with the standard library, which it has not.
    command: [
      "cargo",
      "clippy",
      "--release",
      "--lib",
      "--bins",
      "--tests",
      "--all-features",
      "--",
      "-D",
      "warnings",
    ],
  },
  { name: "host", cwd: HOST, command: ["cargo", "test", "--release"], count: countCargo },
  uvu("units", "src"),
  { name: "arrow", command: [...UVU, "test", "^arrow\\.test\\.ts$"], count: countUvu },
  ...[
    "tables",
    "schemas",
    "profiles",
    "golden",
    "engines",
    "check",
    "docs",
    "cli",
    "kernel",
    "reliability",
    "budget",
    "fuzz",
  ].map((folder) => uvu(folder, `test/${folder}`)),
];

/** A suite for each engine that is started for it. */
const INTEGRATION: readonly Suite[] = readdirSync("test/integration")
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => ({
    name: `integration ${file.replace(".test.ts", "")}`,
    command: [...UVU, "test/integration", `^${file.replaceAll(".", "\\.")}$`],
    count: countUvu,
  }));

function uvu(name: string, folder: string): Suite {
  return { name, command: [...UVU, folder, "\\.test\\.ts$"], count: countUvu };
}

/** Adds up the lines `test result: ok. 3 passed; 0 failed; 1 ignored; ...`. */
function countCargo(output: string): Tally | undefined {
  const results = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  return results.length === 0
    ? undefined
    : results.reduce<Tally>(
        (sum, [, passed, failed, ignored]) => ({
          passed: sum.passed + Number(passed),
          failed: sum.failed + Number(failed),
          skipped: sum.skipped + Number(ignored),
        }),
        { passed: 0, failed: 0, skipped: 0 },
      );
}

/** Reads uvu's summary. */
function countUvu(output: string): Tally | undefined {
  const number = (what: string): number | undefined => {
    const match = new RegExp(`^\\s*${what}:\\s+(\\d+)`, "m").exec(output);
    return match === null ? undefined : Number(match[1]);
  };
  const [total, passed, skipped] = [number("Total"), number("Passed"), number("Skipped")];
  // A suite that leaves everything out says so; one that has nothing at all is a mistake.
  const counted = total !== undefined && passed !== undefined && skipped !== undefined && total + skipped > 0;
  return !counted ? undefined : { passed, skipped, failed: total - passed };
}

function run(suite: Suite): Tally {
  const began = performance.now();
  const [program = "", ...args] = suite.command;
  const result = spawnSync(program, args, {
    encoding: "utf8",
    ...(suite.cwd === undefined ? {} : { cwd: suite.cwd }),
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = `${result.stdout}${result.stderr}`.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const counted = suite.count?.(output);
  const succeeded = result.status === 0;
  const tally = counted ?? { passed: succeeded && suite.count === undefined ? 1 : 0, failed: 0, skipped: 0 };
  // A command that fails without a failed test has crashed, and one that counts nothing has tested nothing.
  const crashed = (!succeeded && tally.failed === 0) || (suite.count !== undefined && counted === undefined);
  const final = crashed ? { ...tally, failed: tally.failed + 1 } : tally;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const skipped = final.skipped > 0 ? `, ${final.skipped} skipped` : "";
  console.log(`${suite.name}: ${final.passed} passed, ${final.failed} failed${skipped} (${seconds} s)`);
  if (final.failed > 0) {
    console.log(output);
  }
  return final;
}

const words = process.argv.slice(2);
const chosen =
  words.length === 0
    ? SUITES
    : [...SUITES, ...INTEGRATION].filter(({ name }) => words.some((word) => name.includes(word)));
const total = chosen.map(run).reduce(
  (sum, tally) => ({
    passed: sum.passed + tally.passed,
    failed: sum.failed + tally.failed,
    skipped: sum.skipped + tally.skipped,
  }),
  { passed: 0, failed: 0, skipped: 0 },
);
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
