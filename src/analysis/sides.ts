/**
 * What judges calls, a policy by its meaning or a filter by its instructions, for calls that are partly known.
 */

import type { Instructions } from "../bpf/decode.ts";
import type { Comparison, Policy } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { type Domain, outcome } from "./domain.ts";
import { follow, START } from "./follow.ts";
import { alwaysVerdict, layoutOf, type Section, sectionAt } from "./regions.ts";
import { consider, type OpenTest, rulesInWords } from "./rules-in-words.ts";
import type { Words } from "./words.ts";
import type { Work } from "./work.ts";

/** A policy, a filter that the kernel accepts, or what is made of the verdicts of several of these. */
export type Side =
  | PolicySide
  | { readonly kind: "filter"; readonly instructions: Instructions }
  | CombinedSide;

/** What is made of the verdicts of several sides. */
export interface CombinedSide {
  readonly kind: "combination";
  readonly sides: readonly Side[];
  /** @param verdicts of the sides, in their order, on one call */
  readonly combine: (verdicts: readonly Verdict[]) => Verdict;
}

/** The side of a policy. */
export interface PolicySide {
  readonly kind: "policy";
  readonly policy: Policy;
}

/** The policies and filters that a side is made of. */
export function partsOf(side: Side): readonly Exclude<Side, { kind: "combination" }>[] {
  return side.kind === "combination" ? side.sides.flatMap(partsOf) : [side];
}

/** Judges the calls of one architecture in a range of numbers that a policy does not distinguish. */
export interface Judge {
  /** The verdict on all calls, where nothing needs to be asked; undefined: it may depend on more. */
  readonly always: Verdict | undefined;
  /** The conditions that the verdict may depend on; undefined: of a filter, which asks tests. */
  readonly conditions: readonly Comparison[] | undefined;
  /**
   * The verdict on all of these calls, or the next test that decides it.
   *
   * @throws CutShort
   */
  judge(words: Words, work: Work): Verdict | OpenTest;
}

/**
 * The judge of calls with an AUDIT_ARCH_* and numbers from `first` on.
 *
 * @param arch whose calls these are; undefined if neither side knows
 * @param bigEndian the byte order of the machine
 */
export function judgeOf(
  side: Side,
  token: number,
  first: number,
  arch: Architecture | undefined,
  bigEndian: boolean,
): Judge {
  switch (side.kind) {
    case "policy":
      return judgeOfPolicy(side.policy, token, first, arch, bigEndian);
    case "filter":
      return {
        always: undefined,
        conditions: undefined,
        judge: (words, work) => run(side.instructions, words, work),
      };
    case "combination":
      return judgeOfSeveral(
        side.sides.map((one) => judgeOf(one, token, first, arch, bigEndian)),
        side.combine,
      );
  }
}

function judgeOfSeveral(judges: readonly Judge[], combine: (verdicts: readonly Verdict[]) => Verdict): Judge {
  const always = judges.flatMap((one) => one.always ?? []);
  const conditions = judges.flatMap((one) => one.conditions ?? []);
  return {
    always: always.length === judges.length ? combine(always) : undefined,
    conditions: judges.every((one) => one.conditions !== undefined) ? conditions : undefined,
    judge: (words, work) => {
      const verdicts: Verdict[] = [];
      for (const one of judges) {
        const found = one.judge(words, work);
        if (typeof found === "object") {
          return found;
        }
        verdicts.push(found);
      }
      return combine(verdicts);
    },
  };
}

function judgeOfPolicy(
  policy: Policy,
  token: number,
  first: number,
  arch: Architecture | undefined,
  bigEndian: boolean,
): Judge {
  return judgeOfSection(sectionAt(policy, token, first), arch, bigEndian);
}

/** The judge of the calls of a section of a policy. */
export function judgeOfSection(section: Section, arch: Architecture | undefined, bigEndian: boolean): Judge {
  const always = alwaysVerdict(section);
  if (always !== undefined) {
    return { always, conditions: [], judge: () => always };
  }
  const rules = rulesInWords(section.rules, layoutOf({ arch }, bigEndian));
  return {
    always,
    conditions: section.rules.flatMap(({ conditions }) => conditions),
    judge: (words, work) => {
      const { settled, undecided } = consider(rules, section.otherwise, words, work);
      return undecided[0] ?? settled;
    },
  };
}

/** Follows a filter as far as what is known of the calls decides its tests. */
function run(instructions: Instructions, words: Words, work: Work): Verdict | OpenTest {
  let state = START;
  for (;;) {
    const halt = follow(instructions, state, NOWHERE, work);
    if (halt.kind === "return") {
      return halt.verdict;
    }
    if (halt.kind === "stop") {
      throw new Error("the filter stopped where it must not");
    }
    const { word, test } = halt.open;
    const known = outcome(words[word] as Domain, test, work);
    if (known === undefined) {
      return halt.open;
    }
    state = known ? halt.holds : halt.fails;
  }
}

const NOWHERE: readonly boolean[] = [];
