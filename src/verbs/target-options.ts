/**
 * The options that name the machine and the caller for which a verb resolves a profile.
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
import {
  CAPS_OPTION,
  KERNEL_OPTION,
  PROFILE_DIR_OPTION,
  UNKNOWN_SYSCALLS_OPTION,
  WIDE_ARGUMENTS_OPTION,
} from "../task/options.ts";
import { asUsage, UsageError } from "./verb.ts";

export const ARCH_OPTION = {
  name: "--arch",
  value: "NAME",
  read: architectureNamed,
  help: "the machine's architecture, by libseccomp's or Go's name (default: this machine's)",
} as const;

/** Options that the launcher has as well: for the kernel, the caller, the meaning of conditions, and the directory of profiles. */
export const CALLER_OPTIONS = [
  PROFILE_DIR_OPTION,
  CAPS_OPTION,
  KERNEL_OPTION,
  WIDE_ARGUMENTS_OPTION,
] as const satisfies OptionTable;

/** The options of a verb that takes the meaning of a profile for a machine. */
export const TARGET_OPTIONS = [ARCH_OPTION, ...CALLER_OPTIONS, UNKNOWN_SYSCALLS_OPTION] as const;

export const JSON_OPTION = { name: "--json", help: "print JSON" } as const;

/**
 * The format of a verb that has several, of which `--json` names one.
 *
 * @throws UsageError if another one is given as well
 */
export function formatGiven<F extends string>(
  format: F | undefined,
  json: boolean,
  otherwise: F,
): F | "json" {
  if (json && format !== undefined && format !== "json") {
    throw new UsageError(`--json and --format ${format} are both given`, "keep one of them");
  }
  return json ? "json" : (format ?? otherwise);
}

/** Of a verb whose operand is a directory of profiles: what other verbs call it. */
export const DIR_OPTION = {
  name: "--profile-dir",
  value: "DIR",
  help: "the same as the operand DIR, as other verbs call it",
} as const;

/**
 * The directory that is named, by the operand or the option.
 *
 * @throws UsageError if both are given
 */
export function directoryGiven(
  operand: ByteString | undefined,
  option: ByteString | undefined,
): ByteString | undefined {
  if (operand !== undefined && option !== undefined) {
    throw new UsageError("DIR and --profile-dir are both given", "keep one of them");
  }
  return operand ?? option;
}

/** The options about the machine; a verb without `--arch` works for this machine's. */
export type TargetValues = Pick<Values<typeof CALLER_OPTIONS>, "--caps" | "--kernel"> & ArchValue;

type ArchValue = Partial<Values<readonly [typeof ARCH_OPTION]>>;

/**
 * The machine that the options name; what they leave open is this machine's.
 *
 * @param caps the capabilities that the command can come to hold if `--caps` is not given
 * @throws UsageError
 */
export function targetOf(host: Host, options: TargetValues, caps: bigint): Target {
  return asUsage(() => ({
    arch: archOf(host, options),
    kernel: options["--kernel"] ?? kernelVersion(host, {}),
    caps: options["--caps"] ?? caps,
  }));
}

/** The machine that the options name, with the capabilities that a command started here could come to hold. */
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
      `--arch: unknown architecture '${decodeBytes(word)}'`,
      `known are ${architectures.map(({ name }) => name).join(", ")}`,
      { word: decodeBytes(word), kind: "architecture" },
    );
  }
  return arch;
}
