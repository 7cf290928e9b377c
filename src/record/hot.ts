/**
 * The calls that are allowed from the start of a recording, so that it costs a program little: most of all calls are of these
 * kinds, and none of them gives an attacker anything that a running program does not have.
 *
 * Measured by `strace -f -c` on bash pipelines, python3 with threads, node, git status in a tree of 30,000 files, sqlite3,
 * redis-server with redis-benchmark, nginx, and a build with make and gcc. A call that is in none of these among the most frequent
 * ones is not here, and neither is one with more power, however frequent: sendfile (the kernel's splice: CVE-2022-0847), fcntl
 * (signals to others by F_SETOWN), ioctl, open (openat is enough to start), sendmsg and recvmsg (they pass descriptors).
 */

/** Calls with the reason why they may be allowed unseen. */
export interface HotCalls {
  readonly names: readonly string[];
  /** Why allowing them gives an attacker nothing. */
  readonly why: string;
  /**
   * They are in the profile only if one of {@link MAKERS} was seen, since they work only on what that makes; absent: they always
   * are.
   */
  readonly on?: Made;
}

/** What some hot calls work on. */
export type Made = "epoll instance" | "socket" | "listening socket";

/** Calls by which a task receives a descriptor of any kind. */
const RECEIVING = ["recvmsg", "recvmmsg", "pidfd_getfd", "io_uring_setup"];

/** The calls by which a task comes to such a descriptor; none of them is hot. It may also have been given one at its start. */
export const MAKERS: Readonly<Record<Made, readonly string[]>> = {
  "epoll instance": ["epoll_create", "epoll_create1", ...RECEIVING],
  socket: ["socket", "socketpair", ...RECEIVING],
  "listening socket": ["listen", ...RECEIVING],
};

export const HOT_CALLS: readonly HotCalls[] = [
  {
    names: ["clone", "fork", "vfork"],
    why: "processes and threads of its own, without new namespaces; a signal that interrupts the wait for the recorder would make it fail",
  },
  {
    names: ["arch_prctl", "getrandom", "mprotect", "prlimit64"],
    why: "what every start calls, so that every profile must allow it; with --args, not memory that becomes executable",
  },
  {
    names: ["brk", "madvise", "mmap", "mmap2", "mremap", "munmap"],
    why: "memory of the process itself; the loader needs mmap, also of code",
  },
  {
    names: [
      "exit",
      "exit_group",
      "futex",
      "futex_time64",
      "rseq",
      "sched_yield",
      "set_robust_list",
      "set_tid_address",
    ],
    why: "waiting for, and ending of, threads and processes of its own; every C library makes these calls",
  },
  {
    names: ["restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn"],
    why: "what it does with signals that come; none sends one",
  },
  {
    names: ["_llseek", "close", "lseek", "pread64", "pwrite64", "read", "readv", "write", "writev"],
    why: "moving bytes through descriptors that it has",
  },
  {
    names: [
      "access",
      "faccessat",
      "fstat",
      "fstat64",
      "fstatat64",
      "getdents64",
      "lstat",
      "lstat64",
      "newfstatat",
      "openat",
      "readlink",
      "readlinkat",
      "stat",
      "stat64",
      "statx",
    ],
    why: "opening files, which every start of a dynamic program needs, and what tells less about them than opening does",
  },
  {
    names: [
      "clock_getres",
      "clock_gettime",
      "clock_gettime64",
      "getcpu",
      "getegid",
      "getegid32",
      "geteuid",
      "geteuid32",
      "getgid",
      "getgid32",
      "getpid",
      "gettid",
      "gettimeofday",
      "getuid",
      "getuid32",
      "time",
    ],
    why: "the time, and the numbers of the process itself; mostly the vDSO or the C library answers",
  },
  {
    names: ["epoll_ctl", "epoll_pwait", "epoll_wait"],
    why: "waiting for descriptors that it has",
    on: "epoll instance",
  },
  {
    names: ["recv", "recvfrom", "send", "sendto"],
    why: "moving bytes through sockets that it has",
    on: "socket",
  },
  {
    names: ["accept", "accept4"],
    why: "taking connections at an address where it listens",
    on: "listening socket",
  },
];

/**
 * Not even `--exact` has these reported: they end the task or go on with what a signal interrupted, and a wait for the recorder
 * in between could be interrupted itself.
 */
export const NEVER_REPORTED: readonly string[] = [
  "exit",
  "exit_group",
  "restart_syscall",
  "rt_sigreturn",
  "sigreturn",
];

/** The names of all hot calls. */
export function hotNames(): readonly string[] {
  return HOT_CALLS.flatMap(({ names }) => names);
}
