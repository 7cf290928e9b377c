/**
 * Guesses the rules by which a program goes from a place on, so that this can be claimed: by trying out calls.
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

/** For what a guess is made. */
export interface Wanted {
  readonly place: State;
  /** The calls that come there on a path, and the rules that can count for them. */
  readonly path: Claim;
  /** All rules of which the guess may consist: those by which the path's rules were chosen. */
  readonly all: RuleList;
  /** The rules by which the program goes from a later place on. */
  readonly later: RuleList;
  /** For which calls it is to be right. */
  readonly words: Words;
  /** All that a call can be. */
  readonly any: Words;
  readonly otherwise: Verdict;
}

/** So many rules on either side of the first one of a claim are tried out before it is made. */
const NEIGHBOURS = 6;

/** Maximum number of times that a guess is changed. */
const MAX_CHANGES = 100;

export class Guesser {
  private readonly nowhere: readonly boolean[] = [];
  /** By instruction: calls that have shown a claim to be wrong. */
  private readonly lessons = new Map<Position, Sample[]>();
  private readonly examples = new Map<RuleInWords, readonly Sample[]>();

  constructor(
    private readonly instructions: Instructions,
    private readonly work: Work,
  ) {}

  /** Takes note of a call for which a guess was wrong. */
  learn({ at }: State, call: Sample): void {
    this.lessons.set(at, [...(this.lessons.get(at) ?? []), call]);
  }

  /**
   * The rules that the program seems to go by from a place on: those that can count on the path, and as many of the
   * others as calls that are tried out show, each without conditions that the program seems to have left behind; undefined
   * where no rules explain what it does.
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

  /** What the program returns for a call from a place on. */
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

  /** Calls to which a rule applies, and others as little as may be. */
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

/** Rules that a program may go by from a place on. */
class Guess {
  /** By the whole rules: in which form they are among them. */
  private readonly forms = new Map<RuleInWords, RuleInWords>();
  /** Conditions that cannot be left out. */
  private readonly needed = new Set<InWords>();

  /** @param all those of which the guess may consist, and to be found at the end of the path */
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

  /** Changes the guess so that it may say of a call what the program does; false where that is not to be had. */
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
    // Rules that say the same are mostly tested in their order, so it is one of the last.
    const missing = [...this.all]
      .reverse()
      .find((rule) => rule.verdict === verdict && !this.has(rule) && appliesTo(rule, call));
    if (missing !== undefined) {
      this.addAll([missing]);
      return true;
    }
    return this.shorten(call, verdict);
  }

  /** Leaves out conditions that hold on the path and do not for the call, and those before them. */
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

/** Two values that no two verdicts of a rule list are. */
const APPLIES = 1;
const OTHERWISE = 0;

/** What the bits of examples are that are not known. */
const FILLINGS = [0xffffffff, 0x5a5aa5a5];

/** A value of a domain, with the bits of another one where it can be. */
function filled(domain: Domain, filling: number): number {
  const value = ((filling & ~domain.fixed) | domain.bits) >>> 0;
  return contains(domain, value) ? value : (pick(domain) as number);
}

/** A call that is one of these, and otherwise like another one. */
function within(words: Words, call: Sample): Sample {
  return words.map((domain, word) => {
    const value = call[word] as number;
    return contains(domain, value) ? value : (pick(domain) as number);
  });
}

/** What comes of it; undefined where something is too intricate, which calls that are only tried out may be. */
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
