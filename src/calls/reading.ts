/**
 * Reads a call as people write it: the name or number of a syscall, and arguments as numbers or as constants.
 *
 * The inverse of `comparison.ts`: what {@link argumentInWords} says of a value is read as that value.
 */

import type { Misspelt } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import type { Architecture } from "../tables/architectures.ts";
import { capabilityCount, capabilityName } from "../tables/capabilities.ts";
import { constantSet, constantSetNames, ioctlRequest } from "../tables/constants.ts";
import { multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { type Parameter, signatureOf } from "../tables/signatures.ts";
import { syscallId, syscallName } from "../tables/syscalls.ts";
import { formByCommand } from "./by-command.ts";
import { formName } from "./form-table.ts";
import { Reader } from "./memory.ts";
import { plain } from "./numbers.ts";
import type { View } from "./view.ts";

/** A word that cannot be read, for a message. */
export interface Unreadable {
  readonly kind: "unreadable";
  /** For example "'AF_ALGG' is not an argument". */
  readonly message: string;
  readonly hint?: string;
  /** From which the printer suggests the nearest word, in place of the hint. */
  readonly misspelt?: Misspelt;
}

/** A syscall as it was named: a name has an id, a number is as seccomp_data.nr has it. */
export type SyscallWord =
  | { readonly kind: "name"; readonly id: number }
  | { readonly kind: "number"; readonly nr: number }
  | Unreadable;

/** The number of a skipped call, -1 as seccomp_data.nr has it. */
const SKIPPED = 0xffffffffn;

/**
 * Reads the name of a syscall, or its number: decimal, in hexadecimal after 0x, or -1.
 *
 * @param word in printable characters, for messages
 */
export function readSyscall(word: string): SyscallWord {
  const number = word === "-1" ? SKIPPED : unsignedOf(word);
  if (number !== undefined) {
    return number <= 0xffffffffn
      ? { kind: "number", nr: Number(number) }
      : unreadable(
          `'${word}' is not the number of a syscall`,
          "it has 32 bits: write a number from 0 to 2^32-1",
        );
  }
  const id = syscallId(word);
  return id >= 0
    ? { kind: "name", id }
    : unreadable(`'${word}' is not a syscall`, "write its name or its number", {
        word,
        kind: "syscall",
      });
}

/** The value of an argument, 64 bits of a register without a sign. */
export type ArgumentWord = { readonly kind: "value"; readonly value: bigint } | Unreadable;

/**
 * Reads an argument: a number, a constant, or several of these with `|` between them.
 *
 * A number is decimal, or in hexadecimal after 0x; in octal after 0 where the parameter is a file mode or has permissions. One
 * with a minus sign has as many bits as the parameter: -1 of an int is 0xffffffff. A constant is one of the parameter's own, or
 * any other that has one value wherever it is known.
 *
 * @param id of the syscall; -1: not known
 * @param index of the register, 0 to 5
 * @param word in printable characters, for messages
 * @param others the values of other arguments, on which the meaning of a constant may depend, by index
 */
export function readArgument(
  arch: Architecture,
  id: number,
  index: number,
  word: string,
  others: ReadonlyMap<number, bigint> = NO_OTHERS,
): ArgumentWord {
  const number = unsignedOf(word);
  if (number !== undefined && (word.charAt(0) !== "0" || number === 0n || /^0x/i.test(word))) {
    return checked(arch, word, number);
  }
  const parameter = id < 0 ? undefined : signatureOf(arch, id)?.[index];
  const form = parameter === undefined ? "number" : formOf(arch, id, parameter, others);
  const bits = form.startsWith("intset:") ? 32 : parameter?.bits || arch.bits;
  let value = 0n;
  for (const part of partsOf(word)) {
    const known = numberIn(form, part, bits) ?? constantIn(arch, form, part);
    if (known === undefined) {
      return unknownPart(arch, form, word, part);
    }
    if (typeof known !== "bigint") {
      return known;
    }
    value |= known;
  }
  return checked(arch, word, value);
}

const NO_OTHERS: ReadonlyMap<number, bigint> = new Map();

function unreadable(message: string, hint?: string, misspelt?: Misspelt): Unreadable {
  return {
    kind: "unreadable",
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(misspelt === undefined ? {} : { misspelt }),
  };
}

function checked(arch: Architecture, word: string, value: bigint): ArgumentWord {
  return value >> BigInt(arch.bits) === 0n
    ? { kind: "value", value }
    : unreadable(
        `'${word}' is not an argument`,
        `a register of ${arch.name} has ${arch.bits} bits: write a number from 0 to 2^${arch.bits}-1`,
      );
}

/** Digits that are certainly no number of 64 bits. */
const MOST_DIGITS = 20;

/** A number without a sign; undefined if the word is none. */
function unsignedOf(word: string): bigint | undefined {
  const first = word.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39)) {
    return undefined;
  }
  return /^(?:0x[0-9a-f]{1,16}|[0-9]+)$/i.test(word) && word.length <= MOST_DIGITS ? BigInt(word) : undefined;
}

