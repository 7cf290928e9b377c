/**
 * A comparison of an argument in words: the parameter's name, and constants for numbers.
 */

import type { Architecture } from "../tables/architectures.ts";
import { signatureOf } from "../tables/signatures.ts";
import { seenNumber } from "../tables/syscalls.ts";
import { hex, plain } from "./numbers.ts";
import { readableCall } from "./readable.ts";

/** The name of the parameter that a register holds, as the kernel has it; `arg0` if the signature is not known. */
export function parameterName(arch: Architecture, id: number, index: number): string {
  const name = id < 0 ? undefined : signatureOf(arch, id)?.[index]?.name;
  return name === undefined || name === "" ? `arg${index}` : name;
}

/**
 * A value of an argument in constants, where it has a name: `AF_VSOCK`, `CLONE_NEWNS|CLONE_NEWUSER`; else the number.
 *
 * @param others the values of other arguments, on which the meaning may depend, by index
 */
export function argumentInWords(
  arch: Architecture,
  id: number,
  index: number,
  value: bigint,
  others: ReadonlyMap<number, bigint> = new Map(),
): string {
  const parameter = id < 0 ? undefined : signatureOf(arch, id)?.[index];
  if (parameter === undefined || parameter.half !== undefined || value >> BigInt(arch.bits) !== 0n) {
    return plain(value);
  }
  if (BigInt.asUintN(parameter.bits, value) !== value) {
    return hex(value);
  }
  const args = [0, 1, 2, 3, 4, 5].map((i) => (i === index ? value : (others.get(i) ?? 0n)));
  const call = readableCall(arch, seenNumber(arch, id), args, NO_MEMORY);
  // Nothing is known of memory: a buffer of no bytes would be an empty text.
  return (call.pointed >> index) % 2 === 1
    ? hex(value)
    : (call.arguments.find(({ name }) => name === parameter.name)?.text ?? plain(value));
}

const NO_MEMORY = { read: () => undefined };
