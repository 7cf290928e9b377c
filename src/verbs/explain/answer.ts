/**
 * The answer of `explain`: what a profile makes of calls, what decides it, and what would change it.
 */

import { type CallOutcome, type CallOutcomes, outcomesOf } from "../../analysis/call-outcomes.ts";
import { formatCall, upToLast } from "../../analysis/format-call.ts";
import { areEqualRules } from "../../analysis/possible-changes.ts";
import { alwaysVerdict, type Section, sectionAt } from "../../analysis/regions.ts";
import { hex } from "../../calls/numbers.ts";
import type { LintInput } from "../../lint/input.ts";
import { SKIPPED_CALL } from "../../policy/policy.ts";
import type { ResolveOptions } from "../../policy/resolve.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { hiddenArguments } from "../../tables/hidden-arguments.ts";
import { multiplexers } from "../../tables/multiplexers.ts";
import { seenNumber, syscallName, syscallSince } from "../../tables/syscalls.ts";
import { type CallsOn, callInWords, type Question, questionOf } from "./calls.ts";
import {
  areEqualArguments,
  type Influence,
  influencesOn,
  inWords,
  type OutcomeInWords,
  youngestNamed,
} from "./influences.ts";
import { type DecidingPlace, decidingPlaces, type Places, type RuleAnswer, rulesAbout } from "./rules.ts";

/** One of the verdicts that calls get. */
export interface OutcomeAnswer extends OutcomeInWords {
  /** One of the calls, as it is written in C. */
  readonly example: string;
  /** The same call as a line for `simulate`. */
  readonly line: string;
  readonly decidedBy: DecidingPlace;
}

/** The verdicts on one architecture. */
export interface ArchitectureAnswer {
  readonly calls: CallsOn;
  readonly found: CallOutcomes;
  readonly outcomes: readonly OutcomeAnswer[];
}

export interface ExplainAnswer {
  readonly question: Question;
  /** The calls as they were asked about. */
  readonly call: string;
  /** The first one is that of the machine, or the first that has the call; empty if the profile has none that does. */
  readonly architectures: readonly ArchitectureAnswer[];
  /** The rules that are about the calls on the first architecture. */
  readonly rules: readonly RuleAnswer[];
  /** What else must be known to understand the verdicts. */
  readonly notes: readonly string[];
  readonly influences: readonly Influence[];
}

/**
 * Answers a question.
 *
 * @param words the arguments, in printable characters
 * @throws UsageError if a word cannot be read
 */
export function answerTo(
  input: LintInput,
  meaning: ResolveOptions,
  places: Places,
  syscall: string,
  words: readonly string[],
): ExplainAnswer {
  const { policy, profile, target } = input;
  const question = questionOf(policy, syscall, words);
  const architectures: ArchitectureAnswer[] = [];
  for (const calls of question.calls) {
    const alike = architectures.find((one) => areDecidedAlike(input, one.calls, calls));
    architectures.push(onArchitecture(input, calls, places, alike));
  }
  const [first] = architectures;
  const call = callInWords(question, first?.calls);
  if (first === undefined) {
    return { question, call, architectures, rules: [], notes: [], influences: [] };
  }
  const { calls } = first;
  const isNative = calls.arch === policy.architectures[0];
  const influences = influencesOn(calls, first.outcomes, {
    profile,
    policy,
    target,
    meaning,
    youngest: policy.youngest,
    on: (other) => {
      if (calls.id < 0) {
        return other.architectures[0] === policy.architectures[0] ? calls : undefined;
      }
      const arch = isNative ? (other.architectures[0] as Architecture) : calls.arch;
      const nr = seenNumber(arch, calls.id);
      if (nr < 0 || !other.architectures.includes(arch)) {
        return undefined;
      }
      const always = alwaysVerdict(sectionAt(other, arch.token, nr));
      return always === undefined
        ? questionOf(other, syscallName(calls.id), words).calls.find((each) => each.arch === arch)
        : { arch, id: calls.id, token: arch.token, nr, known: NONE_KNOWN };
    },
  });
  const deciding = first.outcomes.map(({ decidedBy }) => decidedBy);
  return {
    question,
    call,
    architectures,
    rules: rulesAbout(input, calls, deciding, places),
    notes: notesOn(input, first),
    influences,
  };
}

