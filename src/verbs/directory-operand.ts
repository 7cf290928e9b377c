/**
 * Operands that may be directories.
 */

import type { ByteString } from "../host.ts";

/** Whether an operand of a verb that takes profiles can be a directory: a word without a slash is the name of a profile. */
export function canBeDirectory(operand: ByteString): boolean {
  return operand === "." || operand === ".." || (operand.includes("/") && !operand.startsWith("builtin:"));
}

/** The path of what a directory holds. */
export function pathIn(directory: ByteString, name: ByteString): ByteString {
  return `${directory}${directory.endsWith("/") ? "" : "/"}${name}`;
}
