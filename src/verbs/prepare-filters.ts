/**
 * Compiles filters beforehand, for the machines and callers that a profile distinguishes, and proves each of them.
 */

import { prove } from "../analysis/equivalent.ts";
import { compileForKernel } from "../bpf/compile.ts";
import { type Diagnostic, type DiagnosticCode, Refusal } from "../diagnostic.ts";
import { checkExec } from "../launch/check-exec.ts";
import { flagMasks } from "../lint/flag-masks.ts";
import {
  PREPARED_FOR,
  type PreparedFilter,
  type PreparedFilters,
  programToHex,
  type Saying,
} from "../load/prepared.ts";
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

/** The result. */
export interface Preparation {
  /** Undefined if errors prevent them. */
  readonly filters: PreparedFilters | undefined;
  /** What is wrong with the profile, for any of the callers. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A diagnostic as a launch says it. */
type Tell = (diagnostic: Diagnostic) => Saying;

/**
 * What every launch says of a profile that it lets programs run under: that it may mean less than its author wrote. All else it says
 * only where it compiles the profile, and `prepare` and `check` say it.
 */
const SAID_BY_LAUNCHES: readonly DiagnosticCode[] = ["unknown-key", "repeated-argument"];

/**
 * Compiles the filters of a profile for one kernel, each with the range of kernels that it fits.
 *
 * @param tell for what launches must say
 * @param callers sets of capabilities
 * @param wideArguments as `Policy.wideArguments`
 * @throws Refusal if the kernel would reject a filter, no command could start under it, or it could not be proven
 */
export function prepareFilters(
  read: ReadResult,
  label: string,
  machine: Omit<Target, "caps">,
  callers: readonly bigint[],
  wideArguments: boolean,
  tell: Tell,
): Preparation {
  const { profile } = read;
  if (profile === undefined) {
    return { filters: undefined, diagnostics: read.diagnostics };
  }
  const capabilities = capabilitiesOf(profile);
  const kernels = kernelsLike(machine.kernel, profile);
  const made = new Map<bigint, PreparedFilter>();
  const found = new Map<string, Diagnostic>();
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
    for (const one of diagnostics) {
      found.set(`${one.code} ${one.severity} ${one.pointer}`, one);
    }
    if (policy === undefined) {
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
      ...sayingsOf(diagnostics, flagMasks({ profile, policy, installed: policy, target, engines: [] }), tell),
      hex: programToHex(program),
    });
  }
  const filters = [...made.values()];
  return {
    filters: { arch: machine.arch.name, capabilities: capabilities.toString(16), wideArguments, filters },
    diagnostics: [...found.values()],
  };
}

/** Maximum number of warnings that a launch repeats: they go to the task's log. */
const MAX_SAID = 20;

/** What a launch says: of all findings those it must say, and under `--verbose` those about masks. */
function sayingsOf(
  diagnostics: readonly Diagnostic[],
  masks: Iterable<Diagnostic>,
  tell: Tell,
): Pick<PreparedFilter, "said"> {
  const always = diagnostics.filter(({ code }) => SAID_BY_LAUNCHES.includes(code)).slice(0, MAX_SAID);
  const said = [
    ...always.map(tell),
    ...[...masks].slice(0, MAX_SAID).map((one): Saying => ({ ...tell(one), verbose: true })),
  ];
  return said.length === 0 ? {} : { said };
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
