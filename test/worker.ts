/**
 * Runs test files one after the other, as test/run.ts asks, so that shared modules are loaded once.
 *
 * The tests' output goes to standard output; after each file there is a line that begins with {@link RESULT}.
 */

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type FileResult, RESULT } from "./result.ts";
import { howTo, Lack, type Need } from "./support/running/needs.ts";

/** The result of each `test.run()` of uvu: whether there were failures, or their text; and the numbers of tests. */
type Runner = () => Promise<[errors: true | string, passed: number, skipped: number, total: number]>;

/**
 * The globals that uvu reads, as its own runner sets them: the tests of a file wait in a queue instead of starting themselves.
 */
const uvu = globalThis as { UVU_DEFER?: number; UVU_INDEX?: number; UVU_QUEUE?: Runner[][] };
uvu.UVU_DEFER = 1;
// Imported late, since uvu reads the globals when it is loaded.
const { takeSkipped, takeUnrun } = await import("./support/running/test.ts");

function reasonOf(need: Need): string {
  const how = howTo(need);
  return how === "" ? need.what : `${need.what} (${how})`;
}

/** The number of tests that were added but not run: after the file's `test.run()`, or to a suite without one. */
async function countUnrun(): Promise<number> {
  const runners: Runner[] = [];
  uvu.UVU_QUEUE = [runners];
  takeUnrun();
  let count = 0;
  for (const runner of runners) {
    const [, , skipped] = await runner();
    count += skipped;
  }
  return count;
}

async function runFile(file: string): Promise<FileResult> {
  const runners: Runner[] = [];
  uvu.UVU_QUEUE = [runners];
  uvu.UVU_INDEX = 0;
  takeSkipped();
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    takeUnrun();
    if (error instanceof Lack) {
      return { passed: 0, failed: 0, skipped: { [reasonOf(error.need)]: 1 } };
    }
    console.log(`${file} cannot be loaded: ${error instanceof Error ? error.stack : error}`);
    return { passed: 0, failed: 1, skipped: {} };
  }
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const runner of runners) {
    const [errors, passed, skipped, total] = await runner();
    if (errors !== true) {
      console.log(errors);
    }
    sum.passed += passed;
    sum.failed += total - passed;
    sum.skipped += skipped;
  }
  const lacking = takeSkipped();
  const skipped: Record<string, number> = {};
  for (const { need } of lacking) {
    const reason = reasonOf(need);
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  }
  if (sum.skipped > 0) {
    // Skipped by uvu's own test.skip or test.only.
    console.log(`${file}: ${sum.skipped} tests are left out without a reason`);
    sum.failed += sum.skipped;
  }
  // uvu counts tests that skipped themselves as passed.
  sum.passed -= lacking.length;
  const unrun = await countUnrun();
  if (unrun > 0) {
    console.log(`${file}: ${unrun} tests are not run: the file, and each suite in it, must end with run()`);
    sum.failed += unrun;
  } else if (sum.passed + sum.failed + lacking.length === 0) {
    console.log(`${file} runs no test`);
    sum.failed = 1;
  }
  return { passed: sum.passed, failed: sum.failed, skipped };
}

process.on("message", async (file: string) => {
  process.stdout.write(`\n${RESULT}${JSON.stringify(await runFile(file))}\n`);
});
process.on("disconnect", () => process.exit());
