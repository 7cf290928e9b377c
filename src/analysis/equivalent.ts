/**
 * The proof that a program is a policy: every call gets the same verdict from both, or here is one that does not.
 *
 * For each architecture and each range of numbers that means something of its own, all paths of the program are followed
 * with what is known of the call's words, and at the end of each the policy's rules are tested for as long as their verdict
 * depends on more (`regions.ts`). Together the sets of calls in which that ends are all calls, and in each the verdict of the rules
 * has to be that of the path. Where paths meet, what the program does from there on is proven once (`same-from.ts`).
 */

import { acceptedInstructions } from "../bpf/check.ts";
import type { Instructions } from "../bpf/decode.ts";
import type { Program } from "../bpf/instruction.ts";
import { replaced } from "../lists.ts";
import { evaluate, rulesFor } from "../policy/evaluate.ts";
import {
  type Call,
  MAX_SYSCALL_NUMBER,
  type Policy,
  type PolicyRule,
  SKIPPED_CALL,
} from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import { type Architecture, architectureOfCall, twinOf } from "../tables/architectures.ts";
import { lastSyscallNumber, syscallCount, syscallNumber } from "../tables/syscalls.ts";
import type { Comparing } from "./claims.ts";
import { ALL_BITS, ANY, type Domain, interval, split } from "./domain.ts";
import { START } from "./follow.ts";
import { type RuleList, rulesInWords } from "./rules-in-words.ts";
import { Comparer } from "./same-from.ts";
import {
  ANY_CALL,
  ARCH,
  argumentsOf,
  type Layout,
  NR,
  type Sample,
  type Words,
  withoutUpperHalves,
} from "./words.ts";
import { CutShort, Work } from "./work.ts";

/** What came of a proof. */
export type Proof = {
  /** So many sets of calls were told apart. */
  readonly sets: number;
  /** What it cost: the same on every machine. */
  readonly steps: number;
} & (
  | /** They are the same, on all calls. */ { readonly result: "equal" }
  | /** They differ. */ { readonly result: "different"; readonly counterexample: Counterexample }
  | /** Nobody knows: it was cut short, and why. */ { readonly result: "truncated"; readonly reason: string }
);

/** A call that shows a difference. */
export interface Counterexample {
  /** With what the registers of a 32-bit MIPS program have above 32 bits, which a policy does not look at. */
  readonly call: Call;
  /** Where the call is made, for a program that looks at that: a policy does not. */
  readonly instructionPointer: bigint | undefined;
  /** Whose call it is; undefined for an architecture that the policy does not list. */
  readonly arch: Architecture | undefined;
  readonly ofPolicy: Verdict;
  readonly ofProgram: Verdict;
}

/** So many steps are made: a few seconds in the engine of the executable. */
export const MOST_STEPS = 1_400_000;

/**
 * Holds a program against a policy.
 *
 * @param bigEndian the byte order of the machine that is to run it
 * @param mostSteps after how many steps to give up
 * @throws Error where the kernel would not take the program
 */
export function prove(policy: Policy, program: Program, bigEndian: boolean, mostSteps = MOST_STEPS): Proof {
  const work = new Work(mostSteps);
  const search = new Search(policy, acceptedInstructions(program), bigEndian, work);
  try {
    const counterexample = search.all();
    const { sets } = search;
    return counterexample === undefined
      ? { result: "equal", sets, steps: work.steps }
      : { result: "different", sets, steps: work.steps, counterexample };
  } catch (error) {
    if (error instanceof CutShort) {
      return { result: "truncated", sets: search.sets, steps: work.steps, reason: error.message };
    }
    throw error;
  }
}

class Search {
  private readonly comparer: Comparer;
  /** The rules of the policy's lists by words, once for all numbers that share a list. */
  private readonly lists = new Map<Layout, Map<readonly PolicyRule[], RuleList>>();
  private readonly layouts = new Map<string, Comparing>();

  constructor(
    private readonly policy: Policy,
    instructions: Instructions,
    private readonly bigEndian: boolean,
    work: Work,
  ) {
    this.comparer = new Comparer(instructions, work);
  }

