/**
 * `check`: whether profiles are valid, which of their rules may be unintended, and what other engines make of them.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { ENGINE_CHOICE_NAMES, ENGINE_CHOICES } from "../engines/engines.ts";
import type { ByteString, Host } from "../host.ts";
import type { Sorted } from "../lint/accepted.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import type { Profile } from "../profile/profile.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { capabilityCount, capabilityName } from "../tables/capabilities.ts";
import type { OptionTable } from "../task/command-line.ts";
import { UNKNOWN_SYSCALLS_OPTION } from "../task/options.ts";
import { namedBy } from "./check/files.ts";
import { reportsGithub } from "./check/github.ts";
import { reportsJson } from "./check/json.ts";
import { judge, type Purpose } from "./check/judge.ts";
import { targetFor } from "./check/machine.ts";
import { byPosition, type Report } from "./check/report.ts";
import { reportsSarif } from "./check/sarif.ts";
import { fails, isWanted, SELECTION_OPTIONS } from "./check/selection.ts";
import { reportText, totalText } from "./check/text.ts";
import { loadForVerb, meaningOf } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { capabilitiesOf } from "./prepare-filters.ts";
import { type Located, locate, styleFor } from "./render.ts";
import { labelOf } from "./stream.ts";
import { formatGiven, JSON_OPTION, TARGET_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  {
    name: "--for",
    value: "ENGINE",
    choices: ENGINE_CHOICE_NAMES,
    help: "also check that this engine accepts the file and means the same: docker, podman, kubernetes, mesos, ...",
  },
  {
    name: "--strict",
    help: "fail on mistakes, ways around a rule and dangers that the profile does not accept; never on remarks",
  },
  ...SELECTION_OPTIONS,
  ...TARGET_OPTIONS,
  {
    name: "--format",
    value: "FORMAT",
    choices: ["text", "json", "sarif", "github"],
    meanings: {
      text: "lines for people",
      json: "an object for programs",
      sarif: "SARIF 2.1.0, for code hosts",
      github: "annotations of GitHub's workflows",
    },
    help: "how to print the findings",
  },
  { ...JSON_OPTION, help: "the same as --format json" },
] as const satisfies OptionTable;

export const check = defineVerb({
  name: "check",
  operands: ["PROFILE..."],
  summary: "report mistakes and doubtful rules in profiles",
  details: `Reports every mistake in each profile, with its position, and warns of what may be unintended: rules that
overlap or add nothing, ways around a rule, calls that programs need, calls that are dangerous. docs/diagnostics.md
explains each code. Dangerous calls are reported for a caller with the capabilities of --caps (default: none). A profile that lists
only architectures that this machine does not run is checked for the first of them, unless --arch names one.

A directory stands for all *.json, *.yaml and *.yml files in it and below that may be meant as profiles; hidden ones are left
out. Name it with a slash: ./profiles, or '.'.

A comment of a rule, or of the whole profile, accepts findings: "seccomp-exec: accept CODE[, CODE...]: REASON". They are
counted and not shown.

With --for it also reports whether an engine accepts the file and where it means something else there: docker, podman, containerd,
cri-o, kubernetes (containerd and CRI-O), mesos, runc, crun, or oci for any runtime that reads a config.json.`,
  options: OPTIONS,
  exits: { yes: "no errors", no: "errors (with --strict also mistakes, ways around a rule, dangers)" },
  example: "seccomp-exec check --for docker ./profile.json",
  run,
});

type Options = VerbArguments<typeof OPTIONS>["options"];

function run(host: VerbHost, { options, operands }: VerbArguments<typeof OPTIONS>): Answer {
  const word = options["--for"];
  const purpose: Purpose = {
    target: targetOf(host, options, 0n),
    hostArch: architectureByName(host.arch),
    engines: word === undefined ? [] : ENGINE_CHOICES[word].engines,
    meaning: meaningOf(options),
  };
  const format = formatGiven(options["--format"], options["--json"], "text");
  const { profiles, others, directories, empty } = namedBy(host, operands);
  const reports = profiles.map((reference) =>
    empty.includes(reference) ? withoutProfiles(reference) : examine(host, reference, options, purpose),
  );
  switch (format) {
    case "json":
      host.writeLines(reportsJson(reports, directories ? others : undefined));
      break;
    case "sarif":
      host.writeLines(reportsSarif(reports));
      break;
    case "github":
      host.writeLines(reportsGithub(reports, options["--strict"]));
      break;
    case "text": {
      const style = styleFor(host, 1);
      for (const report of reports) {
        host.write(1, reportText(report, style));
      }
      if (directories) {
        host.write(1, totalText(reports, others));
      }
    }
  }
  return reports.every(({ isValid }) => isValid) ? EXIT_YES : EXIT_NO;
}

/** @throws UsageError if two are asked for */
/** Of a directory that was to hold profiles. */
function withoutProfiles(directory: ByteString): Report {
  const label = labelOf(directory);
  const diagnostic: Diagnostic = {
    code: "unreadable",
    severity: "error",
    message: `${label} is a directory without profiles`,
    hint: "profiles are *.json, *.yaml and *.yml, in it and below, with 'defaultAction' or an action such as SCMP_ACT_ALLOW",
  };
  return {
    label,
    path: directory,
    findings: [{ label, diagnostic, position: undefined, line: () => undefined, related: [] }],
    accepted: [],
    isValid: false,
    simulate: [],
  };
}

