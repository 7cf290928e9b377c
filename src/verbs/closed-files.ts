/**
 * Files of an operator's policy that the users of tasks cannot read, for `check-policy`: the launcher runs as that user.
 */

import { decodeBytes } from "../bytes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import type { ByteString, Host, Owned } from "../host.ts";
import { isDirectory } from "../load/file-kind.ts";
import { MAX_FILE_SIZE } from "../load/files.ts";
import { listed } from "../plural.ts";

/** A file that launches read. */
export interface ReadByTasks {
  readonly path: ByteString;
  /** "the profile". */
  readonly what: string;
  /** Its name among those that are refused together; undefined: without this file every task is refused. */
  readonly name: string | undefined;
  /** Whether tasks that ask for nothing run under it. */
  readonly isDefault: boolean;
  readonly pointer: string | undefined;
}

/** What keeps other users from a file: the file itself, or a directory on the way. */
interface Barrier extends Owned {
  readonly path: ByteString;
  readonly isDirectory: boolean;
}

/** Permission for others: to read a file, and to search a directory (path_resolution(7)). */
const OTHERS_READ = 0o004;
const OTHERS_SEARCH = 0o001;

/** A warning for each file or directory that keeps other users from what a launch reads. */
export function closedFiles(host: Host, files: readonly ReadByTasks[]): readonly Diagnostic[] {
  const barriers = new Map<ByteString, Barrier>();
  const behind = new Map<ByteString, ReadByTasks[]>();
  for (const file of files) {
    const barrier = barrierTo(host, file.path);
    if (barrier !== undefined) {
      barriers.set(barrier.path, barrier);
      addTo(behind, barrier.path, [file]);
    }
  }
  return [...barriers.values()].map((barrier) => closed(barrier, behind.get(barrier.path) ?? []));
}

function barrierTo(host: Host, path: ByteString): Barrier | undefined {
  const read = host.readPlaced(path, MAX_FILE_SIZE, "", true);
  const way = read.way.split("\0");
  for (let i = 0; i < read.trail.length; i += 2) {
    const step = { mode: read.trail[i] as number, uid: read.trail[i + 1] as number };
    if (isDirectory(step) && (step.mode & OTHERS_SEARCH) === 0) {
      return { ...step, path: way[i / 2] as ByteString, isDirectory: true };
    }
  }
  return read.errno === 0 && (read.mode & OTHERS_READ) === 0
    ? { mode: read.mode, uid: read.uid, path, isDirectory: false }
    : undefined;
}

function closed(barrier: Barrier, files: readonly ReadByTasks[]): Diagnostic {
  const [first] = files as readonly [ReadByTasks];
  const path = decodeBytes(barrier.path);
  const mode = (barrier.mode & 0o7777).toString(8);
  const subject = barrier.isDirectory
    ? `the directory ${path} on the way to ${first.what} ${decodeBytes(first.path)} cannot be searched`
    : `${first.what} ${path} cannot be read`;
  const names = files.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const under = names.length < files.length ? "" : ` under ${listed([...new Set(names)])}`;
  const nothing =
    under !== "" && files.some(({ isDefault }) => isDefault) ? ", and each that asks for nothing" : "";
  return {
    code: "unreadable",
    severity: "warning",
    message: `${subject} by users other than root (mode ${mode}): every task of theirs${under} is refused${nothing}`,
    hint: `chmod ${barrier.isDirectory ? 755 : 644} ${path}`,
    ...(first.pointer === undefined ? {} : { pointer: first.pointer }),
  };
}
