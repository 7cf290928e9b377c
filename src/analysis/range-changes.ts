/**
 * The changes of the calls in one range of numbers: the calls are divided until neither side distinguishes them, and conditions
 * describe those that are judged differently.
 */

import { addTo } from "../groups.ts";
import { replaced } from "../lists.ts";
import type { Call, Comparison } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { idOfSeen } from "../tables/syscalls.ts";
import { type Change, type ChangedCalls, type ComparisonTerm, positive, type Term } from "./change.ts";
import { type Case, cover } from "./cover.ts";
import { type Domain, divide, domainKey, interval, outcome, pick } from "./domain.ts";
import { conditionInValues } from "./few-values.ts";
import { ordinaryCalls } from "./ordinary.ts";
import { decideCondition, type InWords, type OpenTest, rulesInWords } from "./rules-in-words.ts";
import type { Judge } from "./sides.ts";
import { ARCH, argumentsOf, highWordOf, type Layout, lowWordOf, NR, sampleOf, type Words } from "./words.ts";
import { CutShort, type Work } from "./work.ts";

/** Calls that both sides do not distinguish, with their verdicts. */
interface Leaf {
  readonly words: Words;
  readonly verdicts: readonly [Verdict, Verdict];
}

/** The calls of a range of numbers, judged by both sides. */
export class RangeComparison {
  private readonly tests = new Map<string, OpenTest>();

  constructor(
    private readonly judges: readonly [Judge, Judge],
    private readonly layout: Layout,
    private readonly arch: Architecture | undefined,
    private readonly work: Work,
  ) {}

  /** The changes, by the numbers that a filter distinguishes. */
  changed(any: Words): readonly ChangedCalls[] {
    const [a, b] = this.judges.map(({ always }) => always);
    if (a !== undefined && b !== undefined) {
      return a === b ? [] : [this.alwaysChanged(any, [a, b])];
    }
    const leaves: Leaf[] = [];
    const cutShort = this.unlessCutShort(() => this.divideInto(any, leaves)).cutShort;
    const byNumbers = new Map<string, Leaf[]>();
    for (const leaf of leaves) {
      addTo(byNumbers, domainKey(leaf.words[NR] as Domain) + domainKey(leaf.words[ARCH] as Domain), [leaf]);
    }
    const found = [...byNumbers.values()].flatMap((some) => this.changedAmong(some, any, cutShort));
    return found.length > 0 || cutShort === undefined
      ? found
      : [{ ...this.numbersOf(any), changes: [], cutShort }];
  }

  /** The pairs of different verdicts on calls of one number with their conditions, without calls that show them. */
  described(any: Words): {
    readonly found: readonly Pick<Change, "verdicts" | "when">[];
    readonly cutShort: string | undefined;
  } {
    const leaves: Leaf[] = [];
    const { cutShort } = this.unlessCutShort(() => this.divideInto(any, leaves));
    const pairs = groupedByVerdicts(leaves);
    const described =
      cutShort === undefined ? this.unlessCutShort(() => this.conditions(leaves, pairs, any)) : {};
    return {
      found: [...pairs].map(([key, [{ verdicts }]]) => ({ verdicts, when: described.result?.get(key) })),
      cutShort: cutShort ?? described.cutShort,
    };
  }

  /** All calls are judged differently, whatever their arguments. */
  private alwaysChanged(any: Words, verdicts: readonly [Verdict, Verdict]): ChangedCalls {
    const [nr, arch] = [pick(any[NR] as Domain), pick(any[ARCH] as Domain)] as [number, number];
    const call: Call = { arch, nr, args: NO_ARGUMENTS };
    return {
      ...this.numbersOf(any),
      changes: [{ verdicts, when: [[]], call, crafted: false }],
      cutShort: undefined,
    };
  }

  private changedAmong(
    leaves: readonly Leaf[],
    any: Words,
    cutShort: string | undefined,
  ): readonly ChangedCalls[] {
    const pairs = groupedByVerdicts(leaves);
    const [first] = leaves;
    if (pairs.size === 0 || first === undefined) {
      return [];
    }
    const numbers = this.numbersOf(first.words);
    const described = this.unlessCutShort(() => this.conditions(leaves, pairs, any));
    const changes = [...pairs].map(([key, some]): Change => {
      const ordinary = this.unlessCutShort(() => this.ordinaryAmong(some[0], numbers.id));
      const { words, verdicts } = ordinary.result ?? some[0];
      const when = cutShort === undefined ? described.result?.get(key) : undefined;
      const plain = this.unlessCutShort(() =>
        when?.map((terms) => this.plainCall(some[0], terms)).find((call) => call !== undefined),
      ).result;
      return {
        verdicts,
        when,
        call: plain ?? this.callOf(words),
        crafted: ordinary.cutShort === undefined && ordinary.result === undefined,
      };
    });
    return [{ ...numbers, changes, cutShort: cutShort ?? described.cutShort }];
  }

  /** What a search finds, or why it was cut short. */
  private unlessCutShort<T>(search: () => T): { readonly result?: T; readonly cutShort?: string } {
    try {
      return { result: search() };
    } catch (error) {
      if (error instanceof CutShort) {
        return { cutShort: error.message };
      }
      throw error;
    }
  }

