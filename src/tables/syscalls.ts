/**
 * The system calls: names, numbers on each architecture, and the kernel in which each appeared.
 *
 * A call has an id, its place among all names; ids are for use within one run and change when a call is added.
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
import type { Multiplexer } from "./multiplexers.ts";

/** ARM's private calls start here: __ARM_NR_BASE of arch/arm/include/uapi/asm/unistd.h at v6.18. */
const ARM_PRIVATE = 0x0f0000;
/** Where the generated tables have them. */
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

// What stands in the text of the tables is made lists here, when the module is loaded, which costs no launch anything
// (docs/decisions/0007-image.md).

let names: readonly string[] | undefined;

/** The kernel version in which each call appeared, by id, as {@link syscallSince}. */
export const syscallVersions: Numbers = unitsOf(SINCE);

/** The ids of all calls, those first that appeared last. */
export const youngestFirst: Numbers = unitsOf(YOUNGEST_FIRST);

/** How many calls there are on all architectures together; ids are below it. */
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

/** By letter the id of the first call whose name begins with it, or 0. */
const firstOfLetter = new Uint16Array(26);
for (let at = NAMES.length, id = SINCE.length - 1; id >= 0; id -= 1) {
  at = NAMES.lastIndexOf(" ", at - 1);
  firstOfLetter[NAMES.charCodeAt(at + 1) - LETTER_A] = id;
}

/** An id before which no call has that name. */
export function firstWithLetter(name: string): number {
  return firstOfLetter[name.charCodeAt(0) - LETTER_A] ?? 0;
}

/**
 * The id of the call with that name on any architecture; -1: there is none. A plain search through a part of the table
 * takes little more time than a map would, and none of its memory.
 *
 * @param near an id behind which it probably stands
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

/** Who asks more often than this has a use for a map. */
const LOOKUPS_BEFORE_MAP = 2000;
let lookups = 0;
let ids: ReadonlyMap<string, number> | undefined;

/** The kernel version in which a call first appeared on any architecture: major * 256 + minor; 0: no such id. */
export function syscallSince(id: number): number {
  return syscallVersions[id] ?? 0;
}

/**
 * The number of a call as the kernel has it in seccomp_data.nr, with the base of a MIPS ABI, but without bit 30
 * of x32 ({@link Architecture.numberBit}); -1 where the architecture lacks the call.
 */
export function syscallNumber(arch: Architecture, id: number): number {
  const code = NUMBERS[arch.column].charCodeAt(id);
  if (code >= ARM_PRIVATE_CODE) {
    return ARM_PRIVATE + code - ARM_PRIVATE_CODE - 1;
  }
  return code > 0 ? arch.numberBase + code - 1 : -1;
}

/** The id of the call with that number, given as {@link syscallNumber} gives it; -1: no call has it. */
export function syscallIdOf(arch: Architecture, nr: number): number {
  const ordinary = IDS[arch.column].charCodeAt(nr - arch.numberBase) - 1;
  if (ordinary >= 0) {
    return ordinary;
  }
  const special = arch.column === "arm" ? ARM_PRIVATE_IDS.charCodeAt(nr - ARM_PRIVATE) - 1 : -1;
  return special >= 0 ? special : -1;
}

/** The number of a call with bit 30 of x32, as a filter sees it, unsigned; -1 where the architecture lacks the call. */
export function seenNumber(arch: Architecture, id: number): number {
  const number = syscallNumber(arch, id);
  return number < 0 ? -1 : number + arch.numberBit;
}

/** The id of the call with that number, given as {@link seenNumber} gives it; -1: no call has it. */
export function idOfSeen(arch: Architecture, nr: number): number {
  return syscallIdOf(arch, (nr & ~arch.numberBit) >>> 0);
}

/** The codes of a number that no call has: it never had one, or it may get one yet. */
export const FREE = 0;
export const FREE_FOR_YOUNGER = 1;
/** The code of the call with the id 0. */
export const FIRST_CODE = 2;

/** A row of neighbouring numbers, for loops that cannot afford a call for each. */
export interface NumberRow {
  /** The number that the first code is for, as {@link syscallNumber} gives it. */
  readonly first: number;
  /** At each number from the first on {@link FIRST_CODE} plus the call's id, or the row's gap where no call has the number. */
  readonly codes: ArrayLike<number>;
  /** {@link FREE}, or {@link FREE_FOR_YOUNGER} where the row lies above the last number. */
  readonly gap: number;
}

/**
 * All the numbers of an architecture, ascending: those up to {@link lastSyscallNumber}, and on ARM and x32 a second
 * row for the calls that lie apart.
 */
export function numberRows(arch: Architecture): readonly NumberRow[] {
  return columnOf(arch).rows;
}

/** At each call number of a multiplexer the id plus 1 of the call that does the same, or 0: the code units of a string. */
export function multiplexedIds(name: Multiplexer["name"]): string {
  return name === "socketcall" ? SOCKETCALL_IDS : IPC_IDS;
}

/**
 * The number after which an architecture's younger calls get theirs: the highest one, but for ARM's private calls
 * and the numbers 512 to 547 of x32, which lie apart ("do not add new syscalls to this range",
 * arch/x86/entry/syscalls/syscall_64.tbl at v6.18).
 */
export function lastSyscallNumber(arch: Architecture): number {
  return columnOf(arch).last;
}

/** What is made of a column of numbers. */
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
  // The calls of x32 that lie apart are behind a gap, and their row ends with the text.
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

/** @param ids at each number the call's id plus 1, or 0 */
function numberRow(first: number, ids: string, gap: number): NumberRow {
  const codes = unitsOf(ids);
  codes.forEach((id, i) => {
    codes[i] = id === 0 ? gap : FIRST_CODE + id - 1;
  });
  return { first, codes, gap };
}
