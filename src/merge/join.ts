/**
 * Joins the rules of several profiles, call by call.
 */

import { Refusal } from "../diagnostic.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import type { Verdict } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import { combine } from "./combine.ts";
import { denialOf, joined, type Operation } from "./operation.ts";
import { type Part, type PartLists, partsOf, type Reading, regionKey } from "./parts.ts";

/** What profiles say together. */
export interface Joint {
  /** Of each call that gets more than the default; without a call that gets just that. */
  readonly parts: PartLists;
  /** The verdict of the default action. */
  readonly otherwise: Verdict;
}

/** @throws Refusal if there are too many rules for a call */
export function joinAll(
  [first, ...others]: readonly [Profile, ...Profile[]],
  operation: Operation,
  reading: Reading,
): Joint {
  const defaultOf = ({ defaultAction, defaultErrno }: Profile): Verdict =>
    verdictOf(defaultAction, defaultErrno, reading.arch);
  const denial = denialOf(defaultOf(first));
  let joint: Joint = { parts: partsOf(first, 0, 0, reading), otherwise: defaultOf(first) };
  let rules = first.rules.length;
  for (const [i, profile] of others.entries()) {
    const next = { parts: partsOf(profile, i + 1, rules, reading), otherwise: defaultOf(profile) };
    rules += profile.rules.length;
    joint = joinTwo(operation, joint, next, denial);
  }
  return joint;
}

const NOTHING: readonly Part[] = [];

function joinTwo(operation: Operation, first: Joint, second: Joint, denial: Verdict): Joint {
  const known = new Map<readonly Part[], Map<readonly Part[], readonly Part[]>>();
  const parts = new Map<string, readonly Part[]>();
  for (const name of new Set([...first.parts.keys(), ...second.parts.keys()])) {
    const [a, b] = [first.parts.get(name) ?? NOTHING, second.parts.get(name) ?? NOTHING];
    const ofA = known.get(a) ?? new Map<readonly Part[], readonly Part[]>();
    known.set(a, ofA);
    const isSame = operation !== "rest" && first.otherwise === second.otherwise;
    const found =
      ofA.get(b) ??
      (isSame && areEqual(a, b)
        ? a
        : combine(
            operation,
            { parts: a, otherwise: first.otherwise },
            { parts: b, otherwise: second.otherwise },
            denial,
          ));
    if (found === undefined) {
      throw new Refusal(
        `the rules for ${name} overlap in too many ways`,
        "write conditions that exclude each other",
      );
    }
    ofA.set(b, found);
    if (found.length > 0) {
      parts.set(name, found);
    }
  }
  return { parts, otherwise: joined(operation, first.otherwise, second.otherwise, denial) };
}

/** Whether both are the same parts in the same order. */
function areEqual(a: readonly Part[], b: readonly Part[]): boolean {
  return (
    a.length === b.length &&
    a.every((part, i) => {
      const other = b[i] as Part;
      return part.verdict === other.verdict && regionKey(part) === regionKey(other);
    })
  );
}
