/**
 * Calls that an allow list lacks although it has what they replace: programs make them on another architecture of the list.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { listed } from "../plural.ts";
import { selects, verdictOf } from "../policy/rule-verdict.ts";
import { denies } from "../policy/verdict.ts";
import { type Architecture, architectureByScmp } from "../tables/architectures.ts";
import { type Calls, type Counterpart, counterparts } from "../tables/counterparts.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { allows, type LintInput, namePointer, nativeOf } from "./input.ts";

/** A call that is allowed, and one that programs make instead of it on some architectures, which is not. */
interface Missing {
  readonly name: string;
  readonly instead: string;
  readonly on: string[];
}

/** Without it no program of a 32-bit architecture that has it starts: `essentials.ts`. */
const STARTS = "mmap2";

/** Tells all calls that are missing: once of those without which nothing starts, and once of the others. */
export function missingCounterparts(input: LintInput): Diagnostic[] {
  if (!denies(input.policy.defaultVerdict)) {
    return [];
  }
  const places = placesOf(input);
  const missing = counterparts
    .filter(({ name }) => places.some((place) => isOpen(place, name)))
    .flatMap((counterpart) => missingFor(counterpart, places));
  const unstarted = missing.find(({ instead }) => instead === STARTS)?.on ?? [];
  const there = missing.filter(({ on }) => on.some((arch) => unstarted.includes(arch)));
  const others = missing
    .map((one) => ({ ...one, on: one.on.filter((arch) => !unstarted.includes(arch)) }))
    .filter(({ on }) => on.length > 0);
  const say = (all: readonly Missing[], message: string, hint: string, { name }: Missing): Diagnostic => {
    // Often nothing is run on the other architectures that a profile lists.
    const isHere = all.some(({ on }) => on.includes(nativeOf(input).name));
    return {
      code: "lacks-counterpart",
      ...(isHere ? { severity: "warning", weight: "mistake" } : { severity: "note" }),
      message,
      hint,
      pointer: namePointer(input.profile, name),
    };
  };
  const found: Diagnostic[] = [];
  if (there.length > 0) {
    const calls = there.map(({ instead }) => instead);
    found.push(
      say(
        there,
        `programs for ${listed(unstarted)} do not start: their C libraries call ${STARTS} and not mmap, and the profile allows only mmap`,
        calls.length === 1
          ? `allow it, or do not list these architectures`
          : `do not list these architectures, or allow what they call there: ${listed(calls, 50)}`,
        there.find(({ instead }) => instead === STARTS) as Missing,
      ),
    );
  }
  if (others.length > 0) {
    found.push(
      say(
        others,
        `${shown(others)}: the profile allows what these calls replace, but not these`,
        "allow them as well, or do not list architectures on which nothing is run",
        others[0] as Missing,
      ),
    );
  }
  return found;
}

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

const NAMES: ReadonlySet<string> = new Set(
  counterparts.flatMap(({ name, whereAbsent, whereNarrow = [] }) => [
    name,
    ...whereAbsent.flat(),
    ...whereNarrow,
  ]),
);

/** The architectures of the target, and of each other machine that the profile lists. */
function placesOf({ profile, policy, target }: LintInput): readonly Place[] {
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
  return [...listOf(policy.architectures, openOn(target.arch)), ...others];
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
