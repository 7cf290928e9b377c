/**
 * The architectures of the programs that a machine runs.
 */

import { type Architecture, type ArchitectureName, architectureByName } from "../../tables/architectures.ts";
import { type LintInput, nativeOf } from "../input.ts";
import { someStart, stoppedStarts } from "../starts.ts";

/** The other architectures that a kernel of each one runs: CONFIG_COMPAT, CONFIG_IA32_EMULATION, CONFIG_X86_X32_ABI (Linux 6.12). */
const ALSO_RUNS: Readonly<Partial<Record<ArchitectureName, readonly ArchitectureName[]>>> = {
  x86_64: ["x86", "x32"],
  x32: ["x86_64", "x86"],
  aarch64: ["arm"],
  mips64: ["mips", "mips64n32"],
  mipsel64: ["mipsel", "mipsel64n32"],
  mips64n32: ["mips64", "mips"],
  mipsel64n32: ["mipsel64", "mipsel"],
  parisc64: ["parisc"],
  ppc64: ["ppc"],
  s390x: ["s390"],
};

/** All architectures whose programs a kernel of that architecture can run, its own first. */
export function architecturesRunBy(native: Architecture): readonly Architecture[] {
  const others = ALSO_RUNS[native.name] ?? [];
  return [native, ...others.flatMap((name) => architectureByName(name) ?? [])];
}

/** The policy's architectures without those that the profile lists for other machines; the native one first. */
export function machineArchitectures(input: LintInput): readonly Architecture[] {
  const run = architecturesRunBy(nativeOf(input));
  return input.policy.architectures.filter((arch) => run.includes(arch));
}

/** The same without those beside the native one whose programs do not start, of which `counterparts.ts` tells. */
export function programArchitectures(input: LintInput): readonly Architecture[] {
  return machineArchitectures(input).filter(
    (arch) =>
      arch === nativeOf(input) ||
      someStart(stoppedStarts(input.installed, arch), { library: "glibc", linking: "dynamic" }),
  );
}
