/**
 * From a profile's text to a filter, for launches whose profile was not prepared.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import { complaining } from "../policy/complain.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import { architectureByName } from "../tables/architectures.ts";
import type { CompiledFilter, FilterRequest } from "./plan.ts";
import { type Machine, unknownSyscalls } from "./target.ts";

/** @throws Refusal, InvalidInput */
export function compiledFilter(request: FilterRequest): CompiledFilter {
  const { profile, lap } = request;
  const policy = policyOf(request);
  const program = compileForKernel(policy, profile.label, () => lap("tree"));
  lap("emit");
  const { flags, optionalFlags } = policy;
  return { program, policy, flags, optionalFlags };
}

function policyOf({ options, profile, machine, reading, lap }: FilterRequest): Policy {
  const target = targetFor(machine);
  const read = reading.readProfile(profile, lap);
  lap("validation");
  const { policy, diagnostics } = readPolicy(read, target, { unknownSyscalls: unknownSyscalls(options) });
  lap("resolve");
  if (policy === undefined) {
    throw new InvalidInput(profile.label, diagnostics);
  }
  if (diagnostics.length > 0) {
    reading.warn(profile, diagnostics);
  }
  return options["--complain"] === undefined ? policy : complaining(policy);
}

/** @throws Refusal where the tables do not know the architecture */
function targetFor({ arch: name, kernel, caps }: Machine): Target {
  const arch = architectureByName(name);
  if (arch === undefined) {
    throw new Refusal(`there are no tables for the architecture '${name}'`);
  }
  return { arch, kernel, caps };
}
