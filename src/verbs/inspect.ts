/**
 * `inspect`: what a profile lets through, denies and decides by argument.
 */

import { listedBy } from "../analysis/changes.ts";
import type { Side } from "../analysis/sides.ts";
import { decode } from "../bpf/decode.ts";
import type { ByteString } from "../host.ts";
import { CAPABILITIES_OF_DANGERS, DANGEROUS_CALLS, exposureOf } from "../lint/exposure.ts";
import type { Target } from "../policy/target.ts";
import type { Profile } from "../profile/profile.ts";
import { capabilityBit } from "../tables/capabilities.ts";
import type { OptionTable } from "../task/command-line.ts";
import { targetFor } from "./check/machine.ts";
import { CallJudge, Judgements } from "./inspect/calls.ts";
import { Callers } from "./inspect/capabilities.ts";
import { costOf, filterOf } from "./inspect/cost.ts";
import { isDenied } from "./inspect/in-words.ts";
import type { Inspection } from "./inspect/inspection.ts";
import { jsonOf } from "./inspect/json.ts";
import { textOf } from "./inspect/text.ts";
import { isFilterFile, loadFilter, loadMeaning } from "./loaded-policy.ts";
import type { VerbHost } from "./output.ts";
import { capabilitiesOf } from "./prepare-filters.ts";
import { styleFor } from "./render.ts";
import { labelOf } from "./stream.ts";
import { JSON_OPTION, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";
import { wrapped } from "./wrap.ts";

const OPTIONS = [
  { name: "--all", help: "print every call with its verdict, for every architecture" },
  ...TARGET_OPTIONS,
  JSON_OPTION,
] as const satisfies OptionTable;

export const inspect = defineVerb({
  name: "inspect",
  operands: ["PROFILE|FILE.bpf"],
  summary: "show what a profile lets through, denies and decides by argument",
  details: `Counts the calls that a profile lets through, denies and decides by their arguments, for every architecture. Then shows, for the
first one, the calls by subject, the conditions on arguments, what other architectures have besides, what each capability changes, the
dangers that 'check' reports and to whom they are open, and the size and cost of the filter. With --all it prints every call. A file
whose name ends in .bpf is a raw filter.

What depends on the machine is resolved for --arch and --kernel, or for this machine; a profile that lists only architectures that this
machine does not run is resolved for the first of them. Without --caps it is shown for a caller without capabilities, with what each
capability changes.`,
  options: OPTIONS,
  exits: { yes: "shown", no: "the profile is invalid" },
  example: "seccomp-exec inspect builtin:default.json",
  run,
});

type Options = VerbArguments<typeof OPTIONS>["options"];

function run(
  host: VerbHost,
  { options, operands: [reference] }: VerbArguments<typeof OPTIONS, readonly ["PROFILE|FILE.bpf"]>,
): Answer {
  const machine = targetOf(host, options, 0n);
  const inspection = isFilterFile(reference)
    ? ofFilter(host, reference, machine)
    : ofProfile(host, reference, options, machine);
  if (inspection === undefined) {
    return EXIT_NO;
  }
  if (options["--json"]) {
    host.writeLines(jsonOf(inspection));
    return EXIT_YES;
  }
  const { colours, columns = COLUMNS } = styleFor(host, 1);
  host.write(1, wrapped(textOf(inspection, { all: options["--all"], columns, colours }), columns));
  return EXIT_YES;
}

/** Where no terminal has fewer. */
const COLUMNS = 100;

function ofFilter(host: VerbHost, reference: ByteString, target: Target): Inspection {
  const instructions = decode(loadFilter(host, reference, target.arch));
  const side: Side = { kind: "filter", instructions };
  const judge = new CallJudge(side, target.arch.bigEndian, new Judgements());
  // A filter may compare a number that is an AUDIT_ARCH_* by accident.
  const architectures = listedBy(target.arch, side)
    .map((arch) => ({ arch, calls: judge.all(arch) }))
    .filter(
      ({ arch, calls }) => arch === target.arch || calls.some(({ judgement }) => !isDenied(judgement.kind)),
    );
  return {
    label: labelOf(reference),
    target,
    instead: undefined,
    policy: undefined,
    architectures,
    withCapability: [],
    exposure: undefined,
    cost: costOf(instructions, target.arch, architectures[0]?.calls ?? []),
  };
}

/** @returns undefined if the profile is invalid */
function ofProfile(
  host: VerbHost,
  reference: ByteString,
  options: Options,
  machine: Target,
): Inspection | undefined {
  const meant = (profile: Pick<Profile, "archMap" | "architectures">): Target =>
    options["--arch"] === undefined ? targetFor(profile, machine) : machine;
  const loaded = loadMeaning(host, reference, options, meant);
  if (loaded === undefined) {
    return undefined;
  }
  const { label, profile, policy, target } = loaded;
  const judgements = new Judgements();
  const judge = new CallJudge({ kind: "policy", policy }, target.arch.bigEndian, judgements);
  const architectures = policy.architectures.map((arch) => ({ arch, calls: judge.all(arch) }));
  const named = capabilitiesOf(profile);
  const sweeps = options["--caps"] === undefined;
  const callers = new Callers(loaded, named, DANGEROUS_CALLS);
  const instructions = filterOf(policy);
  return {
    label,
    target,
    instead: target.arch === machine.arch ? undefined : machine.arch,
    policy,
    architectures,
    withCapability: sweeps ? callers.sweep(architectures, judgements) : [],
    exposure: exposureOf(callers.input(target.caps), sweeps ? callers.openers(named | ofDangers()) : []),
    cost:
      "kind" in instructions
        ? instructions
        : costOf(instructions, target.arch, architectures[0]?.calls ?? []),
  };
}

/** The bits of the capabilities without which the kernel refuses dangers. */
function ofDangers(): bigint {
  return CAPABILITIES_OF_DANGERS.reduce((all, name) => all | (1n << BigInt(capabilityBit(name))), 0n);
}
