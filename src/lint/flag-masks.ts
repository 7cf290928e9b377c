/**
 * Denying rules whose condition on flags does not deny the flags: SCMP_CMP_MASKED_EQ compares with 0, so that it denies the calls
 * without them, or with all of several flags at once.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { isForArch, verdictOf } from "../policy/rule-verdict.ts";
import { denies } from "../policy/verdict.ts";
import type { Condition, Rule } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { constantSet, inConstants } from "../tables/constants.ts";
import { parameterSet } from "../tables/parameter-sets.ts";
import { signatureOf } from "../tables/signatures.ts";
import { syscallId } from "../tables/syscalls.ts";
import { allows, type LintInput, nativeOf, rulePointer, verdictOn } from "./input.ts";

/** The flags of each set that profiles deny, by the beginning of their names; a call without them is the ordinary one. */
const DENIED_FLAGS: Readonly<Record<string, readonly string[]>> = {
  clone: ["CLONE_NEW"],
  mode: ["S_ISUID", "S_ISGID"],
  open: ["O_CREAT", "O_WRONLY", "O_RDWR", "O_TRUNC", "O_APPEND"],
  prot: ["PROT_EXEC", "PROT_WRITE"],
  shmat: ["SHM_EXEC"],
};

/** inode(7); a mode is shown in octal elsewhere. */
const MODE_BITS: ReadonlyMap<string, bigint> = new Map([
  ["S_ISUID", 0o4000n],
  ["S_ISGID", 0o2000n],
]);

/** The sets of which a rule for several flags at once is no rule for each: of the others, PROT_WRITE|PROT_EXEC is common. */
const EACH_COUNTS = ["clone", "mode"];

/** What fails where the ordinary call is denied. */
const ORDINARY: Readonly<Record<string, string>> = {
  clone: "so fork and threads fail",
  mmap: "so libraries cannot be loaded",
  mmap2: "so libraries cannot be loaded",
  open: "so files cannot be read",
  openat: "so files cannot be read",
};

/** Warns of such conditions. */
export function* flagMasks(input: LintInput): Iterable<Diagnostic> {
  const arch = nativeOf(input);
  for (const rule of input.profile.rules) {
    const conditions = [...rule.conditions.entries()].filter(([, { op }]) => op === "SCMP_CMP_MASKED_EQ");
    if (
      conditions.length === 0 ||
      !isForArch(rule, arch) ||
      !denies(verdictOf(rule.action, rule.errno, arch))
    ) {
      continue;
    }
    for (const [i, condition] of conditions) {
      const words = wordsFor(rule, condition, input);
      if (words !== undefined) {
        const pointer = `${rulePointer(input.profile, rule)}/args/${i}`;
        yield { code: "masked-flags", severity: "warning", ...words, pointer };
      }
    }
  }
}

/** The finding for the first call of a rule that has one. */
function wordsFor(
  rule: Rule,
  condition: Condition,
  input: LintInput,
): Pick<Diagnostic, "message" | "hint"> | undefined {
  const arch = nativeOf(input);
  const { index, value: mask } = condition;
  const wanted = condition.valueTwo & mask;
  for (const name of mask === 0n ? [] : rule.names) {
    const id = syscallId(name);
    const set = id < 0 ? undefined : signatureOf(arch, id)?.[index]?.set;
    const verdict = (flags: bigint): boolean | undefined => isOpen(rule, index, flags, name, input);
    const flags = set === undefined ? [] : flagsIn(arch, set, mask);
    if (set === undefined || verdict(wanted) !== false) {
      continue;
    }
    const shown =
      flags.map((one) => one.name).join("|") || (inConstants(arch, set, mask) ?? `0x${mask.toString(16)}`);
    if (wanted === 0n && flags.length > 0 && verdict(mask) === true) {
      return inverted(name, shown, flags);
    }
    if (wanted === 0n && isOneValue(arch, set, mask) && verdict(mask) === true) {
      return notEqual(name, shown, mask);
    }
    const open = flags.filter(({ value }) => isFlagOf(name, value) && verdict(value) === true);
    if (wanted === mask && flags.length > 1 && EACH_COUNTS.includes(set) && open.length > 0) {
      return allAtOnce(name, shown, open);
    }
  }
  return undefined;
}

