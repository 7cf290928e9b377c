/**
 * Parameters that some commands of a call take in fewer bits than the call declares: the second argument of prctl(2) is an
 * unsigned long, and PR_SET_MM takes an int.
 *
 * From Linux 6.12.117. What a call drops whatever its command is in `build/tables/signatures.tsv`. Not here, because the
 * kernel compares all bits: PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, PR_SET_KEEPCAPS,
 * PR_SET_SECUREBITS, PR_SET_CHILD_SUBREAPER, PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_SET_MDWE, PR_SET_VMA,
 * PR_SET_SPECULATION_CTRL, PR_SET_SYSCALL_USER_DISPATCH (kernel/sys.c, security/commoncap.c), and TCFLSH (tty_io.c). Of
 * ioctl(2) only a few commands are here: a driver takes its argument as it likes.
 */

import type { Architecture, NumberColumn } from "./architectures.ts";
import { signatureOf } from "./signatures.ts";
import { syscallName } from "./syscalls.ts";

/** A parameter of which some commands of a call drop bits. */
export interface Conversion {
  /** The name of the parameter that selects the command, and its bits that do. */
  readonly selector: string;
  readonly selectorMask: bigint;
  /** The value of the selector for each command, by the kernel's name of it. */
  readonly commands: ReadonlyMap<string, bigint>;
  readonly parameter: string;
  /** Bits of the register outside of it change nothing in what these commands do. */
  readonly mask: bigint;
  /** The source file of the kernel and the function that drops the bits. */
  readonly source: string;
}

interface Row {
  readonly call: string;
  readonly selector: string;
  /** All 32 bits if undefined. */
  readonly selectorMask?: bigint;
  /** Words NAME=VALUE. */
  readonly commands: string;
  /** The parameters that are converted alike. */
  readonly parameters: string;
  /** 32 bits if undefined. */
  readonly mask?: bigint;
  readonly source: string;
  /** Those that have these values, or this conversion; every one if undefined. */
  readonly columns?: readonly NumberColumn[];
  /** The byte order for which this holds; both if undefined. */
  readonly bigEndian?: boolean;
}

const LOW_HALF = 0xffffffffn;

const MIPS = ["mips", "mips64", "mips64n32"] as const;
const PARISC = ["parisc", "parisc64"] as const;
const POWERPC = ["ppc", "ppc64"] as const;
const X86 = ["x86", "x86_64", "x32"] as const;
const GENERIC = ["aarch64", "loongarch64", "riscv64"] as const;
const OTHERS = ["arm", "m68k", "s390", "s390x", "sh"] as const;

/** fcntl and fcntl64: the commands of include/uapi/asm-generic/fcntl.h, include/uapi/linux/fcntl.h and of architectures. */
function fcntlRows(call: string): Row[] {
  const row = { call, selector: "cmd", parameters: "arg", source: "fs/fcntl.c, do_fcntl()" };
  return [
    {
      ...row,
      commands: "F_DUPFD=0 F_DUPFD_CLOEXEC=1030 F_DUPFD_QUERY=1027 F_SETFL=4 F_SETLEASE=1024 F_NOTIFY=1026",
    },
    { ...row, commands: "F_SETPIPE_SZ=1031 F_ADD_SEALS=1033" },
    { ...row, commands: "F_SETFD=2", mask: 1n },
    { ...row, commands: "F_SETOWN=8 F_SETSIG=10", columns: [...X86, ...GENERIC, ...OTHERS, ...POWERPC] },
    { ...row, commands: "F_SETOWN=24 F_SETSIG=10", columns: MIPS },
    { ...row, commands: "F_SETOWN=12 F_SETSIG=13", columns: PARISC },
  ];
}

