/**
 * Reads files that decide what a task may do: once, from one descriptor, and only if nobody else can change them.
 */

import { decodeBytes } from "../bytes.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, FileRead, Host } from "../host.ts";
import { EACCES, ENOENT, ENOTDIR } from "./errno.ts";

/** The largest profile or policy, in bytes. */
const LARGEST_FILE = 4 * 1024 * 1024;

/** The owner of files that belong to nobody in this user namespace: /proc/sys/kernel/overflowuid (user_namespaces(7)). */
const OVERFLOW_UID = 65534;

/** stat(2): the file type bits of st_mode, and two of their values. */
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
/** Write permission for the group and for others. */
const WRITABLE_BY_OTHERS = 0o022;

/** A text, and where it is from. */
export interface TrustedText {
  readonly text: string;
  readonly place: Place;
}

/** Who may decide what stands beside a file. */
export interface Place {
  /** The owner of the file. */
  readonly uid: number;
  /** The mount that it is on; undefined where the kernel does not say. */
  readonly mount: number | undefined;
}

/**
 * A text that can be trusted, or undefined where there is no such file.
 *
 * @param what what to call the file in messages
 * @param ofRoot whether root has to be its owner, and the only one who can change it
 * @throws Refusal, or InvalidInput where it is not UTF-8
 */
export function readTrusted(
  host: Host,
  path: ByteString,
  what: string,
  ofRoot: boolean,
): TrustedText | undefined {
  const file = host.readFile(path, LARGEST_FILE);
  if (file.errno === ENOENT || file.errno === ENOTDIR) {
    return undefined;
  }
  checkFile(host, file, `${what} ${decodeBytes(path)}`, ofRoot);
  if (file.text === undefined) {
    const [line, column] = file.invalidUtf8 ?? [1, 1];
    throw new InvalidInput(decodeBytes(path), [
      {
        code: "invalid-utf8",
        severity: "error",
        message: "this is not UTF-8",
        hint: "save the file as UTF-8",
        position: { line, column },
      },
    ]);
  }
  return { text: file.text, place: { uid: file.uid, mount: file.mount } };
}

/**
 * Reads a file that nobody could have put there who could not as well change another one beside it.
 *
 * @param place of that other one
 * @returns its text, or why it is not trusted
 */
export function readBeside(host: Host, path: ByteString, place: Place): { readonly text: string } | string {
  const file = host.readFile(path, LARGEST_FILE);
  if (file.errno === ENOENT) {
    return "there is none";
  }
  if (!isOnlyOf(file, place.uid)) {
    return "others could change it";
  }
  const directory = host.readFile(path.slice(0, path.lastIndexOf("/") + 1), 0);
  if (!isOnlyOf(directory, place.uid)) {
    return "others could change its directory";
  }
  // A file that is a mount of its own, as in a container, says nothing of who may write beside it.
  if (place.mount === undefined || file.mount !== place.mount || directory.mount !== place.mount) {
    return "the profile is not known to be on the same mount";
  }
  return file.text === undefined || file.grown ? "it is no text" : { text: file.text };
}

/**
 * Whether nobody else can write to it but that user and root. What cannot be looked at may be anybody's, and so may what
 * belongs to nobody that this user namespace knows.
 */
function isOnlyOf({ errno, uid, mode }: FileRead, owner: number): boolean {
  const known = uid === 0 || (uid === owner && uid !== OVERFLOW_UID);
  return errno === 0 && known && (mode & WRITABLE_BY_OTHERS) === 0;
}

/**
 * Refuses a directory that cannot be looked at, or that somebody else than root could change.
 *
 * @returns whether it is there
 * @throws Refusal
 */
export function checkDirectory(host: Host, path: ByteString, what: string): boolean {
  const directory = host.readFile(path, 0);
  if (directory.errno === ENOENT) {
    return false;
  }
  if (directory.errno !== 0) {
    throw new Refusal(
      `${what} cannot be read: ${host.errorMessage(directory.errno)}`,
      directory.errno === EACCES ? "let everybody read it: chmod 755" : undefined,
    );
  }
  if ((directory.mode & S_IFMT) !== S_IFDIR) {
    throw new Refusal(`${what} is not a directory`, "remove it, or make it one");
  }
  checkOwner(directory, what);
  return true;
}

/**
 * Refuses what somebody else than root could change.
 *
 * @throws Refusal
 */
function checkOwner(file: FileRead, shown: string): void {
  if (file.uid !== 0) {
    throw new Refusal(
      `${shown} belongs to user ${file.uid}, who could change it`,
      file.uid === OVERFLOW_UID
        ? "make root its owner: chown root; in a user namespace its owner may be nobody because it is not mapped"
        : "make root its owner: chown root",
    );
  }
  if ((file.mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new Refusal(
      `${shown} can be written by its group or by everybody (mode ${(file.mode & 0o7777).toString(8)})`,
      "take that away: chmod go-w",
    );
  }
}

function checkFile(host: Host, file: FileRead, shown: string, ofRoot: boolean): void {
  if (file.errno !== 0) {
    throw new Refusal(`${shown} cannot be read: ${host.errorMessage(file.errno)}`);
  }
  if ((file.mode & S_IFMT) !== S_IFREG) {
    const kind = (file.mode & S_IFMT) === S_IFDIR ? "a directory" : "not a regular file";
    throw new Refusal(`${shown} is ${kind}`);
  }
  if (file.size > LARGEST_FILE) {
    throw new Refusal(`${shown} has ${file.size} bytes; at most ${LARGEST_FILE} (4 MiB) are read`);
  }
  if (ofRoot) {
    checkOwner(file, shown);
    if (file.grown) {
      // /proc/PID/cmdline is root's where the process of another user is, who says what is in it.
      throw new Refusal(
        `${shown} has more in it than its size says`,
        "it is being written, or is one of /proc: name a file on a disk",
      );
    }
  }
}
