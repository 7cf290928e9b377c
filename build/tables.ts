/**
 * Generates `src/tables/generated/syscalls.ts` from `build/tables/syscalls.tsv`.
 *
 * The tables are strings, which take no more memory in the QuickJS image than their characters.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { NumberColumn } from "../src/tables/architectures.ts";
import { type Multiplexer, multiplexedCalls, multiplexers } from "../src/tables/multiplexers.ts";

/** For each number column the keys of the facts that apply to it, the narrowest first. */
export const KEYS: Readonly<Record<NumberColumn, readonly string[]>> = {
  x86: ["x86", "32bit", "classic", "all"],
  x86_64: ["x86_64", "all"],
  x32: ["x32", "x86_64", "all"],
  arm: ["arm", "32bit", "classic", "all"],
  aarch64: ["aarch64", "generic", "all"],
  loongarch64: ["loongarch64", "generic", "all"],
  m68k: ["m68k", "32bit", "classic", "all"],
  mips: ["mips", "32bit", "classic", "all"],
  mips64: ["mips64", "all"],
  mips64n32: ["mips64n32", "mips64", "32bit", "all"],
  parisc: ["parisc", "32bit", "classic", "all"],
  parisc64: ["parisc64", "parisc", "classic", "all"],
  ppc: ["ppc", "32bit", "classic", "all"],
  ppc64: ["ppc64", "ppc", "classic", "all"],
  riscv64: ["riscv64", "generic", "all"],
  s390: ["s390", "32bit", "classic", "all"],
  s390x: ["s390x", "s390", "classic", "all"],
  sh: ["sh", "32bit", "classic", "all"],
};

/** The number columns that a key of the facts applies to. */
export function columnsWith(key: string): readonly NumberColumn[] {
  return COLUMNS.filter((column) => KEYS[column].includes(key));
}

/** All number columns. */
export const COLUMNS = Object.keys(KEYS) as NumberColumn[];
const KNOWN_KEYS = new Set(Object.values(KEYS).flat());

/** ARM's private calls start here: __ARM_NR_BASE of arch/arm/include/uapi/asm/unistd.h at v6.18. */
const ARM_PRIVATE = 0x0f0000;
/** The first code of ARM's private calls: Unicode's private use area, so that no code is a surrogate. */
const ARM_PRIVATE_CODE = 0xe000;
/** Codes from here on are surrogates, or ARM's private calls. */
const FIRST_SURROGATE = 0xd800;

/** The facts about one call. */
export interface SyscallFacts {
  readonly name: string;
  /** major * 256 + minor. */
  readonly since: number;
  /** The number in each column in which the call exists. */
  readonly numbers: ReadonlyMap<NumberColumn, number>;
}

/** Reads the facts; throws if a line is malformed, out of order, or redundant. */
export function parseFacts(text: string): SyscallFacts[] {
  const facts: SyscallFacts[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line !== "" && !line.startsWith("#")) {
      try {
        const fact = parseLine(line);
        const previous = facts[facts.length - 1];
        if (previous !== undefined && previous.name >= fact.name) {
          throw new Error(`"${fact.name}" does not come after "${previous.name}"`);
        }
        facts.push(fact);
      } catch (error) {
        throw new Error(`syscalls.tsv:${index + 1}: ${(error as Error).message}`);
      }
    }
  }
  return facts;
}

function parseLine(line: string): SyscallFacts {
  const match = /^([a-z0-9_]+)\t(\d)\.(\d{1,2})\t(\S.*)$/.exec(line);
  if (match === null) {
    throw new Error("not of the form NAME <TAB> X.Y <TAB> NUMBERS");
  }
  const [, name = "", major, minor, words = ""] = match;
  const byKey = new Map<string, number | undefined>();
  for (const word of words.split(" ")) {
    const [, key = "", value] = /^(\w+)=(\d+|-)$/.exec(word) ?? [];
    if (!KNOWN_KEYS.has(key) || byKey.has(key)) {
      throw new Error(`"${word}" is malformed, of no known key, or the second one of its key`);
    }
    byKey.set(key, value === "-" ? undefined : Number(value));
  }
  const numbers = new Map<NumberColumn, number>();
  const used = new Set<string>();
  for (const column of COLUMNS) {
    const key = KEYS[column].find((candidate) => byKey.has(candidate));
    if (key !== undefined) {
      used.add(key);
      const number = byKey.get(key);
      if (number !== undefined) {
        numbers.set(column, number);
      }
    }
  }
  for (const key of byKey.keys()) {
    if (!used.has(key)) {
      throw new Error(`"${key}" is redundant: the other keys cover it`);
    }
  }
  return { name, since: Number(major) * 256 + Number(minor), numbers };
}

/** The code unit for a number in a `NUMBERS` string. */
function numberCode(number: number): number {
  const code = number >= ARM_PRIVATE ? ARM_PRIVATE_CODE + number - ARM_PRIVATE + 1 : number + 1;
  if (code > 0xffff || (number < ARM_PRIVATE && code >= FIRST_SURROGATE)) {
    throw new Error(`the number ${number} does not fit`);
  }
  return code;
}

