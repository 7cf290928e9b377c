/**
 * `compile` and `disasm`: a profile as a filter in several forms, and a filter as a listing.
 */

import { encodeProgram } from "../bpf/codec.ts";
import { compileForKernel } from "../bpf/compile.ts";
import { instructionAt, type Program, programLength } from "../bpf/instruction.ts";
import { listedInstructions, listing } from "../bpf/listing.ts";
import type { ByteString } from "../host.ts";
import type { Policy } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import type { OptionTable } from "../task/command-line.ts";
import { jsonReport } from "./json.ts";
import { loadFilter, loadPolicy } from "./loaded-policy.ts";
import { OUTPUT_OPTION, type VerbHost, writeOutputFile } from "./output.ts";
import {
  ARCH_OPTION,
  archOf,
  formatGiven,
  JSON_OPTION,
  ownTarget,
  TARGET_OPTIONS,
} from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  OUTPUT_OPTION,
  {
    name: "--format",
    value: "FORMAT",
    choices: ["raw", "asm", "c", "json"],
    meanings: {
      raw: "struct sock_filter after struct sock_filter, in the target's byte order (bubblewrap --seccomp, runc, ...)",
      asm: "a listing in the syntax of the kernel's bpf_asm, with comments",
      c: "an array of struct sock_filter",
      json: "the instructions as lists [code, jt, jf, k], with the flags for seccomp(2)",
    },
    help: "raw (the default), asm, c or json",
  },
  { ...JSON_OPTION, help: "the same as --format json" },
  ...TARGET_OPTIONS,
] as const satisfies OptionTable;

export const compile = defineVerb({
  name: "compile",
  operands: ["PROFILE"],
  summary: "write the filter of a profile: raw, as C, JSON or assembly",
  details: `Writes the filter to standard output, or to the file of -o, which is replaced as a whole or left unchanged.

What depends on the machine is resolved for --arch, --caps and --kernel, or for this machine and process.`,
  options: OPTIONS,
  exits: { yes: "written", no: "not written" },
  example: "seccomp-exec compile --format asm builtin:strict.json",
  run: runCompile,
});

const DISASM_OPTIONS = [ARCH_OPTION, JSON_OPTION] as const;

export const disasm = defineVerb({
  name: "disasm",
  operands: ["FILE.bpf"],
  summary: "show a filter as a listing",
  details: `Shows a raw filter of any origin in the syntax of the kernel's bpf_asm, with comments that name the calls and
architectures. --arch names the machine that the filter is for, and so its byte order.`,
  options: DISASM_OPTIONS,
  exits: { yes: "shown", no: "unreadable or not a filter" },
  example: "seccomp-exec compile -o strict.bpf builtin:strict.json && seccomp-exec disasm strict.bpf",
  run: runDisasm,
});

function runCompile(
  host: VerbHost,
  { options, operands: [reference] }: VerbArguments<typeof OPTIONS, readonly ["PROFILE"]>,
): Answer {
  const format = formatGiven(options["--format"], options["--json"], "raw");
  const output = options["--output"];
  const target = ownTarget(host, options);
  if (format === "raw" && output === undefined && host.isTerminal(1)) {
    throw new UsageError(
      "refusing to write a binary filter to a terminal",
      "give it a file with -o, or --format asm",
    );
  }
  const policy = loadPolicy(host, reference, options, target);
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

/** The text forms, all in ASCII. */
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
  "version": 1,
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

function runDisasm(
  host: VerbHost,
  { options, operands: [file] }: VerbArguments<typeof DISASM_OPTIONS, readonly ["FILE.bpf"]>,
): Answer {
  const arch = archOf(host, options);
  const program = loadFilter(host, file, arch);
  host.writeLines(options["--json"] ? listingJson(program, arch) : listing(program, arch));
  return EXIT_YES;
}

function listingJson(program: Program, arch: Architecture): string {
  return jsonReport({
    architecture: arch.name,
    bigEndian: arch.bigEndian,
    instructions: listedInstructions(program, arch).map(({ at, label, text, comment }) => {
      const [code, jt, jf, k] = instructionAt(program, at);
      return { at, label, text, comment: comment === "" ? null : comment, code, jt, jf, k };
    }),
  });
}
