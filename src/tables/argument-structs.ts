/**
 * The structs in which some calls take all of their arguments, where other architectures or calls take them in registers.
 *
 * A filter sees the address of the struct and not what is in it. Which call of which architecture takes such a struct is
 * in its signature, in `build/tables/signatures.tsv`: one parameter that points to it. The calls of socketcall(2) and
 * ipc(2) are hidden in a like manner, see `multiplexers.ts`. Not here: structs that every architecture takes and that no
 * call takes in registers with the same meaning (clone_args, open_how, __sysctl_args).
 */

/** A struct, as the kernel declares it. */
export interface ArgumentStruct {
  readonly struct: string;
  /**
   * The fields in order, as `NAME:TYPE` with the types of `kernel-types.ts`, one space between two: the arguments in the
   * order in which other architectures, and {@link inRegisters}, take them in registers.
   */
  readonly fields: string;
  /** The source file of the kernel, at v6.12. */
  readonly source: string;
  /** The name of a call that does the same with the fields in registers; undefined if there is none anywhere. */
  readonly inRegisters: string | undefined;
}

const MMAP_FIELDS = "addr:ulong len:ulong prot:ulong flags:ulong fd:ulong offset:ulong";

/** All such structs. The compat entry points have the same with other names: mmap_arg_struct32, compat_sel_arg_struct. */
export const argumentStructs: readonly ArgumentStruct[] = [
  // The offset is in bytes, that of mmap2 in pages.
  { struct: "mmap_arg_struct", fields: MMAP_FIELDS, source: "mm/mmap.c", inRegisters: "mmap2" },
  {
    // mmap2 of s390: the offset is in pages. Only 64-bit kernels have it, as a compat call; ulong has 32 bits there.
    struct: "mmap_arg_struct_emu31",
    fields: MMAP_FIELDS,
    source: "arch/s390/kernel/compat_linux.c",
    inRegisters: undefined,
  },
  {
    struct: "sel_arg_struct",
    fields: "n:ulong inp:fd_set* outp:fd_set* exp:fd_set* tvp:__kernel_old_timeval*",
    source: "fs/select.c",
    inRegisters: "_newselect",
  },
  {
    struct: "fadvise64_64_args",
    fields: "fd:int offset:loff_t len:loff_t advice:int",
    source: "arch/s390/kernel/compat_linux.c",
    inRegisters: undefined,
  },
];
