/**
 * `record`: runs a command, and writes the smallest profile that it needs.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { EXEC_MARK } from "../bpf/supervised.ts";
import { decodeBytes, encodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import { ADVISER } from "../failures/explain-command.ts";
import { explainInstallFailure } from "../failures/install-failure.ts";
import type { ByteString, Host, ObservedCall, SupervisedRequest } from "../host.ts";
import { checkListeners, listenerFlags } from "../launch/audit.ts";
import { findCommand } from "../launch/find-command.ts";
import { ENOENT } from "../load/errno.ts";
import { isDirectory, isRegular } from "../load/file-kind.ts";
import { isYamlProfile } from "../load/recognise.ts";
import { needsNoNewPrivs, processStatus } from "../load/target.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import type { Profile } from "../profile/profile.ts";
import { countedCalls } from "../record/counted.ts";
import { recordingPolicy } from "../record/filter.ts";
import type { Made } from "../record/hot.ts";
import type { Observation } from "../record/observation.ts";
import { checkBounds, type OldText, type Origin, recordProfile } from "../record/record.ts";
import { type Setting, settingOf } from "../record/setting.ts";
import { summaryLines } from "../record/summary.ts";
import type { OptionTable } from "../task/command-line.ts";
import { POLICY_FILE } from "../task/operator.ts";
import { PROFILE_DIR_OPTION } from "../task/options.ts";
import { VERSION } from "../version.ts";
import { loadForVerb, sayFindings } from "./loaded-profile.ts";
import { operatorInForce } from "./operator-in-force.ts";
import { type VerbHost, writeOutputFile } from "./output.ts";
import { ownTarget } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_FAILED, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  { name: "--output", short: "-o", value: "FILE", required: true, help: "write the profile to FILE" },
  { name: "--merge", value: "OLD", input: true, help: "add what is new to this profile, and keep its text" },
  {
    name: "--base",
    value: "BASE",
    input: true,
    help: "allow nothing that this profile does not allow, and report the rest",
  },
  { name: "--args", help: "allow some calls only with the values of arguments that were seen" },
  { name: "--exact", help: "allow no call for being frequent and harmless; slower" },
  PROFILE_DIR_OPTION,
] as const satisfies OptionTable;

export const record = defineVerb({
  name: "record",
  operands: ["COMMAND", "[ARG...]"],
  runsCommand: true,
  summary: "run a command, and write the smallest profile that it needs",
  details: `Runs the command with all that it starts, and writes a profile that allows the calls that were made, and what every program
needs to start and to end. The file appears whole or not at all, when the last process has ended; also if the command is
interrupted or killed. It needs no root.

Calls that are frequent and harmless, such as read and mmap, are allowed from the start and are always in the profile, which
keeps the command fast; with --exact they are recorded like others. --args records the domain and type of sockets, the
namespaces of clone and unshare, the option of prctl, the request of ioctl, the personality, and whether memory is made
executable. docs/recording.md shows how to come from a run to a profile.

OLD and BASE are paths, names or builtin:NAME. Exit status: the command's own; 125 the recording failed, 126 the command cannot
be run, 127 it was not found.`,
  options: OPTIONS,
  example: "seccomp-exec record -o ./ls.json -- ls -l",
  run,
});

type Values = VerbArguments<typeof OPTIONS>["options"];

function run(
  host: VerbHost,
  { options, operands }: VerbArguments<typeof OPTIONS, readonly ["COMMAND", "[ARG...]"]>,
): Answer {
  const output = options["--output"];
  refuseConfined(host);
  checkListeners(host, "record");
  const target = ownTarget(host, { "--caps": undefined, "--kernel": undefined });
  const old = namedProfile(host, options["--merge"], options, target);
  const base = namedProfile(host, options["--base"], options, target);
  if (old === "mistaken" || base === "mistaken") {
    return EXIT_FAILED;
  }
  if (old !== undefined && (isYamlProfile(old.text) || old.profile.form === "seccompiler")) {
    throw new Refusal(
      `--merge: ${old.label} is not a profile in JSON, so rules cannot be added to its text`,
      "write it in that form first: seccomp-exec convert --to oci PROFILE",
    );
  }
  checkPlace(host, output);
  const setting = settingOf(target, {
    args: options["--args"],
    exact: options["--exact"],
    old: old?.profile,
    base: base?.profile,
    given: givenTo(host),
  });
  checkBounds(setting, old);
  start(host, setting, host.args.length - operands.length);
  const observations = watch(host);
  const origin = originOf(host, options, operands[0]);
  const recorded = recordProfile(setting, observations, origin, old, host.jsonPlaces);
  writeOutputFile(host, output, encodeBytes(recorded.text));
  const lines = summaryLines(setting, recorded, decodeBytes(output));
  host.write(2, lines.map((line) => `seccomp-exec: ${printable(line)}\n`).join(""));
  return host.endAs(host.commandStatus() ?? 0);
}

/** A recorded command is not confined, which an operator may have forbidden. */
function refuseConfined(host: Host): void {
  if (operatorInForce(host)?.allowUnconfined === false) {
    throw new Refusal(
      `record forbids nothing, but the operator's policy (${POLICY_FILE}) has 'allowUnconfined' set to false`,
      "record where that policy does not hold",
    );
  }
}

