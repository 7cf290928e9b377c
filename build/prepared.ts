/**
 * Prepares the filters of the shipped profiles for this machine's architecture: `build/out/filters.json`, by file name.
 * They serve current kernels, and the default callers of `seccomp-exec prepare`; for others a launch compiles the
 * profile.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readProfile } from "../src/profile/read.ts";
import { type Architecture, architectureByName } from "../src/tables/architectures.ts";
import { prepareFilters, USUAL_CALLERS } from "../src/verbs/prepare-filters.ts";
import { NATIVE_ARCHITECTURES } from "./bundling.ts";

/** Newer than any kernel that a shipped profile mentions. */
const TODAYS_KERNEL = 6 * 256;

const arch = architectureByName(NATIVE_ARCHITECTURES[process.arch] ?? "");
const names =
  arch === undefined
    ? []
    : readdirSync("profiles")
        .filter((name) => name.endsWith(".json"))
        .sort();
const filters = names.map((name) => [name, filtersOf(name, arch as Architecture)]);
writeFileSync("build/out/filters.json", JSON.stringify(Object.fromEntries(filters)));

function filtersOf(name: string, arch: Architecture) {
  const read = readProfile(JSON.parse(readFileSync(`profiles/${name}`, "utf8")));
  const machine = { arch, kernel: TODAYS_KERNEL };
  const { filters, diagnostics } = prepareFilters(
    read,
    name,
    machine,
    USUAL_CALLERS,
    false,
    ({ message }) => ({
      message,
    }),
  );
  if (filters === undefined || diagnostics.length > 0) {
    throw new Error(`${name} has warnings`);
  }
  return filters;
}
