/**
 * The type of a file, from its mode: inode(7), "The file type and mode".
 */

/** The bits of `st_mode` that hold the file type. */
export const S_IFMT = 0o170000;
/** The file type of a directory. */
export const S_IFDIR = 0o040000;
const S_IFIFO = 0o010000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** A mode as fstat(2) gives it: file type and permission bits. */
interface WithMode {
  readonly mode: number;
}

/** Whether it is a regular file. */
export function isRegular({ mode }: WithMode): boolean {
  return (mode & S_IFMT) === S_IFREG;
}

/** Whether it is a directory. */
export function isDirectory({ mode }: WithMode): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

/** Whether it is a symbolic link. */
export function isLink({ mode }: WithMode): boolean {
  return (mode & S_IFMT) === S_IFLNK;
}

/** Whether it is a pipe, named or not. */
export function isPipe({ mode }: WithMode): boolean {
  return (mode & S_IFMT) === S_IFIFO;
}
