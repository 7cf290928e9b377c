/**
 * The launcher's options, as one table: it is parsed by, and help is made of it.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";

/** An option as it is typed. */
export interface OptionSpec {
  /** With its two dashes. */
  readonly name: string;
  /** One dash and a letter, where it has that. */
  readonly short?: string;
  /** What stands for its value in the help; absent: the option takes none. */
  readonly value?: string;
  readonly help: string;
}

export const LAUNCH_OPTIONS = [
  {
    name: "--profile",
    value: "PROFILE",
    help: "a name in the profile directory, a path (with a slash), or builtin:NAME",
  },
  { name: "--unconfined", help: "run the command without a filter" },
  { name: "--profile-dir", value: "DIR", help: "where profile names are looked up" },
  {
    name: "--linux-info",
    value: "JSON",
    help: "the request as Marathon or Mesos writes it: a linuxInfo, a seccomp object or a whole container",
  },
  { name: "--argv0", value: "NAME", help: "what the command gets as argv[0]" },
  { name: "--no-new-privs", help: "set no_new_privs even where the kernel does not demand it" },
  {
    name: "--caps",
    value: "LIST",
    help: "the capabilities to resolve the profile for: all, none, or names separated by commas",
  },
  { name: "--kernel", value: "X.Y", help: "the kernel to resolve the profile for" },
  {
    name: "--unknown-syscalls",
    value: "HOW",
    help: "what a syscall younger than the profile gets: enosys (as from an older kernel), or default",
  },
  {
    name: "--complain",
    help: "forbid nothing: let through what the profile denies, and have the kernel log it",
  },
  { name: "--verbose", help: "say on standard error which profile it is and what the filter cost" },
  { name: "--timing", help: "say on standard error where the launcher's time goes" },
  { name: "--dry-run", help: "show what would be done and why, and do not run the command" },
  { name: "--json", help: "with --dry-run: print JSON" },
  { name: "--help", short: "-h", help: "show this help" },
  { name: "--version", short: "-V", help: "show the version" },
] as const satisfies readonly OptionSpec[];

export type LaunchOptionName = (typeof LAUNCH_OPTIONS)[number]["name"];

/** The options that were given: "" for one without a value. */
export type GivenOptions = Readonly<Partial<Record<LaunchOptionName, ByteString>>>;

/** The launcher's command line. */
export interface CommandLine {
  readonly options: GivenOptions;
  /** The index into the argument vector of the command, behind the `--`; past its end where there is no command. */
  readonly firstArg: number;
}

const USAGE = "seccomp-exec [OPTIONS] -- COMMAND [ARG...]";

/**
 * Reads the launcher's command line.
 *
 * @param args the whole argument vector
 * @throws Refusal for an option that is unknown, given twice or without its value, and for a missing `--` or command
 */
export function parseCommandLine(args: readonly ByteString[]): CommandLine {
  const options: Partial<Record<LaunchOptionName, ByteString>> = {};
  let i = 1;
  for (; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    if (arg === "--") {
      break;
    }
    if (!arg.startsWith("-")) {
      throw new Refusal(
        `'${decodeBytes(arg)}' stands where an option or '--' is expected`,
        `write '--' before the command: ${USAGE}`,
      );
    }
    i = takeOption(LAUNCH_OPTIONS, args, i, options);
  }
  if (options["--json"] !== undefined && options["--dry-run"] === undefined) {
    throw new Refusal("--json is for --dry-run", "leave it out, or give --dry-run as well");
  }
  const asked = asksOnly(options);
  if (!asked && i >= args.length) {
    throw new Refusal("there is no '--' before a command", USAGE);
  }
  if (!asked && i + 1 >= args.length) {
    throw new Refusal("there is no command after the '--'", USAGE);
  }
  return { options, firstArg: i + 1 };
}

/** Whether the command line only asks for something to be shown, and so needs no command. */
export function asksOnly(options: GivenOptions): boolean {
  return (
    options["--help"] !== undefined ||
    options["--version"] !== undefined ||
    options["--dry-run"] !== undefined
  );
}

/**
 * Reads the option at an index, with its value.
 *
 * @param into takes the value by the option's name
 * @param help the command that lists the options of the table
 * @returns the index of the last argument that belongs to the option
 * @throws Refusal for an option that is unknown, given twice or without its value
 */
export function takeOption(
  table: readonly OptionSpec[],
  args: readonly ByteString[],
  at: number,
  into: Partial<Record<string, ByteString>>,
  help = "seccomp-exec --help",
): number {
  const arg = args[at] ?? "";
  const equals = arg.startsWith("--") ? arg.indexOf("=") : -1;
  const name = equals < 0 ? arg : arg.slice(0, equals);
  const option = table.find((known) => known.name === name || known.short === name);
  if (option === undefined) {
    const word = decodeBytes(name);
    const among = table.map((known) => known.name);
    throw new Refusal(`unknown option '${word}'`, `${help} lists the options`, {
      word,
      kind: "option",
      among,
    });
  }
  if (into[option.name] !== undefined) {
    throw new Refusal(`the option '${name}' is given twice`);
  }
  if (option.value === undefined) {
    if (equals >= 0) {
      throw new Refusal(`the option '${name}' takes no value`);
    }
    into[option.name] = "";
    return at;
  }
  if (equals >= 0) {
    into[option.name] = arg.slice(equals + 1);
    return at;
  }
  const value = args[at + 1];
  if (value === undefined || value === "--") {
    throw new Refusal(`the option '${name}' needs a value`, `write ${name} ${option.value}`);
  }
  into[option.name] = value;
  return at + 1;
}
