/**
 * `convert`: writes a profile for another engine, so that it means the same there.
 */

import { decodeBytes, encodeBytes, printable } from "../bytes.ts";
import { type Conversion, convertProfile } from "../engines/convert/convert.ts";
import { ENGINE_CHOICE_NAMES, ENGINE_CHOICES } from "../engines/engines.ts";
import type { Host } from "../host.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import type { OptionTable } from "../task/command-line.ts";
import { findingMember, jsonReport } from "./json.ts";
import { type LoadedProfile, loadForVerb, sayFindings } from "./loaded-profile.ts";
import { OUTPUT_OPTION, type VerbHost, writeOutputFile } from "./output.ts";
import { locate } from "./render.ts";
import { JSON_OPTION, ownTarget, TARGET_OPTIONS, targetOf } from "./target-options.ts";
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
  { ...JSON_OPTION, help: "print the file's text and the findings as JSON" },
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
  const { text, diagnostics } = converted(host, options, loaded, target);
  if (!options["--json"]) {
    sayFindings(host, loaded, diagnostics);
  }
  const output = options["--output"];
  if (text !== undefined && output !== undefined) {
    writeOutputFile(host, output, encodeBytes(text));
  }
  if (options["--json"]) {
    const found = diagnostics.map((one) => findingMember(locate(loaded.reading, loaded.label, one)));
    const file = text === undefined || output === undefined ? undefined : printable(decodeBytes(output));
    host.writeLines(
      jsonReport({ profile: loaded.label, to: options["--to"], converted: text, file, diagnostics: found }),
    );
  } else if (text !== undefined && output === undefined) {
    host.writeLines(text);
  }
  return text === undefined ? EXIT_NO : EXIT_YES;
}

/** The profile for the engine, if it can be said there, and what is to be known of it. */
function converted(
  host: Host,
  options: VerbArguments<typeof OPTIONS>["options"],
  loaded: LoadedProfile,
  target: Target,
): Conversion {
  if (loaded.kind === "unreadable") {
    return { text: undefined, diagnostics: loaded.diagnostics };
  }
  const { label, read, reading } = loaded;
  const resolved = readPolicy(read, target, {
    unknownSyscalls: "default",
    wideArguments: options["--wide-arguments"],
  });
  if (resolved.policy === undefined || read.profile === undefined) {
    return { text: undefined, diagnostics: resolved.diagnostics };
  }
  const { text, diagnostics } = convertProfile(read.profile, reading.value(label), {
    to: ENGINE_CHOICES[options["--to"]].form,
    target,
    kernelGiven: options["--kernel"] !== undefined,
    stricter: options["--stricter"],
    wideArguments: options["--wide-arguments"],
    parse: host.jsonPlaces,
  });
  return { text, diagnostics: [...resolved.diagnostics, ...diagnostics] };
}
