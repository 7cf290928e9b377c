/**
 * Calls as people read them: lines that strace 6.1 shows alike, layouts of other architectures, and memory that cannot be read.
 */

import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import { encodeBytes } from "../bytes.ts";
import type { ByteString } from "../host.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import { Reader } from "./memory.ts";
import { formatReadable, type ReadableCall, readableCall, type TaskMemory } from "./readable.ts";

function arch(name: string): Architecture {
  const found = architectureByName(name);
  assert.ok(found, name);
  return found;
}

/** What a test puts into memory: bytes as they are, words as `size` bytes, and addresses of other things. */
type Thing = ByteString | readonly (readonly [size: number, value: bigint | number | Thing])[];

/** The memory of a task, which a test fills; everything else cannot be read. */
class Memory implements TaskMemory {
  private readonly arch: Architecture;
  private readonly pieces: { readonly at: bigint; readonly bytes: ByteString }[] = [];
  private next = 0x10000n;
  reads = 0;
  asked = 0;

  constructor(of: Architecture) {
    this.arch = of;
  }

  put(thing: Thing): bigint {
    const bytes = typeof thing === "string" ? thing : thing.map((word) => this.word(...word)).join("");
    const at = this.next;
    this.next += BigInt(bytes.length) + 0x1000n;
    this.pieces.push({ at, bytes });
    return at;
  }

  private word(size: number, value: bigint | number | Thing): ByteString {
    const number = typeof value === "bigint" || typeof value === "number" ? BigInt(value) : this.put(value);
    const unsigned = BigInt.asUintN(size * 8, number);
    const bytes = Array.from({ length: size }, (_, i) =>
      String.fromCharCode(Number((unsigned >> BigInt(8 * i)) & 0xffn)),
    );
    return (this.arch.bigEndian ? bytes.reverse() : bytes).join("");
  }

  read(address: bigint, length: number): ByteString | undefined {
    this.reads += 1;
    this.asked += length;
    const piece = this.pieces.find(({ at, bytes }) => address >= at && address < at + BigInt(bytes.length));
    return piece?.bytes.slice(Number(address - piece.at)).slice(0, length);
  }
}

type Argument = bigint | number | Thing;

function callOn(name: string, call: string, ...args: readonly Argument[]): ReadableCall {
  const of = arch(name);
  const memory = new Memory(of);
  const registers = args.map((arg) =>
    BigInt.asUintN(64, typeof arg === "bigint" || typeof arg === "number" ? BigInt(arg) : memory.put(arg)),
  );
  const nr = seenNumber(of, syscallId(call));
  assert.ok(nr >= 0, `${name} has no ${call}`);
  return readableCall(of, nr, registers, memory);
}

/** The line of a call; arguments are numbers, strings of bytes that are in memory, and structs. */
function on(name: string, call: string, ...args: readonly Argument[]): string {
  return formatReadable(callOn(name, call, ...args));
}

function line(call: string, ...args: readonly Argument[]): string {
  return on("x86_64", call, ...args);
}

const AT_FDCWD = -100;
const sockaddr = (family: number, rest: ByteString): ByteString => String.fromCharCode(family, 0) + rest;
const IPV4 = sockaddr(2, `\x1f\x90\xc0\x00\x02\x07${"\0".repeat(8)}`);

