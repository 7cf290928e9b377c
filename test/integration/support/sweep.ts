/**
 * The calls that are tried under two engines' filters, and what each of them came to.
 */

import { X32_SYSCALL_BIT } from "../../../src/tables/architectures.ts";
import { syscallId, syscallIdOf, syscallName, syscallNumber } from "../../../src/tables/syscalls.ts";
import { X32, X86, X86_64 } from "../../support/fixtures/policies.ts";

const BAD_64 = 2n ** 64n - 1n;
const BAD_32 = 2n ** 32n - 1n;

/** The ways into the kernel: what is compiled for x86-64, the same with the numbers of x32, and 32-bit programs. */
const ENTRIES = {
  native: { arch: X86_64, letter: "n", bit: 0, bad: BAD_64 },
  x32: { arch: X32, letter: "n", bit: X32_SYSCALL_BIT, bad: BAD_64 },
  int80: { arch: X86, letter: "i", bit: 0, bad: BAD_32 },
  /** As int80, but not from a process's only thread. */
  thread: { arch: X86, letter: "t", bit: 0, bad: BAD_32 },
} as const;

export type Entry = keyof typeof ENTRIES;

export interface TriedCall {
  readonly entry: Entry;
  /** Its name or number; where its arguments matter, with the first of them: `socket(38)`. */
  readonly title: string;
  /** Without x32's bit. */
  readonly nr: number;
  readonly args: readonly bigint[];
}

/** What a call came to; "let through" is whatever the kernel itself answers but for EPERM and ENOSYS. */
export type Seen =
  | "killed"
  | "thread killed"
  | "trapped"
  | "EPERM"
  | "ENOSYS"
  | "let through"
  | `errno ${number}`;

/** There is no number as large in any table. */
const MAX_NUMBER = 600;

/** Left out: they set all registers from a stack that has nothing to set them from, or do something to the machine. */
const LEFT_OUT = ["rt_sigreturn", "sigreturn", "sync", "vhangup"];

/** A call with arguments that are bad as descriptors, as addresses and as sizes, or with these. */
export function tried(entry: Entry, call: string | number, ...args: readonly bigint[]): TriedCall {
  const { arch, bad } = ENTRIES[entry];
  const nr = typeof call === "number" ? call : syscallNumber(arch, syscallId(call));
  const id = syscallIdOf(arch, nr);
  const name = id < 0 ? String(nr) : syscallName(id);
  return {
    entry,
    nr,
    title: args.length === 0 ? name : `${name}(${args[0]})`,
    args: [...args, ...Array<bigint>(6 - args.length).fill(bad)],
  };
}

/** Every number once. */
function everyNumber(entry: Entry): TriedCall[] {
  // The kernel takes no call from them; numbers with a bit that x32 has are x32's.
  const strange = entry === "x32" ? [] : [1000, 0x3fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
  const { arch } = ENTRIES[entry];
  const leftOut = LEFT_OUT.map((name) => syscallNumber(arch, syscallId(name)));
  const numbers = [...range(0, MAX_NUMBER), ...strange].filter((nr) => !leftOut.includes(nr));
  return numbers.map((nr) => tried(entry, nr));
}

/** Calls that rules judge by their arguments. */
function argumentsThatMatter(entry: Entry): TriedCall[] {
  const { arch } = ENTRIES[entry];
  const first = (name: string, ...values: readonly (number | bigint)[]): TriedCall[] =>
    syscallNumber(arch, syscallId(name)) < 0 ? [] : values.map((value) => tried(entry, name, BigInt(value)));
  const SIGCHLD = 17;
  const newNamespace = range(25, 30).map((bit) => (1n << BigInt(bit)) + BigInt(SIGCHLD));
  return [
    ...first("socket", 0, 1, 2, 10, 16, 37, 38, 39, 40, 41, 0x80000026),
    ...first("personality", 0, 1, 8, 9, 0x20000, 0x20008, 0xffffffff),
    ...first("socketcall", ...range(1, 20)),
    ...first("ipc", 1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24),
    // With the stack of the one who calls, as fork does it.
    ...[BigInt(SIGCHLD), ...newNamespace].map((flags) => tried(entry, "clone", flags, 0n, 0n, 0n, 0n, 0n)),
  ];
}

export const SWEEP: readonly TriedCall[] = (["native", "x32", "int80"] as const).flatMap((entry) => [
  ...everyNumber(entry),
  ...argumentsThatMatter(entry),
]);

/** The lines that test/integration/native/sweep.c reads. */
export function linesOf(calls: readonly TriedCall[]): string {
  return calls
    .map(({ entry, nr, args }) => {
      const { letter, bit } = ENTRIES[entry];
      return `${letter} ${[nr + bit, ...args].map((value) => value.toString(16)).join(" ")}\n`;
    })
    .join("");
}

/** Reads what it printed. */
export function seenIn(output: string, calls: readonly TriedCall[]): Seen[] {
  const lines = output.trimEnd().split("\n");
  if (lines.length !== calls.length) {
    throw new Error(`${lines.length} of ${calls.length} calls were made`);
  }
  return lines.map((line, i) => {
    const seen = classify(line);
    // A kernel without x32 answers ENOSYS to all of its calls.
    return seen === "let through" && calls[i]?.entry === "x32" ? "ENOSYS" : seen;
  });
}

const SIGSYS = 31;
const EPERM = 1;
const ENOSYS = 38;
/** Errnos that only a filter answers. */
const FIRST_STRANGE = 1000;

function classify(line: string): Seen {
  const [what, number] = line.split(" ");
  const value = Number(number);
  switch (what) {
    case "trap":
      return "trapped";
    case "thread":
      return "thread killed";
    case "signal":
      return value === SIGSYS ? "killed" : "let through";
    case "ret":
      return value === -EPERM
        ? "EPERM"
        : value === -ENOSYS
          ? "ENOSYS"
          : value <= -FIRST_STRANGE && value > -4096
            ? `errno ${-value}`
            : "let through";
    default:
      return "let through";
  }
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
