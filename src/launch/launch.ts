/**
 * Carries out a launch plan: reports it if asked to, then installs the filter and executes the command.
 */

import { programLength } from "../bpf/instruction.ts";
import { decodeBytes, printable } from "../bytes.ts";
import { FOR_EVER, type Host } from "../host.ts";
import { DIGITS } from "../load/prepared.ts";
import type { CommandLine } from "../task/options.ts";
import { launchWithAgent } from "./agent.ts";
import { checkAudit, launchAudited, listenerFlags, openLog, unnamedLine } from "./audit.ts";
import { complainsOnly } from "./complaining.ts";
import { logWarning } from "./logging.ts";
import { type Code, type Filter, type LaunchTools, type Plan, planLaunch, quickestFilter } from "./plan.ts";
import { preparedSayings } from "./say-prepared.ts";
import { Stopwatch } from "./timing.ts";

/** Prints on standard error. If that fails, the launch continues all the same. */
export type Say = (text: string) => void;

/**
 * Becomes the command. Returns only in the supervisor of an audited command, at its end: its exit status.
 *
 * @throws Refusal, InvalidInput, CommandError
 */
export function launch(host: Host, commandLine: CommandLine, tools: LaunchTools, say: Say): number {
  const { options, firstArg } = commandLine;
  const stopwatch = options["--timing"] === undefined ? undefined : new Stopwatch(host);
  const plan = planLaunch(host, commandLine, tools, quickestFilter, stopwatch?.lap);
  const { confinement, noNewPrivs, command = { path: "" } } = plan;
  if (confinement?.filter.kind === "prepared" && confinement.filter.said !== undefined) {
    say(preparedSayings(confinement.filter, confinement.profile.label, options["--verbose"] !== undefined));
  }
  if (stopwatch !== undefined) {
    say(`seccomp-exec: ${stopwatch}\n`);
  }
  if (options["--verbose"] !== undefined) {
    say(`seccomp-exec: ${printable(summary(host, plan, options["--complain"] !== undefined))}\n`);
  }
  const warning = logWarning(host, options);
  if (warning !== undefined) {
    say(`seccomp-exec: warning: ${warning}\n`);
  }
  const argv0 = options["--argv0"];
  const request = {
    ...command,
    firstArg,
    ...(argv0 === undefined ? {} : { argv0 }),
    filter: confinement === undefined ? null : codeOf(confinement.filter),
    flags: confinement?.flags ?? 0,
    noNewPrivs,
    execFailed: `seccomp-exec: error: cannot run '${printable(decodeBytes(command.path))}': `,
  };
  if (confinement?.agent !== undefined) {
    const { filter, agent } = confinement;
    const failure = launchWithAgent(host, request, filter, agent, tools);
    throw tools.installFailure(host, failure, request.flags, agent);
  }
  const audit = options["--audit"];
  if (audit === undefined) {
    throw tools.installFailure(host, host.installAndExec(request), request.flags);
  }
  const { profile, machine, filter } = checkAudit(host, audit, plan);
  tools.checkAuditable(profile);
  openLog(host, audit);
  const asking = tools.compiler.auditing(filter, host.arch, complainsOnly(options));
  const unnamed = complainsOnly(options) ? [] : tools.compiler.unnamed(filter);
  if (unnamed.length > 0) {
    host.log(unnamedLine(audit, profile.label, unnamed));
  }
  const flags = listenerFlags(host, request.flags);
  const failure = launchAudited(host, { ...request, flags }, asking);
  if (failure !== null) {
    throw tools.installFailure(host, failure, flags);
  }
  // There is a first event, so what names calls is loaded only now.
  return tools.audit({
    options,
    profile,
    machine,
    wideArguments: plan.wideArguments,
    filter,
    first: host.nextEvent(FOR_EVER),
  });
}

/** The plan in one line, and the time it took to make. */
function summary(host: Host, { selection, confinement }: Plan, complains: boolean): string {
  const by = selection.decided.name;
  if (confinement === undefined) {
    return `no filter, by ${by}; ${microseconds(host)}`;
  }
  const { profile, filter } = confinement;
  const mode = complains ? ", complaining only" : "";
  const digest = `sha256:${host.sha256(profile.text)}`;
  return `profile ${profile.label} (${digest}), by ${by}${mode}; ${described(filter)}; ${microseconds(host)}`;
}

/** The filter as {@link Host.installAndExec} takes it. */
function codeOf(filter: Filter): Code {
  return filter.kind === "prepared" ? filter.hex : filter.program;
}

function described(filter: Filter): string {
  return filter.kind === "prepared"
    ? `${filter.hex.length / DIGITS} instructions, prepared`
    : `${programLength(filter.program)} instructions`;
}

/** The launcher's time up to now. */
function microseconds(host: Host): string {
  return `${Math.round(host.now())} microseconds`;
}