  private numbersOf(words: Words): Pick<ChangedCalls, "first" | "last" | "id"> {
    const { low: first, high: last } = words[NR] as Domain;
    return { first, last, id: this.arch === undefined || first !== last ? -1 : idOfSeen(this.arch, first) };
  }

  /** The conditions of each pair of different verdicts. */
  private conditions(
    leaves: readonly Leaf[],
    pairs: ReadonlyMap<string, readonly Leaf[]>,
    any: Words,
  ): ReadonlyMap<string, Change["when"]> {
    if (pairs.size === 1 && leaves.every(isChange)) {
      return new Map([...pairs.keys()].map((key) => [key, [[]]]));
    }
    const facts = this.facts();
    const cases = this.cases(facts, leaves);
    return new Map(
      [...pairs.keys()].map((key) => {
        this.work.step(pairsOf(key, cases));
        const found = conditionsFor(key, cases, facts);
        return [key, areComparedByValue(found) ? found : (this.inValues(key, leaves, any) ?? found)];
      }),
    );
  }

  private inValues(key: string, leaves: readonly Leaf[], any: Words): Change["when"] {
    const wordsOf = (some: readonly Leaf[]): readonly Words[] => some.map(({ words }) => words);
    return conditionInValues(
      wordsOf(leaves.filter((leaf) => keyOf(leaf) === key)),
      wordsOf(leaves.filter((leaf) => keyOf(leaf) !== key)),
      any,
      this.layout,
    );
  }

  /** Divides calls until neither side distinguishes them. */
  private divideInto(words: Words, leaves: Leaf[]): void {
    const open = [words];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [ofA, ofB] = this.judges.map((judge) => judge.judge(next as Words, this.work));
      const test = typeof ofA === "object" ? ofA : ofB;
      if (typeof test === "object") {
        const { word, test: asked } = test;
        this.tests.set(`${word} ${asked.op} ${asked.mask} ${asked.value}`, test);
        open.push(...this.parts(next, test));
      } else {
        leaves.push({ words: next, verdicts: [ofA as Verdict, ofB as Verdict] });
      }
    }
  }

  /** The parts of calls that fail and pass a test. */
  private parts(words: Words, { word, test }: OpenTest): readonly Words[] {
    const { holds, fails } = divide(words[word] as Domain, test, this.work);
    return [fails, holds].flatMap((part) => (part === undefined ? [] : [replaced(words, word, part)]));
  }

  /** What verdicts may depend on: the comparisons of policies, and the tests of arguments of filters. */
  private facts(): readonly Fact[] {
    const comparisons = this.judges.flatMap(({ conditions = [] }) => conditions.map(positive));
    const found = new Map<string, Fact>();
    for (const comparison of comparisons) {
      const { op, index, value, mask, bits } = comparison;
      const [rule] = rulesInWords([{ conditions: [comparison], verdict: 0 }], this.layout);
      const [inWords] = rule?.conditions ?? [];
      if (inWords !== undefined) {
        found.set(`${op} ${index} ${value} ${mask} ${bits}`, { kind: "comparison", comparison, inWords });
      }
    }
    if (this.judges.some(({ conditions }) => conditions === undefined)) {
      for (const [key, test] of this.tests) {
        if (test.word !== NR && test.word !== ARCH) {
          found.set(key, { kind: "test", test });
        }
      }
    }
    return [...found.values()];
  }

  /** Which facts hold in the leaves, by the leaves' verdicts. */
  private cases(facts: readonly Fact[], leaves: readonly Leaf[]): ReadonlyMap<string, readonly Case[]> {
    const found = new Map<string, Map<string, Case>>();
    for (const leaf of leaves) {
      const key = keyOf(leaf);
      const ofKey = found.get(key) ?? new Map<string, Case>();
      found.set(key, ofKey);
      const open = [leaf.words];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const one = this.decided(facts, next);
        if ("word" in one) {
          open.push(...this.parts(next, one));
        } else {
          ofKey.set(one.map(Number).join(""), one);
        }
      }
    }
    return new Map([...found].map(([key, cases]) => [key, [...cases.values()]]));
  }

  /** Whether each fact holds, or the first test that decides one. */
  private decided(facts: readonly Fact[], words: Words): Case | OpenTest {
    const holding: boolean[] = [];
    this.work.step();
    for (const fact of facts) {
      const holds = this.holds(fact, words);
      if (typeof holds === "object") {
        return holds;
      }
      holding.push(holds);
    }
    return holding;
  }

  private holds(fact: Fact, words: Words): boolean | OpenTest {
    if (fact.kind === "comparison") {
      return decideCondition(fact.inWords, words, this.work);
    }
    const { word, test } = fact.test;
    return outcome(words[word] as Domain, test, this.work) ?? fact.test;
  }

  /** Ordinary calls with the same verdicts as a leaf; the leaf itself where the syscall, and so its parameters, are not known. */
  private ordinaryAmong(leaf: Leaf, id: number): Leaf | undefined {
    const { arch } = this;
    if (arch === undefined || id < 0) {
      return leaf;
    }
    for (const calls of ordinaryCalls(arch, id, { ...this.layout, bits: arch.bits })) {
      const found: Leaf[] = [];
      this.divideInto([leaf.words[NR] as Domain, leaf.words[ARCH] as Domain, ...calls.slice(2)], found);
      const one = found.find((each) => keyOf(each) === keyOf(leaf));
      if (one !== undefined) {
        return one;
      }
    }
    return undefined;
  }

  /** A call with as few bits as the terms need, if it gets the verdicts of the leaf. */
  private plainCall({ words, verdicts }: Leaf, terms: readonly Term[]): Call | undefined {
    const args = [...NO_ARGUMENTS];
    for (const term of terms) {
      if (term.kind === "test") {
        return undefined;
      }
      const { index } = term.comparison;
      args[index] = leastChange(args[index] ?? 0n, term);
    }
    const exact = withArguments(words, args, this.layout);
    const judged = this.judges.map((judge) => judge.judge(exact, this.work));
    return judged.every((verdict, i) => verdict === verdicts[i]) ? this.callOf(exact) : undefined;
  }

  private callOf(words: Words): Call {
    const sample = sampleOf(words);
    return { arch: sample[ARCH] as number, nr: sample[NR] as number, args: argumentsOf(sample, this.layout) };
  }
}

