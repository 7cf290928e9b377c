/** Runs the C harness over a list of contestants, and looks at single launches through ptrace. */

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./peers.ts";
import { outputDirectory } from "./setting.ts";

export interface Contestant {
  readonly name: string;
  /** The program with its arguments; the program is an absolute path. */
  readonly command: readonly string[];
  /** Takes part in each n-th round only: for the slow ones. */
  readonly every?: number;
  /** The number of one of these rounds. */
  readonly first?: number;
}

/** What the harness measured of one contestant, one entry a run. */
export interface Runs {
  readonly wallNs: readonly number[];
  readonly processorNs: readonly number[];
  readonly maxRssKb: readonly number[];
}

export interface HarnessOptions {
  readonly rounds: number;
  readonly warmup: number;
  /** The only processor to use; all of them where it is absent. */
  readonly cpu?: number | undefined;
}

/** The environment of every contestant: nothing in it asks a launcher for anything. */
export const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

function run(program: string, args: readonly string[]): string {
  const result = spawnSync(program, args, {
    encoding: "utf8",
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 28,
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${[program, ...args].join(" ")} failed`);
  return result.stdout;
}

/** Runs all contestants in turns, see harness.c. */
export function measure(contestants: readonly Contestant[], options: HarnessOptions): Runs[] {
  const harness = compile("harness.c");
  const list = contestants.flatMap(({ command, every = 1, first = 0 }) => [
    ...["::", String(every), String(first)],
    ...command,
  ]);
  const output = run(harness, [
    String(options.rounds),
    String(options.warmup),
    String(options.cpu ?? -1),
    ...list,
  ]);
  return JSON.parse(output) as Runs[];
}

/** What inspect-launch.c found out about one launch. */
export interface Inspection {
  readonly execs: number;
  readonly systemCalls: number;
  readonly peakKb: number;
  readonly anonymousKb: number;
  readonly threads: number;
  /** Instructions of the filter that the command starts under; -1: none; -2: the kernel does not show it. */
  readonly filter: number;
  readonly instructions: number;
}

/** Looks at one launch, see inspect-launch.c; `filter` is the installed filter where the kernel shows it. */
export function inspect(
  command: readonly string[],
  options: { steps?: boolean } = {},
): Inspection & { readonly program?: Buffer } {
  const program = compile("inspect-launch.c");
  const file = join(outputDirectory, "installed.bpf");
  rmSync(file, { force: true });
  const output = run(program, [...(options.steps ? ["--steps"] : []), "--filter", file, ...command]);
  const inspection = JSON.parse(output) as Inspection;
  return inspection.filter > 0 ? { ...inspection, program: readFileSync(file) } : inspection;
}

/** Runs one program of the benchmark and returns what it prints. */
export function capture(command: readonly string[]): string {
  const [program = "", ...args] = command;
  return run(program, args);
}
