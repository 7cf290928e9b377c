/**
 * Proves that a program implements a policy: every call gets the same verdict from both, or there is a counterexample.
 *
 * The program is followed by the number of the call first, for all numbers of an architecture at once (`descent.ts`). From where that
 * leads, all its paths are followed for each section of the policy (`regions.ts`) with what is known of the call's words.
 * At the end of each path the section's rules are tested while their verdict depends on more (`rule-regions.ts`). The resulting
 * sets of calls cover all calls, and in each the verdict of the rules must equal that of the path. Where paths meet, the rest
 * of the program is proven once (`same-from.ts`).
 */

import { acceptedInstructions } from "../bpf/check.ts";
import type { Instructions } from "../bpf/decode.ts";
import type { Program } from "../bpf/instruction.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Call, Policy, PolicyRule } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import type { Comparing } from "./claims.ts";
import { arrivals } from "./descent.ts";
import { START } from "./follow.ts";
import { anyCallOf, callsOf, hasUpperHalves, layoutOf, type Section, sections } from "./regions.ts";
import { type RuleList, rulesInWords } from "./rules-in-words.ts";
import { Comparer, type Differing } from "./same-from.ts";
import { ARCH, argumentsOf, type Layout, NR, type Sample } from "./words.ts";
import { CutShort, Work } from "./work.ts";

/** The result of a proof. */
export type Proof = {
  /** The number of sets of calls that were compared. */
  readonly sets: number;
  /** The work done: the same on every machine. */
  readonly steps: number;
} & (
  | /** They are the same, on all calls. */ { readonly kind: "equal" }
  | /** They differ. */ { readonly kind: "different"; readonly counterexample: Counterexample }
  | /** Not known: the proof was cut short, and why. */ {
      readonly kind: "truncated";
      readonly reason: string;
    }
);

/** A call that shows a difference. */
export interface Counterexample {
  /** Includes the upper 32 bits of the registers of a 32-bit MIPS program, which a policy ignores. */
  readonly call: Call;
  /** The address of the call, if the program loads it: a policy does not. */
  readonly instructionPointer: bigint | undefined;
  /** The architecture of the call; undefined for one that the policy does not list. */
  readonly arch: Architecture | undefined;
  readonly ofPolicy: Verdict;
  readonly ofProgram: Verdict;
}

/** Work limit, in steps: a few seconds in QuickJS. */
export const MAX_STEPS = 1_400_000;

/**
 * Compares a program with a policy.
 *
 * @param bigEndian the byte order of the machine that runs it
 * @param maxSteps the work limit, in steps
 * @throws Error if the kernel would reject the program
 */
export function prove(policy: Policy, program: Program, bigEndian: boolean, maxSteps = MAX_STEPS): Proof {
  const work = new Work(maxSteps);
  const search = new Search(policy, acceptedInstructions(program), bigEndian, work);
  try {
    const counterexample = search.all();
    const { sets } = search;
    return counterexample === undefined
      ? { kind: "equal", sets, steps: work.steps }
      : { kind: "different", sets, steps: work.steps, counterexample };
  } catch (error) {
    if (error instanceof CutShort) {
      return { kind: "truncated", sets: search.sets, steps: work.steps, reason: error.message };
    }
    throw error;
  }
}

class Search {
  private readonly comparer: Comparer;
  /** The rules of the policy's lists by words, shared by all numbers with the same list. */
  private readonly lists = new Map<Layout, Map<readonly PolicyRule[], RuleList>>();
  private readonly layouts = new Map<string, Comparing>();

  constructor(
    private readonly policy: Policy,
    private readonly instructions: Instructions,
    private readonly bigEndian: boolean,
    private readonly work: Work,
  ) {
    this.comparer = new Comparer(instructions, work);
  }

  get sets(): number {
    return this.comparer.sets;
  }

