/**
 * Tests that run programs: uvu's, but their failures show what the programs said, and those that lack something are skipped.
 */

import * as uvu from "uvu";
import { Lack, type Need, needs } from "./needs.ts";
import { forgetRuns, lastRuns } from "./runs.ts";

// What tests make has the same modes whoever runs them.
process.umask(0o022);

/** A test that was left out, and what for. */
export interface Skipped {
  readonly name: string;
  readonly need: Need;
}

let skipped: Skipped[] = [];

/** The tests that were left out since this was called last. */
export function takeSkipped(): readonly Skipped[] {
  const taken = skipped;
  skipped = [];
  return taken;
}

type Handler = () => unknown;

/** The test, which is left out where it turns out to lack something, and shows what it ran where it fails. */
function judged(name: string, handler: Handler): () => Promise<void> {
  return async () => {
    forgetRuns();
    try {
      await handler();
    } catch (error) {
      if (error instanceof Lack) {
        skipped.push({ name, need: error.need });
        console.log(`skipped, ${error.message}: ${name}`);
        return;
      }
      throw error instanceof Error ? withRuns(error) : error;
    }
  };
}

/** Says in an error what the test ran. */
function withRuns(error: Error): Error {
  const { stack = "" } = error;
  const frames = stack.search(/^\s+at /m);
  error.message += lastRuns();
  // It repeats the message, which may have several lines, and uvu leaves out only the first.
  error.stack = `${error.name}\n${frames < 0 ? "" : stack.slice(frames)}`;
  return error;
}

/** What tests have been added to: that of every file, and the suites of the running file. */
const added = new Set<uvu.Test>([uvu.test]);

/**
 * Takes the tests that no `run()` has taken out of their suites, so that they do not run with the next file. The runners
 * that this hands to uvu run none of them, and count them as skipped.
 */
export function takeUnrun(): void {
  for (const own of added) {
    // Beside a test that is added by `only` uvu runs no other, and counts those as skipped.
    own.only("", () => {});
    own.run();
  }
  added.clear();
  added.add(uvu.test);
}

function wrapped(own: uvu.Test) {
  added.add(own);
  return Object.assign((name: string, handler: Handler): void => own(name, judged(name, handler)), {
    only: (name: string, handler: Handler): void => own.only(name, judged(name, handler)),
    before: own.before,
    after: own.after,
    run: own.run,
  });
}

/** How tests are added. */
export type Test = ReturnType<typeof wrapped>;

/** Adds a test to the file; `test.run()` at its end runs them. A test says what it needs by `needs` of needs.ts. */
export const test: Test = wrapped(uvu.test);

/** Adds tests that all need this. */
export function testWith(...all: readonly Need[]): (name: string, handler: Handler) => void {
  return (name, handler) =>
    test(name, () => {
      needs(...all);
      return handler();
    });
}

/** The same for a part of a file, which runs by its own `run`. */
export function suite(name: string): Test {
  return wrapped(uvu.suite(name));
}