/** The text of strace 6.1 for the same call, but for what the comments say. */
const AS_STRACE: readonly [string, string, ...Argument[]][] = [
  [
    'openat(AT_FDCWD, "/etc/shadow", O_RDONLY|O_CLOEXEC)',
    "openat",
    AT_FDCWD,
    "/etc/shadow\0",
    0o2000000,
    0x777,
  ],
  ['openat(AT_FDCWD, "f", O_WRONLY|O_CREAT|O_TRUNC, 0644)', "openat", AT_FDCWD, "f\0", 0o1101, 0o644],
  ['openat(AT_FDCWD, "d", O_RDWR|O_TMPFILE, 0600)', "openat", AT_FDCWD, "d\0", 0o20200002, 0o600],
  [
    'openat2(AT_FDCWD, "f", {flags=O_RDWR|O_CREAT, mode=0600, resolve=RESOLVE_NO_SYMLINKS|RESOLVE_BENEATH}, 24)',
    ...([
      "openat2",
      AT_FDCWD,
      "f\0",
      [
        [8, 0o102],
        [8, 0o600],
        [8, 12],
      ],
      24,
    ] as const),
  ],
  ["socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP)", "socket", 2, 0o2000001, 6],
  ["socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT)", "socket", 16, 3, 9],
  ["socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))", "socket", 17, 3, 0x300],
  ["socket(AF_UNIX, SOCK_DGRAM|SOCK_NONBLOCK, 0)", "socket", 1, 0o4002, 0],
  [
    'connect(9, {sa_family=AF_UNIX, sun_path="/run/nope"}, 110)',
    "connect",
    9,
    sockaddr(1, `/run/nope${"\0".repeat(99)}`),
    110,
  ],
  ['bind(9, {sa_family=AF_UNIX, sun_path=@"abstract"}, 11)', "bind", 9, sockaddr(1, "\0abstract"), 11],
  [
    "mmap(NULL, 4096, PROT_READ|PROT_EXEC, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
    "mmap",
    0,
    4096,
    5,
    0x22,
    -1,
    0,
  ],
  ["mprotect(NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC)", "mprotect", 0, 4096, 7],
  ["unshare(CLONE_NEWUSER|0x40000000000)", "unshare", 0x40010000000n],
  ["setns(9, CLONE_NEWNET)", "setns", 9, 0x40000000],
  ['prctl(PR_SET_NAME, "name")', "prctl", 15, "name\0", 7, 8],
  ["prctl(PR_SET_PDEATHSIG, SIGTERM)", "prctl", 1, 15, 5],
  ["prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN)", "prctl", 23, 21],
  ["personality(0xffffffff)", "personality", 0xffffffff],
  ["personality(PER_LINUX|ADDR_NO_RANDOMIZE)", "personality", 0x40000],
  ["fcntl(9, F_SETFL, O_RDWR|O_NONBLOCK)", "fcntl", 9, 4, 0o4002],
  ["fcntl(9, F_GETFD)", "fcntl", 9, 1, 77],
  ["fcntl(9, F_SETFD, FD_CLOEXEC)", "fcntl", 9, 2, 1],
  ["fcntl(9, F_DUPFD_CLOEXEC, 10)", "fcntl", 9, 1030, 10],
  ["ioctl(9, _IOC(_IOC_READ, 0x12, 0x34, 0xff), 0x99999)", "ioctl", 9, 0x80ff1234, 0x99999],
  ["ioctl(9, TCGETS, 0x99999)", "ioctl", 9, 0x5401, 0x99999],
  ["pipe2(0x12345, O_CLOEXEC)", "pipe2", 0x12345, 0o2000000],
  ["dup3(1, 9, 0)", "dup3", 1, 9, 0],
  ['mount(NULL, "/m", NULL, MS_MGC_VAL|MS_REMOUNT|MS_BIND, NULL)', "mount", 0, "/m\0", 0, 0xc0ed1020, 0],
  ["ptrace(PTRACE_TRACEME)", "ptrace", 0, 5, 6, 7],
  ["kill(1, SIGTERM)", "kill", 1, 15],
  ["tgkill(1, 2, SIGSYS)", "tgkill", 1, 2, 31],
  [
    "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG|SECCOMP_FILTER_FLAG_NEW_LISTENER, NULL)",
    ...(["seccomp", 1, 10, 0] as const),
  ],
  ["bpf(BPF_PROG_LOAD, NULL, 0)", "bpf", 5, 0, 0],
  ["keyctl(KEYCTL_REVOKE, 134217727)", "keyctl", 3, 0x7ffffff],
  [
    'mount("none", "/m", "tmpfs", MS_NOSUID|MS_NODEV, "size=1m")',
    "mount",
    "none\0",
    "/m\0",
    "tmpfs\0",
    6,
    "size=1m\0",
  ],
  ['umount2("/m", MNT_DETACH)', "umount2", "/m\0", 2],
  ['pivot_root("/a", "/b")', "pivot_root", "/a\0", "/b\0"],
  ["madvise(NULL, 4096, MADV_DONTNEED)", "madvise", 0, 4096, 4],
  [
    "clock_nanosleep(CLOCK_MONOTONIC, 0, {tv_sec=0, tv_nsec=1000}, NULL)",
    "clock_nanosleep",
    1,
    0,
    [
      [8, 0],
      [8, 1000],
    ],
    0,
  ],
  ["wait4(9, NULL, WNOHANG, NULL)", "wait4", 9, 0, 1, 0],
  ["setsockopt(9, SOL_SOCKET, SO_REUSEADDR, [1], 4)", "setsockopt", 9, 1, 2, [[4, 1]], 4],
  ["setsockopt(9, SOL_TCP, TCP_NODELAY, [1], 4)", "setsockopt", 9, 6, 1, [[4, 1]], 4],
  [
    'renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE)',
    "renameat2",
    AT_FDCWD,
    "a\0",
    AT_FDCWD,
    "b\0",
    1,
  ],
  ["splice(9, NULL, 8, NULL, 100, SPLICE_F_MOVE)", "splice", 9, 0, 8, 0, 100, 1],
  ['chmod("f", 04755)', "chmod", "f\0", 0o4755],
  ["umask(022)", "umask", 0o22],
  ["rt_sigprocmask(SIG_BLOCK, [INT CHLD], NULL, 8)", "rt_sigprocmask", 0, [[8, 0x10002]], 0, 8],
  ['write(9, "a\\tb\\"c\\\\\\n", 7)', "write", 9, 'a\tb"c\\\n', 7],
  ['pwrite64(9, "abc", 3, -5)', "pwrite64", 9, "abc", 3, -5],
  ['access("f", R_OK|X_OK)', "access", "f\0", 5],
  ['faccessat2(AT_FDCWD, "f", F_OK, AT_EACCESS)', "faccessat2", AT_FDCWD, "f\0", 0, 0x200],
  ['chown("f", -1, 0)', "chown", "f\0", -1, 0],
  [
    "timerfd_settime(9, TFD_TIMER_ABSTIME, {it_interval={tv_sec=1, tv_nsec=0}, it_value={tv_sec=2, tv_nsec=5}}, NULL)",
    ...([
      "timerfd_settime",
      9,
      1,
      [
        [8, 1],
        [8, 0],
        [8, 2],
        [8, 5],
      ],
      0,
    ] as const),
  ],
  ["shmget(IPC_PRIVATE, 0, IPC_CREAT|0600)", "shmget", 0, 0, 0o1600],
  ["semget(0x5, -1, IPC_CREAT|0644)", "semget", 5, -1, 0o1644],
  ["lseek(9, -5, SEEK_END)", "lseek", 9, -5, 2],
  ["close_range(5000, 4294967295, 0)", "close_range", 5000, 0xffffffff, 0],
  ['fchownat(AT_FDCWD, "", 0, 0, AT_EMPTY_PATH)', "fchownat", AT_FDCWD, "\0", 0, 0, 0x1000],
  ["waitid(P_PID, 9, NULL, WNOHANG|WEXITED, NULL)", "waitid", 1, 9, 0, 5, 0],
  ["mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE)", "mremap", 4096, 4096, 8192, 1, 7],
  ["setreuid(-1, 2147483647)", "setreuid", -1, 0x7fffffff],
  ["getpid()", "getpid", 1, 2, 3],
];

