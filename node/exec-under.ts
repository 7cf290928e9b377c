/**
 * Replaces the Node process by a command under a profile.
 */

import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { decodeBytes, encodeBytes } from "../src/bytes.ts";
import { Refusal } from "../src/diagnostic.ts";
import { ADVISER } from "../src/failures/explain-command.ts";
import type { ByteString } from "../src/host.ts";
import { checkExec } from "../src/launch/check-exec.ts";
import { type Command, findCommand } from "../src/launch/find-command.ts";
import {
  EACCES,
  ENAMETOOLONG,
  ENODEV,
  ENOENT,
  ENOEXEC,
  ENOTDIR,
  ESTALE,
  ETIMEDOUT,
} from "../src/load/errno.ts";
import { type CommandState, giveState } from "./command-state.ts";
import { diagnosticText } from "./diagnostic-text.ts";
import { ConfinementError, toConfinementError } from "./errors.ts";
import { makeFilter, newReading } from "./filter.ts";
import { nodeHost } from "./host.ts";
import { install } from "./install.ts";
import { cString, loadNative, type Native } from "./native.ts";
import type { ProfileOptions } from "./options.ts";
import { architectureOf } from "./runtime.ts";
import type { ProfileSource } from "./source.ts";

/** How a command is started. */
export interface ExecOptions extends ProfileOptions {
  /** Its `argv[0]`. Absent: the command as it was given. */
  readonly argv0?: string | undefined;
  /** Its environment, whose PATH is also where it is looked up. Absent: that of this process, byte by byte. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The descriptors that it gets beside 0, 1 and 2. Node closes all others, also those that it was given. */
  readonly descriptors?: readonly number[] | undefined;
  /** Its soft limit of open files (RLIMIT_NOFILE). Absent: the hard limit, to which Node has raised it. */
  readonly openFiles?: number | undefined;
}

const NAMES: readonly string[] = [
  "argv0",
  "env",
  "descriptors",
  "openFiles",
] satisfies readonly (keyof ExecOptions)[];

/** Runs a script without `#!`, as in execvp(3): _PATH_BSHELL. */
const SHELL = "/bin/sh";
/** The errnos after which execvp(3) tries the next directory; glibc does not even try a path that is too long. */
const GOES_ON: readonly number[] = [EACCES, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR, ESTALE, ETIMEDOUT];

/**
 * Replaces this process by a command under the filter of a profile: execve(2), with the same process id. No `exit` event happens, and what
 * streams have not written yet is lost.
 *
 * Everything that can be known is checked before anything is changed: the profile, that it lets execve(2) through, and that the command is
 * there and may be executed. If execve(2) fails after all, this throws ERR_SECCOMP_EXEC: the process goes on, under the filter.
 *
 * @param profile as for `confine`
 * @param file a path (with a slash), or a name that is looked up in PATH as by execvp(3)
 * @param args its arguments, without `argv[0]`
 * @throws ConfinementError
 */
export function execUnder(
  profile: ProfileSource,
  file: string,
  args: readonly string[] = [],
  options: ExecOptions = {},
): never {
  const reading = newReading();
  try {
    if (!isMainThread) {
      throw new Refusal(
        "this is a worker thread, and execve(2) replaces the whole process",
        "call execUnder in the main thread",
      );
    }
    checkWords(file, args, options);
    const arch = architectureOf(process);
    const native = loadNative(arch);
    const host = nodeHost(native, arch.name, options.env ?? process.env);
    const made = makeFilter(host, arch, reading, profile, options, NAMES);
    checkExec(made.policy, made.label);
    const command = findCommand(host, encodeBytes(file), ADVISER);
    const attempts = attemptsOf(native, command, file, args, options);
    for (const warning of made.warnings) {
      const { onWarning = say } = options;
      onWarning(warning, made.label);
    }
    const undo = giveState(native, stateOf(options));
    try {
      install(native, host, made);
    } catch (error) {
      undo();
      throw error;
    }
    const { path, errno } = execute(native, attempts);
    undo();
    const doubt = command.doubt?.errno === errno ? command.doubt.reason : "";
    throw new ConfinementError(
      "ERR_SECCOMP_EXEC",
      `cannot run '${decodeBytes(path)}': ${host.errorMessage(errno)}${doubt}. This process is under the filter of ${made.label} now`,
      undefined,
      [],
      true,
      errno,
    );
  } catch (error) {
    throw toConfinementError(error, reading);
  }
}

