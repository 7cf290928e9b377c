/**
 * Makes the plan of a launch: everything that is decided before anything is changed.
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
import { agentFlags } from "./agent.ts";
import type { Audited } from "./audit.ts";
import { complainsOnly, filterComplains } from "./complaining.ts";
import { type Command, type CommandAdviser, findCommand } from "./find-command.ts";
import { findPrepared } from "./find-prepared.ts";
import { findWrapped } from "./find-wrapped.ts";
import { type Agent, chooseAgent, listenerNamed, namesListener } from "./listener.ts";
import { loggingFlag, refuseNothingToLog } from "./logging.ts";
import { type Selection, select, type TextReaders } from "./select.ts";
import { type Lap, NO_LAPS } from "./timing.ts";

/**
 * The parts in which the two bundles differ: the launch bundle gives up if there is anything to report, the toolkit
 * reports it.
 */
export interface LaunchTools extends TextReaders {
  readonly compiler: Compiler;
  readonly adviser: CommandAdviser;
  /** The error for a filter that was not installed. */
  readonly installFailure: (host: Host, failure: InstallFailure, flags: number, agent?: Agent) => Error;
  readonly readPolicy: PolicyReader;
  /**
   * Receives the names of variables that look like requests but are not read, or that are read and occur more than once.
   *
   * @throws Refusal if one of them may be a request that would be ignored
   */
  readonly doubtful: (variables: readonly ByteString[]) => void;
  /** Receives the warnings about the profile of the command. */
  readonly warn: (profile: ProfileText, warnings: readonly Diagnostic[]) => void;
  /** Called before an audited launch, whose supervisor reads the profile again. */
  readonly checkAuditable: (profile: ProfileText) => void;
  /** Receives a profile with a doubtful rule ({@link readPolicy} has read it), if the launch is asked to say more. */
  readonly examine: (profile: ProfileText, policy: Policy, target: Target) => void;
  /** Called in the process that has become the supervisor; returns its exit status. */
  readonly audit: (audited: Audited) => number;
}

/** Reads a profile's text, and resolves it for a machine; throws InvalidInput if the text is not even JSON. */
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
  /** @throws Refusal if the profile does not let the command start */
  checkExec(policy: Policy, label: string): void;
  /** The instructions of a filter. */
  programOf(filter: Filter): Program;
  /**
   * The filter whose denials ask a supervisor.
   *
   * @param arch the native architecture
   * @param complains whether the supervisor lets all calls through
   * @throws Refusal if it gets too long
   */
  auditing(filter: Filter, arch: string, complains: boolean): Code;
  /** The verdicts of a filter that deny a call and of which the kernel tells a supervisor nothing: TRAP, TRACE. */
  unnamed(filter: Filter): readonly string[];
  /**
   * The filter that also notifies the execve(2) by which the command begins.
   *
   * @throws Refusal if it gets too long
   */
  notifyingExec(program: Program, arch: string, mark?: number): Program;
}

/** What the launch will do, and why. */
export interface Plan<F extends Filter = Filter> {
  readonly selection: Selection;
  /** What the kernel reported of this process. */
  readonly status: ProcessStatus;
  /** undefined: the command runs without a filter. */
  readonly confinement: Confinement<F> | undefined;
  /** Whether to set no_new_privs. */
  readonly noNewPrivs: boolean;
  /** `Policy.wideArguments` */
  readonly wideArguments: boolean;
  /** The command; undefined in a dry run without one. */
  readonly command: Command | undefined;
}

/** The filter to install, and what it was made from. */
export interface Confinement<F extends Filter> {
  readonly profile: ProfileText;
  readonly machine: Machine;
  readonly filter: F;
  /** SECCOMP_FILTER_FLAG_* to install it with. */
  readonly flags: number;
  /** Who decides about calls with the verdict NOTIFY; undefined if there are none. */
  readonly agent: Agent | undefined;
}

/** A filter of a profile, with the SECCOMP_FILTER_FLAG_* that the profile asks for. */
export type Filter = CompiledFilter | PreparedFilter;

