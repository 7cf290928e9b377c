/**
 * Calls that do the same job: a profile that restricts one of them and leaves another open restricts nothing.
 *
 * Left out on purpose:
 * * io_uring, which does the job of many calls past every filter: `check` warns of it wherever it is open.
 * * socketcall and ipc: what a profile says about the calls that they make holds for them too (`src/policy/multiplex.ts`).
 * * socketpair beside socket: its two ends reach nobody but the program itself.
 * * setns beside clone and unshare: it makes no namespace.
 * * execve and execveat: a profile that denies execve starts nothing, so the other one cannot be closed.
 * * open_by_handle_at beside open: it needs a capability, and `check` warns of it for who has that.
 * * Calls that wait, sleep, or tell the time, a limit or an identity: nothing is gained by one of them that is denied.
 *
 * The man pages are those of Linux man-pages 6.03.
 */

/** What calls do, and how each of them is told to. */
export interface Job {
  /** Completes the sentence "but X and Y also ...". */
  readonly does: string;
  /**
   * Each call and its arguments: words `PARAMETER=VALUE` with the kernel's name of the parameter (`signatures.tsv`); all others are
   * 0. A value is a number, or a role in capitals: what the calls have in common. `PARAMETER=&ROLE`: the role is in memory, where no
   * filter sees it. `ROLE=NUMBER`: the call does the same as another one with that value.
   */
  readonly calls: readonly string[];
  /** The values of each role that are worth denying, the most telling first. */
  readonly roles?: Readonly<Record<string, readonly bigint[]>>;
  /** Only these values count, whatever values the conditions compare. */
  readonly onlyThese?: boolean;
  /** `whole`: one call replaces another that is always denied, but not one with conditions; `condition`: the other way round. */
  readonly instead?: "whole" | "condition";
  /** The denial of these calls tells what is meant; the others may be denied for another reason, or so that older ones are used. */
  readonly told?: readonly string[];
  /** Without this capability the kernel does the job for nobody. */
  readonly needs?: string;
  /** Why the other calls are enough, if that is not plain. One clause. */
  readonly why?: string;
  /** What to do about it, where denying the other calls would deny too much. */
  readonly mend?: string;
  /** The same where the default action lets calls through, so that a rule that allows restricts nothing. */
  readonly denial?: string;
  /** Whether the calls, with empty paths, descriptor -1 or descriptor 0, change nothing: they fail. */
  readonly harmless?: boolean;
}

/**
 * CLONE_NEW* and SIGCHLD of include/uapi/linux/sched.h and asm-generic/signal.h at v6.12. CLONE_NEWTIME (0x80) is left out: in
 * clone(2) the low byte is the signal at the end of the child (CSIGNAL; kernel/fork.c), so clone makes no time namespace.
 */
const NAMESPACES = [0x10000000n, 0x20000n, 0x40000000n, 0x20000000n, 0x8000000n, 0x4000000n, 0x2000000n];
const SIGCHLD = 17n;

/** include/uapi/asm-generic/fcntl.h and include/uapi/linux/fcntl.h at v6.12. */
const F_DUPFD = 0;
const F_DUPFD_CLOEXEC = 1030;

/** PROT_READ, PROT_WRITE and PROT_EXEC; SHM_EXEC of include/uapi/linux/shm.h at v6.12 is 0100000. */
const WRITE_AND_EXECUTE = 7n;

