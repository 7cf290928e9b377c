/**
 * The calls on which two policies differ, each with arguments that show it.
 */

import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { seenNumber, syscallCount } from "../tables/syscalls.ts";
import { ordinaryCalls } from "./ordinary.ts";
import { alwaysVerdict, type Section, sectionAt } from "./regions.ts";
import { regionsOfRules } from "./rule-regions.ts";
import { conditionsKey, type RuleInWords, type RuleList, rulesInWords } from "./rules-in-words.ts";
import { ANY_CALL, argumentsOf, type Layout, sampleOf, type Words } from "./words.ts";
import { CutShort, Work } from "./work.ts";

/** A call, and the verdicts of two policies on it. */
export interface Difference {
  readonly arch: Architecture;
  /** The syscall's id. */
  readonly id: number;
  readonly call: Call;
  readonly verdicts: readonly [Verdict, Verdict];
  /**
   * Whether no ordinary call of that syscall gets these verdicts ({@link ordinaryCalls}); then {@link call} is a crafted one. Never
   * if the first policy compares whole registers: then every bit of them is meant to count.
   */
  readonly crafted: boolean;
}

/** The result of {@link differences}. */
export interface Differences {
  /** One per syscall and pair of different verdicts. */
  readonly differences: readonly Difference[];
  /** The ids of the syscalls that could not be compared completely: there may be more differences. */
  readonly incomplete: readonly number[];
}

/** Work limit for one syscall. */
export const MAX_STEPS_PER_CALL = 150_000;

/** Counts work and caches results: the same rules are compared once for all machines. */
export class Effort extends Work {
  readonly known = new Map<string, Found>();
}

/** Calls by the pair of different verdicts that they get. */
interface Found {
  readonly calls: ReadonlyMap<string, Words>;
  /** The pairs of {@link calls} that no ordinary call gets. */
  readonly crafted: ReadonlySet<string>;
  readonly complete: boolean;
}

/**
 * Compares two policies on the calls of an architecture for which at least one of them has rules. The arguments are divided into
 * regions within which neither policy distinguishes: by each comparison that can still count, and by the upper and lower half
 * of each argument separately if the second policy compares only the lower ones.
 *
 * @param bitsOfB the width of the arguments that the second policy compares
 * @param effort the limit for all syscalls together
 * @param among the syscalls to compare, by id; absent: all
 */
export function differences(
  arch: Architecture,
  a: Policy,
  b: Policy,
  bitsOfB: 32 | 64,
  effort: Effort,
  among?: ReadonlySet<number>,
): Differences {
  const found: Difference[] = [];
  const incomplete: number[] = [];
  for (const id of among ?? allSyscalls()) {
    const nr = seenNumber(arch, id);
    if (nr < 0 || (a.rules.of(id) === undefined && b.rules.of(id) === undefined)) {
      continue;
    }
    const [ofA, ofB] = [sectionAt(a, arch.token, nr), sectionAt(b, arch.token, nr)];
    const always = alwaysVerdict(ofA);
    if (always !== undefined && always === alwaysVerdict(ofB)) {
      continue;
    }
    const { calls, crafted, complete } = comparePair(
      sideOf(ofA, arch.bits),
      sideOf(ofB, bitsOfB),
      { arch, id, allOrdinary: a.wideArguments },
      effort,
    );
    if (!complete) {
      incomplete.push(id);
    }
    for (const [pair, words] of calls) {
      const args = argumentsOf(sampleOf(words), LAYOUT).map((arg) => BigInt.asUintN(arch.bits, arg));
      const call: Call = { arch: arch.token, nr, args };
      const seenByB = { ...call, args: args.map((arg) => BigInt.asUintN(bitsOfB, arg)) };
      const verdicts = [evaluate(a, call), evaluate(b, seenByB)] as const;
      found.push({ arch, id, call, verdicts, crafted: crafted.has(pair) });
    }
  }
  return { differences: found, incomplete };
}

function* allSyscalls(): Iterable<number> {
  for (let id = 0; id < syscallCount(); id += 1) {
    yield id;
  }
}

/** The calls that are compared. */
interface Compared {
  readonly arch: Architecture;
  readonly id: number;
  /** Whether no call counts as a crafted one. */
  readonly allOrdinary: boolean;
}

