/**
 * Conditions on what a call does not take: parameters that it does not have, and addresses.
 */

import { alwaysHolds, canHold } from "../analysis/comparisons.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { holdsFor } from "../policy/applying.ts";
import type { Comparison } from "../policy/policy.ts";
import { ruleAlternatives } from "../policy/resolve.ts";
import { isForArch, verdictOf } from "../policy/rule-verdict.ts";
import type { Rule } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { hiddenArguments } from "../tables/hidden-arguments.ts";
import { type Parameter, signatureOf } from "../tables/signatures.ts";
import { syscallId } from "../tables/syscalls.ts";
import { allows, type LintInput, rulePointer } from "./input.ts";
import { cTypeOf } from "./types.ts";

/**
 * Warns of conditions that compare nothing that the call takes, on an architecture of the policy. Conditions on the same
 * argument of the same calls are one finding.
 */
export function* emptyParameters(input: LintInput): Iterable<Diagnostic> {
  const { profile, target } = input;
  const faults = new Map<string, Fault>();
  for (const rule of profile.rules) {
    if (rule.conditions.length === 0 || !isForArch(rule, target.arch)) {
      continue;
    }
    // An argument that is compared twice makes a rule of each condition; all conditions are in both lists, in order.
    const comparisons = ruleAlternatives(rule.conditions, 0).flatMap(({ conditions }) => conditions);
    for (const [i, comparison] of comparisons.entries()) {
      const pointer = `${rulePointer(profile, rule)}/args/${i}`;
      for (const fault of faultsOf(rule, comparison, pointer, input)) {
        const key = `${fault.kind} ${fault.index} ${[...fault.names].join()}`;
        const known = faults.get(key);
        if (known === undefined) {
          faults.set(key, fault);
        } else {
          known.pointers.push(pointer);
        }
      }
    }
  }
  for (const fault of faults.values()) {
    yield describe(fault);
  }
}

/** What a condition compares instead of a number that the call takes. */
type FaultKind = "absent" | "address" | "null path";

/** The calls and architectures for which conditions on one argument have one fault. */
interface Fault {
  readonly kind: FaultKind;
  readonly index: number;
  readonly names: Set<string>;
  readonly on: Set<string>;
  /** Of the first call. */
  readonly signature: readonly Parameter[];
  /** Whether a call meets the condition only by chance, and is let through then. */
  readonly allowsByChance: boolean;
  /** Where the conditions are. */
  readonly pointers: string[];
}

function faultsOf(
  rule: Rule,
  comparison: Comparison,
  pointer: string,
  { policy, target }: LintInput,
): Iterable<Fault> {
  const faults = new Map<FaultKind, Fault>();
  const { index } = comparison;
  const decides = !alwaysHolds(comparison) && canHold(comparison);
  for (const name of decides ? rule.names : []) {
    const id = syscallId(name);
    // What compares the pointers of execve keeps the launcher from starting anything: undecided-execve.
    for (const arch of id < 0 || name === "execve" ? [] : policy.architectures) {
      // What conditions mean for a call that takes its arguments in a struct is decided when the policy is made.
      const signature = hiddenArguments(arch, id) === undefined ? signatureOf(arch, id) : undefined;
      const kind = signature && faultIn(signature, comparison, arch, name);
      if (signature !== undefined && kind !== undefined) {
        const fault = faults.get(kind) ?? {
          kind,
          index,
          names: new Set(),
          on: new Set(),
          signature,
          allowsByChance:
            (comparison.op === "SCMP_CMP_EQ" || comparison.op === "SCMP_CMP_MASKED_EQ") &&
            allows(verdictOf(rule.action, rule.errno, target.arch)),
          pointers: [pointer],
        };
        faults.set(kind, fault);
        fault.names.add(name);
        fault.on.add(arch.name);
      }
    }
  }
  return faults.values();
}

