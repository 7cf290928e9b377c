/**
 * Whether a program does what rules say, from its beginning or from a place on at which paths meet.
 *
 * Without more, the paths through a program for n rules would be as many as there are ways for n rules to fail. But a
 * program that tests one rule after the other has a place for each at which all the ways meet, and from there on does what the
 * rules that are left say, whatever the call is. That is proven once, as a claim of its own: "from here on the program does for all
 * calls what these rules say". A claim may be made freely, since it is used only where it says what is asked for: its rules are all
 * those that can still count there, and beside them only such as are known not to. Which rules to claim is guessed by trying
 * calls. A claim that turns out wrong for a call proves nothing; the paths are then followed one by one.
 */

import type { Program } from "../bpf/instruction.ts";
import { replaced } from "../lists.ts";
import type { Verdict } from "../policy/verdict.ts";
import { ANY, contains, type Domain, domainKey, pick, split } from "./domain.ts";
import { follow, type Place, type Value } from "./follow.ts";
import { FIRST_MEMORY_BIT, factsOf, type ProgramFacts, USES_A, USES_X } from "./program-facts.ts";
import { regions } from "./regions.ts";
import {
  appliesTo,
  consider,
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
import { ARCH, includes, type Layout, NR, type Sample, sampleOf, type Words } from "./words.ts";
import type { Work } from "./work.ts";

/** What is common to calls that are compared in the same way. */
export interface Comparing {
  readonly layout: Layout;
  /** All that such calls can be. */
  readonly any: Words;
  /** What has been proven, by places. */
  readonly proven: Map<string, Claim[]>;
  /** By instruction, the rules of the last claim that was proven there. */
  readonly lastProven: Map<number, RuleList>;
}

/** A call on which the two differ, and what the program says of it. */
export interface Differing {
  readonly call: Sample;
  readonly verdict: Verdict;
}

/** That from a place on the program does what rules say, for all of these calls. */
interface Claim {
  readonly words: Words;
  readonly rules: RuleList;
}

/** Rules along a path, and how often to look for those that cannot count any more. */
interface Narrowing {
  /** Those of the claim's rules that can still count, and others that are not worth looking for. */
  readonly rules: RuleList;
  /** At how many tests not to look, and at how many of these still. */
  readonly passOver: { readonly count: number; readonly left: number };
}

/** Calls for which the rest of the program is to be followed. */
interface Path extends Narrowing {
  readonly place: Place;
  readonly words: Words;
  /** How many claims may be made where it begins. */
  readonly tries: number;
  /** Whether it has been followed, so that only a claim is to be made where it begins. */
  readonly isFollowed: boolean;
}

/** A claim that is being proven. */
interface Attempt extends Claim {
  /** Under which it is remembered. */
  readonly key: string;
  readonly open: Path[];
  /** After how many steps it was made, and how many had been wasted on others by then. */
  readonly began: number;
  readonly wastedBefore: number;
  /** The path on which it was made, and the words that matter no more from there on; undefined for what is asked for. */
  readonly on: Path | undefined;
  readonly forgotten: readonly boolean[];
}

/** So many rules on either side of the first one of a claim are tried out before it is made. */
const NEIGHBOURS = 6;

/** So many claims are made on one path to a place: each that is wrong shows which rule was missing. */
const MOST_TRIES = 8;

/** So many instructions are looked through for a place of which something is proven. */
const MOST_LOOKED_THROUGH = 64;

/** So many steps claims may cost before it is asked what they have brought. */
const FREE_STEPS = 10_000;

/** So many places ahead are looked at for one of which something is proven. */
const MOST_JOINS_AHEAD = 8;

/** At so many tests in a row rules are not looked through. */
const MOST_PASSED_OVER = 31;

const ALWAYS = { count: 0, left: 0 };

/** So often a guess is changed. */
const MOST_CHANGES = 100;

/** So many claims are kept for one place. */
const MOST_CLAIMS = 8;

const POINTER = 2;

export class Comparer {
  sets = 0;
  private readonly facts: ProgramFacts;
  private readonly nowhere: readonly boolean[] = [];
  /** By instruction: how often paths that were followed one by one came here. */
  private readonly visits: number[] = [];
  /** Before so many steps no claim is made. */
  private freeUntil = 0;
  /** How many steps claims have cost that were wrong. */
  private wasted = 0;
  /** Where a claim has been made, right or wrong. */
  private readonly claimed = new Set<number>();
  /** By instruction: calls that have shown a claim to be wrong. */
  private readonly lessons = new Map<number, Sample[]>();
  private readonly examples = new Map<RuleInWords, readonly Sample[]>();

  constructor(
    private readonly program: Program,
    private readonly work: Work,
  ) {
    this.facts = factsOf(program);
  }

  /**
   * Looks for a call on which the program does not do what the rules say.
   *
   * @param words which calls
   * @throws CutShort
   */
  differ(
    comparing: Comparing,
    place: Place,
    words: Words,
    rules: RuleList,
    otherwise: Verdict,
  ): Differing | undefined {
    // For rules with one condition each there are about as many paths as rules, and each costs about as many steps.
    this.freeUntil = this.work.steps + 4 * rules.length ** 2;
    const first: Path = { place, words, rules, passOver: ALWAYS, tries: 0, isFollowed: false };
    const attempts: Attempt[] = [
      {
        key: "",
        words,
        rules,
        open: [first],
        began: this.work.steps,
        wastedBefore: this.wasted,
        on: undefined,
        forgotten: [],
      },
    ];
    for (let attempt = attempts.at(-1); attempt !== undefined; attempt = attempts.at(-1)) {
      if (attempt.on !== undefined && this.takesTooLong(attempts[1] as Attempt)) {
        this.wasted =
          (attempts[1] as Attempt).wastedBefore + this.work.steps - (attempts[1] as Attempt).began;
        abandon(attempts);
        continue;
      }
      const path = attempt.open.pop();
      if (path === undefined) {
        attempts.pop();
        remember(comparing, attempt);
        continue;
      }
      const found = this.along(comparing, attempt, path, otherwise);
      if (found === undefined) {
        continue;
      }
      if ("key" in found) {
        attempts.push(found);
        continue;
      }
      const differing = this.retract(attempts, found);
      if (differing !== undefined) {
        return differing;
      }
    }
    return undefined;
  }

  /** Whether a claim may be made: where following the paths takes long, and wrong ones have not cost much beside that. */
  private get mayClaim(): boolean {
    return this.work.steps > this.freeUntil && this.wasted < FREE_STEPS + this.work.steps / 4;
  }

  /** Whether a claim has cost so much that the paths had better be followed. */
  private takesTooLong({ began, wastedBefore }: Attempt): boolean {
    return wastedBefore + this.work.steps - began > 4 * FREE_STEPS + this.work.steps / 2;
  }

  /** The instruction pointer of a call; undefined where the program does not look at it. */
  instructionPointer(sample: Sample, bigEndian: boolean): bigint | undefined {
    if (((this.facts.loads[0] as number) & (3 << POINTER)) === 0) {
      return undefined;
    }
    const [low, high] = bigEndian ? [POINTER + 1, POINTER] : [POINTER, POINTER + 1];
    return (BigInt(sample[high] as number) << 32n) | BigInt(sample[low] as number);
  }

  /** Follows a path until it ends, or to a place of which something is claimed; the other ways are put aside. */
  private along(
    comparing: Comparing,
    attempt: Attempt,
    path: Path,
    otherwise: Verdict,
  ): Differing | Attempt | undefined {
    let { place, words, rules, passOver } = path;
    let { tries } = path;
    if (path.isFollowed) {
      const claim = tries > 0 ? this.atJoin(comparing, attempt, path, otherwise) : undefined;
      return typeof claim === "string" ? undefined : claim;
    }
    for (;;) {
      if (this.facts.isJoin[place.pc] === true && tries > 0) {
        const here: Path = { place, words, rules, passOver, tries, isFollowed: false };
        const claim = this.atJoin(comparing, attempt, here, otherwise);
        if (claim === "proven") {
          return undefined;
        }
        if (claim === "later") {
          // What is put aside last is taken up first, so the last one of these before the others.
          attempt.open.push({ ...here, isFollowed: true });
        } else if (claim !== undefined) {
          return claim;
        }
      }
      const halt = follow(this.program, place, this.facts.isJoin, this.work);
      tries = MOST_TRIES;
      if (halt.kind === "stop") {
        place = halt.place;
        continue;
      }
      if (halt.kind === "return") {
        return this.arrive(words, rules, otherwise, halt.verdict);
      }
      const { word, test } = halt.open;
      const { holds, fails } = split(words[word] as Domain, test, this.work);
      if (holds !== undefined && fails !== undefined) {
        const without = replaced(words, word, fails);
        attempt.open.push({
          place: halt.fails,
          words: without,
          tries: MOST_TRIES,
          isFollowed: false,
          ...this.narrowed({ rules, passOver }, otherwise, without, word),
        });
        words = replaced(words, word, holds);
        ({ rules, passOver } = this.narrowed({ rules, passOver }, otherwise, words, word));
      }
      place = holds === undefined ? halt.fails : halt.holds;
    }
  }

  /** Leaves out rules that cannot count any more where more is known of a word; not each time if few ever go. */
  private narrowed(
    { rules, passOver }: Narrowing,
    otherwise: Verdict,
    words: Words,
    word: number,
  ): Narrowing {
    if (!rules.some(({ looksAt }) => (looksAt & (1 << word)) !== 0)) {
      return { rules, passOver };
    }
    if (passOver.left > 0) {
      return { rules, passOver: { ...passOver, left: passOver.left - 1 } };
    }
    const left = consider(rules, otherwise, words, this.work).rules;
    const count = 4 * left.length < 3 * rules.length ? 0 : Math.min(2 * passOver.count + 1, MOST_PASSED_OVER);
    return { rules: left, passOver: { count, left: count } };
  }

  /** Holds what the rules say of the calls at the end of a path against what the program returns. */
  private arrive(words: Words, rules: RuleList, otherwise: Verdict, verdict: Verdict): Differing | undefined {
    let found: Words | undefined;
    regions(rules, otherwise, words, this.work, (region, ofRules) => {
      this.sets += 1;
      found = ofRules === verdict ? undefined : region;
      return found === undefined;
    });
    return found === undefined ? undefined : { call: sampleOf(found), verdict };
  }

  /** Whether a claim says what is asked for at the end of a path. */
  private covers({ words, rules }: Claim, path: Path, asked: RuleList): boolean {
    if (!words.every((domain, word) => domain === ANY || isPart(path.words[word] as Domain, domain))) {
      return false;
    }
    const missing = new Map(path.rules.map((rule) => [wholeOf(rule), rule]));
    const others = new Set(asked);
    for (const rule of rules) {
      const own = missing.get(wholeOf(rule));
      missing.delete(wholeOf(rule));
      const same =
        own === undefined
          ? // One that cannot count any more may stand among the others, and may be left out.
            others.has(rule) || this.never(rule, path.words)
          : own === rule || this.sameWhere(own, rule, path.words);
      if (!same) {
        return false;
      }
    }
    return [...missing.values()].every((rule) => this.never(rule, path.words));
  }

  /** Whether no call of these meets a rule. */
  private never({ conditions }: RuleInWords, words: Words): boolean {
    return conditions.some((one) => decideCondition(one, words, this.work) === false);
  }

  /** Whether two forms of a rule differ only in conditions that hold for all of these calls. */
  private sameWhere(a: RuleInWords, b: RuleInWords, words: Words): boolean {
    const [ofA, ofB] = [new Set(a.conditions), new Set(b.conditions)];
    const differing = [
      ...a.conditions.filter((one) => !ofB.has(one)),
      ...b.conditions.filter((one) => !ofA.has(one)),
    ];
    return differing.every((one) => decideCondition(one, words, this.work) === true);
  }

  /** What is known where paths meet: that the rest is proven, or a claim that is to be proven first. */
  private atJoin(
    comparing: Comparing,
    attempt: Attempt,
    arriving: Path,
    otherwise: Verdict,
  ): Attempt | "proven" | "later" | undefined {
    const { pc } = arriving.place;
    const loads = this.loadsFrom(arriving.place);
    // Each number is looked at by itself, so nothing is gained before it is known.
    if ((loads & ((1 << NR) | (1 << ARCH))) !== 0) {
      return undefined;
    }
    const key = this.keyOf(arriving.place, otherwise);
    for (const claim of comparing.proven.get(key) ?? []) {
      this.work.step(1 + (arriving.rules.length >> 4));
      if (this.covers(claim, arriving, attempt.rules)) {
        return "proven";
      }
    }
    if (!this.mayClaim) {
      return undefined;
    }
    if (arriving.tries === MOST_TRIES && !arriving.isFollowed) {
      const visits = (this.visits[pc] ?? 0) + 1;
      this.visits[pc] = visits;
      // The first time there is nothing to be gained, and where claims went wrong others are made more and more seldom.
      if (visits < 2 || (visits & (visits - 1)) !== 0) {
        return undefined;
      }
    }
    const following = this.nextJoin(pc);
    if (following !== undefined && !this.claimed.has(following) && !arriving.isFollowed) {
      // What is claimed there tells what to claim here.
      return "later";
    }
    this.claimed.add(pc);
    const path = { ...arriving, rules: consider(arriving.rules, otherwise, arriving.words, this.work).rules };
    const mentioned = path.rules.reduce((all, { looksAt }) => all | looksAt, 0);
    const kept = path.words.map((_, word) => (mentioned & ~loads & (1 << word)) !== 0);
    const any = replaced(replaced(comparing.any, NR, ANY), ARCH, ANY);
    const words = any.map((domain, word) => (kept[word] === true ? (path.words[word] as Domain) : domain));
    const [began, wastedBefore] = [this.work.steps, this.wasted];
    const rules = this.guess(comparing, attempt, path, words, otherwise);
    if (rules === undefined) {
      this.wasted += this.work.steps - began;
      return undefined;
    }
    const looked = rules.reduce((all, { looksAt }) => all | looksAt, loads);
    const start: Path = { ...path, words, rules, passOver: ALWAYS, tries: 0, isFollowed: false };
    return {
      key,
      words,
      rules,
      open: [start],
      began,
      wastedBefore,
      on: path,
      forgotten: words.map((_, word) => (looked & (1 << word)) === 0),
    };
  }

  /** Takes back a claim that is wrong for a call, and those that rest on it; a call that is one of those asked for stays. */
  private retract(attempts: Attempt[], found: Differing): Differing | undefined {
    let { call } = found;
    for (;;) {
      const { on, forgotten, began, wastedBefore } = attempts.pop() as Attempt;
      this.wasted = wastedBefore + this.work.steps - began;
      if (on === undefined) {
        return { ...found, call };
      }
      const possible = sampleOf(on.words);
      const sample = call.map((value, word) =>
        forgotten[word] === true ? (possible[word] as number) : value,
      );
      if (!includes(on.words, sample)) {
        const { pc } = on.place;
        this.lessons.set(pc, [...(this.lessons.get(pc) ?? []), call]);
        attempts.at(-1)?.open.push({ ...on, tries: on.tries - 1 });
        return undefined;
      }
      call = sample;
    }
  }

  /**
   * The rules that the program seems to go by from a place on: those that can count on the path, and as many of the claim's
   * others as calls that are tried out show, each without conditions that the program seems to have left behind; undefined
   * where no rules explain what it does.
   */
  private guess(
    comparing: Comparing,
    attempt: Attempt,
    path: Path,
    words: Words,
    otherwise: Verdict,
  ): RuleList | undefined {
    const guess = new Guess(attempt.rules, path, this.work);
    const later = new Set(this.provenAfter(comparing, path.place).map(wholeOf));
    guess.addAll(attempt.rules.filter((rule) => later.has(wholeOf(rule))));
    const at = attempt.rules.findIndex((rule) => guess.has(rule));
    const near = attempt.rules.slice(
      Math.max(0, at - NEIGHBOURS),
      (at < 0 ? attempt.rules.length : at) + NEIGHBOURS,
    );
    const calls = [
      ...(this.lessons.get(path.place.pc) ?? []),
      ...near.flatMap((rule) => this.examplesOf(wholeOf(rule), comparing)),
    ].map((call: Sample) => within(words, call));
    const tried = calls.map((call) => ({ call, verdict: this.run(path.place, call) }));
    for (let changes = 0; changes < MOST_CHANGES; changes += 1) {
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

  /** The next place at which paths meet and to which the program can come from one. */
  private nextJoin(pc: number): number | undefined {
    const seen = new Set<number>();
    const open = [pc];
    for (let at = open.pop(); at !== undefined && seen.size < MOST_LOOKED_THROUGH; at = open.pop()) {
      this.work.step();
      if (at !== pc && this.facts.isJoin[at] === true) {
        return at;
      }
      if (!seen.has(at)) {
        seen.add(at);
        open.push(...(this.facts.next[at] as readonly number[]));
        open.sort((a, b) => b - a);
      }
    }
    return undefined;
  }

  /** The rules that were last claimed, and proven, at the next place of which something was. */
  private provenAfter(comparing: Comparing, { pc }: Place): RuleList {
    let at = this.nextJoin(pc);
    for (let i = 0; i < MOST_JOINS_AHEAD && at !== undefined; i += 1) {
      const found = comparing.lastProven.get(at);
      if (found !== undefined) {
        return found;
      }
      at = this.nextJoin(at);
    }
    return [];
  }

  /** What the program returns for a call from a place on. */
  private run(from: Place, call: Sample): Verdict {
    let place = from;
    for (;;) {
      const halt = follow(this.program, place, this.nowhere, this.work);
      if (halt.kind === "return") {
        return halt.verdict;
      }
      if (halt.kind === "test") {
        place = passesIn(halt.open, call) ? halt.holds : halt.fails;
      }
    }
  }

  /** Calls to which a rule applies, and others as little as may be. */
  private examplesOf(rule: RuleInWords, { any }: Comparing): readonly Sample[] {
    let found = this.examples.get(rule);
    if (found === undefined) {
      let example: Words | undefined;
      regions([{ ...rule, verdict: APPLIES }], OTHERWISE, any, this.work, (region, verdict) => {
        example = verdict === APPLIES ? region : undefined;
        return example === undefined;
      });
      const words = example;
      found =
        words === undefined ? [] : FILLINGS.map((filling) => words.map((domain) => filled(domain, filling)));
      this.examples.set(rule, found);
    }
    return found;
  }

  /** Bit n: from a place on word n of the call may be looked at, loaded there or before. */
  private loadsFrom({ pc, a, x, memory }: Place): number {
    const uses = this.facts.uses[pc] as number;
    let loads = this.facts.loads[pc] as number;
    const add = (value: Value | undefined): void => {
      loads |= typeof value === "object" ? 1 << value.word : 0;
    };
    if ((uses & USES_A) !== 0) {
      add(a);
    }
    if ((uses & USES_X) !== 0) {
      add(x);
    }
    for (const value of memory) {
      add(value);
    }
    return loads;
  }

  /** Equal for places from which the program does the same, if what calls get to which no rule applies is equal too. */
  private keyOf({ pc, a, x, memory }: Place, otherwise: Verdict): string {
    const uses = this.facts.uses[pc] as number;
    const show = (value: Value | undefined, bit: number): string =>
      (uses & bit) === 0 || value === undefined
        ? ""
        : typeof value === "number"
          ? String(value)
          : `${value.word}&${value.mask}`;
    const stored = memory.map((value, i) => show(value, 1 << (i + FIRST_MEMORY_BIT)));
    return `${pc} ${otherwise} ${show(a, USES_A)} ${show(x, USES_X)} ${stored}`;
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
    private readonly path: Path,
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

/** Drops all claims that are not proven; the paths on which they were made are followed one by one. */
function abandon(attempts: Attempt[]): void {
  while (attempts.length > 1) {
    const { on } = attempts.pop() as Attempt;
    attempts.at(-1)?.open.push({ ...(on as Path), tries: 0 });
  }
}

function remember({ proven, lastProven }: Comparing, { key, words, rules, on }: Attempt): void {
  if (on !== undefined) {
    lastProven.set(on.place.pc, rules);
    proven.set(key, [...(proven.get(key) ?? []).slice(1 - MOST_CLAIMS), { words, rules }]);
  }
}

/** Whether a domain is known to be part of another one. */
function isPart(part: Domain, whole: Domain): boolean {
  return (
    part === whole ||
    (whole.fixed === 0 &&
      whole.excluded.length === 0 &&
      whole.others.length === 0 &&
      part.low >= whole.low &&
      part.high <= whole.high) ||
    domainKey(part) === domainKey(whole)
  );
}