function examine(host: Host, reference: ByteString, options: Options, purpose: Purpose): Report {
  const loaded = loadForVerb(host, reference, options);
  const { label, reading } = loaded;
  const machine = purpose.target;
  const draft = loaded.kind === "read" ? loaded.read.draft : undefined;
  const target = draft === undefined || options["--arch"] !== undefined ? machine : targetFor(draft, machine);
  const isElsewhere = target !== machine;
  const { open, accepted }: Sorted =
    loaded.kind === "unreadable"
      ? { open: loaded.diagnostics, accepted: [] }
      : judge(loaded.read, reading.value(label), {
          ...purpose,
          target,
          machine: isElsewhere ? machine : undefined,
        });
  const located = (diagnostic: Diagnostic): Located => locate(reading, label, diagnostic);
  const wanted = open.filter((one) => isWanted(one, options["--only"], options["--ignore"]));
  return {
    label,
    // A name without a slash is looked up, and has another label.
    path: decodeBytes(reference) === label ? reference : encodeBytes(label),
    ...(isElsewhere ? { checkedFor: { target: target.arch.name, machine: machine.arch.name } } : {}),
    findings: wanted.map(located).sort(byPosition),
    accepted: accepted
      .map(({ diagnostic, reason }) => ({ located: located(diagnostic), reason }))
      .sort((a, b) => byPosition(a.located, b.located)),
    isValid: !wanted.some((one) => fails(one, options["--strict"])),
    simulate:
      loaded.kind === "unreadable"
        ? []
        : simulateOptions(options, isElsewhere ? target.arch : options["--arch"], loaded.read.profile),
  };
}

/** The options of `simulate` for the machine and the caller that are checked, as far as the verdicts depend on them. */
function simulateOptions(
  { "--caps": caps = 0n, "--kernel": kernel, "--unknown-syscalls": unknown }: Options,
  arch: Architecture | undefined,
  profile: Profile | undefined,
): readonly string[] {
  const mentioned = profile === undefined ? 0n : capabilitiesOf(profile);
  const held = Array.from({ length: capabilityCount }, (_, bit) =>
    ((caps & mentioned) >> BigInt(bit)) & 1n ? (capabilityName(bit) ?? "") : "",
  ).filter((name) => name !== "");
  return [
    ...(arch === undefined ? [] : ["--arch", arch.name]),
    ...(mentioned === 0n ? [] : ["--caps", held.length === 0 ? "none" : held.join(",")]),
    ...(kernel === undefined ? [] : ["--kernel", formatKernelVersion(kernel)]),
    ...(unknown === undefined ? [] : [UNKNOWN_SYSCALLS_OPTION.name, unknown]),
  ];
}