/** An argument for which a comparison holds, or not, with as few other bits as possible. */
export function leastChange(
  argument: bigint,
  { comparison: { op, value, mask }, holds }: ComparisonTerm,
): bigint {
  switch (op) {
    case "SCMP_CMP_GE":
      return holds ? (argument < value ? value : argument) : argument < value ? argument : value - 1n;
    case "SCMP_CMP_GT":
      return holds ? (argument > value ? argument : value + 1n) : argument > value ? value : argument;
    case "SCMP_CMP_MASKED_EQ":
      return holds
        ? (argument & ~mask) | value
        : (argument & mask) === value
          ? argument ^ (mask & -mask)
          : argument;
    default:
      return holds ? value : argument === value ? argument ^ 1n : argument;
  }
}

const LOW = 2n ** 32n - 1n;
const NO_ARGUMENTS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];

/** The calls of a set with these arguments. */
function withArguments(words: Words, args: readonly bigint[], layout: Layout): Words {
  const exact = [...words];
  for (const [i, argument] of args.entries()) {
    const [low, high] = [Number(argument & LOW), Number((argument >> 32n) & LOW)];
    exact[lowWordOf(i, layout)] = interval(low, low);
    exact[highWordOf(i, layout)] = interval(high, high);
  }
  return exact;
}

/** What may hold of a call. */
type Fact =
  | { readonly kind: "comparison"; readonly comparison: Comparison; readonly inWords: InWords }
  | { readonly kind: "test"; readonly test: OpenTest };

/** Whether a condition is one comparison, or names the values of arguments. */
function areComparedByValue(when: readonly (readonly Term[])[]): boolean {
  const terms = when.flat();
  return terms.every(
    (term) => term.kind === "comparison" && (terms.length === 1 || term.comparison.op === "SCMP_CMP_EQ"),
  );
}

function keyOf({ verdicts }: Leaf): string {
  return verdicts.join(" ");
}

function isChange({ verdicts: [a, b] }: Leaf): boolean {
  return a !== b;
}

/** The leaves that are judged differently, by their verdicts; each group has one at least. */
function groupedByVerdicts(leaves: readonly Leaf[]): ReadonlyMap<string, readonly [Leaf, ...Leaf[]]> {
  const groups = new Map<string, [Leaf, ...Leaf[]]>();
  for (const leaf of leaves.filter(isChange)) {
    const group = groups.get(keyOf(leaf));
    if (group === undefined) {
      groups.set(keyOf(leaf), [leaf]);
    } else {
      group.push(leaf);
    }
  }
  return groups;
}

/** The number of comparisons of cases with others that a description takes, at most: so many are looked at together. */
function pairsOf(key: string, cases: ReadonlyMap<string, readonly Case[]>): number {
  const inside = cases.get(key)?.length ?? 0;
  const all = [...cases.values()].reduce((sum, some) => sum + some.length, 0);
  return Math.ceil((inside * (all - inside)) / PAIRS_A_STEP);
}

/** A comparison is less work than a step. */
const PAIRS_A_STEP = 4;

/** The shortest conditions of the leaves with these verdicts. */
function conditionsFor(
  key: string,
  cases: ReadonlyMap<string, readonly Case[]>,
  facts: readonly Fact[],
): readonly (readonly Term[])[] {
  const outside = [...cases].flatMap(([other, ofOther]) => (other === key ? [] : ofOther));
  return cover(cases.get(key) ?? [], outside).map((conjunction) =>
    conjunction.map(({ fact, holds }): Term => {
      const of = facts[fact] as Fact;
      return of.kind === "test"
        ? { kind: "test", test: of.test, holds }
        : { kind: "comparison", comparison: of.comparison, holds };
    }),
  );
}
