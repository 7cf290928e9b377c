/**
 * The architectures that seccomp distinguishes: their names, their AUDIT_ARCH_* tokens, and how they number and
 * pass system calls.
 */

/** libseccomp's names in lower case: the constants SCMP_ARCH_* of seccomp.h, as in seccomp_arch_add(3). */
export type ArchitectureName =
  | "x86"
  | "x86_64"
  | "x32"
  | "arm"
  | "aarch64"
  | "loongarch64"
  | "m68k"
  | "mips"
  | "mipsel"
  | "mips64"
  | "mipsel64"
  | "mips64n32"
  | "mipsel64n32"
  | "parisc"
  | "parisc64"
  | "ppc"
  | "ppc64"
  | "ppc64le"
  | "riscv64"
  | "s390"
  | "s390x"
  | "sh"
  | "sheb";

/** The tables of syscall numbers; byte orders of one architecture share a table. */
export type NumberColumn = Exclude<
  ArchitectureName,
  "mipsel" | "mipsel64" | "mipsel64n32" | "ppc64le" | "sheb"
>;

export interface Architecture {
  readonly name: ArchitectureName;
  /** As profiles write it, for example `SCMP_ARCH_X86_64`. */
  readonly scmp: string;
  /** Go's GOARCH, as in `includes.arches`; undefined if Go has none. */
  readonly go: string | undefined;
  /** AUDIT_ARCH_*, unsigned: what seccomp_data.arch holds (include/uapi/linux/audit.h at v6.18). */
  readonly token: number;
  /** Whether another architecture has the same token, so that only the syscall number distinguishes them. */
  readonly sharesToken: boolean;
  /**
   * How many bits of a syscall argument count: 32 if the program's registers have no more.
   *
   * It is 64 for x32 and for MIPS n32. Both have 32-bit pointers but 64-bit registers, and the kernel passes
   * seccomp the whole register: syscall_get_arguments() of arch/x86/include/asm/syscall.h truncates only calls of
   * 32-bit mode, that of arch/mips/include/asm/syscall.h truncates none (v6.18). What a program leaves in the upper
   * half is visible to a filter; an n32 value with bit 31 set normally comes sign-extended.
   *
   * A 64-bit MIPS kernel shows the registers of an o32 program sign-extended too, although its arguments have
   * 32 bits: there a filter must not look at the upper word.
   */
  readonly bits: 32 | 64;
  readonly bigEndian: boolean;
  /** Which table has its syscall numbers. */
  readonly column: NumberColumn;
  /** What the ABI adds to the numbers of the table, as in seccomp_data.nr: 4000, 5000 and 6000 on MIPS, else 0. */
  readonly numberBase: number;
  /** The bit that marks a number as this architecture's: {@link X32_SYSCALL_BIT} for x32, else 0. */
  readonly numberBit: number;
}

/** __X32_SYSCALL_BIT of arch/x86/include/uapi/asm/unistd.h at v6.18. */
export const X32_SYSCALL_BIT = 0x40000000;

/**
 * The kernel (major * 256 + minor) that first rejected x32's own numbers, 512 to 547, without the bit, and x86-64's with it
 * if x32 has another number for the call. An older kernel with x32 runs the call all the same: 521, and 101 with the
 * bit, are both ptrace (seccomp(2), "Description").
 */
export const X32_SEPARATE_SINCE = 5 * 256 + 4;

/** __NR_Linux of the three ABIs: arch/mips/include/uapi/asm/unistd.h at v6.18. */
const MIPS_O32 = 4000;
const MIPS_N64 = 5000;
const MIPS_N32 = 6000;

const LITTLE = false;
const BIG = true;

