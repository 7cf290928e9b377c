/**
 * A second evaluator, written from section 4 of the design alone: it knows profiles and targets, but no policies, precedences or
 * return values until the very end.
 */

import type { Call } from "../../../src/policy/policy.ts";
import type { ResolveOptions } from "../../../src/policy/resolve.ts";
import type { Target } from "../../../src/policy/target.ts";
import type { Verdict } from "../../../src/policy/verdict.ts";
import type { ActionName, Condition, Errno, Profile, Rule, Selector } from "../../../src/profile/profile.ts";
import { type Architecture, architectures } from "../../../src/tables/architectures.ts";
import { capabilityBit } from "../../../src/tables/capabilities.ts";
import { errnoNumber } from "../../../src/tables/errnos.ts";
import { multiplexed } from "../../../src/tables/multiplexers.ts";
import { signatureOf } from "../../../src/tables/signatures.ts";
import {
  syscallCount,
  syscallId,
  syscallName,
  syscallNumber,
  syscallSince,
} from "../../../src/tables/syscalls.ts";

/** What is done with a call: an action without its old name, and its data. */
interface Outcome {
  readonly action: Exclude<ActionName, "SCMP_ACT_KILL">;
  readonly data: number;
}

/** "The kernel's own order", the most restrictive first, with the kernel's value of each. */
const ORDER: readonly (readonly [Outcome["action"], number])[] = [
  ["SCMP_ACT_KILL_PROCESS", 0x80000000],
  ["SCMP_ACT_KILL_THREAD", 0x00000000],
  ["SCMP_ACT_TRAP", 0x00030000],
  ["SCMP_ACT_ERRNO", 0x00050000],
  ["SCMP_ACT_NOTIFY", 0x7fc00000],
  ["SCMP_ACT_TRACE", 0x7ff00000],
  ["SCMP_ACT_LOG", 0x7ffc0000],
  ["SCMP_ACT_ALLOW", 0x7fff0000],
];

/** The verdict of a profile on a call. */
export function judge(profile: Profile, target: Target, options: ResolveOptions, call: Call): Verdict {
  const { action, data } = outcomeOf(profile, target, options, call);
  return (ORDER.find(([name]) => name === action)?.[1] ?? Number.NaN) + data;
}

function outcomeOf(profile: Profile, target: Target, options: ResolveOptions, call: Call): Outcome {
  const otherwise = outcome(profile.defaultAction, profile.defaultErrno, target);
  const candidates = judged(profile, target).filter((arch) => arch.token === call.arch);
  if (candidates.length > 0 && call.nr === 0xffffffff) {
    return otherwise;
  }
  const hasBit = Math.floor(call.nr / 2 ** 30) % 2 === 1;
  const arch = candidates.find(({ name }) => (name === "x86_64" ? !hasBit : name === "x32" ? hasBit : true));
  if (arch === undefined) {
    return { action: "SCMP_ACT_KILL_PROCESS", data: 0 };
  }
  const number = arch.name === "x32" ? call.nr - 2 ** 30 : call.nr;
  const name = nameOf(arch, number);
  const applicable = profile.rules.filter((rule) => isIncluded(rule, target)).flatMap(alternatives);
  const taken = takenIn32Bits(name, arch, options);
  const own = applicable
    .filter((rule) => name !== undefined && rule.names.includes(name))
    .filter((rule) => rule.conditions.every((condition) => holds(condition, call.args, taken)))
    .map((rule) => outcome(rule.action, rule.errno, target));
  const hidden =
    name === undefined || options.wideArguments === true
      ? undefined
      : behindStruct(name, arch, applicable, target, otherwise);
  if (hidden !== undefined) {
    return hidden;
  }
  const spoken = name === undefined ? own : withThoseBehind(own, name, call, applicable, target, otherwise);
  if (spoken.length > 0) {
    return spoken.reduce((a, b) => (strictness(b) < strictness(a) ? b : a));
  }
  const result = unspoken(profile, target, options, otherwise, arch, number);
  return name === undefined
    ? forbiddenBySibling(result, applicable, target, options, arch, number, call.args)
    : result;
}

/** The outcome of a call without a rule. */
function unspoken(
  profile: Profile,
  target: Target,
  options: ResolveOptions,
  otherwise: Outcome,
  arch: Architecture,
  number: number,
): Outcome {
  const name = nameOf(arch, number);
  const denied = ["SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO"];
  if (options.unknownSyscalls === "default" || !denied.includes(otherwise.action)) {
    return otherwise;
  }
  const named = profile.rules.flatMap((rule) => rule.names).filter((word) => syscallId(word) >= 0);
  const youngest = Math.max(...named.map((word) => syscallSince(syscallId(word))));
  const younger =
    named.length > 0 &&
    (name === undefined
      ? number > highest(arch) && number < 2 ** 30
      : syscallSince(syscallId(name)) > youngest);
  return younger
    ? { action: "SCMP_ACT_ERRNO", data: errnoNumber("ENOSYS", target.arch) ?? Number.NaN }
    : otherwise;
}

