/**
 * Reads the lines of `simulate`: "ARCH SYSCALL [A0 .. A5]".
 */

import { decodeBytes, printable } from "../../bytes.ts";
import { readArgument, readSyscall, type Unreadable } from "../../calls/reading.ts";
import { Refusal } from "../../diagnostic.ts";
import type { ByteString } from "../../host.ts";
import type { Call } from "../../policy/policy.ts";
import { type Architecture, architectures, matchesArchName } from "../../tables/architectures.ts";
import { idOfSeen, seenNumber } from "../../tables/syscalls.ts";

/** A call as a line gives it. */
export interface CallOfLine {
  readonly call: Call;
  /** The word for its architecture: a name, or AUDIT_ARCH_*. */
  readonly word: ByteString;
  /** Undefined if no architecture has that AUDIT_ARCH_* for a name. */
  readonly arch: Architecture | undefined;
}

/** What the first word of lines says. */
interface Place {
  readonly arch: Architecture | undefined;
  readonly token: number;
  /** Numbers of syscalls, by the words that were read. */
  readonly numbers: Map<string, number>;
}

const ARGUMENTS = 6;

/** Limits what is remembered of an input that never repeats itself. */
const MOST_REMEMBERED = 10_000;

/** Reads lines, most of which begin alike. */
export class CallReader {
  private readonly places = new Map<string, Place>();
  /** Lines with constants, which take longer to read. */
  private readonly lines = new Map<string, CallOfLine>();

  /**
   * @param line bytes
   * @returns undefined if there is nothing but a comment
   * @throws Refusal
   */
  read(line: ByteString): CallOfLine | undefined {
    const comment = line.indexOf("#");
    const text = (comment < 0 ? line : line.slice(0, comment)).trim();
    if (text === "") {
      return undefined;
    }
    const known = this.lines.get(text);
    if (known !== undefined) {
      return known;
    }
    const [archWord = "", syscall, ...rest] = wordsOf(text);
    const place = this.placeOf(archWord);
    if (syscall === undefined) {
      throw new Refusal("the syscall is missing", "write ARCH SYSCALL [A0 .. A5]");
    }
    const nr = numberIn(place, syscall);
    if (rest.length > ARGUMENTS) {
      throw new Refusal(`there are ${rest.length} arguments; a call has at most ${ARGUMENTS}`);
    }
    const numbers = rest.map((word) => plainNumber(word, place.arch?.bits ?? 64));
    const areNumbers = !numbers.includes(undefined);
    const args = areNumbers ? (numbers as bigint[]) : argumentsOf(place, nr, rest, numbers);
    while (args.length < ARGUMENTS) {
      args.push(0n);
    }
    const read = { call: { arch: place.token, nr, args }, word: archWord, arch: place.arch };
    if (!areNumbers && this.lines.size < MOST_REMEMBERED) {
      this.lines.set(text, read);
    }
    return read;
  }

  private placeOf(word: ByteString): Place {
    const known = this.places.get(word);
    if (known !== undefined) {
      return known;
    }
    const arch = architectures.find((one) => one.scmp === word || matchesArchName(one, word));
    const token = arch?.token ?? plainNumber(word, 32);
    if (token === undefined) {
      throw new Refusal(
        `'${shown(word)}' is not an architecture`,
        `known are ${architectures.map(({ name }) => name).join(", ")}`,
        { word: shown(word), kind: "architecture" },
      );
    }
    const place = { arch, token: Number(token), numbers: new Map() };
    if (this.places.size < MOST_REMEMBERED) {
      this.places.set(word, place);
    }
    return place;
  }
}

/** The words of a line. A macro such as `_IOC(_IOC_READ, 0x54, 1, 4)` is one. */
function wordsOf(text: string): readonly string[] {
  return text.includes("(") ? (text.match(/(?:[^\s(]|\([^)]*\)?)+/g) ?? []) : text.split(/\s+/);
}

function numberIn({ arch, numbers }: Place, word: string): number {
  const known = numbers.get(word);
  if (known !== undefined) {
    return known;
  }
  const read = readSyscall(shown(word));
  if (read.kind === "unreadable") {
    throw refusalOf(read);
  }
  const number = read.kind === "number" ? read.nr : numberOf(arch, read.id, word);
  if (numbers.size < MOST_REMEMBERED) {
    numbers.set(word, number);
  }
  return number;
}

function numberOf(arch: Architecture | undefined, id: number, name: string): number {
  if (arch === undefined) {
    throw new Refusal("syscall names are known only for architectures with a name", "write its number");
  }
  const number = seenNumber(arch, id);
  if (number < 0) {
    throw new Refusal(`${arch.name} has no syscall '${shown(name)}'`);
  }
  return number;
}

/** The arguments, some of which are not plain numbers; constants may depend on those that are. */
function argumentsOf(
  { arch }: Place,
  nr: number,
  words: readonly string[],
  numbers: readonly (bigint | undefined)[],
): bigint[] {
  const values = new Map(numbers.flatMap((value, i) => (value === undefined ? [] : [[i, value] as const])));
  const id = arch === undefined ? -1 : idOfSeen(arch, nr);
  return words.map((word, i) => {
    const value = numbers[i] ?? argumentOf(arch, id, i, word, values);
    values.set(i, value);
    return value;
  });
}

function argumentOf(
  arch: Architecture | undefined,
  id: number,
  index: number,
  word: string,
  others: ReadonlyMap<number, bigint>,
): bigint {
  const readable = shown(word);
  if (arch === undefined) {
    throw new Refusal(
      `'${readable}' is not an argument: write a number from 0 to 2^64-1`,
      "constants are known only for architectures with a name",
    );
  }
  const read = readArgument(arch, id, index, readable, others);
  if (read.kind === "unreadable") {
    throw refusalOf(read);
  }
  return read.value;
}

function shown(word: ByteString): string {
  return printable(decodeBytes(word));
}

function refusalOf({ message, hint, misspelt }: Unreadable): Refusal {
  return new Refusal(message, hint, misspelt);
}

/** Numbers that mean the same whatever the parameter is: without a sign, and without a 0 at the beginning. */
const PLAIN = /^(?:0x[0-9a-f]{1,16}|[1-9][0-9]{0,19}|0)$/i;

/** An unsigned number of `bits` bits; undefined if the word is something else. */
function plainNumber(word: string, bits: number): bigint | undefined {
  const value = PLAIN.test(word) ? BigInt(word) : undefined;
  return value === undefined || value >> BigInt(bits) !== 0n ? undefined : value;
}
