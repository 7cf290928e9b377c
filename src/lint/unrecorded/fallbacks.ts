/**
 * Calls in whose place libraries make older ones, but only if the answer is ENOSYS.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { answersEnosys } from "../../engines/younger.ts";
import { listed } from "../../plural.ts";
import { formatVerdict, type Verdict } from "../../policy/verdict.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { enosys } from "../../tables/errnos.ts";
import { canBeMade, denialOf, denyingPointer, errnoSeen, isObserved, kills } from "../denials.ts";
import { type LintInput, namePointer, nativeOf } from "../input.ts";
import { partsByName } from "../parts.ts";
import { FIRST_ALLOCATION } from "../start-findings.ts";
import { VDSO_CALLS } from "./clocks.ts";
import { programArchitectures } from "./programs.ts";

/** A call with a fallback. */
export interface Fallback {
  readonly name: string;
  /** The older calls, of which one is made instead if the answer is ENOSYS. */
  readonly instead: readonly string[];
  /** What does not work with another answer. */
  readonly broken: string;
}

/**
 * The calls of widespread libraries that fall back only on ENOSYS. Seen with glibc 2.36 and coreutils 9.1 in
 * `test/kernel/unrecorded.test.ts`, but for fchmodat2 (glibc since 2.39: systemd's issue 31469). Not listed, since glibc and
 * coreutils take any errno: close_range, copy_file_range, rseq.
 */
export const FALLBACKS: readonly Fallback[] = [
  {
    name: "clone3",
    instead: ["clone"],
    broken: "pthread_create, posix_spawn, system and popen of glibc 2.34 and later",
  },
  {
    name: "getrandom",
    instead: ["openat", "open"],
    broken: "arc4random of glibc 2.36 and later, which aborts",
  },
  {
    name: "statx",
    instead: ["newfstatat", "fstatat64"],
    broken: "ls -l and stat of coreutils",
  },
  {
    name: "faccessat2",
    instead: ["faccessat"],
    broken: "test -r, -w and -x of shells, which say no",
  },
  {
    name: "renameat2",
    // Not rename: mv makes renameat, also where the architecture has both.
    instead: ["renameat"],
    broken: "mv of coreutils",
  },
  {
    name: "fchmodat2",
    instead: ["fchmodat"],
    broken: "tar with glibc 2.39 and later, which cannot change modes",
  },
];

/**
 * The calls with 64-bit times of 32-bit architectures that C libraries make first, and the older ones (Linux 5.1). Of
 * clock_gettime64 that holds for glibc since 2.31 and musl since 1.2, of the others for glibc 2.31 to 2.33 only: later versions,
 * and musl, call them for times that 32 bits do not hold.
 */
export const TIME64: readonly (readonly [name: string, older: string])[] = [
  ["clock_gettime64", "clock_gettime"],
  ["clock_nanosleep_time64", "clock_nanosleep"],
  ["futex_time64", "futex"],
  ["ppoll_time64", "ppoll"],
  ["pselect6_time64", "pselect6"],
  ["utimensat_time64", "utimensat"],
];

/** Warns of answers other than ENOSYS where a library would make an older call, which is allowed. */
export function fallbacks(input: LintInput): Diagnostic[] {
  const { installed, policy, engines } = input;
  const native = nativeOf(input);
  const here = preventedOn(native, input, (name) => denialOf(installed, native, name));
  const found = here.length === 0 ? [] : [describe(input, here, "")];
  for (const engine of engines) {
    // Only what is right here: the rest is already said.
    const there = preventedOn(native, input, (name) => {
      const verdict = denialOf(policy, native, name);
      const isAnswered = answersEnosys(engine, policy, native, name);
      return isAnswered || here.some((one) => one.name === name) ? undefined : verdict;
    });
    if (there.length > 0) {
      found.push(describe(input, there, ` under ${engine.title}`));
    }
  }
  return [...found, ...ofTimes(input)];
}

/** Calls that are answered in another way than by ENOSYS, although an older one is allowed. */
function preventedOn(
  arch: Architecture,
  { policy }: LintInput,
  verdictOf: (name: string) => Verdict | undefined,
): (Fallback & { readonly verdict: Verdict })[] {
  return FALLBACKS.flatMap((fallback) => {
    const verdict = verdictOf(fallback.name);
    return verdict !== undefined &&
      !isEnosys(verdict, arch) &&
      !isObserved(verdict) &&
      // Who is killed for it seldom comes to call arc4random: `library-calls.ts` tells of that.
      !(fallback.name === FIRST_ALLOCATION && kills(verdict)) &&
      fallback.instead.some((name) => canBeMade(policy, arch, name))
      ? [{ ...fallback, verdict }]
      : [];
  });
}