/** The parts between `|`; not those within `_IOC(_IOC_READ|_IOC_WRITE, ...)`. */
function partsOf(word: string): readonly string[] {
  return word.split(/\|(?![^()]*\))/).map((part) => part.trim());
}

/** The form of a parameter as `form-table.ts` names it, given other arguments. */
function formOf(
  arch: Architecture,
  id: number,
  parameter: Parameter,
  others: ReadonlyMap<number, bigint>,
): string {
  if (parameter.half !== undefined || parameter.kind === "padding") {
    return "number";
  }
  const name = syscallName(id);
  const form = formName(name, parameter);
  if (!form.startsWith("?")) {
    return form;
  }
  const signature = signatureOf(arch, id) ?? [];
  const view: View = {
    name,
    arch,
    reader: new Reader(arch, { read: () => undefined }),
    argument: (of) => {
      const at = signature.findIndex((each) => each.name === of);
      return BigInt.asUintN(signature[at]?.bits ?? 64, others.get(at) ?? 0n);
    },
  };
  return formByCommand(form.slice(1), view);
}

/** Forms in which a number after 0 is octal, as it is shown. */
const OCTAL = /^(?:mode|octal|special|modeset:.*)$/;

function numberIn(form: string, part: string, bits: number): bigint | Unreadable | undefined {
  if (!part.startsWith("-")) {
    const isOctal = part.startsWith("0") && part.length <= MOST_DIGITS && OCTAL.test(form);
    return isOctal && /^0[0-7]+$/.test(part) ? BigInt(`0o${part.slice(1)}`) : unsignedOf(part);
  }
  const size = unsignedOf(part.slice(1));
  if (size === undefined || size <= 1n << BigInt(bits - 1)) {
    return size === undefined ? undefined : BigInt.asUintN(bits, -size);
  }
  return unreadable(`'${part}' is not an argument`, `the parameter has ${bits} bits`);
}

/** Forms with constants, but for `set:NAME`, `intset:NAME` and `modeset:NAME`. */
const SETS_OF_FORMS: Readonly<Record<string, readonly string[]>> = {
  request: ["ioctl"],
  special: ["file_type"],
  clone: ["clone", "signal"],
  openflags: ["open"],
  mountflags: ["mount"],
  keyring: ["keyring"],
  ethernet: ["protocol_ethernet"],
};

/** The sets of constants that a form is made of. */
function setsOf(form: string): readonly string[] {
  const [kind = "", word = ""] = form.split(":");
  return kind === "set" || kind === "intset" || kind === "modeset" ? [word] : (SETS_OF_FORMS[form] ?? []);
}

/** Constants that are in no set, with the forms that have them. */
const ALONE: readonly { readonly form: RegExp; readonly values: () => Readonly<Record<string, bigint>> }[] = [
  // AT_FDCWD of include/uapi/linux/fcntl.h at v6.12: -100 as an int.
  { form: /^(?:directory|descriptor)$/, values: () => ({ AT_FDCWD: 0xffffff9cn }) },
  // IPC_PRIVATE of include/uapi/linux/ipc.h at v6.12.
  { form: /^key$/, values: () => ({ IPC_PRIVATE: 0n }) },
  // MS_MGC_VAL of include/uapi/linux/mount.h at v6.12.
  { form: /^mountflags$/, values: () => ({ MS_MGC_VAL: 0xc0ed0000n }) },
  { form: /^capability$/, values: capabilities },
  { form: /^ipc$/, values: ipcCalls },
  { form: /^(?!number|set:|modeset:)/, values: () => ({ NULL: 0n }) },
];

function capabilities(): Readonly<Record<string, bigint>> {
  const bits = Array.from({ length: capabilityCount }, (_, bit) => bit);
  return Object.fromEntries(bits.map((bit) => [capabilityName(bit), BigInt(bit)]));
}

