/**
 * `--log-denials`: the kernel logs what the filter denies.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { Host } from "../host.ts";
import { SECCOMP_FILTER_FLAG_LOG } from "../tables/seccomp.ts";
import type { GivenOptions } from "../task/options.ts";

/** The flag of a filter whose denials are logged; 0 if that is not asked for. */
export function loggingFlag(options: GivenOptions): number {
  return options["--log-denials"] === undefined ? 0 : SECCOMP_FILTER_FLAG_LOG;
}

/** @throws Refusal where there is no filter: else it would look as if nothing had been denied */
export function refuseNothingToLog(options: GivenOptions, by: string): void {
  if (options["--log-denials"] !== undefined) {
    throw new Refusal(
      `--log-denials: the command runs without a filter, by ${by}, so there is nothing to log`,
      "leave out --log-denials, or let the command have a profile",
    );
  }
}

/** seccomp(2), "/proc interfaces". */
const ACTIONS_LOGGED = "/proc/sys/kernel/seccomp/actions_logged";

/** A warning if this kernel does not log what is denied with an errno; undefined if it does, or does not say. */
export function logWarning(host: Host, options: GivenOptions): string | undefined {
  if (options["--log-denials"] === undefined) {
    return undefined;
  }
  const { errno, bytes } = host.readBytes(ACTIONS_LOGGED, MAX_SIZE);
  return errno !== 0 ||
    decodeBytes(bytes ?? "")
      .trimEnd()
      .split(" ")
      .includes("errno")
    ? undefined
    : `the kernel does not log what is denied with an errno: ${ACTIONS_LOGGED} lacks 'errno'`;
}

const MAX_SIZE = 4096;
