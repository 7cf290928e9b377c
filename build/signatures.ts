/**
 * Generates `signatures.ts` and `arguments.ts` in `src/tables/generated/` from `build/tables/signatures.tsv`.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { NumberColumn } from "../src/tables/architectures.ts";
import { argumentStructs } from "../src/tables/argument-structs.ts";
import { kernelType } from "../src/tables/kernel-types.ts";
import { parameterSet } from "../src/tables/parameter-sets.ts";
import { COLUMNS, KEYS, literal, readFacts, type SyscallFacts } from "./tables.ts";

/** What stands for no parameter at all. */
const EMPTY = "()";
/** What stands for a number without a call. */
const UNSERVED = "-";
/** Types that say how a register belongs to a parameter. */
const REGISTER_TYPES = ["pad", "half", "low", "high"];
/** Maximum number of registers that a call takes: o32 of MIPS passes the seventh on the stack, where no filter sees it. */
const MAX_REGISTERS = 7;

/** The facts about the parameters of one call. */
export interface SignatureFacts {
  readonly name: string;
  /** The signatures of the call, one space between two words `NAME:TYPE=SET&HEX@SOURCE`: set and cut if any. */
  readonly variants: readonly string[];
  /** For each column in which a call has the number, the position of its signature in `variants`. */
  readonly byColumn: ReadonlyMap<NumberColumn, number>;
}

/**
 * Reads the facts; throws if a line is malformed or redundant, or if there is not one line for each call.
 *
 * @param syscalls the calls and the columns that have them
 */
export function parseSignatures(text: string, syscalls: readonly SyscallFacts[]): SignatureFacts[] {
  const facts: SignatureFacts[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line !== "" && !line.startsWith("#")) {
      try {
        const syscall = syscalls[facts.length];
        if (syscall === undefined) {
          throw new Error("there are more lines than calls");
        }
        facts.push(parseLine(line, syscall));
      } catch (error) {
        throw new Error(`signatures.tsv:${index + 1}: ${(error as Error).message}`);
      }
    }
  }
  if (facts.length < syscalls.length) {
    throw new Error(`signatures.tsv: "${syscalls[facts.length]?.name}" is missing`);
  }
  return facts;
}

function parseLine(line: string, { name, numbers }: SyscallFacts): SignatureFacts {
  const [called, cutWords = "", setWords = "", shared = "", ...exceptions] = line.split("\t");
  if (called !== name) {
    throw new Error(`"${called}" stands where "${name}" should`);
  }
  const cuts = parseCuts(cutWords);
  const sets = parseSets(setWords);
  const byKey = new Map<string, string>();
  for (const exception of exceptions) {
    const [, keys = "", signature = ""] = /^([\w,]+): (\S.*)$/.exec(exception) ?? [];
    for (const key of keys.split(",")) {
      if (!COLUMNS.some((column) => KEYS[column].includes(key)) || key === "all" || byKey.has(key)) {
        throw new Error(`"${exception}" is malformed, of no known key, or the second one of its key`);
      }
      byKey.set(key, signature);
    }
  }
  const keysOf = (column: NumberColumn): readonly string[] => KEYS[column].filter((key) => byKey.has(key));
  const variants: string[] = [];
  const byColumn = new Map<NumberColumn, number>();
  const used = new Set<string>();
  for (const column of numbers.keys()) {
    const [key, wider] = keysOf(column);
    const signature = key === undefined ? shared : (byKey.get(key) as string);
    if (key !== undefined && signature !== (wider === undefined ? shared : byKey.get(wider))) {
      used.add(key);
    }
    if (signature !== UNSERVED) {
      const variant = parseSignature(signature, sets, cutsIn(column, cuts));
      if (!variants.includes(variant)) {
        variants.push(variant);
      }
      byColumn.set(column, variants.indexOf(variant));
    }
  }
  for (const key of byKey.keys()) {
    if (!used.has(key)) {
      throw new Error(`"${key}" is redundant`);
    }
  }
  for (const { parameter, cut } of cuts) {
    if (
      !variants.some((variant) => new RegExp(`(^| )${parameter}:\\w+\\**(=\\w+)?${cut}( |$)`).test(variant))
    ) {
      throw new Error(`"${parameter}" is cut, and is no parameter`);
    }
  }
  for (const parameter of sets.keys()) {
    if (!variants.some((variant) => ` ${variant}`.includes(` ${parameter}:`))) {
      throw new Error(`"${parameter}" has values, and is no parameter`);
    }
  }
  return { name, variants, byColumn };
}