function isEnosys(verdict: Verdict, arch: Architecture): boolean {
  return !kills(verdict) && errnoSeen(verdict, arch) === "ENOSYS";
}

function describe(
  input: LintInput,
  calls: readonly (Fallback & { readonly verdict: Verdict })[],
  under: string,
): Diagnostic {
  const names = calls.map(({ name }) => name);
  const native = nativeOf(input);
  const verdicts = new Set(calls.map(({ verdict }) => formatVerdict(verdict, native)));
  return {
    code: "prevents-fallback",
    severity: "warning",
    message: `${listed(names)} ${names.length === 1 ? "gets" : "get"} ${[...verdicts].join(" or ")}${under}, but libraries fall back to an older call, which is allowed, only on ENOSYS; this breaks ${calls.map(({ broken }) => broken).join("; ")}`,
    hint: hintFor(names, native),
    pointer: denyingPointer(input, names[0] ?? ""),
  };
}

function hintFor(names: readonly string[], native: Architecture): string {
  const them = names.length === 1 ? "it" : "them";
  return `allow ${them}, or name ${them} in a rule with "action": "SCMP_ACT_ERRNO", "errnoRet": ${enosys(native)}, which is ENOSYS`;
}

/** The same for 32-bit programs, which C libraries built since 2020 make call by 64-bit times first. */
function ofTimes(input: LintInput): Diagnostic[] {
  const { installed, policy } = input;
  const native = nativeOf(input);
  for (const arch of programArchitectures(input)) {
    const names = TIME64.flatMap(([name, older]) => {
      const verdict = denialOf(installed, arch, name);
      const isPrevented =
        verdict !== undefined &&
        !isEnosys(verdict, arch) &&
        !isObserved(verdict) &&
        canBeMade(policy, arch, older);
      return isPrevented ? [name] : [];
    });
    const verdict = denialOf(installed, arch, names[0] ?? "");
    const broken = [
      ...(names.includes("clock_gettime64")
        ? ["clocks of CPU time cannot be read (glibc 2.31 and musl 1.2, or later)"]
        : []),
      ...(names.includes("clock_nanosleep_time64")
        ? ["programs cannot sleep (glibc 2.31 to 2.33: Debian 11, Ubuntu 20.04)"]
        : []),
    ];
    if (verdict !== undefined && broken.length > 0) {
      return [
        {
          code: "prevents-fallback",
          // Hardly a profile for 64-bit programs is used with others.
          severity: arch === native ? "warning" : "note",
          message: `${listed(names)} ${names.length === 1 ? "gets" : "get"} ${formatVerdict(verdict, arch)} on ${arch.name}, but C libraries fall back to the older call, which is allowed, only on ENOSYS: ${broken.join(", and ")}`,
          hint: hintOfTimes(names, native),
          pointer: denyingPointer(input, names[0] ?? ""),
        },
      ];
    }
    if (isClockLost(input, arch)) {
      return [
        {
          code: "prevents-fallback",
          severity: arch === native ? "warning" : "note",
          message: `${CLOCK} gets ERRNO(ENOSYS) on ${arch.name}, on which glibc 2.33 and later do not fall back to clock_gettime: clocks of CPU time cannot be read`,
          hint: `allow ${CLOCK}`,
          pointer: namePointer(input.profile, CLOCK),
        },
      ];
    }
  }
  return [];
}

const CLOCK = "clock_gettime64";

/** Whether it gets ENOSYS: glibc 2.33 and later return the answer of the vDSO, which makes the call (clock_gettime.c). */
function isClockLost(input: LintInput, arch: Architecture): boolean {
  const { installed, policy } = input;
  const verdict = denialOf(installed, arch, CLOCK);
  return (
    // What no rule names is left to the default, for all that is younger than the profile.
    partsByName(input).has(CLOCK) &&
    verdict !== undefined &&
    isEnosys(verdict, arch) &&
    !isObserved(verdict) &&
    VDSO_CALLS[arch.column]?.includes(CLOCK) === true &&
    canBeMade(policy, arch, "clock_gettime")
  );
}

/** ENOSYS does not help what reads clocks, as {@link isClockLost} says. */
function hintOfTimes(names: readonly string[], native: Architecture): string {
  const others = names.filter((name) => name !== CLOCK);
  if (others.length === names.length) {
    return hintFor(names, native);
  }
  return others.length === 0
    ? `allow ${CLOCK}: with glibc 2.33 and later ENOSYS does not help`
    : `allow ${CLOCK}, for which ENOSYS does not help with glibc 2.33 and later; ${hintFor(others, native)}`;
}
