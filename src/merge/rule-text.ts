/**
 * Rules of merged profiles as JSON.
 */

import type { Comparison } from "../policy/policy.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import type { ActionName, Errno, Rule, Selector } from "../profile/profile.ts";
import { listText, namesText, objectText } from "./layout.ts";

/** An action with its errno, as a profile writes them. */
export interface Answer {
  readonly action: ActionName;
  readonly errno: Errno;
}

/** A rule to write. */
export interface RuleToWrite extends Answer {
  readonly comment: string | undefined;
  readonly names: readonly string[];
  /** The objects of `args`. */
  readonly args: readonly string[];
  readonly includes: Selector;
  readonly excludes: Selector;
}

/**
 * A rule as an object.
 *
 * @param indent of the line in which its `{` is
 * @param isFull whether it has every member, as Mesos requires
 */
export function ruleText(rule: RuleToWrite, indent: string, isFull: boolean): string {
  const { comment, names, action, errno, args, includes, excludes } = rule;
  const inner = `${indent}  `;
  const selector = (key: string, { caps, arches, minKernel }: Selector): readonly string[] => {
    const members = [
      ...(caps.length === 0 ? [] : [`"caps": ${namesText(caps, inner)}`]),
      ...(arches.length === 0 ? [] : [`"arches": ${namesText(arches, inner)}`]),
      ...(minKernel === undefined ? [] : [`"minKernel": "${formatKernelVersion(minKernel)}"`]),
    ];
    return members.length === 0 ? (isFull ? [`"${key}": {}`] : []) : [`"${key}": { ${members.join(", ")} }`];
  };
  const members = [
    ...(comment === undefined && !isFull ? [] : [`"comment": ${JSON.stringify(comment ?? "")}`]),
    `"names": ${namesText(names, inner)}`,
    `"action": "${action}"`,
    ...errnoMembers(errno, "errno"),
    ...(args.length === 0 && !isFull ? [] : [`"args": ${listText(args, inner)}`]),
    ...selector("includes", includes),
    ...selector("excludes", excludes),
  ];
  return objectText(members, indent);
}

/** The members of an errno by number and by name, of a rule or of the default. */
export function errnoMembers({ number, name }: Errno, key: "errno" | "defaultErrno"): readonly string[] {
  return [
    ...(number === undefined ? [] : [`"${key}Ret": ${number}`]),
    ...(name === undefined ? [] : [`"${key}": ${JSON.stringify(name)}`]),
  ];
}

/** The conditions of a rule as they are written. */
export function argsOfRule({ conditions }: Rule): readonly string[] {
  return conditions.map(({ index, op, value, valueTwo }) =>
    argText(index, op, value, op === "SCMP_CMP_MASKED_EQ" ? valueTwo : undefined),
  );
}

/** Conditions as objects. What they say about bits must be known from the argument. */
export function argsOf(conditions: readonly Comparison[]): readonly string[] {
  return conditions.map(({ index, op, value, mask }) =>
    op === "SCMP_CMP_MASKED_EQ" ? argText(index, op, mask, value) : argText(index, op, value, undefined),
  );
}

function argText(index: number, op: string, value: bigint, valueTwo: bigint | undefined): string {
  const two = valueTwo === undefined ? "" : `, "valueTwo": ${valueTwo}`;
  return `{ "index": ${index}, "value": ${value}${two}, "op": "${op}" }`;
}
