/**
 * Values in words: constants, and what several calls combine in one number.
 */

import type { Architecture } from "../tables/architectures.ts";
import { capabilityName } from "../tables/capabilities.ts";
import { constantSet, inConstants, ioctlParts } from "../tables/constants.ts";
import type { Parameter } from "../tables/signatures.ts";
import { multiplexedId, syscallId, syscallName } from "../tables/syscalls.ts";
import { hex, octal, plain, signed32 } from "./numbers.ts";

/** The bits of a value in the constants of a set, or the number. */
export function flags(arch: Architecture, set: string, value: bigint): string {
  return inConstants(arch, set, value) ?? plain(value);
}

/** A parameter in the constants of a set, or the number, of an int with its sign. */
export function constants(
  arch: Architecture,
  set: string,
  value: bigint,
  { kind, bits }: Pick<Parameter, "kind" | "bits">,
): string {
  const text =
    isAllBits(value, bits) && !isConstant(arch, set, value) ? undefined : inConstants(arch, set, value);
  return text ?? (kind === "signed" ? plainSigned(value, bits) : plain(value));
}

/** personality(0xffffffff) and other values of -1 are not all flags at once. */
function isAllBits(value: bigint, bits: number): boolean {
  return value === BigInt.asUintN(bits, -1n) || value === 0xffffffffn;
}

function isConstant(arch: Architecture, set: string, value: bigint): boolean {
  const fields = constantSet(arch, set)?.fields ?? [];
  return fields.some(
    ({ mask, constants }) => mask === undefined && constants.some((each) => each.value === value),
  );
}

function plainSigned(value: bigint, bits: number): string {
  const signed = BigInt.asIntN(bits, value);
  return signed < 0n ? String(signed) : plain(signed);
}

/** Flags in the upper part, and permissions in the lower nine bits. */
export function withPermissions(arch: Architecture, set: string, value: bigint): string {
  const [upper, mode] = [value & ~0x1ffn, octal(value & 0x1ffn)];
  return upper === 0n ? mode : `${flags(arch, set, upper)}|${mode}`;
}

/** The type of a file, and its mode, as mknod(2) takes them. */
export function fileMode(arch: Architecture, value: bigint): string {
  const type = value & 0xf000n;
  const mode = octal(value & 0xfffn);
  return type === 0n ? mode : `${flags(arch, "file_type", type)}|${mode}`;
}

/** AT_FDCWD of include/uapi/linux/fcntl.h, or a descriptor. */
export function directory(value: bigint): string {
  const descriptor = signed32(value);
  return descriptor === -100n ? "AT_FDCWD" : String(descriptor);
}

/** Numbers above are no sizes or counts of anything, and shown in hexadecimal. */
const LARGEST_DECIMAL = 2n ** 48n;

export function number({ kind, bits, type, half }: Parameter, value: bigint): string {
  const width = half === undefined ? bits : 64;
  const all = 2n ** BigInt(width) - 1n;
  // What chown(2) and setreuid(2) leave as it is.
  if (kind === "signed" || (/^(old_)?[ugq]id_t$/.test(type) && value === all)) {
    return String(BigInt.asIntN(width, value));
  }
  return value < LARGEST_DECIMAL ? String(value) : hex(value);
}

/** Of clone(2) the low byte is a signal. */
export function cloneFlags(arch: Architecture, value: bigint): string {
  const [upper, signal] = [value & ~0xffn, value & 0xffn];
  const words = [
    ...(upper === 0n ? [] : [flags(arch, "clone", upper)]),
    ...(signal === 0n ? [] : [flags(arch, "signal", signal)]),
  ];
  return words.length === 0 ? "0" : words.join("|");
}

/** A protocol of AF_PACKET, which is in the byte order of the network. */
export function ethernetProtocol(arch: Architecture, value: bigint): string {
  const swapped = arch.bigEndian ? value : ((value & 0xffn) << 8n) | (value >> 8n);
  return value === 0n ? "0" : `htons(${flags(arch, "protocol_ethernet", swapped & 0xffffn)})`;
}

/** Flags of open(2) where nothing is opened: O_RDONLY, which is 0, says nothing. */
export function withoutAccessMode(arch: Architecture, value: bigint): string {
  const text = value === 0n ? undefined : inConstants(arch, "open", value);
  return text?.startsWith("O_RDONLY|") === true ? text.slice("O_RDONLY|".length) : (text ?? plain(value));
}

/** MS_MGC_VAL and MS_MGC_MSK of include/uapi/linux/mount.h: a number that the kernel drops, fs/namespace.c, path_mount() at v6.12. */
const OLD_MOUNT = 0xc0ed0000n;
const OLD_MOUNT_MASK = 0xffff0000n;

export function mountFlags(arch: Architecture, value: bigint): string {
  const isOld = (value & OLD_MOUNT_MASK) === OLD_MOUNT;
  const rest = isOld ? value & ~OLD_MOUNT_MASK : value;
  const text = isOld && rest === 0n ? "" : flags(arch, "mount", rest);
  return [...(isOld ? ["MS_MGC_VAL"] : []), ...(text === "" ? [] : [text])].join("|");
}

/** A request of ioctl(2); one without a name in the parts of _IOC(). */
export function ioctlName(arch: Architecture, value: bigint): string {
  const name = inConstants(arch, "ioctl", value);
  if (name !== undefined) {
    return name;
  }
  const { reads, writes, type, number, size } = ioctlParts(arch, value);
  const directions = [...(reads ? ["_IOC_READ"] : []), ...(writes ? ["_IOC_WRITE"] : [])];
  const direction = directions.length === 0 ? "_IOC_NONE" : directions.join("|");
  return `_IOC(${direction}, 0x${type.toString(16)}, 0x${number.toString(16)}, 0x${size.toString(16)})`;
}

/** The name of a call of ipc(2), as include/uapi/linux/ipc.h has it. */
export function ipcCall(value: bigint): string {
  const made = multiplexedId(syscallId("ipc"), value) ?? -1;
  const version = value >> 16n;
  const name = made < 0 ? plain(value & 0xffffn) : syscallName(made).toUpperCase();
  return version === 0n ? name : `${version}<<16|${name}`;
}

export function capability(value: bigint): string {
  return (value < 64n ? capabilityName(Number(value)) : undefined) ?? plain(value);
}

/** The serial number of a key, or one of the names of negative ones. */
export function keySerial(arch: Architecture, value: bigint): string {
  const serial = value & 0xffffffffn;
  return inConstants(arch, "keyring", serial) ?? String(signed32(serial));
}
