/**
 * The types of parameters in messages.
 */

import type { Parameter } from "../tables/signatures.ts";

/** The type as C has it. */
export function cTypeOf({ type, half }: Parameter): string {
  if (half !== undefined) {
    return `${half} half of`;
  }
  const [, base = "", stars = ""] = /^(\w+)(\**)$/.exec(type) ?? [];
  const plain = C_NAMES[base] ?? base;
  return stars === "" ? plain : `${plain} ${stars}`;
}

const C_NAMES: Readonly<Record<string, string>> = {
  uint: "unsigned int",
  ulong: "unsigned long",
  uchar: "unsigned char",
};