/** What the kernel drops of a parameter. */
interface Cut {
  /** The keys of the architectures on which this holds; undefined for all that no other cut of the parameter names. */
  readonly keys: readonly string[] | undefined;
  readonly parameter: string;
  /** As `&HEX@SOURCE`. */
  readonly cut: string;
}

function parseCuts(words: string): readonly Cut[] {
  const cuts: Cut[] = [];
  const seen = new Set<string>();
  for (const word of words === "-" ? [] : words.split(" ")) {
    const [, prefix, parameter = "", mask, source] =
      /^(?:([\w,]+):)?(\w+)&0x([0-9a-f]+)@([\w/.-]+\.[ch])$/.exec(word) ?? [];
    const keys = prefix?.split(",");
    const places = (keys ?? [""]).map((key) => `${key}:${parameter}`);
    if (parameter === "" || places.some((place) => seen.has(place))) {
      throw new Error(`"${word}" is malformed, or the second one of its parameter`);
    }
    if (keys?.some((key) => !COLUMNS.some((column) => KEYS[column].includes(key)))) {
      throw new Error(`"${word}" is of no known key`);
    }
    for (const place of places) {
      seen.add(place);
    }
    cuts.push({ keys, parameter, cut: `&${mask}@${source}` });
  }
  return cuts;
}

/** The cut of each parameter that holds in a column. */
function cutsIn(column: NumberColumn, cuts: readonly Cut[]): ReadonlyMap<string, string> {
  const general = cuts.filter(({ keys }) => keys === undefined);
  const own = cuts.filter(({ keys }) => keys?.some((key) => KEYS[column].includes(key)));
  return new Map([...general, ...own].map(({ parameter, cut }) => [parameter, cut]));
}

/** The set of each parameter, as `=SET`. */
function parseSets(words: string): ReadonlyMap<string, string> {
  const sets = new Map<string, string>();
  for (const word of words === "-" ? [] : words.split(" ")) {
    const [, parameter = "", set = ""] = /^(\w+)=(\w+)$/.exec(word) ?? [];
    if (parameterSet(set) === undefined || sets.has(parameter)) {
      throw new Error(`"${word}" is malformed, of no known set, or the second one of its parameter`);
    }
    sets.set(parameter, `=${set}`);
  }
  return sets;
}

/** Checks a signature and adds the sets and cuts to it. */
function parseSignature(
  text: string,
  sets: ReadonlyMap<string, string>,
  cuts: ReadonlyMap<string, string>,
): string {
  if (text === EMPTY) {
    return "";
  }
  const words = text.split(" ").map((word) => {
    const [, name = "", type = ""] = /^(\w+|-):(\w+\**)$/.exec(word) ?? [];
    const known = REGISTER_TYPES.includes(type) || kernelType(type) !== undefined;
    if (!known || (name === "-") !== (type === "pad")) {
      throw new Error(`"${word}" is malformed or of no known type`);
    }
    return { name, type };
  });
  checkHalves(words, text);
  if (words.length > MAX_REGISTERS) {
    throw new Error(`"${text}" has more than ${MAX_REGISTERS} registers`);
  }
  return words
    .map(({ name, type }) => `${name}:${type}${sets.get(name) ?? ""}${cuts.get(name) ?? ""}`)
    .join(" ");
}

interface Word {
  readonly name: string;
  readonly type: string;
}

