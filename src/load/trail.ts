/**
 * Who can change a file, or put another one in its place: judges the file, and each directory and link on the way to it.
 *
 * Whoever may write to a directory can give its names another meaning: by renaming what is there, and by a link to any other file
 * of root's. So it is not enough that the file is root's. A directory that nobody else may write to cannot be changed between
 * the look at it and the step beyond, so that what is judged is what is read.
 */

import { decodeBytes } from "../bytes.ts";
import type { ByteString, FileRead, Owned, PlacedRead } from "../host.ts";
import { isLink, isRegular, S_IFDIR, S_IFMT } from "./file-kind.ts";

/** What is demanded of a file and of the way to it. */
export type Rule =
  /** Nobody but root can change what is read. */
  | "root"
  /**
   * The same, of a path that root has typed. Two things are left to root's word there: a file directly in a directory
   * such as /tmp, where others may have given the name to a file of root's while it was free; and an open descriptor,
   * as /dev/stdin.
   */
  | "typed";

/** The file that is looked for. */
export interface Sought {
  readonly path: ByteString;
  /** What to call it in messages. */
  readonly what: string;
  /** Undefined: anybody may be able to change it. */
  readonly rule: Rule | undefined;
  /** Whether it may as well stand elsewhere; else its directories have to be mended. */
  readonly movable: boolean;
}

/** What is wrong, and what to do about it. */
export interface Flaw {
  readonly message: string;
  readonly hint: string;
}

/** The owner of files that belong to nobody in this user namespace: /proc/sys/kernel/overflowuid (user_namespaces(7)). */
export const OVERFLOW_UID = 65534;

/** What is in such a directory can be renamed or removed by its owner and the directory's alone: unlink(2), rename(2), EPERM. */
const S_ISVTX = 0o001000;
/**
 * Write permission for the group and for others. Access control lists are within these: where there is one, the group's bits are
 * its mask, which bounds all that it gives to other users and groups (acl(5)).
 */
const WRITABLE_BY_OTHERS = 0o022;

/** Whether anybody else than the owner may write to it. */
export function isWritableByOthers({ mode }: Owned): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0;
}

/** A directory or a link on the way. */
interface Step extends Owned {
  readonly path: ByteString;
}

/**
 * The first thing for which somebody else than root could decide what is read.
 *
 * @param strangers whether what seems to belong to {@link OVERFLOW_UID} may be root's: {@link rootIsStranger}
 * @returns undefined: nobody could
 */
export function flawOf(sought: Sought, read: PlacedRead, strangers: boolean): Flaw | undefined {
  const { trail, beyond } = read;
  /** Where in the trail the directory of the next step is, if everybody may put something there. */
  let shared = -1;
  for (let i = 0; i < trail.length; i += 2) {
    const mode = trail[i] as number;
    const uid = trail[i + 1] as number;
    if (uid === 0 && (mode & (S_IFMT | WRITABLE_BY_OTHERS)) === S_IFDIR) {
      // As most are.
      shared = -1;
      continue;
    }
    const link = isLink({ mode });
    // Within such a namespace nearly all directories above one's own are those of root outside. In a shared directory it could
    // be anybody's.
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
      // What is root's in it stays there. A directory of root's cannot have been moved there by others either, since
      // that takes write permission for itself (rename(2), EACCES). Files and links can.
      shared = i;
    } else {
      return modeFlaw(sought, stepAt(read, i));
    }
  }
  if (beyond !== undefined && (sought.rule !== "typed" || beyond !== "")) {
    return {
      message: `${called(sought)} is reached through ${shownStep(read, trail.length - 2)}, and nobody can say who decides where that leads`,
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
 * Whether what seems to belong to {@link OVERFLOW_UID} may be root's outside of a user namespace, and is no user's inside.
 *
 * @param map of /proc/self/uid_map: each line is a range, its first number inside, its first outside, and its length
 * (user_namespaces(7))
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
          ? `${mend}; in a user namespace its owner may be nobody because it is not mapped`
          : mend,
    };
  }
  if (isWritableByOthers(file)) {
    return {
      message: `${called(sought)} can be written by its group or by everybody (mode ${octal(file)})`,
      hint: `take that away: chmod go-w ${decodeBytes(sought.path)}`,
    };
  }
  if (shared !== undefined) {
    if (sought.rule !== "typed") {
      return sharedFlaw(sought, called(sought), shared);
    }
    if (file.links !== 1) {
      return sharedFlaw(sought, `${called(sought)} has ${file.links} names, and`, shared);
    }
  }
  if (file.grown) {
    // /proc/PID/cmdline is root's where the process of another user is, who says what is in it.
    return {
      message: `${called(sought)} has more in it than its size says`,
      hint: "it is being written, or is one of /proc: name a file on a disk",
    };
  }
  return undefined;
}

function ownerFlaw(sought: Sought, step: Step, isLink: boolean): Flaw {
  const path = decodeBytes(step.path);
  const could = isLink ? "make it lead elsewhere" : "put another file there";
  return {
    message: `the ${isLink ? "link" : "directory"} ${path} on the way to ${called(sought)} belongs to user ${step.uid}, who could ${could}`,
    hint: isLink ? elsewhere(sought) : mended(sought, step, `make root its owner: chown root ${path}`),
  };
}

function modeFlaw(sought: Sought, step: Step): Flaw {
  const path = decodeBytes(step.path);
  return {
    message: `the directory ${path} on the way to ${called(sought)} can be written by its group or by everybody (mode ${octal(step)}): they could put another file there`,
    hint: mended(sought, step, `take that away: chmod go-w ${path}`),
  };
}

function sharedFlaw(sought: Sought, subject: string, shared: Step): Flaw {
  return {
    message: `${subject} stands directly in ${decodeBytes(shared.path)}, where others can put files too (mode ${octal(shared)})`,
    hint: elsewhere(sought),
  };
}

/** How to mend a directory, but for one that others may need as it is. */
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