/** Where arguments do not matter, they need not be read: constants differ from machine to machine. */
const NONE_KNOWN: ReadonlyMap<number, bigint> = new Map();

/** Whether the same rules decide the calls of two architectures, whose arguments are alike. */
function areDecidedAlike({ policy }: LintInput, a: CallsOn, b: CallsOn): boolean {
  const [ofA, ofB] = [a, b].map(({ token, nr }) => sectionAt(policy, token, nr)) as [Section, Section];
  return (
    a.arch.bits === b.arch.bits &&
    a.arch.bigEndian === b.arch.bigEndian &&
    ofA.otherwise === ofB.otherwise &&
    areEqualRules(ofA.rules, ofB.rules) &&
    areEqualArguments(a.known, b.known)
  );
}

/** @param alike the answer for an architecture whose calls are decided alike, if there is one */
function onArchitecture(
  input: LintInput,
  calls: CallsOn,
  places: Places,
  alike: ArchitectureAnswer | undefined,
): ArchitectureAnswer {
  const { token: arch, nr } = calls;
  const found =
    alike === undefined
      ? outcomesOf(input.policy, calls, input.target.arch.bigEndian)
      : {
          ...alike.found,
          outcomes: alike.found.outcomes.map((one) => ({ ...one, call: { ...one.call, arch, nr } })),
        };
  const words = inWords(calls, found);
  const deciding = decidingPlaces(input, found, places);
  const outcomes = found.outcomes.map(
    (outcome, i): OutcomeAnswer => ({
      ...(words[i] as OutcomeInWords),
      example: exampleOf(calls, outcome),
      line: lineOf(calls, outcome),
      decidedBy: deciding[i] as DecidingPlace,
    }),
  );
  return { calls, found, outcomes };
}

function exampleOf({ arch, id, nr }: CallsOn, { call }: CallOutcome): string {
  return id < 0 ? `syscall(${hex(BigInt(nr))})` : formatCall(id, call.args, arch);
}

/** A line for `simulate`. */
function lineOf({ arch, id, nr }: CallsOn, { call }: CallOutcome): string {
  const name = id < 0 ? String(nr) : syscallName(id);
  return [arch.name, name, ...upToLast(call.args).map((arg) => (arg < 10n ? String(arg) : hex(arg)))].join(
    " ",
  );
}

/** Calls that take a struct in memory, with what is in it. */
const IN_MEMORY: Readonly<Record<string, string>> = {
  clone3: "the flags of clone3 are in struct clone_args,",
  openat2: "the flags of openat2 are in struct open_how,",
};

function notesOn(
  { policy, profile, target }: LintInput,
  { calls, outcomes, found }: ArchitectureAnswer,
): readonly string[] {
  const { arch, id, nr } = calls;
  const notes: string[] = [];
  const name = id < 0 ? "" : syscallName(id);
  if (!policy.architectures.includes(arch)) {
    const listed = policy.architectures.map((each) => each.name).join(", ");
    notes.push(`the profile has ${listed}, and not ${arch.name}: each call of ${arch.name} ends the process`);
  }
  if (nr === SKIPPED_CALL) {
    notes.push("a tracer skips a call by the number -1: the default action judges it");
  }
  const hidden = id < 0 ? undefined : hiddenArguments(arch, id);
  const unseen =
    hidden === undefined
      ? multiplexers.some((each) => each.name === name)
        ? `the first argument of ${name} says which call it makes, and the arguments of that are`
        : IN_MEMORY[name]
      : `all arguments of ${name} are in struct ${hidden.struct},`;
  if (unseen !== undefined) {
    notes.push(`${unseen} in memory, which no filter sees`);
  }
  if (
    policy.youngest !== undefined &&
    found.outcomes.some(({ verdict }) => verdict === policy.youngerVerdict) &&
    outcomes.some(({ decidedBy }) => decidedBy.what.startsWith("newer"))
  ) {
    const youngest = youngestNamed(profile);
    const since =
      id < 0
        ? "no call has this number yet"
        : `${name} came with Linux ${formatKernelVersion(syscallSince(id))}`;
    notes.push(
      `${since}, after all that the profile names (the youngest, ${youngest}, with Linux ${formatKernelVersion(policy.youngest)}): ` +
        `such calls get ${formatVerdict(policy.youngerVerdict, target.arch)}, so that libraries fall back to older ones`,
    );
  }
  return notes;
}
