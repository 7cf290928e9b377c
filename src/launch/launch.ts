/**
 * Carries out a launch plan: reports it if asked to, then installs the filter and executes the command.
 */

import { type Program, programLength } from "../bpf/instruction.ts";
import { decodeBytes, printable } from "../bytes.ts";
import type { Host } from "../host.ts";
import { DIGITS } from "../load/prepared.ts";
import type { CommandLine } from "../task/options.ts";
import { type Filter, type LaunchTools, type Plan, planLaunch, quickestFilter } from "./plan.ts";
import { Stopwatch } from "./timing.ts";

/** Prints on standard error. If that fails, the launch continues all the same. */
export type Say = (text: string) => void;

/**
 * Becomes the command. Never returns: it replaces the process or throws.
 *
 * @throws Refusal, InvalidInput, CommandError
 */
export function launch(host: Host, commandLine: CommandLine, tools: LaunchTools, say: Say): never {
  const { options, firstArg } = commandLine;
  const stopwatch = options["--timing"] === undefined ? undefined : new Stopwatch(host);
  const plan = planLaunch(host, commandLine, tools, quickestFilter, stopwatch?.lap);
  const { confinement, noNewPrivs, command = { path: "" } } = plan;
  if (stopwatch !== undefined) {
    say(`seccomp-exec: ${stopwatch}\n`);
  }
  if (options["--verbose"] !== undefined) {
    say(`seccomp-exec: ${printable(summary(host, plan, options["--complain"] !== undefined))}\n`);
  }
  const argv0 = options["--argv0"];
  const flags = confinement?.flags ?? 0;
  const failure = host.installAndExec({
    ...command,
    firstArg,
    ...(argv0 === undefined ? {} : { argv0 }),
    filter: confinement === undefined ? null : codeOf(confinement.filter),
    flags,
    noNewPrivs,
    execFailed: `seccomp-exec: error: cannot run '${printable(decodeBytes(command.path))}': `,
  });
  throw tools.installFailure(host, failure, flags);
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
function codeOf(filter: Filter): Program | string {
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
