/**
 * Opens and reads files by system calls, and sees what was opened: the file that is judged is the file that is read.
 */

import { closeSync, fstatSync, readFileSync, readSync } from "node:fs";
import type { ByteString, FileRead, Owned } from "../src/host.ts";
import { isRegular } from "../src/load/file-kind.ts";
import { cString, holdsNul, type Native, NUL_IN_PATH } from "./native.ts";
import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDONLY } from "./open-flags.ts";

const EINTR = 4;

/** The flags for opening a file to read. O_NONBLOCK keeps the open of a fifo from waiting for a writer. */
export const READING = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

/** AT_FDCWD of openat(2). */
export const WORKING_DIRECTORY = -100;

/** The errno of a call that failed. */
export class Errno extends Error {
  constructor(readonly errno: number) {
    super(`errno ${errno}`);
  }
}

/** What an open descriptor leads to. */
export interface Opened extends Owned {
  /** Device and inode: the same for the same file. */
  readonly id: string;
  readonly inode: bigint;
}

/** Opens files; a descriptor is closed when the function that uses it returns. */
export class Files {
  constructor(private readonly native: Native) {}

  /**
   * openat(2)
   *
   * @throws Errno
   */
  open(directory: number, name: ByteString, flags: number): number {
    if (holdsNul(name)) {
      throw new Errno(NUL_IN_PATH);
    }
    const path = cString(name);
    for (;;) {
      const fd = this.native.call("openat", directory, path, flags, 0);
      if (fd >= 0) {
        return fd;
      }
      if (fd !== -EINTR) {
        throw new Errno(-fd);
      }
    }
  }

  close(fd: number): void {
    closeSync(fd);
  }

  /** fstat(2), and the mount, which /proc shows also of a descriptor with O_PATH (proc(5), fdinfo). */
  look(fd: number): Opened {
    const { mode, uid, dev, ino } = fstatSync(fd, { bigint: true });
    const mount = mountOf(fd);
    return {
      mode: Number(mode),
      uid: Number(uid),
      id: `${dev}:${ino}`,
      inode: ino,
      ...(mount === undefined ? {} : { mount }),
    };
  }

  /** readlinkat(2) of a link that is open. */
  linkTarget(fd: number): ByteString {
    const target = Buffer.alloc(4096);
    const length = this.native.call("readlinkat", fd, cString(""), target, target.length);
    if (length < 0) {
      throw new Errno(-length);
    }
    return target.toString("latin1", 0, length);
  }

  /** `f_type` of fstatfs(2), the first word of struct statfs. */
  fileSystem(fd: number): number {
    const status = Buffer.alloc(256);
    const result = this.native.call("fstatfs", fd, status);
    if (result < 0) {
      throw new Errno(-result);
    }
    return Number(new BigInt64Array(status.buffer, status.byteOffset, 1)[0]);
  }

  /** As `HostFiles.readFile`: opens the file in a directory, and reads it if it is regular and not larger than the limit. */
  read(directory: number, name: ByteString, flags: number, limit: number): FileRead {
    const fd = this.open(directory, name, flags);
    try {
      return readOpen(fd, limit);
    } finally {
      this.close(fd);
    }
  }
}

/** A failed read, which has only the errno. */
export function failed(error: unknown): FileRead {
  if (!(error instanceof Errno)) {
    throw error;
  }
  return { errno: error.errno, mode: 0, uid: 0, size: 0, links: 0, grown: false };
}

function mountOf(fd: number): number | undefined {
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1];
    return id === undefined ? undefined : Number(id);
  } catch {
    return undefined;
  }
}

function readOpen(fd: number, limit: number): FileRead {
  const { mode, uid, size, nlink } = fstatSync(fd);
  const status = { errno: 0, mode, uid, links: nlink };
  if (!isRegular({ mode }) || size > limit) {
    return { ...status, size, grown: false };
  }
  const bytes = contentOf(fd, limit);
  // Files of /proc have size 0, and others may have grown since.
  const seen = { ...status, size: Math.max(size, bytes.length), grown: bytes.length > size };
  if (bytes.length > limit) {
    return seen;
  }
  const text = bytes.toString("utf8");
  const valid = validText(bytes, text);
  return valid === undefined ? { ...seen, text } : { ...seen, invalidUtf8: placeAfter(valid) };
}

/** The content up to one byte more than the limit, which shows that there is more. */
function contentOf(fd: number, limit: number): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0; length <= limit; ) {
    const chunk = Buffer.alloc(Math.min(1 << 16, limit + 1 - length));
    const read = readSync(fd, chunk, 0, chunk.length, null);
    if (read === 0) {
      break;
    }
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks);
}

/** What a decoder puts in place of bytes that are not UTF-8; it may also stand in the text itself. */
const REPLACEMENT = "\u{fffd}";

/**
 * The text before the first byte that is not UTF-8; undefined if there is none.
 *
 * @param text the decoded bytes
 */
function validText(bytes: Buffer, text: string): string | undefined {
  let at = 0;
  for (let i = text.indexOf(REPLACEMENT), from = 0; i >= 0; i = text.indexOf(REPLACEMENT, from)) {
    at += Buffer.byteLength(text.slice(from, i));
    if (bytes.toString("latin1", at, at + 3) !== "\u{ef}\u{bf}\u{bd}") {
      return text.slice(0, i);
    }
    at += 3;
    from = i + 1;
  }
  return undefined;
}

/** Line and column after a text, from 1 and in UTF-16 units. */
function placeAfter(text: string): readonly [number, number] {
  const lines = text.split("\n");
  return [lines.length, (lines.at(-1) ?? "").length + 1];
}
