/**
 * The filter that libseccomp makes from rules added one after the other, according to its source and its behaviour
 * (db.c and arch.c of 2.5.4; the older versions that engines use behave the same where it matters here).
 */

import { canBothApply } from "../analysis/comparisons.ts";
import { addTo } from "../groups.ts";
import type { Comparison, Policy, PolicyRule } from "../policy/policy.ts";
import { RuleTable } from "../policy/rule-table.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { OperatorName } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { multiplexed } from "../tables/multiplexers.ts";
import { SECCOMP_RET_KILL_PROCESS } from "../tables/seccomp.ts";
import { syscallId, syscallName, syscallNumber } from "../tables/syscalls.ts";
import type { EngineReading, EngineRule, LibseccompUse } from "./engine.ts";

/** A rule that libseccomp does not treat as its author meant. */
export interface Event {
  readonly kind:
    | "equals-default"
    | "unknown-name"
    | "hidden"
    | "replaced"
    | "second-unconditional"
    | "clash"
    | "unspecified"
    | "entangled"
    | "compares-halves"
    | "too-many"
    | "conditions-lost"
    | "number-not-loaded";
  /** The syscall's id; -1 for an unknown name. */
  readonly id: number;
  readonly name: string;
  /** JSON pointer of the rule or name. */
  readonly pointer: string;
  /** JSON pointer of the rule that interferes with it. */
  readonly other?: string;
}

/** The filter of one architecture. */
export interface LibseccompFilter {
  /** The filter as a policy: a call of the architecture gets what `evaluate` returns. */
  readonly policy: Policy;
  /** Width of the arguments that it compares: on x32 and MIPS n32 less than a program can set (ARCH_SIZE_32). */
  readonly bits: 32 | 64;
  readonly events: readonly Event[];
}

interface Added extends PolicyRule {
  /** With the upper halves that are not compared, which still distinguish rules. */
  readonly whole: readonly Comparison[];
  readonly pointer: string;
}

/** What libseccomp makes of the rules for one call. */
interface CallFilter {
  readonly rules: readonly Added[];
  readonly events: readonly Event[];
}

/**
 * What is known of the filters for readings of one profile by one engine on several machines. Machines of an architecture differ in
 * the rules for a few calls.
 */
export class KnownFilters {
  /** By the rules for a call. */
  readonly byRules = new Map<string, CallFilter>();
  /** Those of which a filter with all calls was made: the native architecture, and that of the calls. */
  private readonly made = new Set<string>();

  /** @param varying the ids of the calls whose rules depend on more of a machine than its architecture */
  constructor(private readonly varying: ReadonlySet<number> = new Set()) {}

  /** The calls of which nothing is known yet; undefined: all. */
  left({ architectures: [native] }: EngineReading, arch: Architecture): ReadonlySet<number> | undefined {
    return this.made.has(`${native?.name} ${arch.name}`) ? this.varying : undefined;
  }

  /**
   * Notes that the filter with all calls was made.
   *
   * @param isEnough whether the other filters are known to load the number of the call, by the calls of which this holds
   */
  add(
    { architectures: [native] }: EngineReading,
    arch: Architecture,
    isEnough: (among: (id: number) => boolean) => boolean,
  ): void {
    if (isEnough((id) => !this.varying.has(id))) {
      this.made.add(`${native?.name} ${arch.name}`);
    }
  }
}

/**
 * Adds the rules of a reading to libseccomp, for one of its architectures.
 *
 * @param known if given, the result has only the calls that are {@link KnownFilters.left}
 */
export function libseccompFilter(
  reading: EngineReading,
  arch: Architecture,
  use: LibseccompUse,
  known: KnownFilters = new KnownFilters(),
): LibseccompFilter {
  const filter = new Filter(reading.defaultVerdict, arch, use);
  const left = known.left(reading, arch);
  for (const rule of reading.rules) {
    filter.give(rule, left);
  }
  filter.addAll(known);
  if (left === undefined) {
    filter.addLost(reading.architectures);
    known.add(reading, arch, (among) => filter.loadsNumber(reading.architectures, among));
  }
  return {
    policy: {
      architectures: reading.architectures,
      foreignVerdict: SECCOMP_RET_KILL_PROCESS,
      defaultVerdict: reading.defaultVerdict,
      youngest: undefined,
      youngerVerdict: reading.defaultVerdict,
      mixesX32: false,
      rules: filter.rules(),
      wideArguments: true,
      flags: 0,
      optionalFlags: 0,
      listener: undefined,
    },
    bits: comparedBits(arch),
    events: filter.events,
  };
}

function comparedBits({ name, bits }: Architecture): 32 | 64 {
  return name === "x32" || name === "mips64n32" || name === "mipsel64n32" ? 32 : bits;
}

