/**
 * Counts the instructions of a launch with callgrind: the same number each time, however busy the machine is.
 */

import { rmSync } from "node:fs";
import { needs, STRACE, VALGRIND } from "../running/needs.ts";
import { runCommand } from "./program.ts";

/** An environment without any request for a launcher. */
export const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/**
 * Instructions of the launcher up to its check that the command may be executed, which is its last step but one before it
 * installs the filter.
 *
 * Letting it continue would give nothing: an execve discards callgrind's result, and seccomp(2), which valgrind does not know and
 * answers with ENOSYS, makes the launcher start over to explain the failure. So strace kills it with a signal at its access(2) of
 * the command. Valgrind delivers that within its time slice of 100,000 basic blocks, so the count is the same each time but may
 * be one percent high. The file then shows where the instructions went. For a launch that ends earlier, see
 * `test/budget/native/count-steps.c`.
 *
 * @param payload the command, as strace looks for it
 * @param file where callgrind writes its result
 * @returns 0 if the launcher did not get there
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
 * Instructions of a whole run that starts no other program.
 *
 * @returns 0 if it did not get to its end
 */
export function countRun(command: readonly string[], file: string): number {
  needs(VALGRIND);
  const { stderr } = runCommand(
    ["valgrind", "--vgdb=no", "--tool=callgrind", `--callgrind-out-file=${file}`, ...command],
    { env: ENVIRONMENT },
  );
  return Number(/Collected : (\d+)/.exec(stderr)?.[1] ?? 0);
}
