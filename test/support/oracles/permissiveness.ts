/**
 * Whether a policy lets more through than another, apart from the calls of which an edit of the profile's text speaks.
 */

import { evaluate } from "../../../src/policy/evaluate.ts";
import type { Policy } from "../../../src/policy/policy.ts";
import { formatVerdict, precedence } from "../../../src/policy/verdict.ts";
import { type Architecture, architectures } from "../../../src/tables/architectures.ts";
import { multiplexers } from "../../../src/tables/multiplexers.ts";
import {
  lastSyscallNumber,
  multiplexedIds,
  syscallCount,
  syscallName,
  syscallNumber,
} from "../../../src/tables/syscalls.ts";
import { argumentVectors } from "./argument-vectors.ts";
import { memberOf, string, type Tree } from "./json-tree.ts";
import { type Edit, namesOf, permissiveness } from "./profile-format.ts";

/** The calls that edits may have let through more of. */
export interface Loosened {
  /** The default action is a more permissive one. */
  readonly all: boolean;
  readonly names: Set<string>;
}

const MAX_PERMISSIVENESS = permissiveness(string("SCMP_ACT_ALLOW"));

/** By the calls that can be made through it. */
const MULTIPLEXERS: ReadonlyMap<string, string> = new Map(
  multiplexers.flatMap(({ name }) =>
    [...multiplexedIds(name)].flatMap((code) =>
      code === "\0" ? [] : [[syscallName(code.charCodeAt(0) - 1), name] as const],
    ),
  ),
);

/**
 * Which calls these edits, each of them one that nobody can tell from an intention, may let through more of. No more than
 * that: an allowance that is taken away and a denial that is added let nothing through that was stopped before.
 *
 * @param from the profile before, and
 * @param to after the edits, whose paths begin there
 */
export function loosenedBy(edits: readonly Edit[], from: Tree, to: Tree): Loosened {
  const finder = new LoosenedFinder(from, to);
  for (const edit of edits) {
    finder.add(edit);
  }
  return finder.found;
}

class LoosenedFinder {
  readonly found: Loosened;
  private readonly leastDefault: number;

  constructor(
    private readonly from: Tree,
    private readonly to: Tree,
  ) {
    const [before, after] = [from, to].map((tree) => permissiveness(memberOf(tree, "defaultAction"))) as [
      number,
      number,
    ];
    this.found = { all: after > before, names: new Set() };
    this.leastDefault = Math.min(before, after);
  }

  add({ kind, from, to }: Edit): void {
    if (from[0] !== "syscalls" || kind === "text" || kind === "unexplained") {
      return;
    }
    if (from.length === 1) {
      rulesOf(this.from).forEach((rule) => {
        this.remove(rule, namesOf(rule));
      });
      rulesOf(this.to).forEach((rule) => {
        this.allow(rule, namesOf(rule));
      });
      return;
    }
    const before = rulesOf(this.from)[Number(from[1])];
    const after = rulesOf(this.to)[Number(to[1])];
    const isName = from[2] === "names" && from.length === 4;
    if (from.length > 2 && !isName) {
      // Something else of a rule than its names: for these calls it may now be any rule.
      this.touch([...namesOf(before), ...namesOf(after)], true);
      return;
    }
    if (kind !== "added") {
      this.remove(before, isName ? one(namesOf(before), from[3]) : namesOf(before));
    }
    if (kind !== "removed") {
      this.allow(after, isName ? one(namesOf(after), to[3]) : namesOf(after));
    }
  }

  /** The rule no longer speaks of these calls; unless it allowed them, more may come out now. */
  private remove(rule: Tree | undefined, names: readonly string[]): void {
    this.touch(names, permissiveness(memberOf(rule, "action")) < MAX_PERMISSIVENESS);
  }

  /** The rule now speaks of these calls; unless it denies them, more may come out. */
  private allow(rule: Tree | undefined, names: readonly string[]): void {
    this.touch(names, permissiveness(memberOf(rule, "action")) > this.leastDefault);
  }

  private touch(names: readonly string[], loosens: boolean): void {
    for (const name of names) {
      const multiplexer = MULTIPLEXERS.get(name);
      if (loosens) {
        this.found.names.add(name);
      }
      if (multiplexer !== undefined) {
        // There the outcome of two rules is not the stricter of what each says by itself.
        this.found.names.add(multiplexer);
      }
    }
  }
}

function one(names: readonly string[], index: string | number | undefined): readonly string[] {
  return names.slice(Number(index), Number(index) + 1);
}

function rulesOf(profile: Tree): readonly Tree[] {
  const rules = memberOf(profile, "syscalls");
  return rules?.type === "array" ? rules.items : [];
}

/** What {@link compareAll} found. */
export interface Comparison {
  /** How many calls were judged, and how many were not because of {@link Loosened}. */
  strict: number;
  excused: number;
  /** A call that only the first one stops, in words. */
  looser: string | undefined;
}

/** Compares what two policies say of every call, with arguments for every way in which the rules of both can turn out. */
export function compareAll(before: Policy, after: Policy, loosened: Loosened): Comparison {
  const found: Comparison = { strict: 0, excused: 0, looser: undefined };
  const judge = (arch: Architecture, nr: number, args: readonly bigint[], name: string): void => {
    const call = { arch: arch.token, nr: nr >>> 0, args };
    const [was, is] = [evaluate(before, call), evaluate(after, call)];
    found.strict += 1;
    if (precedence(is) > precedence(was)) {
      found.looser ??= `${arch.name} ${name}(${args.join()}): ${formatVerdict(was, arch)} became ${formatVerdict(is, arch)}`;
    }
  };
  const all = new Set([...before.architectures, ...after.architectures]);
  for (const arch of all) {
    // An architecture that is new was an added element; its calls were killed before.
    if (loosened.all || !before.architectures.includes(arch)) {
      found.excused += syscallCount();
      continue;
    }
    for (let id = 0; id < syscallCount(); id += 1) {
      const number = syscallNumber(arch, id);
      const rules = [...(before.rules.of(id) ?? []), ...(after.rules.of(id) ?? [])];
      if (number < 0) {
        continue;
      }
      if (loosened.names.has(syscallName(id))) {
        found.excused += 1;
        continue;
      }
      for (const args of argumentVectors(rules, arch.bits).vectors) {
        judge(arch, number | arch.numberBit, args, syscallName(id));
      }
    }
    for (const number of [-1, lastSyscallNumber(arch) + 1, lastSyscallNumber(arch) + 1000]) {
      judge(arch, number | arch.numberBit, NO_ARGUMENTS, String(number));
    }
  }
  for (const arch of architectures) {
    if (!all.has(arch)) {
      judge(arch, arch.numberBase | arch.numberBit, NO_ARGUMENTS, "of another architecture");
    }
  }
  return found;
}

const NO_ARGUMENTS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];
