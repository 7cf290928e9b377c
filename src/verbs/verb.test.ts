/**
 * Definitions of verbs: the types of what their functions are given, and how their command lines are read.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { VerbHost } from "./output.ts";
import { defineVerb, operandCount, UsageError, usage, type Verb } from "./verb.ts";

/** What the function of a verb was last given. */
let seen: unknown;

const TEXTS = { summary: "a verb", details: "A verb.", example: "seccomp-exec verb" };
const OPTIONS = [
  { name: "--loud", short: "-l", help: "a flag" },
  { name: "--size", value: "N", read: (text: string) => text.length, help: "a number" },
] as const;

const verb = defineVerb({
  ...TEXTS,
  name: "verb",
  operands: ["FIRST", "[SECOND]"],
  options: OPTIONS,
  run: (_host, given) => {
    const { options, operands } = given;
    const loud: boolean = options["--loud"];
    const size: number | undefined = options["--size"];
    const first: string = operands[0];
    const second = operands[1];
    const isOptional: undefined extends typeof second ? true : never = true;
    assert.ok(isOptional);
    // @ts-expect-error The verb has no such option.
    assert.is(options["--lood"], undefined);
    // @ts-expect-error It has two operands.
    assert.is(operands[2], undefined);
    seen = { loud, size, first, second };
    return 0;
  },
});

const many = defineVerb({
  ...TEXTS,
  name: "many",
  operands: ["FIRST...", "[MORE...]"],
  options: [],
  run: (_host, { operands: [first, ...others] }) => {
    const one: string = first;
    seen = [one, ...others];
    return 0;
  },
});

const running = defineVerb({
  ...TEXTS,
  name: "running",
  operands: ["COMMAND", "[ARG...]"],
  runsCommand: true,
  options: OPTIONS,
  run: (_host, { options, operands: [command, ...args] }) => {
    seen = { size: options["--size"], command, args };
    return 0;
  },
});

/** No verb here uses its host. */
const HOST = {} as VerbHost;

function runWith(which: Verb, ...args: readonly string[]): unknown {
  const line = which.read(["seccomp-exec", which.name, ...args]);
  assert.is(line.kind, "run");
  seen = undefined;
  assert.is(line.kind === "run" && line.run(HOST), 0);
  return seen;
}

function refused(which: Verb, args: readonly string[], says: string): void {
  assert.throws(
    () => which.read(["seccomp-exec", which.name, ...args]),
    (error: unknown) => {
      assert.instance(error, UsageError);
      assert.is((error as UsageError).message, says);
      return true;
    },
  );
}

test("a verb is given its options and operands, read", () => {
  assert.equal(runWith(verb, "a"), { loud: false, size: undefined, first: "a", second: undefined });
  assert.equal(runWith(verb, "--size=xyz", "a", "-l", "--", "--size"), {
    loud: true,
    size: 3,
    first: "a",
    second: "--size",
  });
  assert.equal(runWith(many, "a", "b", "c"), ["a", "b", "c"]);
});

test("a command and its arguments come after '--', whatever they are", () => {
  const args = ["--size", "-", "-", "--", "-h"];
  assert.equal(runWith(running, "--size", "ab", "--", "cat", ...args), { size: 2, command: "cat", args });
  refused(running, ["cat", "-h"], "'cat' is no option of running");
  refused(running, [], "running needs a command");
  refused(running, ["--"], "running needs a command");
  assert.is(running.read(["seccomp-exec", "running", "--help"]).kind, "help");
});

test("only a verb that runs a command fails with a status of its own", () => {
  const failed = (which: Verb, ...args: readonly string[]) => {
    const line = which.read(["seccomp-exec", which.name, ...args]);
    return line.kind === "run" ? line.failed : undefined;
  };
  assert.is(failed(verb, "a"), 1);
  assert.is(failed(running, "--", "a"), 125);
});

test("help is asked for whatever else is wrong or missing", () => {
  assert.is(verb.read(["seccomp-exec", "verb", "--help"]).kind, "help");
  assert.is(verb.read(["seccomp-exec", "verb", "-h", "a"]).kind, "help");
});

test("the names of the operands say how many there may be", () => {
  assert.equal(operandCount(verb), { least: 1, most: 2 });
  assert.equal(operandCount(many), { least: 1, most: Number.POSITIVE_INFINITY });
  refused(verb, [], "verb needs FIRST [SECOND]");
  refused(verb, ["a", "b", "c"], "'c' is one argument too many for verb");
  refused(many, [], "many needs FIRST... [MORE...]");
});

test("what is wrong with a verb's options is a usage error", () => {
  refused(verb, ["--lood", "a"], "unknown option '--lood'");
  refused(verb, ["-l", "--loud", "a"], "the option '--loud' is given twice");
  refused(verb, ["a", "--size"], "the option '--size' needs a value");
  refused(verb, ["-", "/dev/stdin"], "standard input is named more than once");
});

test("the usage is made of the tables", () => {
  assert.is(usage(verb), "seccomp-exec verb [OPTIONS] FIRST [SECOND]");
  assert.is(usage(many), "seccomp-exec many FIRST... [MORE...]");
  assert.is(usage(running), "seccomp-exec running [OPTIONS] -- COMMAND [ARG...]");
});

test.run();
