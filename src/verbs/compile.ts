/**
 * `compile` and `disasm`: a profile as a filter in several forms, and a filter as a listing.
 */

import { annotate } from "../bpf/annotate.ts";
import { assemblyLines } from "../bpf/assembly.ts";
import { encodeProgram } from "../bpf/codec.ts";
import { compileForKernel } from "../bpf/compile.ts";
import { decode } from "../bpf/decode.ts";
import { instructionAt, type Program, programLength } from "../bpf/instruction.ts";
import type { ByteString } from "../host.ts";
import type { Policy } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import { loadFilter, loadPolicy, ownTarget } from "./loaded-policy.ts";
import { type VerbHost, writeOutputFile } from "./output.ts";
import { TARGET_OPTIONS } from "./target-options.ts";
import { EXIT_NO, EXIT_YES, oneOf, UsageError, type Verb, type VerbArguments } from "./verb.ts";

const FORMATS = ["raw", "asm", "c", "json"] as const;

export const compile: Verb = {
  name: "compile",
  operands: "PROFILE",
  count: [1, 1],
  summary: "write the filter of a profile: raw, as C, JSON or assembly",
  details: `Writes the filter to standard output, or to the file of -o, which is replaced as a whole or stays as it was.

  raw   struct sock_filter after struct sock_filter, in the target's byte order (bubblewrap --seccomp, runc, ...)
  asm   a listing in the syntax of the kernel's bpf_asm, with what each instruction is about
  c     an array of struct sock_filter
  json  the instructions as lists [code, jt, jf, k], with the flags for seccomp(2)

What depends on the machine is resolved for --arch, --caps and --kernel, or for this machine and process.

Exit status: 0 written, 1 not written, 2 the command line is not understood.`,
  options: [
    { name: "--output", short: "-o", value: "FILE", help: "write to this file" },
    { name: "--format", value: "FORMAT", help: "raw (where it is left out), asm, c or json" },
    ...TARGET_OPTIONS,
  ],
  example: "seccomp-exec compile --format asm builtin:strict.json",
  run: runCompile,
};

export const disasm: Verb = {
  name: "disasm",
  operands: "FILE.bpf",
  count: [1, 1],
  summary: "show a filter as a listing",
  details: `Shows a raw filter, whoever has made it, in the syntax of the kernel's bpf_asm, with the names of calls and
architectures and what each instruction is about. --arch says for which machine it is, which decides its byte order.

Exit status: 0 shown, 1 it cannot be read or is no filter, 2 the command line is not understood.`,
  options: TARGET_OPTIONS.filter(({ name }) => name === "--arch"),
  example: "seccomp-exec compile -o strict.bpf builtin:strict.json && seccomp-exec disasm strict.bpf",
  run: runDisasm,
};

function runCompile(host: VerbHost, given: VerbArguments): number {
  const { options, operands } = given;
  const format = oneOf("--format", options["--format"], FORMATS) ?? "raw";
  const output = options["--output"];
  const target = ownTarget(host, given);
  if (format === "raw" && output === undefined && host.isTerminal(1)) {
    throw new UsageError(
      "refusing to write a binary filter to a terminal",
      "give it a file with -o, or --format asm",
    );
  }
  const policy = loadPolicy(host, operands[0] ?? "", given, target);
  if (policy === undefined) {
    return EXIT_NO;
  }
  const program = compileForKernel(policy, "the profile");
  const bytes =
    format === "raw" ? rawBytes(program, target.arch) : textOf(format, program, policy, target.arch);
  if (output === undefined) {
    host.writeBytes(bytes);
    return EXIT_YES;
  }
  writeOutputFile(host, output, bytes);
  return EXIT_YES;
}

function rawBytes(program: Program, arch: Architecture): ByteString {
  return String.fromCharCode(...encodeProgram(program, arch.bigEndian));
}

/** The text forms, which are ASCII throughout. */
function textOf(format: "asm" | "c" | "json", program: Program, policy: Policy, arch: Architecture): string {
  const rows = Array.from({ length: programLength(program) }, (_, pc) => instructionAt(program, pc));
  switch (format) {
    case "asm":
      return listing(program, arch);
    case "c":
      return `/* ${rows.length} instructions for ${arch.name}; in the program, include <linux/filter.h> */
static const struct sock_filter filter[] = {
${rows.map(([code, jt, jf, k]) => `  { 0x${hex(code, 4)}, ${jt}, ${jf}, 0x${hex(k, 8)} },`).join("\n")}
};
`;
    case "json": {
      const instructions = rows.map((row) => `    [${row.join(", ")}]`).join(",\n");
      const { flags, optionalFlags } = policy;
      return `{
  "architecture": "${arch.name}",
  "bigEndian": ${arch.bigEndian},
  "flags": ${flags},
  "optionalFlags": ${optionalFlags},
  "instructions": [
${instructions}
  ]
}
`;
    }
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function runDisasm(host: VerbHost, given: VerbArguments): number {
  const target = ownTarget(host, given);
  host.write(1, listing(loadFilter(host, given.operands[0] ?? "", target), target.arch));
  return EXIT_YES;
}

/** So wide are instructions, before what is said of them. */
const WIDTH = 36;

function listing(program: Program, arch: Architecture): string {
  const instructions = decode(program);
  const notes = annotate(instructions, arch);
  const lines = assemblyLines(instructions).map(({ at, label, text }) => {
    const note = notes[at] ?? "";
    const start = `${(label === undefined ? "" : `${label}:`).padEnd(7)}${text}`;
    return note === "" ? start : `${start.padEnd(WIDTH)} ; ${note}`;
  });
  return `${lines.join("\n")}\n`;
}
