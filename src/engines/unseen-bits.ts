/**
 * Calls on which an engine decides by bits of an argument that the kernel does not take.
 */

import type { Difference } from "../analysis/differences.ts";
import { formatCall } from "../analysis/format-call.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { denies } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import { syscallName } from "../tables/syscalls.ts";
import type { Engine } from "./engine.ts";

/** Collects such calls: each syscall once in each direction, with arguments that show the difference. */
export class UnseenBits {
  /** Let through by the engine and denied here, by the syscall's name. */
  private readonly passing = new Map<string, string>();
  /** Denied by the engine and let through here. */
  private readonly failing = new Map<string, string>();

  /**
   * Adds what differs on any calls, but not on ordinary ones.
   *
   * @param all the differences between a profile and an engine on all calls of an architecture
   * @param ordinary those on calls without bits that the kernel does not take
   */
  add(all: readonly Difference[], ordinary: readonly Difference[]): void {
    const known = new Set(ordinary.map(keyOf));
    for (const one of all.filter((difference) => !known.has(keyOf(difference)))) {
      const [ofUs, ofThem] = one.verdicts.map(denies);
      if (ofUs !== ofThem) {
        const calls = ofUs ? this.passing : this.failing;
        const name = syscallName(one.id);
        calls.set(name, calls.get(name) ?? formatCall(one.id, one.call.args));
      }
    }
  }

  /** A note for each direction. */
  notes({ title }: Engine, profile: Profile): readonly Diagnostic[] {
    const is = ({ size }: ReadonlyMap<string, string>): string => (size === 1 ? "is" : "are");
    return [
      ...note(
        profile,
        this.passing,
        (calls) => `${title} lets ${calls} through, which ${is(this.passing)} denied here`,
      ),
      ...note(
        profile,
        this.failing,
        (calls) => `${title} denies ${calls}, which ${is(this.failing)} let through here`,
      ),
    ];
  }
}

function keyOf({ id, verdicts }: Difference): string {
  return `${id} ${verdicts}`;
}

function note(
  profile: Profile,
  calls: ReadonlyMap<string, string>,
  say: (calls: string) => string,
): readonly Diagnostic[] {
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
      message: `${say(listed([...calls.values()], calls.size))}: it also compares bits that the kernel ignores`,
      hint: "'convert' writes masked comparisons, which mean the same there; with --wide-arguments seccomp-exec compares all bits too",
      pointer: rule === undefined ? profile.base : `${profile.base}/syscalls/${rule.index}`,
    },
  ];
}
