/**
 * `convert`: writes a profile for another engine, so that it means the same there.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { convertProfile } from "../engines/convert/convert.ts";
import { ENGINE_NAMES } from "../engines/engine.ts";
import type { Host } from "../host.ts";
import { processStatus } from "../launch/files.ts";
import { attainable } from "../launch/target.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { loadForVerb } from "./loaded-profile.ts";
import { place, renderFinding, styleFor } from "./render.ts";
import { TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { EXIT_NO, EXIT_YES, oneOf, UsageError, type Verb, type VerbArguments } from "./verb.ts";

export const convert: Verb = {
  name: "convert",
  operands: "PROFILE",
  count: [1, 1],
  summary: "write a profile for another engine, so that it means the same there",
  details: `Writes to standard output a file that the engine takes and that means the same there: every call that either of the two
mentions is judged by both. Rules that overlap are rewritten so that all engines agree on them. What cannot be carried
over is an error that names it, and nothing is written.

The OCI's format knows no includes and excludes: they are resolved for --arch, --caps and --kernel, or for this
machine and this process. Mesos ignores minKernel: rules with it need --kernel.

Exit status: 0 written, 1 not written, 2 the command line is not understood.`,
  options: [
    { name: "--to", value: "ENGINE", help: "docker, oci (runc, crun) or mesos" },
    {
      name: "--stricter",
      help: "where the engine cannot do the same, write what is more restrictive, and warn of it",
    },
    ...TARGET_OPTIONS,
  ],
  example: "seccomp-exec convert --to oci --caps none builtin:strict.json > seccomp.json",
  run,
};

function run(host: Host, given: VerbArguments): number {
  const { options, operands } = given;
  const to = oneOf("--to", options["--to"], ENGINE_NAMES);
  if (to === undefined) {
    throw new UsageError("convert needs --to", `give it one of ${ENGINE_NAMES.join(", ")}`);
  }
  // Only the OCI's format depends on who is going to run under it.
  const caps = to === "oci" && options["--caps"] === undefined ? ownCaps(host) : 0n;
  const target = targetOf(host, given, caps);
  const { label, read, diagnostics, reading } = loadForVerb(host, operands[0] ?? "", given);
  const say = (found: readonly Diagnostic[]): void => {
    const style = styleFor(host, 2);
    host.write(2, found.map((one) => renderFinding(place(reading, label, one), style)).join(""));
  };
  if (read === undefined) {
    say(diagnostics);
    return EXIT_NO;
  }
  const resolved = readPolicy(read, target, { unknownSyscalls: "default" });
  say(resolved.diagnostics);
  if (resolved.policy === undefined || read.profile === undefined) {
    return EXIT_NO;
  }
  const kernelGiven = options["--kernel"] !== undefined;
  const stricter = options["--stricter"] !== undefined;
  const converted = convertProfile(read.profile, reading.value(label), { to, target, kernelGiven, stricter });
  say(converted.diagnostics);
  if (converted.text === undefined) {
    return EXIT_NO;
  }
  host.write(1, converted.text);
  return EXIT_YES;
}

function ownCaps(host: Host): bigint {
  const status = processStatus(host);
  return attainable(status, status.noNewPrivs);
}
