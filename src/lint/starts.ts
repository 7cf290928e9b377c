/**
 * Whether programs start and end under a policy: for each C library and its versions, the calls without which they do not.
 */

import type { Policy } from "../policy/policy.ts";
import { fails, type Verdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import {
  END_CALLS,
  GLIBC_VERSIONS,
  MAY_BE_SKIPPED,
  type ProgramKind,
  START_ARGUMENTS,
  START_CALLS,
  type StartCall,
} from "../tables/program-starts.ts";
import { SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { errnoSeen, kills } from "./denials.ts";
import { verdictOn } from "./input.ts";

/** A call without which programs do not start or end. */
export interface Missing {
  readonly name: string;
  /** The arguments with which it fails, and its verdict. */
  readonly args: readonly bigint[];
  readonly verdict: Verdict;
  /** The minor versions of glibc 2 that need it; none: the library is musl, all of whose versions do. */
  readonly versions: readonly number[];
}

/** What programs of a kind lack. */
export interface Stopped extends ProgramKind {
  readonly calls: readonly Missing[];
  /** The minor versions of glibc 2 whose programs lack a call; none: the library is musl. */
  readonly versions: readonly number[];
}

/** The verdict on a call with these first arguments, on one architecture. */
export type Judge = (name: string, args: readonly bigint[]) => Verdict | undefined;

/** The same where there is no policy: of an architecture that another machine has. */
export function stoppedBy(judge: Judge, arch: Architecture): readonly Stopped[] {
  return START_CALLS.flatMap(({ calls, ...kind }) => stopped(judge, arch, kind, calls));
}

/** What was found of a policy on one of its architectures. */
interface Known {
  readonly judge: Judge;
  starts: readonly Stopped[] | undefined;
}

/** What was found so far: several checks ask for the same verdicts, and a call may have thousands of rules. */
const found = new WeakMap<Policy, Map<Architecture, Known>>();

function knownOf(policy: Policy, arch: Architecture): Known {
  const ofPolicy = found.get(policy) ?? new Map<Architecture, Known>();
  found.set(policy, ofPolicy);
  const known = ofPolicy.get(arch) ?? {
    judge: remembering((name, args) => verdictOn(policy, arch, name, args)),
    starts: undefined,
  };
  ofPolicy.set(arch, known);
  return known;
}

/** The kinds of programs that do not start under a policy, on one of its architectures. */
export function stoppedStarts(policy: Policy, arch: Architecture): readonly Stopped[] {
  const known = knownOf(policy, arch);
  known.starts ??= stoppedBy(known.judge, arch);
  return known.starts;
}

function remembering(judge: Judge): Judge {
  const verdicts = new Map<string, Verdict | undefined>();
  return (name, args) => {
    const key = `${name} ${args.join()}`;
    if (!verdicts.has(key)) {
      verdicts.set(key, judge(name, args));
    }
    return verdicts.get(key);
  };
}

/**
 * Whether programs of that kind start with some version of its C library; absent members: any.
 *
 * @param all what {@link stoppedStarts} found
 */
export function someStart(all: readonly Stopped[], kind: Partial<ProgramKind> = {}): boolean {
  return START_CALLS.some(
    ({ library, linking }) =>
      (kind.library ?? library) === library &&
      (kind.linking ?? linking) === linking &&
      !all.some(
        (one) =>
          one.library === library &&
          one.linking === linking &&
          (library === "musl" || one.versions.length === GLIBC_VERSIONS.length),
      ),
  );
}

/** Whether any program starts. */
export function programsStart(policy: Policy, arch: Architecture): boolean {
  return someStart(stoppedStarts(policy, arch));
}

/** Whether dynamically linked programs of some C library start. */
export function dynamicProgramsStart(policy: Policy, arch: Architecture): boolean {
  return someStart(stoppedStarts(policy, arch), { linking: "dynamic" });
}

/** The libraries whose programs do not end. */
export function stoppedEnds(policy: Policy, arch: Architecture): readonly Stopped[] {
  return (["glibc", "musl"] as const).flatMap((library) =>
    stopped(knownOf(policy, arch).judge, arch, { library, linking: "dynamic" }, END_CALLS[library]),
  );
}

function stopped(
  judge: Judge,
  arch: Architecture,
  kind: ProgramKind,
  calls: readonly StartCall[],
): readonly Stopped[] {
  const missing = new Map<string, Missing>();
  for (const call of calls) {
    const found = isMadeOn(arch, call) ? missingCall(judge, arch, call) : undefined;
    if (found !== undefined) {
      const before = missing.get(found.name)?.versions ?? [];
      missing.set(found.name, {
        ...found,
        versions: kind.library === "musl" ? [] : [...before, ...versionsOf(call)],
      });
    }
  }
  if (missing.size === 0) {
    return [];
  }
  const all = [...missing.values()];
  const versions = GLIBC_VERSIONS.filter((one) => all.some((call) => call.versions.includes(one)));
  return [{ library: kind.library, linking: kind.linking, calls: all, versions }];
}

function isMadeOn(arch: Architecture, { bits, on }: StartCall): boolean {
  return (bits === undefined || bits === arch.bits) && (on === undefined || on.includes(arch.column));
}

function versionsOf({ since = 0, before = Number.POSITIVE_INFINITY }: StartCall): readonly number[] {
  return GLIBC_VERSIONS.filter((version) => version >= since && version < before);
}

/** The call, if it ends the start: it kills, or it fails and nothing can be done in its place. */
function missingCall(
  judge: Judge,
  arch: Architecture,
  { names, args, failing }: StartCall,
): Omit<Missing, "versions"> | undefined {
  const name = names.find((one) => has(arch, one));
  if (name === undefined) {
    return undefined;
  }
  const made = (args ?? START_ARGUMENTS[name] ?? [ADDRESSES])
    .map((one) => one.map((arg) => BigInt.asUintN(arch.bits, arg)))
    .map((one) => ({ args: one, verdict: judge(name, one) }));
  const failed = made.flatMap(({ args: those, verdict }) =>
    verdict !== undefined && doesFail(name, verdict) ? [{ name, args: those, verdict }] : [],
  );
  const found = failed.find(({ verdict }) => kills(verdict)) ?? failed[0];
  if (found === undefined) {
    return undefined;
  }
  const goesOn =
    !kills(found.verdict) &&
    failing !== "no start" &&
    (failing.after === "any errno" || failed.every(({ verdict }) => errnoSeen(verdict, arch) === "ENOSYS")) &&
    (failing.alike !== true || made.every(({ verdict }) => verdict === found.verdict)) &&
    failing.instead.every((other) => canBeMissed(judge, arch, other));
  return goesOn ? undefined : found;
}

/** Whether a call that is made in another's place works, or the program goes on without it. */
function canBeMissed(judge: Judge, arch: Architecture, call: StartCall): boolean {
  return call.names.some((one) => has(arch, one)) && missingCall(judge, arch, call) === undefined;
}

function doesFail(name: string, verdict: Verdict): boolean {
  return fails(verdict) && !(isSuccess(verdict) && MAY_BE_SKIPPED.includes(name));
}

/** Whether the call is not made and returns 0. */
function isSuccess(verdict: Verdict): boolean {
  return verdict === SECCOMP_RET_ERRNO;
}

/** The arguments of a call that takes addresses only. */
const ADDRESSES: readonly bigint[] = Array.from({ length: 6 }, () => 0x7f5a_9c16_6000n);

function has(arch: Architecture, name: string): boolean {
  const id = syscallId(name);
  return id >= 0 && syscallNumber(arch, id) >= 0;
}