function say(warning: Parameters<NonNullable<ProfileOptions["onWarning"]>>[0], profile: string): void {
  writeSync(2, `seccomp-exec: ${diagnosticText(warning, profile)}\n`);
}

function stateOf({ descriptors = [], openFiles }: ExecOptions): CommandState {
  return { descriptors, openFiles };
}

/** @throws Refusal for what cannot be passed to a command */
function checkWords(file: string, args: readonly string[], options: ExecOptions): void {
  const { argv0, env = {}, descriptors = [], openFiles } = options;
  const words: readonly (readonly [string, unknown])[] = [
    ["the command", file],
    ...args.map((word, i): [string, unknown] => [`argument ${i + 1}`, word]),
    ["argv0", argv0 ?? ""],
    ...Object.entries(env).flatMap(([name, value]): [string, unknown][] => [
      ["a name of env", name],
      [`${name} of env`, value ?? ""],
    ]),
  ];
  for (const [what, word] of words) {
    if (typeof word !== "string" || word.includes("\0")) {
      throw new Refusal(typeof word === "string" ? `${what} holds a NUL` : `${what} is not a string`);
    }
  }
  for (const fd of descriptors) {
    if (!Number.isInteger(fd) || fd < 0) {
      throw new Refusal(`descriptors: ${fd} is not the number of a descriptor`);
    }
  }
  if (openFiles !== undefined && (!Number.isInteger(openFiles) || openFiles < 0)) {
    throw new Refusal(`openFiles: ${openFiles} is not a number of files`);
  }
}

/** What execve(2) takes, in memory: made before the filter is installed. */
interface Attempt {
  readonly path: ByteString;
  readonly file: Buffer;
  readonly vector: Vector;
  /** The arguments of /bin/sh, if the kernel does not know the format of the file. */
  readonly shell: Vector | undefined;
}

/** Pointers to strings, the last one null, and the strings, which must live as long. */
interface Vector {
  readonly pointers: Buffer;
  readonly strings: readonly Buffer[];
}

/** The file that was found, and those in the directories of PATH after it. */
interface Attempts {
  readonly attempts: readonly Attempt[];
  readonly environment: Vector | undefined;
}

function attemptsOf(
  native: Native,
  { path, elsewhere, doubt }: Command,
  file: string,
  args: readonly string[],
  { argv0, env }: ExecOptions,
): Attempts {
  const rest = args.map(encodeBytes);
  const name = encodeBytes(file);
  const others =
    elsewhere?.split(":").map((directory) => (directory === "" ? name : `${directory}/${name}`)) ?? [];
  const attempts = [path, ...others].map((one, i) => ({
    path: one,
    file: cString(one),
    vector: vectorOf(native, [argv0 === undefined ? name : encodeBytes(argv0), ...rest]),
    // Whether a file elsewhere is text is not known, and such a one is never reached but by a race.
    shell: i === 0 && doubt?.shell === true ? vectorOf(native, [SHELL, one, ...rest]) : undefined,
  }));
  const variables = Object.entries(env ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [encodeBytes(`${key}=${value}`)],
  );
  return { attempts, environment: env === undefined ? undefined : vectorOf(native, variables) };
}

function vectorOf(native: Native, words: readonly ByteString[]): Vector {
  const strings = words.map((word) => cString(word));
  const pointers = new BigUint64Array(strings.length + 1);
  strings.forEach((string, i) => {
    pointers[i] = native.address(string);
  });
  return { pointers: Buffer.from(pointers.buffer), strings };
}

/** Does what execvp(3) does. Returns only the failure that it would report. */
function execute(
  native: Native,
  { attempts, environment }: Attempts,
): { readonly path: ByteString; readonly errno: number } {
  const shell = cString(SHELL);
  let first: { path: ByteString; errno: number } | undefined;
  for (const attempt of attempts) {
    const failed = native.execute(attempt.file, attempt.vector.pointers, environment?.pointers);
    const errno =
      failed === ENOEXEC && attempt.shell !== undefined
        ? native.execute(shell, attempt.shell.pointers, environment?.pointers)
        : failed;
    const failure = { path: attempt.path, errno };
    if (!GOES_ON.includes(errno)) {
      return failure;
    }
    first ??= failure;
  }
  return first ?? { path: "", errno: ENOENT };
}
