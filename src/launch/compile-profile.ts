/**
 * Compiles a profile's text to a filter, for launches without a prepared one.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import { type Machine, unknownSyscalls } from "../load/target.ts";
import { complaining } from "../policy/complain.ts";
import type { Policy } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { denies } from "../policy/verdict.ts";
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
  const target = targetFor(machine);
  const { policy, diagnostics } = tools.readPolicy(profile, target, how, lap);
  lap("resolve");
  if (policy === undefined) {
    throw new InvalidInput(profile.label, diagnostics);
  }
  if (diagnostics.some(({ severity }) => severity !== "note")) {
    tools.warn(profile, diagnostics);
  }
  if (options["--verbose"] !== undefined && deniesByMask(policy)) {
    tools.examine(profile, policy, target);
  }
  return filterComplains(options) ? complaining(policy) : policy;
}

/** Whether a rule denies by some bits of an argument: the conditions that people get wrong. */
function deniesByMask({ rules }: Policy): boolean {
  return rules.lists.some((list) =>
    list.some(
      ({ conditions, verdict }) =>
        denies(verdict) && conditions.some(({ op }) => op === "SCMP_CMP_MASKED_EQ"),
    ),
  );
}

/** @throws Refusal if the tables lack the architecture */
function targetFor({ arch: name, kernel, caps }: Machine): Target {
  const arch = architectureByName(name);
  if (arch === undefined) {
    throw new Refusal(`there are no tables for the architecture '${name}'`);
  }
  return { arch, kernel, caps };
}
