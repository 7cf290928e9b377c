/**
 * Guesses the rules that the rest of a program implements, as the basis of a claim, by trying calls.
 */

import type { Instructions, Position } from "../bpf/decode.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Claim } from "./claims.ts";
import { contains, type Domain, pick, TooIntricate } from "./domain.ts";
import { follow, type State } from "./follow.ts";
import { regionsOfRules } from "./rule-regions.ts";
import {
  appliesTo,
  decideCondition,
  holdsIn,
  type InWords,
  passesIn,
  type RuleInWords,
  type RuleList,
  verdictOn,
  wholeOf,
  withConditions,
} from "./rules-in-words.ts";
import type { Sample, Words } from "./words.ts";
import type { Work } from "./work.ts";

/** The input of a guess. */
export interface Wanted {
  readonly place: State;
  /** The calls that reach this state on a path, and the rules that can count for them. */
  readonly path: Claim;
  /** The rules that the guess may contain: those of the claim being proven. */
  readonly all: RuleList;
  /** The rules that a later part of the program implements. */
  readonly later: RuleList;
  /** The calls for which the guess must be right. */
  readonly words: Words;
  /** Every value that a call can have. */
  readonly any: Words;
  readonly otherwise: Verdict;
}

/** Number of rules on each side of a claim's first rule that are tried before the claim is made. */
const NEIGHBOURS = 6;

/** Maximum number of times that a guess is changed. */
const MAX_CHANGES = 100;

export class Guesser {
  private readonly nowhere: readonly boolean[] = [];
  /** By instruction: calls that disproved a claim. */
  private readonly lessons = new Map<Position, Sample[]>();
  private readonly examples = new Map<RuleInWords, readonly Sample[]>();

  constructor(
    private readonly instructions: Instructions,
    private readonly work: Work,
  ) {}

  /** Records a call for which a guess was wrong. */
  learn({ at }: State, call: Sample): void {
    this.lessons.set(at, [...(this.lessons.get(at) ?? []), call]);
  }

  /**
   * Guesses the rules that the program implements from a state on: those that can count on the path, and others that trial calls
   * show, each without the conditions that the program seems to have tested before; undefined if no rules explain its behaviour.
   */
  guess({ place, path, all, later, words, any, otherwise }: Wanted): RuleList | undefined {
    const guess = new Guess(all, path, this.work);
    const wholes = new Set(later.map(wholeOf));
    guess.addAll(all.filter((rule) => wholes.has(wholeOf(rule))));
    const at = all.findIndex((rule) => guess.has(rule));
    const near = all.slice(Math.max(0, at - NEIGHBOURS), (at < 0 ? all.length : at) + NEIGHBOURS);
    const calls = [
      ...(this.lessons.get(place.at) ?? []),
      ...near.flatMap((rule) => this.examplesOf(wholeOf(rule), any)),
    ].map((call: Sample) => within(words, call));
    const tried = calls.flatMap((call) => {
      const verdict = unlessIntricate(() => this.run(place, call));
      return verdict === undefined ? [] : [{ call, verdict }];
    });
    for (let changes = 0; changes < MAX_CHANGES; changes += 1) {
      const rules = guess.rules();
      this.work.step(tried.length * (1 + (rules.length >> 2)));
      const wrong = tried.find(({ call, verdict }) => verdictOn(rules, otherwise, call) !== verdict);
      if (wrong === undefined) {
        return rules;
      }
      if (!guess.explain(wrong.call, wrong.verdict)) {
        return undefined;
      }
    }
    return undefined;
  }

  /** The verdict of the program on a call from a state on. */
  private run(from: State, call: Sample): Verdict {
    let place = from;
    for (;;) {
      const halt = follow(this.instructions, place, this.nowhere, this.work);
      if (halt.kind === "return") {
        return halt.verdict;
      }
      if (halt.kind === "test") {
        place = passesIn(halt.open, call) ? halt.holds : halt.fails;
      }
    }
  }

