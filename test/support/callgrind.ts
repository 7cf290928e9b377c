/**
 * Counts the instructions of a launch by callgrind: the same number each time, however busy the machine is.
 */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { needs, STRACE, VALGRIND } from "./needs.ts";
import { runCommand } from "./program.ts";

/** Nothing in it asks a launcher for anything. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/**
 * Instructions of our launcher up to where it finds that the command may be executed, which is its last step but one before
 * it installs the filter.
 *
 * To let it go on would give nothing: an execve takes callgrind's result with it, and seccomp(2), which valgrind
 * does not know and answers with ENOSYS, makes the launcher start over to explain the failure. So strace ends it by
 * a signal as it asks access(2) for the command; valgrind hands that on within its time slice of 100,000 basic
 * blocks, so the count is the same each time but may be one percent high. The file then says where the instructions went.
 *
 * @param payload the command, as strace is to look for it
 * @param file where callgrind writes what it has found
 * @returns 0 where it did not get there
 */
export function countWithCallgrind(command: readonly string[], payload: string, file: string): number {
  const { signal, stderr } = underCallgrind(command, payload, file, "SIGTERM");
  return signal === "SIGTERM" ? Number(/Collected : (\d+)/.exec(stderr)?.[1] ?? 0) : 0;
}

/**
 * The same for a launch that is over long before such a time slice is: it is killed, and what counts is what callgrind has
 * written by then. It writes when a call that may wait comes back, so this is up to the last file that was read.
 */
export function countShortWithCallgrind(command: readonly string[], payload: string, file: string): number {
  underCallgrind(command, payload, file, "SIGKILL", "--dump-every-bb=1");
  const dumps = readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.`));
  const totals = dumps.map(
    (name) => /^totals: (\d+)/m.exec(readFileSync(join(dirname(file), name), "utf8"))?.[1],
  );
  return totals.reduce((sum, total) => sum + Number(total ?? 0), 0);
}

function underCallgrind(
  command: readonly string[],
  payload: string,
  file: string,
  signal: string,
  ...options: readonly string[]
) {
  needs(STRACE, VALGRIND);
  rmSync(file, { force: true });
  const calls = "access,faccessat,faccessat2";
  return runCommand(
    [
      ...["strace", "-f", "-o", "/dev/null", "-P", payload],
      ...["-e", `trace=${calls}`, "-e", `inject=${calls}:signal=${signal}:when=1`],
      ...[
        "valgrind",
        "--vgdb=no",
        "--tool=callgrind",
        ...options,
        `--callgrind-out-file=${file}`,
        ...command,
      ],
    ],
    { env: ENVIRONMENT },
  );
}
