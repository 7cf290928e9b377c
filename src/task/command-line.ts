/**
 * Reads a command line by a table of options: that of the launcher or of a verb.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";

/** An option; the source of parsing and help. */
export interface OptionSpec {
  readonly name: `--${string}`;
  readonly short?: `-${string}`;
  /** The placeholder of its value in the help; absent: the option is a flag. */
  readonly value?: string;
  /** Whether the option may be given without its value, which then needs a `=` before it. */
  readonly optional?: true;
  /** The allowed values; absent: too many to list. */
  readonly choices?: readonly string[];
  /** The meaning of each of the choices, in one line; absent: they are self-explanatory. */
  readonly meanings?: Readonly<Record<string, string>>;
  /**
   * Reads its value; absent: the value is one of `choices`, or any byte string.
   *
   * @throws Refusal for an invalid value
   */
  readonly read?: (value: ByteString) => unknown;
  /** Whether its value names a file to read, so that `-` is standard input. */
  readonly input?: true;
  /** Whether it must be given; absent: it is optional. */
  readonly required?: true;
  /** One line, without a full stop. */
  readonly help: string;
}

export type OptionTable = readonly OptionSpec[];

/** The given options of a table, unparsed: `true` for a flag, and for an option without its value. */
export type Given<T extends OptionTable> = {
  readonly [O in T[number] as O["name"]]?: Typed<O>;
};

type Typed<O extends OptionSpec> = O extends { readonly optional: true }
  ? ByteString | true
  : O extends { readonly value: string }
    ? ByteString
    : O extends Flag
      ? true
      : ByteString | true;

type Flag = OptionSpec & { readonly value?: undefined };

/** The parsed options of a table: if not given, `undefined`, or `false` for a flag. */
export type Values<T extends OptionTable> = {
  readonly [O in T[number] as O["name"]]: O extends { readonly value: string }
    ? ValueOf<O> | (O extends { readonly required: true } ? never : undefined)
    : boolean;
};

type ValueOf<O> = O extends { readonly read: (value: ByteString) => infer V }
  ? V
  : O extends { readonly choices: readonly (infer W)[] }
    ? W
    : ByteString;

/** What a command line may hold, and where it begins. */
export interface Grammar<T extends OptionTable> {
  readonly options: T;
  /** The index of the first argument to read. */
  readonly start: number;
  /**
   * Takes an argument before the `--` that is not an option.
   *
   * @param after the option before it, if that may have been meant to take it as its value
   * @throws Refusal if no operand is allowed
   */
  readonly operand: (arg: ByteString, after?: OptionSpec["name"]) => void;
  /** Whether a single `-`, which names standard input, and negative numbers are operands; else they are unknown options. */
  readonly dashIsOperand: boolean;
  /** The command that lists the options. */
  readonly help: string;
}

/**
 * Reads the options of a command line up to its `--`, and passes on the operands.
 *
 * @param args the whole argument vector
 * @param into receives the options; must be empty
 * @returns the index after the `--`; without one, the number of arguments plus 1
 * @throws Refusal for an option that is unknown, given twice or without its value
 */
export function readOptions<const T extends OptionTable>(
  args: readonly ByteString[],
  grammar: Grammar<T>,
  into: Given<T>,
): number {
  const { options, start, operand, dashIsOperand, help } = grammar;
  const given: Partial<Record<string, ByteString | true>> = into;
  let i = start;
  let valueless: OptionSpec["name"] | undefined;
  for (; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    if (arg === "--") {
      break;
    }
    if (!arg.startsWith("-") || (dashIsOperand && (arg === "-" || isDigit(arg.charCodeAt(1))))) {
      operand(arg, valueless);
      valueless = undefined;
      continue;
    }
    valueless = undefined;
    const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const option = optionNamed(name, options, help);
    if (given[option.name] !== undefined) {
      throw new Refusal(`the option '${name}' is given twice`);
    }
    if (option.value === undefined) {
      if (equals >= 0) {
        throw new Refusal(`the option '${name}' takes no value`);
      }
      given[option.name] = true;
    } else if (equals >= 0) {
      given[option.name] = arg.slice(equals + 1);
    } else if (option.optional === true) {
      given[option.name] = true;
      valueless = option.name;
    } else {
      i += 1;
      const value = args[i];
      if (value === undefined || value === "--") {
        throw new Refusal(`the option '${name}' needs a value`, `write ${name} ${option.value}`);
      }
      given[option.name] = value;
    }
  }
  return i + 1;
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** @throws Refusal if there is none */
function optionNamed(name: ByteString, options: OptionTable, help: string): OptionSpec {
  const option = options.find((known) => known.name === name || known.short === name);
  if (option !== undefined) {
    return option;
  }
  const word = decodeBytes(name);
  const among = options.map((known) => known.name);
  throw new Refusal(`unknown option '${word}'`, `${help} lists the options`, { word, kind: "option", among });
}

/**
 * Reads the values of options.
 *
 * @param who whose options they are, for messages
 * @throws Refusal for an invalid value, and for a missing required option
 */
export function readValues<const T extends OptionTable>(options: T, given: Given<T>, who: string): Values<T> {
  const typed: Partial<Record<string, ByteString | true>> = given;
  const values = options.map((option) => [option.name, readValue(option, typed[option.name], who)]);
  return Object.fromEntries(values) as Values<T>;
}

function readValue(option: OptionSpec, typed: ByteString | true | undefined, who: string): unknown {
  const { name, value, choices, read, required } = option;
  if (value === undefined) {
    return typed !== undefined;
  }
  if (typed === undefined || typed === true) {
    if (required === true) {
      const hint = choices === undefined ? `write ${name} ${value}` : `give it one of ${choices.join(", ")}`;
      throw new Refusal(`${who} needs ${name}`, hint);
    }
    return undefined;
  }
  if (read !== undefined) {
    return read(typed);
  }
  if (choices !== undefined && !choices.includes(typed)) {
    const word = decodeBytes(typed);
    const misspelt = { word, kind: "value", among: choices } as const;
    throw new Refusal(`${name}: '${word}' is not one of ${choices.join(", ")}`, undefined, misspelt);
  }
  return typed;
}
