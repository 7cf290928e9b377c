/**
 * A policy as text, one line for all syscalls with the same rules.
 */

import { formatKernelVersion } from "../profile/kernel-version.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallCount, syscallName } from "../tables/syscalls.ts";
import { judgedRules } from "./judged.ts";
import type { Comparison, Policy, PolicyRule } from "./policy.ts";
import { formatVerdict } from "./verdict.ts";

/** Prints a policy, syscalls in the order of their names, with their rules as they judge on the native architecture. */
export function printPolicy(policy: Policy): string {
  const native = policy.architectures[0] as Architecture;
  const groups = new Map<string, string[]>();
  for (let id = 0; id < syscallCount(); id += 1) {
    const rules = judgedRules(policy, native, id);
    if (rules !== undefined) {
      const text = rules.map((rule) => printRule(rule, native)).join("; ");
      groups.set(text, [...(groups.get(text) ?? []), syscallName(id)]);
    }
  }
  const lines = [
    `architectures: ${policy.architectures.map((arch) => arch.name).join(" ")}`,
    `other architectures: ${formatVerdict(policy.foreignVerdict, native)}`,
    `default: ${formatVerdict(policy.defaultVerdict, native)}`,
    `younger than ${policy.youngest === undefined ? "anything" : formatKernelVersion(policy.youngest)}: ${
      policy.youngest === undefined ? "default" : formatVerdict(policy.youngerVerdict, native)
    }`,
    ...(policy.mixesX32 ? ["numbers of x86_64 and x32: mixed up"] : []),
    `flags: 0x${policy.flags.toString(16)} optional: 0x${policy.optionalFlags.toString(16)}`,
    ...(policy.listener === undefined ? [] : [`listener: ${policy.listener.path ?? "none"}`]),
    ...[...groups].map(([rules, names]) => `${names.sort().join(" ")}: ${rules}`),
  ];
  return `${lines.join("\n")}\n`;
}

function printRule({ conditions, verdict }: PolicyRule, arch: Architecture): string {
  const action = formatVerdict(verdict, arch);
  return conditions.length === 0 ? action : `${action} if ${conditions.map(printComparison).join(" and ")}`;
}

const SIGNS = {
  SCMP_CMP_EQ: "==",
  SCMP_CMP_NE: "!=",
  SCMP_CMP_LT: "<",
  SCMP_CMP_LE: "<=",
  SCMP_CMP_GT: ">",
  SCMP_CMP_GE: ">=",
};

/** `(u32)a0` is the lower half of an argument, as in C. */
function printComparison({ index, op, value, mask, bits }: Comparison): string {
  return op === "SCMP_CMP_MASKED_EQ"
    ? `(a${index} & 0x${mask.toString(16)}) == 0x${value.toString(16)}`
    : `${bits === 32 ? "(u32)" : ""}a${index} ${SIGNS[op]} 0x${value.toString(16)}`;
}
