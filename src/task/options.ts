/**
 * The launcher's options: one table for parsing and help.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { type Given, type OptionTable, readOptions } from "./command-line.ts";
import { parseCaps, parseKernel, parseUnknownSyscalls, UNKNOWN_SYSCALLS } from "./values.ts";

export const CAPS_OPTION = {
  name: "--caps",
  value: "LIST",
  read: parseCaps,
  help: "the capabilities to resolve the profile for: all, none, or names separated by commas",
} as const;

export const KERNEL_OPTION = {
  name: "--kernel",
  value: "X.Y",
  read: parseKernel,
  help: "the kernel to resolve the profile for",
} as const;

export const PROFILE_DIR_OPTION = {
  name: "--profile-dir",
  value: "DIR",
  help: "where profile names are looked up",
} as const;

export const WIDE_ARGUMENTS_OPTION = {
  name: "--wide-arguments",
  help: "compare 64 bits of every argument, as engines with libseccomp do; the kernel ignores half of an int, so calls can pass a denial",
} as const;

export const UNKNOWN_SYSCALLS_OPTION = {
  name: "--unknown-syscalls",
  value: "HOW",
  choices: UNKNOWN_SYSCALLS,
  read: parseUnknownSyscalls,
  help: "the answer to a syscall that is newer than the profile: enosys (as from an older kernel), or default",
} as const;

/** An option of the launcher and of every verb. */
export const HELP_OPTION = { name: "--help", short: "-h", help: "show this help" } as const;

export const LAUNCH_OPTIONS = [
  {
    name: "--profile",
    value: "PROFILE",
    help: "a name in the profile directory, a path (with a slash), or builtin:NAME",
  },
  { name: "--unconfined", help: "run the command without a filter" },
  PROFILE_DIR_OPTION,
  {
    name: "--linux-info",
    value: "JSON",
    help: "the request as Marathon or Mesos writes it: a linuxInfo, a seccomp object or a whole container",
  },
  { name: "--argv0", value: "NAME", help: "the command's argv[0]" },
  { name: "--no-new-privs", help: "set no_new_privs even if the kernel does not require it" },
  CAPS_OPTION,
  KERNEL_OPTION,
  UNKNOWN_SYSCALLS_OPTION,
  WIDE_ARGUMENTS_OPTION,
  {
    name: "--complain",
    help: "forbid nothing: allow what the profile denies, and have the kernel log it",
  },
  {
    name: "--audit",
    value: "FILE",
    optional: true,
    help: "name each call that the profile denies, as a line on standard error, or as JSON appended to FILE",
  },
  {
    name: "--listener",
    value: "PATH",
    help: "the Unix socket of the seccomp agent that decides about calls with SCMP_ACT_NOTIFY, instead of the profile's listenerPath",
  },
  {
    name: "--log-denials",
    help: "have the kernel log each call that the profile denies; seccomp-exec denials reads the log",
  },
  { name: "--verbose", help: "report on standard error the profile in use and the cost of the filter" },
  { name: "--timing", help: "report on standard error how the launcher spends its time" },
  { name: "--dry-run", help: "show what a launch would do and why, and do not run the command" },
  { name: "--json", help: "with --dry-run: print JSON" },
  HELP_OPTION,
  { name: "--version", short: "-V", help: "show the version" },
] as const satisfies OptionTable;

/** The given options, unparsed: values are read on use, since a policy may forbid an option first. */
export type GivenOptions = Given<typeof LAUNCH_OPTIONS>;

export type LaunchOptionName = keyof GivenOptions;

/** The launcher's command line. */
export interface CommandLine {
  /** The requested action. */
  readonly kind: "launch" | "dry-run" | "help" | "version";
  readonly options: GivenOptions;
  /** The index of the command in the argument vector, after the `--`; past its end if there is no command. */
  readonly firstArg: number;
  /** The path by which the launcher was started under another program's name, whose wrapper it is; absent: it is itself. */
  readonly wrapper?: ByteString;
}

const USAGE = "seccomp-exec [OPTIONS] -- COMMAND [ARG...]";

const GRAMMAR = {
  options: LAUNCH_OPTIONS,
  start: 1,
  operand: refuseOperand,
  dashIsOperand: false,
  help: "seccomp-exec --help",
} as const;

/**
 * Reads the launcher's command line.
 *
 * @param args the whole argument vector
 * @throws Refusal for an option that is unknown, given twice or without its value, and for a missing `--` or command
 */
export function parseCommandLine(args: readonly ByteString[]): CommandLine {
  const options: GivenOptions = {};
  const firstArg = readOptions(args, GRAMMAR, options);
  const kind = kindOf(options);
  if (options["--json"] === true && options["--dry-run"] === undefined) {
    throw new Refusal("--json is for --dry-run", "leave it out, or give --dry-run as well");
  }
  if (kind === "launch" && firstArg >= args.length) {
    const what = firstArg > args.length ? "'--' before the command" : "command after the '--'";
    throw new Refusal(`missing ${what}`, USAGE);
  }
  return { kind, options, firstArg };
}

function refuseOperand(arg: ByteString, after?: string): never {
  if (after !== undefined) {
    const value = decodeBytes(arg);
    throw new Refusal(
      `the option '${after}' takes its value after a '=', not '${value}'`,
      `write ${after}=${value}`,
    );
  }
  throw new Refusal(
    `expected an option or '--', not '${decodeBytes(arg)}'`,
    `write '--' before the command: ${USAGE}`,
  );
}

function kindOf(options: GivenOptions): CommandLine["kind"] {
  if (options["--help"] === true) {
    return "help";
  }
  if (options["--version"] === true) {
    return "version";
  }
  return options["--dry-run"] === true ? "dry-run" : "launch";
}
