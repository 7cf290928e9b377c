/**
 * Files that tests make: distinguishable profiles, and a private /etc for the files that belong there.
 */

import { chmodSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MOUNTS, needs, ROOT } from "../running/needs.ts";
import { type Outcome, PROGRAM, type RunOptions, runCommand, temporaryDirectory } from "./program.ts";

/** A file whose mode or owner matters. */
export interface FileSpec {
  readonly content: string | Uint8Array;
  /** Absent: 0644. */
  readonly mode?: number;
  /** Absent: the user who runs the tests. */
  readonly owner?: number;
}

/** Files by their paths below some directory. */
export type Files = Readonly<Record<string, string | FileSpec>>;

/** A user who is not root and owns nothing. */
export const NOBODY = 65534;

/** Makes a temporary directory with these files, readable by every user. */
export function directoryOf(files: Files): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  for (const [path, spec] of Object.entries(files)) {
    writeFile(join(directory, path), spec);
  }
  return directory;
}

function writeFile(path: string, spec: string | FileSpec): void {
  const { content, mode = 0o644, owner } = typeof spec === "string" ? { content: spec } : spec;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, content);
  if (owner !== undefined) {
    needs(ROOT);
    chownSync(path, owner, owner);
  }
  // Last, so that the mode does not depend on the umask.
  chmodSync(path, mode);
}

/** A profile that allows everything, but answers `errno` to the call that test/support/programs/native/probe.c makes. */
export function answering(errno: number): string {
  return profileOf({ names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO", errnoRet: errno });
}

/** A profile that allows all calls without a rule here. */
export function profileOf(...syscalls: readonly object[]): string {
  return JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }, null, 2);
}

/** Runs the executable with an /etc of only these files. */
export function runWithEtc(etc: string | Files, args: readonly string[], options: RunOptions = {}): Outcome {
  return runCommandWithEtc(etc, [PROGRAM, ...args], options);
}

/** Runs a command with an /etc of only these files. */
export function runCommandWithEtc(
  etc: string | Files,
  command: readonly string[],
  options: RunOptions = {},
): Outcome {
  needs(MOUNTS);
  const directory = typeof etc === "string" ? etc : directoryOf(etc);
  const { uid, ...rest } = options;
  // Mounts in a separate namespace, so that they vanish with it.
  const script = 'mount --bind "$1" /etc && shift && exec "$@"';
  const user = uid === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  return runCommand(["unshare", "--mount", "sh", "-c", script, "sh", directory, ...user, ...command], {
    ...rest,
    ownEtc: true,
  });
}

/** The calls of a static program at its start and its end, on any architecture. */
export const STARTS: readonly string[] = [
  "execve",
  "brk",
  "arch_prctl",
  "set_tid_address",
  "set_robust_list",
  "rseq",
  "prlimit64",
  "readlink",
  "readlinkat",
  "getrandom",
  "mprotect",
  "fstat",
  "newfstatat",
  "write",
  "exit_group",
];
