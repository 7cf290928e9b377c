/**
 * Calls that an allow list lacks although it has what they replace: programs make them on another architecture of the list.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { listed } from "../plural.ts";
import { selects, verdictOf } from "../policy/rule-verdict.ts";
import { denies } from "../policy/verdict.ts";
import { type Architecture, type ArchitectureName, architectureByScmp } from "../tables/architectures.ts";
import { type Calls, type Counterpart, counterparts } from "../tables/counterparts.ts";
import { enosys } from "../tables/errnos.ts";
import { GLIBC_VERSIONS, namesOfCall, START_CALLS } from "../tables/program-starts.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { canBeMade } from "./denials.ts";
import { lackingInGlibc, missingInGlibc } from "./glibc-calls.ts";
import { allows, type LintInput, namePointer, nativeOf } from "./input.ts";
import { namesOf } from "./start-findings.ts";
import {
  dynamicProgramsStart,
  type Judge,
  type Stopped,
  someStart,
  stoppedBy,
  stoppedStarts,
} from "./starts.ts";
import { machineArchitectures } from "./unrecorded/programs.ts";
import { RETURNING_BY_SIGRETURN } from "./unrecorded/signal-returns.ts";

/** A call that is allowed, and one that programs make instead of it on some architectures, which is not. */
interface Missing {
  readonly name: string;
  readonly instead: string;
  readonly on: string[];
}

/** The call of 32-bit architectures that replaces mmap; those that have it are told of as a whole if their programs do not start. */
const MMAP2 = "mmap2";

/**
 * Tells all calls that are missing: that the native architecture has no clone, what glibc calls there, once of other architectures whose programs do not
 * start, and once of the others.
 */
export function missingCounterparts(input: LintInput): Diagnostic[] {
  if (!denies(input.policy.defaultVerdict)) {
    return [];
  }
  const places = placesOf(input);
  const fork = missingClone(input, places);
  const inGlibc = lackingInGlibc(input);
  const missing = counterparts
    .filter(({ name }) => places.some((place) => isOpen(place, name)))
    .flatMap((counterpart) => missingFor(counterpart, places))
    .filter(({ instead }) => !inGlibc.has(instead) && (instead !== "clone" || fork.length === 0));
  const unstarted = unstartedOn(input, places);
  const started = missing
    .map((one) => ({
      ...one,
      on: one.on.filter((arch) => !unstarted.some(({ place }) => place.arch.name === arch)),
    }))
    // That nothing starts on the native architecture is told elsewhere.
    .filter(({ instead, on }) => on.length > 0 && (instead !== MMAP2 || !on.includes(nativeOf(input).name)));
  return [
    ...fork,
    ...missingInGlibc(input, inGlibc),
    ...noStarts(input, unstarted, missing),
    ...others(input, started),
  ];
}

function others(input: LintInput, missing: readonly Missing[]): Diagnostic[] {
  const [first] = missing;
  if (first === undefined) {
    return [];
  }
  // Often nothing is run on the other architectures that a profile lists.
  const isHere = missing.some(({ on }) => on.includes(nativeOf(input).name));
  const [replaced, them] =
    new Set(missing.map(({ instead }) => instead)).size === 1
      ? ["what this call replaces, but not this one", "it"]
      : ["what these calls replace, but not these", "them"];
  return [
    {
      code: "lacks-counterpart",
      ...(isHere ? { severity: "warning", weight: "mistake" } : { severity: "note" }),
      message: `${shown(missing)}: the profile allows ${replaced}`,
      hint: `allow ${them} as well, or do not list architectures on which nothing is run`,
      pointer: namePointer(input.profile, first.name),
    },
  ];
}

/**
 * Warns if fork is allowed on the native architecture, but not what C libraries call for it. fork() of glibc is clone wherever the
 * kernel has both (sysdeps/unix/sysv/linux/arch-fork.h); musl calls fork (src/process/fork.c), and clone for threads.
 */
