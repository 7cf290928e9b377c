/**
 * Output of verbs and dry runs. A failed write ends them, so that a part is never taken for the whole.
 */

import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host, NativeHost, PathStatus } from "../host.ts";
import { EACCES, EBUSY, ENOENT, EPERM, EROFS } from "../load/errno.ts";
import { isRegular } from "../load/file-kind.ts";
import { processStatus } from "../load/target.ts";
import { columnsOf } from "./render.ts";
import { unmarked, wrapped } from "./wrap.ts";

/** Thrown if standard output cannot be written. */
export class OutputError extends Refusal {}

/** The host as verbs see it: printing succeeds or throws. */
export interface VerbHost extends Host {
  /**
   * Writes the whole text, as UTF-8. A terminal gets lines no longer than it is wide, see `wrap.ts`. Failures on standard error are
   * ignored.
   *
   * @throws OutputError
   */
  write(fd: 1 | 2, text: string): void;
  /**
   * Writes a text to standard output whose lines end where they end, also at a terminal: JSON, listings.
   *
   * @throws OutputError
   */
  writeLines(text: string): void;
  /**
   * Writes a text that another program reads to standard output, as it is. People at a terminal see it as {@link writeLines} shows it.
   *
   * @throws OutputError
   */
  writeDocument(text: string): void;
  /**
   * Writes all bytes to standard output.
   *
   * @throws OutputError
   */
  writeBytes(bytes: ByteString): void;
  /**
   * Must be called after the last output: some file systems report a failed write only on close.
   *
   * @throws OutputError
   */
  finish(): void;
}

/** Wraps the host so that every failure is checked. */
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
      const columns = columnsOf(native, fd);
      const shown = harmless(native, fd, text);
      const errno = native.write(fd, columns === undefined ? unmarked(shown) : wrapped(shown, columns));
      if (fd === 1) {
        check(errno);
      }
    },
    writeLines: (text) => check(native.write(1, harmless(native, 1, text))),
    writeDocument: (text) => check(native.write(1, native.isTerminal(1) ? harmless(native, 1, text) : text)),
    writeBytes: (bytes) => check(native.writeBytes(bytes)),
    finish: () => {
      if (printed) {
        check(native.closeOutput());
      }
    },
  };
}

/** What `printable` escapes, but for tabs and line feeds. */
const HARMFUL =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The same, but for what this program itself sends to terminals: colours, and the line that `record` writes anew. */
const HARMFUL_TO_TERMINAL =
  /[\0-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\x1b(?!\[(?:\d+m|K))/g;

/**
 * Escapes what could control a terminal, or reorder a line, wherever it comes from. In JSON the escape means the same. Names from
 * outside may hold line feeds too: `printable` escapes these where a line is made of names.
 */
function harmless(native: NativeHost, fd: 1 | 2, text: string): string {
  return text.search(HARMFUL) >= 0
    ? text.replaceAll(native.isTerminal(fd) ? HARMFUL_TO_TERMINAL : HARMFUL, printable)
    : text;
}

/** Errors of a directory entry that cannot be replaced though the file can be written: its directory, its owner, a mount. */
const NOT_REPLACEABLE: readonly number[] = [EACCES, EBUSY, EPERM, EROFS];

/** Where a verb writes what it makes: `undefined` is standard output, as if it were not given. */
export const OUTPUT_OPTION = {
  name: "--output",
  short: "-o",
  value: "FILE",
  read: (value: ByteString): ByteString | undefined => (value === "-" ? undefined : value),
  help: "write to FILE",
} as const;

/**
 * Writes the output of a verb to the file of its `-o`.
 *
 * The file appears whole or not at all; a symbolic link is followed and its target replaced. A file that cannot be replaced is
 * overwritten, and so is one that is not regular: a device, a pipe, one of this process's descriptors (/dev/stdout).
 *
 * @throws Refusal
 */
export function writeOutputFile(host: Host, path: ByteString, bytes: ByteString): void {
  const place = placeToReplace(host, path);
  const replaced = place === undefined ? EPERM : host.replaceFile(place, bytes, true);
  let errno = NOT_REPLACEABLE.includes(replaced) ? host.writeFile(path, bytes) : replaced;
  if (errno === ENOENT && place !== undefined) {
    // There is no file to overwrite: report why none could be created.
    errno = replaced;
  }
  if (errno !== 0) {
    throw new Refusal(`${decodeBytes(path)} cannot be written: ${host.errorMessage(errno)}`);
  }
}

/** S_ISVTX and S_IWOTH of inode(7): the mode bits of a shared directory such as /tmp. */
const SHARED = 0o1002;
/** PROC_SUPER_MAGIC of include/uapi/linux/magic.h at v6.18. */
const PROC = 0x9fa0;
/** The kernel's limit: MAXSYMLINKS of include/linux/namei.h at v6.18. */
const MAX_LINKS = 40;

/**
 * Refuses what another user has put into a directory that all can write to: a link would direct the output to another file, and
 * a file or a pipe would give it to that user. The kernel refuses the same if fs.protected_symlinks, fs.protected_regular and
 * fs.protected_fifos are set (proc_sys_fs(5)), but it does not see the links that are followed here.
 */
function refusePlanted(host: Host, path: ByteString, place: ByteString, status: PathStatus): void {
  const { uid, directory } = status;
  const shared = (directory.mode & SHARED) === SHARED;
  if (shared && uid !== directory.uid && uid !== processStatus(host).euid) {
    throw new Refusal(
      `${decodeBytes(path)} cannot be written: ${decodeBytes(place)} belongs to user ${uid} and lies in a directory that all users can write to (mode ${(directory.mode & 0o7777).toString(8)})`,
      "name a file in a directory of your own",
    );
  }
}

/**
 * The path, after all links, of a regular file or of nothing; undefined for anything else.
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
    // The text of a link in /proc is only the name under which the file was opened.
    if (fileSystem === PROC) {
      return undefined;
    }
    place = link.startsWith("/") ? link : `${place.slice(0, place.lastIndexOf("/") + 1)}${link}`;
  }
  return undefined;
}
