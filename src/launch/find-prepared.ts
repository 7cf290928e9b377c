/**
 * Finds a prepared filter: next to the profile's file, or among those of the built-in profiles.
 */

import type { Host } from "../host.ts";
import { trustedBeside } from "../load/files.ts";
import type { ProfileText } from "../load/load-profile.ts";
import { filterFor, type PreparedFilter, type PreparedFilters, readPrepared } from "../load/prepared.ts";
import type { Machine } from "../load/target.ts";
import { type Usable, unusable, usable } from "../load/usable.ts";

/** The prepared filter of a profile for a machine. */
export function findPrepared(
  host: Host,
  profile: ProfileText,
  machine: Machine,
  wideArguments: boolean,
): Usable<PreparedFilter> {
  const filters = filtersOf(host, profile);
  if (filters.kind === "unusable") {
    return filters;
  }
  if (filters.value.wideArguments !== wideArguments) {
    return unusable(`it was made ${wideArguments ? "without" : "with"} --wide-arguments`);
  }
  const filter = filterFor(filters.value, machine);
  return filter === undefined
    ? unusable("none was made for this kernel and these capabilities")
    : usable(filter);
}

function filtersOf(host: Host, profile: ProfileText): Usable<PreparedFilters> {
  const { origin } = profile;
  if (origin.kind === "builtin") {
    // The build made them from that very profile: build/prepared.ts.
    const filters = host.builtinFilters[origin.name] as PreparedFilters | undefined;
    return filters === undefined ? unusable("there is none") : usable(filters);
  }
  if (origin.kind === "stream") {
    return unusable("it is not read from a file");
  }
  const file = trustedBeside(origin.context);
  return file.kind === "unusable" ? file : readPrepared(host, file.value, profile.text);
}
