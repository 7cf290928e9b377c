/**
 * Who can change or replace a file: judges the file, and each directory and link on its path.
 *
 * A user who can write to a directory can change what its names mean, by renaming or by linking to any other file of root.
 * So it is not enough that root owns the file. A directory that only root can write to cannot change between the check and
 * the next step, so the file that is judged is the file that is read.
 */

import { decodeBytes } from "../bytes.ts";
import type { ByteString, FileRead, Owned, PlacedRead } from "../host.ts";
import { isLink, isRegular, S_IFDIR, S_IFMT } from "./file-kind.ts";

/** The requirement on a file and its path. */
export type Rule =
  /** Only root can change what is read. */
  | "root"
  /**
   * The same, for a path that root has typed. It also permits a file directly in a directory such as /tmp, where other
   * users may have given the free name to a file of root, and an open descriptor, such as /dev/stdin.
   */
  | "typed";

/** The file to read. */
export interface Sought {
  readonly path: ByteString;
  /** Its name in messages. */
  readonly what: string;
  /** Undefined: any user may be able to change it. */
  readonly rule: Rule | undefined;
  /** Whether it could be elsewhere; else its directories must be fixed. */
  readonly movable: boolean;
}

/** What is wrong, and how to fix it. */
export interface Flaw {
  readonly message: string;
  readonly hint: string;
}

/** The owner shown for unmapped users in a user namespace: /proc/sys/kernel/overflowuid (user_namespaces(7)). */
export const OVERFLOW_UID = 65534;

/** The sticky bit: only its owner and the directory's can rename or remove an entry: unlink(2), rename(2), EPERM. */
const S_ISVTX = 0o001000;
/**
 * Write permission for the group and for others. This covers access control lists: with one, the group's bits are its
 * mask, which limits all that it grants to other users and groups (acl(5)).
 */
const WRITABLE_BY_OTHERS = 0o022;

/** Whether users other than the owner can write to it. */
export function isWritableByOthers({ mode }: Owned): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0;
}

/** A directory or a link on the path. */
interface Step extends Owned {
  readonly path: ByteString;
}

/**
 * The first flaw by which a user other than root could decide what is read.
 *
 * @param strangers whether {@link OVERFLOW_UID} may stand for root: {@link rootIsStranger}
 * @returns undefined if there is none
 */
export function flawOf(sought: Sought, read: PlacedRead, strangers: boolean): Flaw | undefined {
  const { trail, beyond } = read;
  /** The index in the trail of the next step's directory, if it is shared (sticky and writable by others). */
  let shared = -1;
  for (let i = 0; i < trail.length; i += 2) {
    const mode = trail[i] as number;
    const uid = trail[i + 1] as number;
    if (uid === 0 && (mode & (S_IFMT | WRITABLE_BY_OTHERS)) === S_IFDIR) {
      // The usual case.
      shared = -1;
      continue;
    }
    const link = isLink({ mode });
    // In such a namespace root outside owns nearly all parent directories. In a shared directory, the owner could be
    // any user.
    if (uid !== 0 && !(strangers && uid === OVERFLOW_UID && shared < 0)) {
      return ownerFlaw(sought, stepAt(read, i), link);
    }
    if (link) {
      if (shared >= 0) {
        return sharedFlaw(
          sought,
          `the link ${shownStep(read, i)} on the way to ${called(sought)}`,
          stepAt(read, shared),
        );
      }
    } else if ((mode & WRITABLE_BY_OTHERS) === 0) {
      shared = -1;
    } else if ((mode & S_ISVTX) !== 0) {
      // Entries owned by root stay there. Other users cannot have moved a directory of root there either, since
      // that takes write permission for the directory itself (rename(2), EACCES). They can move files and links.
      shared = i;
    } else {
      return modeFlaw(sought, stepAt(read, i));
    }
  }
  if (beyond !== undefined && (sought.rule !== "typed" || beyond !== "")) {
    return {
      message: `${called(sought)} is reached through ${shownStep(read, trail.length - 2)}, whose target cannot be checked`,
      hint: "name the file itself",
    };
  }
  if (read.errno !== 0 || !isRegular(read)) {
    return undefined;
  }
  return fileFlaw(sought, read, shared < 0 ? undefined : stepAt(read, shared));
}

