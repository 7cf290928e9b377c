/**
 * Whether a program does what rules say, from its start or from a state at which paths meet.
 *
 * The paths through a program for n rules would be as many as there are ways for n rules to fail. But a program that tests one
 * rule after the other has a point after each at which all paths meet, and from there on does what the remaining rules say,
 * whatever the call is. That is proven once, as a claim: "from here on the program does for all calls what these rules say". Any
 * claim may be made, since it is used only where it implies what must be shown, also where it is made: its rules are all those
 * that can still count there, and otherwise only rules known not to count (`claims.ts`). Which rules to claim is guessed by
 * trying calls (`guess.ts`). A claim that is wrong for a call proves nothing; the paths are then followed one by one.
 */

import type { Instruction, Instructions, Position } from "../bpf/decode.ts";
import { replaced } from "../lists.ts";
import type { Verdict } from "../policy/verdict.ts";
import { type Claim, type Comparing, covers, keyOf, loadsFrom, remember } from "./claims.ts";
import { ANY, type Domain, divide, TooIntricate } from "./domain.ts";
import { follow, type State } from "./follow.ts";
import { Guesser } from "./guess.ts";
import { factsOf, type ProgramFacts } from "./program-facts.ts";
import { regionsOfRules } from "./rule-regions.ts";
import { consider, type RuleList } from "./rules-in-words.ts";
import { ARCH, includes, NR, type Sample, sampleOf, type Words } from "./words.ts";
import type { Work } from "./work.ts";

/** A call on which the two differ, and the program's verdict on it. */
export interface Differing {
  readonly call: Sample;
  readonly verdict: Verdict;
}

/** Rules along a path, and how often to drop those that can no longer count. */
interface Narrowing {
  /** The rules of the claim that can still count, and others not yet dropped. */
  readonly rules: RuleList;
  /** The number of tests to skip between two searches, and how many of them are left. */
  readonly passOver: { readonly count: number; readonly left: number };
}

/** Calls for which the rest of the program must be followed. */
interface Path extends Narrowing {
  readonly place: State;
  readonly words: Words;
  /** The number of claims that may be made at its start. */
  readonly tries: number;
  /** Whether it has been followed, so that only a claim remains to be made at its start. */
  readonly isFollowed: boolean;
}

/** A claim that is being proven. */
interface Attempt extends Claim {
  /** The key of its state. */
  readonly key: string;
  readonly open: Path[];
  /** The steps done when it was made, and the steps wasted on others by then. */
  readonly began: number;
  readonly wastedBefore: number;
  /** The path on which it was made, with the words that no longer matter; undefined for the original question. */
  readonly on: Path | undefined;
  readonly forgotten: readonly boolean[];
}

/** The result of following a path. */
type Followed =
  /** The program gives its calls the verdicts of the rules, or will once a claim in use is proven. */
  | { readonly kind: "done" }
  | { readonly kind: "differs"; readonly differing: Differing }
  /** This claim must be proven first. */
  | { readonly kind: "claim"; readonly attempt: Attempt }
  /** It cannot be followed; for a claim that proves nothing. */
  | { readonly kind: "intricate" };

/** What to do where paths meet. */
type AtJoin =
  /** Nothing is known: follow the path. */
  | { readonly kind: "follow" }
  /** What must be shown is proven. */
  | { readonly kind: "proven" }
  /** Claim a later point first, which shows what to claim here. */
  | { readonly kind: "later" }
  | { readonly kind: "claim"; readonly attempt: Attempt };

const DONE: Followed = { kind: "done" };
const FOLLOW: AtJoin = { kind: "follow" };
const PROVEN: AtJoin = { kind: "proven" };
const LATER: AtJoin = { kind: "later" };

/** Maximum number of claims on one path to a state: each wrong one shows which rule was missing. */
const MAX_TRIES = 8;

/** Maximum number of instructions that are searched for a place with a proven claim. */
const MAX_INSTRUCTIONS_SEARCHED = 64;

/** Number of steps that claims may cost before their benefit is checked. */
const FREE_STEPS = 10_000;

/** Maximum number of joins ahead that are searched for a proven claim. */
const MAX_JOINS_AHEAD = 8;

/** Maximum number of tests in a row at which no rules are dropped. */
const MAX_TESTS_SKIPPED = 31;

const ALWAYS = { count: 0, left: 0 };

const POINTER = 2;

export class Comparer {
  sets = 0;
  private readonly facts: ProgramFacts;
  /** By instruction: how often paths that were followed one by one reached it. */
  private readonly visits: number[] = [];
  /** No claim is made before this number of steps. */
  private freeUntil = 0;
  /** The number of steps spent on wrong claims. */
  private wasted = 0;
  /** The instructions at which a claim was made, right or wrong. */
  private readonly claimed = new Set<Position>();

  /** @param guesser affects only how long it takes */
  constructor(
    private readonly instructions: Instructions,
    private readonly work: Work,
    private readonly guesser: Pick<Guesser, "guess" | "learn"> = new Guesser(instructions, work),
  ) {
    this.facts = factsOf(instructions);
  }

