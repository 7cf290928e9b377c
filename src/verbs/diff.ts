/**
 * `diff`: the calls that two profiles or filters judge differently.
 */

import { type Changes, changesBetween } from "../analysis/changes.ts";
import type { Side } from "../analysis/sides.ts";
import { decode } from "../bpf/decode.ts";
import { printable } from "../bytes.ts";
import type { ByteString } from "../host.ts";
import type { Target } from "../policy/target.ts";
import { syscallsJudgedBy } from "../policy/touched.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import { capabilityBit, capabilityCount, capabilityName } from "../tables/capabilities.ts";
import { jsonOf } from "./diff/json.ts";
import { allRowsOf, differ, type Sweep } from "./diff/rows.ts";
import { textOf } from "./diff/text.ts";
import { isFilterFile, loadFilter, loadMeaning } from "./loaded-policy.ts";
import type { MeaningValues } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { capabilitiesOf } from "./prepare-filters.ts";
import { columnsOf } from "./render.ts";
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
without capabilities, then for one with each capability that the profiles name, and for one with all of these, and says what
differs only there. What differs only with some of them together, on another kernel or on another machine, is not looked for.`,
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
  /** The capabilities on which rules depend. */
  readonly caps: bigint;
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
  const caps = options["--caps"] === undefined ? a.caps | b.caps : 0n;
  const swept = Array.from({ length: capabilityCount }, (_, bit) => bit).filter(
    (bit) => ((caps >> BigInt(bit)) & 1n) === 1n,
  );
  const withCapability: Sweep[] = swept.map((bit) => {
    const among = new Set([...a.dependingOn(bit), ...b.dependingOn(bit)]);
    return { name: capabilityName(bit) ?? String(bit), among, changes: compare(1n << BigInt(bit), among) };
  });
  if (swept.length > 1) {
    // Rules may need several together.
    const among = new Set(withCapability.flatMap((one) => [...one.among]));
    withCapability.push({ name: undefined, among, changes: compare(caps, among) });
  }
  const all = allRowsOf({ arch: target.arch, base, withCapability });
  const labels = [a.label, b.label] as const;
  if (options["--json"]) {
    host.writeLines(jsonOf(labels, target.arch, all));
  } else {
    const where = scopeOf(target, options["--caps"], swept.length);
    host.write(1, textOf([printable(labels[0]), printable(labels[1])], where, all, columnsOf(host, 1)));
  }
  return differ(all) ? EXIT_NO : EXIT_YES;
}

/** For which machine and callers two sides were compared. */
function scopeOf({ arch, kernel }: Target, given: bigint | undefined, swept: number): string {
  const callers =
    given !== undefined
      ? ", for the capabilities of --caps"
      : swept === 0
        ? ""
        : swept === 1
          ? ", without and with the capability that rules name"
          : ", without capabilities, with each one that rules name, and with all of these";
  return `on a machine with ${arch.name} and Linux ${formatKernelVersion(kernel)}${callers}`;
}

/** Reports the mistakes of a profile; undefined if it is invalid. */
function loadSide(
  host: VerbHost,
  reference: ByteString,
  options: MeaningValues,
  target: Target,
): LoadedSide | undefined {
  if (isFilterFile(reference)) {
    const side: Side = { kind: "filter", instructions: decode(loadFilter(host, reference, target.arch)) };
    return { label: labelOf(reference), on: () => side, caps: 0n, dependingOn: () => [] };
  }
  const loaded = loadMeaning(host, reference, options, target);
  return (
    loaded && {
      label: loaded.label,
      on: (other) => ({ kind: "policy", policy: loaded.on(other) }),
      caps: capabilitiesOf(loaded.profile),
      dependingOn: (bit) =>
        syscallsJudgedBy(
          loaded.profile.rules.filter(({ includes, excludes }) =>
            [...includes.caps, ...excludes.caps].some((name) => capabilityBit(name) === bit),
          ),
        ),
    }
  );
}