function stepAt({ trail, way }: PlacedRead, at: number): Step {
  return {
    mode: trail[at] as number,
    uid: trail[at + 1] as number,
    path: way.split("\0")[at / 2] as ByteString,
  };
}

function shownStep(read: PlacedRead, at: number): string {
  return decodeBytes(stepAt(read, at).path);
}

/**
 * Whether {@link OVERFLOW_UID} may stand for root outside of a user namespace, and is not a user inside.
 *
 * @param map the text of /proc/self/uid_map: each line is a range, its first number inside, its first outside, and its
 * length (user_namespaces(7))
 */
export function rootIsStranger(map: string): boolean {
  const ranges = map.split("\n").map((line) => line.split(" ").filter(Boolean).map(Number));
  return ranges.every(([inside = 0, outside = 0, length = 0]) => {
    const knowsRoot = outside === 0 && length > 0;
    return !knowsRoot && (OVERFLOW_UID < inside || OVERFLOW_UID >= inside + length);
  });
}

function called({ what, path }: Sought): string {
  return `${what} ${decodeBytes(path)}`;
}

function fileFlaw(sought: Sought, file: FileRead, shared: Step | undefined): Flaw | undefined {
  if (file.uid !== 0) {
    const mend = `make root its owner: chown root ${decodeBytes(sought.path)}`;
    return {
      message: `${called(sought)} belongs to user ${file.uid}, who could change it`,
      hint:
        file.uid === OVERFLOW_UID
          ? `${mend}; in a user namespace, an owner that is not mapped shows as nobody`
          : mend,
    };
  }
  if (isWritableByOthers(file)) {
    return {
      message: `${called(sought)} is writable by its group or by others (mode ${octal(file)})`,
      hint: `remove that permission: chmod go-w ${decodeBytes(sought.path)}`,
    };
  }
  if (shared !== undefined) {
    if (sought.rule !== "typed") {
      return sharedFlaw(sought, called(sought), shared);
    }
    if (file.links !== 1) {
      return sharedFlaw(sought, `${called(sought)} has ${file.links} hard links and`, shared);
    }
  }
  if (file.grown) {
    // Root can own /proc/PID/cmdline of another user's process, and that user decides its content.
    return {
      message: `${called(sought)} is longer than its size`,
      hint: "it is being written, or is a file of /proc: name a regular file on a disk",
    };
  }
  return undefined;
}

function ownerFlaw(sought: Sought, step: Step, isLink: boolean): Flaw {
  const path = decodeBytes(step.path);
  const could = isLink ? "change its target" : "put another file there";
  return {
    message: `the ${isLink ? "link" : "directory"} ${path} on the way to ${called(sought)} belongs to user ${step.uid}, who could ${could}`,
    hint: isLink ? elsewhere(sought) : mended(sought, step, `make root its owner: chown root ${path}`),
  };
}

function modeFlaw(sought: Sought, step: Step): Flaw {
  const path = decodeBytes(step.path);
  return {
    message: `the directory ${path} on the way to ${called(sought)} is writable by its group or by others (mode ${octal(step)}): they could put another file there`,
    hint: mended(sought, step, `remove that permission: chmod go-w ${path}`),
  };
}

function sharedFlaw(sought: Sought, subject: string, shared: Step): Flaw {
  return {
    message: `${subject} is directly in ${decodeBytes(shared.path)}, where other users can put files too (mode ${octal(shared)})`,
    hint: elsewhere(sought),
  };
}

/** How to fix a directory, unless others may need it as it is. */
function mended(sought: Sought, step: Step, mend: string): string {
  const above = `${sought.path.slice(0, sought.path.lastIndexOf("/"))}/`;
  if (!sought.movable) {
    return above.startsWith(step.path) ? mend : elsewhere(sought);
  }
  return above === `${step.path}/`
    ? `if it is for profiles alone, ${mend}; else ${elsewhere(sought)}`
    : elsewhere(sought);
}

function elsewhere({ movable }: Sought): string {
  return movable
    ? "keep the profile where only root can write, for example in /etc/seccomp-exec/profiles"
    : "put the file itself there instead of a link";
}

function octal({ mode }: Owned): string {
  return (mode & 0o7777).toString(8);
}
