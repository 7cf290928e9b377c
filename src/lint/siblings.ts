/**
 * Ways around a rule by another call that does the same job.
 */

import { sectionAt } from "../analysis/regions.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import type { Comparison } from "../policy/policy.ts";
import { holds } from "../policy/target.ts";
import { denies } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { type Job, jobs, readWay, type Way } from "../tables/same-job.ts";
import { signatureOf } from "../tables/signatures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import { allows, type LintInput, namePointer, nativeOf, verdictOn, verdictsOn } from "./input.ts";
import { withdrawal } from "./mends.ts";
import { decidingPlace, openingPlace } from "./places.ts";
import { type NamedCall, proofOf } from "./proof.ts";

/** How a call is restricted: always denied, or by its arguments. */
type Restriction = "whole" | "condition";

/** A call of an architecture that can do a job. */
interface Able extends Way {
  readonly arch: Architecture;
  /** The index of each argument of {@link Way.parameters}. */
  readonly indexes: readonly number[];
}

/** What gets through although the same is denied to another call. */
interface Around {
  readonly restricted: NamedCall;
  readonly through: NamedCall;
  readonly hides: boolean;
}

interface Finding {
  readonly job: Job;
  readonly restriction: Restriction;
  readonly ways: readonly Around[];
}

const found = new WeakMap<LintInput, readonly Finding[]>();
const read = new Map<Job, readonly Way[]>();

/** Warns of calls that are let through while others that do the same are denied. */
export function* siblingWaysAround(input: LintInput): Iterable<Diagnostic> {
  for (const finding of findingsOf(input)) {
    yield describe(input, finding);
  }
}

/** The calls of which {@link siblingWaysAround} warns. */
export function siblingsLeftOpen(input: LintInput): ReadonlySet<string> {
  return new Set(findingsOf(input).flatMap(({ ways }) => ways.map(({ through }) => through.name)));
}

function findingsOf(input: LintInput): readonly Finding[] {
  const findings = found.get(input) ?? jobs.flatMap((job) => findingsFor(job, input));
  found.set(input, findings);
  return findings;
}

function waysOf(job: Job): readonly Way[] {
  const ways = read.get(job) ?? job.calls.map(readWay);
  read.set(job, ways);
  return ways;
}

function findingsFor(job: Job, input: LintInput): readonly Finding[] {
  const all = waysOf(job);
  const isPossible = job.needs === undefined || holds(input.target, job.needs) === true;
  if (!isPossible || !all.some((way) => mayBeRestricted(way, input))) {
    return [];
  }
  const ways: Record<Restriction, Around[]> = { whole: [], condition: [] };
  for (const arch of input.policy.architectures) {
    const able = all.flatMap((way) => ableOn(arch, way) ?? []);
    for (const one of able) {
      const restriction = restrictionOf(one, input);
      if (restriction === undefined || (job.instead ?? restriction) !== restriction) {
        continue;
      }
      const wishes = wishesFor(job, one, restriction, input);
      for (const other of able) {
        const wish = other.name === one.name ? undefined : wishes.find((of) => isMet(other, of, one, input));
        if (wish !== undefined) {
          ways[restriction].push({
            restricted: callOf(one, wish),
            through: callOf(other, wish),
            hides: other.hidden.size > 0,
          });
        }
      }
    }
  }
  const isTold = ({ restricted }: Around): boolean => job.told?.includes(restricted.name) ?? true;
  return (["whole", "condition"] as const).flatMap((restriction) =>
    !ways[restriction].some(isTold) ? [] : [{ job, restriction, ways: ways[restriction] }],
  );
}

/** What each way is on an architecture, which no profile changes. */
const known = new Map<Architecture, Map<Way, Able | undefined>>();

function ableOn(arch: Architecture, way: Way): Able | undefined {
  const ways = known.get(arch) ?? new Map<Way, Able | undefined>();
  known.set(arch, ways);
  if (!ways.has(way)) {
    ways.set(way, findAbleOn(arch, way));
  }
  return ways.get(way);
}

