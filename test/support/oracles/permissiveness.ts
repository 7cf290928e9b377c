/**
 * Whether a policy lets more through than another, except for the calls that an edit of the profile's text concerns.
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

/** The calls for which edits may have become more permissive. */
export interface Loosened {
  /** The default action became more permissive. */
  readonly all: boolean;
  readonly names: Set<string>;
}

const MAX_PERMISSIVENESS = permissiveness(string("SCMP_ACT_ALLOW"));

/** The multiplexer of each call that has one. */
const MULTIPLEXERS: ReadonlyMap<string, string> = new Map(
  multiplexers.flatMap(({ name }) =>
    [...multiplexedIds(name)].flatMap((code) =>
      code === "\0" ? [] : [[syscallName(code.charCodeAt(0) - 1), name] as const],
    ),
  ),
);

/**
 * The calls for which these edits, each indistinguishable from an intention, may let more through. No others: removing an
 * allowance or adding a denial lets nothing more through.
 *
 * @param from the profile before the edits
 * @param to the profile after them; the edits' paths begin there
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
      // Something of a rule other than its names changed: for these calls it may now be any rule.
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

  /** The rule no longer names these calls; unless it allowed them, more may be let through. */
  private remove(rule: Tree | undefined, names: readonly string[]): void {
    this.touch(names, permissiveness(memberOf(rule, "action")) < MAX_PERMISSIVENESS);
  }

  /** The rule now names these calls; unless it denies them, more may be let through. */
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
        // The outcome of two rules there is not the stricter of what each gives alone.
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

/** The result of {@link compareAll}. */
export interface Comparison {
  /** The number of calls that were judged, and of those exempt because of {@link Loosened}. */
  strict: number;
  excused: number;
  /** A call that only the first policy stops, in words. */
  looser: string | undefined;
}

/** Compares two policies on every call, with arguments for every combination of outcomes of the rules of both. */
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
    // A new architecture was an added element; its calls were killed before.
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
