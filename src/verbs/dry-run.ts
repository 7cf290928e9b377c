/**
 * A dry run: what a launch would do and why, as text or JSON.
 */

import { programLength } from "../bpf/instruction.ts";
import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { Host } from "../host.ts";
import { checkAudit } from "../launch/audit.ts";
import type { Agent } from "../launch/listener.ts";
import {
  type CompiledFilter,
  type Confinement,
  type FilterRequest,
  type LaunchTools,
  type Plan,
  planLaunch,
  preparedFilter,
} from "../launch/plan.ts";
import type { Selection } from "../launch/select.ts";
import { deniesNothing } from "../lint/essentials.ts";
import { ENOENT } from "../load/errno.ts";
import { type PreparedFilter, programToHex } from "../load/prepared.ts";
import type { Usable } from "../load/usable.ts";
import { FLAG_VALUES } from "../policy/resolve.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import { capabilityCount, capabilityName } from "../tables/capabilities.ts";
import { SECCOMP_RET_ALLOW } from "../tables/seccomp.ts";
import { DEFAULT_PROFILE_DIR, keyOfPolicy, POLICY_FILE } from "../task/operator.ts";
import type { CommandLine, GivenOptions } from "../task/options.ts";
import { passedOver } from "../task/request.ts";
import { jsonReport } from "./json.ts";
import type { VerbHost } from "./output.ts";

/** One fact of a plan: its key in JSON, its name in text, its value in each. */
interface Fact {
  readonly key: (typeof KEYS)[number];
  readonly name: string;
  readonly value: unknown;
  readonly text: string;
}

/**
 * Reports what a launch would do.
 *
 * @throws what a launch would throw
 */
export function dryRun(host: VerbHost, commandLine: CommandLine, tools: LaunchTools): void {
  const { options } = commandLine;
  const plan = planLaunch(host, commandLine, tools, bothFilters);
  if (options["--audit"] !== undefined) {
    checkAudit(host, options["--audit"], plan);
  }
  const facts = factsOf(host, options, plan);
  if (options["--json"] !== undefined) {
    const known = Object.fromEntries(facts.map(({ key, value }) => [key, value]));
    host.writeLines(jsonReport(Object.fromEntries(KEYS.map((key) => [key, known[key]]))));
    return;
  }
  const width = Math.max(...facts.map(({ name }) => name.length));
  host.write(1, facts.map(({ name, text }) => `${name.padEnd(width)}  ${printable(text)}\n`).join(""));
}

/** A compiled filter, and the one that a launch would use instead. */
interface BothFilters extends CompiledFilter {
  readonly prepared: Usable<PreparedFilter>;
}

function bothFilters(request: FilterRequest): BothFilters {
  const compiled = request.tools.compiler.compiledFilter(request);
  const prepared = preparedFilter(request);
  if (prepared.kind === "usable" && !isSame(compiled, prepared.value)) {
    throw new Refusal(
      `the prepared filter of ${request.profile.label} differs from the profile`,
      "the file of filters was changed: prepare the profile again",
    );
  }
  return { ...compiled, prepared };
}

function isSame(compiled: CompiledFilter, prepared: PreparedFilter): boolean {
  return (
    programToHex(compiled.program) === prepared.hex &&
    compiled.flags === prepared.flags &&
    compiled.optionalFlags === prepared.optionalFlags &&
    compiled.listener?.path === prepared.listener?.path &&
    compiled.listener?.metadata === prepared.listener?.metadata
  );
}

/** The members of the JSON report. */
const KEYS = [
  "confined",
  "decidedBy",
  "passedOver",
  "policy",
  "profile",
  "digest",
  "profileDir",
  "architectures",
  "kernel",
  "capabilities",
  "unknownSyscallsAfter",
  "wideArguments",
  "complain",
  "audit",
  "instructions",
  "prepared",
  "flags",
  "listener",
  "noNewPrivs",
  "command",
] as const;

function factsOf(host: Host, options: GivenOptions, plan: Plan<BothFilters>): readonly Fact[] {
  const { selection, confinement, command } = plan;
  const others = passedOver((name) => host.env(name), selection.decided);
  const shown = others.map(({ variable, value }) => `${variable}=${decodeBytes(value)}`);
  const confined = confinedness(options, confinement);
  return [
    fact("confined", "confined", confined === "yes", confined),
    fact("decidedBy", "decided by", selection.decided.name),
    fact("passedOver", "passed over", shown, listed(shown)),
    fact(
      "policy",
      "policy",
      selection.operator === undefined ? null : POLICY_FILE,
      selection.operator === undefined ? `none (${POLICY_FILE} does not exist)` : POLICY_FILE,
    ),
    ...(confinement === undefined ? [] : confinementFacts(host, options, plan, confinement)),
    noNewPrivsFact(plan),
    ...(command === undefined ? [] : [fact("command", "command", decodeBytes(command.path))]),
  ];
}