/** What strace shows otherwise: shorter or longer, in a further notation, or not at all. */
const OTHERWISE: readonly [string, string, ...Argument[]][] = [
  ["connect(9, {sa_family=AF_INET, sin_port=8080, sin_addr=192.0.2.7}, 16)", "connect", 9, IPV4, 16],
  [
    "connect(9, {sa_family=AF_INET6, sin6_port=443, sin6_addr=2001:db8::5:0:1}, 28)",
    ...([
      "connect",
      9,
      sockaddr(10, "\x01\xbb\0\0\0\0\x20\x01\x0d\xb8\0\0\0\0\0\0\0\x05\0\0\0\x01\0\0\0\0"),
      28,
    ] as const),
  ],
  [
    "connect(9, {sa_family=AF_INET6, sin6_port=1, sin6_addr=::ffff:127.0.0.1, sin6_scope_id=3}, 28)",
    ...([
      "connect",
      9,
      sockaddr(10, `\0\x01\0\0\0\0${"\0".repeat(10)}\xff\xff\x7f\0\0\x01\x03\0\0\0`),
      28,
    ] as const),
  ],
  [
    "bind(9, {sa_family=AF_NETLINK, nl_pid=12, nl_groups=3}, 12)",
    "bind",
    9,
    sockaddr(16, "\0\0\x0c\0\0\0\x03\0\0\0"),
    12,
  ],
  [
    "bind(9, {sa_family=AF_PACKET, sll_protocol=3, sll_ifindex=2}, 20)",
    "bind",
    9,
    sockaddr(17, `\0\x03\x02\0\0\0${"\0".repeat(12)}`),
    20,
  ],
  ["bind(9, {sa_family=AF_UNIX}, 2)", "bind", 9, sockaddr(1, ""), 2],
  ["bind(9, {sa_family=AF_ALG}, 88)", "bind", 9, sockaddr(38, "\0".repeat(86)), 88],
  ["bind(9, {sa_family=999}, 4)", "bind", 9, "\xe7\x03\0\0", 4],
  [
    'sendto(9, "datagram of quite some length, m"..., 43, MSG_DONTWAIT|MSG_NOSIGNAL, {sa_family=AF_INET, sin_port=8080, sin_addr=192.0.2.7}, 16)',
    ...(["sendto", 9, "datagram of quite some length, more than 32", 43, 0x4040, IPV4, 16] as const),
  ],
  [
    'sendmsg(9, {msg_name={sa_family=AF_INET, sin_port=8080, sin_addr=192.0.2.7}, msg_iov=[{iov_base="hello\\n", iov_len=6}]}, 0)',
    ...([
      "sendmsg",
      9,
      [
        [8, IPV4],
        [8, 16],
        [
          8,
          [
            [8, "hello\n"],
            [8, 6],
          ],
        ],
        [8, 1],
        [8, 0],
        [8, 0],
        [8, 0],
      ],
      0,
    ] as const),
  ],
  [
    'sendmmsg(9, [{msg_name=NULL, msg_iov=[{iov_base="a", iov_len=1}]}, ...], 2, MSG_NOSIGNAL)',
    ...([
      "sendmmsg",
      9,
      [
        [8, 0],
        [8, 0],
        [
          8,
          [
            [8, "a"],
            [8, 1],
          ],
        ],
        [8, 1],
        [8, 0],
        [8, 0],
        [8, 0],
      ],
      2,
      0x4000,
    ] as const),
  ],
  ["clone(CLONE_FS|CLONE_NEWUSER|SIGCHLD, NULL)", "clone", 0x10000211, 0, 1, 2, 3],
  [
    "clone3({flags=CLONE_NEWTIME|CLONE_NEWUSER, exit_signal=SIGCHLD}, 88)",
    ...(["clone3", [[8, 0x10000080], ...zeros(3), [8, 17], ...zeros(6)], 88] as const),
  ],
  ["prctl(PR_SET_NO_NEW_PRIVS, 1)", "prctl", 38, 1, 0, 0, 0],
  ["prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW)", "prctl", 47, 2, 13, 0, 0],
  ["prctl(PR_SET_SECCOMP, 9)", "prctl", 22, 9],
  ["ioctl(9, FICLONE, 5)", "ioctl", 9, 0x40049409, 5],
  ["keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING)", "keyctl", 0, -3, 0],
  ["futex(NULL, FUTEX_WAKE|FUTEX_PRIVATE_FLAG, 1)", "futex", 0, 0x81, 1, 2, 3, 4],
  [
    "futex(0x9000, FUTEX_WAIT, 1, {tv_sec=1, tv_nsec=0})",
    "futex",
    0x9000,
    0,
    1,
    [
      [8, 1],
      [8, 0],
    ],
    3,
    4,
  ],
  [
    "setrlimit(RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=RLIM_INFINITY})",
    "setrlimit",
    7,
    [
      [8, 1024],
      [8, -1],
    ],
  ],
  [
    "landlock_create_ruleset({handled_access_fs=LANDLOCK_ACCESS_FS_EXECUTE|LANDLOCK_ACCESS_FS_READ_FILE}, 8, 4)",
    ...(["landlock_create_ruleset", [[8, 5]], 8, 4] as const),
  ],
  [
    "landlock_add_rule(9, LANDLOCK_RULE_PATH_BENEATH, {allowed_access=LANDLOCK_ACCESS_FS_READ_DIR, parent_fd=5}, 0)",
    ...([
      "landlock_add_rule",
      9,
      1,
      [
        [8, 8],
        [4, 5],
      ],
      0,
    ] as const),
  ],
  ['mknod("n", S_IFCHR|0644, makedev(1, 3))', "mknod", "n\0", 0o20644, 0x103],
  [
    'execve("/bin/sh", ["sh", "-c", "echo a very long string that is "...], 0x10)',
    ...([
      "execve",
      "/bin/sh\0",
      [
        [8, "sh\0"],
        [8, "-c\0"],
        [8, "echo a very long string that is longer\0"],
        [8, 0],
      ],
      0x10,
    ] as const),
  ],
  [
    'writev(9, [{iov_base="a", iov_len=1}, {iov_base="bc", iov_len=2}, ...], 3)',
    ...([
      "writev",
      9,
      [
        [8, "a"],
        [8, 1],
        [8, "bc"],
        [8, 2],
      ],
      3,
    ] as const),
  ],
  [
    'utimensat(AT_FDCWD, "f", [{tv_sec=1, tv_nsec=2}, {tv_sec=0, tv_nsec=UTIME_OMIT}], AT_SYMLINK_NOFOLLOW)',
    ...([
      "utimensat",
      AT_FDCWD,
      "f\0",
      [
        [8, 1],
        [8, 2],
        [8, 0],
        [8, 0x3ffffffe],
      ],
      0x100,
    ] as const),
  ],
  [
    'mount_setattr(AT_FDCWD, "f", AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID, attr_clr=0, propagation=MS_PRIVATE}, 32)',
    ...([
      "mount_setattr",
      AT_FDCWD,
      "f\0",
      0x8000,
      [
        [8, 3],
        [8, 0],
        [8, 1 << 18],
        [8, 0],
      ],
      32,
    ] as const),
  ],
  ['quotactl(Q_QUOTAON|USRQUOTA, "/dev/a", 5, "/f")', "quotactl", 0x80000200, "/dev/a\0", 5, "/f\0"],
  ['fsconfig(9, FSCONFIG_SET_STRING, "k", "v", 0)', "fsconfig", 9, 1, "k\0", "v\0", 0],
  ["fsconfig(9, FSCONFIG_CMD_CREATE, NULL, NULL, 0)", "fsconfig", 9, 6, 0, 0, 0],
  [
    "sched_setscheduler(9, SCHED_FIFO|SCHED_RESET_ON_FORK, [1])",
    "sched_setscheduler",
    9,
    0x40000001,
    [[4, 1]],
  ],
  ["setsockopt(9, SOL_ALG, 1, 0x12345, 16)", "setsockopt", 9, 279, 1, 0x12345, 16],
  ['setsockopt(9, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4)', "setsockopt", 9, 1, 25, "eth0", 4],
  ["add_key(NULL, NULL, 0x12345, 5, KEY_SPEC_USER_KEYRING)", "add_key", 0, 0, 0x12345, 5, -4],
  ["read(9, 0x12345, 5)", "read", 9, 0x12345, 5],
  ["fanotify_init(FAN_CLASS_NOTIF|FAN_CLOEXEC, O_RDONLY)", "fanotify_init", 1, 0],
  ["bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, ...}, 144)", "bpf", 5, [[4, 6]], 144],
  ["bpf(BPF_OBJ_GET, 0x12345, 144)", "bpf", 7, 0x12345, 144],
  ['execveat(AT_FDCWD, "f", NULL, NULL, AT_EMPTY_PATH)', "execveat", AT_FDCWD, "f\0", 0, 0, 0x1000],
  ["kill(1, 34)", "kill", 1, 34],
  ["getrusage(RUSAGE_CHILDREN, 0x12345)", "getrusage", -1, 0x12345],
  ["msync(NULL, 1, -1)", "msync", 0, 1, -1],
  ["rt_sigsuspend(~[KILL STOP], 8)", "rt_sigsuspend", [[8, ~((1n << 8n) | (1n << 18n))]], 8],
];

