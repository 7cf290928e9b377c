/**
 * Looks for a filter that was made beforehand: beside the profile's file, or with the profiles that are compiled in.
 */

import type { Host } from "../host.ts";
import { readBeside } from "./files.ts";
import {
  filterFor,
  type Prepared,
  type PreparedFilter,
  type PreparedFilters,
  preparedPath,
  unsealed,
  whyUseless,
} from "./prepared.ts";
import type { ProfileText } from "./select.ts";
import type { Machine } from "./target.ts";

/** The filter, or why there is none to be used. */
export function findPrepared(host: Host, profile: ProfileText, machine: Machine): PreparedFilter | string {
  const filters = filtersOf(host, profile, machine.arch);
  return typeof filters === "string"
    ? filters
    : (filterFor(filters, machine) ?? "none was made for this kernel and these capabilities");
}

function filtersOf(host: Host, profile: ProfileText, arch: string): PreparedFilters | string {
  const { origin } = profile;
  if (origin.kind === "builtin") {
    // They were made of that very profile when the executable was: build/prepared.ts.
    return (host.builtinFilters[origin.name] as PreparedFilters | undefined) ?? "there is none";
  }
  const file = readBeside(host, preparedPath(origin.path, arch), origin.uid);
  if (typeof file === "string") {
    return file;
  }
  const text = unsealed(host, file.text);
  if (text === undefined) {
    return "it is damaged";
  }
  const prepared = JSON.parse(text) as Prepared;
  return whyUseless(prepared, host.sha256(profile.text)) ?? prepared;
}
