/**
 * The system calls: names, numbers on each architecture, and the kernel in which each appeared.
 *
 * A call has an id, its index in the list of names; ids are valid within one run and change when a call is added.
 * Facts and their sources: `build/tables/syscalls.tsv`.
 */

import type { Architecture, NumberColumn } from "./architectures.ts";
import {
  ARM_PRIVATE_IDS,
  IDS,
  IPC_IDS,
  NAMES,
  NUMBERS,
  SINCE,
  SOCKETCALL_IDS,
  YOUNGEST_FIRST,
} from "./generated/syscalls.ts";
import { type Multiplexer, multiplexers } from "./multiplexers.ts";

/** ARM's private calls start here: __ARM_NR_BASE of arch/arm/include/uapi/asm/unistd.h at v6.18. */
const ARM_PRIVATE = 0x0f0000;
/** Their start in the generated tables. */
const ARM_PRIVATE_CODE = 0xe000;

/** The numbers that only x32 has, for calls that differ from those of x86-64. */
const X32_SPECIAL_FIRST = 512;

/** The code unit of the letter a. */
const LETTER_A = 97;

/** Small numbers in as little memory as they need. */
export type Numbers = Readonly<Uint16Array>;

function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  for (let i = 0; i < text.length; i += 1) {
    units[i] = text.charCodeAt(i);
  }
  return units;
}

// The tables are unpacked here, when the module is loaded at build time; that costs a launch nothing
// (docs/decisions/0007-image.md).

let names: readonly string[] | undefined;

/** The kernel version in which each call appeared, by id, as {@link syscallSince}. */
export const syscallVersions: Numbers = unitsOf(SINCE);

/** The ids of all calls, newest first. */
export const youngestFirst: Numbers = unitsOf(YOUNGEST_FIRST);

/** The number of calls on all architectures together; ids are below it. */
export function syscallCount(): number {
  return SINCE.length;
}

/** The names of all calls, by id. */
export function syscallNames(): readonly string[] {
  names ??= NAMES.split(" ");
  return names;
}

/** The name of a call. */
export function syscallName(id: number): string {
  const name = syscallNames()[id];
  if (name === undefined) {
    throw new RangeError(`no syscall has the id ${id}`);
  }
  return name;
}

/** For each letter the id of the first call whose name begins with it, or 0. */
const firstOfLetter = new Uint16Array(26);
for (let at = NAMES.length, id = SINCE.length - 1; id >= 0; id -= 1) {
  at = NAMES.lastIndexOf(" ", at - 1);
  firstOfLetter[NAMES.charCodeAt(at + 1) - LETTER_A] = id;
}

/** An id at or after which the name can be. */
export function firstWithLetter(name: string): number {
  return firstOfLetter[name.charCodeAt(0) - LETTER_A] ?? 0;
}

/**
 * The id of the call with that name on any architecture; -1 if there is none. A linear search in a part of the table
 * takes little more time than a map, and no memory.
 *
 * @param near an id at which the search starts: the name is probably there or shortly after
 */
export function syscallId(name: string, near = firstWithLetter(name)): number {
  lookups += 1;
  if (lookups > LOOKUPS_BEFORE_MAP) {
    ids ??= new Map(syscallNames().map((known, id) => [known, id]));
    return ids.get(name) ?? -1;
  }
  const id = syscallNames().indexOf(name, near);
  const first = id < 0 ? firstWithLetter(name) : near;
  return first === near ? id : syscallNames().indexOf(name, first);
}

/** A caller with more lookups than this gets a map. */
const LOOKUPS_BEFORE_MAP = 2000;
let lookups = 0;
let ids: ReadonlyMap<string, number> | undefined;

/** The kernel version in which a call first appeared on any architecture: major * 256 + minor; 0: no such id. */
export function syscallSince(id: number): number {
  return syscallVersions[id] ?? 0;
}

/**
 * The number of a call as the kernel has it in seccomp_data.nr, with the base of a MIPS ABI, but without bit 30
 * of x32 ({@link Architecture.numberBit}); -1 if the architecture lacks the call.
 */
export function syscallNumber(arch: Architecture, id: number): number {
  const code = NUMBERS[arch.column].charCodeAt(id);
  if (code >= ARM_PRIVATE_CODE) {
    return ARM_PRIVATE + code - ARM_PRIVATE_CODE - 1;
  }
  return code > 0 ? arch.numberBase + code - 1 : -1;
}