function comparePair(a: Side, b: Side, { arch, id, allOrdinary }: Compared, effort: Effort): Found {
  const key = [...[a, b].map(keyOf), `${arch.name} ${id}`].join("\n");
  const known = effort.known.get(key);
  if (known !== undefined) {
    return known;
  }
  const work = new Work(Math.min(MAX_STEPS_PER_CALL, effort.left));
  const any = new Pair(a, b, [ANY_CALL], work);
  const complete = any.compare();
  const calls = new Map(any.found);
  const crafted = new Set<string>();
  if (calls.size > 0 && !allOrdinary) {
    const looksAt = [...a.rules, ...b.rules].reduce((all, rule) => all | rule.looksAt, 0);
    const ordinary = new Pair(a, b, ordinaryCalls(arch, id, { ...LAYOUT, bits: arch.bits }, looksAt), work);
    const ended = ordinary.compare();
    for (const pair of any.found.keys()) {
      const words = ordinary.found.get(pair);
      if (words !== undefined) {
        calls.set(pair, words);
      } else if (ended) {
        crafted.add(pair);
      }
    }
  }
  effort.spend(work.steps);
  const found = { calls, crafted, complete };
  effort.known.set(key, found);
  return found;
}

/** Equal for sides with the same meaning. */
function keyOf({ rules, otherwise }: Side): string {
  return `${otherwise}: ${rules.map((rule) => `${rule.verdict} ${conditionsKey(rule)}`).join("; ")}`;
}

/** Nothing is read from memory here, so either byte order will do. */
const LAYOUT: Layout = { bigEndian: false, bits: 64 };

/** The rules of a policy for one call. */
interface Side {
  readonly rules: RuleList;
  readonly otherwise: Verdict;
}

function sideOf({ rules, otherwise }: Section, bits: 32 | 64): Side {
  return { rules: rulesInWords(rules, { ...LAYOUT, bits }), otherwise };
}

const APPLIES = 1;
const OTHERWISE = 0;

/** The rules of two policies for one call. */
class Pair {
  /** Calls by the pair of verdicts that they get. */
  readonly found = new Map<string, Words>();

  constructor(
    private readonly a: Side,
    private readonly b: Side,
    private readonly all: readonly Words[],
    private readonly work: Work,
  ) {}

  /** Searches for all pairs of different verdicts; false if the work limit was reached. */
  compare(): boolean {
    try {
      this.compareAll();
      return true;
    } catch (error) {
      if (error instanceof CutShort) {
        return false;
      }
      throw error;
    }
  }

  /**
   * Two policies can differ only where a rule applies that only one of them has, or where no rule applies.
   */
  private compareAll(): void {
    const { a, b, work } = this;
    const own = this.own();
    for (const calls of this.all) {
      for (const rule of own) {
        regionsOfRules([{ ...rule, verdict: APPLIES }], OTHERWISE, calls, work, (region, applies) => {
          if (applies === APPLIES) {
            this.compareWithin(region);
          }
          return true;
        });
      }
      if (a.otherwise !== b.otherwise) {
        const all = [...a.rules, ...b.rules].map((rule) => ({ ...rule, verdict: APPLIES }));
        regionsOfRules(all, OTHERWISE, calls, work, (region, applies) => {
          if (applies === OTHERWISE) {
            this.add(region, a.otherwise, b.otherwise);
          }
          return applies !== OTHERWISE;
        });
      }
    }
  }

  private compareWithin(words: Words): void {
    const { a, b } = this;
    regionsOfRules(a.rules, a.otherwise, words, this.work, (region, ofA) =>
      regionsOfRules(b.rules, b.otherwise, region, this.work, (both, ofB) => {
        this.add(both, ofA, ofB);
        return true;
      }),
    );
  }

  private add(words: Words, ofA: Verdict, ofB: Verdict): void {
    const key = `${ofA} ${ofB}`;
    if (ofA !== ofB && !this.found.has(key)) {
      this.found.set(key, words);
    }
  }

  /** The rules of either that the other does not have, or has in another order. */
  private own(): RuleList {
    const [ofA, ofB] = [byKey(this.a.rules), byKey(this.b.rules)];
    const shared = [...ofA.keys()].filter((key) => ofB.has(key));
    const inOrder = [...ofB.keys()].filter((key) => ofA.has(key)).every((key, i) => key === shared[i]);
    const both = new Set(inOrder ? shared : []);
    return [...ofA, ...ofB].flatMap(([key, rule]) => (both.has(key) ? [] : [rule]));
  }
}

/** The first of each group of equal rules. */
function byKey(rules: RuleList): Map<string, RuleInWords> {
  const found = new Map<string, RuleInWords>();
  for (const rule of rules) {
    const key = `${rule.verdict} ${conditionsKey(rule)}`;
    if (!found.has(key)) {
      found.set(key, rule);
    }
  }
  return found;
}
