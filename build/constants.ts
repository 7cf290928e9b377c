/**
 * Generates `src/tables/generated/constants.ts` from `build/tables/constants.tsv`.
 *
 * The table is one string, which takes no more memory in the QuickJS image than its characters.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { NumberColumn } from "../src/tables/architectures.ts";
import { COLUMNS, literal } from "./tables.ts";

/** A constant: a number, or the parts of an ioctl request; `-` if there is none. */
const WORD =
  /^([A-Za-z_]\w*)=(-|\d+|0x[0-9a-f]+|IO\(0x[0-9a-f]+,\d+\)|IO(?:R|W|WR)\(0x[0-9a-f]+,\d+,\d+(?:\/\d+)?\))$/;
const MARK = /^\/(-|0x[0-9a-f]+|\d+)?$/;
const OTHER_MARK = /^(\/(?:0x[0-9a-f]+|\d+))=(0x[0-9a-f]+|\d+)$/;

/** Reads the facts; throws if a line is malformed, out of order, or redundant. Returns the lines with columns as keys. */
export function parseConstants(text: string): readonly string[] {
  const lines: string[] = [];
  let previous = "";
  for (const [index, line] of text.split("\n").entries()) {
    if (line !== "" && !line.startsWith("#")) {
      try {
        const [name = ""] = line.split("\t");
        if (name <= previous) {
          throw new Error(`"${name}" does not come after "${previous}"`);
        }
        previous = name;
        lines.push(parseLine(line));
      } catch (error) {
        throw new Error(`constants.tsv:${index + 1}: ${(error as Error).message}`);
      }
    }
  }
  return lines;
}

function parseLine(line: string): string {
  const [set = "", shared = "", ...exceptions] = line.split("\t");
  const known = parseShared(shared);
  const taken = new Set<string>();
  const rendered = exceptions.map((exception) => {
    const [, keys = "", words = ""] = /^([\w,*]+): (\S.*)$/.exec(exception) ?? [];
    const columns = keys.split(",").flatMap(columnsOf);
    for (const word of words.split(" ")) {
      const [, name = "", value = ""] = WORD.exec(word) ?? OTHER_MARK.exec(word) ?? [];
      if (!known.has(name) || known.get(name) === value) {
        throw new Error(`"${word}" is malformed, of no known constant, or redundant`);
      }
      for (const column of columns) {
        if (taken.has(`${name} ${column}`)) {
          throw new Error(`"${name}" has two values on ${column}`);
        }
        taken.add(`${name} ${column}`);
      }
    }
    return `${columns.join(",")}: ${words}`;
  });
  return [set, shared, ...rendered].join("\t");
}

/** The words of a set by name; throws if one is malformed, or if a flag comes before one that includes it. */
function parseShared(shared: string): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  let flags: bigint[] | undefined;
  for (const [index, word] of shared.split(" ").entries()) {
    if (MARK.test(word)) {
      flags = word === "/" ? [] : undefined;
      known.set(word, "");
      continue;
    }
    const [, name = "", value = ""] = WORD.exec(word) ?? [];
    if (name === "" || index === 0 || known.has(name)) {
      throw new Error(`"${word}" is malformed, in no field, or there twice`);
    }
    known.set(name, value);
    if (flags !== undefined && value !== "-") {
      const flag = BigInt(value);
      if (flags.some((other) => other !== 0n && (flag & other) === other && flag !== other)) {
        throw new Error(`"${name}" comes after a part of it`);
      }
      flags.push(flag);
    }
  }
  return known;
}

function columnsOf(key: string): readonly NumberColumn[] {
  const columns = COLUMNS.filter((column) =>
    key.endsWith("*") ? column.startsWith(key.slice(0, -1)) : column === key,
  );
  if (columns.length === 0) {
    throw new Error(`"${key}" is no key`);
  }
  return columns;
}

/** The text of the generated file. */
export function renderConstants(lines: readonly string[]): string {
  return `/**
 * The constants as one string; generated from build/tables/constants.tsv by build/constants.ts.
 */

/** A line a set; its columns are separated by a tab: name, words, and exceptions as COLUMN,COLUMN: WORDS. */
export const CONSTANTS: string =
  ${literal(lines.join("\n"))};
`;
}

/** Writes `src/tables/generated/constants.ts`. */
export function generateConstants(): void {
  const text = readFileSync(new URL("tables/constants.tsv", import.meta.url), "utf8");
  const directory = new URL("../src/tables/generated/", import.meta.url);
  mkdirSync(directory, { recursive: true });
  writeFileSync(new URL("constants.ts", directory), renderConstants(parseConstants(text)));
}
