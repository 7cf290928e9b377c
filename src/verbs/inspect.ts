/**
 * `inspect`: what a profile lets through, denies and decides by argument.
 */

import { listedBy } from "../analysis/changes.ts";
import type { Side } from "../analysis/sides.ts";
import { Work } from "../analysis/work.ts";
import { decode } from "../bpf/decode.ts";
import type { ByteString } from "../host.ts";
import { CAPABILITIES_OF_DANGERS, exposureOf } from "../lint/exposure.ts";
import type { LintInput } from "../lint/input.ts";
import type { Policy } from "../policy/policy.ts";
import type { Target } from "../policy/target.ts";
import { syscallsJudgedBy } from "../policy/touched.ts";
import type { Profile } from "../profile/profile.ts";
import { capabilityBit, capabilityCount, capabilityName } from "../tables/capabilities.ts";
import { syscallNumber } from "../tables/syscalls.ts";
import type { OptionTable } from "../task/command-line.ts";
import { targetFor } from "./check/machine.ts";
import { CallJudge } from "./inspect/calls.ts";
import { isAlike, type OtherCall, otherCalls, type WithCapability } from "./inspect/capabilities.ts";
import { costOf, filterOf } from "./inspect/cost.ts";
import type { Inspection, JudgedArchitecture } from "./inspect/inspection.ts";
import { jsonOf } from "./inspect/json.ts";
import { textOf } from "./inspect/text.ts";
import { isFilterFile, type LoadedMeaning, loadFilter, loadMeaning } from "./loaded-policy.ts";
import type { VerbHost } from "./output.ts";
import { capabilitiesOf } from "./prepare-filters.ts";
import { styleFor } from "./render.ts";
import { labelOf } from "./stream.ts";
import { JSON_OPTION, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

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
  host.write(
    1,
    options["--json"]
      ? jsonOf(inspection)
      : textOf(inspection, { all: options["--all"], width: WIDTH, ...styleFor(host, 1) }),
  );
  return EXIT_YES;
}

const WIDTH = 100;

/** Work limit for all numbers of all architectures, and for each capability. */
const MAX_STEPS = 3_000_000;

function ofFilter(host: VerbHost, reference: ByteString, target: Target): Inspection {
  const instructions = decode(loadFilter(host, reference, target.arch));
  const side: Side = { kind: "filter", instructions };
  const judge = judgeOf(side, target);
  const architectures = listedBy(target.arch, side).map((arch) => ({ arch, calls: judge.all(arch) }));
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
  const judge = judgeOf({ kind: "policy", policy }, target);
  const architectures = policy.architectures.map((arch) => ({ arch, calls: judge.all(arch) }));
  const named = capabilitiesOf(profile);
  const sweeps = options["--caps"] === undefined;
  const callers = new Callers(loaded, named);
  const own = architectures[0]?.calls ?? [];
  const instructions = filterOf(policy);
  return {
    label,
    target,
    instead: target.arch === machine.arch ? undefined : machine.arch,
    policy,
    architectures,
    withCapability: sweeps ? sweep(callers, architectures, named) : [],
    exposure: exposureOf(callers.input(target.caps), sweeps ? openers(callers, named) : new Map()),
    cost: "kind" in instructions ? instructions : costOf(instructions, target.arch, own),
  };
}

function judgeOf(side: Side, { arch }: Target): CallJudge {
  return new CallJudge(side, arch.bigEndian, new Work(MAX_STEPS));
}

/** The profile for callers with different capabilities. */
class Callers {
  private readonly policies = new Map<bigint, Policy>();

  /** @param named the capabilities that the profile names */
  constructor(
    readonly loaded: LoadedMeaning,
    private readonly named: bigint,
  ) {
    this.policies.set(loaded.target.caps & named, loaded.policy);
  }

  input(caps: bigint): LintInput {
    const target = { ...this.loaded.target, caps };
    const policy = this.policy(caps);
    return { profile: this.loaded.profile, policy, installed: policy, target, engines: [] };
  }

  policy(caps: bigint): Policy {
    const held = caps & this.named;
    const policy = this.policies.get(held) ?? this.loaded.on({ ...this.loaded.target, caps });
    this.policies.set(held, policy);
    return policy;
  }

  /** The syscalls whose rules depend on one of the capabilities. */
  dependingOn(caps: bigint): readonly number[] {
    const depends = (name: string): boolean => ((caps >> BigInt(capabilityBit(name))) & 1n) === 1n;
    const rules = this.loaded.profile.rules.filter(({ includes, excludes }) =>
      [...includes.caps, ...excludes.caps].some(depends),
    );
    return [...new Set(syscallsJudgedBy(rules))];
  }
}

/** What each capability that the profile names changes, and what only all of them together do. */
function sweep(
  callers: Callers,
  architectures: readonly JudgedArchitecture[],
  named: bigint,
): readonly WithCapability[] {
  const before = architectures.map(({ calls }) => new Map(calls.map((call) => [call.id, call])));
  const changedWith = (caps: bigint): readonly OtherCall[] => {
    const judge = judgeOf({ kind: "policy", policy: callers.policy(caps) }, callers.loaded.target);
    const ids = callers.dependingOn(caps);
    return architectures.flatMap(({ arch }, i) =>
      otherCalls(
        arch,
        before[i] ?? new Map(),
        ids.filter((id) => syscallNumber(arch, id) >= 0).map((id) => judge.judge(arch, id)),
      ),
    );
  };
  const single = bitsIn(named).map((bit) => ({
    name: capabilityName(bit),
    calls: changedWith(1n << BigInt(bit)),
  }));
  const known = single.flatMap(({ calls }) => calls);
  const together = changedWith(named).filter(
    (one) =>
      !known.some((other) => other.architecture === one.architecture && isAlike(other.after, one.after)),
  );
  return [...single, { name: undefined, calls: together }].filter(({ calls }) => calls.length > 0);
}

/** The profile for callers with each of the capabilities that may open a danger. */
function openers(callers: Callers, named: bigint): ReadonlyMap<string, LintInput> {
  const ofDangers = CAPABILITIES_OF_DANGERS.reduce(
    (all, name) => all | (1n << BigInt(capabilityBit(name))),
    0n,
  );
  return new Map(
    bitsIn(named | ofDangers).map((bit) => [capabilityName(bit) ?? "", callers.input(1n << BigInt(bit))]),
  );
}

function bitsIn(caps: bigint): readonly number[] {
  return Array.from({ length: capabilityCount }, (_, bit) => bit).filter(
    (bit) => ((caps >> BigInt(bit)) & 1n) === 1n,
  );
}