/** The call on an architecture; undefined if that lacks it, or passes its arguments in memory. */
function findAbleOn(arch: Architecture, way: Way): Able | undefined {
  const id = syscallId(way.name);
  const signature = id < 0 ? undefined : signatureOf(arch, id);
  const indexes = way.parameters.map(({ name }) => signature?.findIndex((one) => one.name === name) ?? -1);
  return signature === undefined || indexes.includes(-1) ? undefined : { ...way, arch, indexes };
}

/** Most calls of most profiles are not restricted, which the rules tell at once. */
function mayBeRestricted({ name }: Way, { policy }: LintInput): boolean {
  const id = syscallId(name);
  return (
    policy.rules.conditional.has(id) || (allows(policy.defaultVerdict) && policy.rules.of(id) !== undefined)
  );
}

function restrictionOf({ arch, name }: Able, { policy }: LintInput): Restriction | undefined {
  const verdicts = verdictsOn(policy, arch, name);
  if (!verdicts.some(denies)) {
    return undefined;
  }
  if (verdicts.some(allows)) {
    return "condition";
  }
  // What an allow list does not name is not what it is about, and ENOSYS only makes programs call what is older.
  const isMeant = verdicts.every((verdict) => denies(verdict) && verdict !== policy.youngerVerdict);
  return isMeant && allows(policy.defaultVerdict) ? "whole" : undefined;
}

/** A value of each role of a job. */
type Wish = ReadonlyMap<string, bigint>;

/** Maximum number of wishes that are tried for a call. */
const MAX_WISHES = 300;

/** The values of the roles with which a call is denied, though not with all values. */
function wishesFor(job: Job, able: Able, restriction: Restriction, input: LintInput): readonly Wish[] {
  let wishes: Wish[] = [new Map()];
  for (const [role, values] of Object.entries(job.roles ?? {})) {
    const fixed = able.fixed.get(role);
    const compared = restriction === "whole" || job.onlyThese ? [] : comparedWith(able, role, input);
    const all = fixed === undefined ? [...new Set([...values, ...compared])] : [fixed];
    wishes = wishes
      .flatMap((wish) => all.map((value) => new Map([...wish, [role, value]])))
      .slice(0, MAX_WISHES);
  }
  const isDenied = (wish: Wish): boolean => denies(verdictOf(able, wish, input));
  const denied = wishes.filter(isDenied);
  return restriction === "condition" && denied.length === wishes.length && !job.onlyThese ? [] : denied;
}

/** Maximum number of conditions from which values are taken. */
const MAX_CONDITIONS = 40;

/** Values of a role at which a condition on it may change its outcome. */
function comparedWith(able: Able, role: string, { policy }: LintInput): readonly bigint[] {
  const index = able.indexes[able.parameters.findIndex(({ value }) => value === role)];
  const { rules } = sectionAt(policy, able.arch.token, seenNumber(able.arch, syscallId(able.name)));
  const limit = 1n << BigInt(able.arch.bits);
  return rules
    .flatMap(({ conditions }) => conditions.filter((one) => one.index === index))
    .slice(0, MAX_CONDITIONS)
    .flatMap(valuesAround)
    .filter((value) => value >= 0n && value < limit);
}

function valuesAround({ op, value, mask }: Comparison): readonly bigint[] {
  if (op !== "SCMP_CMP_MASKED_EQ") {
    return [value, value + 1n, value - 1n];
  }
  const bits = Array.from({ length: 64 }, (_, i) => 1n << BigInt(i)).filter((bit) => (mask & bit) !== 0n);
  return [value, ...bits.map((bit) => value ^ bit)];
}

/** Whether a call does what is denied to another one, and is let through. */
function isMet(other: Able, wish: Wish, denied: Able, input: LintInput): boolean {
  for (const [role, value] of wish) {
    const matters = denied.fixed.has(role) || denied.parameters.some((one) => one.value === role);
    const fixed = other.fixed.get(role);
    const can =
      fixed === undefined
        ? other.hidden.has(role) || other.parameters.some((one) => one.value === role)
        : fixed === value;
    if (matters && !can) {
      return false;
    }
  }
  return allows(verdictOf(other, wish, input));
}

function callOf({ arch, name, parameters, indexes }: Able, wish: Wish): NamedCall {
  const args = [0n, 0n, 0n, 0n, 0n, 0n];
  parameters.forEach(({ value }, i) => {
    args[indexes[i] as number] = typeof value === "bigint" ? value : (wish.get(value) ?? 0n);
  });
  return { arch, name, args };
}

