/**
 * Flags of open(2), by include/uapi/asm-generic/fcntl.h at v6.18, as x86_64 and aarch64 have them.
 */

export const O_RDONLY = 0;
export const O_NOCTTY = 0o400;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

/** O_DIRECTORY and O_NOFOLLOW, whose numbers arch/arm64/include/uapi/asm/fcntl.h changes. */
export function ownFlags(arch: string): { readonly directory: number; readonly noFollow: number } {
  return arch === "aarch64"
    ? { directory: 0o40000, noFollow: 0o100000 }
    : { directory: 0o200000, noFollow: 0o400000 };
}
