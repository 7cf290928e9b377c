/**
 * Everything about a launch that is decided before anything is done.
 */

import { compileForKernel } from "../bpf/compile.ts";
import type { Program } from "../bpf/instruction.ts";
import { type Diagnostic, InvalidInput } from "../diagnostic.ts";
import type { ByteString, Host, ProcessStatus } from "../host.ts";
import { complaining } from "../policy/complain.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import type { ReadResult } from "../profile/read.ts";
import type { CommandLine, GivenOptions } from "../task/options.ts";
import { checkExec } from "./check-exec.ts";
import { EFAULT, EINVAL } from "./errno.ts";
import { findCommand } from "./find-command.ts";
import { explainInstallFailure } from "./install-failure.ts";
import { type JsonReader, type ProfileText, type Selection, select } from "./select.ts";
import { checkValues, launchTarget, needsNoNewPrivs, processStatus, unknownSyscalls } from "./target.ts";
import { type Lap, NO_LAPS } from "./timing.ts";

/** How texts are read, and what is done with what is found in them. */
export interface Reading {
  readonly parseJson: JsonReader;
  /** Reads a profile's text; throws InvalidInput where it is not even JSON. The first lap is that of the JSON. */
  readonly readProfile: (profile: ProfileText, lap: Lap) => ReadResult;
  /** Takes the warnings about a profile under which the command is going to run. */
  readonly warn: (profile: ProfileText, warnings: readonly Diagnostic[]) => void;
}

/** What is going to be done, and why. */
export interface Plan {
  readonly selection: Selection;
  /** What the kernel said of this process. */
  readonly status: ProcessStatus;
  /** undefined: the command runs without a filter. */
  readonly confinement: Confinement | undefined;
  /** Whether no_new_privs is to be set. */
  readonly noNewPrivs: boolean;
  /** The file to execute; undefined where there is no command, because only the plan was asked for. */
  readonly path: ByteString | undefined;
}

/** What is to be installed, and what it was made of. */
export interface Confinement {
  readonly profile: ProfileText;
  readonly target: Target;
  readonly policy: Policy;
  readonly program: Program;
  /** SECCOMP_FILTER_FLAG_*. */
  readonly flags: number;
}

/**
 * Decides what is to be done, and changes nothing.
 *
 * @param lap is told when each stage is over
 * @throws Refusal, InvalidInput, CommandError
 */
export function planLaunch(
  host: Host,
  { options, firstArg }: CommandLine,
  reading: Reading,
  lap: Lap = NO_LAPS,
): Plan {
  checkValues(options);
  const status = processStatus(host);
  const selection = select(host, options, reading.parseJson, status.euid === 0, lap);
  const { profile } = selection;
  const command = host.args[firstArg];
  const asked = selection.noNewPrivs !== undefined;
  if (profile === undefined) {
    const path = command === undefined ? undefined : findCommand(host, command);
    return { selection, status, confinement: undefined, noNewPrivs: asked, path };
  }
  const noNewPrivs = asked || needsNoNewPrivs(status);
  const target = launchTarget(host, options, status, noNewPrivs || status.noNewPrivs);
  const policy = policyOf(options, target, profile, reading, lap);
  const program = compileForKernel(policy, profile.label, () => lap("tree"));
  lap("emit");
  const path = command === undefined ? undefined : findCommand(host, command);
  checkExec(policy, profile.label);
  lap("command");
  const flags = flagsOf(host, policy);
  lap("flags");
  const confinement = { profile, target, policy, program, flags };
  return { selection, status, confinement, noNewPrivs, path };
}

function policyOf(
  options: GivenOptions,
  target: Target,
  profile: ProfileText,
  reading: Reading,
  lap: Lap,
): Policy {
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

/** The flags that the policy wants, and those of its optional ones that the kernel knows. */
function flagsOf(host: Host, { flags, optionalFlags }: Policy): number {
  const wanted = flags | optionalFlags;
  const probe = host.probeSeccompFlags(wanted);
  if (probe === EFAULT) {
    return wanted;
  }
  if (probe !== EINVAL) {
    throw explainInstallFailure(host, { step: "seccomp", errno: probe }, wanted);
  }
  return flags;
}
