/**
 * `simulate`: the verdicts of a profile or a filter on calls that are read from standard input.
 */

import { decode } from "../bpf/decode.ts";
import { interpret, type Run } from "../bpf/interpret.ts";
import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { counted } from "../plural.ts";
import { evaluate, isForeign } from "../policy/evaluate.ts";
import type { Call } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { formatVerdict } from "../policy/verdict.ts";
import { type Architecture, architectures, matchesArchName } from "../tables/architectures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import type { OptionTable } from "../task/command-line.ts";
import { jsonLine } from "./json.ts";
import { isFilterFile, loadFilter, loadPolicy } from "./loaded-policy.ts";
import type { MeaningValues } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { readStandardInput } from "./stream.ts";
import { suggest } from "./suggest.ts";
import { ownTarget, TARGET_OPTIONS } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  ...TARGET_OPTIONS,
  { name: "--json", help: "print one JSON object per call" },
] as const satisfies OptionTable;

export const simulate = defineVerb({
  name: "simulate",
  operands: ["PROFILE|FILE.bpf"],
  summary: "print the verdicts on calls that are read from standard input",
  details: `Reads a call a line, "ARCH SYSCALL [A0 .. A5]", and prints its verdict. ARCH is a name (x86_64, amd64, x32) or a number
(AUDIT_ARCH_*), SYSCALL a name or a number; numbers are decimal or 0x-hexadecimal, missing arguments are 0.
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
    ? judgeByFilter(host, reference, target.arch)
    : judgeByProfile(host, reference, options, target);
  if (judge === undefined) {
    return EXIT_NO;
  }
  const input = readStandardInput(host, MAX_INPUT_SIZE);
  const json = options["--json"];
  /** The reasons of verdicts, each with the first line that it applies to. */
  const reasons = new Map<string, number>();
  let printed = "";
  const pointers: number[] = [];
  try {
    for (const [i, line] of input.split("\n").entries()) {
      const words = (line.split("#")[0] ?? "").split(/\s+/).filter((word) => word !== "");
      if (words.length > 0) {
        const { call, arch } = readCall(words, i + 1);
        const { verdict, pointed, reason } = judge(call, arch?.name ?? words[0] ?? "");
        const shown = formatVerdict(verdict, arch ?? target.arch);
        printed += json ? jsonLine({ line: i + 1, verdict: shown, reason }) : `${shown}\n`;
        if (pointed) {
          pointers.push(i + 1);
        }
        if (reason !== undefined && !reasons.has(reason)) {
          reasons.set(reason, i + 1);
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
  if (!json) {
    for (const [reason, line] of reasons) {
      host.write(2, renderMessage("note", `standard input, line ${line}: ${reason}`));
    }
  }
  return EXIT_YES;
}

/** A verdict, whether it may depend on the instruction pointer, and its reason if no rule gives it. */
interface Judgement extends Pick<Run, "verdict" | "pointed"> {
  readonly reason?: string;
}

/** Judges a call of the architecture with this name or number. */
type Judge = (call: Call, arch: string) => Judgement;

function ofPointer([first, ...others]: readonly number[]): string {
  const more = others.length === 0 ? "" : ` and of ${counted(others.length, "other")}`;
  return `on the call of line ${first}${more} the filter looks at the instruction pointer, which is taken as 0`;
}

function judgeByFilter(host: Host, file: ByteString, arch: Architecture): Judge {
  const instructions = decode(loadFilter(host, file, arch));
  return (call) => interpret(instructions, call, arch.bigEndian);
}

function judgeByProfile(
  host: VerbHost,
  reference: ByteString,
  options: MeaningValues,
  target: Target,
): Judge | undefined {
  const policy = loadPolicy(host, reference, options, target);
  if (policy === undefined) {
    return undefined;
  }
  const names: readonly string[] = policy.architectures.map(({ name }) => name);
  return (call, arch) => {
    const verdict = evaluate(policy, call);
    if (!isForeign(policy, call)) {
      return { verdict, pointed: false };
    }
    // A number with x32's bit belongs to x32, although the kernel reports the architecture of x86_64.
    const foreign = names.includes(arch) ? "x32" : arch;
    const reason = `${foreign} is not one of the profile's architectures (${names.join(", ")}), so each of its calls ends the process`;
    return { verdict, pointed: false, reason };
  };
}

const ARGUMENTS = 6;

function readCall(
  words: readonly string[],
  line: number,
): { readonly call: Call; readonly arch: Architecture | undefined } {
  const refuse = (message: string, hint?: string): never => {
    throw new Refusal(`standard input, line ${line}: ${message}`, hint);
  };
  const [archWord = "", syscall = "", ...rest] = words;
  const arch = architectures.find((one) => one.scmp === archWord || matchesArchName(one, archWord));
  const token = arch?.token ?? numberOf(archWord, 32);
  if (token === undefined) {
    const near = suggest({ word: archWord, kind: "architecture" });
    return refuse(
      `'${decodeBytes(archWord)}' is not an architecture`,
      near === undefined
        ? `known are ${architectures.map(({ name }) => name).join(", ")}`
        : `did you mean '${near}'?`,
    );
  }
  if (syscall === "") {
    return refuse("the syscall is missing", "write ARCH SYSCALL [A0 .. A5]");
  }
  const nr = numberOf(syscall, 32) ?? numberOfName(syscall, arch, refuse);
  if (rest.length > ARGUMENTS) {
    return refuse(`there are ${rest.length} arguments; a call has at most ${ARGUMENTS}`);
  }
  const bits = arch?.bits ?? 64;
  const args = Array.from({ length: ARGUMENTS }, (_, i) => {
    const word = rest[i] ?? "0";
    const value = bigOf(word);
    return value === undefined || value >= 1n << BigInt(bits)
      ? refuse(`'${decodeBytes(word)}' is not an argument: write a number from 0 to 2^${bits}-1`)
      : value;
  });
  return { call: { arch: Number(token), nr: Number(nr), args }, arch };
}

function numberOfName(
  name: string,
  arch: Architecture | undefined,
  refuse: (message: string, hint?: string) => never,
): number {
  const id = syscallId(name);
  if (id < 0) {
    const near = suggest({ word: name, kind: "syscall" });
    return refuse(
      `'${decodeBytes(name)}' is not a syscall`,
      near === undefined ? "write its name or its number" : `did you mean '${near}'?`,
    );
  }
  if (arch === undefined) {
    return refuse("syscall names are known only for architectures with a name", "write its number");
  }
  const number = seenNumber(arch, id);
  return number < 0 ? refuse(`${arch.name} has no syscall '${name}'`) : number;
}

/** An unsigned number of `bits` bits; undefined if the word is none. -1 is the number of a skipped call. */
function numberOf(word: string, bits: number): number | undefined {
  const value = word === "-1" ? 0xffffffffn : bigOf(word);
  return value === undefined || value >= 1n << BigInt(bits) ? undefined : Number(value);
}

function bigOf(word: string): bigint | undefined {
  return /^(0x[0-9a-f]{1,16}|[0-9]{1,20})$/i.test(word) ? BigInt(word) : undefined;
}