function verdictOf(able: Able, wish: Wish, { policy }: LintInput): number {
  const { arch, name, args } = callOf(able, wish);
  return verdictOn(policy, arch, name, args) ?? policy.defaultVerdict;
}

function describe(input: LintInput, { job, restriction, ways }: Finding): Diagnostic {
  const [first] = ways as [Around];
  const restricted = [...new Set(ways.map((way) => way.restricted.name))];
  const open = namesOf(
    ways.map(({ through }) => through),
    input,
  );
  const hidden = [...new Set(ways.filter(({ hides }) => hides).map(({ through }) => through.name))];
  const what =
    restriction === "whole"
      ? `${listed(restricted)} ${restricted.length === 1 ? "is" : "are"} denied, but not ${listed(open)}`
      : `the conditions on ${listed(restricted)} leave ${listed(open)} open`;
  const reasons = [
    ...(job.why === undefined ? [] : [job.why]),
    ...(restriction === "condition" && hidden.length > 0
      ? [
          `what ${listed(hidden)} ${hidden.length === 1 ? "is" : "are"} told is in memory, where no filter sees it`,
        ]
      : []),
  ];
  return {
    code: "way-around-by-sibling",
    severity: "warning",
    message: `${what}, which can ${job.does} too${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}`,
    hint: hintOf(input, job, restriction, ways, hidden),
    ...placesOf(input, restriction, first),
    proof: proofOf(
      first.through,
      first.restricted,
      job.harmless === true && first.through.arch === nativeOf(input),
    ),
  };
}

/** Names, with the architecture of those that the native one lacks. */
function namesOf(calls: readonly NamedCall[], input: LintInput): readonly string[] {
  const native = nativeOf(input);
  const shown = new Map<string, string>();
  for (const { name, arch } of calls) {
    if (!shown.has(name)) {
      shown.set(name, arch === native ? name : `${name} (${arch.name})`);
    }
  }
  return [...shown.values()];
}

function hintOf(
  input: LintInput,
  job: Job,
  restriction: Restriction,
  ways: readonly Around[],
  hidden: readonly string[],
): string {
  if (allows(input.policy.defaultVerdict)) {
    const open = [...new Set(ways.map(({ through }) => through.name))];
    return `${withdrawal(input, open)}${job.denial ?? hintFor(input, restriction, ways, hidden)}`;
  }
  return job.mend ?? hintFor(input, restriction, ways, hidden);
}

function hintFor(
  input: LintInput,
  restriction: Restriction,
  ways: readonly Around[],
  hidden: readonly string[],
): string {
  const { policy } = input;
  const open = [...new Set(ways.map(({ through }) => through.name))];
  if (restriction === "whole") {
    return `deny ${listed(open)} as well`;
  }
  const seen = open.filter((name) => !hidden.includes(name));
  const hints = [
    ...(hidden.length === 0
      ? []
      : [
          `${allows(policy.defaultVerdict) ? "" : withdrawal(input, hidden)}deny ${listed(hidden)} with ENOSYS${hidden.includes("clone3") ? ", as Docker does" : ""}, so that libraries fall back`,
        ]),
    ...(seen.length === 0
      ? []
      : allows(policy.defaultVerdict)
        ? // A rule that allows restricts nothing there.
          [`deny ${listed(seen)} too, always or with the same conditions`]
        : [`restrict ${listed(seen)} in the same way, or deny ${seen.length === 1 ? "it" : "them"}`]),
  ];
  return hints.join("; ");
}

/** Where the call is let through and where the other one is restricted: first the one at which something is to be changed. */
function placesOf(
  input: LintInput,
  restriction: Restriction,
  { through, restricted }: Around,
): Pick<Diagnostic, "pointer" | "related"> {
  const pointer = openingPlace(input, through, restricted);
  const conditional = input.profile.rules.filter(({ conditions }) => conditions.length > 0);
  const [closed, what] =
    restriction === "whole"
      ? [decidingPlace(input, restricted).pointer, `where ${restricted.name} is denied`]
      : [namePointer(input.profile, restricted.name, conditional), `the conditions on ${restricted.name}`];
  return closed === pointer ? { pointer } : { pointer, related: [{ pointer: closed, what }] };
}
