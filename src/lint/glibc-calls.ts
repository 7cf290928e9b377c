/**
 * Functions of glibc that fail although the call of the same name is allowed: the library makes another one for them.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { listed } from "../plural.ts";
import { GLIBC_CALL_SINCE, GLIBC_CALLS, GLIBC_CALLS_SINCE, MUSL_CALLS } from "../tables/counterparts.ts";
import { GLIBC_VERSIONS } from "../tables/program-starts.ts";
import { canBeMade, denialOf, errnoSeen, kills } from "./denials.ts";
import { type LintInput, namePointer, nativeOf } from "./input.ts";
import { namesOf, toldStarts } from "./start-findings.ts";
import { stoppedStarts } from "./starts.ts";

/** The calls that glibc makes and the profile denies, each with the names for which it makes them, which the profile allows. */
export function lackingInGlibc({
  policy,
  installed,
  target: { arch },
}: LintInput): ReadonlyMap<string, readonly string[]> {
  const lacking = new Map<string, string[]>();
  const stopped = stoppedStarts(installed, arch);
  const unstarted = stopped.find(({ library, linking }) => library === "glibc" && linking === "dynamic");
  const isStarted = GLIBC_VERSIONS.some(
    (version) => version >= GLIBC_CALLS_SINCE && unstarted?.versions.includes(version) !== true,
  );
  // What programs lack to start is told with that.
  const told = namesOf(toldStarts(stopped));
  for (const [name, made] of isStarted ? Object.entries(GLIBC_CALLS) : []) {
    const fails = !told.includes(made) && denialOf(policy, arch, made) !== undefined;
    if (fails && canBeMade(policy, arch, name)) {
      addTo(lacking, made, [name]);
    }
  }
  return lacking;
}

/** Warns once of all that {@link lackingInGlibc} found. */
export function missingInGlibc(
  input: LintInput,
  lacking: ReadonlyMap<string, readonly string[]>,
): Diagnostic[] {
  const names = [...lacking.values()].flat();
  const [first] = names;
  if (first === undefined) {
    return [];
  }
  const alsoInMusl = [...lacking.keys()].filter((made) => isMissedByMusl(input, made));
  const words = [...lacking].map(([made, of]) => {
    const since = GLIBC_CALL_SINCE[made];
    const about = [
      ...(since === undefined ? [] : [`since 2.${since}`]),
      ...(alsoInMusl.includes(made) ? ["musl too"] : []),
    ];
    return `${made} for ${of.join(" and ")}${about.length === 0 ? "" : ` (${about.join(", ")})`}`;
  });
  const fail = names.length === 1 ? "fails" : "fail";
  return [
    {
      code: "lacks-counterpart",
      severity: "warning",
      message: `${listed(names, 15)} ${fail} in programs of current glibc, which calls ${listed(words, 15)}: the profile allows the ${names.length === 1 ? "name of the function, but not this call" : "names of the functions, but not these calls"}`,
      hint: `allow ${listed([...lacking.keys()], 15)} as well${alsoInMusl.length === 0 ? ", unless no program is linked with glibc" : ""}`,
      pointer: namePointer(input.profile, first),
    },
  ];
}

/** Whether musl makes the call, and does not fall back to an older one. */
function isMissedByMusl(input: LintInput, made: string): boolean {
  const arch = nativeOf(input);
  const verdict = MUSL_CALLS.includes(made) ? denialOf(input.policy, arch, made) : undefined;
  return verdict !== undefined && (kills(verdict) || errnoSeen(verdict, arch) !== "ENOSYS");
}