  /** Calls to which a rule applies, and others as little as possible. */
  private examplesOf(rule: RuleInWords, any: Words): readonly Sample[] {
    let found = this.examples.get(rule);
    if (found === undefined) {
      let example: Words | undefined;
      unlessIntricate(() =>
        regionsOfRules([{ ...rule, verdict: APPLIES }], OTHERWISE, any, this.work, (region, verdict) => {
          example = verdict === APPLIES ? region : undefined;
          return example === undefined;
        }),
      );
      const words = example;
      found =
        words === undefined ? [] : FILLINGS.map((filling) => words.map((domain) => filled(domain, filling)));
      this.examples.set(rule, found);
    }
    return found;
  }
}

/** Candidate rules for the rest of a program. */
class Guess {
  /** The form in which each whole rule is a candidate. */
  private readonly forms = new Map<RuleInWords, RuleInWords>();
  /** Conditions that must stay. */
  private readonly needed = new Set<InWords>();

  /** @param all the rules that the guess may contain, which are also to be found at the end of the path */
  constructor(
    private readonly all: RuleList,
    private readonly path: Claim,
    private readonly work: Work,
  ) {
    this.addAll(path.rules);
  }

  addAll(rules: RuleList): void {
    for (const rule of rules) {
      this.forms.set(wholeOf(rule), rule);
    }
  }

  has(rule: RuleInWords): boolean {
    return this.forms.has(wholeOf(rule));
  }

  rules(): RuleList {
    return this.all.flatMap((rule) => this.forms.get(wholeOf(rule)) ?? []);
  }

  /** Changes the guess to agree with the program on a call; false if that is not possible. */
  explain(call: Sample, verdict: Verdict): boolean {
    const counting = this.rules().find((rule) => appliesTo(rule, call));
    const whole = counting && this.all.find((rule) => wholeOf(rule) === wholeOf(counting));
    const failing = whole?.conditions.filter((one) => !holdsIn(one, call)) ?? [];
    if (counting !== undefined && whole !== undefined && failing.length > 0) {
      for (const one of failing) {
        this.needed.add(one);
      }
      const kept = new Set([...counting.conditions, ...failing]);
      this.forms.set(wholeOf(whole), formOf(whole, kept));
      return true;
    }
    // Equal rules are mostly tested in their order, so it is one of the last.
    const missing = [...this.all]
      .reverse()
      .find((rule) => rule.verdict === verdict && !this.has(rule) && appliesTo(rule, call));
    if (missing !== undefined) {
      this.addAll([missing]);
      return true;
    }
    return this.shorten(call, verdict);
  }

  /** Drops conditions that hold on the path but not for the call, and the conditions before them. */
  private shorten(call: Sample, verdict: Verdict): boolean {
    for (const rule of this.path.rules.filter((one) => one.verdict === verdict)) {
      const form = this.forms.get(wholeOf(rule)) ?? rule;
      const failing = form.conditions.filter((one) => !holdsIn(one, call));
      const known = new Set(
        form.conditions.filter(
          (one) => !this.needed.has(one) && decideCondition(one, this.path.words, this.work) === true,
        ),
      );
      if (failing.length > 0 && failing.every((one) => known.has(one))) {
        const first = form.conditions.findIndex((one) => !known.has(one));
        const kept = new Set(
          form.conditions.filter((one, i) => !(known.has(one) && (i < first || failing.includes(one)))),
        );
        this.forms.set(wholeOf(rule), formOf(rule, kept));
        return true;
      }
    }
    return false;
  }
}

function formOf(rule: RuleInWords, kept: ReadonlySet<InWords>): RuleInWords {
  return withConditions(
    rule,
    wholeOf(rule).conditions.filter((one) => kept.has(one)),
  );
}

/** Two values that differ from all verdicts of a rule list. */
const APPLIES = 1;
const OTHERWISE = 0;

/** The values of unknown bits of examples. */
const FILLINGS = [0xffffffff, 0x5a5aa5a5];

/** A value of a domain, with the bits of another value where possible. */
function filled(domain: Domain, filling: number): number {
  const value = ((filling & ~domain.fixed) | domain.bits) >>> 0;
  return contains(domain, value) ? value : (pick(domain) as number);
}

/** A call within these words, and otherwise like another one. */
function within(words: Words, call: Sample): Sample {
  return words.map((domain, word) => {
    const value = call[word] as number;
    return contains(domain, value) ? value : (pick(domain) as number);
  });
}

/** The result, or undefined if a domain is too intricate, as it may be for trial calls. */
function unlessIntricate<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof TooIntricate) {
      return undefined;
    }
    throw error;
  }
}