function confinementFacts(
  host: Host,
  options: GivenOptions,
  { selection, status, noNewPrivs }: Plan,
  { profile, machine, filter, flags, agent }: Confinement<BothFilters>,
): readonly Fact[] {
  const { policy, program, prepared } = filter;
  const complains = options["--complain"] !== undefined;
  const directory = directoryOfNames(host, selection);
  const architectures = policy.architectures.map(({ name }) => name);
  const digest = `sha256:${host.sha256(profile.text)}`;
  const kernel = formatKernelVersion(machine.kernel);
  const source = capabilitySource(options, noNewPrivs || status.noNewPrivs);
  const younger =
    policy.youngest === undefined || complains ? undefined : formatKernelVersion(policy.youngest);
  const length = programLength(program);
  const flagNames = Object.entries(FLAG_VALUES).flatMap(([name, flag]) =>
    (flags & flag) === 0 ? [] : [name],
  );
  return [
    fact("profile", "profile", profile.label),
    fact("digest", "digest", digest),
    fact(
      "profileDir",
      "names looked up in",
      directory ?? null,
      directory ??
        `none (${DEFAULT_PROFILE_DIR} does not exist): names mean the profiles that are compiled in`,
    ),
    fact("architectures", "architectures", architectures, architectures.join(", ")),
    fact(
      "kernel",
      "kernel",
      kernel,
      `${kernel} (${options["--kernel"] === undefined ? "the running one" : "--kernel"})`,
    ),
    fact(
      "capabilities",
      "capabilities",
      namesOf(machine.caps, true),
      `${capabilitiesInWords(machine.caps)} (${source})`,
    ),
    fact(
      "unknownSyscallsAfter",
      "unknown syscalls",
      younger ?? null,
      younger === undefined
        ? complains && policy.defaultVerdict !== SECCOMP_RET_ALLOW
          ? options["--audit"] === undefined
            ? "are let through and logged"
            : "are let through and named"
          : "get the default action"
        : `get ENOSYS if added after Linux ${younger}, the newest kernel that the profile knows`,
    ),
    fact(
      "wideArguments",
      "arguments",
      policy.wideArguments,
      policy.wideArguments
        ? `64 bits of each are compared (${options["--wide-arguments"] === undefined ? keyOfPolicy("wideArguments") : "--wide-arguments"})`
        : "are compared as the kernel takes them",
    ),
    fact("complain", "complain", complains, complains ? "yes" : "no"),
    ...auditFacts(options),
    fact("instructions", "filter", length, `${length} instructions`),
    fact(
      "prepared",
      "prepared",
      prepared.kind === "usable",
      prepared.kind === "usable" ? "yes: it need not be compiled" : `no: ${prepared.why}`,
    ),
    fact("flags", "flags", flagNames, listed(flagNames)),
    ...(agent === undefined ? [] : [agentFact(agent)]),
  ];
}

/** The seccomp agent that would get the listener. */
function agentFact({ path, source }: Agent): Fact {
  const shown = decodeBytes(path);
  return fact("listener", "listener", shown, `${shown} (${source})`);
}

/** The directory in which names are looked up; undefined if they name the compiled-in profiles. */
function directoryOfNames(host: Host, { directory }: Selection): string | undefined {
  if (directory === undefined && host.probeLink(DEFAULT_PROFILE_DIR) === ENOENT) {
    return undefined;
  }
  return decodeBytes(directory ?? DEFAULT_PROFILE_DIR);
}

function noNewPrivsFact({ selection, status, confinement, noNewPrivs }: Plan): Fact {
  const why = selection.noNewPrivs ?? "the kernel demands it for a filter, since CAP_SYS_ADMIN is lacking";
  const text = status.noNewPrivs
    ? "is set already"
    : noNewPrivs
      ? `will be set (${why})`
      : confinement === undefined
        ? "will not be set"
        : "will not be set: CAP_SYS_ADMIN is held";
  return fact("noNewPrivs", "no_new_privs", noNewPrivs || status.noNewPrivs, text);
}

/** Where denied calls are named; nothing is said where they are not. */
function auditFacts(options: GivenOptions): readonly Fact[] {
  const audit = options["--audit"];
  if (audit === undefined) {
    return [];
  }
  const calls = "each call that the profile denies is named";
  return audit === true
    ? [fact("audit", "audit", "standard error", `${calls} on standard error`)]
    : [fact("audit", "audit", decodeBytes(audit), `${calls}, as JSON appended to ${decodeBytes(audit)}`)];
}

/** Reports `no` where a filter is installed but denies nothing. */
function confinedness(options: GivenOptions, confinement: Confinement<BothFilters> | undefined): string {
  if (confinement === undefined) {
    return "no";
  }
  if (options["--complain"] !== undefined) {
    return options["--audit"] === undefined
      ? "no: what the profile denies is let through and logged"
      : "no: what the profile denies is let through and named";
  }
  return deniesNothing(confinement.filter.policy) ? "no: the profile denies nothing" : "yes";
}

/** What the capabilities of the command are derived from. */
function capabilitySource(options: GivenOptions, noNewPrivs: boolean): string {
  if (options["--caps"] !== undefined) {
    return "--caps";
  }
  return noNewPrivs ? "what the command keeps under no_new_privs" : "the bounding set";
}

/** The names of the capabilities in a set, or of those outside it. */
function namesOf(caps: bigint, held: boolean): string[] {
  return Array.from({ length: capabilityCount }, (_, bit) => bit)
    .filter((bit) => ((caps >> BigInt(bit)) & 1n) === (held ? 1n : 0n))
    .map((bit) => capabilityName(bit) as string);
}

function capabilitiesInWords(caps: bigint): string {
  const [held, lacking] = [namesOf(caps, true), namesOf(caps, false)];
  if (lacking.length === 0) {
    return "all";
  }
  return held.length > lacking.length ? `all but ${lacking.join(", ")}` : listed(held);
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.join(", ");
}

function fact(key: Fact["key"], name: string, value: unknown, text = String(value)): Fact {
  return { key, name, value, text };
}
