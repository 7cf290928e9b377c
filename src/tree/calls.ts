/**
 * What each call leads to, found by the codes of the tables of numbers.
 */

import { besideTwin } from "../policy/evaluate.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import type { Verdict } from "../policy/verdict.ts";
import { type Architecture, twinOf } from "../tables/architectures.ts";
import { lastSyscallNumber, type NumberRow, numberRows, syscallVersions } from "../tables/syscalls.ts";
import { decide, type WordSize } from "./decision.ts";
import type { Node, NodeFactory, Return } from "./node.ts";

/** The rules of a call; undefined where it has none. */
export type CallRules = readonly PolicyRule[] | undefined;

/** Stands for the rules of a call that is younger than the profile. */
export const YOUNGER: CallRules = [];

/** The rules of each call by its code in the rows of numbers: its id plus 1. The place of code 0 is left open. */
function byCode({ rules, youngest }: Policy): CallRules[] {
  const all = [undefined, ...rules];
  if (youngest !== undefined) {
    const versions = syscallVersions();
    for (let code = all.indexOf(undefined, 1); code > 0; code = all.indexOf(undefined, code + 1)) {
      if (versions.charCodeAt(code - 1) > youngest) {
        all[code] = YOUNGER;
      }
    }
  }
  return all;
}

/** What rules lead to; each list of rules is decided once for all syscalls and architectures that share it. */
export class Calls {
  readonly foreign: Node;
  readonly otherwise: Node;
  readonly younger: Return;
  /** By the codes of {@link numberRows}; whoever walks through a row sets what code 0 stands for. */
  readonly rulesByCode: CallRules[];
  /** How many codes there are. Above them stand those of {@link rowsOf} for calls of the twin. */
  private readonly codes: number;
  private readonly decided32 = new Map<CallRules, Node>();
  private readonly decided64 = new Map<CallRules, Node>();

  constructor(
    readonly factory: NodeFactory,
    private readonly policy: Policy,
  ) {
    this.foreign = factory.return(policy.foreignVerdict);
    this.otherwise = factory.return(policy.defaultVerdict);
    this.younger = policy.youngest === undefined ? this.otherwise : factory.return(policy.youngerVerdict);
    this.rulesByCode = byCode(policy);
    this.codes = this.rulesByCode.length;
    if (policy.mixesX32) {
      this.rulesByCode.push(...this.twinRules(policy.defaultVerdict, undefined));
      this.rulesByCode.push(...this.twinRules(this.younger.verdict, YOUNGER));
    }
    for (const decided of [this.decided32, this.decided64]) {
      decided.set(undefined, this.otherwise);
      decided.set(YOUNGER, this.younger);
    }
  }

  /** The numbers of an architecture; where the kernel mixes up x86-64 and x32, those of both. */
  rowsOf(arch: Architecture): readonly NumberRow[] {
    const rows = numberRows(arch);
    const twin = this.policy.mixesX32 ? twinOf(arch) : undefined;
    if (twin === undefined) {
      return rows;
    }
    const others = numberRows(twin);
    const last = lastSyscallNumber(arch);
    return Array.from({ length: Math.max(rows.length, others.length) }, (_, i) => {
      const own = rows[i];
      const other = others[i];
      const young = (own ?? (other as NumberRow)).first > last;
      return mix(own, other, (young ? 2 : 1) * this.codes);
    });
  }

  /** By code, what a call's rules are for a number that only the twin has. */
  private twinRules(verdict: Verdict, gap: CallRules): CallRules[] {
    const lists = new Map<CallRules, CallRules>([
      [undefined, gap],
      [YOUNGER, gap],
    ]);
    return this.rulesByCode.slice(0, this.codes).map((rules) => {
      if (!lists.has(rules)) {
        lists.set(rules, besideTwin(verdict, rules ?? []));
      }
      return lists.get(rules);
    });
  }

  of(rules: CallRules, bits: WordSize): Node {
    const decided = bits === 32 ? this.decided32 : this.decided64;
    let node = decided.get(rules);
    if (node === undefined) {
      node = decide(this.factory, rules ?? [], this.policy.defaultVerdict, bits);
      decided.set(rules, node);
    }
    return node;
  }
}

/** A row with the codes of another one, these with an offset, where it has none itself. Both end at the same number. */
function mix(own: NumberRow | undefined, other: NumberRow | undefined, offset: number): NumberRow {
  const { first, codes } = (own ?? other) as NumberRow;
  let mixed = "";
  for (let i = 0; i < codes.length; i += 1) {
    const code = own?.codes.charCodeAt(i) || 0;
    const others = other?.codes.charCodeAt(i) || 0;
    mixed += String.fromCharCode(code === 0 && others !== 0 ? offset + others : code);
  }
  return { first, codes: mixed };
}