/**
 * seccomp(2): "kernels prior to Linux 5.4 incorrectly permitted nr in the ranges 512-547 as well as the corresponding non-x32
 * syscalls ORed with __X32_SYSCALL_BIT". What a profile denies is denied for these numbers too.
 */
function forbiddenBySibling(
  result: Outcome,
  applicable: readonly Rule[],
  target: Target,
  options: ResolveOptions,
  arch: Architecture,
  number: number,
  args: readonly bigint[],
): Outcome {
  const sibling = arch.name === "x32" ? "x86_64" : arch.name === "x86_64" ? "x32" : undefined;
  const other = architectures.find(({ name }) => name === sibling);
  const name = other === undefined ? undefined : nameOf(other, number);
  if (target.kernel >= 5 * 256 + 4 || name === undefined) {
    return result;
  }
  const taken = takenIn32Bits(name, other as Architecture, options);
  return applicable
    .filter((rule) => rule.names.includes(name))
    .filter((rule) => rule.conditions.every((condition) => holds(condition, args, taken)))
    .map((rule) => outcome(rule.action, rule.errno, target))
    .reduce((a, b) => (strictness(b) < strictness(a) ? b : a), result);
}

function strictness({ action }: Outcome): number {
  return ORDER.findIndex(([name]) => name === action);
}

function outcome(action: ActionName, errno: Errno, target: Target): Outcome {
  const data =
    action !== "SCMP_ACT_ERRNO" && action !== "SCMP_ACT_TRACE"
      ? 0
      : errno.name === undefined
        ? (errno.number ?? 1)
        : (errnoNumber(errno.name, target.arch) ?? Number.NaN);
  return { action: action === "SCMP_ACT_KILL" ? "SCMP_ACT_KILL_THREAD" : action, data };
}

/** "The native one always; its sub-architectures and any others that archMap or architectures lists for it." */
function judged(profile: Profile, target: Target): Architecture[] {
  const entry = (profile.archMap ?? []).find(({ architecture }) => architecture === target.arch.scmp);
  const words = [target.arch.scmp, ...(entry?.subArchitectures ?? []), ...(profile.architectures ?? [])];
  return architectures.filter((arch) => words.includes(arch.scmp));
}

const namesByArchitecture = new Map<Architecture, Map<number, string>>();

function namesOn(arch: Architecture): Map<number, string> {
  let names = namesByArchitecture.get(arch);
  if (names === undefined) {
    names = new Map();
    for (let id = 0; id < syscallCount(); id += 1) {
      if (syscallNumber(arch, id) >= 0) {
        names.set(syscallNumber(arch, id), syscallName(id));
      }
    }
    namesByArchitecture.set(arch, names);
  }
  return names;
}

function nameOf(arch: Architecture, number: number): string | undefined {
  return namesOn(arch).get(number);
}

/** The last number of an architecture, except the two separate blocks. */
function highest(arch: Architecture): number {
  const numbers = [...namesOn(arch).keys()].filter(
    (number) => number < 0xf0000 && !(arch.name === "x32" && number >= 512 && number <= 547),
  );
  return Math.max(...numbers);
}

function isIncluded({ includes, excludes }: Rule, target: Target): boolean {
  const wanted = facts(includes, target);
  const unwanted = facts(excludes, target);
  return !wanted.includes(false) && !unwanted.includes(true);
}

function facts({ caps, arches, minKernel }: Selector, { arch, caps: held, kernel }: Target): boolean[] {
  const set = held.toString(2).split("").reverse();
  return [
    ...caps.map((cap) => set[capabilityBit(cap)] === "1"),
    ...(arches.length === 0 ? [] : [arches.some((word) => word === arch.go || word === arch.name)]),
    ...(minKernel === undefined ? [] : [kernel >= minKernel]),
  ];
}

/** "An argument index that appears twice in one rule: each condition of that rule becomes a rule of its own." */
function alternatives(rule: Rule): Rule[] {
  const twice = rule.conditions.some((a, i) => rule.conditions.some((b, j) => i < j && a.index === b.index));
  return twice ? rule.conditions.map((condition) => ({ ...rule, conditions: [condition] })) : [rule];
}

/** The types of which the kernel takes as many bits as the architecture's registers have. */
const AS_WIDE_AS_REGISTERS = [
  ...["long", "ulong", "size_t", "ssize_t", "off_t", "aio_context_t", "old_sigset_t", "uintptr_t"],
  ...["loff_t", "u64", "cap_user_header_t", "cap_user_data_t", "__sighandler_t"],
];

/** "A parameter that the kernel takes in 32 bits (int, unsigned int)": the indexes of these. */
function takenIn32Bits(
  name: string | undefined,
  arch: Architecture,
  { wideArguments }: ResolveOptions,
): readonly number[] {
  const parameters = (name !== undefined && signatureOf(arch, syscallId(name))) || [];
  return parameters.flatMap(({ type }, i) =>
    wideArguments === true || type === "" || type.endsWith("*") || AS_WIDE_AS_REGISTERS.includes(type)
      ? []
      : [i],
  );
}

