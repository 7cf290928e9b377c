/**
 * What libseccomp makes of the rules that it is given one after the other, as far as that is told by its source and by
 * its behaviour (db.c and arch.c of 2.5.4; the older versions that engines carry do the same where it matters here).
 */

import { canBothApply } from "../analysis/comparisons.ts";
import type { Comparison, Policy, PolicyRule } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { multiplexed } from "../tables/multiplexers.ts";
import { SECCOMP_RET_KILL_PROCESS } from "../tables/seccomp.ts";
import { syscallCount, syscallId, syscallNumber } from "../tables/syscalls.ts";
import type { EngineReading, EngineRule, LibseccompUse } from "./engine.ts";

/** Something that becomes of a rule otherwise than its author meant. */
export interface Event {
  readonly kind:
    | "equals-default"
    | "unknown-name"
    | "hidden"
    | "second-unconditional"
    | "clash"
    | "unspecified"
    | "conditions-lost";
  /** The syscall's id; -1 for a name that nobody knows. */
  readonly id: number;
  readonly name: string;
  /** JSON pointer of the rule of which this is said, or of the name. */
  readonly pointer: string;
  /** JSON pointer of the rule that stands in its way. */
  readonly other?: string;
}

/** The filter of one architecture. */
export interface LibseccompFilter {
  /** What the filter says, in the form of a policy: a call of the architecture gets what `evaluate` says of it. */
  readonly policy: Policy;
  readonly events: readonly Event[];
}

interface Added extends PolicyRule {
  readonly pointer: string;
}

/** Gives the rules of a reading to libseccomp, for one of its architectures. */
export function libseccompFilter(
  reading: EngineReading,
  arch: Architecture,
  use: LibseccompUse,
): LibseccompFilter {
  const filter = new Filter(reading.defaultVerdict, arch, use);
  for (const rule of reading.rules) {
    filter.addAll(rule);
  }
  return {
    policy: {
      architectures: reading.architectures,
      foreignVerdict: SECCOMP_RET_KILL_PROCESS,
      defaultVerdict: reading.defaultVerdict,
      youngest: undefined,
      youngerVerdict: reading.defaultVerdict,
      rules: filter.rules,
      flags: 0,
      optionalFlags: 0,
    },
    events: filter.events,
  };
}

class Filter {
  readonly rules: (readonly Added[] | undefined)[] = new Array(syscallCount()).fill(undefined);
  readonly events: Event[] = [];

  constructor(
    private readonly defaultVerdict: Verdict,
    private readonly arch: Architecture,
    private readonly use: LibseccompUse,
  ) {}

  addAll({ names, verdict, added, pointer }: EngineRule): void {
    for (const [i, name] of names.entries()) {
      const id = syscallId(name);
      if (id < 0 || !this.use.knows(name)) {
        this.events.push({ kind: "unknown-name", id, name, pointer: `${pointer}/names/${i}` });
      } else if (verdict === this.defaultVerdict) {
        this.events.push({ kind: "equals-default", id, name, pointer });
      } else {
        for (const { conditions } of added) {
          this.add(id, name, { conditions: conditions.flatMap((one) => this.cut(one)), verdict, pointer });
        }
      }
    }
  }

  /** Adds a rule for a call, and for the multiplexer through which it can be made. */
  private add(id: number, name: string, rule: Added): void {
    const through = multiplexed(name);
    if (through !== undefined) {
      const multiplexer = syscallId(through.via);
      if (syscallNumber(this.arch, multiplexer) >= 0) {
        if (rule.conditions.length > 0) {
          this.events.push({ kind: "conditions-lost", id: multiplexer, name, pointer: rule.pointer });
        }
        const isCall: Comparison = { index: 0, op: "SCMP_CMP_EQ", value: BigInt(through.call), mask: 0n };
        this.insert(multiplexer, name, { ...rule, conditions: [isCall] });
      }
    }
    if (syscallNumber(this.arch, id) >= 0) {
      this.insert(id, name, rule);
    }
  }

  private insert(id: number, name: string, rule: Added): void {
    const present = this.rules[id] ?? [];
    const say = (kind: Event["kind"], other: Added, of: Added = rule): void => {
      this.events.push({ kind, id, name, pointer: of.pointer, other: other.pointer });
    };
    const unconditional = present.find(({ conditions }) => conditions.length === 0);
    if (unconditional !== undefined) {
      if (unconditional.verdict !== rule.verdict) {
        say(rule.conditions.length === 0 ? "second-unconditional" : "hidden", unconditional);
      }
      return;
    }
    if (rule.conditions.length === 0) {
      for (const other of present.filter(({ verdict }) => verdict !== rule.verdict)) {
        say("hidden", rule, other);
      }
      this.rules[id] = [rule];
      return;
    }
    const twin = present.find(({ conditions }) => sameConditions(conditions, rule.conditions));
    if (twin !== undefined) {
      if (twin.verdict !== rule.verdict) {
        say("clash", twin);
      }
      return;
    }
    const rival = present.find(
      (other) => other.verdict !== rule.verdict && canBothApply(other, rule, this.arch.bits),
    );
    if (rival !== undefined) {
      say("unspecified", rival);
    }
    this.rules[id] = [...present, rule];
  }

  /**
   * A comparison as the filter makes it: the upper half of a value is cut off where the architecture has 32 bits, and
   * one under an empty mask is left out.
   */
  private cut(comparison: Comparison): Comparison[] {
    const value = BigInt.asUintN(this.arch.bits, comparison.value);
    const mask = BigInt.asUintN(this.arch.bits, comparison.mask);
    return comparison.op === "SCMP_CMP_MASKED_EQ" && mask === 0n ? [] : [{ ...comparison, value, mask }];
  }
}

function sameConditions(a: readonly Comparison[], b: readonly Comparison[]): boolean {
  const key = ({ index, op, value, mask }: Comparison): string => `${index} ${op} ${value} ${mask}`;
  const keys = new Set(a.map(key));
  return a.length === b.length && b.every((one) => keys.has(key(one)));
}
