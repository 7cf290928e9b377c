/**
 * Calls that the vDSO answers in place of the kernel, until it cannot: the clocks.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { listed } from "../../plural.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import type { NumberColumn } from "../../tables/architectures.ts";
import { canBeMade, denialOf, denyingPointer, errnoSeen, isObserved, kills } from "../denials.ts";
import { type LintInput, nativeOf } from "../input.ts";
import { partsByName } from "../parts.ts";
import { dynamicProgramsStart } from "../starts.ts";

const CLOCKS = ["clock_gettime", "gettimeofday", "clock_getres"] as const;
const CLOCKS_32 = [...CLOCKS, "clock_gettime64"] as const;

/**
 * The calls that the vDSO of each architecture has: the `*.lds.S` files below arch/ in Linux 6.12 (vdso(7)). Architectures without
 * one are absent: there each call is made, and recorded.
 */
export const VDSO_CALLS: Readonly<Partial<Record<NumberColumn, readonly string[]>>> = {
  x86_64: [...CLOCKS, "time", "getcpu"],
  x32: [...CLOCKS, "time", "getcpu"],
  x86: [...CLOCKS_32, "time", "getcpu"],
  arm: CLOCKS_32,
  aarch64: CLOCKS,
  loongarch64: [...CLOCKS, "getcpu"],
  mips: CLOCKS_32,
  mips64: CLOCKS,
  mips64n32: CLOCKS_32,
  parisc: ["clock_gettime", "gettimeofday", "clock_gettime64"],
  parisc64: ["clock_gettime", "gettimeofday"],
  ppc: [...CLOCKS_32, "time", "getcpu"],
  ppc64: [...CLOCKS, "time", "getcpu"],
  riscv64: [...CLOCKS, "getcpu"],
  s390x: [...CLOCKS, "getcpu"],
};

/**
 * Those that the vDSO leaves to the kernel on a machine whose clock source a program cannot read (vdso_clock_mode
 * VDSO_CLOCKMODE_NONE, lib/vdso/gettimeofday.c). clock_gettime and clock_getres are also made for clocks that it does not have:
 * those of processes, threads and devices. It always has the answers of time and getcpu.
 */
const BY_CLOCK_SOURCE: readonly string[] = ["clock_gettime", "clock_gettime64", "gettimeofday"];
const ALWAYS_ANSWERED: readonly string[] = ["time", "getcpu"];

/** Warns if a call is denied that the vDSO answers for some clocks and on some machines only. */
export function clocks(input: LintInput): Diagnostic[] {
  const { policy } = input;
  const arch = nativeOf(input);
  const denied = (VDSO_CALLS[arch.column] ?? []).filter(
    (name) =>
      denialOf(policy, arch, name) !== undefined &&
      // With the older call allowed, what matters is whether libraries fall back to it.
      (name !== "clock_gettime64" || !canBeMade(policy, arch, "clock_gettime")),
  );
  const needed = denied.filter((name) => !ALWAYS_ANSWERED.includes(name));
  const [first] = needed;
  const verdict = first === undefined ? undefined : denialOf(policy, arch, first);
  if (first === undefined || verdict === undefined) {
    return [];
  }
  // src/time/clock_getres.c of musl 1.2.5.
  const always = needed.includes("clock_getres") ? "; programs of musl always call clock_getres" : "";
  const isNamed = needed.some((name) => partsByName(input).has(name));
  if (isNamed && isObserved(verdict)) {
    return [
      {
        code: "denies-clocks",
        severity: "note",
        message: `${listed(needed)} ${needed.length === 1 ? "gets" : "get"} ${formatVerdict(verdict, arch)}, but mostly the vDSO answers without a system call, which no filter sees${always}`,
        hint: "do not rely on seeing these calls, unless the programs run without the vDSO",
        pointer: denyingPointer(input, first),
      },
    ];
  }
  const bySource = needed.some((name) => BY_CLOCK_SOURCE.includes(name));
  const cases = [
    ...(needed.some((name) => name !== "gettimeofday")
      ? ["for clocks such as CLOCK_PROCESS_CPUTIME_ID"]
      : []),
    ...(bySource ? ["on machines with another clock source (virtual ones)"] : []),
  ];
  const effect = kills(verdict) ? "kills the program" : `fails with ${errnoSeen(verdict, arch)}`;
  const others = denied.filter((name) => ALWAYS_ANSWERED.includes(name));
  return [
    {
      code: "denies-clocks",
      // A static program may be made for few calls on purpose.
      severity: bySource && dynamicProgramsStart(input.installed, arch) ? "warning" : "note",
      message: `the profile denies ${listed(needed)}: mostly the vDSO answers without a system call, but ${cases.join(" and ")} the call is made and ${effect}${always}`,
      hint: `allow ${listed(needed)}${others.length === 0 ? "" : ` (and ${listed(others)}, for machines without a vDSO)`}: a recording lacks what the vDSO answered`,
      pointer: denyingPointer(input, first),
    },
  ];
}