  /** The first call found on which the two differ. */
  all(): Counterexample | undefined {
    let group: Section[] = [];
    for (const section of sections(this.policy)) {
      if (group.length > 0 && section.first === 0) {
        const found = this.inGroup(group);
        if (found !== undefined) {
          return found;
        }
        group = [];
      }
      group.push(section);
    }
    return this.inGroup(group);
  }

  /** Compares the sections of one architecture's numbers, in ascending order: the program is followed once for what they share. */
  private inGroup(group: readonly Section[]): Counterexample | undefined {
    const [{ tokens }] = group as readonly [Section];
    let at = 0;
    for (const { first, last, place } of arrivals(this.instructions, tokens, this.work)) {
      while ((group[at] as Section).last < first) {
        at += 1;
      }
      for (let i = at; i < group.length; i += 1) {
        const section = group[i] as Section;
        if (section.first > last) {
          break;
        }
        const part = {
          ...section,
          first: Math.max(first, section.first),
          last: Math.min(last, section.last),
        };
        const found = this.differing(part, place);
        if (found !== undefined) {
          const { call, verdict } = this.withLeastNumber(section, found);
          return this.counterexample(call, verdict, layoutOf(section, this.bigEndian), section.arch);
        }
      }
    }
    return undefined;
  }

  /** @param place where the program is, for these calls, when they are compared */
  private differing(section: Section, place = START): Differing | undefined {
    const comparing = this.comparing(section);
    const { layout } = comparing;
    const rules = this.inWords(section.rules, layout);
    return this.comparer.differ(comparing, place, callsOf(section, layout), rules, section.otherwise);
  }

  /** The same for the least number of a section, if work is left: most calls that have a name have low numbers. */
  private withLeastNumber(section: Section, found: Differing): Differing {
    let least = found;
    let { first } = section;
    try {
      for (let number = numberOf(least); first < number; number = numberOf(least)) {
        const middle = first + Math.floor((number - 1 - first) / 2);
        const lower = this.differing({ ...section, first, last: middle });
        if (lower === undefined) {
          first = middle + 1;
        } else {
          least = lower;
        }
      }
    } catch (error) {
      if (!(error instanceof CutShort)) {
        throw error;
      }
    }
    return least;
  }

  /** The context shared by the calls of all sections with the same layout of arguments. */
  private comparing(section: Section): Comparing {
    const layout = layoutOf(section, this.bigEndian);
    const key = `${layout.bits} ${hasUpperHalves(section.arch)}`;
    let found = this.layouts.get(key);
    if (found === undefined) {
      found = {
        layout,
        any: anyCallOf(section.arch, layout),
        proven: new Map(),
        lastProven: new Map(),
      };
      this.layouts.set(key, found);
    }
    return found;
  }

  private inWords(rules: readonly PolicyRule[], layout: Layout): RuleList {
    const lists = this.lists.get(layout) ?? new Map<readonly PolicyRule[], RuleList>();
    this.lists.set(layout, lists);
    let found = lists.get(rules);
    if (found === undefined) {
      found = rulesInWords(rules, layout);
      lists.set(rules, found);
    }
    return found;
  }

  /** The counterexample, confirmed by the evaluator. */
  private counterexample(
    sample: Sample,
    ofProgram: Verdict,
    layout: Layout,
    arch: Architecture | undefined,
  ): Counterexample {
    const call: Call = {
      arch: sample[ARCH] as number,
      nr: sample[NR] as number,
      args: argumentsOf(sample, layout),
    };
    const args = call.args.map((value) => BigInt.asUintN(layout.bits, value));
    const ofPolicy = evaluate(this.policy, { ...call, args });
    if (ofPolicy === ofProgram) {
      throw new Error("the proof and the evaluator disagree");
    }
    return {
      call,
      instructionPointer: this.comparer.instructionPointer(sample, this.bigEndian),
      arch,
      ofPolicy,
      ofProgram,
    };
  }
}

function numberOf({ call }: Differing): number {
  return call[NR] as number;
}
