/**
 * Docker's default profile of 2026, said the other way round: what it does not simply allow. (It lists what it allows:
 * profiles/seccomp/default.json of moby/profiles.)
 */

import { syscallNames } from "../../src/tables/syscalls.ts";

/** Denied to everybody: keys and io_uring, kexec, swap, moving the root, NUMA pages of others, old and unused calls. */
const DENIED = `
  _sysctl add_key afs_syscall atomic_barrier atomic_cmpxchg_32 bdflush break cachectl create_module file_getattr
  file_setattr ftime get_kernel_syms get_tls getpagesize getpmsg gtty idle io_uring_enter io_uring_register
  io_uring_setup kexec_file_load kexec_load keyctl listns lock migrate_pages move_pages mpx multiplexer nfsservctl nice
  oldfstat oldlstat oldolduname oldstat olduname open_tree_attr pciconfig_iobase pciconfig_read pciconfig_write
  pivot_root prof profil putpmsg query_module readdir request_key rseq_slice_yield rtas s390_guarded_storage s390_sthyi
  security sgetmask sigaction signal sigpending sigsuspend spu_create spu_run ssetmask stty subpage_prot swapoff swapon
  switch_endian sys_debug_setcontext syscall sysfs sysmips timerfd tuxcall ulimit uprobe uselib userfaultfd usr26 usr32
  ustat vm86 vm86old vserver
`;

/** Allowed with a capability: the word behind CAP_. */
const WITH_CAPABILITY: Readonly<Record<string, string>> = {
  BPF: "bpf",
  DAC_READ_SEARCH: "open_by_handle_at",
  PERFMON: "perf_event_open",
  SYSLOG: "syslog",
  SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd
    setdomainname sethostname setns syslog umount umount2 unshare`,
  SYS_BOOT: "reboot",
  SYS_CHROOT: "chroot",
  SYS_MODULE: "delete_module finit_module init_module",
  SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
  SYS_PACCT: "acct",
  SYS_PTRACE: "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace",
  SYS_RAWIO: "ioperm iopl",
  SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
  SYS_TTY_CONFIG: "vhangup",
};

/** Allowed on some architectures, by the words that the file has for these. */
const ON_ARCHITECTURES: readonly (readonly [arches: string, names: string])[] = [
  ["ppc64le", "swapcontext sync_file_range2"],
  ["arm arm64", "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"],
  ["amd64 x32", "arch_prctl"],
  ["amd64 x32 x86", "modify_ldt"],
  ["s390 s390x", "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr"],
  ["riscv64", "riscv_flush_icache"],
];

/** Each architecture with those whose calls it takes too. */
const ARCHITECTURES: readonly string[] = [
  "X86_64 X86 X32",
  "AARCH64 ARM",
  "MIPS64 MIPS MIPS64N32",
  "MIPS64N32 MIPS MIPS64",
  "MIPSEL64 MIPSEL MIPSEL64N32",
  "MIPSEL64N32 MIPSEL MIPSEL64",
  "S390X S390",
  "RISCV64",
  "LOONGARCH64",
];

/** PER_LINUX and PER_LINUX32 (8), each with UNAME26 (0x20000) or without, and the value that only asks. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** The CLONE_NEW* flags, all but CLONE_NEWTIME. */
const NEW_NAMESPACES = 0x7e020000;

/** Docker's default profile as a value, in Docker's own form. */
export function dockerDefault(): object {
  const allow = (names: string, more: object = {}): object => ({
    names: words(names),
    action: "SCMP_ACT_ALLOW",
    ...more,
  });
  const withArgument = (names: string, index: number, value: number, op: string, more: object = {}): object =>
    allow(names, { args: [{ index, value, valueTwo: 0, op }], ...more });
  const special = [
    ...words(DENIED),
    ...Object.values(WITH_CAPABILITY).flatMap(words),
    ...ON_ARCHITECTURES.flatMap(([, names]) => words(names)),
    ...["socket", "personality"],
  ];
  const s390 = ["s390", "s390x"];
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 1,
    archMap: ARCHITECTURES.map((line) => {
      const [architecture, ...subArchitectures] = words(line).map((word) => `SCMP_ARCH_${word}`);
      return { architecture, subArchitectures };
    }),
    syscalls: [
      allow(
        syscallNames()
          .filter((name) => !special.includes(name))
          .join(" "),
      ),
      allow("process_vm_readv process_vm_writev ptrace", { includes: { minKernel: "4.8" } }),
      // AF_ALG (38) and AF_VSOCK (40) are denied.
      withArgument("socket", 0, 38, "SCMP_CMP_LT"),
      withArgument("socket", 0, 39, "SCMP_CMP_EQ"),
      withArgument("socket", 0, 40, "SCMP_CMP_GT"),
      ...PERSONALITIES.map((value) => withArgument("personality", 0, value, "SCMP_CMP_EQ")),
      ...ON_ARCHITECTURES.map(([arches, names]) => allow(names, { includes: { arches: words(arches) } })),
      ...Object.entries(WITH_CAPABILITY).map(([capability, names]) =>
        allow(names, { includes: { caps: [`CAP_${capability}`] } }),
      ),
      withArgument("clone", 0, NEW_NAMESPACES, "SCMP_CMP_MASKED_EQ", {
        excludes: { caps: ["CAP_SYS_ADMIN"], arches: s390 },
      }),
      // s390 has the first two arguments of clone the other way round.
      withArgument("clone", 1, NEW_NAMESPACES, "SCMP_CMP_MASKED_EQ", {
        includes: { arches: s390 },
        excludes: { caps: ["CAP_SYS_ADMIN"] },
      }),
      // No such call: libraries then use clone, whose flags a filter can see.
      {
        names: ["clone3"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 38,
        excludes: { caps: ["CAP_SYS_ADMIN"] },
      },
    ],
  };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