/** Halves come in pairs; no other parameters of a call have the same name. */
function checkHalves(words: readonly Word[], text: string): void {
  const pairs = ["half half", "low high", "high low"];
  for (let i = 0; i < words.length; i += 1) {
    const { name, type } = words[i] as Word;
    const next = words[i + 1];
    if (["half", "low", "high"].includes(type)) {
      if (next?.name !== name || !pairs.includes(`${type} ${next.type}`)) {
        throw new Error(`"${name}" is half a value in "${text}"`);
      }
      i += 1;
    }
    if (name !== "-" && words.slice(i + 1).some((other) => other.name === name)) {
      throw new Error(`"${name}" is there twice in "${text}"`);
    }
  }
}

/** For each id the position of the signature in the line of the call, plus 1; 0 if the column has none. */
function variantsString(facts: readonly SignatureFacts[], column: NumberColumn): string {
  return String.fromCharCode(...facts.map(({ byColumn }) => (byColumn.get(column) ?? -1) + 1));
}

/** The text of the generated file. */
export function renderSignatures(facts: readonly SignatureFacts[]): string {
  const columns = COLUMNS.map((column) => `  ${column}: ${literal(variantsString(facts, column))},`);
  const lines = facts.map(({ variants }) => variants.join("\t")).join("\n");
  return `/**
 * The parameters of system calls as strings; generated from build/tables/signatures.tsv by build/signatures.ts.
 */

import type { NumberColumn } from "../architectures.ts";

/** A line for each id: the call's signatures with a tab between two. */
export const SIGNATURES: string =
  ${literal(lines)};

/** For each id the position of the call's signature in its line, plus 1; 0 if there is no such call. */
export const VARIANTS: Readonly<Record<NumberColumn, string>> = {
${columns.join("\n")}
};
`;
}

/** How many arguments seccomp_data has. */
const ARGUMENT_COUNT = 6;

/** Bits 0 to 5: the registers with parameters of at most 32 bits. From bit 6: the position of the struct with them, plus 1. */
function argumentsCode(variant: string): number {
  const types = variant.split(" ").map((word) => word.replace(/^.*:/, "").replace(/[=&].*$/, ""));
  const narrow = types.slice(0, ARGUMENT_COUNT).map((type, i) => {
    const bits = kernelType(type)?.bits;
    return bits === 16 || bits === 32 ? 1 << i : 0;
  });
  const struct = argumentStructs.findIndex((each) => types.length === 1 && types[0] === `${each.struct}*`);
  return narrow.reduce((all, bit) => all | bit, (struct + 1) << ARGUMENT_COUNT);
}

/** For each id the code of the call's arguments; 0 if the column has none. */
function argumentsString(facts: readonly SignatureFacts[], column: NumberColumn): string {
  const codes = facts.map(({ variants, byColumn }) => {
    const variant = byColumn.get(column);
    return variant === undefined ? 0 : argumentsCode(variants[variant] as string);
  });
  return String.fromCharCode(...codes);
}

/** The text of the generated file that launches carry. */
export function renderArguments(facts: readonly SignatureFacts[]): string {
  const columns = COLUMNS.map((column) => `  ${column}: ${literal(argumentsString(facts, column))},`);
  return `/**
 * How calls take their arguments, in a few bits each; generated from build/tables/signatures.tsv by build/signatures.ts.
 */

import type { NumberColumn } from "../architectures.ts";

/**
 * For each id: bits 0 to 5, a bit for each argument register whose parameter has at most 32 bits on every architecture;
 * from bit 6, the position in argumentStructs of the struct that has all arguments, plus 1, or 0. 0: no such call.
 */
export const ARGUMENTS: Readonly<Record<NumberColumn, string>> = {
${columns.join("\n")}
};
`;
}

/** Writes both files. */
export function generateSignatures(): void {
  const text = readFileSync(new URL("tables/signatures.tsv", import.meta.url), "utf8");
  const facts = parseSignatures(text, readFacts());
  const directory = new URL("../src/tables/generated/", import.meta.url);
  mkdirSync(directory, { recursive: true });
  writeFileSync(new URL("signatures.ts", directory), renderSignatures(facts));
  writeFileSync(new URL("arguments.ts", directory), renderArguments(facts));
}
