/**
 * The target that a launch resolves a profile for: this process and this machine.
 */

import { Refusal } from "../diagnostic.ts";
import type { Host, ProcessStatus } from "../host.ts";
import type { ResolveOptions } from "../policy/resolve.ts";
import { parseKernelRelease } from "../profile/kernel-version.ts";
import { leastCapabilities } from "../tables/capabilities.ts";
import type { GivenOptions } from "../task/options.ts";
import { parseCaps, parseKernel, parseUnknownSyscalls } from "../task/values.ts";

const CAP_SYS_ADMIN = 21n;

/**
 * What the kernel reports of this process.
 *
 * @throws Refusal if anything is missing: without it, the meaning of a profile for this process is unknown
 */
export function processStatus(host: Host): ProcessStatus {
  const status = host.process();
  if (typeof status === "number") {
    throw new Refusal(
      `the user and the capabilities of this process cannot be read: ${host.errorMessage(status)}`,
      "a filter of the caller seems to refuse capget(2), prctl(2), getuid(2) or geteuid(2)",
    );
  }
  const kernel = runningKernel(host) ?? 0;
  const expected = leastCapabilities(kernel);
  if (status.capabilities < expected) {
    throw new Refusal(
      `prctl(2) knows ${status.capabilities} capabilities, and this kernel has ${expected} or more`,
      "a filter of the caller seems to answer instead of the kernel",
    );
  }
  return status;
}

/** Whether the kernel requires no_new_privs for a filter (seccomp(2), EACCES). */
export function needsNoNewPrivs(status: ProcessStatus): boolean {
  return !status.noNewPrivs && ((BigInt(`0x${status.effective}`) >> CAP_SYS_ADMIN) & 1n) === 0n;
}

/** A `Target`, with the architecture by its name. */
export interface Machine {
  readonly arch: string;
  readonly kernel: number;
  readonly caps: bigint;
}

/**
 * The machine and the caller of a launch.
 *
 * @param noNewPrivs whether the command will run with no_new_privs
 * @param mayBeTold whether `--kernel` is permitted
 */
export function launchMachine(
  host: Host,
  options: GivenOptions,
  status: ProcessStatus,
  noNewPrivs: boolean,
  mayBeTold: boolean,
): Machine {
  return {
    arch: host.arch,
    kernel: kernelVersion(host, options, mayBeTold),
    caps: options["--caps"] === undefined ? attainable(status, noNewPrivs) : parseCaps(options["--caps"]),
  };
}

/**
 * Refuses invalid values, even of options that are not used.
 *
 * @throws Refusal
 */
export function checkValues(options: GivenOptions): void {
  if (options["--kernel"] !== undefined) {
    parseKernel(options["--kernel"]);
  }
  if (options["--caps"] !== undefined) {
    parseCaps(options["--caps"]);
  }
  unknownSyscalls(options);
}

/** The answer to a call newer than the profile, by `--unknown-syscalls`. */
export function unknownSyscalls(
  options: Pick<GivenOptions, "--unknown-syscalls">,
): ResolveOptions["unknownSyscalls"] {
  return parseUnknownSyscalls(options["--unknown-syscalls"] ?? "enosys");
}

/** The capabilities that the command can still attain. */
export function attainable(status: ProcessStatus, noNewPrivs: boolean): bigint {
  if (!noNewPrivs) {
    return BigInt(`0x${status.bounding}`);
  }
  // Under no_new_privs execve(2) grants no capability that is not held already: root keeps the permitted set,
  // other users keep the ambient set (capabilities(7), "Ambient").
  const root = status.uid === 0 || status.euid === 0;
  return BigInt(`0x${root ? status.permitted : status.ambient}`);
}

/**
 * The kernel of `--kernel`, or the running one.
 *
 * @param mayBeTold whether `--kernel` is permitted; an operator's policy forbids it
 * @throws Refusal
 */
export function kernelVersion(host: Host, options: Pick<GivenOptions, "--kernel">, mayBeTold = true): number {
  const given = options["--kernel"];
  if (given !== undefined) {
    return parseKernel(given);
  }
  const version = runningKernel(host);
  if (version === undefined) {
    const release = host.kernelRelease();
    const disguised = isDisguised(release);
    throw new Refusal(
      disguised
        ? `the caller's personality (UNAME26) makes the kernel report the release ${release}`
        : `the kernel's release '${release}' does not begin with a version`,
      mayBeTold
        ? "give the kernel's version: --kernel X.Y"
        : disguised
          ? "start the launcher without that personality"
          : undefined,
    );
  }
  return version;
}

/** The version of the running kernel; undefined if its release does not show it. */
function runningKernel(host: Host): number | undefined {
  const release = host.kernelRelease();
  return isDisguised(release) ? undefined : parseKernelRelease(release);
}

/**
 * Whether the release is not the kernel's own: under personality(2) UNAME26 a current kernel reports 2.6.40 or above, but
 * the last kernel of that series was 2.6.39.
 */
function isDisguised(release: string): boolean {
  return release.startsWith("2.6.") && Number.parseInt(release.slice(4), 10) >= 40;
}