/** Maximum number of pairs of rules for one call that are compared. */
const MAX_PAIRS = 50_000;

/** The comparisons by size. */
const ORDERED: readonly OperatorName[] = ["SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GT", "SCMP_CMP_GE"];

/** A rule that is given to libseccomp for a call. */
interface Given {
  readonly rule: EngineRule;
  /** The name in the rule: that of the call, or of one that is made through it. */
  readonly name: string;
}

class Filter {
  /** By syscall id. */
  private readonly given = new Map<number, Given[]>();
  private readonly added = new Map<number, CallFilter>();
  readonly events: Event[] = [];

  constructor(
    private readonly defaultVerdict: Verdict,
    private readonly arch: Architecture,
    private readonly use: LibseccompUse,
  ) {}

  rules(): RuleTable {
    const table = new RuleTable();
    for (const [id, { rules }] of this.added) {
      table.set(id, rules);
    }
    return table;
  }

  /** Notes a rule for each of its calls, and for the multiplexer through which the call can be made. */
  give(rule: EngineRule, left: ReadonlySet<number> | undefined): void {
    const { names, verdict, pointer } = rule;
    for (const [i, name] of names.entries()) {
      const id = syscallId(name);
      if (id < 0 || !this.use.knows(name)) {
        this.events.push({ kind: "unknown-name", id, name, pointer: `${pointer}/names/${i}` });
      } else if (verdict === this.defaultVerdict) {
        this.events.push({ kind: "equals-default", id, name, pointer });
      } else {
        const via = multiplexed(name)?.via;
        const multiplexer = via === undefined ? -1 : syscallId(via);
        if (
          multiplexer >= 0 &&
          left?.has(multiplexer) !== false &&
          syscallNumber(this.arch, multiplexer) >= 0
        ) {
          addTo(this.given, multiplexer, [{ rule, name }]);
        }
        if (left?.has(id) !== false) {
          addTo(this.given, id, [{ rule, name }]);
        }
      }
    }
  }

  /** Adds the rules that were noted. */
  addAll(known: KnownFilters): void {
    for (const [id, given] of this.given) {
      const rules = given.map(({ rule, name }) => `${rule.pointer} ${rule.verdict} ${name}`);
      const key = `${this.arch.name} ${id} ${rules.join()}`;
      const made = known.byRules.get(key) ?? new Call(id, this.arch, this.use).filter(given);
      known.byRules.set(key, made);
      this.added.set(id, made);
      for (const event of made.events) {
        this.events.push(event);
      }
    }
  }

  /**
   * Adds the event of a filter that never loads the number of the call, and so compares the architecture with the numbers. The block
   * of the call with the fewest comparisons loads it, whether or not the architecture has that call; blocks of calls that it lacks are
   * left out (2.5.4, gen_bpf.c, _gen_bpf_arch). Where x86-64 is without x32, the test of x32's bit loads it.
   */
  addLost(architectures: readonly Architecture[]): void {
    const ids = [...this.added.keys()];
    const lacking = ids.find((id) => !this.exists(id));
    const [rule] = (lacking !== undefined && this.added.get(lacking)?.rules) || [];
    if (
      lacking !== undefined &&
      rule !== undefined &&
      ids.some((id) => this.exists(id)) &&
      !this.loadsNumber(architectures, () => true)
    ) {
      const name = syscallName(lacking);
      this.events.push({ kind: "number-not-loaded", id: lacking, name, pointer: rule.pointer });
    }
  }

  /** Whether these calls, by their ids, make the filter load the number, whatever other calls have rules. */
  loadsNumber(architectures: readonly Architecture[], among: (id: number) => boolean): boolean {
    return (
      (this.arch.name === "x86_64" && !architectures.some(({ name }) => name === "x32")) ||
      [...this.added].some(
        ([id, { rules }]) =>
          among(id) && this.exists(id) && rules.some(({ conditions }) => conditions.length === 0),
      )
    );
  }

  private exists(id: number): boolean {
    return syscallNumber(this.arch, id) >= 0;
  }
}

/** The rules of one call. */
class Call {
  private present = new Present();
  private readonly events: Event[] = [];

  constructor(
    private readonly id: number,
    private readonly arch: Architecture,
    private readonly use: LibseccompUse,
  ) {}

  filter(given: readonly Given[]): CallFilter {
    for (const { rule, name } of given) {
      for (const { conditions } of rule.added) {
        const whole = conditions.filter((one) => this.cut(one).length > 0);
        const { verdict, pointer } = rule;
        const added = { conditions: whole.flatMap((one) => this.cut(one)), whole, verdict, pointer };
        this.insert(name, syscallId(name) === this.id ? added : this.throughThis(name, added));
      }
    }
    return { rules: this.present.rules, events: this.events };
  }

