/**
 * The capabilities of capabilities(7): their names and bits, from include/uapi/linux/capability.h at v6.18.
 */

/** In the order of their bits, from 0, without the prefix. */
const NAMES =
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT " +
  "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL " +
  "SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";

const PREFIX = "CAP_";

/** The number of capabilities: CAP_LAST_CAP + 1. */
export const capabilityCount = 41;

/**
 * Minimum number of capabilities of a kernel (major * 256 + minor): 38 since 3.16, and so in every kernel with seccomp(2);
 * CAP_PERFMON and CAP_BPF since 5.8, CAP_CHECKPOINT_RESTORE since 5.9 (capabilities(7)).
 */
export function leastCapabilities(kernel: number): number {
  return kernel >= 5 * 256 + 9 ? 41 : kernel >= 5 * 256 + 8 ? 40 : 38;
}

/** Every capability: bit n is the one with number n. */
export function allCapabilities(): bigint {
  return (1n << BigInt(capabilityCount)) - 1n;
}

const names: readonly string[] = NAMES.split(" ").map((name) => PREFIX + name);

/** The bit of a capability by its exact name, for example `CAP_SYS_ADMIN`; -1 if there is none. */
export function capabilityBit(name: string): number {
  return names.indexOf(name);
}

/** The name of a capability, for example `CAP_SYS_ADMIN`; undefined if the bit has none. */
export function capabilityName(bit: number): string | undefined {
  return names[bit];
}

/**
 * The exact name for the spellings that a command line may use: `sys_admin`, `SYS_ADMIN` and `cap_sys_admin`
 * are all CAP_SYS_ADMIN. Does not check whether the capability exists.
 */
export function normalizeCapability(word: string): string {
  const upper = word.toUpperCase();
  return upper.startsWith(PREFIX) ? upper : PREFIX + upper;
}