function zeros(count: number): [number, number][] {
  return Array.from({ length: count }, () => [8, 0]);
}

test("calls are shown as strace shows them", () => {
  for (const [expected, call, ...args] of AS_STRACE) {
    assert.is(line(call, ...args), expected);
  }
});

test("calls are shown shorter than strace does, and without what may be secret", () => {
  for (const [expected, call, ...args] of OTHERWISE) {
    assert.is(line(call, ...args), expected);
  }
});

test("strings are quoted, shortened, and free of control characters", () => {
  const chdir = (bytes: ByteString): string => line("chdir", bytes);
  assert.is(chdir(`${encodeBytes("/sö")}\n\x1b[31m\xff\x7f\0more`), 'chdir("/sö\\n\\x1b[31m\\xff\\x7f")');
  assert.is(chdir(`${encodeBytes("a\u202eb\u0085")}\0`), 'chdir("a\\u202eb\\u0085")');
  assert.is(chdir("\\x1b\0"), 'chdir("\\\\x1b")');
  assert.is(chdir(`${"a".repeat(256)}\0`), `chdir("${"a".repeat(256)}")`);
  assert.is(chdir(`${"a".repeat(257)}\0`), `chdir("${"a".repeat(256)}"...)`);
  // The cut is not in the middle of a character.
  assert.is(chdir(`a${encodeBytes("ö".repeat(200))}\0`), `chdir("a${"ö".repeat(127)}"...)`);
  // The end of what can be read.
  assert.is(chdir("abc"), 'chdir("abc"...)');
  assert.is(line("chdir", 5), "chdir(0x5)");
  assert.is(line("chdir", 0), "chdir(NULL)");
});

