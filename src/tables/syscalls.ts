/**
 * The system calls: names, numbers on each architecture, and the kernel in which each appeared.
 *
 * A call has an id, its place among all names; ids are for use within one run and change when a call is added.
 * Facts and their sources: `build/tables/syscalls.tsv`.
 */

import type { Architecture } from "./architectures.ts";
import {
  ARM_PRIVATE_IDS,
  IDS,
  IPC_IDS,
  NAMES,
  NUMBERS,
  SINCE,
  SOCKETCALL_IDS,
} from "./generated/syscalls.ts";
import type { Multiplexer } from "./multiplexers.ts";

/** ARM's private calls start here: __ARM_NR_BASE of arch/arm/include/uapi/asm/unistd.h at v6.18. */
const ARM_PRIVATE = 0x0f0000;
/** Where the generated tables have them. */
const ARM_PRIVATE_CODE = 0xe000;

/** The numbers that only x32 has, for calls that differ from those of x86-64. */
const X32_SPECIAL_FIRST = 512;

let names: readonly string[] | undefined;

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

/**
 * The id of the call with that name on any architecture; -1: there is none.
 *
 * @param from the id at which the search begins, for who knows about where the name stands; the result does not
 *   depend on it. A plain search through a part of the table takes less time than a map, which would have to be built.
 */
export function syscallId(name: string, from = 0): number {
  const table = syscallNames();
  const id = table.indexOf(name, from);
  return id < 0 && from > 0 ? table.indexOf(name) : id;
}

/** The kernel version in which a call first appeared on any architecture: major * 256 + minor; 0: no such id. */
export function syscallSince(id: number): number {
  return SINCE.charCodeAt(id) || 0;
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

/** A row of neighbouring numbers, for loops that cannot afford a call for each. */
export interface NumberRow {
  /** The number that the first code is for, as {@link syscallNumber} gives it. */
  readonly first: number;
  /** Code units: at each number from the first on the call's id plus 1, or 0 where no call has the number. */
  readonly codes: string;
}

/**
 * All the numbers of an architecture, ascending: those up to {@link lastSyscallNumber}, and on ARM and x32 a second
 * row for the calls that lie apart.
 */
export function numberRows(arch: Architecture): readonly NumberRow[] {
  const { column, numberBase, numberBit } = arch;
  const codes = IDS[column];
  const row = { first: numberBase, codes: codes.slice(0, lastSyscallNumber(arch) + 1 - numberBase) };
  if (column === "arm") {
    return [row, { first: ARM_PRIVATE, codes: ARM_PRIVATE_IDS }];
  }
  return numberBit === 0 ? [row] : [row, { first: X32_SPECIAL_FIRST, codes: codes.slice(X32_SPECIAL_FIRST) }];
}

/** At each call number of a multiplexer the id plus 1 of the call that does the same, or 0: the code units of a string. */
export function multiplexedIds(name: Multiplexer["name"]): string {
  return name === "socketcall" ? SOCKETCALL_IDS : IPC_IDS;
}

/** The kernel version in which each call appeared, by id: the code units of one string, as {@link syscallSince}. */
export function syscallVersions(): string {
  return SINCE;
}

/**
 * The number after which an architecture's younger calls get theirs: the highest one, but for ARM's private calls
 * and the numbers 512 to 547 of x32, which lie apart ("do not add new syscalls to this range",
 * arch/x86/entry/syscalls/syscall_64.tbl at v6.18).
 */
export function lastSyscallNumber(arch: Architecture): number {
  const codes = IDS[arch.column];
  let last = arch.numberBit === 0 ? codes.length - 1 : X32_SPECIAL_FIRST - 1;
  while (last >= 0 && codes.charCodeAt(last) === 0) {
    last -= 1;
  }
  return arch.numberBase + last;
}
