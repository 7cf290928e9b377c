/**
 * What becomes of each call of an architecture.
 */

import { type Outcome, type Outcomes, outcomesOn } from "../../analysis/outcomes.ts";
import type { Side } from "../../analysis/sides.ts";
import { Work } from "../../analysis/work.ts";
import { decidedOn } from "../../policy/evaluate.ts";
import type { PolicyRule } from "../../policy/policy.ts";
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
export interface VerdictInWords {
  readonly verdict: string;
  /** Empty: always; undefined: in all other cases. */
  readonly condition: string | undefined;
}

/** What becomes of calls. */
export interface Judgement {
  readonly kind: Kind;
  /** Each verdict once; at most the last one is for all other cases. */
  readonly verdicts: readonly VerdictInWords[];
  /** Why there may be more verdicts; undefined if there are none. */
  readonly cutShort: string | undefined;
}

/** A call of an architecture. */
export interface JudgedCall {
  /** The syscall's id. */
  readonly id: number;
  /** The same object for calls of which the same becomes, under the same conditions. */
  readonly judgement: Judgement;
}

/** Gives out equal judgements as one object. */
export class Judgements {
  private readonly known = new Map<string, Judgement>();

  one(judgement: Judgement): Judgement {
    const { kind, verdicts, cutShort } = judgement;
    const key = [kind, cutShort, ...verdicts.flatMap((one) => [one.verdict, one.condition])].join("\n");
    const same = this.known.get(key) ?? judgement;
    this.known.set(key, same);
    return same;
  }
}

/** Where a search was cut short: how far it came says nothing to a reader. */
const TOO_MANY = "too many conditions to tell which";

/** Work limit for all calls that one judge judges. */
const MAX_STEPS = 100_000;

/** Judges calls by a policy or a filter. */
export class CallJudge {
  private readonly work = new Work(MAX_STEPS);
  /** What becomes of a call that always gets a verdict, by the architecture and the verdict; younger calls apart. */
  private readonly always = new Map<Architecture, Map<Verdict, Judgement>>();
  private readonly younger = new Map<Architecture, Map<Verdict, Judgement>>();
  /** The outcomes of rules with conditions, by the width of arguments: they are the same for all calls. */
  private readonly ofRules = {
    32: new Map<readonly PolicyRule[], Outcomes>(),
    64: new Map<readonly PolicyRule[], Outcomes>(),
  };

  /** @param bigEndian the byte order of the machine */
  constructor(
    private readonly side: Side,
    private readonly bigEndian: boolean,
    private readonly judgements: Judgements,
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
    const { side } = this;
    let rules: readonly PolicyRule[] | undefined;
    if (side.kind === "policy") {
      const { policy } = side;
      const decided = decidedOn(policy, arch, syscallNumber(arch, id), id);
      if (decided.kind === "verdict") {
        const isYounger =
          decided.verdict === policy.youngerVerdict && policy.youngerVerdict !== policy.defaultVerdict;
        return this.alwaysJudged(arch, id, decided.verdict, isYounger);
      }
      const [rule] = decided.rules;
      if (rule !== undefined && decided.rules.length === 1 && rule.conditions.length === 0) {
        return this.alwaysJudged(arch, id, rule.verdict, false);
      }
      rules = decided.rules;
    }
    return this.searched(arch, id, rules);
  }

  private alwaysJudged(arch: Architecture, id: number, verdict: Verdict, isYounger: boolean): JudgedCall {
    const byArch = isYounger ? this.younger : this.always;
    const known = byArch.get(arch) ?? new Map<Verdict, Judgement>();
    byArch.set(arch, known);
    let judgement = known.get(verdict);
    if (judgement === undefined) {
      const kind = isYounger ? "younger" : kindOf(verdict);
      const verdicts = [{ verdict: formatVerdict(verdict, arch), condition: "" }];
      judgement = this.judgements.one({ kind, verdicts, cutShort: undefined });
      known.set(verdict, judgement);
    }
    return { id, judgement };
  }

  private searched(arch: Architecture, id: number, rules: readonly PolicyRule[] | undefined): JudgedCall {
    const { outcomes, cutShort } = this.outcomes(arch, id, rules);
    const [first] = outcomes;
    if (first !== undefined && outcomes.length === 1 && cutShort === undefined) {
      return this.alwaysJudged(arch, id, first.verdict, false);
    }
    const kinds = new Set(outcomes.map(({ verdict }) => kindOf(verdict)));
    const kind =
      first !== undefined && kinds.size === 1 && cutShort === undefined
        ? kindOf(first.verdict)
        : "byArgument";
    return {
      id,
      judgement: this.judgements.one({
        kind,
        verdicts: inWords(arch, id, outcomes),
        cutShort: cutShort === undefined ? undefined : TOO_MANY,
      }),
    };
  }

  private outcomes(arch: Architecture, id: number, rules: readonly PolicyRule[] | undefined): Outcomes {
    const search = (): Outcomes =>
      outcomesOn(this.side, arch, seenNumber(arch, id), this.bigEndian, this.work);
    if (rules === undefined) {
      return search();
    }
    const known = this.ofRules[arch.bits];
    const found = known.get(rules) ?? search();
    known.set(rules, found);
    return found;
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

/** Several verdicts with their conditions; the one with the longest is left for all other cases. */
function inWords(arch: Architecture, id: number, outcomes: readonly Outcome[]): readonly VerdictInWords[] {
  const sorted = [...outcomes].sort((a, b) => lengthOf(a) - lengthOf(b));
  return sorted.map(({ verdict, when }, i) => ({
    verdict: formatVerdict(verdict, arch),
    condition: when === undefined || i + 1 === sorted.length ? undefined : conditionInWords(arch, id, when),
  }));
}

/** A condition with fewer comparisons is shorter; of equally many, those that hold are easier to read. */
function lengthOf({ when }: Outcome): number {
  const terms = when?.flat();
  return terms === undefined
    ? Number.POSITIVE_INFINITY
    : terms.length + terms.filter(({ holds }) => !holds).length / (terms.length + 1);
}
