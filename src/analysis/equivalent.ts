/**
 * The proof that a program is a policy: every call gets the same verdict from both, or here is one that does not.
 *
 * For each architecture and each range of numbers that means something of its own, all paths of the program are followed
 * with what is known of the call's words, and at the end of each the policy's rules are tested for as long as the verdict
 * depends on them. What is left is a set of calls on which neither can tell any more apart; one of them is judged by the
 * evaluator, and its verdict has to be that of the path. Together the sets are all calls.
 */

import { checkProgram } from "../bpf/check.ts";
import type { Program } from "../bpf/instruction.ts";
import { replaced } from "../lists.ts";
import { evaluate, rulesFor } from "../policy/evaluate.ts";
import { type Call, MAX_SYSCALL_NUMBER, type Policy, SKIPPED_CALL } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import { type Architecture, architectureOfCall, twinOf } from "../tables/architectures.ts";
import { lastSyscallNumber, syscallCount, syscallNumber } from "../tables/syscalls.ts";
import { ANY, type Domain, interval, pick, split, TooIntricate } from "./domain.ts";
import { explore, type Words } from "./explore.ts";
import { highWordOf, type Layout, lowWordOf, nextTest } from "./rules-in-words.ts";

/** What came of a proof. */
export type Proof =
  /** They are the same, on all calls. */
  | { readonly result: "equal"; readonly sets: number }
  /** They differ. */
  | { readonly result: "different"; readonly sets: number; readonly counterexample: Counterexample }
  /** Nobody knows: it was cut short, and why. */
  | { readonly result: "truncated"; readonly sets: number; readonly reason: string };

/** A call that shows a difference. */
export interface Counterexample {
  readonly call: Call;
  /** Whose call it is; undefined for an architecture that the policy does not list. */
  readonly arch: Architecture | undefined;
  readonly ofPolicy: Verdict;
  readonly ofProgram: Verdict;
}

/** So many sets of calls are looked at. */
const MOST_SETS = 5_000_000;

const WORDS_OF_DATA = 16;
const NR = 0;
const ARCH = 1;
const ARGUMENTS = 6;

/**
 * Holds a program against a policy.
 *
 * @param bigEndian the byte order of the machine that is to run it
 * @param mostSets at how many sets of calls to give up
 * @throws Error where the kernel would not take the program
 */
export function prove(policy: Policy, program: Program, bigEndian: boolean, mostSets = MOST_SETS): Proof {
  const problem = checkProgram(program);
  if (problem !== undefined) {
    throw new Error(problem);
  }
  const search = new Search(policy, program, bigEndian, mostSets);
  try {
    return search.all();
  } catch (error) {
    if (error instanceof TooIntricate) {
      return {
        result: "truncated",
        sets: search.sets,
        reason: "the program computes with a word of the call in a way that the proof does not follow",
      };
    }
    throw error;
  }
}

class Search {
  sets = 0;
  private counterexample: Counterexample | undefined;

  constructor(
    private readonly policy: Policy,
    private readonly program: Program,
    private readonly bigEndian: boolean,
    private readonly mostSets: number,
  ) {}

  all(): Proof {
    const tokens = [...new Set(this.policy.architectures.map(({ token }) => token))];
    const done = tokens.every((token) => this.calls(token)) && this.foreign(tokens);
    if (this.counterexample !== undefined) {
      return { result: "different", sets: this.sets, counterexample: this.counterexample };
    }
    return done
      ? { result: "equal", sets: this.sets }
      : {
          result: "truncated",
          sets: this.sets,
          reason: `there are more than ${this.mostSets} sets of calls to tell apart`,
        };
  }

  /** Calls with the token of one of the policy's architectures. */
  private calls(token: number): boolean {
    const owners = this.policy.architectures.filter((arch) => arch.token === token);
    return numberRanges(owners, this.policy.mixesX32).every(([first, last]) =>
      this.numbers(token, owners, first, last),
    );
  }

  /** A range of numbers for which the policy has the same rules. */
  private numbers(token: number, owners: readonly Architecture[], first: number, last: number): boolean {
    const owner = architectureOfCall(owners, token, first);
    const { bits = 64, column = "" } = owner ?? {};
    const layout: Layout = { bigEndian: this.bigEndian, bits };
    const words = new Array<Domain>(WORDS_OF_DATA).fill(ANY);
    words[NR] = interval(first, last);
    words[ARCH] = interval(token, token);
    // A 64-bit MIPS kernel shows the registers of a 32-bit program whole; elsewhere their upper halves are zero.
    if (bits === 32 && !column.startsWith("mips")) {
      for (let i = 0; i < ARGUMENTS; i += 1) {
        words[highWordOf(i, layout)] = interval(0, 0);
      }
    }
    return this.paths(words, layout, owner);
  }

  /** Calls of all other architectures. */
  private foreign(tokens: readonly number[]): boolean {
    const others = tokens.reduce<Domain | undefined>(
      (domain, value) => domain && split(domain, { mask: 0xffffffff, op: "eq", value }).fails,
      ANY,
    );
    const words = new Array<Domain>(WORDS_OF_DATA).fill(ANY);
    words[ARCH] = others as Domain;
    return this.paths(words, { bigEndian: this.bigEndian, bits: 64 }, undefined);
  }

  /** Follows the program for calls with these words; false where the search is over. */
  private paths(words: Words, layout: Layout, arch: Architecture | undefined): boolean {
    return explore(this.program, words, (known, verdict) => this.settle(known, verdict, layout, arch));
  }

  /** Tests the rules for as long as the policy's verdict depends on them, and then compares the two. */
  private settle(start: Words, ofProgram: Verdict, layout: Layout, arch: Architecture | undefined): boolean {
    const open = [start];
    for (let words = open.pop(); words !== undefined; words = open.pop()) {
      const nr = pick(words[NR] as Domain) as number;
      const token = pick(words[ARCH] as Domain) as number;
      const rules = rulesFor(this.policy, token, nr);
      const next =
        typeof rules === "number" ? undefined : nextTest(rules, this.policy.defaultVerdict, words, layout);
      if (next !== undefined) {
        const { holds, fails } = split(words[next.word] as Domain, next.test);
        open.push(replaced(words, next.word, holds as Domain), replaced(words, next.word, fails as Domain));
        continue;
      }
      this.sets += 1;
      if (this.sets > this.mostSets) {
        return false;
      }
      const call: Call = { arch: token, nr, args: argumentsOf(words, layout) };
      const ofPolicy = evaluate(this.policy, call);
      if (ofPolicy !== ofProgram) {
        this.counterexample = { call, arch, ofPolicy, ofProgram };
        return false;
      }
    }
    return true;
  }
}

/** One call of those that are left. */
function argumentsOf(words: Words, layout: Layout): readonly bigint[] {
  return Array.from({ length: ARGUMENTS }, (_, i) => {
    const low = BigInt(pick(words[lowWordOf(i, layout)] as Domain) as number);
    const high = pick(words[highWordOf(i, layout)] as Domain) as number;
    return layout.bits === 32 ? low : (BigInt(high) << 32n) | low;
  });
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