test("other architectures have their constants and their layouts", () => {
  const cases: readonly [string, string, string, ...Argument[]][] = [
    ["mips", "socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)", "socket", 2, 2, 6],
    ["mips", 'open("f", O_WRONLY|O_CREAT, 0600)', "open", "f\0", 0x101, 0o600],
    [
      "mips64",
      "rt_sigprocmask(SIG_BLOCK, [HUP 65], NULL, 16)",
      "rt_sigprocmask",
      1,
      [
        [8, 1],
        [8, 1],
      ],
      0,
      16,
    ],
    [
      "s390x",
      "nanosleep({tv_sec=1, tv_nsec=2}, NULL)",
      "nanosleep",
      [
        [8, 1],
        [8, 2],
      ],
      0,
    ],
    [
      "ppc",
      "nanosleep({tv_sec=1, tv_nsec=2}, NULL)",
      "nanosleep",
      [
        [4, 1],
        [4, 2],
      ],
      0,
    ],
    [
      "arm",
      "clock_nanosleep_time64(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=2}, NULL)",
      "clock_nanosleep_time64",
      0,
      0,
      [
        [8, 1],
        [8, 2],
      ],
      0,
    ],
    [
      "x32",
      "nanosleep({tv_sec=1, tv_nsec=2}, NULL)",
      "nanosleep",
      [
        [8, 1],
        [8, 2],
      ],
      0,
    ],
    [
      "mips64n32",
      "nanosleep({tv_sec=1, tv_nsec=2}, NULL)",
      "nanosleep",
      [
        [4, 1],
        [4, 2],
      ],
      0,
    ],
    [
      "ppc",
      "rt_sigprocmask(SIG_SETMASK, [INT 33], NULL, 8)",
      "rt_sigprocmask",
      2,
      [
        [4, 2],
        [4, 1],
      ],
      0,
      8,
    ],
    ["x86", "sigprocmask(SIG_BLOCK, [INT], NULL)", "sigprocmask", 0, [[4, 2]], 0],
    [
      "s390",
      "connect(9, {sa_family=AF_INET, sin_port=8080, sin_addr=192.0.2.7}, 16)",
      "connect",
      9,
      `\0\x02${IPV4.slice(2)}`,
      16,
    ],
    [
      "parisc",
      'execve("f", ["a"], NULL)',
      "execve",
      "f\0",
      [
        [4, "a\0"],
        [4, 0],
      ],
      0,
    ],
    [
      "x86",
      "setrlimit(RLIMIT_NOFILE, {rlim_cur=9, rlim_max=RLIM_INFINITY})",
      "setrlimit",
      7,
      [
        [4, 9],
        [4, -1],
      ],
    ],
    [
      "mips",
      "setrlimit(RLIMIT_NOFILE, {rlim_cur=9, rlim_max=RLIM_INFINITY})",
      "setrlimit",
      5,
      [
        [4, 9],
        [4, 0x7fffffff],
      ],
    ],
    // A 64-bit value in two registers, after one that the kernel does not look at.
    ["arm", 'pwrite64(9, "abc", 3, 4294967301)', "pwrite64", 9, "abc", 3, 7, 5, 1],
    ["mips", 'pwrite64(9, "abc", 3, 4294967301)', "pwrite64", 9, "abc", 3, 7, 1, 5],
    ["s390", "clone(NULL, CLONE_NEWUSER|SIGCHLD)", "clone", 0, 0x10000011],
    [
      "x86",
      "mmap({addr=NULL, len=4096, prot=PROT_READ, flags=MAP_PRIVATE|MAP_ANONYMOUS, fd=-1, offset=0})",
      ...([
        "mmap",
        [
          [4, 0],
          [4, 4096],
          [4, 1],
          [4, 0x22],
          [4, -1],
          [4, 0],
        ],
      ] as const),
    ],
    [
      "s390",
      "fadvise64_64({fd=9, offset=1, len=2, advice=POSIX_FADV_WILLNEED})",
      "fadvise64_64",
      [
        [4, 9],
        [4, 0],
        [8, 1],
        [8, 2],
        [4, 3],
      ],
    ],
    [
      "x86",
      "socketcall(SYS_SOCKET, [AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP])",
      "socketcall",
      1,
      [
        [4, 2],
        [4, 0o2000001],
        [4, 6],
      ],
    ],
    [
      "s390",
      'socketcall(SYS_CONNECT, [9, {sa_family=AF_UNIX, sun_path="/a"}, 5])',
      "socketcall",
      3,
      [
        [4, 9],
        [4, "\0\x01/a\0"],
        [4, 5],
      ],
    ],
    ["x86", "socketcall(99, 0x5)", "socketcall", 99, 5],
    ["x86", "ipc(SHMGET, 1, 2, 3, NULL, 0)", "ipc", 23, 1, 2, 3, 0, 0],
    ["ppc64le", "ioctl(9, TCGETS, 0x99999)", "ioctl", 9, 0x402c7413, 0x99999],
    ["aarch64", "mprotect(NULL, 4096, PROT_READ|PROT_BTI)", "mprotect", 0, 4096, 0x11],
    ["x86", "setuid(-1)", "setuid", 0xffff],
  ];
  for (const [name, expected, call, ...args] of cases) {
    assert.is(on(name, call, ...args), expected);
  }
});

