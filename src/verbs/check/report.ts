/**
 * What `check` found in one profile, and how much of it counts.
 */

import type { ByteString } from "../../host.ts";
import type { Accepted } from "../../lint/accepted.ts";
import { weightOf } from "../../lint/weights.ts";
import type { Located } from "../render.ts";

export interface Report {
  readonly label: string;
  /** The name of the file as the kernel has it. */
  readonly path: ByteString;
  /** The architecture that the profile was checked for, if it does not list this machine's. */
  readonly checkedFor?: { readonly target: string; readonly machine: string };
  /** In the order of the text. */
  readonly findings: readonly Located[];
  readonly accepted: readonly (Pick<Accepted, "reason"> & { readonly located: Located })[];
  /** Whether none of the findings makes the profile fail. */
  readonly isValid: boolean;
  /** The options of `simulate` that make it judge as it was judged here. */
  readonly simulate: readonly string[];
}

/** In the order of the text. Those without a position come first, except for the note that not all rules were examined. */
export function byPosition(a: Located, b: Located): number {
  return lineOf(a) - lineOf(b) || (a.position?.column ?? 0) - (b.position?.column ?? 0);
}

function lineOf({ diagnostic, position }: Located): number {
  return position?.line ?? (diagnostic.code === "not-examined" ? Number.MAX_SAFE_INTEGER : 0);
}

/** The codes under which nothing starts, or nothing runs to its end. */
const NOTHING_WORKS: readonly string[] = [
  "denies-execve",
  "denies-dynamic-loader",
  "denies-exit",
  "denies-nothing",
];

/** How much a finding matters: the smaller the number, the more. */
export function rankOf({ diagnostic }: Located): number {
  if (diagnostic.severity === "error") {
    return 0;
  }
  const weight = weightOf(diagnostic);
  return weight === "remark" ? 5 : NOTHING_WORKS.includes(diagnostic.code) ? 1 : RANKS[weight];
}

const RANKS = { "way-around": 2, mistake: 3, danger: 4 } as const;
