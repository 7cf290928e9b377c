/**
 * Runs the executable under test.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The executable's absolute path. */
export const PROGRAM: string = resolve("build/out/seccomp-exec");

if (!existsSync(PROGRAM)) {
  throw new Error(`${PROGRAM} is missing: run make`);
}

export interface Outcome {
  /** The exit status, or null where a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The whole environment; left out: PATH only. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
  readonly uid?: number;
}

/** Runs the executable with these arguments and waits for its end. */
export function run(args: readonly string[], options: RunOptions = {}): Outcome {
  return runCommand([PROGRAM, ...args], options);
}

/** Runs any command and waits for its end, half a minute at most. */
export function runCommand(command: readonly string[], options: RunOptions = {}): Outcome {
  const [file = "", ...args] = command;
  const result = spawnSync(file, args, {
    encoding: "utf8",
    timeout: 30_000,
    env: { PATH: process.env["PATH"], ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  // EPIPE: the command ended before it had read its input, which is its own affair.
  if (result.error !== undefined && !("code" in result.error && result.error.code === "EPIPE")) {
    throw result.error;
  }
  return { status: result.status, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}

const temporary: string[] = [];
process.on("exit", () => {
  for (const directory of temporary) {
    rmSync(directory, { recursive: true, force: true });
  }
});

const directories: string[] = [];

/** A directory that is gone when the process ends. */
export function temporaryDirectory(): string {
  if (directories.length === 0) {
    process.on("exit", () => {
      for (const directory of directories) {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  }
  const directory = mkdtempSync(join(tmpdir(), "seccomp-exec-test-"));
  directories.push(directory);
  return directory;
}
