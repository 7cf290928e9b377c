/**
 * Reads the values of the options that describe the machine and the caller.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { parseKernelVersion } from "../profile/kernel-version.ts";
import { allCapabilities, capabilityBit, normalizeCapability } from "../tables/capabilities.ts";

/**
 * Reads the value of `--kernel`.
 *
 * @returns major * 256 + minor
 * @throws Refusal
 */
export function parseKernel(text: ByteString): number {
  const version = parseKernelVersion(text);
  if (version === undefined) {
    throw new Refusal(
      `--kernel: '${decodeBytes(text)}' is not a kernel version`,
      "write it as X.Y, for example 6.1",
    );
  }
  return version;
}

/**
 * Reads the value of `--caps`.
 *
 * @returns bit n is the capability with number n
 * @throws Refusal
 */
export function parseCaps(list: ByteString): bigint {
  if (list === "all") {
    return allCapabilities();
  }
  if (list === "none") {
    return 0n;
  }
  let caps = 0n;
  for (const word of list.split(",")) {
    const bit = capabilityBit(normalizeCapability(word));
    if (bit < 0) {
      throw new Refusal(
        `--caps: unknown capability '${decodeBytes(word)}'`,
        "write all, none, or names as in capabilities(7), for example CAP_SYS_ADMIN,CAP_SYSLOG",
        { word: decodeBytes(word), kind: "capability" },
      );
    }
    caps |= 1n << BigInt(bit);
  }
  return caps;
}

/** The answer to a call that is newer than the profile: ENOSYS, as from an older kernel, or the profile's default action. */
export const UNKNOWN_SYSCALLS = ["enosys", "default"] as const;
export type UnknownSyscalls = (typeof UNKNOWN_SYSCALLS)[number];

/**
 * Reads the value of `--unknown-syscalls`.
 *
 * @throws Refusal
 */
export function parseUnknownSyscalls(how: ByteString): UnknownSyscalls {
  if (how !== "enosys" && how !== "default") {
    throw new Refusal(
      `--unknown-syscalls: '${decodeBytes(how)}' is neither 'enosys' nor 'default'`,
      "the default is enosys",
      { word: decodeBytes(how), kind: "value", among: UNKNOWN_SYSCALLS },
    );
  }
  return how;
}
