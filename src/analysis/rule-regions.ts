/**
 * Divides calls into disjoint regions in each of which a list of rules gives one verdict.
 */

import { replaced } from "../lists.ts";
import type { Verdict } from "../policy/verdict.ts";
import { ALL_BITS, type Domain, divide } from "./domain.ts";
import { consider, type OpenTest, type RuleList } from "./rules-in-words.ts";
import type { Words } from "./words.ts";
import type { Work } from "./work.ts";

/** From this number of undecided rules on, values are divided in halves. */
const HALVING_FROM = 8;

/**
 * Tests the conditions of rules while the verdict depends on them. The verdicts may be any numbers; rules with equal ones are not
 * distinguished.
 *
 * @param rules the first one that applies decides
 * @param otherwise the verdict where no rule applies
 * @param words the calls to divide
 * @param visit called for each region and its verdict; false stops
 * @returns whether all regions were visited
 * @throws CutShort
 */
export function regionsOfRules(
  rules: RuleList,
  otherwise: Verdict,
  words: Words,
  work: Work,
  visit: (region: Words, verdict: Verdict) => boolean,
): boolean {
  const open = [{ words, rules }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const known = next.words;
    const { rules: left, settled, undecided } = consider(next.rules, otherwise, known, work);
    if (undecided.length === 0) {
      if (!visit(known, settled)) {
        return false;
      }
      continue;
    }
    const { word, first, second } = cutAt(undecided, known, work);
    open.push(
      { words: replaced(known, word, second), rules: left },
      { words: replaced(known, word, first), rules: left },
    );
  }
  return true;
}

interface Cut {
  readonly word: number;
  /** The part that is visited first: the value itself, or the lower values, which are easier to read. */
  readonly first: Domain;
  readonly second: Domain;
}

/** Divides by the first test; if there are many, by the middle of their values, so that each half has half of them. */
function cutAt(tests: readonly OpenTest[], words: Words, work: Work): Cut {
  const { word, test } = tests[tests.length >= HALVING_FROM ? tests.length >> 1 : 0] as OpenTest;
  const domain = words[word] as Domain;
  if (tests.length >= HALVING_FROM && test.mask === ALL_BITS && test.op === "eq") {
    const { holds, fails } = divide(domain, { ...test, op: "ge" }, work);
    if (holds !== undefined && fails !== undefined) {
      return { word, first: fails, second: holds };
    }
  }
  const parts = divide(domain, test, work);
  const [holds, fails] = [parts.holds as Domain, parts.fails as Domain];
  return test.op === "eq" ? { word, first: holds, second: fails } : { word, first: fails, second: holds };
}
