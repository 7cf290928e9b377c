/**
 * What becomes of each call of an architecture.
 */

import { type Outcome, outcomesOn } from "../../analysis/outcomes.ts";
import type { Side } from "../../analysis/sides.ts";
import type { Work } from "../../analysis/work.ts";
import { decidedOn } from "../../policy/evaluate.ts";
import { actionOf, formatVerdict, type Verdict } from "../../policy/verdict.ts";
import type { Architecture } from "../../tables/architectures.ts";
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_USER_NOTIF,
} from "../../tables/seccomp.ts";
import { seenNumber, syscallCount, syscallNumber } from "../../tables/syscalls.ts";
import { conditionInWords } from "../conditions.ts";

/** What becomes of a call, in the order in which counts are told. */
export const KINDS = ["allowed", "logged", "notified", "traced", "byArgument", "denied", "younger"] as const;

/**
 * `logged`: let through and logged; `notified`, `traced`: a listener or a tracer decides; `byArgument`: two of these, by the
 * arguments; `younger`: denied with ENOSYS, since it is younger than the profile.
 */
export type Kind = (typeof KINDS)[number];

/** A verdict in words, and the condition under which a call gets it. */
export interface Verdicts {
  readonly verdict: string;
  /** Empty: always; undefined: in all other cases. */
  readonly condition: string | undefined;
}

/** A call of an architecture. */
export interface JudgedCall {
  /** The syscall's id. */
  readonly id: number;
  readonly kind: Kind;
  /** Each verdict once; at most the last one is for all other cases. */
  readonly verdicts: readonly Verdicts[];
  /** Calls that get each of the verdicts by their arguments; empty if the number alone decides. */
  readonly examples: readonly Outcome[];
  /** Why there may be more verdicts; undefined if there are none. */
  readonly cutShort: string | undefined;
}

/** Judges the calls of architectures by one side. */
export class CallJudge {
  /**
   * @param bigEndian the byte order of the machine
   * @param work limits the search of all calls together
   */
  constructor(
    private readonly side: Side,
    private readonly bigEndian: boolean,
    private readonly work: Work,
  ) {}

  /** All calls that an architecture has, by id. */
  all(arch: Architecture): readonly JudgedCall[] {
    const calls: JudgedCall[] = [];
    for (let id = 0; id < syscallCount(); id += 1) {
      if (syscallNumber(arch, id) >= 0) {
        calls.push(this.judge(arch, id));
      }
    }
    return calls;
  }

  /** A call that the architecture has. */
  judge(arch: Architecture, id: number): JudgedCall {
    const { outcomes, cutShort } = outcomesOn(
      this.side,
      arch,
      seenNumber(arch, id),
      this.bigEndian,
      this.work,
    );
    const kinds = new Set(outcomes.map(({ verdict }) => kindOf(verdict)));
    const [kind] = kinds;
    const isOne = kinds.size === 1 && cutShort === undefined && kind !== undefined;
    return {
      id,
      kind: !isOne ? "byArgument" : this.isYounger(arch, id) ? "younger" : kind,
      verdicts: inWords(arch, id, outcomes),
      examples: outcomes.some(({ call }) => call !== undefined) ? outcomes : [],
      cutShort,
    };
  }

  /** Whether a call gets ENOSYS only since it is younger than the profile. */
  private isYounger(arch: Architecture, id: number): boolean {
    if (this.side.kind === "filter") {
      return false;
    }
    const { policy } = this.side;
    const decided = decidedOn(policy, arch, syscallNumber(arch, id), id);
    return (
      decided.kind === "verdict" &&
      decided.verdict === policy.youngerVerdict &&
      policy.youngerVerdict !== policy.defaultVerdict
    );
  }
}

function kindOf(verdict: Verdict): Exclude<Kind, "byArgument" | "younger"> {
  switch (actionOf(verdict)) {
    case SECCOMP_RET_ALLOW:
      return "allowed";
    case SECCOMP_RET_LOG:
      return "logged";
    case SECCOMP_RET_USER_NOTIF:
      return "notified";
    case SECCOMP_RET_TRACE:
      return "traced";
    default:
      return "denied";
  }
}

/** The verdicts with their conditions; the one whose condition is the longest is left for all other cases. */
function inWords(arch: Architecture, id: number, outcomes: readonly Outcome[]): readonly Verdicts[] {
  const all = outcomes.map(({ verdict, when }) => ({
    verdict: formatVerdict(verdict, arch),
    condition: when === undefined ? undefined : conditionInWords(arch, id, when),
  }));
  const sorted = [...all].sort((a, b) => lengthOf(a) - lengthOf(b));
  const last = sorted.pop();
  return last === undefined
    ? []
    : [...sorted, all.length === 1 ? last : { verdict: last.verdict, condition: undefined }];
}

function lengthOf({ condition }: Verdicts): number {
  return condition?.length ?? Number.POSITIVE_INFINITY;
}
