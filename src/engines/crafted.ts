/**
 * What only crafted calls can tell: differences between a profile and an engine's reading of it that no ordinary call shows.
 */

import type { Difference } from "../analysis/differences.ts";
import { formatCall } from "../analysis/format-call.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { counted } from "../plural.ts";
import { denies, formatVerdict, precedence, type Verdict } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { multiplexed } from "../tables/multiplexers.ts";
import { syscallName } from "../tables/syscalls.ts";
import type { Engine } from "./engine.ts";

/** Why an engine judges a crafted call otherwise. */
interface Cause {
  readonly why: string;
  readonly hint?: string;
}

const IGNORED_BITS: Cause = {
  why: "it also compares bits that the kernel ignores",
  hint: "'convert' writes masked comparisons, which mean the same there; with --wide-arguments seccomp-exec compares all bits too",
};

const UPPER_HALVES: Cause = {
  why: "libseccomp compares only the lower half of each argument there",
  hint: "leave the architecture out unless your programs are built for it",
};

const IPC_VERSION: Cause = {
  why: "libseccomp compares all bits of the first argument, of which the kernel takes the upper 16 as a version that no C library sets",
  hint: "a rule without conditions for ipc itself, with the same action, covers all versions",
};

/** The same difference on one or more calls. */
interface Group {
  readonly cause: Cause;
  readonly isWayAround: boolean;
  /** The first one found, as the end of a sentence about the engine. */
  readonly told: string;
  /** The names of all syscalls. */
  readonly names: Set<string>;
}

/** Collects such differences: one finding for each cause and direction, which shows one call. */
export class CraftedCalls {
  private readonly groups = new Map<string, Group>();

  /**
   * @param bits the width of the arguments that the engine compares on the architecture of the call
   * @param native the architecture of the machine
   */
  add(difference: Difference, bits: 32 | 64, native: Architecture): void {
    const cause = causeOf(difference, bits);
    const isWayAround = letsMoreThrough(difference.verdicts);
    const key = `${cause.why} ${isWayAround}`;
    const group = this.groups.get(key) ?? {
      cause,
      isWayAround,
      told: tell(difference, native),
      names: new Set<string>(),
    };
    group.names.add(syscallName(difference.id));
    this.groups.set(key, group);
  }

  /** A finding for each: first warnings of ways around what the profile denies, then remarks. */
  findings({ title }: Engine, profile: Profile): readonly Diagnostic[] {
    const groups = [...this.groups.values()].sort((a, b) => Number(b.isWayAround) - Number(a.isWayAround));
    return groups.map((group) => {
      const { cause, isWayAround, told, names } = group;
      const { hint, why } = cause;
      const [first, ...others] = names;
      const more =
        others.length === 0
          ? ""
          : `; so with calls of ${others.length > 3 ? counted(others.length, "other syscall") : others.join(", ")}`;
      return {
        code: "engine-note",
        severity: isWayAround ? "warning" : "note",
        weight: isWayAround ? "way-around" : "remark",
        message: `${title} ${told}: ${why}${more}`,
        ...(hint === undefined ? {} : { hint }),
        pointer: placeOf(profile, first ?? ""),
      };
    });
  }
}

/** Whether an engine lets a call through that the profile denies, or that it gives to a supervisor or tracer first. */
function letsMoreThrough([ours, theirs]: readonly [Verdict, Verdict]): boolean {
  return !denies(theirs) && precedence(theirs) > precedence(ours);
}

function tell({ arch, id, call, verdicts }: Difference, native: Architecture): string {
  const [ours, theirs] = verdicts;
  const shown = `the crafted call ${formatCall(id, call.args)}${arch === native ? "" : ` on ${arch.name}`}`;
  if (denies(ours) === denies(theirs)) {
    return `answers ${formatVerdict(theirs, arch)} to ${shown}, which gets ${formatVerdict(ours, arch)} here`;
  }
  return denies(theirs)
    ? `denies ${shown}, which is let through here`
    : `lets ${shown} through, which is denied here`;
}

function causeOf({ arch, id }: Difference, bits: 32 | 64): Cause {
  if (syscallName(id) === "ipc") {
    return IPC_VERSION;
  }
  return bits < arch.bits ? UPPER_HALVES : IGNORED_BITS;
}

/** The first rule with conditions for the call, or the first rule for it or for one that is made through it. */
function placeOf({ base, rules }: Profile, name: string): string {
  const own = rules.filter(({ names }) => names.includes(name));
  const rule =
    own.find(({ conditions }) => conditions.length > 0) ??
    own[0] ??
    rules.find(({ names }) => names.some((other) => multiplexed(other)?.via === name));
  return rule === undefined ? base : `${base}/syscalls/${rule.index}`;
}