/** All architectures, grouped by family. */
export const architectures: readonly Architecture[] = [
  row("x86", "386", 0x40000003, 32, LITTLE, "x86"),
  row("x86_64", "amd64", 0xc000003e, 64, LITTLE, "x86_64", 0, 0, true),
  row("x32", undefined, 0xc000003e, 64, LITTLE, "x32", 0, X32_SYSCALL_BIT, true),
  row("arm", "arm", 0x40000028, 32, LITTLE, "arm"),
  row("aarch64", "arm64", 0xc00000b7, 64, LITTLE, "aarch64"),
  row("loongarch64", "loong64", 0xc0000102, 64, LITTLE, "loongarch64"),
  row("m68k", undefined, 0x00000004, 32, BIG, "m68k"),
  row("mips", "mips", 0x00000008, 32, BIG, "mips", MIPS_O32),
  row("mipsel", "mipsle", 0x40000008, 32, LITTLE, "mips", MIPS_O32),
  row("mips64", "mips64", 0x80000008, 64, BIG, "mips64", MIPS_N64),
  row("mipsel64", "mips64le", 0xc0000008, 64, LITTLE, "mips64", MIPS_N64),
  row("mips64n32", "mips64p32", 0xa0000008, 64, BIG, "mips64n32", MIPS_N32),
  row("mipsel64n32", "mips64p32le", 0xe0000008, 64, LITTLE, "mips64n32", MIPS_N32),
  row("parisc", undefined, 0x0000000f, 32, BIG, "parisc"),
  row("parisc64", undefined, 0x8000000f, 64, BIG, "parisc64"),
  row("ppc", "ppc", 0x00000014, 32, BIG, "ppc"),
  row("ppc64", "ppc64", 0x80000015, 64, BIG, "ppc64"),
  row("ppc64le", "ppc64le", 0xc0000015, 64, LITTLE, "ppc64"),
  row("riscv64", "riscv64", 0xc00000f3, 64, LITTLE, "riscv64"),
  row("s390", "s390", 0x00000016, 32, BIG, "s390"),
  row("s390x", "s390x", 0x80000016, 64, BIG, "s390x"),
  row("sh", undefined, 0x4000002a, 32, LITTLE, "sh"),
  row("sheb", undefined, 0x0000002a, 32, BIG, "sh"),
];

function row(
  name: ArchitectureName,
  go: string | undefined,
  token: number,
  bits: 32 | 64,
  bigEndian: boolean,
  column: NumberColumn,
  numberBase = 0,
  numberBit = 0,
  sharesToken = false,
): Architecture {
  const scmp = `SCMP_ARCH_${name.toUpperCase()}`;
  return { name, scmp, go, token, sharesToken, bits, bigEndian, column, numberBase, numberBit };
}

/** The other architecture with the same token: x32 for x86-64, x86-64 for x32; else undefined. */
export function siblingOf(arch: Architecture): Architecture | undefined {
  return arch.sharesToken
    ? architectures.find((other) => other !== arch && other.token === arch.token)
    : undefined;
}

/** The architecture with that name; undefined if there is none. */
export function architectureByName(name: string | undefined): Architecture | undefined {
  return architectures.find((arch) => arch.name === name);
}

const byScmp: ReadonlyMap<string, Architecture> = new Map(architectures.map((arch) => [arch.scmp, arch]));

/** The architecture by its name in profiles, for example `SCMP_ARCH_X86_64`; undefined if there is none. */
export function architectureByScmp(scmp: string | undefined): Architecture | undefined {
  return scmp === undefined ? undefined : byScmp.get(scmp);
}

/**
 * Which of these architectures a call belongs to; undefined if to none. x86-64 and x32 share a token and differ in bit 30 of
 * the number.
 *
 * @param token seccomp_data.arch
 * @param nr seccomp_data.nr, unsigned
 */
export function architectureOfCall(
  among: readonly Architecture[],
  token: number,
  nr: number,
): Architecture | undefined {
  return among.find(
    (arch) => arch.token === token && (!arch.sharesToken || (nr & X32_SYSCALL_BIT) === arch.numberBit),
  );
}

/** Whether a word of `includes.arches` names the architecture: Go's name, or libseccomp's (`amd64`, `x86_64`). */
export function matchesArchName(arch: Architecture | undefined, word: string | undefined): boolean {
  return arch !== undefined && word !== undefined && (arch.name === word || arch.go === word);
}

const words: readonly (string | undefined)[] = architectures.flatMap(({ name, go }) => [name, go]);

/** Whether a word of `includes.arches` names any architecture. */
export function isArchitectureWord(word: string | undefined): boolean {
  return word !== undefined && words.includes(word);
}
