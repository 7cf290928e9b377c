/**
 * Writes a profile that a program holds as a value, without loss, for the same exact reading as that of a file.
 */

import { Refusal } from "../src/diagnostic.ts";

/** Levels of nesting, more than any profile has: a value that holds itself has no end. */
const DEEPEST = 64;

/**
 * The JSON text of a value, indented, so that findings have lines.
 *
 * @throws Refusal if it is not what JSON.parse returns, or has lost digits
 */
export function jsonText(value: unknown): string {
  return written(value, "", "");
}

function written(value: unknown, pointer: string, indent: string): string {
  switch (typeof value) {
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isSafeInteger(value)) {
        throw new Refusal(
          `the number at '${pointer}' of the profile is ${value}, which is not an exact integer`,
          "write an integer; above 2^53 as a bigint: 0x100000000n",
        );
      }
      return String(value);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      return value === null ? "null" : ofObject(value, pointer, indent);
    default:
      throw new Refusal(
        `at '${pointer}' of the profile is ${value === undefined ? "undefined" : `a ${typeof value}`}, which JSON does not have`,
      );
  }
}

function ofObject(value: object, pointer: string, indent: string): string {
  if (indent.length > DEEPEST) {
    throw new Refusal(`the profile is nested too deep at '${pointer}'`);
  }
  const inner = `${indent} `;
  if (Array.isArray(value)) {
    const items = value.map((item, i) => inner + written(item, `${pointer}/${i}`, inner));
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new Refusal(
      `at '${pointer}' of the profile is a ${value.constructor.name}, which JSON does not have`,
    );
  }
  // A member that is undefined is a mistake of the program: without its 'args' a rule would mean more.
  const members = Object.entries(value).map(
    ([key, member]) => `${inner}${JSON.stringify(key)}: ${written(member, `${pointer}/${key}`, inner)}`,
  );
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}
