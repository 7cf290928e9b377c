/**
 * Rules of a profile as JSON, laid out as the shipped profiles are.
 */

import { archMapText, listText, namesText, objectText } from "../merge/layout.ts";

/** A rule to write: calls that are allowed, or get an errno. */
export interface NewRule {
  readonly comment: string | undefined;
  readonly names: readonly string[];
  /** undefined: the calls are allowed. */
  readonly errno: number | undefined;
  /** All must hold. */
  readonly conditions: readonly NewCondition[];
}

/** The bits of an argument that must have a value. */
export interface NewCondition {
  readonly index: number;
  readonly mask: bigint;
  readonly value: bigint;
}

/**
 * A rule as an object.
 *
 * @param indent of the line in which its `{` is
 * @param isFull whether it has every member, as Mesos requires
 */
export function ruleText(rule: NewRule, indent: string, isFull = false): string {
  const { comment, names, errno, conditions } = rule;
  const inner = `${indent}  `;
  const args = conditions.map(
    ({ index, mask, value }) =>
      `{ "index": ${index}, "op": "SCMP_CMP_MASKED_EQ", "value": ${mask}, "valueTwo": ${value} }`,
  );
  const members = [
    ...(comment === undefined && !isFull ? [] : [`"comment": ${JSON.stringify(comment ?? "")}`]),
    `"names": ${namesText(names, inner)}`,
    `"action": "${errno === undefined ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO"}"`,
    ...(errno === undefined ? [] : [`"errnoRet": ${errno}`]),
    ...(args.length === 0 && !isFull ? [] : [`"args": ${listText(args, inner)}`]),
    ...(isFull ? ['"includes": {}', '"excludes": {}'] : []),
  ];
  return objectText(members, indent);
}

/** A new profile, whose default is EPERM. */
export function profileText(
  comment: string,
  [native, ...others]: readonly string[],
  rules: readonly NewRule[],
): string {
  return `{
  "comment": ${JSON.stringify(comment)},
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 1,
  "archMap": [
    ${archMapText(native ?? "", others)}
  ],
  "syscalls": [
${rules.map((rule) => `    ${ruleText(rule, "    ")}`).join(",\n")}
  ]
}
`;
}
