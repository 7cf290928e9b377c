/**
 * Says of a prepared profile what a launch says of it when it compiles it.
 */

import { printable } from "../bytes.ts";
import type { PreparedFilter } from "../load/prepared.ts";

/**
 * The lines, or no text.
 *
 * @param label of the profile
 * @param verbose whether the launch is asked to say more
 */
export function preparedSayings({ said = [] }: PreparedFilter, label: string, verbose: boolean): string {
  let text = "";
  for (const { at, message, hint, verbose: only } of said) {
    if (verbose || only !== true) {
      const where = at === undefined ? label : `${label}:${at}`;
      text += `seccomp-exec: warning: ${printable(`${where}: ${message}`)}\n`;
      text += hint === undefined ? "" : `seccomp-exec: hint: ${printable(hint)}\n`;
    }
  }
  return text;
}