  /**
   * A rule for a call as it is added for the multiplexer. The call number replaces a comparison of the first argument. The other
   * comparisons stay, although they then compare arguments of the multiplexer (2.5.4, arch-x86.c, x86_rule_add).
   */
  private throughThis(name: string, rule: Added): Added {
    const others = rule.conditions.filter(({ index }) => index !== 0);
    if (rule.conditions.length > 0) {
      this.events.push({ kind: "conditions-lost", id: this.id, name, pointer: rule.pointer });
    }
    const value = BigInt(multiplexed(name)?.call ?? 0);
    const isCall: Comparison = { index: 0, op: "SCMP_CMP_EQ", value, mask: 0n };
    const whole = [isCall, ...rule.whole.filter(({ index }) => index !== 0)];
    return { ...rule, conditions: [isCall, ...others], whole };
  }

  private insert(name: string, rule: Added): void {
    const { id } = this;
    let { present } = this;
    // A call that the architecture lacks has a number of libseccomp's own, for which rules can still clash.
    const exists = syscallNumber(this.arch, id) >= 0;
    const say = (kind: Event["kind"], other: Added, of: Added = rule): void => {
      if (!exists && ["hidden", "replaced", "second-unconditional"].includes(kind)) {
        return;
      }
      this.events.push({ kind, id, name, pointer: of.pointer, other: other.pointer });
    };
    const { unconditional } = present;
    if (unconditional !== undefined) {
      if (unconditional.verdict !== rule.verdict) {
        say(rule.conditions.length === 0 ? "second-unconditional" : "hidden", unconditional);
      }
      return;
    }
    if (rule.conditions.length === 0) {
      for (const other of present.rules.filter(({ verdict }) => verdict !== rule.verdict)) {
        say("hidden", rule, other);
      }
      this.present = new Present(rule);
      return;
    }
    if (present.pairs > MAX_PAIRS) {
      return;
    }
    const sibling = present.siblingOf(rule);
    if (sibling !== undefined) {
      if (sibling.verdict !== rule.verdict) {
        say("clash", sibling);
      }
      return;
    }
    const bits = comparedBits(this.arch);
    const longer = present.longerThan(rule);
    if (longer[0] !== undefined) {
      if (!this.use.replacesLonger || !canReplace(rule, bits)) {
        say("clash", longer[0]);
        return;
      }
      for (const other of longer) {
        say("replaced", rule, other);
      }
      present = present.without(longer);
      this.present = present;
    }
    const rival = present.rivalOf(rule, bits);
    if (rival !== undefined) {
      say("unspecified", rival);
    }
    const tangled = present.entangledWith(rule, bits);
    if (tangled !== undefined) {
      say("entangled", tangled);
    }
    if (this.use.comparesHalves && bits === 64 && rule.conditions.some(({ op }) => ORDERED.includes(op))) {
      this.events.push({ kind: "compares-halves", id, name, pointer: rule.pointer });
    }
    present.add(rule);
    if (present.pairs > MAX_PAIRS) {
      this.events.push({ kind: "too-many", id, name, pointer: rule.pointer });
    }
  }

  /**
   * A comparison as the filter makes it: a 32-bit architecture drops the upper half of a value, and a comparison under an empty
   * mask is left out.
   */
  private cut(comparison: Comparison): Comparison[] {
    const bits = comparedBits(this.arch);
    const value = BigInt.asUintN(bits, comparison.value);
    const mask = BigInt.asUintN(bits, comparison.mask);
    return comparison.op === "SCMP_CMP_MASKED_EQ" && mask === 0n ? [] : [{ ...comparison, value, mask }];
  }
}

/** The rules added for one call, indexed so that the ones that may overlap with a further rule are found without trying all. */
class Present {
  readonly rules: Added[] = [];
  /** The number of pairs compared so far. */
  pairs = 0;
  /** By the whole list of conditions, and by its beginnings. */
  private readonly byWhole = new Map<string, Added>();
  private readonly byFirst = new Map<string, Added[]>();
  /** By argument and value of its equality comparison; and those without one for the argument. */
  private readonly byValue = new Map<string, Added[]>();
  private readonly withoutValue: Added[][] = [[], [], [], [], [], []];
  private readonly inexact: Added[] = [];

  constructor(readonly unconditional?: Added) {
    if (unconditional !== undefined) {
      this.rules.push(unconditional);
    }
  }

  add(rule: Added): void {
    this.rules.push(rule);
    this.byWhole.set(conditionsKey(rule.whole), rule);
    const byIndex = [...rule.whole].sort((a, b) => a.index - b.index);
    for (let length = 0; length < byIndex.length; length += 1) {
      addTo(this.byFirst, conditionsKey(byIndex.slice(0, length)), [rule]);
    }
    for (const [index, others] of this.withoutValue.entries()) {
      const value = equalTo(rule, index);
      if (value === undefined) {
        others.push(rule);
      } else {
        addTo(this.byValue, `${index} ${value}`, [rule]);
      }
    }
    if (!rule.conditions.every(isExact)) {
      this.inexact.push(rule);
    }
  }

