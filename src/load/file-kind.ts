/**
 * What a file is, by the kind in its mode: inode(7), "The file type and mode".
 */

/** The bits of `st_mode` that hold the kind. */
export const S_IFMT = 0o170000;
/** A directory's kind. */
export const S_IFDIR = 0o040000;
const S_IFIFO = 0o010000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/** What has a mode, as fstat(2) gives it: the kind and the permission bits. */
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
