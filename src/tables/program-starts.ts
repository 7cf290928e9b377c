/**
 * The system calls that programs of each C library make until `main` and at their end, and what becomes of them without each.
 *
 * Measured on x86_64 and x86: dynamically linked and static programs of glibc 2.27, 2.31, 2.35, 2.36, 2.39, 2.41 and 2.43 and of
 * musl 1.2.2, 1.2.3 and 1.2.5, as Debian and Ubuntu build them, were started under filters that deny each call by itself with
 * EPERM, ENOENT, EBADF, EACCES, EINVAL, ENOSYS and a kill action, and under filters that let only the needed calls through.
 * On arm and aarch64 the calls were traced in an emulator (glibc 2.31, 2.36, 2.41); what becomes of a denial there, and on
 * other architectures, follows from the same source files of glibc and musl, which are named below.
 */

import type { NumberColumn } from "./architectures.ts";

/** What a program is linked with, and how. */
export interface ProgramKind {
  readonly library: "glibc" | "musl";
  readonly linking: "dynamic" | "static";
}

/** A call of a start. */
export interface StartCall {
  /** The first of them that the architecture has is made. */
  readonly names: readonly string[];
  /** The minor version of glibc 2 that has it first; absent: all. */
  readonly since?: number;
  /** The minor version of glibc 2 that no longer makes it; absent: all do. */
  readonly before?: number;
  /** The width of the registers of the architectures on which it is made; absent: any. */
  readonly bits?: 32 | 64;
  /** The architectures on which it is made; absent: any. */
  readonly on?: readonly NumberColumn[];
  /** The arguments with which it is made; absent: those of its name in {@link START_ARGUMENTS}. */
  readonly args?: readonly (readonly bigint[])[];
  readonly failing: Failing;
}

/**
 * What happens if the call fails with an errno: the program does not start, or it goes on (after any errno, or after ENOSYS only)
 * and makes other calls in its place, if there are any, each of which may fail in its own way.
 */
export type Failing =
  | "no start"
  | {
      readonly after: "any errno" | "ENOSYS";
      readonly instead: readonly StartCall[];
      /** It goes on only if the call gets the same verdict with each of its arguments. */
      readonly alike?: true;
    };

/** The versions of glibc 2 that are told apart: Debian's and Ubuntu's, and those before and after a change. */
export const GLIBC_VERSIONS: readonly number[] = [
  28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
];

/** The distributions that people know better than a version of glibc 2: Debian and Ubuntu. */
export const DISTRIBUTIONS: readonly (readonly [minor: number, name: string])[] = [
  [28, "Debian 10"],
  [31, "Debian 11"],
  [31, "Ubuntu 20.04"],
  [35, "Ubuntu 22.04"],
  [36, "Debian 12"],
  [39, "Ubuntu 24.04"],
  [41, "Debian 13"],
];

/** An address; no rule of a profile can be meant to tell it from others. */
const AT = 0x7f5a_9c16_6000n;
/** AT_FDCWD, and no file: -1. */
const HERE = 0xffff_ff9cn;
const NO_FILE = 0xffff_ffffn;

const MMAP = ["mmap2", "mmap"];
const PROT_READ = 1n;
const PROT_WRITE = 2n;
const PROT_EXEC = 4n;
const MAP_PRIVATE = 2n;
const MAP_FIXED = 0x10n;
const MAP_ANONYMOUS = 0x20n;
const MAP_DENYWRITE = 0x800n;
const MEMORY = [0n, 0x2000n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, NO_FILE, 0n];
/** The parts of a library. */
const LIBRARY: readonly (readonly bigint[])[] = [
  [0n, 0x9000n, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, 3n, 0n],
  // Beyond the first part of the file: at an offset, which differs between libraries.
  [AT, 0x1000n, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, 3n, 0x26000n],
  [AT, 0x1000n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_DENYWRITE, 3n, 0x1d0000n],
];
const NO_ACCESS = [0n, 0x4000n, 0n, MAP_PRIVATE | MAP_ANONYMOUS, NO_FILE, 0n];
const GUARD = [AT, 0x1000n, 0n, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NO_FILE, 0n];

const ANY: Failing = { after: "any errno", instead: [] };

/** Calls that a program makes in place of one that failed, and that must succeed. */
function then(...calls: readonly Omit<StartCall, "failing">[]): Exclude<Failing, "no start"> {
  return { after: "any errno", instead: calls.map((call) => ({ ...call, failing: "no start" })) };
}

/**
 * By which call the address of thread-local storage is set: TLS_INIT_TP of glibc, __set_thread_area of musl. Other architectures
 * have a register that programs can write.
 */
