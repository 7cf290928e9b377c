/**
 * The node of each call, found by the codes of the number tables.
 */

import { besideSibling } from "../policy/evaluate.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import { type ListNumber, NO_RULES, YOUNGER } from "../policy/rule-table.ts";
import type { Verdict } from "../policy/verdict.ts";
import { type Architecture, siblingOf } from "../tables/architectures.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { FIRST_CODE, type NumberRow, numberRows } from "../tables/syscalls.ts";
import { decideSteps, type Step, stepsOf, type WordSize } from "./decision.ts";
import type { Node, NodeFactory } from "./node.ts";
import { refuseTooMany } from "./size.ts";

export const UNDECIDED: Node = -1;

/** Initial room for nodes. No filter that the kernel takes has more instructions, and most have far fewer nodes. */
const EXPECTED_NODES = BPF_MAXINSNS;

/** The nodes of rules; each list of rules is decided once for all syscalls and architectures that share it. */
export class Calls {
  readonly foreign: Node;
  readonly otherwise: Node;
  readonly younger: Node;
  /** By the codes of {@link numberRows}, followed by those of {@link rowsOf} for calls of the sibling. */
  readonly listByCode: ListNumber[];
  private readonly lists: (readonly PolicyRule[])[];
  /** The steps of each list, for either word size. */
  private readonly steps: (readonly Step[] | undefined)[];
  /** Number of nodes when the needed ones were last counted. */
  private checked = 0;
  private readonly nodes32: Node[];
  private readonly nodes64: Node[];

  constructor(
    readonly factory: NodeFactory,
    private readonly policy: Policy,
  ) {
    this.foreign = factory.return(policy.foreignVerdict);
    this.otherwise = factory.return(policy.defaultVerdict);
    const youngerVerdict = policy.youngest === undefined ? policy.defaultVerdict : policy.youngerVerdict;
    this.younger = factory.return(youngerVerdict);
    const { lists, byCode } = policy.rules;
    this.lists = lists;
    this.listByCode = byCode;
    if (policy.mixesX32) {
      this.lists = [...lists];
      this.listByCode = [...byCode];
      this.addSiblings(policy.defaultVerdict, NO_RULES);
      this.addSiblings(youngerVerdict, YOUNGER);
    }
    this.steps = new Array(this.lists.length).fill(undefined);
    this.nodes32 = this.undecided();
    this.nodes64 = this.undecided();
  }

  private undecided(): Node[] {
    const nodes: Node[] = new Array(this.lists.length).fill(UNDECIDED);
    nodes[NO_RULES] = this.otherwise;
    nodes[YOUNGER] = this.younger;
    return nodes;
  }

  /**
   * Adds by code a call's rules for a number that only the sibling has.
   *
   * @param gap the list of such a number if the sibling's call has no rules
   */
  private addSiblings(verdict: Verdict, gap: ListNumber): void {
    const { lists, listByCode } = this;
    const { rules } = this.policy;
    const siblings = rules.lists.map((own, list) =>
      list <= YOUNGER ? gap : lists.push(besideSibling(verdict, own)) - 1,
    );
    for (const list of rules.byCode) {
      listByCode.push(siblings[list] as ListNumber);
    }
  }

  /** The numbers of an architecture; of both, if the kernel mixes x86-64 and x32. */
  rowsOf(arch: Architecture): readonly NumberRow[] {
    const rows = numberRows(arch);
    const sibling = this.policy.mixesX32 ? siblingOf(arch) : undefined;
    if (sibling === undefined) {
      return rows;
    }
    const others = numberRows(sibling);
    return Array.from({ length: Math.max(rows.length, others.length) }, (_, i) =>
      mix(rows[i], others[i], this.policy.rules.byCode.length),
    );
  }

  /** The node of each list of rules, by its number; {@link UNDECIDED} before {@link of} was called for it. */
  nodesOf(bits: WordSize): readonly Node[] {
    return bits === 32 ? this.nodes32 : this.nodes64;
  }

  /** The node of a list of rules. */
  of(list: ListNumber, bits: WordSize): Node {
    const nodes = bits === 32 ? this.nodes32 : this.nodes64;
    let node = nodes[list] as Node;
    if (node === UNDECIDED) {
      node = this.decide(list, bits);
      nodes[list] = node;
      if (this.factory.nodes.fields.length > EXPECTED_NODES) {
        // Some number leads to each node that was asked for.
        this.checked = refuseTooMany(this.factory, this.checked, () =>
          [...this.nodes32, ...this.nodes64].filter((one) => one !== UNDECIDED),
        );
      }
    }
    return node;
  }

  private decide(list: ListNumber, bits: WordSize): Node {
    const { factory, steps } = this;
    const rules = this.lists[list] as readonly PolicyRule[];
    const first = rules[0];
    if (rules.length === 1 && first?.conditions.length === 0) {
      return factory.return(first.verdict);
    }
    steps[list] ??= stepsOf(factory, rules);
    return decideSteps(factory, steps[list] as readonly Step[], this.policy.defaultVerdict, bits);
  }
}

/**
 * A row whose gaps are filled with the codes of another, or the other row. Both end at the same number.
 *
 * @param codes number of codes of calls by themselves; the sibling's follow
 */
function mix(own: NumberRow | undefined, other: NumberRow | undefined, codes: number): NumberRow {
  const { first, gap, codes: all } = (own ?? other) as NumberRow;
  const mixed = Array.from(all, (_, i) => {
    const code = own?.codes[i] ?? gap;
    const others = other?.codes[i] ?? gap;
    return code === gap && others >= FIRST_CODE ? codes * (1 + gap) + others : code;
  });
  return { first, gap, codes: mixed };
}
