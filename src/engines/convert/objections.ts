/**
 * What prevents a conversion, as diagnostics at the places of the profile.
 */

import type { Difference } from "../../analysis/differences.ts";
import { formatCall } from "../../analysis/format-call.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import { addTo } from "../../groups.ts";
import { listed } from "../../plural.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import type { Profile } from "../../profile/profile.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { multiplexed, multiplexers } from "../../tables/multiplexers.ts";
import { syscallName } from "../../tables/syscalls.ts";
import type { EngineComparison } from "../compare.ts";
import type { Carrier } from "./carrier.ts";

/** An error about a part of the profile that the engine cannot express. */
export function notCarried(message: string, pointer: string, hint?: string): Diagnostic {
  return {
    code: "not-carried-over",
    severity: "error",
    message,
    pointer,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** If an engine cannot select by kernel, the caller must name the kernel for which rules are resolved. */
export function kernelProblems(profile: Profile, carrier: Carrier, kernelGiven: boolean): Diagnostic[] {
  if (carrier.kernels || !carrier.selectors || kernelGiven) {
    return [];
  }
  return profile.rules
    .filter(({ includes, excludes }) => includes.minKernel !== undefined || excludes.minKernel !== undefined)
    .map(({ index, includes }) =>
      notCarried(
        `${carrier.engine.title} ignores minKernel`,
        `${profile.base}/syscalls/${index}/${includes.minKernel === undefined ? "excludes" : "includes"}/minKernel`,
        "name the kernel to resolve the rule for: --kernel X.Y",
      ),
    );
}

/** Flags that an engine has no place for. */
export function flagProblems({ base, flags }: Profile, carrier: Carrier, stricter: boolean): Diagnostic[] {
  if (carrier.flags || flags === undefined || flags.length === 0) {
    return [];
  }
  const problem = notCarried(`${carrier.engine.title} has no 'flags'`, `${base}/flags`, "remove them");
  return [stricter ? { ...problem, severity: "warning" } : problem];
}

/** Why a written file is not acceptable. */
export function objections(
  profile: Profile,
  { obstacles }: EngineComparison,
  wrong: readonly Difference[],
  killed: readonly Architecture[],
  carrier: Carrier,
  culprits: readonly Architecture[],
): Diagnostic[] {
  const { title } = carrier.engine;
  const hint =
    culprits.length > 0
      ? `with --stricter the file leaves out ${culprits.map(({ name }) => name).join(", ")}`
      : undefined;
  return [
    // Their positions are in the written file, which is discarded.
    ...[...new Set(obstacles.map(({ message }) => message))].map((message) =>
      notCarried(message, profile.base),
    ),
    ...alike(wrong).map((some) =>
      notCarried(`${title}: ${explain(some)}${reasonOf(some)}`, placeOf(profile, some), hint),
    ),
    ...killed.map(({ name }) =>
      notCarried(`${title} does not know the architecture ${name}`, `${profile.base}`),
    ),
  ];
}

/** The differences by their pairs of verdicts. */
export function alike(wrong: readonly Difference[]): readonly (readonly Difference[])[] {
  const groups = new Map<string, Difference[]>();
  for (const one of wrong) {
    addTo(groups, one.verdicts.join(), [one]);
  }
  return [...groups.values()];
}

/** Differences with the same verdicts in one sentence. */
export function explain(wrong: readonly Difference[]): string {
  const [first] = wrong;
  if (first === undefined) {
    return "";
  }
  const { arch, verdicts } = first;
  const calls = [
    ...new Set(wrong.map(({ call, id, arch: on }) => `${formatCall(id, call.args)} on ${on.name}`)),
  ];
  return `${listed(calls, 5)} would get ${formatVerdict(verdicts[1], arch)}, not ${formatVerdict(verdicts[0], arch)}`;
}

/** Why, if all are calls of multiplexers. In glibc 2.41 for x86, socket(3) and the other functions still make these. */
function reasonOf(wrong: readonly Difference[]): string {
  const names = [...new Set(wrong.map(({ id }) => syscallName(id)))];
  return names.every((name) => multiplexers.some((one) => one.name === name))
    ? `; libseccomp drops conditions on arguments where a call is made through ${names.join(" and ")}, as 32-bit programs do with glibc`
    : "";
}

function placeOf({ base, rules }: Profile, wrong: readonly Difference[]): string {
  const names = wrong.map(({ id }) => syscallName(id));
  const rule =
    rules.find((one) => one.names.some((name) => names.includes(name))) ??
    rules.find(
      (one) =>
        one.conditions.length > 0 && one.names.some((name) => names.includes(multiplexed(name)?.via ?? "")),
    );
  return rule === undefined ? base : `${base}/syscalls/${rule.index}`;
}
