/**
 * What check says of programs that do not start or end: under which C library, and for want of which calls.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { selects } from "../policy/rule-verdict.ts";
import { DISTRIBUTIONS, GLIBC_VERSIONS, type ProgramKind } from "../tables/program-starts.ts";
import { denialOf, kills } from "./denials.ts";
import { type LintInput, namePointer, nativeOf } from "./input.ts";
import { partsByName } from "./parts.ts";
import { decidingPlace } from "./places.ts";
import { type Missing, type Stopped, stoppedEnds, stoppedStarts } from "./starts.ts";

/** The oldest minor version of glibc 2 of which static programs are worth a finding of their own: Debian 12's. */
const OLDEST_IN_USE = 36;

/** Warns if dynamically linked or static programs do not start: one finding. */
export function starts(input: LintInput): Diagnostic[] {
  const all = toldStarts(stoppedStarts(input.installed, nativeOf(input)));
  const dynamic = all.filter(({ linking }) => linking === "dynamic");
  const isStopped = ({ library, linking }: ProgramKind): boolean =>
    all.some((one) => one.library === library && one.linking === linking);
  const fixed = all.filter(({ linking }) => linking === "static");
  if (dynamic.length === 0) {
    const today = fixed.filter(
      ({ library, versions }) => library === "musl" || versions.some((version) => version >= OLDEST_IN_USE),
    );
    return today.length === 0 ? [] : [ofStatic(input, today)];
  }
  const lacksOpen = denialOf(input.installed, nativeOf(input), OPEN_OF_MUSL) !== undefined;
  const started = [
    ...(isStopped({ library: "glibc", linking: "dynamic" }) ? [] : ["those of glibc"]),
    ...(isStopped({ library: "musl", linking: "dynamic" })
      ? []
      : [lacksOpen ? "those of musl without other libraries" : "those of musl"]),
    ...(fixed.length === 0 ? ["static programs in C"] : []),
  ];
  const rest = [
    ...(started.length === 0 ? [] : [`${started.join(" and ")} start`]),
    ...(fixed.length < 2 ? [] : ["static programs do not start either"]),
  ];
  const message = `no dynamically linked program starts under ${clauses(dynamic)}`;
  return [
    {
      code: "denies-dynamic-loader",
      severity: "warning",
      message: [message, ...rest].join("; "),
      hint: `allow ${listed(namesOf(fixed.length < 2 ? dynamic : all), 20)}${lacksOpen ? `, and ${OPEN_OF_MUSL} for programs of musl that have other libraries` : ""}${fixed.length === 0 ? ", unless the profile is for static programs in C" : ""}`,
      pointer: placeOf(input, dynamic),
    },
  ];
}

/** By which the loader of musl opens libraries, where the architecture has the call: sys_open of src/internal/syscall.h. */
const OPEN_OF_MUSL = "open";

/** Warns if no static program starts; only those of some C libraries are worth a note. */
function ofStatic(input: LintInput, stopped: readonly Stopped[]): Diagnostic {
  const isAll = stopped.length === 2;
  return {
    code: "denies-library-calls",
    severity: isAll ? "warning" : "note",
    ...(isAll ? {} : { weight: "remark" }),
    message: `no static program starts under ${clauses(stopped)}; dynamically linked programs start`,
    hint: `allow ${listed(namesOf(stopped), 20)}, unless the profile is for dynamically linked programs`,
    pointer: placeOf(input, stopped),
  };
}

/** The call of glibc's first malloc, which some of its versions and static programs make before main already. */
export const FIRST_ALLOCATION = "getrandom";

/**
 * The starts of which {@link starts} tells: not where programs are killed for {@link FIRST_ALLOCATION} only, of which
 * `unrecorded/library-calls.ts` tells, since that ends hardly fewer programs of the versions that start.
 */
export function toldStarts(stopped: readonly Stopped[]): readonly Stopped[] {
  const isToldElsewhere = ({ name, verdict }: Missing): boolean =>
    name === FIRST_ALLOCATION && kills(verdict);
  return stopped.every(({ calls }) => calls.every(isToldElsewhere)) ? [] : stopped;
}

