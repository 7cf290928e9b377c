/**
 * `check-policy`: whether an operator's policy is valid, what it means, and whether the profiles that it names are there.
 */

import { encodeBytes, printable } from "../bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { type Lookup, loadProfile } from "../load/load-profile.ts";
import { counted } from "../plural.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { readYaml } from "../profile/yaml.ts";
import { type OperatorPolicy, POLICY_FILE, permits, readOperatorPolicy } from "../task/operator.ts";
import { operatorInWords } from "../task/operator-words.ts";
import { checkPolicyTypes } from "../task/policy-types.ts";
import { BUILT_IN_DEFAULT } from "../task/request.ts";
import type { VerbHost } from "./output.ts";
import { hintOf, locate, renderForLaunch, styleFor } from "./render.ts";
import { labelOf, readText } from "./stream.ts";
import { JSON_OPTION, ownTarget } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  {
    name: "--profile-dir",
    value: "DIR",
    help: "where the profiles are now, if the policy is not on its machine yet",
  },
  JSON_OPTION,
] as const;

export const checkPolicy = defineVerb({
  name: "check-policy",
  operands: ["FILE"],
  summary: "check an operator's policy before it is installed, and say what it means",
  details: `Reports the mistakes of an operator's policy with their positions, and prints in words who gets which profile, what a task may ask
for and what it may not. Each profile that the policy names must be there, valid and, without --profile-dir, safe: its file and
all directories above it belong to root and only root can write to them.

A policy that would refuse every task, or every task that asks for nothing, is an error. The policy in force is
${POLICY_FILE}; a launch that cannot read it refuses every task.`,
  options: OPTIONS,
  exits: { yes: "no errors", no: "errors" },
  example: `seccomp-exec check-policy ${POLICY_FILE}`,
  run,
});

/** What was found in a policy. */
interface Report {
  readonly label: string;
  readonly findings: readonly Diagnostic[];
  readonly words: readonly string[];
}

function run(
  host: VerbHost,
  { options, operands: [file] }: VerbArguments<typeof OPTIONS, readonly ["FILE"]>,
): Answer {
  const label = labelOf(file);
  const text = readText(host, file);
  const reading = new ExactReading(host.jsonPlaces, readYaml);
  const report = examine(host, reading, text, label, options["--profile-dir"]);
  const isValid = !report.findings.some(({ severity }) => severity === "error");
  if (options["--json"]) {
    host.write(1, toJson(reading, report, isValid));
    return isValid ? EXIT_YES : EXIT_NO;
  }
  const style = styleFor(host, 1);
  const said = report.findings.map((finding) => renderForLaunch(locate(reading, label, finding), style));
  const errors = report.findings.filter(({ severity }) => severity === "error").length;
  const warnings = report.findings.length - errors;
  const sum = [errors > 0 ? counted(errors, "error") : "", warnings > 0 ? counted(warnings, "warning") : ""];
  const verdict = sum.filter((part) => part !== "").join(", ") || "ok";
  host.write(
    1,
    `${said.join("")}${printable(label)}: ${verdict}\n${report.words.map((line) => `  ${printable(line)}\n`).join("")}`,
  );
  return isValid ? EXIT_YES : EXIT_NO;
}

function examine(
  host: Host,
  reading: ExactReading,
  text: string,
  label: string,
  directory: ByteString | undefined,
): Report {
  try {
    const policy = readOperatorPolicy(reading.parseJson(text, label), checkPolicyTypes);
    return {
      label,
      findings: [...openDoors(policy), ...namedProfiles(host, reading, policy, directory)],
      words: operatorInWords(policy),
    };
  } catch (error) {
    if (error instanceof InvalidInput) {
      return { label, findings: error.diagnostics, words: [] };
    }
    if (error instanceof Refusal) {
      return { label, findings: [refused(error.message, error.hint)], words: [] };
    }
    throw error;
  }
}

/** What makes a key useless. */
function openDoors({
  enabled,
  allowUnconfined,
  allowedProfiles,
  profileDir,
}: OperatorPolicy): readonly Diagnostic[] {
  return enabled === false ||
    allowUnconfined !== false ||
    allowedProfiles !== undefined ||
    profileDir !== undefined
    ? []
    : [
        {
          code: "unreadable",
          severity: "warning",
          message: "a task may still name a profile that allows everything, such as builtin:log.json",
          hint: "list the profiles in 'allowedProfiles', or set 'profileDir'",
          pointer: "/allowUnconfined",
        },
      ];
}

