/**
 * Counts the instructions of a launch by callgrind: the same number each time, however busy the machine is.
 */

import { rmSync } from "node:fs";
import { needs, STRACE, VALGRIND } from "../running/needs.ts";
import { runCommand } from "./program.ts";

/** Nothing in it asks a launcher for anything. */
export const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/**
 * Instructions of our launcher up to where it finds that the command may be executed, which is its last step but one before
 * it installs the filter.
 *
 * To let it go on would give nothing: an execve takes callgrind's result with it, and seccomp(2), which valgrind
 * does not know and answers with ENOSYS, makes the launcher start over to explain the failure. So strace ends it by
 * a signal as it asks access(2) for the command; valgrind hands that on within its time slice of 100,000 basic
 * blocks, so the count is the same each time but may be one percent high. The file then says where the instructions went.
 * For a launch that is over before that, see `test/budget/native/count-steps.c`.
 *
 * @param payload the command, as strace is to look for it
 * @param file where callgrind writes what it has found
 * @returns 0 where it did not get there
 */
export function countWithCallgrind(command: readonly string[], payload: string, file: string): number {
  needs(STRACE, VALGRIND);
  rmSync(file, { force: true });
  const calls = "access,faccessat,faccessat2";
  const { signal, stderr } = runCommand(
    [
      ...["strace", "-f", "-o", "/dev/null", "-P", payload],
      ...["-e", `trace=${calls}`, "-e", `inject=${calls}:signal=SIGTERM:when=1`],
      ...["valgrind", "--vgdb=no", "--tool=callgrind", `--callgrind-out-file=${file}`, ...command],
    ],
    { env: ENVIRONMENT },
  );
  return signal === "SIGTERM" ? Number(/Collected : (\d+)/.exec(stderr)?.[1] ?? 0) : 0;
}

/**
 * Instructions of a whole run that does not start anything else.
 *
 * @returns 0 where it did not get to its end
 */
export function countRun(command: readonly string[], file: string): number {
  needs(VALGRIND);
  const { stderr } = runCommand(
    ["valgrind", "--vgdb=no", "--tool=callgrind", `--callgrind-out-file=${file}`, ...command],
    { env: ENVIRONMENT },
  );
  return Number(/Collected : (\d+)/.exec(stderr)?.[1] ?? 0);
}
