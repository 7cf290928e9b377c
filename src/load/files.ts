/**
 * Reads files that decide what a task may do: once, from one descriptor, and only if nobody else can change them.
 */

import { decodeBytes } from "../bytes.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host, Owned, PlacedRead } from "../host.ts";
import { EACCES, ELOOP, ENOENT, ENOTDIR } from "./errno.ts";
import { isDirectory, isPipe, isRegular } from "./file-kind.ts";
import { flawOf, isWritableByOthers, OVERFLOW_UID, rootIsStranger, type Sought } from "./trail.ts";
import { type Usable, unusable, usable } from "./usable.ts";

/** Maximum size of a profile or policy, in bytes. */
export const MAX_FILE_SIZE = 4 * 1024 * 1024;

/** A text, and where it is from. */
export interface TrustedText {
  readonly text: string;
  readonly context: FileContext;
}

/** Where a file stands, and what stands beside it. */
export type FileContext = Pick<PlacedRead, "uid" | "mount" | "directory" | "beside">;

/**
 * Reads a text, or says how far the way to it leads.
 *
 * @param suffix of the file beside it that is to be read as well; empty: none
 * @throws Refusal, or InvalidInput where it is not UTF-8
 */
export function readTrusted(
  host: Host,
  sought: Sought,
  suffix: string,
): TrustedText | "no file" | "no directory" {
  const { path, rule } = sought;
  const file = host.readPlaced(path, MAX_FILE_SIZE, suffix, rule !== undefined);
  if (rule !== undefined) {
    // Also where there is no such file: whoever may write to a directory can take one away.
    const flaw = flawOf(sought, file, file.trail.includes(OVERFLOW_UID) && hasStrangers(host));
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

/** Why there is no text of a file that is there. */
function whyNoText(host: Host, file: PlacedRead, { path, what, movable }: Sought): Refusal | InvalidInput {
  const shown = `${what} ${decodeBytes(path)}`;
  if (file.errno !== 0) {
    const reason = host.errorMessage(file.errno);
    const last = file.way.split("\0").at(-2);
    return new Refusal(
      file.errno === EACCES && file.directory === undefined && last !== undefined
        ? `${shown} cannot be read: the directory ${decodeBytes(last)} on the way may not be searched: ${reason}`
        : `${shown} cannot be read: ${reason}`,
      movable || file.errno !== EACCES
        ? undefined
        : `those who run tasks have to be able to read it: chmod 644 ${path}, and its directory: chmod 755`,
    );
  }
  if (isDirectory(file)) {
    return new Refusal(
      `${shown} is a directory`,
      "name a file; Docker makes a directory where the host's file of a bind mount is missing",
    );
  }
  if (!isRegular(file)) {
    return new Refusal(
      `${shown} is not a regular file`,
      isPipe(file) ? "write what comes through the pipe to a file, and name that" : undefined,
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

/** Where a file stands, whatever it is. */
export function contextOf(host: Host, path: ByteString, suffix: string): FileContext {
  return host.readPlaced(path, MAX_FILE_SIZE, suffix, false);
}

/**
 * The text beside a file, usable only if whoever could write it could also replace the file.
 *
 * Both were opened in the one directory, so that it does not matter who can change the way to that.
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
  // A file that is a mount of its own, as in a container, says nothing of who may write beside it.
  if (mount === undefined || beside.mount !== mount || directory.mount !== mount) {
    return unusable("the profile is not known to be on the same mount");
  }
  return beside.text === undefined || beside.grown ? unusable("it is no text") : usable(beside.text);
}

/**
 * Whether nobody else can write to it but that user and root. What belongs to nobody that this user namespace knows may be
 * anybody's.
 */
function isOnlyOf(one: Owned, owner: number): boolean {
  const known = one.uid === 0 || (one.uid === owner && owner !== OVERFLOW_UID);
  return known && !isWritableByOthers(one);
}

/** Whether directories of nobody's may be those of root outside of this user namespace. */
function hasStrangers(host: Host): boolean {
  const { text } = host.readFile("/proc/self/uid_map", MAX_FILE_SIZE);
  return text !== undefined && rootIsStranger(text);
}