/** include/uapi/linux/prctl.h. */
function prctlRows(): Row[] {
  const row = { call: "prctl", selector: "option", parameters: "arg2" };
  const process = "arch/powerpc/kernel/process.c";
  const unalign = { ...row, commands: "PR_SET_UNALIGN=6" };
  return [
    { ...row, commands: "PR_SET_MM=35", source: "kernel/sys.c, prctl_set_mm()" },
    // A command, a pid_t and an enum.
    {
      ...row,
      commands: "PR_SCHED_CORE=62",
      parameters: "arg2 arg3 arg4",
      source: "kernel/sched/core_sched.c, sched_core_share_pid()",
    },
    // Where Yama is on. 0 is compared with all bits: 0x100000000 is the process 0, which does not exist.
    { ...row, commands: "PR_SET_PTRACER=0x59616d61", source: "security/yama/yama_lsm.c, yama_task_prctl()" },
    { ...row, commands: "PR_SET_TSC=26", source: "arch/x86/kernel/process.c, set_tsc_mode()", columns: X86 },
    {
      ...row,
      commands: "PR_SET_TSC=26",
      source: "arch/arm64/kernel/process.c, set_tsc_mode()",
      columns: ["aarch64"],
    },
    { ...unalign, source: `${process}, set_unalign_ctl()`, columns: POWERPC },
    { ...unalign, source: "arch/riscv/kernel/process.c, set_unalign_ctl()", columns: ["riscv64"] },
    { ...row, commands: "PR_SET_FPEXC=12", source: `${process}, set_fpexc_mode()`, columns: POWERPC },
    { ...row, commands: "PR_SET_ENDIAN=20", source: `${process}, set_endian()`, columns: POWERPC },
    {
      ...row,
      commands: "PR_SET_FP_MODE=45",
      source: "arch/mips/kernel/process.c, mips_set_process_fp_mode()",
      columns: MIPS,
    },
  ];
}

/** include/uapi/linux/keyctl.h. Serial numbers of keys, user and group ids, permissions, seconds and lengths. */
function keyctlRows(): Row[] {
  const row = {
    call: "keyctl",
    selector: "option",
    source: "security/keys/keyctl.c, SYSCALL_DEFINE5(keyctl)",
  };
  return [
    {
      ...row,
      commands:
        "KEYCTL_GET_KEYRING_ID=0 KEYCTL_UPDATE=2 KEYCTL_REVOKE=3 KEYCTL_CHOWN=4 KEYCTL_SETPERM=5 KEYCTL_DESCRIBE=6 " +
        "KEYCTL_CLEAR=7 KEYCTL_LINK=8 KEYCTL_UNLINK=9 KEYCTL_SEARCH=10 KEYCTL_READ=11 KEYCTL_INSTANTIATE=12 " +
        "KEYCTL_NEGATE=13 KEYCTL_SET_REQKEY_KEYRING=14 KEYCTL_SET_TIMEOUT=15 KEYCTL_ASSUME_AUTHORITY=16 " +
        "KEYCTL_GET_SECURITY=17 KEYCTL_REJECT=19 KEYCTL_INSTANTIATE_IOV=20 KEYCTL_INVALIDATE=21 " +
        "KEYCTL_GET_PERSISTENT=22 KEYCTL_PKEY_QUERY=24 KEYCTL_RESTRICT_KEYRING=29 KEYCTL_MOVE=30 KEYCTL_WATCH_KEY=32",
      parameters: "arg2",
    },
    {
      ...row,
      commands:
        "KEYCTL_GET_KEYRING_ID=0 KEYCTL_CHOWN=4 KEYCTL_SETPERM=5 KEYCTL_LINK=8 KEYCTL_UNLINK=9 KEYCTL_NEGATE=13 " +
        "KEYCTL_SET_TIMEOUT=15 KEYCTL_REJECT=19 KEYCTL_GET_PERSISTENT=22 KEYCTL_MOVE=30 KEYCTL_WATCH_KEY=32",
      parameters: "arg3",
    },
    {
      ...row,
      commands:
        "KEYCTL_CHOWN=4 KEYCTL_DESCRIBE=6 KEYCTL_NEGATE=13 KEYCTL_REJECT=19 KEYCTL_INSTANTIATE_IOV=20 KEYCTL_MOVE=30 " +
        "KEYCTL_WATCH_KEY=32",
      parameters: "arg4",
    },
    {
      ...row,
      commands:
        "KEYCTL_SEARCH=10 KEYCTL_INSTANTIATE=12 KEYCTL_REJECT=19 KEYCTL_INSTANTIATE_IOV=20 KEYCTL_MOVE=30",
      parameters: "arg5",
    },
  ];
}

/** Descriptors, and whether to take over a terminal. */
function ioctlRows(): Row[] {
  const row = { call: "ioctl", selector: "cmd", parameters: "arg" };
  const terminal = { ...row, source: "drivers/tty/tty_jobctrl.c, tiocsctty()" };
  const clone = { ...row, source: "fs/ioctl.c, ioctl_file_clone()" };
  const loop = "LOOP_SET_FD=0x4c00 LOOP_CHANGE_FD=0x4c06";
  return [
    {
      ...terminal,
      commands: "TIOCSCTTY=0x540e",
      columns: [...X86, ...GENERIC, ...OTHERS, ...PARISC, ...POWERPC],
    },
    { ...terminal, commands: "TIOCSCTTY=0x5480", columns: MIPS },
    // _IOW(0x94, 9, int): the architectures differ in the bits that say in which direction data goes.
    { ...clone, commands: "FICLONE=0x40049409", columns: [...X86, ...GENERIC, ...OTHERS] },
    { ...clone, commands: "FICLONE=0x80049409", columns: [...MIPS, ...PARISC, ...POWERPC] },
    { ...row, commands: loop, source: "drivers/block/loop.c, lo_ioctl()" },
  ];
}

