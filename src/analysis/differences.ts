/**
 * The calls on which two policies differ, each with arguments that show it.
 */

import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { seenNumber, syscallCount } from "../tables/syscalls.ts";
import { interval } from "./domain.ts";
import { type Section, sectionAt } from "./regions.ts";
import { regionsOfRules } from "./rule-regions.ts";
import { conditionsKey, type RuleInWords, type RuleList, rulesInWords } from "./rules-in-words.ts";
import { ANY_CALL, argumentsOf, type Layout, sampleOf, type Words, withoutUpperHalves } from "./words.ts";
import { CutShort, Work } from "./work.ts";

/** A call, and the verdicts of two policies on it. */
export interface Difference {
  readonly arch: Architecture;
  /** The syscall's id. */
  readonly id: number;
  readonly call: Call;
  readonly verdicts: readonly [Verdict, Verdict];
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
  readonly complete: boolean;
}

/**
 * Compares two policies on the calls of an architecture for which at least one of them has rules. The arguments are divided into
 * regions within which neither policy distinguishes: by each comparison that can still count, and by the upper and lower half
 * of each argument separately if the second policy compares only the lower ones.
 *
 * @param bitsOfB the width of the arguments that the second policy compares
 * @param effort the limit for all syscalls together
 * @param onlyZero for a syscall's id, bit n: only calls with a zero upper half of argument n are compared; absent: all calls are
 */
export function differences(
  arch: Architecture,
  a: Policy,
  b: Policy,
  bitsOfB: 32 | 64,
  effort: Effort,
  onlyZero: (id: number) => number = () => 0,
): Differences {
  const found: Difference[] = [];
  const incomplete: number[] = [];
  for (let id = 0; id < syscallCount(); id += 1) {
    const nr = seenNumber(arch, id);
    if (nr < 0 || [a, b].every(({ rules }) => rules.of(id) === undefined)) {
      continue;
    }
    const { calls, complete } = comparePair(
      sideOf(sectionAt(a, arch.token, nr), arch.bits),
      sideOf(sectionAt(b, arch.token, nr), bitsOfB),
      effort,
      onlyZero(id),
    );
    if (!complete) {
      incomplete.push(id);
    }
    for (const words of calls.values()) {
      const args = argumentsOf(sampleOf(words), layout(64)).map((arg) => BigInt.asUintN(arch.bits, arg));
      const call: Call = { arch: arch.token, nr, args };
      const seenByB = { ...call, args: args.map((arg) => BigInt.asUintN(bitsOfB, arg)) };
      found.push({ arch, id, call, verdicts: [evaluate(a, call), evaluate(b, seenByB)] });
    }
  }
  return { differences: found, incomplete };
}

function comparePair(a: Side, b: Side, effort: Effort, onlyZero: number): Found {
  const key = [...[a, b].map(keyOf), onlyZero].join("\n");
  const known = effort.known.get(key);
  if (known !== undefined) {
    return known;
  }
  const pair = new Pair(
    a,
    b,
    withoutUpperHalves(ANY_CALL, layout(64), interval(0, 0), onlyZero),
    new Work(Math.min(MAX_STEPS_PER_CALL, effort.left)),
  );
  const complete = pair.compare();
  effort.spend(pair.work.steps);
  const found = { calls: pair.found, complete };
  effort.known.set(key, found);
  return found;
}

/** Equal for sides with the same meaning. */
function keyOf({ rules, otherwise }: Side): string {
  return `${otherwise}: ${rules.map((rule) => `${rule.verdict} ${conditionsKey(rule)}`).join("; ")}`;
}

/** Nothing is read from memory here, so either byte order will do. */
function layout(bits: 32 | 64): Layout {
  return { bigEndian: false, bits };
}

/** The rules of a policy for one call. */
interface Side {
  readonly rules: RuleList;
  readonly otherwise: Verdict;
}

function sideOf({ rules, otherwise }: Section, bits: 32 | 64): Side {
  return { rules: rulesInWords(rules, layout(bits)), otherwise };
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
    private readonly all: Words,
    readonly work: Work,
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
    const { a, b } = this;
    for (const rule of this.own()) {
      regionsOfRules([{ ...rule, verdict: APPLIES }], OTHERWISE, this.all, this.work, (region, applies) => {
        if (applies === APPLIES) {
          this.compareWithin(region);
        }
        return true;
      });
    }
    if (a.otherwise !== b.otherwise) {
      const all = [...a.rules, ...b.rules].map((rule) => ({ ...rule, verdict: APPLIES }));
      regionsOfRules(all, OTHERWISE, this.all, this.work, (region, applies) => {
        if (applies === OTHERWISE) {
          this.add(region, a.otherwise, b.otherwise);
        }
        return applies !== OTHERWISE;
      });
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
