/**
 * `check`: whether profiles are valid, which of their rules may be unintended, and what other engines make of them.
 */

import type { Diagnostic, Severity } from "../diagnostic.ts";
import { compareWithEngine } from "../engines/compare.ts";
import type { Engine } from "../engines/engine.ts";
import { ENGINE_CHOICE_NAMES, ENGINE_CHOICES } from "../engines/engines.ts";
import { machinesOf } from "../engines/machines.ts";
import type { ByteString, Host } from "../host.ts";
import { lint } from "../lint/lint.ts";
import { counted } from "../plural.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { type ResolveOptions, resolve } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import type { OptionTable } from "../task/command-line.ts";
import { checkLength } from "./filter-length.ts";
import { loadForVerb, type MeaningValues } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { hintOf, type Located, locate, renderFinding, styleFor } from "./render.ts";
import { JSON_OPTION, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  {
    name: "--for",
    value: "ENGINE",
    choices: ENGINE_CHOICE_NAMES,
    help: "also check that this engine accepts the file and means the same: docker, podman, kubernetes, mesos, ...",
  },
  { name: "--strict", help: "treat warnings as errors" },
  ...TARGET_OPTIONS,
  JSON_OPTION,
] as const satisfies OptionTable;

export const check = defineVerb({
  name: "check",
  operands: ["PROFILE..."],
  summary: "report mistakes and doubtful rules in profiles",
  details: `Reports every mistake in each profile, with its position, and warns of what may be unintended: rules that
overlap or add nothing, ways around a rule, calls that programs need, calls that are dangerous. docs/diagnostics.md
explains each code. Dangerous calls are reported for a caller with the capabilities of --caps (default: none).

With --for it also reports whether an engine accepts the file and where it means something else there: docker, podman, containerd,
cri-o, kubernetes (containerd and CRI-O), mesos, runc, crun, or oci for any runtime that reads a config.json.`,
  options: OPTIONS,
  exits: { yes: "no errors", no: "errors (or warnings, with --strict)" },
  example: "seccomp-exec check --for docker ./profile.json",
  run,
});

/** What was found in one profile. */
interface Report {
  readonly label: string;
  readonly findings: readonly Located[];
}

function run(host: VerbHost, { options, operands }: VerbArguments<typeof OPTIONS>): Answer {
  const word = options["--for"];
  const engines = word === undefined ? [] : ENGINE_CHOICES[word].engines;
  const target = targetOf(host, options, 0n);
  const reports = operands.map((reference) => examine(host, reference, options, target, engines));
  const counts: readonly Severity[] = options["--strict"] ? ["error", "warning"] : ["error"];
  const isValid = ({ findings }: Report): boolean =>
    !findings.some(({ diagnostic }) => counts.includes(diagnostic.severity));
  if (options["--json"]) {
    host.write(1, toJson(reports, isValid));
  } else {
    print(host, reports);
  }
  return reports.every(isValid) ? EXIT_YES : EXIT_NO;
}

function examine(
  host: Host,
  reference: ByteString,
  options: MeaningValues,
  target: Target,
  engines: readonly Engine[],
): Report {
  const loaded = loadForVerb(host, reference, options);
  const { label, reading } = loaded;
  const found =
    loaded.kind === "unreadable"
      ? loaded.diagnostics
      : judge(loaded.read, reading.value(label), target, engines, options["--wide-arguments"]);
  return {
    label,
    findings: found.map((diagnostic) => locate(reading, label, diagnostic)).sort(byPosition),
  };
}

/** All diagnostics of a profile: its mistakes, and what may be unintended if it has none. */
function judge(
  read: ReadResult,
  raw: unknown,
  target: Target,
  engines: readonly Engine[],
  wideArguments: boolean,
): readonly Diagnostic[] {
  const { policy, diagnostics } = readPolicy(read, target, { unknownSyscalls: "enosys", wideArguments });
  const { profile } = read;
  if (policy === undefined || profile === undefined) {
    return [...diagnostics, ...lintTheRest(read, diagnostics, target, engines, wideArguments)];
  }
  const judged = resolve(profile, target, { ...LITERALLY, wideArguments }).policy ?? policy;
  return [
    ...diagnostics,
    ...checkLength(policy, profile),
    ...lint({ profile, policy: judged, installed: policy, target, engines }, true),
    ...engines.flatMap(
      (engine) =>
        compareWithEngine(engine, profile, raw, machinesOf(profile, target), {
          wideArguments,
          unseenBits: "note",
        }).diagnostics,
    ),
  ];
}

