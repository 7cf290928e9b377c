/**
 * Formats a call for people: its name, and its arguments up to the last that is not zero.
 */

import { syscallName } from "../tables/syscalls.ts";

/** For example `personality(0x8)`, or only the name if all arguments are zero. */
export function formatCall(id: number, args: readonly bigint[]): string {
  let count = args.length;
  while (count > 0 && args[count - 1] === 0n) {
    count -= 1;
  }
  const name = syscallName(id);
  if (count === 0) {
    return name;
  }
  const shown = args.slice(0, count).map((arg) => (arg < 10n ? String(arg) : `0x${arg.toString(16)}`));
  return `${name}(${shown.join(", ")})`;
}
