/**
 * Everything about a launch that is decided before anything is done.
 */

import type { Program } from "../bpf/instruction.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { ByteString, Host, InstallFailure, ProcessStatus } from "../host.ts";
import { EFAULT, EINVAL } from "../load/errno.ts";
import type { ProfileText } from "../load/load-profile.ts";
import { PREPARED_FOR, type PreparedFilter } from "../load/prepared.ts";
import {
  launchMachine,
  type Machine,
  needsNoNewPrivs,
  processStatus,
  unknownSyscalls,
} from "../load/target.ts";
import { type Usable, unusable } from "../load/usable.ts";
import type { Policy } from "../policy/policy.ts";
import type { ResolveOptions, ResolveResult } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import type { CommandLine, GivenOptions } from "../task/options.ts";
import { COMMON_WORD, doubtfulVariables } from "../task/variables.ts";
import { type Command, type CommandAdviser, findCommand } from "./find-command.ts";
import { findPrepared } from "./find-prepared.ts";
import { type Selection, select, type TextReaders } from "./select.ts";
import { type Lap, NO_LAPS } from "./timing.ts";

/**
 * What a launch is given to work with. Those of the launch bundle give up where there is anything to say, and those of the
 * toolkit say it.
 */
export interface LaunchTools extends TextReaders {
  readonly compiler: Compiler;
  readonly adviser: CommandAdviser;
  /** Says why a filter is not installed. */
  readonly installFailure: (host: Host, failure: InstallFailure, flags: number) => Error;
  readonly readPolicy: PolicyReader;
  /**
   * Takes the names of variables that look as if they asked for something and that nobody reads, and of those that are read and are
   * there for another time.
   *
   * @throws Refusal where one of them may be a request that would not be heard
   */
  readonly doubtful: (variables: readonly ByteString[]) => void;
  /** Takes the warnings about a profile under which the command is going to run. */
  readonly warn: (profile: ProfileText, warnings: readonly Diagnostic[]) => void;
}

/** Reads a profile's text, and resolves it for a machine; throws InvalidInput where the text is not even JSON. */
export type PolicyReader = (
  profile: ProfileText,
  target: Target,
  options: ResolveOptions,
  lap: Lap,
) => ResolveResult;

/** What a launch needs for a profile that was not prepared: compile-profile.ts. */
export interface Compiler {
  /** @throws Refusal, InvalidInput */
  compiledFilter(request: FilterRequest): CompiledFilter;
  /** @throws Refusal where the profile does not let the command start */
  checkExec(policy: Policy, label: string): void;
}

/** What is going to be done, and why. */
export interface Plan<F extends Filter = Filter> {
  readonly selection: Selection;
  /** What the kernel said of this process. */
  readonly status: ProcessStatus;
  /** undefined: the command runs without a filter. */
  readonly confinement: Confinement<F> | undefined;
  /** Whether no_new_privs is to be set. */
  readonly noNewPrivs: boolean;
  /** What to execute; undefined where there is no command, because only the plan was asked for. */
  readonly command: Command | undefined;
}

/** What is to be installed, and of what it was made. */
export interface Confinement<F extends Filter> {
  readonly profile: ProfileText;
  readonly machine: Machine;
  readonly filter: F;
  /** SECCOMP_FILTER_FLAG_*: those that the kernel takes. */
  readonly flags: number;
}

/** A filter of a profile, with the SECCOMP_FILTER_FLAG_* that the profile asks for. */
export type Filter = CompiledFilter | PreparedFilter;

/** A filter that was made just now. */
export interface CompiledFilter extends Pick<Policy, "flags" | "optionalFlags"> {
  readonly kind: "compiled";
  readonly program: Program;
  /** What it was compiled from. */
  readonly policy: Policy;
}

/** What a filter is made from. */
export interface FilterRequest {
  readonly host: Host;
  readonly options: GivenOptions;
  readonly profile: ProfileText;
  readonly machine: Machine;
  readonly tools: LaunchTools;
  readonly lap: Lap;
}

/**
 * Decides what is to be done, and changes nothing.
 *
 * @param makeFilter {@link quickestFilter}, or another
 * @param lap is told when each stage is over
 * @throws Refusal, InvalidInput, CommandError
 */
export function planLaunch<F extends Filter>(
  host: Host,
  { options, firstArg }: CommandLine,
  tools: LaunchTools,
  makeFilter: (request: FilterRequest) => F,
  lap: Lap = NO_LAPS,
): Plan<F> {
  const status = processStatus(host);
  const env = readVariables(host, tools);
  const selection = select(host, env, options, tools, status.euid === 0, lap);
  const { profile } = selection;
  const name = host.args[firstArg];
  const find = () => (name === undefined ? undefined : findCommand(host, name, tools.adviser));
  const asked = selection.noNewPrivs !== undefined;
  if (profile === undefined) {
    return { selection, status, confinement: undefined, noNewPrivs: asked, command: find() };
  }
  const noNewPrivs = asked || needsNoNewPrivs(status);
  const machine = launchMachine(
    host,
    options,
    status,
    noNewPrivs || status.noNewPrivs,
    selection.operator === undefined,
  );
  const filter = makeFilter({ host, options, profile, machine, tools, lap });
  const command = find();
  if (filter.kind === "compiled") {
    tools.compiler.checkExec(filter.policy, profile.label);
  }
  lap("command");
  const flags = flagsOf(host, filter, tools);
  lap("flags");
  return { selection, status, confinement: { profile, machine, filter, flags }, noNewPrivs, command };
}

/** getenv(3) for the variables that a launch reads. Most launches have none of them, and need not look for each. */
function readVariables(host: Host, tools: LaunchTools): Host["env"] {
  const names = host.variables(COMMON_WORD);
  if (names.length === 0) {
    return () => undefined;
  }
  const doubtful = doubtfulVariables(names);
  if (doubtful.length > 0) {
    tools.doubtful(doubtful);
  }
  return (name) => host.env(name);
}

/** A filter that was prepared, or else a compiled one. */
export function quickestFilter(request: FilterRequest): Filter {
  const prepared = preparedFilter(request);
  request.lap("prepared");
  return prepared.kind === "usable" ? prepared.value : request.tools.compiler.compiledFilter(request);
}

/** The prepared filter that a launch may use. */
export function preparedFilter({ host, options, profile, machine }: FilterRequest): Usable<PreparedFilter> {
  if (options["--complain"] !== undefined || unknownSyscalls(options) !== PREPARED_FOR) {
    return unusable("none was made for these options");
  }
  return findPrepared(host, profile, machine);
}

/** The flags that the profile wants, and those of its optional ones that the kernel knows. */
function flagsOf(host: Host, { flags, optionalFlags }: Filter, tools: LaunchTools): number {
  const wanted = flags | optionalFlags;
  const probe = host.probeSeccompFlags(wanted);
  if (probe === EFAULT) {
    return wanted;
  }
  if (probe !== EINVAL) {
    throw tools.installFailure(host, { step: "seccomp", errno: probe }, wanted);
  }
  return flags;
}
