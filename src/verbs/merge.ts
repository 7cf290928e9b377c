/**
 * `merge`: the union, the intersection or the rest of profiles as one profile.
 */

import { decodeBytes, encodeBytes, printable } from "../bytes.ts";
import type { ByteString } from "../host.ts";
import { isYamlProfile } from "../load/recognise.ts";
import { type MergeInput, type MergeResult, mergeProfiles } from "../merge/merge.ts";
import type { Operation } from "../merge/operation.ts";
import { RESULTS } from "../merge/refuse.ts";
import { counted, listed } from "../plural.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import type { OptionTable, Values } from "../task/command-line.ts";
import { jsonReport } from "./json.ts";
import { loadForVerb, sayFindings } from "./loaded-profile.ts";
import { OUTPUT_OPTION, type VerbHost, writeOutputFile } from "./output.ts";
import { JSON_OPTION, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  OUTPUT_OPTION,
  { name: "--intersect", help: "let through what all of them let through, instead of what any does" },
  { name: "--subtract", help: "let through what the first lets through and no other does" },
  {
    name: "--same-architectures",
    help: "read each as if it listed the architectures of the result",
  },
  ...TARGET_OPTIONS,
  { ...JSON_OPTION, help: "print the profile's text and what is proven as JSON" },
] as const satisfies OptionTable;

const OPERANDS = ["PROFILE", "PROFILE..."] as const;

export const merge = defineVerb({
  name: "merge",
  operands: OPERANDS,
  summary: "write the union, the intersection or the rest of profiles as one profile",
  details: `Writes to standard output, or to the file of -o, which is replaced as a whole or left unchanged, one profile that gives every call
exactly this, which is proven:

  union          the least restrictive of the profiles' verdicts
  --intersect    the most restrictive: what the kernel does with one filter on top of the other
  --subtract     the first profile's verdict where all others deny the call, else its denial

Verdicts are ordered as in the kernel: KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, NOTIFY, TRACE, LOG, ALLOW. Of equally restrictive ones
the first profile's counts. The text is that of the first profile, with names added and removed and further rules at the end.

What is proven is every call on this machine's architecture, and each call whose rules depend on capabilities, the kernel or the
architecture for all that its rules can tell apart. --arch, --kernel and --caps name the only ones for which that is needed. If
no profile says exactly that, the error says what stands in the way, and nothing is written.`,
  options: OPTIONS,
  exits: { yes: "written", no: "not written" },
  example: "seccomp-exec merge --subtract builtin:default.json builtin:strict.json",
  run,
});

function run(
  host: VerbHost,
  { options, operands: [reference, ...references] }: VerbArguments<typeof OPTIONS, typeof OPERANDS>,
): Answer {
  const operation = operationOf(options);
  const target = targetOf(host, options, 0n);
  const first = loadInput(host, reference, options, target);
  const others = references.map((other) => loadInput(host, other, options, target));
  const all = others.filter((one) => one !== undefined);
  if (first === undefined || all.length < others.length) {
    return EXIT_NO;
  }
  const merged = mergeProfiles([first, ...all], {
    operation,
    target,
    given: {
      arch: options["--arch"] !== undefined,
      caps: options["--caps"] !== undefined,
      kernel: options["--kernel"] !== undefined,
    },
    wideArguments: options["--wide-arguments"],
    unknownSyscalls: options["--unknown-syscalls"] ?? "enosys",
    sameArchitectures: options["--same-architectures"],
    parse: host.jsonPlaces,
  });
  const output = options["--output"];
  if (output !== undefined) {
    writeOutputFile(host, output, encodeBytes(merged.text));
  }
  if (options["--json"]) {
    host.writeLines(reportOf(operation, [first, ...all], merged, output));
    return EXIT_YES;
  }
  if (output === undefined) {
    host.writeDocument(merged.text);
  }
  if (output !== undefined || host.isTerminal(2)) {
    host.write(2, summaryOf(operation, [first, ...all], merged));
  }
  return EXIT_YES;
}

/** @throws UsageError */
function operationOf(options: Values<typeof OPTIONS>): Operation {
  if (options["--intersect"] && options["--subtract"]) {
    throw new UsageError("--intersect and --subtract are both given", "keep one of them");
  }
  return options["--intersect"] ? "intersection" : options["--subtract"] ? "rest" : "union";
}

/** Reports the mistakes of a profile; undefined if it is invalid. */
function loadInput(
  host: VerbHost,
  reference: ByteString,
  options: Values<typeof OPTIONS>,
  target: Target,
): MergeInput | undefined {
  const loaded = loadForVerb(host, reference, options);
  if (loaded.kind === "unreadable") {
    sayFindings(host, loaded, loaded.diagnostics);
    return undefined;
  }
  const { label, read, reading } = loaded;
  const { policy, diagnostics } = readPolicy(read, target, {
    unknownSyscalls: "enosys",
    listenerNamed: true,
  });
  sayFindings(host, loaded, diagnostics);
  const { profile } = read;
  if (policy === undefined || profile === undefined) {
    return undefined;
  }
  const { text } = loaded.profile;
  const isEdited = !isYamlProfile(text) && profile.form === undefined;
  return { label, profile, raw: reading.value(label), text: isEdited ? text : undefined };
}

function reportOf(
  operation: Operation,
  inputs: readonly MergeInput[],
  { text, rules, names, machines, partly }: MergeResult,
  output: ByteString | undefined,
): string {
  return jsonReport({
    operation,
    profiles: inputs.map(({ label }) => label),
    merged: text,
    file: output === undefined ? undefined : printable(decodeBytes(output)),
    rules,
    names,
    machines,
    notAllCombinations: partly,
  });
}

function summaryOf(
  operation: Operation,
  inputs: readonly MergeInput[],
  { names, rules, machines, partly }: MergeResult,
): string {
  const labels = listed(
    inputs.map(({ label }) => printable(label)),
    4,
  );
  const proven = `proven on ${counted(machines, "machine")}`;
  const rest =
    partly.length === 0
      ? ""
      : `; not for every combination of ${listed(partly)}, since calls depend on more than 6`;
  return `seccomp-exec: ${RESULTS[operation]} of ${labels}: ${counted(rules[1], "rule")} with ${counted(names[1], "name")}, of ${rules[0]} with ${names[0]} in the first; ${proven}${rest}\n`;
}
