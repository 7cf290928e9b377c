/**
 * The profiles that the operands of `check` name: each file, and those of directories.
 */

import type { ByteString, Host } from "../../host.ts";
import { isDirectory, isRegular } from "../../load/file-kind.ts";
import { MAX_FILE_SIZE } from "../../load/files.ts";
import { canBeDirectory, pathIn } from "../directory-operand.ts";

/** What the operands name. */
export interface Named {
  /** Files, names and pipes as they were given, and the profiles of directories, by their paths. */
  readonly profiles: readonly ByteString[];
  /** The number of files of directories that are no profiles. */
  readonly others: number;
  /** Whether a directory with profiles was named. */
  readonly directories: boolean;
  /** The directories among {@link profiles}: they have none. */
  readonly empty: readonly ByteString[];
}

/**
 * Looks through the directories among the operands. As other programs that search directories do, it leaves out hidden files and
 * does not follow links to directories.
 */
export function namedBy(host: Host, operands: readonly ByteString[]): Named {
  const profiles: ByteString[] = [];
  let others = 0;
  let directories = false;
  const empty: ByteString[] = [];
  for (const operand of operands) {
    const names = canBeDirectory(operand) ? host.listDirectory(operand) : undefined;
    if (typeof names !== "object") {
      profiles.push(operand);
      continue;
    }
    const found: Found = { profiles: [], others: 0 };
    walk(host, operand, names, found);
    if (found.profiles.length === 0) {
      empty.push(operand);
    }
    profiles.push(...(found.profiles.length === 0 ? [operand] : found.profiles));
    directories ||= found.profiles.length > 0;
    others += found.others;
  }
  return { profiles, others, directories, empty };
}

interface Found {
  readonly profiles: ByteString[];
  others: number;
}

function walk(host: Host, directory: ByteString, names: readonly ByteString[], found: Found): void {
  for (const name of [...names].sort()) {
    if (name.startsWith(".")) {
      continue;
    }
    const path = pathIn(directory, name);
    const isNamedSo = /\.(?:json|ya?ml)$/.test(name);
    const status = host.lookAt(path);
    if (typeof status !== "number" && isDirectory(status)) {
      const below = host.listDirectory(path);
      if (typeof below === "number") {
        found.profiles.push(path);
      } else {
        walk(host, path, below, found);
      }
    } else if (isNamedSo && mayBeProfile(host, path)) {
      found.profiles.push(path);
    } else if (isNamedSo) {
      found.others += 1;
    }
  }
}

/** Words of which every profile has one, also one with mistakes, and other files of these kinds have none. */
const WORDS = /SCMP_ACT_|default_?action|mismatch_action/i;

/** Whether a file may be meant as a profile. One that cannot be read may be: `check` then says why. */
function mayBeProfile(host: Host, path: ByteString): boolean {
  const file = host.readBytes(path, MAX_FILE_SIZE);
  if (file.errno !== 0 || !isRegular(file)) {
    return file.errno !== 0;
  }
  return file.bytes === undefined || WORDS.test(withoutEscapes(file.bytes));
}

/** A text in which letters that are written by their numbers, as JSON and YAML may have them in strings, are letters. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(?:x([\da-f]{2})|u00([\da-f]{2})|U000000([\da-f]{2}))/gi, (_, x, u, U) =>
    String.fromCharCode(Number.parseInt(x ?? u ?? U, 16)),
  );
}
