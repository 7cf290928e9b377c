/**
 * Reads files that decide what a task may do: once, from one descriptor, and only if no other user can change them.
 */

import { decodeBytes } from "../bytes.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host, Owned, PlacedRead } from "../host.ts";
import { EACCES, ELOOP, ENOENT, ENOTDIR } from "./errno.ts";
import { isDirectory, isPipe, isRegular } from "./file-kind.ts";
import { type Flaw, flawOf, isWritableByOthers, OVERFLOW_UID, rootIsStranger, type Sought } from "./trail.ts";
import { type Usable, unusable, usable } from "./usable.ts";

/** Maximum size of a profile or policy, in bytes. */
export const MAX_FILE_SIZE = 4 * 1024 * 1024;

/** A text and its origin. */
export interface TrustedText {
  readonly text: string;
  readonly context: FileContext;
}

/** The owner, mount and directory of a file, and its companion. */
export type FileContext = Pick<PlacedRead, "uid" | "mount" | "directory" | "beside">;

/**
 * Reads a text, or reports how much of its path exists.
 *
 * @param suffix of the companion file to read as well; empty: none
 * @throws Refusal, or InvalidInput if it is not UTF-8
 */
export function readTrusted(
  host: Host,
  sought: Sought,
  suffix: string,
): TrustedText | "no file" | "no directory" {
  const { path, rule } = sought;
  const file = host.readPlaced(path, MAX_FILE_SIZE, suffix, rule !== undefined);
  if (rule !== undefined) {
    // Also if there is no such file: a user who can write to a directory can remove one.
    const flaw = flawIn(host, sought, file);
    if (flaw !== undefined) {
      throw new Refusal(flaw.message, flaw.hint);
    }
  }
  const { text } = file;
  if (text !== undefined) {
    return { text, context: file };
  }
  if (file.errno === ENOENT || file.errno === ENOTDIR) {
    return file.directory === undefined ? "no directory" : "no file";
  }
  throw whyNoText(host, file, sought);
}

function flawIn(host: Host, sought: Sought, file: PlacedRead): Flaw | undefined {
  return flawOf(sought, file, file.trail.includes(OVERFLOW_UID) && hasStrangers(host));
}

/** How a user other than root could change or replace a program. */
export function flawOfProgram(host: Host, path: ByteString): Flaw | undefined {
  const sought: Sought = { path, what: "the program", rule: "root", movable: true };
  return flawIn(host, sought, host.readPlaced(path, 0, "", true));
}

/** Why an existing file has no text. */
function whyNoText(host: Host, file: PlacedRead, { path, what, movable }: Sought): Refusal | InvalidInput {
  const shown = `${what} ${decodeBytes(path)}`;
  if (file.errno !== 0) {
    const reason = host.errorMessage(file.errno);
    const last = file.way.split("\0").at(-2);
    return new Refusal(
      file.errno === EACCES && file.directory === undefined && last !== undefined
        ? `${shown} cannot be read: the directory ${decodeBytes(last)} on the way cannot be searched: ${reason}`
        : `${shown} cannot be read: ${reason}`,
      movable || file.errno !== EACCES
        ? undefined
        : `the users of tasks must be able to read it: chmod 644 ${path}, and its directory: chmod 755`,
    );
  }
  if (isDirectory(file)) {
    return new Refusal(
      `${shown} is a directory`,
      "name a file; Docker creates a directory if the source of a bind mount does not exist",
    );
  }
  if (!isRegular(file)) {
    return new Refusal(
      `${shown} is not a regular file`,
      isPipe(file) ? "write the data from the pipe to a file, and name that" : undefined,
    );
  }
  if (file.invalidUtf8 === undefined) {
    return new Refusal(`${shown} has ${file.size} bytes; at most ${MAX_FILE_SIZE} (4 MiB) are read`);
  }
  const [line, column] = file.invalidUtf8;
  return new InvalidInput(
    decodeBytes(path),
    [
      {
        code: "invalid-utf8",
        severity: "error",
        message: "this is not UTF-8",
        hint: "save the file as UTF-8",
        position: { line, column },
      },
    ],
    path,
  );
}

/** The context of any file. */
export function contextOf(host: Host, path: ByteString, suffix: string): FileContext {
  return host.readPlaced(path, MAX_FILE_SIZE, suffix, false);
}

/**
 * The companion's text; usable only if every user who could write it could also replace the profile.
 * Both were opened in the same directory, so that it does not matter who can change the path to it.
 */
export function trustedBeside(context: FileContext): Usable<string> {
  const { uid, mount, directory, beside } = context;
  if (beside === undefined || beside.errno === ENOENT) {
    return unusable("there is none");
  }
  if (beside.errno === ELOOP) {
    return unusable("it is a link");
  }
  if (beside.errno !== 0 || !isOnlyOf(beside, uid)) {
    return unusable("others could change it");
  }
  if (directory === undefined || !isOnlyOf(directory, uid)) {
    return unusable("others could change its directory");
  }
  // The owner of a file that is a mount of its own, as in a container, need not be that of its directory.
  if (mount === undefined || beside.mount !== mount || directory.mount !== mount) {
    return unusable("the profile is not known to be on the same mount");
  }
  return beside.text === undefined || beside.grown ? unusable("it is not text") : usable(beside.text);
}

/**
 * Whether only that user and root can write to it. A file of an unmapped owner may belong to any user outside this user
 * namespace.
 */
function isOnlyOf(one: Owned, owner: number): boolean {
  const known = one.uid === 0 || (one.uid === owner && owner !== OVERFLOW_UID);
  return known && !isWritableByOthers(one);
}

/** Whether directories of {@link OVERFLOW_UID} can be root's outside this user namespace. */
function hasStrangers(host: Host): boolean {
  const { text } = host.readFile("/proc/self/uid_map", MAX_FILE_SIZE);
  return text !== undefined && rootIsStranger(text);
}
