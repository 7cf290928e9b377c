/**
 * The launcher as the wrapper of another program: installed under that program's name, it confines every start of it.
 */

import { encodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import type { OperatorPolicy } from "./operator.ts";
import type { CommandLine } from "./options.ts";

/** How the names begin under which the launcher is itself. */
export const OWN_NAME = "seccomp-exec";

/** How the path usually ends. */
const USUAL = `/${OWN_NAME}`;

/** What follows the wrapper's name in that of the real program beside it. */
const REAL = ".real";

/** Paths of descriptors, as fexecve(3) passes them: the file may have any name. */
const OF_DESCRIPTORS = ["/dev/fd/", "/proc/"];

/**
 * The command line of a wrapper: all arguments are the real program's, `argv[0]` included. undefined: it is the launcher.
 *
 * @param execPath {@link Host.execPath}. Not `argv[0]`, which the caller chooses as it likes
 * @throws Refusal if there is not even an `argv[0]`
 */
export function wrapperCommandLine(
  execPath: ByteString | undefined,
  args: readonly ByteString[],
): CommandLine | undefined {
  // The usual case first, by what costs least: every launch pays for this.
  if (execPath === undefined || execPath.endsWith(USUAL) || isItself(execPath)) {
    return undefined;
  }
  if (args.length === 0) {
    // Linux before 5.18 allows it, and this program could not hand it on: a command has at least its name.
    throw new Refusal("there are no arguments, not even argv[0]");
  }
  return { kind: "launch", options: {}, firstArg: 0, wrapper: execPath };
}

/** Whether the launcher, started by a path, is itself and no wrapper. */
export function isItself(path: ByteString): boolean {
  return nameOf(path).startsWith(OWN_NAME) || OF_DESCRIPTORS.some((directory) => path.startsWith(directory));
}

/** Whether a key of `wraps` is a path or a name by which a file can be started. */
export function isOfFile(key: ByteString): boolean {
  return !["", ".", ".."].includes(nameOf(key)) && !key.includes("\0");
}

/** The name and the description of the note in every launcher: `NOTE` of host/src/main.rs. */
const NOTE = `${OWN_NAME}\0\0\0\0launcher`;

/** Whether a file is a launcher: this one, a copy, or another version with the note. */
export function isLauncherFile(head: ByteString): boolean {
  return head.startsWith("\x7fELF") && head.includes(NOTE);
}

/** The program that a wrapper stands for. */
export interface RealProgram {
  readonly path: ByteString;
  /** Whether the operator's policy names it; false: it is beside the wrapper. */
  readonly byPolicy: boolean;
}

/**
 * The program that a wrapper stands for, which need not exist.
 *
 * @param wrapper the path by which it was started
 */
export function realProgram(wrapper: ByteString, policy: OperatorPolicy | undefined): RealProgram {
  const entries = Object.entries(policy?.wraps ?? {});
  const named = (key: ByteString): string | undefined =>
    entries.find(([name]) => encodeBytes(name) === key)?.[1];
  const path = named(wrapper) ?? named(nameOf(wrapper));
  if (path !== undefined) {
    return { path: encodeBytes(path), byPolicy: true };
  }
  // Without a slash it is in the working directory, and must not be looked up in PATH.
  return { path: `${wrapper.includes("/") ? "" : "./"}${wrapper}${REAL}`, byPolicy: false };
}

/** The last part of a path. */
export function nameOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1);
}
