/**
 * `convert`: writes a profile for another engine, so that it means the same there.
 */

import { encodeBytes } from "../bytes.ts";
import { convertProfile } from "../engines/convert/convert.ts";
import { ENGINE_CHOICE_NAMES, ENGINE_CHOICES } from "../engines/engines.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { OptionTable } from "../task/command-line.ts";
import { loadForVerb, sayFindings } from "./loaded-profile.ts";
import { OUTPUT_OPTION, type VerbHost, writeOutputFile } from "./output.ts";
import { ownTarget, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  OUTPUT_OPTION,
  {
    name: "--to",
    value: "ENGINE",
    choices: ENGINE_CHOICE_NAMES,
    required: true,
    help: `the engine that reads the file: ${ENGINE_CHOICE_NAMES.join(", ")}`,
  },
  {
    name: "--stricter",
    help: "if the engine cannot do the same, write something more restrictive and warn",
  },
  ...TARGET_OPTIONS,
] as const satisfies OptionTable;

export const convert = defineVerb({
  name: "convert",
  operands: ["PROFILE"],
  summary: "write a profile for another engine, so that it means the same there",
  details: `Writes to standard output, or to the file of -o, which is replaced as a whole or left unchanged, what the engine accepts and that means the same there. The two are compared on every call
that either of them mentions. Rules that overlap are rewritten so that all engines agree on them. If something cannot be
expressed, the error names it and nothing is written.

runc, crun, containerd and Kubernetes read the OCI's format, which knows no includes and excludes: they are resolved for --arch,
--caps and --kernel, or for this machine and this process. Podman, CRI-O and Mesos ignore minKernel: rules with it need
--kernel.`,
  options: OPTIONS,
  exits: { yes: "written", no: "not written" },
  example: "seccomp-exec convert --to oci --caps none -o seccomp.json builtin:strict.json",
  run,
});

function run(
  host: VerbHost,
  { options, operands: [reference] }: VerbArguments<typeof OPTIONS, readonly ["PROFILE"]>,
): Answer {
  if (options["--unknown-syscalls"] === "enosys") {
    throw new UsageError(
      "a file for another engine cannot say '--unknown-syscalls enosys': it cannot list the calls of later kernels",
      "leave the option out: calls that the profile does not name get its default action there",
    );
  }
  const to = ENGINE_CHOICES[options["--to"]].form;
  // Only the OCI format depends on the machine and the caller.
  const target = to === "oci" ? ownTarget(host, options) : targetOf(host, options, 0n);
  const loaded = loadForVerb(host, reference, options);
  if (loaded.kind === "unreadable") {
    sayFindings(host, loaded, loaded.diagnostics);
    return EXIT_NO;
  }
  const { label, read, reading } = loaded;
  const resolved = readPolicy(read, target, {
    unknownSyscalls: "default",
    wideArguments: options["--wide-arguments"],
  });
  sayFindings(host, loaded, resolved.diagnostics);
  if (resolved.policy === undefined || read.profile === undefined) {
    return EXIT_NO;
  }
  const kernelGiven = options["--kernel"] !== undefined;
  const converted = convertProfile(read.profile, reading.value(label), {
    to,
    target,
    kernelGiven,
    stricter: options["--stricter"],
    wideArguments: options["--wide-arguments"],
    parse: host.jsonPlaces,
  });
  sayFindings(host, loaded, converted.diagnostics);
  if (converted.text === undefined) {
    return EXIT_NO;
  }
  const output = options["--output"];
  if (output === undefined) {
    host.writeLines(converted.text);
  } else {
    writeOutputFile(host, output, encodeBytes(converted.text));
  }
  return EXIT_YES;
}
