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
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

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
  const list = contestants.flatMap(({ command, every = 1 }) => ["::", String(every), ...command]);
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

/**
 * Instructions of our launcher up to where it finds that the command may be executed, which is its last step before
 * it installs the filter; counted by callgrind; 0 where valgrind or strace is missing.
 *
 * To let it go on would give nothing: an execve takes callgrind's result with it, and seccomp(2), which valgrind
 * does not know and answers with ENOSYS, makes the launcher start over to explain the failure. So strace ends it by
 * a signal as it asks access(2) for the command; valgrind hands that on within its time slice of 100,000 basic
 * blocks, so the count is the same each time but may be one percent high. callgrind.out then says where the
 * instructions went.
 */
export function countWithCallgrind(command: readonly string[], payload: string): number {
  const file = join(outputDirectory, "callgrind.out");
  rmSync(file, { force: true });
  const calls = "access,faccessat,faccessat2";
  const result = spawnSync(
    "strace",
    [
      ...["-f", "-o", "/dev/null", "-P", payload],
      ...["-e", `trace=${calls}`, "-e", `inject=${calls}:signal=SIGTERM:when=1`],
      ...["valgrind", "--tool=callgrind", `--callgrind-out-file=${file}`, ...command],
    ],
    { encoding: "utf8", env: ENVIRONMENT },
  );
  const wasEnded = result.signal === "SIGTERM";
  return wasEnded ? Number(/Collected : (\d+)/.exec(result.stderr)?.[1] ?? 0) : 0;
}

/** Runs one program of the benchmark and returns what it prints. */
export function capture(command: readonly string[]): string {
  const [program = "", ...args] = command;
  return run(program, args);
}