/** In the flags of clone(2), though not of clone3 and unshare, the low byte is a signal: CSIGNAL of include/uapi/linux/sched.h. */
const CSIGNAL = 0xffn;

function isFlagOf(name: string, value: bigint): boolean {
  return name !== "clone" || (value & CSIGNAL) === 0n;
}

interface Flag {
  readonly name: string;
  readonly value: bigint;
}

/** The flags that a mask is made of; none if it has others than those that profiles deny. */
function flagsIn(arch: Architecture, set: string, mask: bigint): readonly Flag[] {
  const beginnings = DENIED_FLAGS[set] ?? [];
  const constants = [...(set === "mode" ? MODE_BITS : (constantSet(arch, set)?.byName ?? []))].filter(
    ([name, value]) =>
      beginnings.some((start) => name.startsWith(start)) && value !== 0n && (value & (value - 1n)) === 0n,
  );
  const found = constants
    .filter(([, value]) => (value & mask) !== 0n)
    .map(([name, value]) => ({ name, value }));
  return found.reduce((all, { value }) => all | value, 0n) === mask ? found : [];
}

/** Whether the mask is one of the values that a parameter is, rather than bits of it. */
function isOneValue(arch: Architecture, set: string, mask: bigint): boolean {
  const isAllOnes = (mask & (mask + 1n)) === 0n;
  return (
    !isAllOnes &&
    parameterSet(set)?.kind === "value" &&
    [...(constantSet(arch, set)?.byName.values() ?? [])].includes(mask)
  );
}

/** Whether a call that meets the other conditions of the rule is let through with a value of an argument. */
function isOpen(
  { conditions }: Rule,
  index: number,
  value: bigint,
  name: string,
  input: LintInput,
): boolean | undefined {
  const args = [0n, 0n, 0n, 0n, 0n, 0n];
  for (const other of conditions) {
    args[other.index] = other.op === "SCMP_CMP_MASKED_EQ" ? other.valueTwo & other.value : other.value;
  }
  args[index] = value;
  const verdict = verdictOn(input.policy, nativeOf(input), name, args);
  return verdict === undefined ? undefined : allows(verdict) ? true : denies(verdict) ? false : undefined;
}

function inverted(name: string, shown: string, flags: readonly Flag[]): Pick<Diagnostic, "message" | "hint"> {
  const fails = ORDINARY[name] ?? "so the ordinary call fails";
  const [first] = flags as [Flag];
  return {
    message: `the rule denies ${name} WITHOUT ${shown}, ${fails}, and lets it through with ${flags.length === 1 ? "it" : "them"}: the bits under the mask 'value' are compared with 'valueTwo', which is 0`,
    hint:
      flags.length === 1
        ? `to deny ${name} with ${first.name}, write "valueTwo": ${first.value}`
        : `to deny ${name} with any of them, ${ruleForEach(flags)}`,
  };
}

function notEqual(name: string, shown: string, value: bigint): Pick<Diagnostic, "message" | "hint"> {
  return {
    message: `the rule lets ${name} through with ${shown}, and denies values that share no bit with it: the bits under the mask 'value' are compared with 'valueTwo', which is 0`,
    hint: `to deny ${name} with ${shown}, write "op": "SCMP_CMP_EQ", "value": ${value}`,
  };
}

function allAtOnce(name: string, shown: string, open: readonly Flag[]): Pick<Diagnostic, "message" | "hint"> {
  return {
    message: `the rule denies ${name} only with all of ${shown} at once, and lets it through with one of them`,
    hint: `to deny ${name} with any of them, ${ruleForEach(open)}`,
  };
}

function ruleForEach(flags: readonly Flag[]): string {
  const each = listed(flags.map(({ name, value }) => `${value} (${name})`));
  return `write a rule for each, with the flag as 'value' and as 'valueTwo': ${each}`;
}
