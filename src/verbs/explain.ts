/**
 * `explain`: shows a profile at a stage of its way to a filter.
 */

import { printProfile } from "../profile/print.ts";
import type { OptionTable } from "../task/command-line.ts";
import { loadPolicy } from "./loaded-policy.ts";
import { loadForVerb, sayFindings } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { printStage, STAGES } from "./stages.ts";
import { ownTarget, TARGET_OPTIONS } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  {
    name: "--stage",
    value: "STAGE",
    choices: STAGES,
    meanings: {
      profile: "the profile as it was read, before anything is resolved for a machine",
      policy: "the verdicts for each syscall, resolved for the machine and the caller",
      graph: "the decision graph: the tests on the fields of a call, and where each leads",
      bpf: "the instructions of the filter, as they are installed",
    },
    required: true,
    help: "the stage to show: profile, policy, graph or bpf",
  },
  ...TARGET_OPTIONS,
] as const satisfies OptionTable;

export const explain = defineVerb({
  name: "explain",
  operands: ["PROFILE"],
  summary: "show a profile at a stage of its way to a filter",
  details: `A profile becomes a filter in stages. Shows the result of one stage, for readers who want to know why a filter is as it is
and for developers of seccomp-exec.

What depends on the machine is resolved for --arch, --caps and --kernel, or for this machine and process.`,
  options: OPTIONS,
  exits: { yes: "shown", no: "the profile is invalid or its filter is too long" },
  example: "seccomp-exec explain --stage policy builtin:strict.json",
  run,
});

function run(
  host: VerbHost,
  { options, operands: [reference] }: VerbArguments<typeof OPTIONS, readonly ["PROFILE"]>,
): Answer {
  const stage = options["--stage"];
  if (stage === "profile") {
    const loaded = loadForVerb(host, reference, options);
    sayFindings(host, loaded, loaded.diagnostics);
    const profile = loaded.kind === "read" ? loaded.read.profile : undefined;
    return profile === undefined ? EXIT_NO : shown(host, printProfile(profile));
  }
  const target = ownTarget(host, options);
  const policy = loadPolicy(host, reference, options, target);
  return policy === undefined ? EXIT_NO : shown(host, printStage(stage, policy, target.arch, "the profile"));
}

function shown(host: VerbHost, text: string): Answer {
  host.writeLines(text);
  return EXIT_YES;
}