export const THREAD_POINTER: Readonly<Partial<Record<NumberColumn, string>>> = {
  x86: "set_thread_area",
  x86_64: "arch_prctl",
  x32: "arch_prctl",
  arm: "set_tls",
  m68k: "set_thread_area",
  mips: "set_thread_area",
  mips64: "set_thread_area",
  mips64n32: "set_thread_area",
};

function threadPointer(failing: (column: NumberColumn) => Failing): readonly StartCall[] {
  return Object.entries(THREAD_POINTER).map(([column, name]) => ({
    names: [name],
    on: [column as NumberColumn],
    failing: failing(column as NumberColumn),
  }));
}

/** Since glibc 2.34, which has the threads in libc.so.6; the static libc.a had them later: __libc_setup_tls, 2.35. */
const THREADS_OF_GLIBC: readonly StartCall[] = [
  { names: ["set_tid_address"], since: 34, failing: ANY },
  { names: ["set_robust_list"], since: 34, failing: ANY },
  { names: ["rseq"], since: 35, failing: ANY },
  // The size of the stack: __pthread_initialize_minimal_internal.
  { names: ["prlimit64"], bits: 64, since: 34, failing: ANY },
  { names: ["ugetrlimit", "prlimit64"], bits: 32, since: 34, failing: ANY },
];

/** _exit (sysdeps/unix/sysv/linux/_exit.c): versions before 2.39 go on with exit, later ones execute an illegal instruction. */
const END_OF_GLIBC: readonly StartCall[] = [
  { names: ["exit_group"], before: 39, failing: then({ names: ["exit"] }) },
  { names: ["exit_group"], since: 39, failing: "no start" },
];

/** The loader: elf/dl-load.c, elf/rtld.c. */
const GLIBC_DYNAMIC: readonly StartCall[] = [
  { names: ["brk"], failing: ANY },
  { names: MMAP, args: [MEMORY, ...LIBRARY], failing: "no start" },
  // Whether there is /etc/ld.so.preload.
  { names: ["access", "faccessat"], failing: ANY },
  { names: ["openat"], failing: "no start" },
  { names: ["read"], failing: "no start" },
  // Program headers beyond the first 832 bytes of libc.so.6, which has 14 where it is built for CET: always since 2.33, and 2.31 of
  // Ubuntu 20.04. Debian 11 (2.31) has fewer.
  { names: ["pread64"], on: ["x86_64"], since: 31, failing: "no start" },
  // fstat is fstatat in 2.33 to 2.38 (io/fstat64.c), on 32 bits by statx with 64-bit times.
  { names: ["fstat64", "fstat", "statx"], before: 33, failing: "no start" },
  { names: ["newfstatat", "statx"], bits: 64, since: 33, before: 39, failing: "no start" },
  { names: ["fstat", "newfstatat", "statx"], bits: 64, since: 39, failing: "no start" },
  {
    names: ["statx"],
    bits: 32,
    since: 33,
    failing: {
      after: "ENOSYS",
      instead: [{ names: ["fstatat64", "newfstatat"], failing: "no start" }],
    },
  },
  // Of /etc/ld.so.cache, whose descriptor stays open if that fails, and of libc.so.6, which then has the next one.
  { names: ["close"], failing: then({ names: ["close"], args: [[4n]] }) },
  ...threadPointer(() => "no start"),
  ...THREADS_OF_GLIBC,
  { names: ["mprotect"], failing: "no start" },
  // /etc/ld.so.cache.
  { names: ["munmap"], failing: ANY },
  // The keys of malloc's caches, where the program allocates memory before main.
  { names: ["getrandom"], since: 43, failing: ANY },
];

/** csu/libc-start.c and csu/libc-tls.c without SHARED. */
const GLIBC_STATIC: readonly StartCall[] = [
  // The block of thread-local storage: __sbrk, since 2.36 _dl_early_allocate, which calls mmap if brk returns the same twice.
  { names: ["brk"], before: 36, failing: "no start" },
  { names: ["brk"], since: 36, failing: { ...then({ names: MMAP }), alike: true } },
  ...threadPointer(() => "no start"),
  // _dl_discover_osversion: "FATAL: cannot determine kernel version".
  { names: ["uname"], before: 36, failing: "no start" },
  ...THREADS_OF_GLIBC.map((call) => ({ ...call, since: Math.max(call.since ?? 0, 35) })),
  // _dl_get_origin.
  { names: ["readlink", "readlinkat"], before: 39, failing: ANY },
  { names: ["readlinkat"], since: 39, failing: ANY },
  // The keys of malloc's caches: random_bits, before the vDSO is set up (_dl_non_dynamic_init).
  {
    names: ["getrandom"],
    since: 35,
    failing: { after: "any errno", instead: [{ names: ["clock_gettime64", "clock_gettime"], failing: ANY }] },
  },
  // _dl_protect_relro.
  { names: ["mprotect"], since: 31, failing: "no start" },
];

