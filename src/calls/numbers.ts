/**
 * Shows numbers: decimal, in hexadecimal, as a mode, as an address.
 */

/** The bits of the major number; those of the minor number are around it: new_decode_dev() of include/linux/kdev_t.h at v6.12. */
const MAJOR_BITS = 0xfff00n;

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** NULL, or the number in hexadecimal. */
export function address(value: bigint): string {
  return value === 0n ? "NULL" : hex(value);
}

/** A number as octal digits with a leading zero, at least three: 0644, 022, 000. */
export function octal(value: bigint): string {
  const digits = value.toString(8);
  return digits === "0" ? "000" : `0${digits}`;
}

/** A value of an int with a sign. */
export function signed32(value: bigint): bigint {
  return BigInt.asIntN(32, value);
}

/** A small number decimal, another one in hexadecimal. */
export function plain(value: bigint): string {
  return value < 0x10000n ? String(value) : hex(value);
}

/** The number of a device, as makedev(3) takes it. */
export function device(value: bigint): string {
  const major = (value & MAJOR_BITS) >> 8n;
  const minor = (value & 0xffn) | ((value >> 12n) & MAJOR_BITS);
  return `makedev(${major}, ${minor})`;
}
