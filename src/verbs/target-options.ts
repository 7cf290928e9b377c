/**
 * The options by which a verb is told for which machine a profile is to be looked at.
 */

import { decodeBytes } from "../bytes.ts";
import type { Host } from "../host.ts";
import { kernelVersion, parseCaps } from "../load/target.ts";
import type { Target } from "../policy/target.ts";
import {
  architectureByName,
  architectureByScmp,
  architectures,
  matchesArchName,
} from "../tables/architectures.ts";
import { LAUNCH_OPTIONS, type OptionSpec } from "../task/options.ts";
import { readingOptions, UsageError, type VerbArguments } from "./verb.ts";

/** `--arch`, `--caps`, `--kernel` and `--profile-dir`, as the launcher has them. */
export const TARGET_OPTIONS: readonly OptionSpec[] = [
  {
    name: "--arch",
    value: "NAME",
    help: "the machine's architecture, by libseccomp's or Go's name; this machine's where it is left out",
  },
  ...LAUNCH_OPTIONS.filter(
    ({ name }) => name === "--caps" || name === "--kernel" || name === "--profile-dir",
  ),
];

export const JSON_OPTION: OptionSpec = { name: "--json", help: "print JSON" };

/**
 * The machine that the options speak of; what they leave open is this machine's.
 *
 * @param caps what the command can come to hold where `--caps` is not given
 * @throws UsageError
 */
export function targetOf(host: Host, given: VerbArguments, caps: bigint): Target {
  return readingOptions(() => readTarget(host, given, caps));
}

function readTarget(host: Host, { options }: VerbArguments, caps: bigint): Target {
  const word = options["--arch"] ?? host.arch;
  const arch =
    architectureByName(word) ??
    architectureByScmp(word) ??
    architectures.find((candidate) => matchesArchName(candidate, word));
  if (arch === undefined) {
    throw new UsageError(
      `--arch: there is no architecture '${decodeBytes(word)}'`,
      `known are ${architectures.map(({ name }) => name).join(", ")}`,
      { word: decodeBytes(word), kind: "architecture" },
    );
  }
  return {
    arch,
    kernel: kernelVersion(host, options),
    caps: options["--caps"] === undefined ? caps : parseCaps(options["--caps"]),
  };
}
