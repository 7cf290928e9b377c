/**
 * The options by which a verb is told for which machine a profile is to be looked at.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { attainable, kernelVersion, processStatus } from "../load/target.ts";
import type { Target } from "../policy/target.ts";
import {
  type Architecture,
  architectureByName,
  architectureByScmp,
  architectures,
  matchesArchName,
} from "../tables/architectures.ts";
import type { OptionTable, Values } from "../task/command-line.ts";
import { CAPS_OPTION, KERNEL_OPTION, PROFILE_DIR_OPTION } from "../task/options.ts";
import { asUsage } from "./verb.ts";

export const ARCH_OPTION = {
  name: "--arch",
  value: "NAME",
  read: architectureNamed,
  help: "the machine's architecture, by libseccomp's or Go's name; this machine's where it is left out",
} as const;

/** What the launcher has as well: for the kernel and the caller, and where names are looked up. */
export const CALLER_OPTIONS = [PROFILE_DIR_OPTION, CAPS_OPTION, KERNEL_OPTION] as const satisfies OptionTable;

export const TARGET_OPTIONS = [ARCH_OPTION, ...CALLER_OPTIONS] as const;

export const JSON_OPTION = { name: "--json", help: "print JSON" } as const;

/** What a verb was told of the machine; one without `--arch` is for this machine's. */
export type TargetValues = Pick<Values<typeof CALLER_OPTIONS>, "--caps" | "--kernel"> & ArchValue;

type ArchValue = Partial<Values<readonly [typeof ARCH_OPTION]>>;

/**
 * The machine that the options speak of; what they leave open is this machine's.
 *
 * @param caps what the command can come to hold where `--caps` is not given
 * @throws UsageError
 */
export function targetOf(host: Host, options: TargetValues, caps: bigint): Target {
  return asUsage(() => ({
    arch: archOf(host, options),
    kernel: options["--kernel"] ?? kernelVersion(host, {}),
    caps: options["--caps"] ?? caps,
  }));
}

/** The machine that the options speak of; capabilities are those that a command started here could come to hold. */
export function ownTarget(host: Host, options: TargetValues): Target {
  if (options["--caps"] !== undefined) {
    return targetOf(host, options, 0n);
  }
  const status = processStatus(host);
  return targetOf(host, options, attainable(status, status.noNewPrivs));
}

/**
 * The architecture that `--arch` names, or this machine's.
 *
 * @throws UsageError
 */
export function archOf(host: Host, options: ArchValue): Architecture {
  return options["--arch"] ?? asUsage(() => architectureNamed(host.arch));
}

/** @throws Refusal */
function architectureNamed(word: ByteString): Architecture {
  const arch =
    architectureByName(word) ??
    architectureByScmp(word) ??
    architectures.find((candidate) => matchesArchName(candidate, word));
  if (arch === undefined) {
    throw new Refusal(
      `--arch: there is no architecture '${decodeBytes(word)}'`,
      `known are ${architectures.map(({ name }) => name).join(", ")}`,
      { word: decodeBytes(word), kind: "architecture" },
    );
  }
  return arch;
}
