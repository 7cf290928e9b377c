/**
 * What C libraries call where an architecture lacks a call, or has a wider one: a program that was tried on one architecture
 * calls something else on another.
 *
 * The generic table, which aarch64, loongarch64 and riscv64 have, lacks calls that a more general one replaces
 * (include/uapi/asm-generic/unistd.h at v6.12). On 32-bit architectures calls with 32-bit user ids, 64-bit offsets and
 * more arguments stand beside the old ones: chown(2), fcntl(2), mmap2(2), select(2), stat(2), statfs(2), "C library/kernel
 * differences".
 */

/** For each call those that replace it, the first that the architecture has; of `a|b` some libraries call one, some the other. */
const WHERE_ABSENT: Readonly<Record<string, readonly string[]>> = {
  access: ["faccessat"],
  alarm: ["setitimer"],
  chmod: ["fchmodat"],
  chown: ["fchownat"],
  creat: ["openat"],
  dup2: ["dup3"],
  epoll_create: ["epoll_create1"],
  epoll_wait: ["epoll_pwait"],
  eventfd: ["eventfd2"],
  fork: ["clone"],
  getdents: ["getdents64"],
  getpgrp: ["getpgid"],
  getrlimit: ["ugetrlimit|prlimit64"],
  inotify_init: ["inotify_init1"],
  lchown: ["fchownat"],
  link: ["linkat"],
  lstat: ["newfstatat", "statx"],
  mkdir: ["mkdirat"],
  mknod: ["mknodat"],
  mmap: ["mmap2"],
  newfstatat: ["fstatat64|statx"],
  open: ["openat"],
  pause: ["ppoll"],
  pipe: ["pipe2"],
  poll: ["ppoll"],
  readlink: ["readlinkat"],
  recv: ["recvfrom"],
  rename: ["renameat", "renameat2"],
  renameat: ["renameat2"],
  rmdir: ["unlinkat"],
  select: ["_newselect|pselect6|pselect6_time64"],
  send: ["sendto"],
  setrlimit: ["prlimit64"],
  signalfd: ["signalfd4"],
  stat: ["newfstatat", "statx"],
  symlink: ["symlinkat"],
  time: ["clock_gettime"],
  unlink: ["unlinkat"],
  utime: ["utimensat"],
  utimes: ["utimensat"],
  vfork: ["clone"],
};

/** What programs of 32-bit architectures call instead, although the architecture has both. */
const WHERE_NARROW: Readonly<Record<string, string>> = {
  chown: "chown32",
  fchown: "fchown32",
  fcntl: "fcntl64",
  fstat: "fstat64|fstatat64|statx",
  fstatfs: "fstatfs64",
  ftruncate: "ftruncate64",
  getegid: "getegid32",
  geteuid: "geteuid32",
  getgid: "getgid32",
  getgroups: "getgroups32",
  getuid: "getuid32",
  lchown: "lchown32",
  lseek: "_llseek",
  lstat: "lstat64|fstatat64|statx",
  mmap: "mmap2",
  select: "_newselect|pselect6|pselect6_time64",
  setgid: "setgid32",
  setgroups: "setgroups32",
  setresgid: "setresgid32",
  setresuid: "setresuid32",
  setuid: "setuid32",
  stat: "stat64|fstatat64|statx",
  statfs: "statfs64",
  truncate: "truncate64",
};

/**
 * What glibc calls by itself where a program uses the function of the same name, although the architecture has both: for example
 * sleep(1) uses nanosleep(3), which makes clock_nanosleep. Seen with strace in programs of glibc 2.36 on x86_64, from
 * {@link GLIBC_CALLS_SINCE} on for certain, some long before (clock_nanosleep since 2.31); the files are those of
 * sysdeps/unix/sysv/linux. musl 1.2.3 and Go make the calls that are named, but for eventfd, signalfd, getdents, getrlimit,
 * setrlimit and the times of files. What a dynamically linked program needs to start is in program-starts.ts.
 */
export const GLIBC_CALLS: Readonly<Record<string, string>> = {
  eventfd: "eventfd2",
  futimesat: "utimensat",
  getdents: "getdents64",
  getrlimit: "prlimit64",
  lstat: "newfstatat",
  mknod: "mknodat",
  nanosleep: "clock_nanosleep",
  pipe: "pipe2",
  select: "pselect6",
  semop: "semtimedop",
  setrlimit: "prlimit64",
  signalfd: "signalfd4",
  stat: "newfstatat",
  utime: "utimensat",
  utimes: "utimensat",
};

/** The minor version of glibc 2 that makes a call of {@link GLIBC_CALLS} first, where that is certain; the others are made by {@link GLIBC_CALLS_SINCE} and some versions before. */
export const GLIBC_CALL_SINCE: Readonly<Record<string, number>> = { clock_nanosleep: 31, newfstatat: 33 };

/** Those that musl makes as well, unless the answer is ENOSYS: src/misc/getrlimit.c and setrlimit.c of musl 1.2.5. */
export const MUSL_CALLS: readonly string[] = ["prlimit64"];

/** The minor version of glibc 2 from which on all of {@link GLIBC_CALLS} are made. */
export const GLIBC_CALLS_SINCE = 36;

/** A call, and what programs call instead of it on some architectures. */
export interface Counterpart {
  readonly name: string;
  /** In order: the first of which an architecture has a call is called there, if it lacks the call itself. */
  readonly whereAbsent: readonly Calls[];
  /** Called on 32-bit architectures that have it, whether they have the call itself or not; undefined if there is none. */
  readonly whereNarrow: Calls | undefined;
}

/** Of these some libraries call one, some another. */
export type Calls = readonly string[];

/** By name. */
export const counterparts: readonly Counterpart[] = [
  ...new Set([...Object.keys(WHERE_ABSENT), ...Object.keys(WHERE_NARROW)]),
]
  .sort()
  .map((name) => ({
    name,
    whereAbsent: (WHERE_ABSENT[name] ?? []).map((calls) => calls.split("|")),
    whereNarrow: WHERE_NARROW[name]?.split("|"),
  }));