  /** The rule with the same conditions. */
  siblingOf(rule: Added): Added | undefined {
    return this.byWhole.get(conditionsKey(rule.whole));
  }

  /** The rules with another action whose first conditions, in the order of arguments, are these. */
  longerThan(rule: Added): readonly Added[] {
    const longer = this.byFirst.get(conditionsKey(rule.whole)) ?? [];
    return longer.filter(({ verdict }) => verdict !== rule.verdict);
  }

  /** All of them but for these. */
  without(replaced: readonly Added[]): Present {
    const left = new Present();
    for (const rule of this.rules.filter((one) => !replaced.includes(one))) {
      left.add(rule);
    }
    left.pairs = this.pairs;
    return left;
  }

  /** A rule with another action that may apply to the same call. */
  rivalOf(rule: Added, bits: 32 | 64): Added | undefined {
    return this.neighbours(rule).find(
      (other) =>
        other.verdict !== rule.verdict &&
        this.isPair() &&
        // Whether values that differ only in their ignored halves are the same is not specified.
        (canBothApply(other, rule, bits) ||
          sameConditions(other.conditions, rule.conditions) ||
          startsWith(other.conditions, rule.conditions)),
    );
  }

  entangledWith(rule: Added, bits: 32 | 64): Added | undefined {
    const others = rule.conditions.every(isExact) ? this.inexact : this.rules;
    return others.find((other) => this.isPair() && areEntangled(other, rule, bits));
  }

  /** All rules except those that compare an argument for equality with another value. */
  private neighbours(rule: Added): readonly Added[] {
    const condition = rule.conditions.find(({ op }) => op === "SCMP_CMP_EQ");
    return condition === undefined
      ? this.rules
      : [
          ...(this.byValue.get(`${condition.index} ${condition.value}`) ?? []),
          ...(this.withoutValue[condition.index] ?? []),
        ];
  }

  private isPair(): boolean {
    this.pairs += 1;
    return this.pairs <= MAX_PAIRS;
  }
}

/**
 * Whether a rule with these conditions replaces longer ones (2.2, db.c, _db_tree_sub_prune). A test of which the false branch counts is two
 * nodes where arguments have 64 bits, and both lead to the rest of a longer rule, of which only one is replaced.
 */
function canReplace({ conditions }: Added, bits: 32 | 64): boolean {
  return bits === 32 || !conditions.some(({ op }) => BY_FALSE.includes(op));
}

/** The comparisons that libseccomp turns into their opposites. */
const BY_FALSE: readonly OperatorName[] = ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE"];

function equalTo({ conditions }: Added, index: number): bigint | undefined {
  return conditions.find((one) => one.index === index && one.op === "SCMP_CMP_EQ")?.value;
}

/** Whether a rule's conditions, in the order of arguments, begin another's. */
function startsWith(longer: readonly Comparison[], shorter: readonly Comparison[]): boolean {
  const byIndex = [...longer].sort((a, b) => a.index - b.index);
  return longer.length > shorter.length && sameConditions(byIndex.slice(0, shorter.length), shorter);
}

/**
 * Whether the filter for two rules may be wrong, whatever their actions (seen in 2.5.4, gen_bpf.c). If a comparison by size or
 * inequality leads to another load and that test fails, the next comparison of the same argument uses the value loaded
 * last. ALLOW for `a0 != 5 && a1 == 5` and for `a0 >= 5` allows a call with a0 = 0 and a1 = 6.
 */
function areEntangled(a: PolicyRule, b: PolicyRule, bits: 32 | 64): boolean {
  return a.conditions.some((one) =>
    b.conditions.some((other) => {
      const same = one.index === other.index;
      const exact = isExact(one) && isExact(other);
      const apart = bits === 64 && one.value >> 32n !== other.value >> 32n;
      return same && !exact && (a.conditions.length > 1 || b.conditions.length > 1 || apart);
    }),
  );
}

function isExact({ op }: Comparison): boolean {
  return op === "SCMP_CMP_EQ" || op === "SCMP_CMP_MASKED_EQ";
}

function sameConditions(a: readonly Comparison[], b: readonly Comparison[]): boolean {
  return a.length === b.length && conditionsKey(a) === conditionsKey(b);
}

/** Equal for the same conditions in any order. */
function conditionsKey(conditions: readonly Comparison[]): string {
  return conditions
    .map(({ index, op, value, mask }) => `${index} ${op} ${value} ${mask}`)
    .sort()
    .join();
}