function faultIn(
  signature: readonly Parameter[],
  comparison: Comparison,
  arch: Architecture,
  name: string,
): FaultKind | undefined {
  const parameter = signature[comparison.index];
  if (parameter === undefined || parameter.kind === "padding") {
    return "absent";
  }
  if (parameter.kind !== "pointer") {
    return undefined;
  }
  if (!isNullTest(comparison, arch.bits)) {
    return "address";
  }
  const isPath = PATHS.has(parameter.name) && parameter.type === "char*" && !WITHOUT_PATH.has(name);
  return isPath && holdsFor(comparison, 0n) ? "null path" : undefined;
}

/** The names that the kernel gives to the path of a file. */
const PATHS: ReadonlySet<string> = new Set(["filename", "pathname"]);

/**
 * Calls that work on the descriptor itself if the path is NULL: utimensat(2), "C library/kernel differences"; AT_EMPTY_PATH of
 * fs/stat.c, fs/xattr.c and fs/file_attr.c at v6.18.
 */
const WITHOUT_PATH: ReadonlySet<string> = new Set(
  [
    "utimensat utimensat_time64 futimesat utimes utime newfstatat fstatat64 statx",
    "setxattrat getxattrat listxattrat removexattrat file_getattr file_setattr",
  ]
    .join(" ")
    .split(" "),
);

/** Whether a comparison only tells NULL from every other address. */
function isNullTest({ op, value, mask }: Comparison, bits: 32 | 64): boolean {
  switch (op) {
    case "SCMP_CMP_EQ":
    case "SCMP_CMP_NE":
    case "SCMP_CMP_GT":
    case "SCMP_CMP_LE":
      return value === 0n;
    case "SCMP_CMP_LT":
    case "SCMP_CMP_GE":
      return value === 1n;
    case "SCMP_CMP_MASKED_EQ":
      return value === 0n && BigInt.asUintN(bits, ~mask) === 0n;
  }
}

function describe(fault: Fault): Diagnostic {
  const { kind, pointers } = fault;
  const [pointer = "", ...others] = pointers;
  return {
    code: kind === "absent" ? "condition-on-nothing" : "condition-on-pointer",
    severity: "warning",
    ...(kind === "absent" ? absent(fault) : kind === "address" ? address(fault) : nullPath(fault)),
    pointer,
    ...(others.length === 0
      ? {}
      : {
          related: others.slice(0, 3).map((other) => ({ pointer: other, what: "another condition on it" })),
        }),
  };
}

type Words = Pick<Diagnostic, "message" | "hint">;

function absent({ names, on, signature, index }: Fault): Words {
  const calls = listed([...names]);
  const where = listed([...on]);
  const count = signature.length === 0 ? "no" : `only ${signature.length}`;
  const has =
    names.size === 1
      ? `${calls} takes ${count} ${signature.length === 1 ? "argument" : "arguments"} on ${where}${parametersOf(signature)}`
      : `${calls} take no argument ${index} on ${where}`;
  return {
    message: `${has}, so the condition on argument ${index} compares what a register happens to hold`,
    hint: "arguments count from 0; remove the condition, or name the argument that is meant",
  };
}

function address(fault: Fault): Words {
  return {
    message: `${argumentOf(fault)} is an address on ${listed([...fault.on])}, which says nothing about what is there`,
    hint: `a filter cannot follow a pointer; compare an argument that is a number, or ${removalOf(fault)}`,
  };
}

function nullPath(fault: Fault): Words {
  return {
    message: `${argumentOf(fault)} is the address of a path, and the condition holds only for NULL, with which the call fails`,
    hint: `arguments count from 0; name the argument that is meant, or ${removalOf(fault)}`,
  };
}

/** Without its condition, a rule that allows nothing on purpose would allow everything. */
function removalOf({ allowsByChance }: Fault): string {
  return allowsByChance
    ? "remove the rule: without the condition it would let more calls through"
    : "remove the condition";
}

function argumentOf({ names, signature, index }: Fault): string {
  const parameter = signature[index] as Parameter;
  return `argument ${index} of ${listed([...names])}, '${parameter.name}' (${cTypeOf(parameter)}),`;
}

function parametersOf(signature: readonly Parameter[]): string {
  const shown = signature.map((one) => (one.kind === "padding" ? "nothing" : `${cTypeOf(one)} ${one.name}`));
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}
