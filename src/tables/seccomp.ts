/**
 * The constants of seccomp(2), as in the kernel's include/uapi/linux/seccomp.h at v6.18.
 */

/** SECCOMP_RET_*: what a filter returns; the low 16 bits are data (an errno, or a number for the tracer). */
export const SECCOMP_RET_KILL_PROCESS = 0x80000000;
export const SECCOMP_RET_KILL_THREAD = 0x00000000;
export const SECCOMP_RET_TRAP = 0x00030000;
export const SECCOMP_RET_ERRNO = 0x00050000;
export const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
export const SECCOMP_RET_TRACE = 0x7ff00000;
export const SECCOMP_RET_LOG = 0x7ffc0000;
export const SECCOMP_RET_ALLOW = 0x7fff0000;

/** SECCOMP_RET_ACTION_FULL: the bits of a return value that name the action. */
export const SECCOMP_RET_ACTION_FULL = 0xffff0000;
/** SECCOMP_RET_DATA: the bits of a return value that are data. */
export const SECCOMP_RET_DATA = 0x0000ffff;

/** SECCOMP_FILTER_FLAG_*, by the names that the OCI runtime-spec and libseccomp use. */
export const SECCOMP_FILTER_FLAG_TSYNC = 1;
export const SECCOMP_FILTER_FLAG_LOG = 2;
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
export const SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 16;
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 32;

/** MAX_ERRNO of include/linux/err.h: the kernel caps a larger errno of SECCOMP_RET_ERRNO to it. */
export const MAX_ERRNO = 4095;

/** BPF_MAXINSNS of include/uapi/linux/bpf_common.h: maximum length of a filter, in instructions. */
export const BPF_MAXINSNS = 4096;

/** The offsets of `struct seccomp_data`, in bytes; sizeof is 64. */
export const SECCOMP_DATA_NR = 0;
export const SECCOMP_DATA_ARCH = 4;
export const SECCOMP_DATA_INSTRUCTION_POINTER = 8;
export const SECCOMP_DATA_ARGS = 16;
export const SECCOMP_DATA_SIZE = 64;
