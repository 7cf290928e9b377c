/**
 * uvu's tests for programs: failures show the programs' output, and tests that lack something are skipped.
 */

import * as uvu from "uvu";
import { Lack, type Need, needs } from "./needs.ts";
import { forgetRuns, lastRuns } from "./runs.ts";

// Files that tests make have the same modes for every user.
process.umask(0o022);

/** A skipped test, and what it lacks. */
export interface Skipped {
  readonly name: string;
  readonly need: Need;
}

let skipped: Skipped[] = [];

/** The tests that were skipped since the last call. */
export function takeSkipped(): readonly Skipped[] {
  const taken = skipped;
  skipped = [];
  return taken;
}

type Handler = () => unknown;

/** Wraps a test: it is skipped if it turns out to lack something, and shows its runs if it fails. */
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

/** Adds the runs of the test to an error. */
function withRuns(error: Error): Error {
  const { stack = "" } = error;
  const frames = stack.search(/^\s+at /m);
  error.message += lastRuns();
  // The stack repeats the message, which may have several lines, and uvu drops only the first.
  error.stack = `${error.name}\n${frames < 0 ? "" : stack.slice(frames)}`;
  return error;
}

/** The suites with added tests: the file's own, and the other suites of the running file. */
const added = new Set<uvu.Test>([uvu.test]);

/**
 * Takes the tests that no `run()` took out of their suites, so that they do not run with the next file. The runners that this
 * passes to uvu run none of them, and count them as skipped.
 */
export function takeUnrun(): void {
  for (const own of added) {
    // If a test was added by `only`, uvu runs no other and counts the others as skipped.
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

/** The function that adds tests. */
export type Test = ReturnType<typeof wrapped>;

/** Adds a test to the file; `test.run()` at its end runs them. A test declares its needs with `needs` of needs.ts. */
export const test: Test = wrapped(uvu.test);

/** Returns a function that adds tests with these needs. */
export function testWith(...all: readonly Need[]): (name: string, handler: Handler) => void {
  return (name, handler) =>
    test(name, () => {
      needs(...all);
      return handler();
    });
}

/** The same for a part of a file, which has its own `run`. */
export function suite(name: string): Test {
  return wrapped(uvu.suite(name));
}
