/**
 * With which errnos each system call can fail: those of its man page, and those that a filter of the caller's answers.
 */

/** What a caller's filter or a kernel without the call answers, whatever the call. */
const REFUSED = ["EPERM", "ENOSYS"];

/** What walking along a path can answer: path_resolution(7), and the ERRORS of each page that is named below. */
const PATH = ["EACCES", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOMEM", "ENOTDIR", "EIO"];

/** What opening a file can answer: open(2). */
const OPENING = [
  ...PATH,
  "EAGAIN",
  "EINTR",
  "EINVAL",
  "EISDIR",
  "EMFILE",
  "ENFILE",
  "ENODEV",
  "ENXIO",
  "EOVERFLOW",
  "ETXTBSY",
];

/** The ERRORS of section 2 of the manual; brk(2), which reports no errno, is not among them. */
const ERRNOS: Readonly<Record<string, readonly string[]>> = {
  access: [...PATH, "EFAULT", "EINVAL", "EROFS", "ETXTBSY"],
  arch_prctl: ["EFAULT", "EINVAL"],
  capget: ["EFAULT", "EINVAL", "ESRCH"],
  chdir: [...PATH],
  clock_gettime: ["EFAULT", "EINVAL"],
  clone: ["EAGAIN", "EINVAL", "ENOMEM", "ENOSPC", "EUSERS"],
  close: ["EBADF", "EINTR", "EIO", "ENOSPC", "EDQUOT"],
  close_range: ["EMFILE", "EINVAL", "ENOMEM"],
  execve: [
    ...PATH,
    "E2BIG",
    "EAGAIN",
    "EFAULT",
    "EINVAL",
    "EISDIR",
    "ELIBBAD",
    "EMFILE",
    "ENFILE",
    "ENOEXEC",
    "ETXTBSY",
  ],
  faccessat: [...PATH, "EFAULT", "EINVAL", "EROFS", "ETXTBSY", "EBADF"],
  faccessat2: [...PATH, "EFAULT", "EINVAL", "EROFS", "ETXTBSY", "EBADF"],
  exit_group: [],
  fcntl: ["EACCES", "EAGAIN", "EBADF", "EINVAL", "EMFILE"],
  fstatfs: ["EBADF", "EFAULT", "EINTR", "EIO", "ENOMEM", "EOVERFLOW"],
  fstat: ["EBADF", "EFAULT", "EIO", "ENOMEM", "EOVERFLOW"],
  futex: ["EAGAIN", "EINTR", "EINVAL"],
  getdents64: ["EBADF", "EFAULT", "EINVAL", "ENOENT", "ENOTDIR", "EIO"],
  getegid: [],
  geteuid: [],
  getgid: [],
  getpid: [],
  getppid: [],
  getrandom: ["EAGAIN", "EFAULT", "EINTR", "EINVAL"],
  getuid: [],
  ioctl: ["EBADF", "EFAULT", "EINVAL", "ENOTTY"],
  lseek: ["EBADF", "EINVAL", "ENXIO", "EOVERFLOW", "ESPIPE"],
  madvise: ["EAGAIN", "EBADF", "EINVAL", "EIO", "ENOMEM"],
  mmap: ["EACCES", "EAGAIN", "EINVAL", "ENFILE", "ENOMEM"],
  mprotect: ["EACCES", "EINVAL", "ENOMEM"],
  mremap: ["EAGAIN", "EFAULT", "EINVAL", "ENOMEM"],
  munmap: ["EINVAL", "ENOMEM"],
  nanosleep: ["EFAULT", "EINTR", "EINVAL"],
  newfstatat: [...PATH, "EBADF", "EFAULT", "EINVAL", "EOVERFLOW"],
  open: OPENING,
  openat2: [...PATH, "E2BIG", "EAGAIN", "EINVAL", "EXDEV", "EMFILE", "ENFILE", "ENXIO"],
  openat: [...OPENING, "EBADF"],
  poll: ["EFAULT", "EINTR", "EINVAL", "ENOMEM"],
  prctl: ["EACCES", "EFAULT", "EINVAL", "ENODEV", "ENXIO", "EOPNOTSUPP"],
  prlimit64: ["EFAULT", "EINVAL", "ESRCH"],
  process_vm_readv: ["EFAULT", "EINVAL", "ENOMEM", "ESRCH"],
  read: ["EAGAIN", "EBADF", "EFAULT", "EINTR", "EINVAL", "EIO", "EISDIR"],
  readlink: [...PATH, "EFAULT", "EINVAL"],
  readlinkat: [...PATH, "EBADF", "EFAULT", "EINVAL"],
  rseq: ["EBUSY", "EFAULT", "EINVAL"],
  rt_sigprocmask: ["EFAULT", "EINVAL"],
  sched_yield: [],
  seccomp: ["EACCES", "EBUSY", "ECANCELED", "EFAULT", "EINVAL", "ENOMEM", "EOPNOTSUPP", "ESRCH"],
  set_robust_list: ["EINVAL"],
  set_tid_address: [],
  setsid: [],
  statx: [...PATH, "EBADF", "EFAULT", "EINVAL"],
  tgkill: ["EAGAIN", "EINVAL", "ESRCH"],
  uname: ["EFAULT"],
  unshare: ["EINVAL", "ENOMEM", "ENOSPC", "EUSERS"],
  wait4: ["ECHILD", "EINTR", "EINVAL"],
  write: ["EAGAIN", "EBADF", "EDQUOT", "EFAULT", "EFBIG", "EINTR", "EINVAL", "EIO", "ENOSPC", "EPIPE"],
  writev: ["EAGAIN", "EBADF", "EDQUOT", "EFAULT", "EFBIG", "EINTR", "EINVAL", "EIO", "ENOSPC", "EPIPE"],
};

/**
 * The errnos with which a call can fail.
 *
 * @throws where this is not known: a call that the launcher has come to make needs a line of its own
 */
export function errnosOf(call: string): readonly string[] {
  const errnos = ERRNOS[call];
  if (errnos === undefined) {
    throw new Error(
      `${call}(2) has no line in test/reliability/support/errnos.ts: add the ERRORS of its page`,
    );
  }
  return [...new Set([...errnos, ...REFUSED])];
}