test("a number without a name has its registers", () => {
  const memory = new Memory(arch("x86_64"));
  const call = readableCall(arch("x86_64"), 0x1234, [1n, 2n], memory);
  assert.is(formatReadable(call), "syscall 0x1234(0x1, 0x2, 0x0, 0x0, 0x0, 0x0)");
  assert.is(call.telling, 0b111111);
  // Reserved: it has a name and no parameters.
  const reserved = readableCall(arch("x86_64"), 183, [], memory);
  assert.is(reserved.name, "afs_syscall");
  assert.is(reserved.arguments.length, 6);
});

test("what decides the line: not memory that the kernel writes, and not registers that it does not look at", () => {
  const cases: readonly [string, number, number, ...Argument[]][] = [
    ["read", 0b101, 0, 9, 0x12345, 5],
    ["openat", 0b111, 0b10, AT_FDCWD, "f\0", 0, 0x777],
    ["openat", 0b1111, 0b10, AT_FDCWD, "f\0", 0o100, 0o777],
    ["openat", 0b111, 0b10, AT_FDCWD, 5, 0],
    ["mmap", 0b111110, 0, 0x12345, 4096, 1, 2, 3, 0],
    ["ioctl", 0b11, 0, 9, 0x5401, 0x99999],
    ["connect", 0b111, 0b10, 9, IPV4, 16],
    ["accept4", 0b1001, 0, 9, 0x12345, 0x12345, 0],
    ["prctl", 0b11, 0, 22, 2, 0x7fff12345678],
    ["getpid", 0, 0],
  ];
  for (const [name, telling, pointed, ...args] of cases) {
    const call = callOn("x86_64", name, ...args);
    assert.equal([call.telling, call.pointed], [telling, pointed], formatReadable(call));
  }
  const wide = callOn("arm", "pwrite64", 9, "abc", 3, 7, 5, 1);
  assert.equal([wide.telling, wide.pointed], [0b110111, 0b10]);
  assert.equal(wide.arguments[3], { name: "pos", value: 0x100000005n, text: "4294967301" });
});