/** @param taken the arguments that the kernel takes in 32 bits: "judged by those 32 bits, and so is the value" */
function holds(
  { index, op, value, valueTwo }: Condition,
  args: readonly bigint[],
  taken: readonly number[],
): boolean {
  const isTaken = taken.includes(index);
  const of = (number: bigint): bigint => (isTaken ? number % 2n ** 32n : number);
  const arg = of(args[index] ?? 0n);
  // What is neither a 32-bit number nor a negative one with its sign extended is above all that the parameter can hold.
  const isAbove = isTaken && value >= 2n ** 32n && value < 2n ** 64n - 2n ** 31n;
  const bound = isAbove ? 2n ** 32n : of(value);
  return {
    SCMP_CMP_EQ: arg === of(value),
    SCMP_CMP_NE: arg !== of(value),
    SCMP_CMP_LT: arg < bound,
    SCMP_CMP_LE: arg <= bound,
    SCMP_CMP_GT: arg > bound,
    SCMP_CMP_GE: arg >= bound,
    SCMP_CMP_MASKED_EQ: (arg & of(value)) === (of(valueTwo) & of(value)),
  }[op];
}

/** The calls that do the same as old ones with a struct. */
const SIBLINGS: Readonly<Record<string, string>> = { mmap: "mmap2", select: "_newselect" };

/** Whether a call takes nothing but the address of a struct with its arguments. */
function takesStruct(name: string, arch: Architecture): boolean {
  const [only, ...others] = signatureOf(arch, syscallId(name)) ?? [];
  return others.length === 0 && /^(\w*arg_struct\w*|fadvise64_64_args)\*$/.test(only?.type ?? "");
}

/**
 * The outcome of a call whose arguments are in a struct, if its rules, or those of the call that takes them in registers, have
 * conditions: "a condition on arguments cannot be seen through the pointer, so there the more restrictive outcome is taken".
 */
function behindStruct(
  name: string,
  arch: Architecture,
  applicable: readonly Rule[],
  target: Target,
  otherwise: Outcome,
): Outcome | undefined {
  if (!takesStruct(name, arch)) {
    return undefined;
  }
  const naming = (word: string): readonly Rule[] => applicable.filter(({ names }) => names.includes(word));
  const sibling = SIBLINGS[name];
  const isInRegisters =
    sibling !== undefined && syscallNumber(arch, syscallId(sibling)) >= 0 && !takesStruct(sibling, arch);
  const lists = [naming(name), ...(isInRegisters ? [naming(sibling)] : [])];
  const open = lists.filter((rules, i) => i === 0 || rules.some(({ conditions }) => conditions.length > 0));
  if (!open.flat().some(({ conditions }) => conditions.length > 0)) {
    return undefined;
  }
  return open
    .map((rules) => {
      const sure = rules.some(({ conditions }) => conditions.length === 0);
      const possible = rules.map((rule) => outcome(rule.action, rule.errno, target));
      return strictest(sure ? possible : [otherwise, ...possible]);
    })
    .reduce((a, b) => strictest([a, b]));
}

/** The first of the strictest. */
function strictest(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((a, b) => (strictness(b) < strictness(a) ? b : a));
}

/**
 * The outcome of a call of `socketcall` or `ipc`, together with the call that is made through it. A condition on the latter's
 * arguments cannot be checked: of all outcomes that are possible if each such rule applies or not, the most restrictive one is
 * taken. If that is the default because no rule may apply, no rule decides.
 */
function withThoseBehind(
  own: readonly Outcome[],
  name: string,
  call: Call,
  applicable: readonly Rule[],
  target: Target,
  otherwise: Outcome,
): readonly Outcome[] {
  const rules = applicable.filter((rule) =>
    rule.names.some((word) => {
      const found = multiplexed(word);
      return (
        found !== undefined &&
        found.via === name &&
        ((call.args[0] ?? 0n) & found.callMask) === BigInt(found.call)
      );
    }),
  );
  const blind = rules.filter((rule) => rule.conditions.length > 0);
  let worst: { readonly outcome: Outcome; readonly spoken: readonly Outcome[] } | undefined;
  for (let choice = 0; choice < 2 ** blind.length; choice += 1) {
    const chosen = rules.filter(
      (rule) => !blind.includes(rule) || Math.floor(choice / 2 ** blind.indexOf(rule)) % 2 === 1,
    );
    const spoken = [...own, ...chosen.map((rule) => outcome(rule.action, rule.errno, target))];
    const result = spoken.reduce<Outcome | undefined>(
      (a, b) => (a === undefined || strictness(b) < strictness(a) ? b : a),
      undefined,
    );
    if (worst === undefined || strictness(result ?? otherwise) < strictness(worst.outcome)) {
      worst = { outcome: result ?? otherwise, spoken };
    }
  }
  if (worst === undefined || worst.spoken.length === 0) {
    return [];
  }
  // Of several rules with the same action the first in the file counts, even if the search did not choose it.
  const all = [...own, ...rules.map((rule) => outcome(rule.action, rule.errno, target))];
  const { outcome: strictest } = worst;
  return all.filter((result) => strictness(result) >= strictness(strictest));
}
