/**
 * The calls that `explain` is asked about, as the words of its command line name them.
 */

import type { AskedCalls } from "../../analysis/call-outcomes.ts";
import { alwaysVerdict, sectionAt } from "../../analysis/regions.ts";
import { argumentInWords } from "../../calls/comparison.ts";
import { readArgument, readSyscall, type Unreadable } from "../../calls/reading.ts";
import { counted } from "../../plural.ts";
import { type Policy, SKIPPED_CALL } from "../../policy/policy.ts";
import { type Architecture, architectureOfCall, architectures } from "../../tables/architectures.ts";
import { idOfSeen, seenNumber, syscallName } from "../../tables/syscalls.ts";
import { UsageError } from "../verb.ts";

/** The calls of one architecture. */
export interface CallsOn extends AskedCalls {
  /** Whose calls these are, whether the profile lists it or not. */
  readonly arch: Architecture;
  /** The id of the syscall; -1 if the number has none. */
  readonly id: number;
}

/** What is asked about. */
export interface Question {
  /** The name of the syscall, or `number 463`. */
  readonly name: string;
  /** The id of the syscall; -1 if it was named by a number without one. */
  readonly id: number;
  /** Empty if no architecture of the profile has the syscall. */
  readonly calls: readonly CallsOn[];
}

const NONE_KNOWN: ReadonlyMap<number, bigint> = new Map();

/** Stands for any value of an argument. */
const ANY_VALUE = "any";

/** The most arguments of a call. */
const MOST_ARGUMENTS = 6;

/**
 * Reads the words of a question. A name is asked about on every architecture of the policy, a number on that of the machine.
 *
 * @param words in printable characters
 * @throws UsageError
 */
export function questionOf(policy: Policy, syscall: string, words: readonly string[]): Question {
  if (words.length > MOST_ARGUMENTS) {
    throw new UsageError(`a call has at most ${counted(MOST_ARGUMENTS, "argument")}, not ${words.length}`);
  }
  const word = readSyscall(syscall);
  if (word.kind === "unreadable") {
    throw usageError(word);
  }
  const [native] = policy.architectures as readonly [Architecture, ...Architecture[]];
  if (word.kind === "number") {
    const { nr } = word;
    const isSkipped = nr === SKIPPED_CALL;
    const arch = isSkipped ? native : (architectureOfCall(architectures, native.token, nr) ?? native);
    const id = isSkipped ? -1 : idOfSeen(arch, nr);
    const calls = [{ arch, id, token: native.token, nr, known: knownArguments(arch, id, words) }];
    return { name: nameOf(id, nr), id, calls };
  }
  const { id } = word;
  const calls: CallsOn[] = [];
  for (const arch of policy.architectures) {
    const nr = seenNumber(arch, id);
    if (nr >= 0) {
      // Where arguments do not matter they need not be read: constants differ from one architecture to another.
      const isAlways = calls.length > 0 && alwaysVerdict(sectionAt(policy, arch.token, nr)) !== undefined;
      const known = isAlways
        ? NONE_KNOWN
        : orUndefined(calls.length > 0, () => knownArguments(arch, id, words));
      if (known !== undefined) {
        calls.push({ arch, id, token: arch.token, nr, known });
      }
    }
  }
  return { name: syscallName(id), id, calls };
}

/** A call by its name, or its number if it has none. */
function nameOf(id: number, nr: number): string {
  return id >= 0 ? syscallName(id) : `number ${nr === SKIPPED_CALL ? -1 : nr}`;
}

/** What a constant is may be known on some architectures only: the first must know it. */
function orUndefined<T>(lenient: boolean, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (lenient && error instanceof UsageError) {
      return undefined;
    }
    throw error;
  }
}

/** The arguments that are given. @throws UsageError */
function knownArguments(
  arch: Architecture,
  id: number,
  words: readonly string[],
): ReadonlyMap<number, bigint> {
  const known = new Map<number, bigint>();
  for (const [index, word] of words.entries()) {
    if (word !== ANY_VALUE) {
      const read = readArgument(arch, id, index, word, known);
      if (read.kind === "unreadable") {
        throw usageError(read);
      }
      known.set(index, read.value);
    }
  }
  return known;
}

function usageError({ message, hint, misspelt }: Unreadable): UsageError {
  return new UsageError(message, hint, misspelt);
}

/** A call as it was asked about: `socket(AF_VSOCK, ...)`, `clone`. */
export function callInWords({ name }: Question, calls: CallsOn | undefined): string {
  if (calls === undefined || calls.known.size === 0) {
    return name;
  }
  const { arch, id, known } = calls;
  const last = Math.max(...known.keys());
  const args = Array.from({ length: last + 1 }, (_, i) => {
    const value = known.get(i);
    return value === undefined ? ANY_VALUE : argumentInWords(arch, id, i, value, known);
  });
  return `${name}(${args.join(", ")})`;
}
