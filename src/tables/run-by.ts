/**
 * The architectures whose programs a kernel runs.
 */

import { type Architecture, type ArchitectureName, architectureByName } from "./architectures.ts";

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
