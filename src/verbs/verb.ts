/**
 * What a verb of the toolkit is, and how its command line is read.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { type OptionSpec, takeOption } from "../task/options.ts";
import type { VerbHost } from "./output.ts";
import { isStandardInput } from "./stream.ts";

/** The verb has said yes: valid, equal, written. */
export const EXIT_YES = 0;
/** The verb has said no: invalid, unreadable, different. */
export const EXIT_NO = 1;
/** The command line is not understood. */
export const EXIT_USAGE = 2;

export interface Verb {
  readonly name: string;
  /** What follows its options, for example `PROFILE...`. */
  readonly operands: string;
  /** The least and the largest number of operands. */
  readonly count: readonly [least: number, most: number];
  /** One line of help: what it does. */
  readonly summary: string;
  /** More of it, for its own help. */
  readonly details: string;
  readonly options: readonly OptionSpec[];
  /** What it reads from standard input, where that cannot be an operand. */
  readonly readsInput?: string;
  /** A command line that a reader can try. */
  readonly example: string;
  /**
   * @returns the exit status
   * @throws Refusal
   */
  run(host: VerbHost, given: VerbArguments): number;
}

/** A verb's command line. */
export interface VerbArguments {
  /** "" for an option without a value. */
  readonly options: Readonly<Partial<Record<string, ByteString>>>;
  readonly operands: readonly ByteString[];
}

/** Thrown for a command line that is not understood. */
export class UsageError extends Refusal {}

/** Runs something that refuses options by a {@link Refusal}, and makes that a usage error. */
export function readingOptions<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? new UsageError(error.message, error.hint, error.misspelt) : error;
  }
}

/** Every verb has it. */
export const HELP: OptionSpec = { name: "--help", short: "-h", help: "show this help" };

/**
 * Reads a verb's command line: options and operands in any order, behind `--` operands only.
 *
 * @param args what follows the verb
 * @throws UsageError
 */
export function parseVerb(verb: Verb, args: readonly ByteString[]): VerbArguments {
  const options: Partial<Record<string, ByteString>> = {};
  const operands: ByteString[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    if (arg === "--") {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (arg.length > 1 && arg.startsWith("-")) {
      const at = i;
      i = readingOptions(() => takeOption([...verb.options, HELP], args, at, options, helpCommand(verb)));
    } else {
      operands.push(arg);
    }
  }
  const [least, most] = verb.count;
  if (options["--help"] === undefined && operands.length < least) {
    throw new UsageError(`${verb.name} needs ${verb.operands}`, usage(verb));
  }
  if (operands.length > most) {
    throw new UsageError(
      `'${decodeBytes(operands[most] ?? "")}' is one argument too many for ${verb.name}`,
      usage(verb),
    );
  }
  checkStandardInput(verb, operands);
  return { options, operands };
}

/** Standard input can be read once, and by some verbs is read for something else. */
function checkStandardInput({ name, readsInput }: Verb, operands: readonly ByteString[]): void {
  const uses = operands.filter(isStandardInput);
  if (uses.length > 0 && readsInput !== undefined) {
    throw new UsageError(`${name} reads ${readsInput} from standard input`, "name a file");
  }
  if (uses.length > 1) {
    throw new UsageError("standard input is named more than once", "name a file for all but one of them");
  }
}

function helpCommand({ name }: Verb): string {
  return `seccomp-exec help ${name}`;
}

/** The verb's command line in one line. */
export function usage({ name, options, operands }: Verb): string {
  return ["seccomp-exec", name, options.length > 0 ? "[OPTIONS]" : "", operands]
    .filter((part) => part !== "")
    .join(" ");
}

/** One of several words that an option takes. */
export function oneOf<T extends string>(
  option: string,
  given: ByteString | undefined,
  words: readonly T[],
): T | undefined {
  const word = words.find((known) => known === given);
  if (given !== undefined && word === undefined) {
    const misspelt = { word: decodeBytes(given), kind: "word", among: words } as const;
    throw new UsageError(`${option}: '${misspelt.word}' is none of ${words.join(", ")}`, undefined, misspelt);
  }
  return word;
}
