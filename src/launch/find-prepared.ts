/**
 * Looks for a filter that was made beforehand: beside the profile's file, or with the profiles that are compiled in.
 */

import type { Host } from "../host.ts";
import { trustedBeside } from "../load/files.ts";
import type { ProfileText } from "../load/load-profile.ts";
import { filterFor, type PreparedFilter, type PreparedFilters, readPrepared } from "../load/prepared.ts";
import type { Machine } from "../load/target.ts";

/** The filter, or why there is none to be used. */
export function findPrepared(host: Host, profile: ProfileText, machine: Machine): PreparedFilter | string {
  const filters = filtersOf(host, profile);
  return typeof filters === "string"
    ? filters
    : (filterFor(filters, machine) ?? "none was made for this kernel and these capabilities");
}

function filtersOf(host: Host, profile: ProfileText): PreparedFilters | string {
  const { origin } = profile;
  if (origin.kind === "builtin") {
    // They were made of that very profile when the executable was: build/prepared.ts.
    return (host.builtinFilters[origin.name] as PreparedFilters | undefined) ?? "there is none";
  }
  if (origin.kind === "stream") {
    return "it is not read from a file";
  }
  const file = trustedBeside(origin.place);
  return typeof file === "string" ? file : readPrepared(host, file.text, profile.text);
}
