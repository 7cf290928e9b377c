/**
 * The shipped profiles, as the executable has them compiled in.
 */

import { type BuiltinProfile, PROFILES } from "./generated/profiles.ts";

export type { BuiltinProfile };

/**
 * The texts of the shipped profiles by their names, in JSON: `profiles/README.md` of the project says what each is for. The executable
 * calls them `builtin:NAME`.
 *
 * @example
 * ```ts
 * import { builtinProfiles } from "seccomp-exec";
 *
 * console.log(Object.keys(builtinProfiles).join(" ")); //=> dcos.json default.json log.json relaxed.json strict.json
 * console.log(JSON.parse(builtinProfiles["strict.json"]).defaultAction); //=> SCMP_ACT_ERRNO
 * ```
 */
export const builtinProfiles: Readonly<Record<BuiltinProfile, string>> = PROFILES;
