/**
 * `simulate`: the verdicts of a profile or a filter on calls that are read from standard input.
 */

import { compileForKernel } from "../bpf/compile.ts";
import { decode } from "../bpf/decode.ts";
import { interpret, type Run } from "../bpf/interpret.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { counted } from "../plural.ts";
import { evaluate, isForeign } from "../policy/evaluate.ts";
import type { Call } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { formatVerdict } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import type { OptionTable, Values } from "../task/command-line.ts";
import { jsonLine } from "./json.ts";
import { isFilterFile, type LoadedMeaning, loadFilter, loadMeaning } from "./loaded-policy.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { type CallOfLine, CallReader } from "./simulate/calls.ts";
import { type Trace, Tracer, traceMember, traceText } from "./simulate/trace.ts";
import { readStandardInput } from "./stream.ts";
import { ownTarget, TARGET_OPTIONS } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  ...TARGET_OPTIONS,
  {
    name: "--trace",
    help: "show what decides each call: the rule of the profile, and the instructions that the filter executes",
  },
  { name: "--json", help: "print one JSON object per call" },
] as const satisfies OptionTable;

export const simulate = defineVerb({
  name: "simulate",
  operands: ["PROFILE|FILE.bpf"],
  summary: "print the verdicts on calls that are read from standard input",
  details: `Reads a call a line, "ARCH SYSCALL [A0 .. A5]", and prints its verdict. ARCH is a name (x86_64, amd64, x32) or a number
(AUDIT_ARCH_*), SYSCALL a name or a number; numbers are decimal or 0x-hexadecimal, missing arguments are 0. An argument may
be made of constants: AF_ALG, O_PATH|O_CLOEXEC, CLONE_NEWUSER, AT_FDCWD. A negative number has the bits of its parameter, as the
compiler passes it: -1 for an int is 0xffffffff, for a long it is 2^64-1. File modes are octal after a 0.
Empty lines and comments after # are ignored. A line that cannot be parsed ends the run.

Each verdict has a line of its own. A call of an architecture that is not the profile's ends the process without a rule; a note on
standard error says so once per architecture. --json prints one object per line instead of the verdict.

A profile is judged by its meaning, a raw filter (a file whose name ends in .bpf) is run. What depends on the machine is
resolved for --arch, --caps and --kernel, or for this machine and process. A filter may look at the instruction pointer of the
call, which no line gives: it is taken as 0, with a warning.`,
  readsInput: "the calls",
  options: OPTIONS,
  exits: { yes: "all calls are judged", no: "a line or the file is invalid" },
  example: "echo x86_64 personality 8 | seccomp-exec simulate builtin:default.json",
  run,
});

/** 64 MiB: some millions of calls. */
const MAX_INPUT_SIZE = 64 * 1024 * 1024;

function run(
  host: VerbHost,
  { options, operands: [reference] }: VerbArguments<typeof OPTIONS, readonly ["PROFILE|FILE.bpf"]>,
): Answer {
  const target = ownTarget(host, options);
  const judge = isFilterFile(reference)
    ? judgeByFilter(host, reference, target.arch, options["--trace"])
    : judgeByProfile(host, reference, options, target);
  if (judge === undefined) {
    return EXIT_NO;
  }
  const input = readStandardInput(host, MAX_INPUT_SIZE);
  const show = options["--json"] ? inJson : inWords;
  const reader = new CallReader();
  /** The reasons of verdicts, each with the first line that it applies to. */
  const reasons = new Map<string, number>();
  let printed = "";
  const pointers: number[] = [];
  try {
    for (const [i, line] of input.split("\n").entries()) {
      const read = readLine(reader, line, i + 1);
      if (read !== undefined) {
        const { call, arch, word } = read;
        const judged = judge(call, arch?.name ?? word);
        printed += show(i + 1, formatVerdict(judged.verdict, arch ?? target.arch), judged);
        if (judged.pointed) {
          pointers.push(i + 1);
        }
        if (judged.reason !== undefined && !reasons.has(judged.reason)) {
          reasons.set(judged.reason, i + 1);
        }
      }
    }
  } finally {
    // Verdicts before a bad line are printed as well.
    host.writeLines(printed);
    if (pointers.length > 0) {
      host.write(2, renderMessage("warning", ofPointer(pointers)));
    }
  }
  if (!options["--json"]) {
    for (const [reason, line] of reasons) {
      host.write(2, renderMessage("note", `standard input, line ${line}: ${reason}`));
    }
  }
  return EXIT_YES;
}

/** A verdict, whether it may depend on the instruction pointer, and its reason if no rule gives it. */
interface Judgement extends Pick<Run, "verdict" | "pointed"> {
  readonly reason?: string;
  readonly trace?: Trace | undefined;
}

/** Judges a call of the architecture with this name or number. */
type Judge = (call: Call, arch: string) => Judgement;

function inWords(_: number, verdict: string, { trace }: Judgement): string {
  return trace === undefined ? `${verdict}\n` : `${verdict}\n${traceText(trace)}`;
}

function inJson(line: number, verdict: string, { reason, trace }: Judgement): string {
  return jsonLine({ line, verdict, reason, trace: trace && traceMember(trace) });
}

/** @throws Refusal that names the line */
function readLine(reader: CallReader, line: ByteString, number: number): CallOfLine | undefined {
  try {
    return reader.read(line);
  } catch (error) {
    throw error instanceof Refusal
      ? new Refusal(`standard input, line ${number}: ${error.message}`, error.hint, error.misspelt)
      : error;
  }
}

function ofPointer([first, ...others]: readonly number[]): string {
  const more = others.length === 0 ? "" : ` and of ${counted(others.length, "other")}`;
  return `on the call of line ${first}${more} the filter looks at the instruction pointer, which is taken as 0`;
}

function judgeByFilter(host: Host, file: ByteString, arch: Architecture, traces: boolean): Judge {
  const instructions = decode(loadFilter(host, file, arch));
  const tracer = traces ? new Tracer(instructions, arch, undefined) : undefined;
  return (call) => {
    const judged = interpret(instructions, call, arch.bigEndian);
    return tracer === undefined ? judged : { ...judged, trace: tracer.trace(call, judged.verdict) };
  };
}

function judgeByProfile(
  host: VerbHost,
  reference: ByteString,
  options: Values<typeof OPTIONS>,
  target: Target,
): Judge | undefined {
  const loaded = loadMeaning(host, reference, options, target);
  if (loaded === undefined) {
    return undefined;
  }
  const { policy } = loaded;
  const names: readonly string[] = policy.architectures.map(({ name }) => name);
  const tracer = options["--trace"] ? tracerOf(loaded, target) : undefined;
  return (call, arch) => {
    const verdict = evaluate(policy, call);
    const trace = tracer?.trace(call, verdict);
    if (!isForeign(policy, call)) {
      return { verdict, pointed: false, trace };
    }
    // A number with x32's bit belongs to x32, although the kernel reports the architecture of x86_64.
    const foreign = names.includes(arch) ? "x32" : arch;
    const reason = `${foreign} is not one of the profile's architectures (${names.join(", ")}), so each of its calls ends the process`;
    return { verdict, pointed: false, reason, trace };
  };
}

/** @throws Refusal if the filter is too long */
function tracerOf({ label, profile, policy, reading }: LoadedMeaning, target: Target): Tracer {
  const program = compileForKernel(policy, "the profile");
  return new Tracer(decode(program), target.arch, {
    label,
    input: { profile, policy, installed: policy, target, engines: [] },
    locate: (pointer) => reading.locate(label, pointer),
  });
}