/** A profile that an option names. */
interface NamedProfile extends OldText {
  readonly profile: Profile;
}

/** Reports mistakes. Undefined if the option is not given. */
function namedProfile(
  host: VerbHost,
  reference: ByteString | undefined,
  options: Values,
  target: Target,
): NamedProfile | "mistaken" | undefined {
  if (reference === undefined) {
    return undefined;
  }
  const loaded = loadForVerb(host, reference, options);
  const { label, reading } = loaded;
  if (loaded.kind === "unreadable") {
    sayFindings(host, loaded, loaded.diagnostics);
    return "mistaken";
  }
  const { policy, diagnostics } = readPolicy(loaded.read, target, { unknownSyscalls: "default" });
  sayFindings(host, loaded, diagnostics);
  const { profile } = loaded.read;
  if (policy === undefined || profile === undefined) {
    return "mistaken";
  }
  const where = (pointer: string): string => {
    const position = reading.locate(label, pointer);
    return position === undefined ? pointer : `line ${position.line}`;
  };
  return { profile, text: loaded.profile.text, label, where };
}

const WHOLE = "the profile is written after the run, whole or not at all: name a file";

/**
 * Finds out before a long run that the file cannot be written.
 *
 * @throws Refusal
 */
function checkPlace(host: Host, path: ByteString): void {
  const slash = path.lastIndexOf("/");
  const directory = slash < 0 ? "." : path.slice(0, slash + 1);
  if (path === "") {
    throw new Refusal("-o: the file's name is empty");
  }
  if (path === "-") {
    throw new Refusal("-o: standard output is the command's", "name a file");
  }
  if (path.startsWith("/dev/") || path.startsWith("/proc/")) {
    throw new Refusal(`-o: ${decodeBytes(path)} is not a file`, WHOLE);
  }
  const { errno, mode } = host.permissions(path);
  const cannot = `${decodeBytes(path)} cannot be written`;
  if (mode !== undefined && !isRegular({ mode })) {
    throw new Refusal(`${cannot}: it is ${isDirectory({ mode }) ? "a directory" : "not a file"}`, WHOLE);
  }
  const denied = host.mayWrite(errno === ENOENT ? directory : path);
  if (denied !== 0) {
    const what = errno === ENOENT ? `${decodeBytes(directory)}: ` : "";
    throw new Refusal(`${cannot}: ${what}${host.errorMessage(denied)}`);
  }
}