/** The inverse of {@link syscallNumber}: the id of the call with that number; -1 if there is none. */
export function syscallIdOf(arch: Architecture, nr: number): number {
  const ordinary = IDS[arch.column].charCodeAt(nr - arch.numberBase) - 1;
  if (ordinary >= 0) {
    return ordinary;
  }
  const special = arch.column === "arm" ? ARM_PRIVATE_IDS.charCodeAt(nr - ARM_PRIVATE) - 1 : -1;
  return special >= 0 ? special : -1;
}

/** The number of a call with bit 30 of x32, as a filter sees it, unsigned; -1 if the architecture lacks the call. */
export function seenNumber(arch: Architecture, id: number): number {
  const number = syscallNumber(arch, id);
  return number < 0 ? -1 : number + arch.numberBit;
}

/** The inverse of {@link seenNumber}: the id of the call with that number; -1 if there is none. */
export function idOfSeen(arch: Architecture, nr: number): number {
  return syscallIdOf(arch, (nr & ~arch.numberBit) >>> 0);
}

/** The codes of a number without a call: FREE never had one, FREE_FOR_YOUNGER may get one yet. */
export const FREE = 0;
export const FREE_FOR_YOUNGER = 1;
/** The code of the call with the id 0. */
export const FIRST_CODE = 2;

/** A row of consecutive numbers, for loops too hot for a function call each. */
export interface NumberRow {
  /** The number of the first code, as {@link syscallNumber} gives it. */
  readonly first: number;
  /** For each number from `first`: {@link FIRST_CODE} plus the call's id, or `gap` if no call has the number. */
  readonly codes: ArrayLike<number>;
  /** {@link FREE}, or {@link FREE_FOR_YOUNGER} if the row is above the last number. */
  readonly gap: number;
}

/**
 * All the numbers of an architecture, ascending: those up to {@link lastSyscallNumber}, and on ARM and x32 a second
 * row for the separate range.
 */
export function numberRows(arch: Architecture): readonly NumberRow[] {
  return columnOf(arch).rows;
}

/** For each call number of a multiplexer the id plus 1 of the equivalent call, or 0: the code units of a string. */
export function multiplexedIds(name: Multiplexer["name"]): string {
  return name === "socketcall" ? SOCKETCALL_IDS : IPC_IDS;
}

/**
 * The id of the call that a multiplexer makes.
 *
 * @param id of the call that was made
 * @param first its first argument
 * @returns -1 if it makes none with that number; undefined if the call is no multiplexer
 */
export function multiplexedId(id: number, first: bigint): number | undefined {
  const multiplexer = multiplexers.find(({ name }) => name === syscallName(id));
  return multiplexer === undefined
    ? undefined
    : (multiplexedIds(multiplexer.name).charCodeAt(Number(first & multiplexer.callMask)) || 0) - 1;
}

/**
 * The highest number of an architecture, after which new calls get theirs. Excludes ARM's private calls and x32's 512 to
 * 547 ("do not add new syscalls to this range", arch/x86/entry/syscalls/syscall_64.tbl at v6.18).
 */
export function lastSyscallNumber(arch: Architecture): number {
  return columnOf(arch).last;
}

/** What a column of numbers unpacks to. */
interface Column {
  readonly last: number;
  readonly rows: readonly NumberRow[];
}

const columns = new Map<NumberColumn, Column>();

function columnOf({ column, numberBase, numberBit }: Architecture): Column {
  const known = columns.get(column);
  if (known !== undefined) {
    return known;
  }
  const ids = IDS[column];
  // The separate calls of x32 follow a gap, and their row ends with the text.
  const ordinary = numberBit === 0 ? ids : ids.slice(0, X32_SPECIAL_FIRST);
  let length = ordinary.length;
  while (ordinary.charCodeAt(length - 1) === 0) {
    length -= 1;
  }
  const rows = [numberRow(numberBase, ordinary.slice(0, length), FREE)];
  if (column === "arm") {
    rows.push(numberRow(ARM_PRIVATE, ARM_PRIVATE_IDS, FREE_FOR_YOUNGER));
  }
  if (numberBit !== 0) {
    rows.push(numberRow(X32_SPECIAL_FIRST, ids.slice(X32_SPECIAL_FIRST), FREE_FOR_YOUNGER));
  }
  const made = { last: numberBase + length - 1, rows };
  columns.set(column, made);
  return made;
}

/** @param ids for each number the call's id plus 1, or 0 */
function numberRow(first: number, ids: string, gap: number): NumberRow {
  const codes = unitsOf(ids);
  codes.forEach((id, i) => {
    codes[i] = id === 0 ? gap : FIRST_CODE + id - 1;
  });
  return { first, codes, gap };
}
