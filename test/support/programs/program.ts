/**
 * Runs the executable under test.
 */

import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { needs, ROOT } from "../running/needs.ts";
import { PATIENCE_MS } from "../running/patience.ts";
import { record } from "../running/runs.ts";
import { NO_SETTINGS } from "../running/settings.ts";

export interface Outcome {
  /** The exit status, or null if a signal ended the process. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The whole environment; absent: only PATH. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Buffer;
  readonly cwd?: string;
  readonly uid?: number;
  /** Whether the command has a private /etc. */
  readonly ownEtc?: boolean;
}

/** Runs the executable with these arguments and waits for its end. */
export function run(args: readonly string[], options: RunOptions = {}): Outcome {
  return runCommand([PROGRAM, ...args], options);
}

/** Runs a command and waits for its end. A failing test shows its last runs. */
export function runCommand(command: readonly string[], options: RunOptions = {}): Outcome {
  if (options.uid !== undefined) {
    needs(ROOT);
  }
  const { PATH = "" } = options.env ?? {};
  if (options.ownEtc !== true && [...command, PATH].some((word) => word.includes(dirname(PROGRAM)))) {
    needs(NO_SETTINGS);
  }
  const [file = "", ...args] = command;
  const result = spawnSync(file, args, {
    encoding: "utf8",
    timeout: PATIENCE_MS,
    maxBuffer: 1 << 28,
    env: { PATH: process.env["PATH"], ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const { status, signal, stdout, stderr } = result;
  record({ command, status, signal, stdout: stdout ?? "", stderr: stderr ?? "" });
  // EPIPE: the command ended before it had read its input, which it may.
  if (result.error !== undefined && !("code" in result.error && result.error.code === "EPIPE")) {
    throw result.error;
  }
  return { status, signal, stdout, stderr };
}

const directories: string[] = [];

/** A directory that is removed when the process ends. */
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

/** A copy of an executable that every user can reach: the clone may lie in a private directory. */
export function publicCopy(executable: string): string {
  const directory = temporaryDirectory();
  const copy = join(directory, basename(executable));
  copyFileSync(executable, copy);
  chmodSync(copy, 0o755);
  chmodSync(directory, 0o755);
  return copy;
}

const BUILT = resolve("build/out/seccomp-exec");

if (!existsSync(BUILT)) {
  throw new Error(`${BUILT} is missing: run make`);
}

/** The absolute path of the executable. */
export const PROGRAM: string = publicCopy(BUILT);