/** _Exit (src/exit/_Exit.c): exit for ever if exit_group fails. */
const END_OF_MUSL: readonly StartCall[] = [{ names: ["exit_group"], failing: then({ names: ["exit"] }) }];

/** __init_tp (src/env/__init_tls.c); on x86 src/thread/i386/__set_thread_area.s calls modify_ldt if set_thread_area fails. */
const MUSL_STATIC: readonly StartCall[] = [
  ...threadPointer((column) => (column === "x86" ? then({ names: ["modify_ldt"] }) : "no start")),
  { names: ["set_tid_address"], failing: ANY },
];

/** ldso/dynlink.c, of a program without other libraries; its memory is mallocng's (src/malloc/mallocng/malloc.c, alloc_meta). */
const MUSL_DYNAMIC: readonly StartCall[] = [
  ...MUSL_STATIC,
  // In its place memory without access, of which a page is made writable.
  {
    names: ["brk"],
    failing: then(
      { names: MMAP, args: [NO_ACCESS] },
      { names: ["mprotect"], args: [[AT, 0x1000n, PROT_READ | PROT_WRITE]] },
    ),
  },
  // A guard page below the heap.
  { names: MMAP, args: [GUARD], failing: ANY },
  // RELRO: ENOSYS is taken for a machine without an MMU.
  { names: ["mprotect"], failing: { after: "ENOSYS", instead: [] } },
];

/** The calls of a start, without the end. */
export const START_CALLS: readonly (ProgramKind & { readonly calls: readonly StartCall[] })[] = [
  { library: "glibc", linking: "dynamic", calls: GLIBC_DYNAMIC },
  { library: "musl", linking: "dynamic", calls: MUSL_DYNAMIC },
  { library: "glibc", linking: "static", calls: GLIBC_STATIC },
  { library: "musl", linking: "static", calls: MUSL_STATIC },
];

/** The calls of an end; the same for dynamically linked and static programs. */
export const END_CALLS: Readonly<Record<ProgramKind["library"], readonly StartCall[]>> = {
  glibc: END_OF_GLIBC,
  musl: END_OF_MUSL,
};

/** The names of a call and of those that are made in its place. */
export function namesOfCall({ names, failing }: StartCall): readonly string[] {
  return [...names, ...(failing === "no start" ? [] : failing.instead.flatMap(namesOfCall))];
}

/** Calls of a start that only have to seem to succeed: an ERRNO of 0 makes a call return 0 (kernel/seccomp.c, __seccomp_filter). */
export const MAY_BE_SKIPPED: readonly string[] = ["close", "mprotect"];

/**
 * The arguments with which these calls are made: a profile may allow the call with some arguments only. Seen by strace. A call that
 * is not listed takes addresses only.
 */
export const START_ARGUMENTS: Readonly<Record<string, readonly (readonly bigint[])[]>> = {
  // ARCH_SET_FS.
  arch_prctl: [[0x1002n, AT]],
  brk: [[0n], [AT]],
  // R_OK.
  access: [[AT, 4n]],
  faccessat: [[HERE, AT, 4n]],
  // O_RDONLY | O_CLOEXEC.
  openat: [[HERE, AT, 0x80000n, 0n]],
  close: [[3n]],
  // CLOCK_MONOTONIC.
  clock_gettime: [[1n, AT]],
  clock_gettime64: [[1n, AT]],
  read: [[3n, AT, 832n]],
  pread64: [[3n, AT, 784n, 64n]],
  fstat: [[3n, AT]],
  fstat64: [[3n, AT]],
  // AT_EMPTY_PATH.
  newfstatat: [[3n, AT, AT, 0x1000n]],
  fstatat64: [[3n, AT, AT, 0x1000n]],
  // The same and AT_NO_AUTOMOUNT; STATX_BASIC_STATS.
  statx: [[3n, AT, 0x1800n, 0x7ffn, AT]],
  exit: [[0n]],
  exit_group: [[0n]],
  // GRND_NONBLOCK.
  getrandom: [[AT, 8n, 1n]],
  mmap: [MEMORY],
  mmap2: [MEMORY],
  mprotect: [[AT, 0x1000n, PROT_READ]],
  munmap: [[AT, 0x9000n]],
  // RLIMIT_STACK.
  prlimit64: [[0n, 3n, 0n, AT]],
  ugetrlimit: [[3n, AT]],
  readlinkat: [[HERE, AT, AT, 4096n]],
  readlink: [[AT, AT, 4096n]],
  rseq: [[AT, 32n, 0n, 0x53053053n]],
  set_robust_list: [[AT, 24n]],
};
