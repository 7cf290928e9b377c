/**
 * Ways around a rule: the multiplexers of 32-bit programs, and the x32 ABI.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import type { Policy } from "../policy/policy.ts";
import { denies } from "../policy/verdict.ts";
import { X32_SYSCALL_BIT } from "../tables/architectures.ts";
import { multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { syscallNames } from "../tables/syscalls.ts";
import { allows, deniedArguments, type LintInput, letsThrough, nativeOf, verdictsOn } from "./input.ts";
import { openThrough, shownPlaces } from "./multiplexing.ts";
import { decidingPlace } from "./places.ts";
import { type NamedCall, proofOf } from "./proof.ts";

/**
 * Warns if socketcall or ipc allows a call with arguments with which the call itself is denied: a multiplexer takes them
 * through a pointer (CVE-2026-31431).
 */
export function multiplexerWayAround(input: LintInput): Diagnostic[] {
  const { policy } = input;
  const found: Diagnostic[] = [];
  for (const multiplexer of multiplexers) {
    const via = multiplexer.name;
    const ways: { readonly restricted: NamedCall; readonly through: NamedCall }[] = [];
    for (const { name, call } of multiplexedCalls(multiplexer)) {
      for (const arch of isRestricted(policy, name) ? policy.architectures : []) {
        const args = [BigInt(call)];
        if (letsThrough(policy, arch, via, args)) {
          ways.push({ restricted: { arch, name, args: [] }, through: { arch, name: via, args } });
        }
      }
    }
    const [first] = ways;
    if (first !== undefined) {
      const open = new Set(ways.map(({ restricted }) => restricted.name));
      const on = openThrough(input, via, (where) =>
        multiplexedCalls(multiplexer).flatMap(({ name, call }) =>
          open.has(name) && isRestricted(where, name) ? [call] : [],
        ),
      );
      const { arch, name } = first.restricted;
      const args = deniedArguments(policy, arch, name);
      found.push({
        code: "way-around-by-multiplexer",
        severity: "warning",
        message: `${via} ${shownPlaces(on)} bypasses the conditions on ${listed([...open])}: the arguments are behind a pointer there`,
        hint: multiplexerHint(input, via, on.here),
        pointer: decidingPlace(input, first.through).pointer,
        proof: proofOf(first.through, args && { arch, name, args }, false),
      });
    }
  }
  return found;
}

/**
 * What to do: i386 programs of glibc (2.36: sysdeps/unix/sysv/linux/socket.c with __ASSUME_SOCKETCALL, shmget.c) and of Go
 * (syscall_linux_386.go) call the multiplexer, so it cannot be denied where they are run. The same holds on s390x
 * (sysdeps/unix/sysv/linux/s390/kernel-features.h; syscall_linux_s390x.go).
 */
function multiplexerHint(input: LintInput, via: string, on: readonly string[]): string {
  const [what, who] = via === "socketcall" ? ["sockets", "glibc and Go"] : ["System V IPC", "glibc"];
  const native = nativeOf(input);
  if (on.includes(native.name)) {
    return native.column.startsWith("s390")
      ? `programs of ${who} make ${what} by '${via}' there, so it can hardly be denied: only a security module (LSM) can look at the arguments`
      : `do not allow '${via}', unless your programs call it`;
  }
  return `do not list ${listed(on)} if none of its programs are run; otherwise a denial of '${via}' breaks the ${what} of most of them (those of ${who}), and only a security module (LSM) can look at the arguments there`;
}

/** Whether the arguments of a call decide whether it is let through. */
export function isRestricted(policy: Policy, name: string): boolean {
  const verdicts = policy.architectures.flatMap((arch) => verdictsOn(policy, arch, name));
  return verdicts.some(denies) && verdicts.some(allows);
}

/** The first kernel that keeps the numbers of x86-64 and x32 apart (seccomp(2), "Caveats"). */
const LINUX_5_4 = 5 * 256 + 4;

/**
 * Notes that calls of the x32 ABI are let through. The rules hold for them as well, so that they are no way around one, and
 * Docker's default lets them through on purpose.
 */
export function x32LeftOpen({ profile, policy, target }: LintInput): Diagnostic[] {
  const x32 = policy.architectures.find(({ numberBit }) => numberBit === X32_SYSCALL_BIT);
  // Where everything is let through that no rule denies, calls of x32 add nothing.
  if (x32 === undefined || target.arch === x32 || allows(policy.defaultVerdict)) {
    return [];
  }
  const open = syscallNames().filter((name) => verdictsOn(policy, x32, name).some(allows));
  if (open.length === 0) {
    return [];
  }
  const older =
    target.kernel < LINUX_5_4 ? "; kernels before 5.4 also accept some of its calls without the x32 bit" : "";
  return [
    {
      code: "x32-left-open",
      severity: "note",
      message: `${open.length} calls of the x32 ABI are let through; hardly any program uses it, and on kernels with x32 (CONFIG_X86_X32_ABI) each is a second way into the kernel${older}`,
      hint: "remove SCMP_ARCH_X32 unless your programs are built for it",
      pointer: x32Pointer(profile),
      proof: proofOf(
        { arch: x32, name: open.find((name) => name === "openat") ?? open[0] ?? "", args: [] },
        undefined,
        false,
      ),
    },
  ];
}

function x32Pointer({ base, archMap = [], architectures = [] }: LintInput["profile"]): string {
  for (const [i, { architecture, subArchitectures }] of archMap.entries()) {
    const at = subArchitectures.indexOf("SCMP_ARCH_X32");
    if (at >= 0 && architecture === "SCMP_ARCH_X86_64") {
      return `${base}/archMap/${i}/subArchitectures/${at}`;
    }
  }
  return `${base}/architectures/${Math.max(0, architectures.indexOf("SCMP_ARCH_X32"))}`;
}
