/**
 * Runs a program under `--audit`, and reads the log when its supervisor has ended.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { directoryOf, profileOf } from "../../support/programs/files.ts";
import { compileC } from "../../support/programs/native.ts";
import {
  type Outcome,
  PROGRAM,
  type RunOptions,
  runCommand,
  temporaryDirectory,
} from "../../support/programs/program.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";

/** Makes the calls that it is told to: test/kernel/native/denied.c. */
export const DENIED = compileC("test/kernel/native/denied.c", "-pthread");

/** Calls of x86-64 that change nothing, by the verdict of {@link TRAPPING} on them. */
export const CALL = {
  errno: 146, // sched_get_priority_max
  killProcess: 147, // sched_get_priority_min
  killThread: 148, // sched_rr_get_interval
  log: 140, // getpriority
  trap: 143, // sched_getparam
  allowed: 39, // getpid
  path: 83, // mkdir
  newer: 463, // setxattrat, Linux 6.13
} as const;

const rule = (name: string, action: string, rest: object = {}): object => ({
  names: [name],
  action: `SCMP_ACT_${action}`,
  ...rest,
});

const RULES = [
  rule("sched_get_priority_max", "ERRNO", { errnoRet: 95 }),
  rule("sched_get_priority_min", "KILL_PROCESS"),
  rule("sched_rr_get_interval", "KILL_THREAD"),
  rule("getpriority", "LOG"),
  rule("mkdir", "ERRNO"),
];
const TEXT = profileOf(...RULES);

const PROFILES = directoryOf({
  "p.json": TEXT,
  "trapping.json": profileOf(...RULES, rule("sched_getparam", "TRAP")),
});
/** Allows all but a few harmless calls. */
export const PROFILE = join(PROFILES, "p.json");
/** The same, with a verdict that no line names. */
export const TRAPPING = join(PROFILES, "trapping.json");

/** The line of a rule in {@link PROFILE}. */
export function lineOf(name: string): number {
  return TEXT.split("\n").findIndex((line) => line.includes(`"${name}"`)) + 1;
}

/** A line of the log. */
export interface Line {
  readonly version: number;
  readonly kind: string;
  readonly [key: string]: unknown;
}

export interface Audited extends Outcome {
  /** Without the last, which has the totals. */
  readonly lines: readonly Line[];
  readonly totals: Line;
}

/** The options of an audit with this profile. */
export function auditing(file: string, profile = PROFILE): readonly string[] {
  return [`--audit=${file}`, "--profile", profile];
}

/** Runs {@link DENIED} under audit; `before`: what precedes the executable, and options that are added. */
export function audited(
  words: readonly (string | number)[],
  {
    before = [],
    options = [],
    profile = PROFILE,
    ...rest
  }: RunOptions & { before?: readonly string[]; options?: readonly string[]; profile?: string } = {},
): Audited {
  const file = join(temporaryDirectory(), "log");
  const command = [
    ...before,
    PROGRAM,
    ...auditing(file, profile),
    ...options,
    "--",
    DENIED,
    ...words.map(String),
  ];
  const outcome = runCommand(command, rest);
  const all = logOf(file);
  const totals = all.at(-1) as Line;
  return { ...outcome, lines: all.slice(0, -1), totals };
}

/** The lines of a log whose supervisor ends. */
export function logOf(file: string): Line[] {
  let text = "";
  waitFor(() => {
    text = readFileSync(file, "utf8");
    return /"kind":"ended".*\n$/.test(text);
  }, "the last line of the log");
  return linesIn(text);
}

/** Each line parses, and holds no control character. */
export function linesIn(text: string): Line[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") {
    throw new Error("the log ends within a line");
  }
  return lines.map((line) => {
    if (!isPlain(line)) {
      throw new Error(`a control character in ${JSON.stringify(line)}`);
    }
    return JSON.parse(line) as Line;
  });
}

/** Whether a terminal shows a line as it is: no control characters of C0 and C1, and none that turns the direction. */
export function isPlain(line: string): boolean {
  return !/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(line);
}

/** Waits until something has happened, however long it takes on a loaded machine. */
export function waitFor(happened: () => boolean, what: string): void {
  const end = Date.now() + PATIENCE_MS;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!happened()) {
    if (Date.now() > end) {
      throw new Error(`waited for ${what} in vain`);
    }
    Atomics.wait(cell, 0, 0, 2);
  }
}