  /**
   * Searches for a call on which the program does not do what the rules say.
   *
   * @param words the calls
   * @throws CutShort
   */
  differ(
    comparing: Comparing,
    place: State,
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
        if (attempt.on !== undefined) {
          remember(comparing, attempt.on.place.at, attempt.key, attempt);
        }
        continue;
      }
      const followed = this.alongOrNot(comparing, attempt, path, otherwise);
      if (followed.kind === "intricate") {
        this.giveUp(attempts);
      } else if (followed.kind === "claim") {
        attempts.push(followed.attempt);
      } else if (followed.kind === "differs") {
        const differing = this.retract(attempts, followed.differing);
        if (differing !== undefined) {
          return differing;
        }
      }
    }
    return undefined;
  }

  /** Whether a claim may be made: following the paths takes long, and wrong claims have cost little in comparison. */
  private get mayClaim(): boolean {
    return this.work.steps > this.freeUntil && this.wasted < FREE_STEPS + this.work.steps / 4;
  }

  /** Whether a claim has cost so much that it is better to follow the paths. */
  private takesTooLong({ began, wastedBefore }: Attempt): boolean {
    return wastedBefore + this.work.steps - began > 4 * FREE_STEPS + this.work.steps / 2;
  }

  /** The instruction pointer of a call; undefined if the program does not load it. */
  instructionPointer(sample: Sample, bigEndian: boolean): bigint | undefined {
    if (((this.facts.loads[0] as number) & (3 << POINTER)) === 0) {
      return undefined;
    }
    const [low, high] = bigEndian ? [POINTER + 1, POINTER] : [POINTER, POINTER + 1];
    return (BigInt(sample[high] as number) << 32n) | BigInt(sample[low] as number);
  }

  /** Follows a path. A claim covers more calls than reach its state, and these may be too intricate. */
  private alongOrNot(comparing: Comparing, attempt: Attempt, path: Path, otherwise: Verdict): Followed {
    try {
      return this.along(comparing, attempt, path, otherwise);
    } catch (error) {
      if (error instanceof TooIntricate && attempt.on !== undefined) {
        return { kind: "intricate" };
      }
      throw error;
    }
  }

  /** Drops the last claim, and follows the path on which it was made. */
  private giveUp(attempts: Attempt[]): void {
    const { on, began, wastedBefore } = attempts.pop() as Attempt;
    this.wasted = wastedBefore + this.work.steps - began;
    attempts.at(-1)?.open.push({ ...(on as Path), tries: 0 });
  }

  /** Follows a path to its end, or to a state with a claim; the other branches are deferred. */
  private along(comparing: Comparing, attempt: Attempt, path: Path, otherwise: Verdict): Followed {
    let { place, words, rules, passOver } = path;
    let { tries } = path;
    if (path.isFollowed) {
      const known = tries > 0 ? this.atJoin(comparing, attempt, path, otherwise) : FOLLOW;
      return known.kind === "claim" ? known : DONE;
    }
    for (;;) {
      if (this.facts.isJoin[place.at] === true && tries > 0) {
        const here: Path = { place, words, rules, passOver, tries, isFollowed: false };
        const known = this.atJoin(comparing, attempt, here, otherwise);
        if (known.kind === "proven") {
          return DONE;
        }
        if (known.kind === "claim") {
          return known;
        }
        if (known.kind === "later") {
          // The last deferred path is resumed first, so push the last one of these before the others.
          attempt.open.push({ ...here, isFollowed: true });
        }
      }
      const halt = follow(this.instructions, place, this.facts.isJoin, this.work);
      tries = MAX_TRIES;
      if (halt.kind === "stop") {
        place = halt.place;
        continue;
      }
      if (halt.kind === "return") {
        return this.arrive(words, rules, otherwise, halt.verdict);
      }
      const { word, test } = halt.open;
      const { holds, fails } = divide(words[word] as Domain, test, this.work);
      if (holds !== undefined && fails !== undefined) {
        const without = replaced(words, word, fails);
        attempt.open.push({
          place: halt.fails,
          words: without,
          tries: MAX_TRIES,
          isFollowed: false,
          ...this.narrowed({ rules, passOver }, otherwise, without, word),
        });
        words = replaced(words, word, holds);
        ({ rules, passOver } = this.narrowed({ rules, passOver }, otherwise, words, word));
      }
      place = holds === undefined ? halt.fails : halt.holds;
    }
  }

  /** Drops rules that can no longer count once more is known of a word; less often if few are dropped. */
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
    const count =
      4 * left.length < 3 * rules.length ? 0 : Math.min(2 * passOver.count + 1, MAX_TESTS_SKIPPED);
    return { rules: left, passOver: { count, left: count } };
  }

  /** Compares the verdicts of the rules for the calls at the end of a path with what the program returns. */
  private arrive(words: Words, rules: RuleList, otherwise: Verdict, verdict: Verdict): Followed {
    let found: Words | undefined;
    regionsOfRules(rules, otherwise, words, this.work, (region, ofRules) => {
      this.sets += 1;
      found = ofRules === verdict ? undefined : region;
      return found === undefined;
    });
    return found === undefined ? DONE : { kind: "differs", differing: { call: sampleOf(found), verdict } };
  }

  /** What to do where paths meet: nothing if the rest is proven, or prove a claim first. */
  private atJoin(comparing: Comparing, by: Attempt, arriving: Path, otherwise: Verdict): AtJoin {
    const { at } = arriving.place;
    const loads = loadsFrom(this.facts, arriving.place);
    // Each number is examined by itself, so a claim gains nothing before it is known.
    if ((loads & ((1 << NR) | (1 << ARCH))) !== 0) {
      return FOLLOW;
    }
    const key = keyOf(this.facts, arriving.place, otherwise);
    for (const claim of comparing.proven.get(key) ?? []) {
      this.work.step(1 + (arriving.rules.length >> 4));
      if (covers(claim, arriving, by.rules, this.work)) {
        return PROVEN;
      }
    }
    if (!this.mayClaim) {
      return FOLLOW;
    }
    if (arriving.tries === MAX_TRIES && !arriving.isFollowed) {
      const visits = (this.visits[at] ?? 0) + 1;
      this.visits[at] = visits;
      // The first visit gains nothing, and after wrong claims others are made at longer and longer intervals.
      if (visits < 2 || (visits & (visits - 1)) !== 0) {
        return FOLLOW;
      }
    }
    const following = this.nextJoin(at);
    if (following !== undefined && !this.claimed.has(following) && !arriving.isFollowed) {
      // The claim made there shows what to claim here.
      return LATER;
    }
    this.claimed.add(at);
    const path = { ...arriving, rules: consider(arriving.rules, otherwise, arriving.words, this.work).rules };
    const mentioned = path.rules.reduce((all, { looksAt }) => all | looksAt, 0);
    const kept = path.words.map((_, word) => (mentioned & ~loads & (1 << word)) !== 0);
    const any = replaced(replaced(comparing.any, NR, ANY), ARCH, ANY);
    const words = any.map((domain, word) => (kept[word] === true ? (path.words[word] as Domain) : domain));
    const [began, wastedBefore] = [this.work.steps, this.wasted];
    const rules = this.guesser.guess({
      place: path.place,
      path,
      all: by.rules,
      later: this.provenAfter(comparing, path.place),
      words,
      any: comparing.any,
      otherwise,
    });
    // The guess is not trusted: the claim must imply what must be shown here, as it must wherever it is used later.
    if (rules === undefined || !covers({ words, rules }, path, by.rules, this.work)) {
      this.wasted += this.work.steps - began;
      return FOLLOW;
    }
    const looked = rules.reduce((all, { looksAt }) => all | looksAt, loads);
    const start: Path = { ...path, words, rules, passOver: ALWAYS, tries: 0, isFollowed: false };
    const attempt: Attempt = {
      key,
      words,
      rules,
      open: [start],
      began,
      wastedBefore,
      on: path,
      forgotten: words.map((_, word) => (looked & (1 << word)) === 0),
    };
    return { kind: "claim", attempt };
  }

  /** Retracts a claim that is wrong for a call, and those that depend on it; returns a call of the original question. */
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
        this.guesser.learn(on.place, call);
        attempts.at(-1)?.open.push({ ...on, tries: on.tries - 1 });
        return undefined;
      }
      call = sample;
    }
  }

  /** The next instruction at which paths meet and that the program can reach from this one. */
  private nextJoin(from: Position): Position | undefined {
    const seen = new Set<Position>();
    const open = [from];
    for (let at = open.pop(); at !== undefined && seen.size < MAX_INSTRUCTIONS_SEARCHED; at = open.pop()) {
      this.work.step();
      if (at !== from && this.facts.isJoin[at] === true) {
        return at;
      }
      if (!seen.has(at)) {
        seen.add(at);
        open.push(...(this.instructions[at] as Instruction).next);
        open.sort((a, b) => b - a);
      }
    }
    return undefined;
  }

  /** The rules of the last proven claim at the next instruction that has one. */
  private provenAfter(comparing: Comparing, place: State): RuleList {
    let at = this.nextJoin(place.at);
    for (let i = 0; i < MAX_JOINS_AHEAD && at !== undefined; i += 1) {
      const found = comparing.lastProven.get(at);
      if (found !== undefined) {
        return found;
      }
      at = this.nextJoin(at);
    }
    return [];
  }
}

/** Drops all unproven claims; their paths are followed one by one. */
function abandon(attempts: Attempt[]): void {
  while (attempts.length > 1) {
    const { on } = attempts.pop() as Attempt;
    attempts.at(-1)?.open.push({ ...(on as Path), tries: 0 });
  }
}