test("all of a call together reads a bounded part of memory, whatever is in it", () => {
  const of = arch("x86_64");
  let [reads, asked] = [0, 0];
  const endless: TaskMemory = {
    read(_, length) {
      reads += 1;
      asked += length;
      return "\x41".repeat(length);
    },
  };
  for (const name of ["execve", "writev", "sendmsg", "mount", "clone3", "openat2"]) {
    [reads, asked] = [0, 0];
    const huge = Array.from({ length: 6 }, () => 2n ** 64n - 2n);
    const text = formatReadable(readableCall(of, seenNumber(of, syscallId(name)), huge, endless));
    assert.ok(reads <= 32 && asked <= 4096, `${name} reads ${asked} bytes in ${reads} parts`);
    assert.ok(text.length < 4096, text);
  }
  // What no call reaches today: the limits hold for what is read in small pieces, and in large ones.
  [reads, asked] = [0, 0];
  const small = new Reader(of, endless);
  while (small.upTo(1n, 1) !== undefined) {}
  assert.equal([reads, asked], [32, 32]);
  [reads, asked] = [0, 0];
  const large = new Reader(of, endless);
  while (large.upTo(1n, 1000) !== undefined) {}
  assert.equal([reads, asked], [4, 4000]);
  assert.is(large.struct(1n, 97), undefined);
  assert.is(large.struct(1n, 96)?.length, 96);
});

test.run();
