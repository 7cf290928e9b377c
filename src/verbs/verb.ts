/**
 * What a verb of the toolkit is, and how its command line is read.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { type Given, type OptionTable, readOptions, readValues, type Values } from "../task/command-line.ts";
import { HELP_OPTION } from "../task/options.ts";
import type { VerbHost } from "./output.ts";
import { isStandardInput } from "./stream.ts";

/** The verb has said yes: valid, equal, written. */
export const EXIT_YES = 0;
/** The verb has said no: invalid, unreadable, different. */
export const EXIT_NO = 1;
/** Usage error. */
export const EXIT_USAGE = 2;

/** What a verb has to say by its exit status, once its command line is understood. */
export type Answer = typeof EXIT_YES | typeof EXIT_NO;

/** How a verb is called, what it is for and how it ends: help, a man page and completions are made of it. */
export interface VerbDescription {
  readonly name: string;
  /** What follows its options: `PROFILE` once, `[FILE]` at most once, `PROFILE...` once or more, `[ARG...]` any number. */
  readonly operands: readonly string[];
  /** One line of help: what it does. */
  readonly summary: string;
  /** More of it, for its own help. */
  readonly details: string;
  readonly options: OptionTable;
  /** What exit status 0 and 1 stand for; `no` is absent where it has no 1 of its own. 2 is the same for all. */
  readonly exits?: { readonly yes: string; readonly no: string };
  /** What it reads from standard input, where that cannot be an operand. */
  readonly readsInput?: string;
  /** A command line that a reader can try. */
  readonly example: string;
}

/** A verb as the table of verbs has it. */
export interface Verb extends VerbDescription {
  /**
   * Reads a verb's command line: options and operands in any order, behind `--` operands only.
   *
   * @param args the whole argument vector
   * @throws UsageError
   */
  read(args: readonly ByteString[]): VerbLine;
}

/** What a verb's command line asks for: its help, or that it is run. */
export type VerbLine = { readonly kind: "help" } | { readonly kind: "run"; readonly run: VerbRun };

/**
 * Does what a verb was asked to do.
 *
 * @returns the exit status
 * @throws Refusal
 */
export type VerbRun = (host: VerbHost) => Answer;

/** What a verb was given, typed by its tables of options and operands. */
export interface VerbArguments<T extends OptionTable, N extends readonly string[] = readonly string[]> {
  readonly options: Values<T>;
  readonly operands: Operands<N>;
}

/** The operands that have such names: a tuple, with as many members as there have to be. */
export type Operands<N extends readonly string[]> = N extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? readonly [...Operand<First>, ...Operands<Rest>]
  : N extends readonly []
    ? readonly []
    : readonly ByteString[];

type Operand<Name extends string> = Name extends `[${string}...]`
  ? readonly ByteString[]
  : Name extends `[${string}]`
    ? readonly [ByteString?]
    : Name extends `${string}...`
      ? readonly [ByteString, ...ByteString[]]
      : readonly [ByteString];

/** What a verb is defined by: a description, and a function that is given what the description speaks of. */
interface VerbDefinition<T extends OptionTable, N extends readonly string[]> extends VerbDescription {
  readonly options: T;
  readonly operands: N;
  /**
   * @returns the exit status
   * @throws Refusal
   */
  readonly run: (host: VerbHost, given: VerbArguments<T, N>) => Answer;
}

/** Makes a verb of its definition. */
export function defineVerb<const T extends OptionTable, const N extends readonly string[]>(
  definition: VerbDefinition<T, N>,
): Verb {
  const { run, ...description } = definition;
  return {
    ...description,
    read: (args) => {
      const given = asUsage(() => readVerbLine(definition, args));
      return given === undefined ? { kind: "help" } : { kind: "run", run: (host) => run(host, given) };
    },
  };
}

/** Thrown for a command line that is not understood. */
export class UsageError extends Refusal {}

/** Runs something that reads a part of the command line, and makes a {@link Refusal} of it a usage error. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? new UsageError(error.message, error.hint, error.misspelt) : error;
  }
}

/** Where a verb's own arguments begin, behind the program's name and the verb's. */
const BEHIND_VERB = 2;

/** @returns undefined where the help was asked for */
function readVerbLine<T extends OptionTable, N extends readonly string[]>(
  verb: VerbDefinition<T, N>,
  args: readonly ByteString[],
): VerbArguments<T, N> | undefined {
  const operands: ByteString[] = [];
  const given: Given<OptionTable> = {};
  const end = readOptions(
    args,
    {
      options: optionsOf(verb),
      start: BEHIND_VERB,
      operand: (arg) => operands.push(arg),
      dashIsOperand: true,
      help: `seccomp-exec help ${verb.name}`,
    },
    given,
  );
  operands.push(...args.slice(end));
  const asksForHelp = given["--help"] !== undefined;
  checkOperands(verb, operands, asksForHelp);
  if (asksForHelp) {
    return undefined;
  }
  const options = readValues(verb.options, given as Given<T>, verb.name);
  // As many as the names of the operands speak of: they were counted.
  return { options, operands: operands as readonly ByteString[] as Operands<N> };
}

/** The options of a verb: its own, and that which every verb has. */
export function optionsOf({ options }: VerbDescription): OptionTable {
  return [...options, HELP_OPTION];
}

/** The least and the largest number of operands. */
export function operandCount({ operands }: VerbDescription): {
  readonly least: number;
  readonly most: number;
} {
  return {
    least: operands.filter((name) => !name.startsWith("[")).length,
    most: operands.some((name) => name.includes("...")) ? Number.POSITIVE_INFINITY : operands.length,
  };
}

function checkOperands(verb: VerbDescription, operands: readonly ByteString[], asksForHelp: boolean): void {
  const { least, most } = operandCount(verb);
  if (!asksForHelp && operands.length < least) {
    throw new Refusal(`${verb.name} needs ${verb.operands.join(" ")}`, usage(verb));
  }
  if (operands.length > most) {
    throw new Refusal(
      `'${decodeBytes(operands[most] ?? "")}' is one argument too many for ${verb.name}`,
      usage(verb),
    );
  }
  checkStandardInput(verb, operands);
}

/** Standard input can be read once, and by some verbs is read for something else. */
function checkStandardInput({ name, readsInput }: VerbDescription, operands: readonly ByteString[]): void {
  const uses = operands.filter(isStandardInput);
  if (uses.length > 0 && readsInput !== undefined) {
    throw new Refusal(`${name} reads ${readsInput} from standard input`, "name a file");
  }
  if (uses.length > 1) {
    throw new Refusal("standard input is named more than once", "name a file for all but one of them");
  }
}

/** The verb's command line in one line. */
export function usage({ name, options, operands }: VerbDescription): string {
  return ["seccomp-exec", name, ...(options.length > 0 ? ["[OPTIONS]"] : []), ...operands].join(" ");
}