function missingClone(input: LintInput, [native]: readonly Place[]): Diagnostic[] {
  if (native === undefined || !isOpen(native, "fork") || canBeMade(input.policy, native.arch, "clone")) {
    return [];
  }
  const what = canBeMade(input.policy, native.arch, "clone3")
    ? "fork fails in programs of glibc, and threads in those of musl"
    : "fork fails in programs of glibc, and threads in all";
  return [
    {
      code: "lacks-counterpart",
      severity: "warning",
      message: `${what}: C libraries call clone for them, and the profile allows fork, but not clone`,
      hint: `allow clone without namespaces: argument ${native.arch.column.startsWith("s390") ? 1 : 0} MASKED_EQ, value 2114060288 (0x7e020000), valueTwo 0`,
      pointer: namePointer(input.profile, "fork"),
    },
  ];
}

/** A place whose programs do not start, and for want of what. */
interface Unstarted {
  readonly place: Place;
  readonly stopped: readonly Stopped[];
}

/** The 32-bit architectures beside the native one on which no dynamically linked program of glibc starts, though it may map files. */
function unstartedOn(input: LintInput, places: readonly Place[]): readonly Unstarted[] {
  const { installed } = input;
  const native = nativeOf(input);
  if (
    !places.some(({ open }) => open.has("mmap")) ||
    !dynamicProgramsStart(installed, native) ||
    !canBeMade(input.policy, native, "execve")
  ) {
    return [];
  }
  const here = machineArchitectures(input);
  return places
    .filter(({ arch }) => arch !== native && syscallNumber(arch, syscallId(MMAP2)) >= 0)
    .map((place) => {
      const { arch, open } = place;
      const judge: Judge = (name) => (open.has(name) ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | enosys(arch));
      return {
        place,
        stopped: here.includes(arch) ? stoppedStarts(installed, arch) : stoppedBy(judge, arch),
      };
    })
    .filter(({ stopped }) => !someStart(stopped, { library: "glibc", linking: "dynamic" }));
}

/** Notes once that programs do not start, with all that they lack, so that nothing is left to be told after it is allowed. */
function noStarts(
  input: LintInput,
  unstarted: readonly Unstarted[],
  missing: readonly Missing[],
): Diagnostic[] {
  if (unstarted.length === 0) {
    return [];
  }
  const on = unstarted.map(({ place }) => place.arch.name);
  const isAll = unstarted.every(({ stopped }) => !someStart(stopped));
  const calls = new Set(unstarted.flatMap(({ stopped }) => namesOf(stopped)));
  const needed = unstarted.flatMap(({ stopped }) => neededByAll(stopped));
  const later = missing.filter((one) => one.on.some((arch) => on.includes(arch as ArchitectureName)));
  const returning = unstarted.filter(
    ({ place: { arch, open } }) => RETURNING_BY_SIGRETURN.includes(arch.name) && !open.has(SIGRETURN),
  );
  const hint = [
    ...new Set([...calls, ...later.map(({ instead }) => instead), ...returning.map(() => SIGRETURN)]),
  ];
  return [
    {
      code: "lacks-counterpart",
      severity: "note",
      message: `${isAll ? "programs" : "dynamically linked programs of glibc"} for ${listed([...new Set(on)])} do not start: the profile denies ${listed([...(needed.length === 0 ? calls : new Set(needed))])}, which their C library calls there`,
      hint: `do not list ${on.length === 1 ? "this architecture" : "these architectures"}, unless you run such programs: then allow ${listed(hint, 80)}`,
      pointer: namePointer(input.profile, "mmap"),
    },
  ];
}

/** The calls without which no version of glibc starts a dynamically linked program. */
function neededByAll(stopped: readonly Stopped[]): readonly string[] {
  return stopped
    .filter(({ library, linking }) => library === "glibc" && linking === "dynamic")
    .flatMap(({ calls }) => calls.filter(({ versions }) => versions.length === GLIBC_VERSIONS.length))
    .map(({ name }) => name);
}

const SIGRETURN = "sigreturn";

/** What each call of the table is replaced by on an architecture, which no profile changes. */
const insteadOn = new Map<Architecture, Map<Counterpart, Calls>>();

function knownInstead(counterpart: Counterpart, arch: Architecture): Calls {
  const known = insteadOn.get(arch) ?? new Map<Counterpart, Calls>();
  insteadOn.set(arch, known);
  const calls = known.get(counterpart) ?? calledInstead(counterpart, arch);
  known.set(counterpart, calls);
  return calls;
}

