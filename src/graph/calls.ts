/**
 * The node of each call, found by the codes of the number tables.
 */

import { besideSibling } from "../policy/evaluate.ts";
import { judgedRules } from "../policy/judged.ts";
import type { Policy, PolicyRule } from "../policy/policy.ts";
import { type ListNumber, NO_RULES, YOUNGER } from "../policy/rule-table.ts";
import { type Architecture, siblingOf } from "../tables/architectures.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { FIRST_CODE, type NumberRow, numberRows } from "../tables/syscalls.ts";
import { decideSteps, type Step, stepsOf, type WordSize } from "./decision.ts";
import type { Node, NodeFactory } from "./node.ts";
import { refuseTooMany } from "./size.ts";

export const UNDECIDED: Node = -1;

/** The list of each call, by its code in the tables of numbers. */
export type ListsByCode = Readonly<Uint32Array>;

/** The numbers of an architecture, and the list for each code in them. */
export interface Numbers {
  readonly rows: readonly NumberRow[];
  readonly lists: ListsByCode;
}

/** Initial room for nodes. No filter that the kernel takes has more instructions, and most have far fewer nodes. */
const EXPECTED_NODES = BPF_MAXINSNS;

/** The nodes of rules; each list of rules is decided once for all syscalls and architectures that share it. */
export class Calls {
  readonly foreign: Node;
  readonly otherwise: Node;
  readonly younger: Node;
  private readonly lists: (readonly PolicyRule[])[];
  /** The numbers of lists that were added to those of the policy. */
  private readonly added = new Map<readonly PolicyRule[], ListNumber>();
  /** By the list of a number without rules of its own: the list beside each list of a sibling. */
  private readonly beside: ListNumber[][] = [];
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
    this.lists = [...policy.rules.lists];
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

  /** The number of a list that the policy's table lacks. */
  private add(rules: readonly PolicyRule[]): ListNumber {
    let list = this.added.get(rules);
    if (list === undefined) {
      list = this.lists.push(rules) - 1;
      this.steps.push(undefined);
      this.nodes32.push(UNDECIDED);
      this.nodes64.push(UNDECIDED);
      this.added.set(rules, list);
    }
    return list;
  }

  /** The numbers of an architecture, and what judges each; with the sibling's, if the kernel mixes x86-64 and x32. */
  numbersOn(arch: Architecture): Numbers {
    const own = numberRows(arch);
    const lists = this.listsOn(arch);
    const sibling = this.policy.mixesX32 ? siblingOf(arch) : undefined;
    if (sibling === undefined) {
      return { rows: own, lists };
    }
    const others = numberRows(sibling);
    const listsOfSibling = this.listsOn(sibling);
    const { length } = lists;
    const all = new Uint32Array(3 * length);
    all.set(lists);
    const rows = Array.from({ length: Math.max(own.length, others.length) }, (_, i) =>
      mix(own[i], others[i], (code, gap) => {
        const mixed = length * (1 + gap) + code;
        all[mixed] = this.besideSibling(listsOfSibling[code] as ListNumber, gap);
        return mixed;
      }),
    );
    return { rows, lists: all };
  }

  /** The list for a number that only the sibling has, where `gap` is the code, and the list, of a number without a call. */
  private besideSibling(list: ListNumber, gap: ListNumber): ListNumber {
    if (list <= YOUNGER) {
      return gap;
    }
    const { defaultVerdict, youngest, youngerVerdict } = this.policy;
    const verdict = gap === NO_RULES || youngest === undefined ? defaultVerdict : youngerVerdict;
    const beside = this.beside[gap] ?? [];
    this.beside[gap] = beside;
    beside[list] ??= this.add(besideSibling(verdict, this.lists[list] as readonly PolicyRule[]));
    return beside[list];
  }

  /** The list of rules that judges each call on an architecture. */
  private listsOn(arch: Architecture): ListsByCode {
    const { rules } = this.policy;
    const { byCode, conditional } = rules;
    if (conditional.size === 0) {
      return byCode;
    }
    const lists = byCode.slice();
    const judge = (id: number): void => {
      const own = rules.of(id);
      const judged = judgedRules(this.policy, arch, id);
      if (judged !== undefined && judged !== own) {
        lists[id + FIRST_CODE] = this.add(judged);
      }
    };
    conditional.forEach(judge);
    for (const { id } of hidingCalls(arch)) {
      judge(id);
    }
    return lists;
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
 * @param mixed the code for a call of the other row
 */
function mix(
  own: NumberRow | undefined,
  other: NumberRow | undefined,
  mixed: (code: number, gap: number) => number,
): NumberRow {
  const { first, gap, codes: all } = (own ?? other) as NumberRow;
  const codes = Array.from(all, (_, i) => {
    const code = own?.codes[i] ?? gap;
    const others = other?.codes[i] ?? gap;
    return code === gap && others >= FIRST_CODE ? mixed(others, gap) : code;
  });
  return { first, gap, codes };
}
