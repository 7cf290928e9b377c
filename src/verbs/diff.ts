/**
 * `diff`: the calls that two profiles or filters judge differently.
 */

import { type Changes, changesBetween } from "../analysis/changes.ts";
import type { Side } from "../analysis/sides.ts";
import { decode } from "../bpf/decode.ts";
import { printable } from "../bytes.ts";
import type { ByteString } from "../host.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import { syscallsJudgedBy } from "../policy/touched.ts";
import {
  capabilityBit,
  capabilityCount,
  capabilityName,
  normalizeCapability,
} from "../tables/capabilities.ts";
import { jsonOf } from "./diff/json.ts";
import { allRowsOf, differ } from "./diff/rows.ts";
import { textOf } from "./diff/text.ts";
import { isFilterFile, loadFilter } from "./loaded-policy.ts";
import { loadForVerb, type MeaningValues, sayFindings } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { labelOf } from "./stream.ts";
import { JSON_OPTION, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [...TARGET_OPTIONS, JSON_OPTION] as const;

export const diff = defineVerb({
  name: "diff",
  operands: ["PROFILE|FILE.bpf", "PROFILE|FILE.bpf"],
  summary: "show the calls that two profiles or filters judge differently",
  details: `Compares the meaning of two profiles, not their text: for every architecture, every number and all arguments. Shows each pair of
different verdicts with the calls that get it; where it depends on arguments, the condition and a call that shows it. A file whose
name ends in .bpf is a raw filter, which is followed instead of run.

What depends on the machine is resolved for --arch and --kernel, or for this machine. Without --caps, compares for a caller
without capabilities, then for one with each capability that the profiles name, and says what differs only there.`,
  options: OPTIONS,
  exits: { yes: "no call is judged differently", no: "some are, or may be, or a profile is invalid" },
  example: "seccomp-exec diff builtin:default.json builtin:strict.json",
  run,
});

/** Resolves one of the two for a machine. */
type SideFor = (target: Target) => Side;

/** One of the two. */
interface LoadedSide {
  readonly label: string;
  readonly on: SideFor;
  /** The ids of the syscalls whose rules depend on a capability, by its bit. */
  readonly dependingOn: (bit: number) => readonly number[];
}

function run(
  host: VerbHost,
  {
    options,
    operands: [first, second],
  }: VerbArguments<typeof OPTIONS, readonly ["PROFILE|FILE.bpf", "PROFILE|FILE.bpf"]>,
): Answer {
  const target = targetOf(host, options, 0n);
  const [a, b] = [first, second].map((reference) => loadSide(host, reference, options, target));
  if (a === undefined || b === undefined) {
    return EXIT_NO;
  }
  const compare = (caps: bigint, among?: ReadonlySet<number>): Changes => {
    const on = { ...target, caps };
    return changesBetween(a.on(on), b.on(on), target.arch, among);
  };
  const base = compare(target.caps);
  const swept = options["--caps"] === undefined ? capabilitiesOf(a, b) : [];
  const withCapability = swept.map((bit) => {
    const among = new Set([...a.dependingOn(bit), ...b.dependingOn(bit)]);
    return { name: capabilityName(bit) ?? String(bit), among, changes: compare(1n << BigInt(bit), among) };
  });
  const all = allRowsOf({ target, base, withCapability });
  const labels = [a.label, b.label] as const;
  host.write(
    1,
    options["--json"]
      ? jsonOf(labels, target.arch, all)
      : textOf([printable(labels[0]), printable(labels[1])], all),
  );
  return differ(all) ? EXIT_NO : EXIT_YES;
}

/** The bits of the capabilities that either names. */
function capabilitiesOf(...sides: readonly LoadedSide[]): readonly number[] {
  const all = Array.from({ length: capabilityCount }, (_, bit) => bit);
  return all.filter((bit) => sides.some((side) => side.dependingOn(bit).length > 0));
}

/** Reports the mistakes of a profile; undefined if it is invalid. */
function loadSide(
  host: VerbHost,
  reference: ByteString,
  options: MeaningValues,
  target: Target,
): LoadedSide | undefined {
  const label = labelOf(reference);
  if (isFilterFile(reference)) {
    const side: Side = { kind: "filter", instructions: decode(loadFilter(host, reference, target.arch)) };
    return { label, on: () => side, dependingOn: () => [] };
  }
  const loaded = loadForVerb(host, reference, options);
  if (loaded.kind === "unreadable") {
    sayFindings(host, loaded, loaded.diagnostics);
    return undefined;
  }
  const { read } = loaded;
  const resolve = (on: Target) =>
    readPolicy(read, on, {
      unknownSyscalls: "enosys",
      wideArguments: options["--wide-arguments"],
      listenerNamed: true,
    });
  const { policy, diagnostics } = resolve(target);
  sayFindings(host, loaded, diagnostics);
  if (policy === undefined || read.profile === undefined) {
    return undefined;
  }
  const { rules } = read.profile;
  return {
    label: loaded.label,
    on: (other) => ({ kind: "policy", policy: resolve(other).policy as Policy }),
    dependingOn: (bit) =>
      syscallsJudgedBy(
        rules.filter(({ includes, excludes }) =>
          [...includes.caps, ...excludes.caps].some(
            (name) => capabilityBit(normalizeCapability(name)) === bit,
          ),
        ),
      ),
  };
}
