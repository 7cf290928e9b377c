/**
 * Calls on which an engine decides by bits of an argument that the kernel does not take.
 */

import { differences, type Effort } from "../analysis/differences.ts";
import { formatCall } from "../analysis/format-call.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { resolve } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import { denies } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import { syscallName } from "../tables/syscalls.ts";
import type { Engine } from "./engine.ts";

/** The calls of one direction: each syscall once, with arguments that show the difference. */
interface Found {
  /** By the syscall's name. */
  readonly calls: Map<string, string>;
}

/**
 * Notes the calls that a profile denies here and lets through where 64 bits of every argument are compared, and those that it
 * denies only there. A program makes the former only on purpose; the latter depend on how its compiler passes a negative number.
 *
 * @param targets machines on which the profile can mean different things
 */
export function decidedByUnseenBits(
  engine: Engine,
  profile: Profile,
  targets: readonly Target[],
  effort: Effort,
): readonly Diagnostic[] {
  const passing: Found = { calls: new Map() };
  const failing: Found = { calls: new Map() };
  for (const target of targets) {
    const here = resolve(profile, target, { unknownSyscalls: "default" }).policy;
    const there = resolve(profile, target, { unknownSyscalls: "default", wideArguments: true }).policy;
    if (here === undefined || there === undefined) {
      continue;
    }
    for (const arch of here.architectures) {
      const found = differences(arch, here, there, arch.bits, effort);
      for (const { id, call, verdicts } of found.differences) {
        const [ofHere, ofThere] = verdicts.map(denies);
        const direction = ofHere === ofThere ? undefined : ofHere ? passing : failing;
        const name = syscallName(id);
        if (direction !== undefined && !direction.calls.has(name)) {
          direction.calls.set(name, formatCall(id, call.args));
        }
      }
    }
  }
  return [
    ...note(profile, passing, (calls) => `${engine.title} lets ${calls} through, which are denied here`),
    ...note(profile, failing, (calls) => `${engine.title} denies ${calls}, which are let through here`),
  ];
}

function note(profile: Profile, { calls }: Found, say: (calls: string) => string): Diagnostic[] {
  if (calls.size === 0) {
    return [];
  }
  const rule = profile.rules.find(
    ({ names, conditions }) => conditions.length > 0 && names.some((name) => calls.has(name)),
  );
  return [
    {
      code: "engine-note",
      severity: "note",
      message: `${say(listed([...calls.values()], calls.size))}: it compares bits that the kernel does not take`,
      hint: "--wide-arguments gives conditions that meaning here; convert writes comparisons under a mask that mean the same there",
      pointer: rule === undefined ? profile.base : `${profile.base}/syscalls/${rule.index}`,
    },
  ];
}
