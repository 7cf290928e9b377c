/**
 * Runs `check` on files of a directory of its own, for a given target.
 */

import { join } from "node:path";
import { type Outcome, run, temporaryDirectory } from "../support/programs/program.ts";

/** The target is given, so that the tests are true on every machine. */
const TARGET: Readonly<Record<string, string>> = { arch: "x86_64", kernel: "6.18", caps: "none" };

/** The working directory of each check. */
export const DIRECTORY: string = temporaryDirectory();
/** The name under which a profile is checked. */
export const FILE = "./p.json";
export const PATH: string = join(DIRECTORY, FILE);

export interface Told {
  readonly code: string;
  readonly severity: "error" | "warning" | "note";
  readonly weight: "mistake" | "way-around" | "danger" | "remark";
  readonly message: string;
  readonly hint?: string;
  readonly proof?: {
    readonly through: string;
    readonly denied?: string;
    readonly command?: readonly string[];
    readonly wideArguments: boolean;
  };
  readonly line?: number;
  readonly column?: number;
  readonly related?: readonly { readonly what: string; readonly line: number; readonly column: number }[];
}

/** What `--json` prints. */
export interface Report {
  readonly valid: boolean;
  readonly others?: number;
  readonly profiles: readonly {
    readonly profile: string;
    readonly valid: boolean;
    readonly architecture?: string;
    readonly diagnostics: readonly Told[];
    readonly accepted: readonly (Told & { readonly reason: string })[];
  }[];
}

/** Reads it; members that are null are left out. */
export function reportOf(stdout: string): Report {
  return JSON.parse(stdout, (_, value: unknown) => (value === null ? undefined : value)) as Report;
}

/** The verdicts of `simulate` on calls under the profile, one a line; `options` as for {@link check}. */
export function simulate(calls: readonly string[], options: Readonly<Record<string, string>>): string[] {
  const all = wordsOf({ ...TARGET, ...options });
  const { stdout } = run(["simulate", ...all, FILE], { cwd: DIRECTORY, input: calls.join("\n") });
  return stdout.trimEnd().split("\n");
}

/** Options and their values, without dashes; an empty value is that of a flag. */
function wordsOf(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flatMap(([name, of]) => (of === "" ? [`--${name}`] : [`--${name}`, of]));
}

/** Runs check; `options` are options and their values, without dashes. */
export function check(args: readonly string[], options: Readonly<Record<string, string>> = {}): Outcome {
  const all = wordsOf({ ...TARGET, ...options });
  return run(["check", ...all, ...args], { cwd: DIRECTORY });
}
