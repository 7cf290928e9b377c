/**
 * The meaning of a profile as a digest: equal digests mean equal verdicts on every call, on the architectures below, with no
 * capability, with all and with each one alone, before and after the kernels that profiles name.
 */

import { createHash } from "node:crypto";
import type { Policy } from "../../../src/policy/policy.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import type { ArchitectureName } from "../../../src/tables/architectures.ts";
import { syscallCount, syscallName, syscallNumber } from "../../../src/tables/syscalls.ts";
import { ALL_CAPS, architecture, policyOf } from "../fixtures/policies.ts";

/** A fixed list: with another architecture the digests stay as they are. */
const ARCHITECTURES: readonly ArchitectureName[] = [
  ...(["x86", "x86_64", "x32", "arm", "aarch64", "loongarch64", "m68k", "mips", "mipsel"] as const),
  ...(["mips64", "mipsel64", "mips64n32", "mipsel64n32", "parisc", "parisc64", "ppc", "ppc64"] as const),
  ...(["ppc64le", "riscv64", "s390", "s390x", "sh", "sheb"] as const),
];

const KERNELS = [3 * 256 + 10, 7 * 256 + 1];
const SINGLE_CAPS = Array.from({ length: 41 }, (_, bit) => 1n << BigInt(bit));

/** SHA-256, in hexadecimal digits. */
export function meaningOf(profile: Profile): string {
  const hash = createHash("sha256");
  for (const arch of ARCHITECTURES.map(architecture)) {
    for (const caps of [0n, ALL_CAPS, ...SINGLE_CAPS]) {
      for (const kernel of KERNELS) {
        for (const line of canonical(policyOf(profile, arch, caps, "enosys", kernel))) {
          hash.update(line);
        }
      }
    }
  }
  return hash.digest("hex");
}

/** Everything that affects a verdict. Duplicate rules, and rules for calls that no architecture has, do not. */
function* canonical(policy: Policy): Generator<string> {
  const { rules, architectures: on, flags, optionalFlags, defaultVerdict, foreignVerdict, youngest } = policy;
  yield `${on.map(({ name }) => name)} ${[flags, optionalFlags, defaultVerdict, foreignVerdict, youngest]}\n`;
  for (let id = 0; id < syscallCount(); id += 1) {
    const texts = (rules.of(id) ?? []).map(({ verdict, conditions }) => {
      const tests = conditions.map(({ index, op, value, mask }) => `${index} ${op} ${value} ${mask}`).sort();
      return `${verdict} if ${tests}`;
    });
    if (texts.length > 0 && on.some((arch) => syscallNumber(arch, id) >= 0)) {
      yield `${syscallName(id)}: ${[...new Set(texts)].sort()}\n`;
    }
  }
}