  get sets(): number {
    return this.comparer.sets;
  }

  /** The first call that was found on which the two differ. */
  all(): Counterexample | undefined {
    const tokens = [...new Set(this.policy.architectures.map(({ token }) => token))];
    for (const token of tokens) {
      const owners = this.policy.architectures.filter((arch) => arch.token === token);
      for (const [first, last] of numberRanges(owners, this.policy.mixesX32)) {
        const found = this.numbers(token, owners, first, last);
        if (found !== undefined) {
          return found;
        }
      }
    }
    return this.foreign(tokens);
  }

  /** A range of numbers for which the policy has the same rules. */
  private numbers(
    token: number,
    owners: readonly Architecture[],
    first: number,
    last: number,
  ): Counterexample | undefined {
    const owner = architectureOfCall(owners, token, first);
    const comparing = this.comparing(owner);
    const words = replaced(replaced(comparing.any, NR, interval(first, last)), ARCH, interval(token, token));
    return this.compare(comparing, words, rulesFor(this.policy, token, first), owner);
  }

  /** Calls of all other architectures. */
  private foreign(tokens: readonly number[]): Counterexample | undefined {
    const others = tokens.reduce<Domain | undefined>(
      (domain, value) => domain && split(domain, { mask: ALL_BITS, op: "eq", value }).fails,
      ANY,
    );
    const comparing = this.comparing(undefined);
    const words = replaced(comparing.any, ARCH, others as Domain);
    return this.compare(comparing, words, this.policy.foreignVerdict, undefined);
  }

  private compare(
    comparing: Comparing,
    words: Words,
    rules: readonly PolicyRule[] | Verdict,
    arch: Architecture | undefined,
  ): Counterexample | undefined {
    const [list, otherwise] =
      typeof rules === "number"
        ? [[], rules]
        : [this.inWords(rules, comparing.layout), this.policy.defaultVerdict];
    const found = this.comparer.differ(comparing, START, words, list, otherwise);
    return found === undefined
      ? undefined
      : this.counterexample(found.call, found.verdict, comparing.layout, arch);
  }

  /** What is known of any call of an architecture before its number and arguments are looked at. */
  private comparing(owner: Architecture | undefined): Comparing {
    const { bits = 64, column = "" } = owner ?? {};
    // A 64-bit MIPS kernel shows the registers of a 32-bit program whole; elsewhere their upper halves are zero.
    const narrow = bits === 32 && !column.startsWith("mips");
    const key = `${bits} ${narrow}`;
    let found = this.layouts.get(key);
    if (found === undefined) {
      const layout: Layout = { bigEndian: this.bigEndian, bits };
      found = {
        layout,
        any: narrow ? withoutUpperHalves(ANY_CALL, layout, interval(0, 0)) : ANY_CALL,
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

  /** What was found, as the evaluator sees it: it has the last word. */
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

/**
 * All 2^32 numbers as ranges: each number that a table has by itself, and what lies between them cut wherever the meaning of
 * numbers changes (`evaluate.ts`).
 *
 * @param mixed whether numbers of the other architecture with the token have a meaning too
 */
function numberRanges(
  owners: readonly Architecture[],
  mixed: boolean,
): (readonly [first: number, last: number])[] {
  const starts = new Set([0, MAX_SYSCALL_NUMBER + 1, 0x80000000, 0xc0000000, SKIPPED_CALL]);
  for (const arch of owners) {
    for (const base of [lastSyscallNumber(arch), MAX_SYSCALL_NUMBER]) {
      starts.add((base + 1 + arch.numberBit) >>> 0);
    }
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const table of mixed ? [arch, twinOf(arch) ?? arch] : [arch]) {
        const number = syscallNumber(table, id);
        if (number >= 0) {
          starts.add(number + arch.numberBit);
          starts.add(number + arch.numberBit + 1);
        }
      }
    }
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((first, i) => [first, (sorted[i + 1] ?? SKIPPED_CALL + 1) - 1] as const);
}
