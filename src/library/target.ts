/**
 * The machine and the caller for which a profile is resolved, as users of the library write them.
 */

import type { Target as InternalTarget } from "../policy/target.ts";
import { parseKernelVersion } from "../profile/kernel-version.ts";
import {
  type Architecture,
  type ArchitectureName,
  architectureByName,
  architectureByScmp,
  architectures as known,
  matchesArchName,
} from "../tables/architectures.ts";
import { allCapabilities, capabilityBit, normalizeCapability } from "../tables/capabilities.ts";
import { checkOptions } from "./options.ts";

/**
 * The machine and the caller for which a profile is resolved. The library never asks the machine that it runs on.
 *
 * @example
 * ```ts
 * import type { Target } from "seccomp-exec";
 *
 * const target: Target = { architecture: "aarch64", kernel: "6.12", capabilities: ["CAP_NET_RAW"] };
 * console.log(target.architecture); //=> aarch64
 * ```
 */
export interface Target {
  /** The native architecture: that of the command. One of {@link architectures}, or, in JavaScript, another name that {@link architectureNamed} takes: "amd64". */
  readonly architecture: ArchitectureName;
  /** The version of the kernel, "X.Y", each part 0 to 255: for `minKernel`, and for the numbers of x32 before 5.4. */
  readonly kernel: string;
  /**
   * The capabilities that the command can come to hold, by their names in capabilities(7), "CAP_SYS_ADMIN" or "SYS_ADMIN"; "all" or "none".
   * Absent: none, so that rules which need a capability do not apply.
   */
  readonly capabilities?: readonly string[] | "all" | "none";
}

/**
 * The names of all architectures that filters can be compiled for: those of libseccomp in lower case.
 *
 * @example
 * ```ts
 * import { architectures } from "seccomp-exec";
 *
 * console.log(architectures.includes("riscv64")); //=> true
 * ```
 */
export const architectures: readonly ArchitectureName[] = Object.freeze(known.map(({ name }) => name));

/**
 * The name of the architecture that a word means.
 *
 * @param word libseccomp's name (`x86_64`, `SCMP_ARCH_X86_64`) or Go's (`amd64`)
 * @returns undefined if it names none
 *
 * @example
 * ```ts
 * import { architectureNamed } from "seccomp-exec";
 *
 * console.log(architectureNamed("arm64")); //=> aarch64
 * console.log(architectureNamed("SCMP_ARCH_S390X")); //=> s390x
 * console.log(architectureNamed("pdp11")); //=> undefined
 * ```
 */
export function architectureNamed(word: string): ArchitectureName | undefined {
  const arch = architectureByScmp(word) ?? known.find((one) => matchesArchName(one, word));
  return arch?.name;
}

/**
 * @throws RangeError
 *
 * @internal
 */
export function archOf(name: string): Architecture {
  const arch = architectureByName(name);
  if (arch === undefined) {
    throw new RangeError(`'${name}' is not an architecture; known are ${architectures.join(", ")}`);
  }
  return arch;
}

const KINDS = { architecture: "string", kernel: "string", capabilities: "capabilities" } as const;

/**
 * @throws RangeError if a part of it is not known
 *
 * @internal
 */
export function internalTarget(target: Target): InternalTarget {
  checkOptions("the target", target, KINDS, ["architecture", "kernel"]);
  const { architecture, kernel, capabilities = "none" } = target;
  const version = parseKernelVersion(kernel);
  if (version === undefined) {
    throw new RangeError(`'${kernel}' is not a kernel version; write it as X.Y, for example 6.12`);
  }
  return {
    arch: archOf(architectureNamed(architecture) ?? architecture),
    kernel: version,
    caps: maskOf(capabilities),
  };
}

function maskOf(capabilities: readonly string[] | "all" | "none"): bigint {
  if (capabilities === "all") {
    return allCapabilities();
  }
  const names = capabilities === "none" ? [] : capabilities;
  return names.reduce((mask, name) => {
    const bit = capabilityBit(normalizeCapability(name));
    if (bit < 0) {
      throw new RangeError(`'${name}' is not a capability; write it as in capabilities(7): CAP_SYS_ADMIN`);
    }
    return mask | (1n << BigInt(bit));
  }, 0n);
}
