/**
 * The constants against the kernel headers that are installed on the machine, read by its C compiler, and what the table says of
 * other architectures.
 */

import * as assert from "uvu/assert";
import { parseConstants } from "../../build/constants.ts";
import { type Architecture, architectureByName, architectures } from "../../src/tables/architectures.ts";
import {
  constantSet,
  constantSetNames,
  constantValue,
  inConstants,
  ioctlParts,
  ioctlRequest,
} from "../../src/tables/constants.ts";
import { conversionsOf } from "../../src/tables/conversions.ts";
import { parameterSet, parameterSets } from "../../src/tables/parameter-sets.ts";
import { signatureOf } from "../../src/tables/signatures.ts";
import { syscallCount } from "../../src/tables/syscalls.ts";
import { runCommand } from "../support/programs/program.ts";
import { need, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { hasHeader } from "./compiler.ts";

function arch(name: string): Architecture {
  const found = architectureByName(name);
  assert.ok(found, name);
  return found;
}

/** The headers of the sets that are no parameter's set, or that another header has. */
const HEADERS: Readonly<Record<string, string>> = {
  access: "unistd.h",
  at: "linux/fcntl.h",
  at_handle: "linux/fcntl.h",
  faccessat: "linux/fcntl.h",
  fanotify_init: "linux/fanotify.h",
  fanotify_mark: "linux/fanotify.h",
  fanotify_event: "linux/fanotify.h",
  fcntl: "linux/fcntl.h",
  fcntl_seals: "linux/fcntl.h",
  bpf_map_type: "linux/bpf.h",
  bpf_prog_type: "linux/bpf.h",
  descriptor_flags: "linux/fcntl.h",
  file_type: "linux/stat.h",
  inotify_init: "sys/inotify.h",
  keyring: "linux/keyctl.h",
  landlock_access_fs: "linux/landlock.h",
  landlock_access_net: "linux/landlock.h",
  landlock_scope: "linux/landlock.h",
  open: "asm/fcntl.h",
  open_resolve: "linux/openat2.h",
  open_tree: "linux/mount.h linux/fcntl.h",
  pidfd: "linux/pidfd.h",
  pidfd_signal: "linux/pidfd.h",
  protocol_ethernet: "linux/if_ether.h",
  protocol_netlink: "linux/netlink.h",
  prctl_ambient: "linux/prctl.h",
  prctl_mdwe: "linux/prctl.h",
  prctl_mm: "linux/prctl.h",
  prctl_speculation: "linux/prctl.h",
  prctl_tsc: "linux/prctl.h",
  ptrace_options: "linux/ptrace.h",
  seccomp_mode: "linux/seccomp.h",
  securebits: "linux/securebits.h",
  // The C library has other values: it numbers waitid's options alike, but not the old commands of IPC.
  semctl: "linux/ipc.h linux/sem.h",
  msgctl: "linux/ipc.h linux/msg.h",
  shm: "linux/ipc.h linux/shm.h",
  shmctl: "linux/ipc.h linux/shm.h",
  socket_option_ip: "linux/in.h",
  socket_option_ipv6: "linux/in6.h",
  socket_option_netlink: "linux/netlink.h",
  socket_option_packet: "linux/if_packet.h",
  socket_option_tcp: "linux/tcp.h",
  timerfd_time: "linux/timerfd.h",
  waitid_options: "linux/wait.h",
};

/** The headers with requests of ioctl(2), in an order in which each has what it needs. */
const WITH_REQUESTS = `linux/types.h linux/ioctl.h asm/termbits.h asm/ioctls.h linux/serial.h linux/socket.h linux/sockios.h
  linux/fs.h linux/fiemap.h linux/fscrypt.h linux/fsverity.h linux/loop.h linux/filter.h linux/if_tun.h linux/vt.h linux/kd.h
  linux/random.h linux/nsfs.h linux/seccomp.h linux/userfaultfd.h linux/perf_event.h stdint.h linux/fuse.h linux/rtc.h
  linux/watchdog.h linux/hdreg.h linux/cdrom.h linux/dm-ioctl.h linux/kvm.h linux/vhost.h linux/input.h linux/uinput.h
  linux/btrfs.h linux/msdos_fs.h linux/dma-buf.h linux/vfio.h linux/ppp-ioctl.h linux/i2c-dev.h`;

function headersOf(set: string): readonly string[] {
  const text = set === "ioctl" ? WITH_REQUESTS : (HEADERS[set] ?? parameterSet(set)?.header ?? "");
  return text.split(/\s+/).filter((header) => header !== "");
}

const present = new Map<string, boolean>();

function isPresent(header: string): boolean {
  const known = present.get(header) ?? hasHeader(header);
  present.set(header, known);
  return known;
}

const wordsOf = new Map<string, ReadonlySet<string>>();

/** The names in a text with everything that it includes. */
function namesIn(text: string, options: readonly string[]): ReadonlySet<string> {
  const key = [...options, text].join(" ");
  const known = wordsOf.get(key);
  if (known !== undefined) {
    return known;
  }
  const { status, stdout, stderr } = runCommand(["cc", ...options, "-E", "-P", "-dD", "-x", "c", "-"], {
    input: text,
  });
  assert.is(status, 0, stderr);
  const names = new Set(stdout.match(/\b[A-Za-z_]\w*\b/g));
  wordsOf.set(key, names);
  return names;
}

/** The constants of a set that the headers have, and those whose value differs from the table's. */
function compare(set: string, of: Architecture, ...options: string[]): { known: string[]; wrong: string[] } {
  const headers = headersOf(set).filter(isPresent);
  const includes = headers.map((header) => `#include <${header}>\n`).join("");
  const start = `#define _GNU_SOURCE\n#include <stddef.h>\n${includes}`;
  const words = namesIn(start, options);
  const constants = constantSet(of, set);
  assert.ok(constants, set);
  const known = [...constants.byName.keys()].filter((name) => words.has(name));
  const checks = known.map((name) => {
    // Commands of quotactl(2) are as the call takes them.
    const theirs = name.startsWith("Q_") ? `QCMD(${name}, 0)` : `(${name})`;
    const ours = `${constants.byName.get(name)}ull`;
    return `_Static_assert((unsigned long long)${theirs} == ${ours} || (unsigned)${theirs} == ${ours}, "@${name}@");`;
  });
  const compiled = runCommand(["cc", "-w", ...options, "-fsyntax-only", "-x", "c", "-"], {
    input: `${start}\n${checks.join("\n")}\n`,
  });
  const wrong = [...compiled.stderr.matchAll(/static assertion failed: "@(\w+)@"/g)].map(
    ([, name = ""]) => name,
  );
  assert.ok(compiled.status === 0 || wrong.length > 0, `${set}: ${compiled.stderr}`);
  return { known, wrong };
}

const KERNEL_HEADERS = need("<linux/landlock.h>", () => hasHeader("linux/landlock.h"), "linux-libc-dev");

/** Sets whose constants are all younger than Linux 6.1, whose headers the machine may have. */
const YOUNG = ["landlock_access_net", "landlock_scope", "pidfd_signal", "prctl_mdwe"];
/** The kernel keeps them to itself, and so does the C library. */
const INTERNAL = ["rseq"];

testWith(KERNEL_HEADERS, X86_64_LINUX)("constants have the values of the machine's headers", () => {
  const missing: string[] = [];
  let count = 0;
  for (const set of constantSetNames()) {
    const { known, wrong } = compare(set, arch("x86_64"));
    assert.equal(wrong, [], set);
    assert.ok(known.length > 0 || YOUNG.includes(set) || INTERNAL.includes(set), `${set} is in no header`);
    count += known.length;
    missing.push(
      ...[...(constantSet(arch("x86_64"), set)?.byName.keys() ?? [])].filter((name) => !known.includes(name)),
    );
  }
  assert.ok(count > 1500, `${count} constants; not in headers: ${missing.join(" ")}`);
});

testWith(KERNEL_HEADERS, X86_64_LINUX)(
  "constants of 32-bit x86 have the values of the kernel's headers",
  () => {
    // Debian has asm/ where the compiler does not look for it with -m32; it serves both.
    const triplet = runCommand(["cc", "-print-multiarch"]).stdout.trim();
    let count = 0;
    for (const set of constantSetNames()) {
      // The C library's headers, which <linux/shm.h> includes, may be there for 64 bits only.
      if (
        set !== "ioctl" &&
        headersOf(set).every((header) => /^(linux|asm)\/(?!time\.h|shm\.h)/.test(header))
      ) {
        const { known, wrong } = compare(set, arch("x86"), "-m32", "-idirafter", `/usr/include/${triplet}`);
        assert.equal(wrong, [], set);
        count += known.length;
      }
    }
    assert.ok(count > 700, `${count} constants`);
  },
);

test("each parameter's set has constants, but for descriptors, modes and those that calls take in parts", () => {
  const names = constantSetNames();
  const without = parameterSets.filter(({ name, kind }) => kind !== "descriptor" && !names.includes(name));
  assert.equal(
    without.map(({ name }) => name),
    ["fanotify", "mode"],
  );
});

test("a constant has the same name in both directions, on all architectures", () => {
  for (const of of architectures) {
    for (const name of constantSetNames()) {
      const set = constantSet(of, name);
      assert.ok(set, name);
      const all = [...set.fields.flatMap(({ constants }) => constants), ...set.flags];
      assert.is(set.byName.size, all.length, `${name} on ${of.name}`);
      for (const { name: constant, value } of all) {
        assert.is(constantValue(of, name, constant), value);
        const shown = inConstants(of, name, value) ?? "";
        // Another name of the same value may come first.
        const first = shown.split("|")[0] ?? "";
        const named = constantValue(of, name, first);
        assert.ok(
          named === value || shown.split("|").includes(constant),
          `${constant} of ${name} on ${of.name} is shown as ${shown}`,
        );
      }
    }
  }
});

test("constants differ where the kernel's headers do", () => {
  const cases: readonly [string, string, string, number | undefined][] = [
    ["x86_64", "open", "O_DIRECTORY", 0o200000],
    ["aarch64", "open", "O_DIRECTORY", 0o40000],
    ["arm", "open", "O_DIRECT", 0o200000],
    ["mips", "open", "O_CREAT", 0x100],
    ["ppc64le", "open", "O_DIRECT", 0o400000],
    ["parisc", "open", "O_NONBLOCK", 0o200000],
    ["mipsel64", "socket_type", "SOCK_STREAM", 2],
    ["parisc", "socket_type", "SOCK_NONBLOCK", 0x40000000],
    ["mips", "signal", "SIGCHLD", 18],
    ["parisc", "signal", "SIGSTKFLT", 7],
    ["s390x", "signal", "SIGSYS", 31],
    ["mips64n32", "socket_level", "SOL_SOCKET", 0xffff],
    ["ppc", "socket_option", "SO_PASSCRED", 20],
    ["mips", "mmap", "MAP_ANONYMOUS", 0x800],
    ["ppc64", "mmap", "MAP_LOCKED", 0x80],
    ["aarch64", "prot", "PROT_BTI", 0x10],
    ["x86_64", "prot", "PROT_BTI", undefined],
    ["mips", "rlimit", "RLIMIT_NOFILE", 5],
    ["x86", "fcntl", "F_SETLK64", 13],
    ["x86_64", "fcntl", "F_SETLK64", undefined],
    ["s390x", "fadvise", "POSIX_FADV_DONTNEED", 6],
    ["s390", "fadvise", "POSIX_FADV_DONTNEED", 4],
    ["x86", "arch_prctl", "ARCH_SET_FS", 0x1002],
    ["aarch64", "arch_prctl", "ARCH_SET_FS", undefined],
    ["x86_64", "ioctl", "TCGETS", 0x5401],
    ["mips", "ioctl", "TCGETS", 0x540d],
    ["ppc64", "ioctl", "TCGETS", 0x402c7413],
    ["x86_64", "ioctl", "FICLONE", 0x40049409],
    ["ppc64", "ioctl", "FICLONE", 0x80049409],
    ["parisc", "ioctl", "FICLONE", 0x80049409],
    ["x86_64", "ioctl", "BLKGETSIZE64", 0x80081272],
    ["arm", "ioctl", "BLKGETSIZE64", 0x80041272],
    ["x32", "ioctl", "BLKGETSIZE64", 0x80041272],
    ["mips64", "ioctl", "BLKROSET", 0x2000125d],
  ];
  for (const [name, set, constant, value] of cases) {
    const found = constantValue(arch(name), set, constant);
    assert.is(found, value === undefined ? undefined : BigInt(value), `${constant} on ${name}`);
  }
});

test("the commands that drop bits have the same values in the table of conversions", () => {
  let count = 0;
  for (const of of architectures) {
    for (let id = 0; id < syscallCount(); id += 1) {
      for (const { selector, commands } of conversionsOf(of, id)) {
        const set = signatureOf(of, id)?.find(({ name }) => name === selector)?.set;
        for (const [command, value] of commands) {
          // A magic number is no flag, although some of its bits are.
          if (set !== undefined && command !== "MS_MGC_VAL") {
            assert.is(constantValue(of, set, command), value, `${command} of ${set} on ${of.name}`);
            count += 1;
          }
        }
      }
    }
  }
  assert.ok(count > 500, String(count));
});

test("the parts of a request are those that it is made of, on all architectures", () => {
  for (const of of architectures) {
    for (const reads of [false, true]) {
      for (const writes of [false, true]) {
        const parts = { reads, writes, type: 0xae, number: 0xff, size: 0x1fff };
        const request = ioctlRequest(of, parts);
        assert.ok(request >= 0n && request < 2n ** 32n);
        assert.equal(ioctlParts(of, request), parts);
      }
    }
  }
});

test("a line of facts that is malformed or redundant is refused", () => {
  const refuses = (text: string, reason: RegExp): void => assert.throws(() => parseConstants(text), reason);
  refuses("b\t/ B=1\na\t/ A=1", /constants.tsv:2: "a" does not come after "b"/);
  refuses("a\tA=1", /in no field/);
  refuses("a\t/ A=1 A=2", /there twice/);
  refuses("a\t/ A=x", /malformed/);
  refuses("a\t/ A=1 B=3", /"B" comes after a part of it/);
  refuses("a\t/ A=1\tvax: A=2", /"vax" is no key/);
  refuses("a\t/ A=1\tmips*: A=1", /redundant/);
  refuses("a\t/ A=1\tmips*: B=1", /of no known constant/);
  refuses("a\t/ A=1\tmips*: A=2\tmips: A=3", /two values on mips/);
  assert.equal(parseConstants("# a\na\t/3 A=1 / B=4\tppc*: B=8 /3=7"), [
    "a\t/3 A=1 / B=4\tppc,ppc64: B=8 /3=7",
  ]);
});

test.run();
