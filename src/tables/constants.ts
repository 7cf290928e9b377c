/**
 * The constants that arguments of system calls are made of, by set and architecture: from numbers to names and back.
 *
 * Facts and their sources: `build/tables/constants.tsv`.
 */

import type { Architecture, NumberColumn } from "./architectures.ts";
import { CONSTANTS } from "./generated/constants.ts";

export interface Constant {
  readonly name: string;
  readonly value: bigint;
}

/** Bits of a value that together are one constant, for example the access mode of open(2). */
export interface ConstantField {
  /** The bits; all of them if undefined. */
  readonly mask: bigint | undefined;
  /** Of two with one value, the first one names it. */
  readonly constants: readonly Constant[];
}

/** The constants of a set on an architecture. */
export interface ConstantSet {
  readonly fields: readonly ConstantField[];
  /** Any of them can be set; one that includes others comes before them. */
  readonly flags: readonly Constant[];
  readonly byName: ReadonlyMap<string, bigint>;
}

let lines: ReadonlyMap<string, string> | undefined;
const known = new Map<string, ConstantSet>();

/**
 * The constants of a set of `parameter-sets.ts`, or of one that is only in the table: `socket_option_tcp`.
 *
 * @returns undefined if there is no set of that name
 */
export function constantSet(arch: Architecture, name: string): ConstantSet | undefined {
  const key = `${name} ${arch.name}`;
  const made = known.get(key);
  if (made !== undefined) {
    return made;
  }
  lines ??= new Map(CONSTANTS.split("\n").map((line) => [line.slice(0, line.indexOf("\t")), line]));
  const line = lines.get(name);
  if (line === undefined) {
    return undefined;
  }
  const set = readSet(line, arch);
  known.set(key, set);
  return set;
}

/** The value of a constant of a set, for example O_CREAT of `open`; undefined if the architecture has none of that name. */
export function constantValue(arch: Architecture, set: string, name: string): bigint | undefined {
  return constantSet(arch, set)?.byName.get(name);
}

/** The names of all sets, in order. */
export function constantSetNames(): readonly string[] {
  return CONSTANTS.split("\n").map((line) => line.slice(0, line.indexOf("\t")));
}

/**
 * A value in the constants of a set, for example `O_RDWR|O_CLOEXEC`. What has no name is a number: the whole value if
 * nothing has one.
 *
 * @param value without a sign: -1 of an int is 0xffffffff
 * @returns undefined if nothing in the value has a name, or if there is no such set
 */
export function inConstants(arch: Architecture, name: string, value: bigint): string | undefined {
  const set = constantSet(arch, name);
  if (set === undefined) {
    return undefined;
  }
  const words: string[] = [];
  let rest = value;
  for (const { mask, constants } of set.fields) {
    const part = mask === undefined ? value : value & mask;
    const constant = constants.find((each) => (mask === undefined ? each.value : each.value & mask) === part);
    if (constant !== undefined) {
      words.push(constant.name);
      rest -= part;
    }
  }
  for (const flag of set.flags) {
    if (flag.value !== 0n && (rest & flag.value) === flag.value) {
      words.push(flag.name);
      rest -= flag.value;
    } else if (flag.value === 0n && value === 0n) {
      words.push(flag.name);
    }
  }
  if (words.length === 0) {
    return undefined;
  }
  return (rest === 0n ? words : [...words, `0x${rest.toString(16)}`]).join("|");
}

