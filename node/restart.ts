/**
 * Starts the program of this process again, so that libuv makes no rings of io_uring.
 */

import { Refusal } from "../src/diagnostic.ts";
import { ENOSYS } from "../src/load/errno.ts";
import { execUnder } from "./exec-under.ts";

/** To a process under it, the kernel has no io_uring. */
const WITHOUT_RINGS = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["io_uring_setup"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS }],
};

/**
 * Executes Node again with the same arguments, options and environment.
 *
 * @throws Refusal or ConfinementError if that is not possible
 */
export function restartWithoutRings(): never {
  const [, script] = process.argv;
  const evaluates = process.execArgv.some((option) => /^(-[ep]|-pe|--eval|--print)/.test(option));
  if (!evaluates && (script === undefined || script === "-")) {
    throw new Refusal(
      "restart: the program was read from standard input, so it cannot be started again",
      "put it into a file",
    );
  }
  if (process.channel !== undefined) {
    throw new Refusal(
      "restart: this process has a channel to its parent (fork of node:child_process), which Node would not find again",
      "confine the parent before it forks",
    );
  }
  return execUnder(WITHOUT_RINGS, process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    argv0: process.argv0,
  });
}