/** Warns if programs cannot end, or only by a signal. */
export function endings(input: LintInput): Diagnostic[] {
  const all = stoppedEnds(input.installed, nativeOf(input));
  const [first] = all;
  const [call] = first?.calls ?? [];
  if (first === undefined || call === undefined) {
    return [];
  }
  const isEvery = all.length === 2 && first.versions.length === GLIBC_VERSIONS.length;
  const what = kills(call.verdict)
    ? `the profile kills for ${call.name}, so programs end by a signal, whatever their exit status is`
    : isEvery
      ? `the profile denies ${call.name} and exit, so programs cannot end: C libraries retry for ever or crash`
      : `the profile denies ${call.name}: programs under ${glibc(first.versions)} crash at their end; under other C libraries they end by exit`;
  return [
    {
      code: "denies-exit",
      severity: "warning",
      message: what,
      hint: `allow ${call.name}`,
      pointer: placeOf(input, all),
    },
  ];
}

/** The pointer to what denies the first call: a rule, or where the default action does, rather a rule whose conditions it fails. */
function placeOf(input: LintInput, [first]: readonly Stopped[]): string {
  const { name, args } = first?.calls[0] ?? { name: "", args: [] };
  const place = decidingPlace(input, { arch: nativeOf(input), name, args });
  const parts = (partsByName(input).get(name) ?? []).filter(({ rule }) => selects(rule, input.target));
  return place.isDefault
    ? namePointer(
        input.profile,
        name,
        parts.map(({ rule }) => rule),
      )
    : place.pointer;
}

/** The names of the calls that are missing at starts; each once. */
export function namesOf(stopped: readonly Stopped[]): readonly string[] {
  return [...new Set(stopped.flatMap(({ calls }) => calls.map(({ name }) => name)))];
}

/** "glibc, which needs mmap, nor under musl, which needs brk"; "glibc or musl, which need mmap". */
function clauses(stopped: readonly Stopped[]): string {
  const [first = "", ...others] = stopped.map(effects);
  return others.length > 0 && others.every((other) => other === first)
    ? `${stopped.map(title).join(" or ")}, which ${first.replace(/\bneeds\b/, "need").replace(/\bis killed/, "are killed")}`
    : stopped.map((one) => `${title(one)}, which ${effects(one)}`).join(", nor under ");
}

function title({ library, versions, calls }: Stopped): string {
  const isBuiltForCet = calls.every(({ name, versions: by }) => name === BY_CET || !by.includes(31));
  return library === "musl" ? "musl" : glibc(versions, isBuiltForCet ? ["Debian 11"] : []);
}

/** The call that versions of glibc before 2.33 make at a start only as built for CET, which Debian 11 was not. */
const BY_CET = "pread64";

/** "needs newfstatat and is killed for brk", with the versions of glibc of calls that not all of those stopped need. */
function effects({ versions, calls }: Stopped): string {
  const word = (call: Missing): string => {
    const about = [
      ...(call.versions.length === versions.length ? [] : [ranges(call.versions)]),
      ...(call.name === BY_CET && call.versions.includes(31) ? ["before 2.33 only as built for CET"] : []),
    ];
    return about.length === 0 ? call.name : `${call.name} (${about.join(", ")})`;
  };
  const killing = calls.filter(({ verdict }) => kills(verdict)).map(word);
  const failing = calls.filter(({ verdict }) => !kills(verdict)).map(word);
  return [
    ...(failing.length === 0 ? [] : [`needs ${listed(failing, 20)}`]),
    ...(killing.length === 0 ? [] : [`is killed for ${listed(killing, 20)}`]),
  ].join(" and ");
}

/** Versions of glibc, with distributions that have them: "glibc 2.39 and later (Debian 13, Ubuntu 24.04)"; all: "glibc". */
function glibc(versions: readonly number[], without: readonly string[] = []): string {
  if (versions.length === GLIBC_VERSIONS.length) {
    return "glibc";
  }
  const names = DISTRIBUTIONS.filter(
    ([minor, name]) => versions.includes(minor) && !without.includes(name),
  ).map(([, name]) => name);
  return `glibc ${ranges(versions)}${names.length === 0 ? "" : ` (${names.join(", ")})`}`;
}

/** Minor versions of glibc 2 as ranges: "before 2.33, 2.39 and later". */
function ranges(versions: readonly number[]): string {
  const runs: number[][] = [];
  for (const version of versions) {
    const last = runs.at(-1);
    if (last?.at(-1) === version - 1) {
      last.push(version);
    } else {
      runs.push([version]);
    }
  }
  return runs
    .map((run) => {
      const [from = 0] = run;
      const to = run.at(-1) ?? from;
      if (to === GLIBC_VERSIONS.at(-1)) {
        return `2.${from} and later`;
      }
      return from === GLIBC_VERSIONS[0]
        ? `before 2.${to + 1}`
        : from === to
          ? `2.${from}`
          : `2.${from} to 2.${to}`;
    })
    .join(", ");
}