/** The profile cannot list calls that are younger than it, so these are not reported. */
const LITERALLY: ResolveOptions = { unknownSyscalls: "default" };

/** What may be unintended in the rules without mistakes, if other rules have some. */
function lintTheRest(
  { draft }: ReadResult,
  diagnostics: readonly Diagnostic[],
  target: Target,
  engines: readonly Engine[],
  wideArguments: boolean,
): readonly Diagnostic[] {
  if (draft === undefined) {
    return [];
  }
  const pointers = diagnostics.flatMap(({ severity, pointer }) =>
    severity === "error" && pointer !== undefined ? [pointer] : [],
  );
  // What a rule adds depends on the default action.
  if (pointers.some((pointer) => pointer === draft.base || pointer.startsWith(`${draft.base}/default`))) {
    return [];
  }
  const start = `${draft.base}/syscalls/`;
  const mistaken = new Set(
    pointers.flatMap((pointer) =>
      pointer.startsWith(start) ? [Number.parseInt(pointer.slice(start.length), 10)] : [],
    ),
  );
  const profile = {
    ...draft,
    rules: draft.rules.filter(({ index }) => !mistaken.has(index)),
    flags: undefined,
  };
  const { policy } = resolve(profile, target, { ...LITERALLY, wideArguments });
  return policy === undefined ? [] : lint({ profile, policy, installed: policy, target, engines }, false);
}

/** In the order of the text. Diagnostics without a position come first, except for the note that not all rules were examined. */
function byPosition(a: Located, b: Located): number {
  return lineOf(a) - lineOf(b) || (a.position?.column ?? 0) - (b.position?.column ?? 0);
}

function lineOf({ diagnostic, position }: Located): number {
  return position?.line ?? (diagnostic.code === "not-examined" ? Number.MAX_SAFE_INTEGER : 0);
}

function print(host: VerbHost, reports: readonly Report[]): void {
  const style = styleFor(host, 1);
  for (const { label, findings } of reports) {
    const of = (severity: Severity): number =>
      findings.filter(({ diagnostic }) => diagnostic.severity === severity).length;
    const [errors, warnings] = [of("error"), of("warning")];
    const sum =
      errors + warnings === 0
        ? "ok"
        : [errors > 0 ? counted(errors, "error") : "", warnings > 0 ? counted(warnings, "warning") : ""]
            .filter((part) => part !== "")
            .join(", ");
    const said = findings.slice(0, MAX_PRINTED).map((located) => renderFinding(located, style));
    if (findings.length > MAX_PRINTED) {
      said.push(`${label}: ${findings.length - MAX_PRINTED} more are not shown; --json prints all\n`);
    }
    host.write(1, `${said.join("")}${label}: ${sum}\n`);
  }
}

/** Maximum number of findings of one profile that are printed as text. */
const MAX_PRINTED = 200;

/** One object per profile; a position is left out if there is none. */
function toJson(reports: readonly Report[], isValid: (report: Report) => boolean): string {
  const profiles = reports.map((report) => ({
    profile: report.label,
    valid: isValid(report),
    diagnostics: report.findings.map(({ diagnostic, position, related }) => ({
      code: diagnostic.code,
      severity: diagnostic.severity,
      message: diagnostic.message,
      hint: hintOf(diagnostic),
      proof: diagnostic.proof,
      line: position?.line,
      column: position?.column,
      length: position?.length,
      pointer: diagnostic.pointer,
      related:
        related.length === 0
          ? undefined
          : related.map(({ what, pointer, position: at }) => ({
              what,
              line: at?.line,
              column: at?.column,
              pointer,
            })),
    })),
  }));
  return `${JSON.stringify({ valid: reports.every(isValid), profiles }, null, 2)}\n`;
}
