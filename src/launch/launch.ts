import { compileForKernel } from "../bpf/compile.ts";
import type { Program } from "../bpf/instruction.ts";
import { decodeBytes, printable } from "../bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host, ProcessStatus } from "../host.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { ReadResult } from "../profile/read.ts";
import type { CommandLine, GivenOptions } from "../task/options.ts";
import { checkExec } from "./check-exec.ts";
import { processStatus } from "./files.ts";
import { findCommand } from "./find-command.ts";
import { explainInstallFailure } from "./install-failure.ts";
import { type JsonReader, type ProfileText, select } from "./select.ts";
import { checkValues, launchTarget, needsNoNewPrivs, unknownSyscalls } from "./target.ts";

/** How texts are read, and what is done with what is found in them. */
export interface Reading {
  readonly parseJson: JsonReader;
  /** Reads a profile's text; throws InvalidInput where it is not even JSON. */
  readonly readProfile: (profile: ProfileText) => ReadResult;
  /** Takes the warnings about a profile under which the command is going to run. */
  readonly warn: (profile: ProfileText, warnings: readonly Diagnostic[]) => void;
}

/** What is to be installed. */
interface Filter {
  readonly program: Program;
  readonly flags: number;
}

/** errno.h */
const EFAULT = 14;

/**
 * Becomes the command. Returns never: either the process is replaced, or something is thrown.
 *
 * @throws Refusal, InvalidInput, CommandError
 */
export function launch(host: Host, { options, firstArg }: CommandLine, reading: Reading): never {
  checkValues(options);
  const status = processStatus(host);
  const selection = select(host, options, reading.parseJson, status.euid === 0);
  const command = host.args[firstArg] ?? "";
  if (selection.kind === "unconfined") {
    return become(host, options, firstArg, findCommand(host, command), undefined, selection.noNewPrivs);
  }
  const noNewPrivs = selection.noNewPrivs || needsNoNewPrivs(status);
  const policy = policyOf(host, options, status, selection, noNewPrivs, reading);
  const filter = compileFilter(host, policy, selection);
  const path = findCommand(host, command);
  checkExec(policy, selection.label);
  return become(host, options, firstArg, path, filter, noNewPrivs);
}

function policyOf(
  host: Host,
  options: GivenOptions,
  status: ProcessStatus,
  profile: ProfileText,
  noNewPrivs: boolean,
  reading: Reading,
): Policy {
  const target = launchTarget(host, options, status, noNewPrivs || status.noNewPrivs);
  const read = reading.readProfile(profile);
  const { policy, diagnostics } = readPolicy(read, target, { unknownSyscalls: unknownSyscalls(options) });
  if (policy === undefined) {
    throw new InvalidInput(profile.label, diagnostics);
  }
  if (diagnostics.length > 0) {
    reading.warn(profile, diagnostics);
  }
  return policy;
}

function compileFilter(host: Host, policy: Policy, profile: ProfileText): Filter {
  const program = compileForKernel(policy, profile.label);
  const { flags, optionalFlags } = policy;
  const wanted = flags | optionalFlags;
  const probe = host.probeSeccompFlags(wanted);
  if (probe === 0) {
    // The kernel itself cannot answer that: there is no filter at the address that was given.
    throw new Refusal(
      "seccomp(2) says that it has installed a filter, and has not",
      "a filter of the caller's, or who traces this process, answers in the kernel's place",
    );
  }
  return { program, flags: probe === EFAULT ? wanted : flags };
}

function become(
  host: Host,
  options: GivenOptions,
  firstArg: number,
  path: ByteString,
  filter: Filter | undefined,
  noNewPrivs: boolean,
): never {
  const argv0 = options["--argv0"];
  const failure = host.installAndExec({
    path,
    firstArg,
    ...(argv0 === undefined ? {} : { argv0 }),
    ...(filter === undefined ? {} : { filter: filter.program }),
    flags: filter?.flags ?? 0,
    noNewPrivs,
    execFailed: `seccomp-exec: error: cannot run '${printable(decodeBytes(path))}': `,
  });
  throw explainInstallFailure(host, failure, filter?.flags ?? 0);
}
