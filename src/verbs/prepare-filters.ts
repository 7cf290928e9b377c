/**
 * Compiles filters beforehand, for the machines and callers that a profile distinguishes, and proves each of them.
 */

import { prove } from "../analysis/equivalent.ts";
import { compileForKernel } from "../bpf/compile.ts";
import { type Diagnostic, Refusal } from "../diagnostic.ts";
import { checkExec } from "../launch/check-exec.ts";
import { PREPARED_FOR, type PreparedFilter, type PreparedFilters, programToHex } from "../load/prepared.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import { type Profile, selectorsOf } from "../profile/profile.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import { X32_SEPARATE_SINCE } from "../tables/architectures.ts";
import { allCapabilities, capabilityBit } from "../tables/capabilities.ts";

/** Bit n is the capability with number n: the default set of Docker and containerd, which Kubernetes does not change. */
const IN_CONTAINERS = 0xa80425fbn;

/** The callers for whom filters are made: without capabilities, root in a container, and root. */
export const USUAL_CALLERS: readonly bigint[] = [0n, IN_CONTAINERS, allCapabilities()];

/** The result: filters, or the diagnostics that prevent them. */
export type Preparation =
  | { readonly filters: PreparedFilters }
  | { readonly filters: undefined; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles the filters of a profile for one kernel, each with the range of kernels that it fits.
 *
 * A profile with warnings gets none: every launch must print them.
 *
 * @param callers sets of capabilities
 * @param wideArguments as `Policy.wideArguments`
 * @throws Refusal if the kernel would reject a filter, no command could start under it, or it could not be proven
 */
export function prepareFilters(
  read: ReadResult,
  label: string,
  machine: Omit<Target, "caps">,
  callers: readonly bigint[],
  wideArguments = false,
): Preparation {
  const { profile } = read;
  if (profile === undefined) {
    return { filters: undefined, diagnostics: read.diagnostics };
  }
  const capabilities = capabilitiesOf(profile);
  const kernels = kernelsLike(machine.kernel, profile);
  const made = new Map<bigint, PreparedFilter>();
  for (const caller of callers) {
    const held = caller & capabilities;
    if (made.has(held)) {
      continue;
    }
    const target = { ...machine, caps: held };
    const { policy, diagnostics } = readPolicy(read, target, {
      unknownSyscalls: PREPARED_FOR,
      wideArguments,
      listenerNamed: true,
    });
    if (policy === undefined || diagnostics.length > 0) {
      return { filters: undefined, diagnostics };
    }
    const program = compileForKernel(policy, label);
    checkExec(policy, label);
    const proof = prove(policy, program, machine.arch.bigEndian);
    if (proof.kind !== "equal") {
      const why = proof.kind === "truncated" ? `: the proof was cut short, ${proof.reason}` : "";
      throw new Refusal(
        `the filter of ${label} could not be proven${why}`,
        "each launch still compiles the profile",
      );
    }
    const { flags, optionalFlags, listener } = policy;
    made.set(held, {
      kind: "prepared",
      held: held.toString(16),
      kernels,
      flags,
      optionalFlags,
      listener,
      hex: programToHex(program),
    });
  }
  const filters = [...made.values()];
  return {
    filters: { arch: machine.arch.name, capabilities: capabilities.toString(16), wideArguments, filters },
  };
}

/** The capabilities that decide whether rules apply. */
export function capabilitiesOf(profile: Profile): bigint {
  const names = selectorsOf(profile).flatMap(({ caps }) => caps);
  return names.reduce((all, name) => all | (1n << BigInt(capabilityBit(name))), 0n);
}

/** The kernels for which the profile means the same as for this one. */
function kernelsLike(kernel: number, profile: Profile): PreparedFilter["kernels"] {
  const named = selectorsOf(profile).flatMap(({ minKernel }) => minKernel ?? []);
  const bounds = [X32_SEPARATE_SINCE, ...named].sort((a, b) => a - b);
  return [
    bounds.filter((bound) => bound <= kernel).at(-1) ?? 0,
    bounds.find((bound) => bound > kernel) ?? null,
  ];
}
