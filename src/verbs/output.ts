/**
 * Where verbs and dry runs print: what cannot be written ends them, so that nobody takes a part for all.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host, NativeHost, PathStatus } from "../host.ts";
import { EACCES, EBUSY, ENOENT, EPERM, EROFS } from "../load/errno.ts";
import { isRegular } from "../load/file-kind.ts";
import { processStatus } from "../load/target.ts";

/** Thrown where standard output does not take what is printed. */
export class OutputError extends Refusal {}

/** The host as verbs have it: a text is printed, or an exception is thrown. */
export interface VerbHost extends Host {
  /**
   * Writes the whole text, as UTF-8. Whether a message on standard error reaches anybody changes nothing.
   *
   * @throws OutputError
   */
  write(fd: 1 | 2, text: string): void;
  /**
   * Writes all bytes to standard output.
   *
   * @throws OutputError
   */
  writeBytes(bytes: ByteString): void;
  /**
   * To be called when all is printed: only now some file systems say that it is lost.
   *
   * @throws OutputError
   */
  finish(): void;
}

/** Makes sure that each failure of the host's is looked at. */
export function hostForVerbs(native: NativeHost): VerbHost {
  let printed = false;
  const check = (errno: number): void => {
    if (errno !== 0) {
      throw new OutputError(`cannot write standard output: ${native.errorMessage(errno)}`);
    }
    printed = true;
  };
  return {
    ...native,
    write: (fd, text) => {
      const errno = native.write(fd, text);
      if (fd === 1) {
        check(errno);
      }
    },
    writeBytes: (bytes) => check(native.writeBytes(bytes)),
    finish: () => {
      if (printed) {
        check(native.closeOutput());
      }
    },
  };
}

/** What keeps a file from being replaced that can be written to: its directory, its owner, a mount upon it. */
const NOT_REPLACEABLE: readonly number[] = [EACCES, EBUSY, EPERM, EROFS];

/**
 * Writes what a verb has made to the file of its `-o`.
 *
 * A file appears whole or not at all, in the place of the one that a link leads to. One that cannot be replaced is written
 * over, and so is what is no file: a device, a pipe, one of this process's descriptors (/dev/stdout).
 *
 * @throws Refusal
 */
export function writeOutputFile(host: Host, path: ByteString, bytes: ByteString): void {
  const place = placeToReplace(host, path);
  const replaced = place === undefined ? EPERM : host.replaceFile(place, bytes, true);
  let errno = NOT_REPLACEABLE.includes(replaced) ? host.writeFile(path, bytes) : replaced;
  if (errno === ENOENT && place !== undefined) {
    // There is nothing to write over: what matters is why nothing could be put there.
    errno = replaced;
  }
  if (errno !== 0) {
    throw new Refusal(`${decodeBytes(path)} cannot be written: ${host.errorMessage(errno)}`);
  }
}

/** S_ISVTX and S_IWOTH of inode(7): what a directory such as /tmp has. */
const SHARED = 0o1002;
/** PROC_SUPER_MAGIC of include/uapi/linux/magic.h at v6.18. */
const PROC = 0x9fa0;
/** As many as the kernel follows: MAXSYMLINKS of include/linux/namei.h at v6.18. */
const MAX_LINKS = 40;

/**
 * Refuses what somebody else has put where everybody may: a link would lead our output into another file, and a file or a pipe
 * would give it to him. So does the kernel where fs.protected_symlinks, fs.protected_regular and fs.protected_fifos are set
 * (proc_sys_fs(5)); but it does not see that it is a link that is followed here.
 */
function refusePlanted(host: Host, path: ByteString, place: ByteString, status: PathStatus): void {
  const { uid, directory } = status;
  const shared = (directory.mode & SHARED) === SHARED;
  if (shared && uid !== directory.uid && uid !== processStatus(host).euid) {
    throw new Refusal(
      `${decodeBytes(path)} cannot be written: ${decodeBytes(place)} belongs to user ${uid}, and stands where everybody can put files (mode ${(directory.mode & 0o7777).toString(8)})`,
      "name a file in a directory of your own",
    );
  }
}

/**
 * The path, behind all links, of a file or of nothing; undefined where it is something else.
 *
 * @throws Refusal
 */
function placeToReplace(host: Host, path: ByteString): ByteString | undefined {
  let place = path;
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const status = host.lookAt(place);
    if (typeof status === "number") {
      return status === ENOENT && !place.endsWith("/") ? place : undefined;
    }
    refusePlanted(host, path, place, status);
    const { fileSystem, link } = status;
    if (link === undefined) {
      return isRegular(status) ? place : undefined;
    }
    // What such a link says of itself is only what it was called when it was opened.
    if (fileSystem === PROC) {
      return undefined;
    }
    place = link.startsWith("/") ? link : `${place.slice(0, place.lastIndexOf("/") + 1)}${link}`;
  }
  return undefined;
}
