/**
 * The definition of a verb, and the reader of its command line.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { type Given, type OptionTable, readOptions, readValues, type Values } from "../task/command-line.ts";
import { HELP_OPTION } from "../task/options.ts";
import type { VerbHost } from "./output.ts";
import { isStandardInput } from "./stream.ts";

/** The answer is yes: valid, equal, written. */
export const EXIT_YES = 0;
/** The answer is no: invalid, unreadable, different. */
export const EXIT_NO = 1;
/** Usage error. */
export const EXIT_USAGE = 2;
/** A verb that runs a command failed itself: as of the launcher, since 0, 1 and 2 may be the command's. */
export const EXIT_FAILED = 125;

/** A verb's exit status once its command line is read. */
export type Answer = typeof EXIT_YES | typeof EXIT_NO | typeof EXIT_FAILED;

/** A verb's command line, purpose and exit statuses: help, a man page and completions are generated from it. */
export interface VerbDescription {
  readonly name: string;
  /** The operands: `PROFILE` exactly one, `[FILE]` at most one, `PROFILE...` one or more, `[ARG...]` any number. */
  readonly operands: readonly string[];
  /** One line of help. */
  readonly summary: string;
  /** The text of its own help. */
  readonly details: string;
  readonly options: OptionTable;
  /** The meaning of exit statuses 0 and 1; absent if the verb has no 1 of its own. 2 is the same for all. */
  readonly exits?: { readonly yes: string; readonly no: string };
  /** Whether it runs a command: the operands are the command, after a `--` that is required, and the exit status is its own. */
  readonly runsCommand?: true;
  /** What it reads from standard input, if standard input cannot be an operand. */
  readonly readsInput?: string;
  /** A command line for the reader to try. */
  readonly example: string;
}

/** A verb as an entry of the table of verbs. */
export interface Verb extends VerbDescription {
  /**
   * Reads a verb's command line: options and operands in any order, only operands after `--`; of a verb that runs a command, all
   * of them after it.
   *
   * @param args the whole argument vector
   * @throws UsageError
   */
  read(args: readonly ByteString[]): VerbLine;
}

/** What a verb's command line asks for: its help, or a run. */
export type VerbLine =
  | { readonly kind: "help" }
  /** `failed` is the exit status if it throws a {@link Refusal}. */
  | { readonly kind: "run"; readonly run: VerbRun; readonly failed: Answer };

/**
 * Runs a verb.
 *
 * @returns the exit status
 * @throws Refusal
 */
export type VerbRun = (host: VerbHost) => Answer;

/** The options and operands of a verb, typed by its tables. */
export interface VerbArguments<T extends OptionTable, N extends readonly string[] = readonly string[]> {
  readonly options: Values<T>;
  readonly operands: Operands<N>;
}

/** The operands with these names: a tuple with one member for each required operand. */
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

/** The definition of a verb: its description, and the function that gets the described options and operands. */
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
      const failed = definition.runsCommand === true ? EXIT_FAILED : EXIT_NO;
      return given === undefined
        ? { kind: "help" }
        : { kind: "run", run: (host) => run(host, given), failed };
    },
  };
}

/** Thrown for a usage error. */
export class UsageError extends Refusal {}

/** Runs a reader of a part of the command line, and turns its {@link Refusal} into a usage error. */
export function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refusal ? new UsageError(error.message, error.hint, error.misspelt) : error;
  }
}

/** The index of a verb's own arguments, after the program and the verb. */
const AFTER_VERB = 2;

/** @returns undefined if the command line asks for help */
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
      start: AFTER_VERB,
      operand: (arg) => {
        if (verb.runsCommand === true) {
          throw new Refusal(
            `'${decodeBytes(arg)}' is no option of ${verb.name}`,
            `write '--' before the command: ${usage(verb)}`,
          );
        }
        operands.push(arg);
      },
      dashIsOperand: true,
      help: `seccomp-exec help ${verb.name}`,
    },
    given,
  );
  operands.push(...args.slice(end));
  const asksForHelp = given["--help"] !== undefined;
  checkOperands(verb, operands, asksForHelp);
  checkStandardInput(verb, operands, given);
  if (asksForHelp) {
    return undefined;
  }
  const options = readValues(verb.options, given as Given<T>, verb.name);
  // The number matches the names of the operands: it was checked.
  return { options, operands: operands as readonly ByteString[] as Operands<N> };
}

/** The options of a verb, with the one that every verb has. */
export function optionsOf({ options }: VerbDescription): OptionTable {
  return [...options, HELP_OPTION];
}

/** The minimum and maximum number of operands. */
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
    const what = verb.runsCommand === true ? "a command" : verb.operands.join(" ");
    throw new Refusal(`${verb.name} needs ${what}`, usage(verb));
  }
  if (operands.length > most) {
    throw new Refusal(
      `'${decodeBytes(operands[most] ?? "")}' is one argument too many for ${verb.name}`,
      usage(verb),
    );
  }
}

/** Standard input can be read once, it is no directory, and some verbs, or their commands, read something else from it. */
function checkStandardInput(
  { name, options, operands: names, readsInput, runsCommand }: VerbDescription,
  operands: readonly ByteString[],
  given: Given<OptionTable>,
): void {
  const values = options.flatMap((option) => {
    const value = option.input === true ? given[option.name] : undefined;
    return typeof value === "string" ? [value] : [];
  });
  const uses = [...(runsCommand === true ? [] : operands), ...values].filter(isStandardInput);
  if (uses.length > 0 && (readsInput !== undefined || runsCommand === true)) {
    const what =
      runsCommand === true
        ? "standard input is the command's"
        : `${name} reads ${readsInput} from standard input`;
    throw new Refusal(what, "name a file");
  }
  if (names.includes("[DIR]") && operands.some(isStandardInput)) {
    throw new Refusal(`${name} reads a directory, and standard input is none`, "name the directory");
  }
  if (uses.length > 1) {
    throw new Refusal("standard input is named more than once", "name a file for all but one of them");
  }
}

/** The usage line of a verb. */
export function usage({ name, options, operands, runsCommand }: VerbDescription): string {
  const words = [
    ...(options.length > 0 ? ["[OPTIONS]"] : []),
    ...(runsCommand === true ? ["--"] : []),
    ...operands,
  ];
  return ["seccomp-exec", name, ...words].join(" ");
}