export const jobs: readonly Job[] = [
  {
    does: "change the mode of a file",
    told: ["chmod", "fchmod", "fchmodat"],
    calls: [
      "chmod mode=MODE",
      "fchmod fd=-1 mode=MODE",
      "fchmodat dfd=-100 mode=MODE",
      "fchmodat2 dfd=-100 mode=MODE",
    ],
    roles: { MODE: [0o4755n, 0o777n] },
    harmless: true,
  },
  {
    does: "change the owner of a file",
    calls: [
      "chown user=UID group=GID",
      "lchown user=UID group=GID",
      "fchown fd=-1 user=UID group=GID",
      "fchownat dfd=-100 user=UID group=GID",
      "chown32 user=UID group=GID",
      "lchown32 user=UID group=GID",
      "fchown32 fd=-1 user=UID group=GID",
    ],
    roles: { UID: [0n], GID: [0n] },
    harmless: true,
  },
  {
    does: "open files",
    told: ["open", "openat", "creat"],
    calls: [
      "open flags=FLAGS mode=MODE",
      "openat dfd=-100 flags=FLAGS mode=MODE",
      "openat2 dfd=-100 how=&FLAGS how=&MODE usize=24",
      // O_WRONLY | O_CREAT | O_TRUNC, of which only the first has the same value everywhere: open(2).
      "creat mode=MODE FLAGS=1",
    ],
    // O_RDONLY, O_WRONLY, O_RDWR.
    roles: { FLAGS: [0n, 1n, 2n], MODE: [0n] },
    harmless: true,
  },
  {
    does: "rename files",
    told: ["rename", "renameat"],
    calls: ["rename", "renameat", "renameat2"],
    harmless: true,
  },
  { does: "make links", calls: ["link", "linkat"], harmless: true },
  { does: "make symbolic links", calls: ["symlink", "symlinkat"], harmless: true },
  { does: "remove files", calls: ["unlink", "unlinkat dfd=-100"], harmless: true },
  // AT_REMOVEDIR
  {
    does: "remove directories",
    calls: ["rmdir", "unlinkat dfd=-100 flag=0x200"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "make directories",
    calls: ["mkdir mode=MODE", "mkdirat dfd=-100 mode=MODE"],
    roles: { MODE: [0o777n] },
    harmless: true,
  },
  {
    does: "make device nodes, pipes and files",
    calls: ["mknod mode=MODE dev=DEV", "mknodat dfd=-100 mode=MODE dev=DEV"],
    // S_IFCHR, S_IFBLK, S_IFIFO, S_IFREG: inode(7).
    roles: { MODE: [0o20666n, 0o60666n, 0o10666n, 0o100666n], DEV: [0n] },
    harmless: true,
  },
  {
    does: "tell the attributes of a file",
    told: ["stat", "lstat", "fstat", "newfstatat", "stat64", "lstat64", "fstat64", "fstatat64"],
    calls: [
      "stat",
      "lstat",
      "fstat fd=-1",
      "newfstatat dfd=-100",
      "stat64",
      "lstat64",
      "fstat64 fd=-1",
    ].concat("fstatat64 dfd=-100", "statx dfd=-100"),
    instead: "whole",
    harmless: true,
  },
  {
    does: "list directories",
    calls: ["getdents fd=-1", "getdents64 fd=-1", "readdir fd=-1"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "read symbolic links",
    calls: ["readlink", "readlinkat dfd=-100"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "ask what may be done with files",
    calls: ["access", "faccessat dfd=-100", "faccessat2 dfd=-100"],
    told: ["access", "faccessat"],
    instead: "whole",
    harmless: true,
  },
  { does: "change the directory", calls: ["chdir", "fchdir fd=-1"], instead: "whole", harmless: true },
  {
    does: "tell about filesystems",
    calls: ["statfs", "fstatfs fd=-1", "statfs64", "fstatfs64 fd=-1"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "list extended attributes",
    calls: ["listxattr", "llistxattr", "flistxattr fd=-1", "listxattrat dfd=-100"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "set extended attributes",
    calls: ["setxattr", "lsetxattr", "fsetxattr fd=-1", "setxattrat dfd=-100"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "read extended attributes",
    calls: ["getxattr", "lgetxattr", "fgetxattr fd=-1", "getxattrat dfd=-100"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "remove extended attributes",
    calls: ["removexattr", "lremovexattr", "fremovexattr fd=-1", "removexattrat dfd=-100"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "set the times of a file",
    calls: ["utime", "utimes", "futimesat dfd=-100", "utimensat dfd=-100", "utimensat_time64 dfd=-100"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "cut files",
    calls: ["truncate", "ftruncate fd=-1", "truncate64", "ftruncate64 fd=-1"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "send signals to other processes",
    calls: [
      "kill pid=PID sig=SIGNAL",
      "tkill pid=PID sig=SIGNAL",
      "tgkill tgid=PID pid=PID sig=SIGNAL",
      "rt_sigqueueinfo pid=PID sig=SIGNAL",
      "rt_tgsigqueueinfo tgid=PID pid=PID sig=SIGNAL",
      "pidfd_send_signal pidfd=&PID sig=SIGNAL",
    ],
    // Signal 0 is sent to nobody: kill(2).
    roles: { SIGNAL: [0n, 9n], PID: [1n] },
    why: "the first thread of a process has the number of the process",
  },
  {
    does: "start processes",
    calls: [
      `fork FLAGS=${SIGCHLD}`,
      // CLONE_VFORK | CLONE_VM | SIGCHLD
      "vfork FLAGS=0x4111",
      "clone clone_flags=FLAGS",
      "clone3 uargs=&FLAGS size=88",
    ],
    roles: { FLAGS: [SIGCHLD] },
    instead: "whole",
    told: ["fork", "vfork"],
    denial:
      "deny clone without CLONE_THREAD (SCMP_CMP_MASKED_EQ, value 65536, valueTwo 0), and vfork, and clone3 with ENOSYS",
    mend: "let clone through for threads only (SCMP_CMP_MASKED_EQ, value 65536, valueTwo 65536: CLONE_THREAD), and deny vfork, and clone3 with ENOSYS",
  },
  {
    does: "make namespaces",
    calls: ["clone clone_flags=FLAGS", "clone3 uargs=&FLAGS size=88", "unshare unshare_flags=FLAGS"],
    roles: { FLAGS: NAMESPACES },
    onlyThese: true,
    instead: "condition",
  },
  {
    does: "make namespaces",
    calls: ["unshare unshare_flags=FLAGS", "clone clone_flags=FLAGS", "clone3 uargs=&FLAGS size=88"],
    roles: { FLAGS: NAMESPACES },
    onlyThese: true,
    instead: "whole",
    why: "the child process has the new namespaces",
    denial:
      "deny clone with each of the flags CLONE_NEW* by a rule (SCMP_CMP_MASKED_EQ, the flag as value and as valueTwo), and clone3 with ENOSYS, as Docker does",
    mend: "let clone through only without the flags CLONE_NEW* (SCMP_CMP_MASKED_EQ, value 2114060288, valueTwo 0), and deny clone3 with ENOSYS, as Docker does",
  },
  {
    does: "read and change the memory of other processes",
    calls: ["ptrace", "process_vm_readv", "process_vm_writev"],
    instead: "whole",
  },
  {
    does: "mount filesystems",
    calls: ["mount", "move_mount"],
    instead: "whole",
    why: "fsopen(2) or open_tree(2) makes a mount, and move_mount(2) puts it in its place",
  },
  { does: "unmount filesystems", calls: ["umount", "umount2"], instead: "whole" },
  {
    does: "change the user of the process",
    calls: [
      "setuid uid=UID",
      "setreuid ruid=UID euid=UID",
      "setresuid ruid=UID euid=UID suid=UID",
      "setuid32 uid=UID",
      "setreuid32 ruid=UID euid=UID",
      "setresuid32 ruid=UID euid=UID suid=UID",
    ],
    roles: { UID: [0n] },
  },
  {
    does: "change the group of the process",
    calls: [
      "setgid gid=GID",
      "setregid rgid=GID egid=GID",
      "setresgid rgid=GID egid=GID sgid=GID",
      "setgid32 gid=GID",
      "setregid32 rgid=GID egid=GID",
      "setresgid32 rgid=GID egid=GID sgid=GID",
    ],
    roles: { GID: [0n] },
  },
  { does: "set supplementary groups", calls: ["setgroups", "setgroups32"], instead: "whole" },
  { does: "accept connections", calls: ["accept fd=-1", "accept4 fd=-1"], instead: "whole", harmless: true },
  {
    does: "send messages",
    calls: ["send fd=-1", "sendto fd=-1", "sendmsg fd=-1", "sendmmsg fd=-1 vlen=1"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "receive messages",
    calls: [
      "recv fd=-1",
      "recvfrom fd=-1",
      "recvmsg fd=-1",
      "recvmmsg fd=-1 vlen=1",
      "recvmmsg_time64 fd=-1 vlen=1",
    ],
    instead: "whole",
    harmless: true,
  },
  {
    does: "send to an address",
    calls: ["sendto addr=ADDRESS", "sendmsg msg=&ADDRESS", "sendmmsg mmsg=&ADDRESS vlen=1"],
    roles: { ADDRESS: [0x1000n] },
    instead: "condition",
  },
  {
    does: "read from descriptors",
    calls: ["read fd=FD", "readv fd=FD", "pread64 fd=FD", "preadv fd=FD", "preadv2 fd=FD"],
    roles: { FD: [0n, 3n] },
  },
  {
    does: "write to descriptors",
    calls: ["write fd=FD", "writev fd=FD", "pwrite64 fd=FD", "pwritev fd=FD", "pwritev2 fd=FD"],
    roles: { FD: [1n, 3n] },
  },
  {
    does: "copy descriptors",
    told: ["dup", "dup2", "dup3"],
    // dup gives the lowest free number, which a program chooses by what it closes; F_DUPFD the lowest from the third argument on.
    calls: [
      "dup2 oldfd=FROM newfd=TO",
      "dup3 oldfd=FROM newfd=TO",
      "dup fildes=FROM TO=9",
      ...["fcntl", "fcntl64"].flatMap((name) =>
        [F_DUPFD, F_DUPFD_CLOEXEC].map((command) => `${name} fd=FROM cmd=${command} arg=TO`),
      ),
    ],
    roles: { FROM: [0n], TO: [9n] },
    mend: `restrict dup, dup2 and dup3 in the same way, and fcntl where argument 1 is ${F_DUPFD} (F_DUPFD) or ${F_DUPFD_CLOEXEC} (F_DUPFD_CLOEXEC)`,
    denial: `deny dup, dup2 and dup3, and fcntl where argument 1 is ${F_DUPFD} (F_DUPFD) or ${F_DUPFD_CLOEXEC} (F_DUPFD_CLOEXEC)`,
  },
  { does: "make pipes", calls: ["pipe", "pipe2"], instead: "whole" },
  { does: "make event descriptors", calls: ["eventfd", "eventfd2"], instead: "whole", harmless: true },
  {
    does: "receive signals by a descriptor",
    calls: ["signalfd ufd=-1", "signalfd4 ufd=-1"],
    instead: "whole",
    harmless: true,
  },
  {
    does: "make epoll descriptors",
    calls: ["epoll_create", "epoll_create1"],
    instead: "whole",
    harmless: true,
  },
  { does: "watch files", calls: ["inotify_init", "inotify_init1"], instead: "whole", harmless: true },
  {
    does: "set limits",
    calls: ["setrlimit resource=RESOURCE", "prlimit64 resource=RESOURCE new_rlim=0x1000"],
    // RLIMIT_NOFILE of most architectures.
    roles: { RESOURCE: [7n] },
  },
  {
    does: "make memory that can be written and executed",
    calls: [
      "mmap prot=PROTECTION flags=0x22 len=4096",
      "mmap2 prot=PROTECTION flags=0x22 len=4096",
      "mprotect prot=PROTECTION",
      "pkey_mprotect prot=PROTECTION",
      `shmat shmflg=0x8000 PROTECTION=${WRITE_AND_EXECUTE}`,
      // READ_IMPLIES_EXEC: from then on, what mmap(2) makes readable is executable too (personality(2)).
      `personality personality=0x400000 PROTECTION=${WRITE_AND_EXECUTE}`,
    ],
    roles: { PROTECTION: [WRITE_AND_EXECUTE] },
    told: ["mmap", "mmap2", "mprotect", "pkey_mprotect", "shmat"],
    onlyThese: true,
    instead: "condition",
  },
  {
    does: "operate on descriptors",
    calls: ["fcntl cmd=COMMAND arg=ARGUMENT", "fcntl64 cmd=COMMAND arg=ARGUMENT"],
    roles: { COMMAND: [], ARGUMENT: [0n] },
  },
  {
    does: "set the clock",
    calls: [
      "settimeofday",
      "clock_settime",
      "clock_settime64",
      "stime",
      "adjtimex",
      "clock_adjtime",
      "clock_adjtime64",
    ],
    instead: "whole",
    needs: "CAP_SYS_TIME",
  },
  {
    does: "change how processes are scheduled",
    calls: ["sched_setscheduler", "sched_setattr"],
    instead: "whole",
    // Both fail for a null pointer.
    harmless: true,
  },
  { does: "keep memory from being swapped out", calls: ["mlock", "mlock2", "mlockall"], instead: "whole" },
  { does: "copy data between descriptors", calls: ["sendfile", "sendfile64"], instead: "whole" },
  { does: "change quotas", calls: ["quotactl", "quotactl_fd"], instead: "whole", needs: "CAP_SYS_ADMIN" },
  { does: "reach I/O ports", calls: ["ioperm", "iopl"], instead: "whole", needs: "CAP_SYS_RAWIO" },
  {
    does: "load kernel modules",
    calls: ["init_module", "finit_module"],
    instead: "whole",
    needs: "CAP_SYS_MODULE",
  },
  {
    does: "load another kernel",
    calls: ["kexec_load", "kexec_file_load"],
    instead: "whole",
    needs: "CAP_SYS_BOOT",
  },
];

/** How a call does a job. */
export interface Way {
  readonly name: string;
  /** The arguments by the kernel's names. */
  readonly parameters: readonly { readonly name: string; readonly value: bigint | string }[];
  /** Roles whose value is in memory. */
  readonly hidden: ReadonlySet<string>;
  /** Roles of which the call has one value. */
  readonly fixed: ReadonlyMap<string, bigint>;
}

/** Reads an element of {@link Job.calls}. Negative numbers are those of 32 bits. */
export function readWay(text: string): Way {
  const [name = "", ...words] = text.split(" ");
  const parameters: { name: string; value: bigint | string }[] = [];
  const hidden = new Set<string>();
  const fixed = new Map<string, bigint>();
  for (const word of words) {
    const [left = "", right = ""] = word.split("=");
    if (isRole(left)) {
      fixed.set(left, BigInt(right));
    } else if (right.startsWith("&")) {
      hidden.add(right.slice(1));
    } else {
      parameters.push({ name: left, value: isRole(right) ? right : BigInt.asUintN(32, BigInt(right)) });
    }
  }
  return { name, parameters, hidden, fixed };
}

function isRole(word: string): boolean {
  return /^[A-Z]+$/.test(word);
}