function readSet(line: string, arch: Architecture): ConstantSet {
  const [, shared = "", ...exceptions] = line.split("\t");
  const own = new Map<string, string>();
  for (const exception of exceptions) {
    const colon = exception.indexOf(": ");
    if (exception.slice(0, colon).split(",").includes(arch.column)) {
      for (const word of exception.slice(colon + 2).split(" ")) {
        const equals = word.indexOf("=");
        own.set(word.slice(0, equals), word.slice(equals + 1));
      }
    }
  }
  const fields: { readonly mask: bigint | undefined; readonly constants: Constant[] }[] = [];
  const flags: Constant[] = [];
  const byName = new Map<string, bigint>();
  let into = flags;
  for (const word of shared.split(" ")) {
    if (word === "/") {
      into = flags;
    } else if (word.startsWith("/")) {
      into = [];
      const mask = own.get(word) ?? word.slice(1);
      fields.push({ mask: mask === "-" ? undefined : BigInt(mask), constants: into });
    } else {
      const equals = word.indexOf("=");
      const name = word.slice(0, equals);
      const text = own.get(name) ?? word.slice(equals + 1);
      if (text !== "-") {
        const value = readValue(text, arch);
        into.push({ name, value });
        byName.set(name, value);
      }
    }
  }
  return { fields, flags, byName };
}

function readValue(text: string, arch: Architecture): bigint {
  if (!text.startsWith("I")) {
    return BigInt(text);
  }
  const open = text.indexOf("(");
  const [type = "", number = "", sizes = "0"] = text.slice(open + 1, -1).split(",");
  const [wide = "", narrow = wide] = sizes.split("/");
  return ioctlRequest(arch, {
    reads: text.slice(2, open).includes("R"),
    writes: text.slice(2, open).includes("W"),
    type: Number(type),
    number: Number(number),
    size: Number(pointerBits(arch) === 64 ? wide : narrow),
  });
}

/** Columns with 64-bit registers, and pointers and longs of 32 bits. */
const SMALL_POINTERS: readonly NumberColumn[] = ["x32", "mips64n32"];

/** How many bits a pointer and a long have in a program of an architecture. */
export function pointerBits(arch: Architecture): 32 | 64 {
  return SMALL_POINTERS.includes(arch.column) ? 32 : arch.bits;
}

/** The parts of a request of ioctl(2), as _IOC() of <linux/ioctl.h> takes them. */
export interface IoctlRequest {
  /** Whether the program gets data, and whether it gives some. */
  readonly reads: boolean;
  readonly writes: boolean;
  readonly type: number;
  readonly number: number;
  /** In bytes. */
  readonly size: number;
}

/** Where the parts of a request are: include/uapi/asm-generic/ioctl.h, and asm/ioctl.h of mips, powerpc and parisc, at v6.12. */
interface IoctlLayout {
  readonly sizeBits: number;
  readonly none: number;
  readonly write: number;
  readonly read: number;
}

function layoutOf({ column }: Architecture): IoctlLayout {
  if (column.startsWith("mips") || column.startsWith("ppc")) {
    return { sizeBits: 13, none: 1, read: 2, write: 4 };
  }
  return column.startsWith("parisc")
    ? { sizeBits: 14, none: 0, read: 1, write: 2 }
    : { sizeBits: 14, none: 0, read: 2, write: 1 };
}

/** The number of a request. */
export function ioctlRequest(
  arch: Architecture,
  { reads, writes, type, number, size }: IoctlRequest,
): bigint {
  const layout = layoutOf(arch);
  const direction = (reads ? layout.read : 0) + (writes ? layout.write : 0) || layout.none;
  const upper = BigInt(direction * 2 ** layout.sizeBits + size);
  return (upper << 16n) | BigInt((type << 8) | number);
}

/** The inverse of {@link ioctlRequest}. */
export function ioctlParts(arch: Architecture, request: bigint): IoctlRequest {
  const layout = layoutOf(arch);
  const value = Number(request & 0xffffffffn);
  const upper = Math.floor(value / 65536);
  const direction = Math.floor(upper / 2 ** layout.sizeBits);
  return {
    reads: (direction & layout.read) !== 0,
    writes: (direction & layout.write) !== 0,
    type: (value >>> 8) & 0xff,
    number: value & 0xff,
    size: upper % 2 ** layout.sizeBits,
  };
}
