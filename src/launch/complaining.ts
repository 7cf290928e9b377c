/**
 * Who lets calls through that the profile denies, with `--complain`.
 */

import type { GivenOptions } from "../task/options.ts";

/** Whether nothing is denied. */
export function complainsOnly(options: GivenOptions): boolean {
  return options["--complain"] !== undefined;
}

/** Whether the filter itself lets everything through: under an audit, the supervisor does. */
export function filterComplains(options: GivenOptions): boolean {
  return complainsOnly(options) && options["--audit"] === undefined;
}