/** A profile that the policy names, and where. */
interface Named {
  readonly reference: string;
  readonly pointer: string;
  readonly key: string;
  /** What happens without it. */
  readonly without: string;
}

const NO_DEFAULT = "every task that asks for nothing would be refused";

function namesOf({ defaultProfile, allowedProfiles = [] }: OperatorPolicy): readonly Named[] {
  const first =
    defaultProfile === undefined
      ? { reference: BUILT_IN_DEFAULT, pointer: "", key: "the default profile" }
      : { reference: defaultProfile, pointer: "/defaultProfile", key: "'defaultProfile'" };
  return [
    { ...first, without: NO_DEFAULT },
    ...allowedProfiles.map((reference, i) => ({
      reference,
      pointer: `/allowedProfiles/${i}`,
      key: `'allowedProfiles': ${reference}`,
      without: "a task that asks for it would be refused",
    })),
  ];
}

function namedProfiles(
  host: Host,
  reading: ExactReading,
  policy: OperatorPolicy,
  directory: ByteString | undefined,
): readonly Diagnostic[] {
  if (policy.enabled === false) {
    return [];
  }
  const dir = directory ?? (policy.profileDir === undefined ? undefined : encodeBytes(policy.profileDir));
  const how: Lookup = {
    asRoot: directory === undefined,
    operator: directory === undefined ? policy : undefined,
    prepared: false,
  };
  const found = namesOf(policy).map((named) => ({
    named,
    why: whyNot(host, reading, policy, named, dir, how),
  }));
  const missing = found.flatMap(({ named, why }) => (why === undefined ? [] : [{ named, why }]));
  const nothing =
    missing.length === found.length &&
    policy.allowedProfiles !== undefined &&
    policy.allowUnconfined === false;
  return [
    ...(nothing
      ? [refused("the policy refuses every task: none of its profiles can be used", undefined)]
      : []),
    ...missing.map(({ named: { pointer, key, without }, why }) => ({
      ...refused(`${key}: ${why.message}; ${without}`, why.hint),
      pointer,
    })),
  ];
}

/** Why a launch would not take a profile; undefined if it does. */
function whyNot(
  host: Host,
  reading: ExactReading,
  policy: OperatorPolicy,
  { reference }: Named,
  dir: ByteString | undefined,
  how: Lookup,
): Pick<Refusal, "message" | "hint"> | undefined {
  const bytes = encodeBytes(reference);
  if (!permits(policy, bytes)) {
    return {
      message: `${reference} is not in 'allowedProfiles'`,
      hint: "set 'defaultProfile' to one of them",
    };
  }
  try {
    const read = reading.readProfile(loadProfile(host, bytes, dir, how));
    const { diagnostics } = readPolicy(
      read,
      ownTarget(host, { "--caps": undefined, "--kernel": undefined }),
      {
        unknownSyscalls: "enosys",
        listenerNamed: true,
      },
    );
    const mistake = diagnostics.find(({ severity }) => severity === "error");
    return mistake === undefined ? undefined : notValid(mistake.message);
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    if (error instanceof InvalidInput) {
      return notValid(error.diagnostics[0]?.message ?? error.message);
    }
    throw error;
  }
}

function notValid(mistake: string): Pick<Refusal, "message" | "hint"> {
  return {
    message: `the profile is not valid: ${mistake}`,
    hint: "seccomp-exec check shows all of its mistakes",
  };
}

function refused(message: string, hint: string | undefined): Diagnostic {
  return { code: "unreadable", severity: "error", message, ...(hint === undefined ? {} : { hint }) };
}

function toJson(reading: ExactReading, { label, findings, words }: Report, valid: boolean): string {
  const diagnostics = findings.map((finding) => {
    const position = reading.position(label, finding);
    return {
      severity: finding.severity,
      message: finding.message,
      hint: hintOf(finding),
      line: position?.line,
      column: position?.column,
      pointer: finding.pointer,
    };
  });
  return `${JSON.stringify({ policy: label, valid, diagnostics, meaning: words }, null, 2)}\n`;
}