function mmapRows(call: string): Row[] {
  // Only MAP_SHARED_VALIDATE refuses flags that the kernel does not know, and only of a file.
  const row = {
    call,
    selector: "flags",
    commands: "MAP_SHARED=1 MAP_PRIVATE=2",
    parameters: "flags",
    source: "mm/mmap.c, do_mmap()",
  };
  const others = [...X86, ...GENERIC, ...OTHERS, ...POWERPC, ...MIPS];
  return [
    { ...row, selectorMask: 0xfn, columns: others },
    { ...row, selectorMask: 0x2bn, columns: PARISC },
  ];
}

/** A number in the place of a pointer to a time: val2 of futex(2). */
function futexRows(call: string): Row[] {
  return [
    {
      call,
      selector: "op",
      // FUTEX_CMD_MASK: without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME.
      selectorMask: 0xfffffe7fn,
      commands: "FUTEX_REQUEUE=3 FUTEX_CMP_REQUEUE=4 FUTEX_WAKE_OP=5 FUTEX_CMP_REQUEUE_PI=12",
      parameters: "utime",
      source: "kernel/futex/syscalls.c, do_futex()",
    },
  ];
}

const setval = {
  call: "semctl",
  selector: "cmd",
  commands: "SETVAL=16",
  parameters: "arg",
  source: "ipc/sem.c, ksys_semctl()",
};

const rows: readonly Row[] = [
  ...fcntlRows("fcntl"),
  ...fcntlRows("fcntl64"),
  ...prctlRows(),
  ...keyctlRows(),
  ...ioctlRows(),
  ...mmapRows("mmap"),
  ...mmapRows("mmap2"),
  ...futexRows("futex"),
  ...futexRows("futex_time64"),
  {
    call: "kcmp",
    selector: "type",
    commands: "KCMP_FILE=0",
    parameters: "idx2",
    source: "kernel/kcmp.c, get_file_raw_ptr()",
  },
  {
    call: "ptrace",
    selector: "request",
    commands: "PTRACE_GETREGSET=0x4204 PTRACE_SETREGSET=0x4205",
    parameters: "addr",
    source: "kernel/ptrace.c, ptrace_regset()",
  },
  {
    // The magic number of Linux before 2.4: with it, and without it, the flags are the same.
    call: "mount",
    selector: "flags",
    selectorMask: 0xffff0000n,
    commands: "MS_MGC_VAL=0xc0ed0000",
    parameters: "flags",
    mask: 0xffffn,
    source: "fs/namespace.c, path_mount()",
  },
  // union semun by value: the int is in the half that comes first in memory.
  { ...setval, mask: LOW_HALF, bigEndian: false },
  { ...setval, mask: LOW_HALF << 32n, bigEndian: true, columns: ["mips64", "parisc64", "ppc64", "s390x"] },
];

/**
 * What commands of a call drop of its parameters on an architecture, without what changes nothing there: of a register
 * with 32 bits, or of a parameter that the call itself takes no wider. Several entries may be about one command.
 */
export function conversionsOf(arch: Architecture, id: number): readonly Conversion[] {
  const name = syscallName(id);
  const signature = signatureOf(arch, id) ?? [];
  const found: Conversion[] = [];
  for (const row of rows) {
    const applies =
      row.call === name &&
      (row.columns?.includes(arch.column) ?? true) &&
      (row.bigEndian ?? arch.bigEndian) === arch.bigEndian;
    const maskOf = (parameter: string) => signature.find((each) => each.name === parameter)?.mask ?? 0n;
    for (const parameter of applies ? row.parameters.split(" ") : []) {
      const mask = maskOf(parameter) & (row.mask ?? LOW_HALF);
      if (mask !== maskOf(parameter)) {
        const selectorMask = maskOf(row.selector) & (row.selectorMask ?? LOW_HALF);
        found.push(conversion(row, selectorMask, parameter, mask));
      }
    }
  }
  return found;
}

function conversion(row: Row, selectorMask: bigint, parameter: string, mask: bigint): Conversion {
  const commands = row.commands.split(" ").map((word): [string, bigint] => {
    const [command = "", value = ""] = word.split("=");
    return [command, BigInt(value)];
  });
  return {
    selector: row.selector,
    selectorMask,
    commands: new Map(commands),
    parameter,
    mask,
    source: row.source,
  };
}