/** The number of each call in a column, by id. */
function numbersString(facts: readonly SyscallFacts[], column: NumberColumn): string {
  const codes = facts.map((fact) => {
    const number = fact.numbers.get(column);
    return number === undefined ? 0 : numberCode(number);
  });
  return String.fromCharCode(...codes);
}

/** The ids of the calls in a column by their numbers, counted from `first`; a code is an id plus 1, or 0. */
function idsString(facts: readonly SyscallFacts[], column: NumberColumn, first: number, end: number): string {
  const codes: number[] = [];
  for (const [id, fact] of facts.entries()) {
    const number = fact.numbers.get(column);
    if (number !== undefined && number >= first && number < end) {
      if (codes[number - first] !== undefined) {
        throw new Error(`${column} has the number ${number} twice`);
      }
      codes[number - first] = id + 1;
    }
  }
  return String.fromCharCode(...Array.from(codes, (code) => code ?? 0));
}

/** The ids of the calls in the ordinary range of numbers. */
function ordinaryIds(facts: readonly SyscallFacts[], column: NumberColumn): string {
  return idsString(facts, column, 0, ARM_PRIVATE);
}

/** The ids of the calls that can be made through a multiplexer, by their numbers there; a code is an id plus 1, or 0. */
function multiplexedIds(facts: readonly SyscallFacts[], name: Multiplexer["name"]): string {
  const multiplexer = multiplexers.find((each) => each.name === name) as Multiplexer;
  const codes: number[] = [];
  for (const { name, call } of multiplexedCalls(multiplexer)) {
    const id = facts.findIndex((fact) => fact.name === name);
    if (id < 0) {
      throw new Error(`no syscall has the name "${name}"`);
    }
    codes[call] = id + 1;
  }
  return String.fromCharCode(...Array.from(codes, (code) => code ?? 0));
}

function youngestFirst(facts: readonly SyscallFacts[]): number[] {
  const since = (id: number): number => facts[id]?.since ?? 0;
  return [...facts.keys()].sort((a, b) => since(b) - since(a));
}

/** A string literal in pure ASCII. */
export function literal(text: string): string {
  let quoted = "";
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code >= 0x20 && code < 0x7f && code !== 0x22 && code !== 0x5c) {
      quoted += text.charAt(i);
    } else if (code < 0x100) {
      quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    } else {
      quoted += `\\u${code.toString(16).padStart(4, "0")}`;
    }
  }
  return `"${quoted}"`;
}

/** The text of the generated file. */
export function renderTables(facts: readonly SyscallFacts[]): string {
  const record = (render: (facts: readonly SyscallFacts[], column: NumberColumn) => string) =>
    COLUMNS.map((column) => `  ${column}: ${literal(render(facts, column))},`).join("\n");
  return `/**
 * The tables of system calls as strings; generated from build/tables/syscalls.tsv by build/tables.ts.
 */

import type { NumberColumn } from "../architectures.ts";

/** All names in the order of code units, one space between two; the position of a name is the call's id. */
export const NAMES: string =
  ${literal(facts.map((fact) => fact.name).join(" "))};

/** For each id the kernel version in which the call appeared: major * 256 + minor. */
export const SINCE: string =
  ${literal(String.fromCharCode(...facts.map((fact) => fact.since)))};

/** The ids of all calls, newest first. */
export const YOUNGEST_FIRST: string =
  ${literal(String.fromCharCode(...youngestFirst(facts)))};

/**
 * For each id the call's number plus 1, or 0 if the column lacks it; an ARM private number
 * 0x${ARM_PRIVATE.toString(16).padStart(6, "0")} + n is 0x${ARM_PRIVATE_CODE.toString(16)} + n + 1. Without bit 30 of x32 and the bases of MIPS.
 */
export const NUMBERS: Readonly<Record<NumberColumn, string>> = {
${record(numbersString)}
};

/** For each number of a column, without ARM's private ones, the call's id plus 1; 0 if no call has the number. */
export const IDS: Readonly<Record<NumberColumn, string>> = {
${record(ordinaryIds)}
};

/** For each n the id plus 1 of ARM's private call with the number 0x${ARM_PRIVATE.toString(16).padStart(6, "0")} + n. */
export const ARM_PRIVATE_IDS: string =
  ${literal(idsString(facts, "arm", ARM_PRIVATE, Number.POSITIVE_INFINITY))};

/** For each call number of socketcall(2) the id plus 1 of the equivalent call, or 0. */
export const SOCKETCALL_IDS: string =
  ${literal(multiplexedIds(facts, "socketcall"))};

/** The same for ipc(2). */
export const IPC_IDS: string =
  ${literal(multiplexedIds(facts, "ipc"))};
`;
}

/** The facts about all calls. */
export function readFacts(): SyscallFacts[] {
  return parseFacts(readFileSync(new URL("tables/syscalls.tsv", import.meta.url), "utf8"));
}

/** Writes `src/tables/generated/syscalls.ts`. */
export function generateTables(): void {
  const facts = readFacts();
  const directory = new URL("../src/tables/generated/", import.meta.url);
  mkdirSync(directory, { recursive: true });
  writeFileSync(new URL("syscalls.ts", directory), renderTables(facts));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  generateTables();
}
