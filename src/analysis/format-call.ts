/**
 * Formats a call for people: its name, and its arguments up to the last that is not zero.
 */

import type { Architecture } from "../tables/architectures.ts";
import { inConstants } from "../tables/constants.ts";
import { signatureOf } from "../tables/signatures.ts";
import { syscallName } from "../tables/syscalls.ts";

/**
 * For example `personality(0x8)`, or only the name if all arguments are zero.
 *
 * @param arch writes arguments in the constants of that architecture: `socket(AF_VSOCK)`
 */
export function formatCall(id: number, args: readonly bigint[], arch?: Architecture): string {
  const given = upToLast(args);
  const name = syscallName(id);
  if (given.length === 0) {
    return name;
  }
  const signature = arch && signatureOf(arch, id);
  const shown = given.map((arg, i) => {
    const set = signature?.[i]?.set;
    const constant = arch === undefined || set === undefined ? undefined : inConstants(arch, set, arg);
    // What is a constant only in part is easier to find in the profile as a number.
    return constant === undefined || constant.includes("0x")
      ? arg < 10n
        ? String(arg)
        : `0x${arg.toString(16)}`
      : constant;
  });
  return `${name}(${shown.join(", ")})`;
}

/** The arguments up to the last that is not zero. */
export function upToLast(args: readonly bigint[]): readonly bigint[] {
  let count = args.length;
  while (count > 0 && args[count - 1] === 0n) {
    count -= 1;
  }
  return args.slice(0, count);
}