/** The calls of ipc(2) as include/uapi/linux/ipc.h names them: SEMOP, SHMAT, ... */
function ipcCalls(): Readonly<Record<string, bigint>> {
  const calls = multiplexers.filter(({ name }) => name === "ipc").flatMap(multiplexedCalls);
  return Object.fromEntries(calls.map(({ name, call }) => [name.toUpperCase(), BigInt(call)]));
}

/** The constants of a form by name. */
function ownConstants(arch: Architecture, form: string): ReadonlyMap<string, bigint> {
  const key = `${form} ${arch.name}`;
  const known = ownByForm.get(key);
  if (known !== undefined) {
    return known;
  }
  const made = new Map<string, bigint>();
  const add = (name: string, value: bigint): void => {
    if (!made.has(name)) {
      made.set(name, value);
    }
  };
  for (const set of setsOf(form)) {
    for (const [name, value] of constantSet(arch, set)?.byName ?? []) {
      add(name, value);
    }
  }
  for (const { form: forms, values } of ALONE) {
    if (forms.test(form)) {
      for (const [name, value] of Object.entries(values())) {
        add(name, value);
      }
    }
  }
  ownByForm.set(key, made);
  return made;
}

const ownByForm = new Map<string, ReadonlyMap<string, bigint>>();

/** All constants of an architecture, each with its values in all sets. */
function allConstants(arch: Architecture): ReadonlyMap<string, ReadonlySet<bigint>> {
  const known = allByArch.get(arch);
  if (known !== undefined) {
    return known;
  }
  const made = new Map<string, Set<bigint>>();
  const add = (name: string, value: bigint): void => {
    const values = made.get(name) ?? new Set();
    made.set(name, values.add(value));
  };
  for (const set of constantSetNames()) {
    for (const [name, value] of constantSet(arch, set)?.byName ?? []) {
      add(name, value);
    }
  }
  for (const { values } of ALONE) {
    for (const [name, value] of Object.entries(values())) {
      add(name, value);
    }
  }
  allByArch.set(arch, made);
  return made;
}

const allByArch = new Map<Architecture, ReadonlyMap<string, ReadonlySet<bigint>>>();

/** A constant of the form, or of any other; undefined if the word is none. */
function constantIn(arch: Architecture, form: string, word: string): bigint | Unreadable | undefined {
  const own = ownConstants(arch, form).get(word) ?? madeByMacro(arch, word);
  if (own !== undefined) {
    return own;
  }
  const values = [...(allConstants(arch).get(word) ?? [])];
  return values.length > 1
    ? unreadable(`'${word}' has several values: ${values.map(plain).join(", ")}`, "write the number")
    : values[0];
}

/** `_IOC(_IOC_READ, 0x54, 0x1, 0x4)` and `htons(ETH_P_ALL)`, as {@link argumentInWords} writes them. */
function madeByMacro(arch: Architecture, word: string): bigint | undefined {
  const [, directions = "", ...parts] = /^_IOC\(([A-Z_|]+), *(\w+), *(\w+), *(\w+)\)$/.exec(word) ?? [];
  const [type, number, size] = parts.map(unsignedOf);
  if (type !== undefined && number !== undefined && size !== undefined) {
    const has = (name: string): boolean => directions.split("|").includes(`_IOC_${name}`);
    const known = has("NONE") || has("READ") || has("WRITE");
    return known && type < 0x100n && number < 0x100n && size < 0x4000n
      ? ioctlRequest(arch, {
          reads: has("READ"),
          writes: has("WRITE"),
          type: Number(type),
          number: Number(number),
          size: Number(size),
        })
      : undefined;
  }
  const [, protocol = ""] = /^htons\((\w+)\)$/.exec(word) ?? [];
  const value = unsignedOf(protocol) ?? ownConstants(arch, "ethernet").get(protocol);
  if (value === undefined || value > 0xffffn) {
    return undefined;
  }
  return arch.bigEndian ? value : ((value & 0xffn) << 8n) | (value >> 8n);
}

/** How many constants a hint names. */
const MOST_NAMED = 6;

function unknownPart(arch: Architecture, form: string, word: string, part: string): Unreadable {
  const own = [...ownConstants(arch, form).keys()].filter((name) => name !== "NULL");
  const what = part === word ? `'${word}' is not an argument` : `'${part}' of '${word}' is not an argument`;
  const constants = own.length === 0 ? "the name of a constant" : listed(own, MOST_NAMED);
  return unreadable(what, `write a number from 0 to 2^${arch.bits}-1, or ${constants}`, {
    word: part,
    kind: "constant",
    among: [...own, ...allConstants(arch).keys()],
  });
}
