/**
 * Compiles a profile's text to a filter, for launches without a prepared one.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import { type Machine, unknownSyscalls } from "../load/target.ts";
import { complaining } from "../policy/complain.ts";
import type { Policy } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { architectureByName } from "../tables/architectures.ts";
import { filterComplains } from "./complaining.ts";
import type { CompiledFilter, FilterRequest } from "./plan.ts";

/** @throws Refusal, InvalidInput */
export function compiledFilter(request: FilterRequest): CompiledFilter {
  const { profile, lap } = request;
  const policy = policyOf(request);
  const program = compileForKernel(policy, profile.label, () => lap("graph"));
  lap("emit");
  const { flags, optionalFlags, listener } = policy;
  return { kind: "compiled", program, policy, flags, optionalFlags, listener };
}

function policyOf(request: FilterRequest): Policy {
  const { options, profile, machine, wideArguments, listenerNamed, tools, lap } = request;
  const how = { unknownSyscalls: unknownSyscalls(options), wideArguments, listenerNamed };
  const { policy, diagnostics } = tools.readPolicy(profile, targetFor(machine), how, lap);
  lap("resolve");
  if (policy === undefined) {
    throw new InvalidInput(profile.label, diagnostics);
  }
  if (diagnostics.some(({ severity }) => severity !== "note")) {
    tools.warn(profile, diagnostics);
  }
  return filterComplains(options) ? complaining(policy) : policy;
}

/** @throws Refusal if the tables lack the architecture */
function targetFor({ arch: name, kernel, caps }: Machine): Target {
  const arch = architectureByName(name);
  if (arch === undefined) {
    throw new Refusal(`there are no tables for the architecture '${name}'`);
  }
  return { arch, kernel, caps };
}