/** What a call is replaced by, where that is not allowed. */
function missingFor(counterpart: Counterpart, places: readonly Place[]): readonly Missing[] {
  const { name } = counterpart;
  const missing = new Map<string, Missing>();
  for (const place of places) {
    const calls = knownInstead(counterpart, place.arch);
    const [instead] = calls;
    if (instead !== undefined && !calls.some((call) => place.open.has(call))) {
      const known = missing.get(instead) ?? { name, instead, on: [] };
      missing.set(instead, known);
      if (!known.on.includes(place.arch.name)) {
        known.on.push(place.arch.name);
      }
    }
  }
  return [...missing.values()];
}

/** An architecture whose calls the profile judges on some machine, and the calls of the table that it lets through there. */
interface Place {
  readonly arch: Architecture;
  readonly open: ReadonlySet<string>;
}

const NAMES: ReadonlySet<string> = new Set([
  ...counterparts.flatMap(({ name, whereAbsent, whereNarrow = [] }) => [
    name,
    ...whereAbsent.flat(),
    ...whereNarrow,
  ]),
  ...START_CALLS.flatMap(({ calls }) => calls.flatMap(namesOfCall)),
  SIGRETURN,
]);

/** The architectures of the target, and of each other machine that the profile lists. */
function placesOf(input: LintInput): readonly Place[] {
  const { profile, policy, target } = input;
  const here = machineArchitectures(input);
  const rules = profile.rules
    .map((rule) => ({ rule, names: rule.names.filter((name) => NAMES.has(name)) }))
    .filter(({ names }) => names.length > 0);
  const openOn = (native: Architecture): ReadonlySet<string> => {
    const open = new Set<string>();
    const denied = new Set<string>();
    for (const { rule, names } of rules) {
      const isOpening = allows(verdictOf(rule.action, rule.errno, native));
      const into = isOpening ? open : rule.conditions.length === 0 ? denied : undefined;
      if (into !== undefined && selects(rule, { ...target, arch: native })) {
        names.forEach((name) => {
          into.add(name);
        });
      }
    }
    return new Set([...open].filter((name) => !denied.has(name)));
  };
  const listOf = (architectures: readonly Architecture[], open: ReadonlySet<string>): readonly Place[] =>
    architectures.map((arch) => ({ arch, open }));
  const others = (profile.archMap ?? []).flatMap(({ architecture, subArchitectures }) => {
    const native = architectureByScmp(architecture);
    return native === undefined || policy.architectures.includes(native)
      ? []
      : listOf([native, ...subArchitectures.flatMap((one) => architectureByScmp(one) ?? [])], openOn(native));
  });
  // What a list names for another machine is judged by the rules that hold there.
  const elsewhere = policy.architectures.filter((arch) => !here.includes(arch));
  return [
    ...listOf(here, openOn(target.arch)),
    ...elsewhere.map((arch) => ({ arch, open: openOn(arch) })),
    ...others,
  ];
}

function isOpen({ arch, open }: Place, name: string): boolean {
  return open.has(name) && syscallNumber(arch, syscallId(name)) >= 0;
}

/** What programs of an architecture call instead of a call: one of these, or the call itself if there are none. */
function calledInstead({ name, whereAbsent, whereNarrow }: Counterpart, arch: Architecture): Calls {
  const has = (one: string): boolean => syscallNumber(arch, syscallId(one)) >= 0;
  const narrow = arch.bits === 32 ? (whereNarrow ?? []).filter(has) : [];
  if (narrow.length > 0) {
    return narrow;
  }
  return has(name)
    ? []
    : (whereAbsent.map((calls) => calls.filter(has)).find(({ length }) => length > 0) ?? []);
}

/** By the architectures on which they are missing: "programs on aarch64 call dup3 (for dup2); those on arm call setitimer (for alarm)". */
function shown(missing: readonly Missing[]): string {
  const groups = new Map<string, Map<string, string[]>>();
  for (const { name, instead, on } of missing) {
    const calls = groups.get(listed(on)) ?? new Map<string, string[]>();
    groups.set(listed(on), calls);
    addTo(calls, instead, [name]);
  }
  return [...groups]
    .map(([where, calls], i) => {
      const words = [...calls].map(([instead, names]) => `${instead} (for ${names.join(", ")})`);
      return `${i === 0 ? "programs" : "those"} on ${where} call ${listed(words, 15)}`;
    })
    .join("; ");
}
