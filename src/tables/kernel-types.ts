/**
 * The kernel's scalar types in the parameters of system calls: how much of a register each takes, and with which sign.
 *
 * include/linux/types.h, include/uapi/asm-generic/posix_types.h, include/asm-generic/compat.h and the posix_types.h of the
 * architectures at v6.12. A type that ends in `*` is a pointer and not listed.
 */

/** How the kernel takes a value: as a number with or without a sign, or as an address. */
export type TypeKind = "signed" | "unsigned" | "pointer";

export interface KernelType {
  readonly kind: TypeKind;
  /** How many low bits of the register count; `word`: as many as the registers have. */
  readonly bits: 16 | 32 | 64 | "word";
}

const types = new Map<string, KernelType>();

function add(kind: TypeKind, bits: KernelType["bits"], names: string): void {
  for (const name of names.split(" ")) {
    types.set(name, { kind, bits });
  }
}

add("signed", 32, "int s32 pid_t key_t key_serial_t clockid_t timer_t mqd_t rwf_t");
add("signed", 32, "compat_long_t compat_pid_t compat_off_t compat_ssize_t");
add("unsigned", 32, "uint u32 uid_t gid_t qid_t landlock_rule_type");
add("unsigned", 32, "compat_size_t compat_ulong_t compat_aio_context_t");
// old_uid_t is 16 bits wide wherever a call takes it: the architectures with HAVE_UID16.
add("unsigned", 16, "umode_t old_uid_t old_gid_t");
add("signed", "word", "long ssize_t off_t");
add("unsigned", "word", "ulong size_t aio_context_t old_sigset_t uintptr_t");
add("signed", 64, "loff_t");
add("unsigned", 64, "u64");
add("pointer", "word", "cap_user_header_t cap_user_data_t __sighandler_t");
add("pointer", 32, "compat_uptr_t");

const POINTER: KernelType = { kind: "pointer", bits: "word" };

/** The type with that name; undefined if no parameter has it. */
export function kernelType(name: string): KernelType | undefined {
  return name.endsWith("*") ? POINTER : types.get(name);
}