/** A filter as the host takes it: `ExecRequest.filter`. */
export type Code = Program | string;

/** A filter compiled by this launch. */
export interface CompiledFilter extends Pick<Policy, "flags" | "optionalFlags" | "listener"> {
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
  /** Whether conditions compare 64 bits of every argument (`Policy.wideArguments`). */
  readonly wideArguments: boolean;
  /** Whether the profile need not name the agent for SCMP_ACT_NOTIFY. */
  readonly listenerNamed: boolean;
  readonly tools: LaunchTools;
  readonly lap: Lap;
}

/**
 * Decides what a launch will do, and changes nothing.
 *
 * @param makeFilter for example {@link quickestFilter}
 * @param lap called at the end of each stage
 * @throws Refusal, InvalidInput, CommandError
 */
export function planLaunch<F extends Filter>(
  host: Host,
  { options, firstArg, wrapper }: CommandLine,
  tools: LaunchTools,
  makeFilter: (request: FilterRequest) => F,
  lap: Lap = NO_LAPS,
): Plan<F> {
  const status = processStatus(host);
  const env = readVariables(host, tools);
  const selection = select(host, env, options, tools, status.euid === 0, lap);
  const { profile } = selection;
  const name = host.args[firstArg];
  const find = (): Command | undefined => {
    if (wrapper !== undefined) {
      return findWrapped(host, wrapper, selection.operator, tools.adviser);
    }
    return name === undefined ? undefined : findCommand(host, name, tools.adviser);
  };
  const asked = selection.noNewPrivs !== undefined;
  if (profile === undefined) {
    refuseNothingToLog(options, selection.decided.name);
    const noNewPrivs = asked;
    return { selection, status, confinement: undefined, noNewPrivs, wideArguments: false, command: find() };
  }
  const noNewPrivs = asked || needsNoNewPrivs(status);
  const machine = launchMachine(
    host,
    options,
    status,
    noNewPrivs || status.noNewPrivs,
    selection.operator === undefined,
  );
  const wideArguments =
    options["--wide-arguments"] !== undefined || selection.operator?.wideArguments === true;
  const filter = makeFilter({
    host,
    options,
    profile,
    machine,
    wideArguments,
    listenerNamed: listenerNamed(options, selection.operator),
    tools,
    lap,
  });
  const agent = chooseAgent(filter, options, selection.operator, profile.label);
  const command = find();
  if (filter.kind === "compiled" && !complainsOnly(options)) {
    tools.compiler.checkExec(filter.policy, profile.label);
  }
  lap("command");
  const flags = flagsOf(host, options, filter, tools, agent);
  lap("flags");
  return {
    selection,
    status,
    confinement: { profile, machine, filter, flags, agent },
    noNewPrivs,
    wideArguments,
    command,
  };
}

/** getenv(3) for the variables that a launch reads. Most launches have none of them, and need not look up each. */
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

/** The prepared filter if there is one, else a compiled one. */
export function quickestFilter(request: FilterRequest): Filter {
  const prepared = preparedFilter(request);
  request.lap("prepared");
  return prepared.kind === "usable" ? prepared.value : request.tools.compiler.compiledFilter(request);
}

/** The prepared filter that a launch may use. */
export function preparedFilter(request: FilterRequest): Usable<PreparedFilter> {
  const { host, options, profile, machine, wideArguments } = request;
  if (filterComplains(options) || unknownSyscalls(options) !== PREPARED_FOR) {
    return unusable("none was made for these options");
  }
  const found = findPrepared(host, profile, machine, wideArguments);
  return found.kind === "usable" && !request.listenerNamed && !namesListener(found.value)
    ? unusable("it needs a listener")
    : found;
}

/** The profile's flags, with its optional flags if the kernel knows them. */
function flagsOf(
  host: Host,
  options: GivenOptions,
  { flags: ofProfile, optionalFlags }: Filter,
  tools: LaunchTools,
  agent: Agent | undefined,
): number {
  const asked = ofProfile | loggingFlag(options);
  const flags = agent === undefined ? asked : agentFlags(asked);
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