/** The kinds of descriptors that the command is given, on which calls work that nothing else announces. */
function givenTo(host: Host): readonly Made[] {
  const names = host.listDirectory(DESCRIPTORS);
  if (typeof names === "number") {
    return ["epoll instance", "socket", "listening socket"];
  }
  const links = names.map((name) => {
    const status = host.lookAt(`${DESCRIPTORS}/${name}`);
    return typeof status === "number" ? "" : (status.link ?? "");
  });
  return [
    ...(links.includes("anon_inode:[eventpoll]") ? (["epoll instance"] as const) : []),
    ...(links.some((link) => link.startsWith("socket:")) ? (["socket", "listening socket"] as const) : []),
  ];
}

const DESCRIPTORS = "/proc/self/fd";

/**
 * Starts the command as a child.
 *
 * @throws CommandError, Refusal
 */
function start(host: Host, setting: Setting, firstArg: number): void {
  const command = findCommand(host, host.args[firstArg] ?? "", ADVISER);
  const policy = recordingPolicy(setting);
  const flags = listenerFlags(host, policy.flags | policy.optionalFlags);
  const request: SupervisedRequest = {
    ...command,
    firstArg,
    filter: compileForKernel(policy, "the recording"),
    flags,
    noNewPrivs: needsNoNewPrivs(processStatus(host)),
    execFailed: `seccomp-exec: error: cannot run '${printable(decodeBytes(command.path))}': `,
    asParent: true,
    mark: EXEC_MARK,
    counted: countedCalls(setting.among, setting.counting).flatMap(({ arch, nr, masks }) => [
      arch,
      nr,
      ...masks.flatMap((mask) => [Number(mask & LOW), Number(mask >> 32n)]),
    ]),
  };
  const failure = host.launchSupervised(request);
  if (failure !== null) {
    throw explainInstallFailure(host, failure, flags);
  }
}

const LOW = 0xffffffffn;

/** Milliseconds between two lines of progress. */
const PACE = 500;
/** Microseconds after the command's end until which others may end without a word. */
const SURPRISING = 2e6;
const STILL_RUNNING =
  "the command has ended, but not all that it started; the profile is written when all has ended, or at once after Ctrl-C or SIGTERM";

/** Waits for the end of the command and of all that it started, or until a signal asks to end after the command. */
function watch(host: VerbHost): readonly Observation[] {
  // The command's own output would come into the line.
  const shows = host.isTerminal(2) && !host.isTerminal(1);
  let quietSince: number | undefined;
  let told = false;
  for (;;) {
    const { kind } = host.nextEvent(PACE);
    if (shows && kind === "tick") {
      host.write(2, `\r${progress(host.observed())}${CLEAR_TO_END}`);
    }
    if (!told && host.commandStatus() !== null) {
      quietSince ??= host.now();
      if (host.now() - quietSince > SURPRISING) {
        host.write(2, `seccomp-exec: ${STILL_RUNNING}\n`);
        told = true;
      }
    }
    if (kind === "interrupted" || (kind === "ended" && host.commandStatus() !== null)) {
      break;
    }
  }
  if (shows) {
    host.write(2, `\r${CLEAR_TO_END}`);
  }
  return host.observed().map(({ arch, nr, args, count }) => ({
    arch,
    nr,
    args: args.map((digits) => BigInt(`0x${digits}`)),
    count,
  }));
}

/** EL of ECMA-48. */
const CLEAR_TO_END = "\u001b[K";

function progress(observed: readonly ObservedCall[]): string {
  const calls = observed.reduce((sum, { count }) => sum + count, 0);
  const kinds = new Set(observed.map(({ arch, nr }) => `${arch} ${nr}`)).size;
  return `seccomp-exec: ${calls} calls of ${kinds} kinds`;
}

function originOf(host: Host, options: Values, command: ByteString): Origin {
  const given = (["--merge", "--base", "--args", "--exact"] as const).filter(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  return {
    version: VERSION,
    options: given,
    command: printable(decodeBytes(command.slice(command.lastIndexOf("/") + 1))),
    kernelRelease: host.kernelRelease(),
  };
}
