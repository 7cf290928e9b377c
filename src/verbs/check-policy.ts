/**
 * `check-policy`: whether an operator's policy is valid, what it means, and whether the profiles that it names are there.
 */

import { decodeBytes, encodeBytes, printable } from "../bytes.ts";
import { type Diagnostic, InvalidInput, type Misspelt, Refusal } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import type { ByteString, Host } from "../host.ts";
import { deniesNothing } from "../lint/essentials.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { readTrusted } from "../load/files.ts";
import { isProfileName, type Lookup, loadProfile } from "../load/load-profile.ts";
import { counted, listed } from "../plural.ts";
import { readYaml } from "../profile/yaml.ts";
import {
  DEFAULT_PROFILE_DIR,
  type OperatorPolicy,
  POLICY_FILE,
  permits,
  readOperatorPolicy,
} from "../task/operator.ts";
import { operatorInWords } from "../task/operator-words.ts";
import { checkPolicyTypes } from "../task/policy-types.ts";
import { BUILT_IN_DEFAULT, isName } from "../task/request.ts";
import { closedFiles, type ReadByTasks } from "./closed-files.ts";
import { doubtfulWraps } from "./doubtful-wraps.ts";
import { jsonReport } from "./json.ts";
import type { VerbHost } from "./output.ts";
import { locate, renderForLaunch, styleFor } from "./render.ts";
import { labelOf, readText } from "./stream.ts";
import { hintOf } from "./suggest.ts";
import { JSON_OPTION } from "./target-options.ts";
import { type Outcome, outcomeOf, type Why } from "./usable-profile.ts";
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
all directories above it belong to root and only root can write to them. A program that 'wraps' names must be there, too. Files
that only root can read are a warning, since a launch reads them as the user of its task. The policy in force must be safe, too.

A policy that would refuse every task, or every task that asks for nothing, is an error. A policy that forbids unconfined tasks and
lets them name a profile that denies nothing is a warning. The policy in force is
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
  const inForce = file !== "-" && host.sameFile(file, POLICY_FILE) === true;
  const report = examine(host, reading, text, { label, inForce }, options["--profile-dir"]);
  const isValid = !report.findings.some(({ severity }) => severity === "error");
  if (options["--json"]) {
    host.writeLines(toJson(reading, report, isValid));
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
  { label, inForce }: { readonly label: string; readonly inForce: boolean },
  directory: ByteString | undefined,
): Report {
  try {
    const policy = readOperatorPolicy(reading.parseJson(text, label), checkPolicyTypes);
    return {
      label,
      findings: [
        ...(inForce ? unsafePolicy(host) : []),
        ...closedFiles(host, [
          ...(inForce ? [OWN_FILE] : []),
          ...(directory === undefined ? profilesForTasks(host, policy) : []),
        ]),
        ...doubtfulWraps(policy, directory === undefined ? host : undefined),
        ...aboutProfiles(host, reading, policy, directory).map((one) => ofFile(one, label)),
      ],
      words: operatorInWords(policy),
    };
  } catch (error) {
    if (error instanceof InvalidInput) {
      return { label, findings: error.diagnostics, words: [] };
    }
    if (error instanceof Refusal) {
      return { label, findings: [ofFile(refused(error.message, error.hint), label)], words: [] };
    }
    throw error;
  }
}

/** The policy in force, which every launch reads first. */
const OWN_FILE: ReadByTasks = {
  path: POLICY_FILE,
  what: "the policy",
  name: undefined,
  isDefault: false,
  pointer: undefined,
};

/** Why a launch would refuse the file of the policy in force. */
function unsafePolicy(host: Host): readonly Diagnostic[] {
  try {
    readTrusted(host, { path: POLICY_FILE, what: "the policy", rule: "root", movable: false }, "");
    return [];
  } catch (error) {
    if (error instanceof Refusal) {
      return [refused(`${error.message}; every task is refused`, error.hint)];
    }
    throw error;
  }
}

/** The files of the profiles that a policy names, and of those in its directory if a task may name each. */
function profilesForTasks(host: Host, policy: OperatorPolicy): readonly ReadByTasks[] {
  if (policy.enabled === false) {
    return [];
  }
  const directory = policy.profileDir === undefined ? DEFAULT_PROFILE_DIR : encodeBytes(policy.profileDir);
  const all = namesOf(policy);
  const [ofDefault] = all;
  const named = all.filter(({ reference }) => !reference.startsWith("builtin:"));
  const present = policy.allowedProfiles === undefined ? host.listDirectory(directory) : [];
  const others = (typeof present === "number" ? [] : present)
    .filter(isProfileName)
    .map((name) => ({ reference: decodeBytes(name), pointer: "/profileDir" }))
    .filter(({ reference }) => named.every((one) => one.reference !== reference));
  return [...named, ...others].map(({ reference, pointer }, i) => ({
    path: isName(encodeBytes(reference)) ? `${directory}/${encodeBytes(reference)}` : encodeBytes(reference),
    what: "the profile",
    name: reference,
    isDefault: i === 0 && ofDefault.reference === reference,
    pointer: pointer === "/profileDir" && policy.profileDir === undefined ? "" : pointer,
  }));
}

/** A finding that names the file that is checked, where a launch would name the policy in force. */
function ofFile(finding: Diagnostic, label: string): Diagnostic {
  const { message, hint } = finding;
  return {
    ...finding,
    message: message.replaceAll(POLICY_FILE, label),
    ...(hint === undefined ? {} : { hint: hint.replaceAll(POLICY_FILE, label) }),
  };
}

/** How the profiles of a policy are looked up. */
interface Place {
  /** undefined: the default one, or what is compiled in if there is none. */
  readonly directory: ByteString | undefined;
  readonly how: Lookup;
}

/** A profile that the policy names, and where. */
interface Named {
  readonly reference: string;
  readonly pointer: string;
  readonly key: string;
}

function namesOf({ defaultProfile, allowedProfiles = [] }: OperatorPolicy): readonly [Named, ...Named[]] {
  const first =
    defaultProfile === undefined
      ? { reference: BUILT_IN_DEFAULT, pointer: "", key: "the default profile" }
      : { reference: defaultProfile, pointer: "/defaultProfile", key: "'defaultProfile'" };
  const others = allowedProfiles.map((reference, i) => ({
    reference,
    pointer: `/allowedProfiles/${i}`,
    key: `'allowedProfiles': ${reference}`,
  }));
  return [first, ...others];
}

/** What is wrong with the profiles that a policy names, and which of them leave a door open. */
function aboutProfiles(
  host: Host,
  reading: ExactReading,
  policy: OperatorPolicy,
  given: ByteString | undefined,
): readonly Diagnostic[] {
  if (policy.enabled === false) {
    return [];
  }
  const directory = given ?? (policy.profileDir === undefined ? undefined : encodeBytes(policy.profileDir));
  const how: Lookup = {
    asRoot: given === undefined,
    operator: given === undefined ? policy : undefined,
    prepared: false,
  };
  const place = { directory, how };
  const named = namesOf(policy);
  const absent = directory === undefined ? undefined : noDirectory(host, directory, given !== undefined);
  const found = named.map((one) => ({
    named: one,
    outcome:
      absent !== undefined && isName(encodeBytes(one.reference))
        ? { why: absent }
        : outcomeFor(host, reading, policy, one.reference, place),
  }));
  const refusals = found.flatMap((one) => ("why" in one.outcome ? [{ ...one, why: one.outcome.why }] : []));
  const nothing =
    refusals.length === found.length &&
    policy.allowedProfiles !== undefined &&
    policy.allowUnconfined === false;
  const ofAllTasks = nothing
    ? [refused("the policy refuses every task: none of its profiles can be used", undefined)]
    : [];
  const causes = new Map<string, (typeof refusals)[number][]>();
  for (const one of refusals) {
    const { message } = one.why;
    // A directory that others can change is one mistake, whichever profile it is on the way to.
    const way = `on the way to the profile ${decodeBytes(directory ?? DEFAULT_PROFILE_DIR)}/${one.named.reference} `;
    const key = JSON.stringify([message.replace(way, ""), hintOf(one.why)]);
    addTo(causes, key, [one]);
  }
  return [
    ...ofAllTasks,
    ...[...causes.values()].map((those) => {
      const [{ named: first, why }] = those as [(typeof refusals)[number]];
      const isDefault = those.some(({ named: one }) => one === named[0]);
      const names = listed([...new Set(those.map(({ named: one }) => one.reference))]);
      const message =
        those.length > 1
          ? `${why.message}, so ${names} would be refused${isDefault ? ", and every task that asks for nothing" : ""}`
          : `${first.key}: ${why.message}; ${isDefault ? "every task that asks for nothing" : "a task that asks for it"} would be refused`;
      const isDirectory = why === absent && policy.profileDir !== undefined && given === undefined;
      return { ...refused(message, hintOf(why)), pointer: isDirectory ? "/profileDir" : first.pointer };
    }),
    ...openDoors(host, reading, policy, found, place),
  ];
}

/** Why no profile can be looked up by its name, if the directory is not there. */
function noDirectory(host: Host, directory: ByteString, isOption: boolean): Why | undefined {
  const errno = host.listDirectory(directory);
  return typeof errno !== "number"
    ? undefined
    : {
        message: `the directory ${decodeBytes(directory)} (${isOption ? "--profile-dir" : "'profileDir'"}) cannot be read: ${host.errorMessage(errno)}`,
        hint: isOption
          ? "name the directory where the profiles are now"
          : "make it, or check the policy against the profiles where they are now: --profile-dir DIR",
      };
}

function outcomeFor(
  host: Host,
  reading: ExactReading,
  policy: OperatorPolicy,
  reference: string,
  { directory, how }: Place,
): Outcome {
  const bytes = encodeBytes(reference);
  if (!permits(policy, bytes)) {
    return {
      why: {
        message: `${reference} is not in 'allowedProfiles'`,
        hint: "set 'defaultProfile' to one of them",
      },
    };
  }
  const outcome = outcomeOf(host, reading, () => loadProfile(host, bytes, directory, how));
  return "why" in outcome && outcome.why.misspelt !== undefined
    ? { why: amongAll(host, outcome.why, outcome.why.misspelt, directory) }
    : outcome;
}

/** A name that no profile has: its operator, other than a task, may mean each file of the directory. */
function amongAll(
  host: Host,
  { message, hint }: Why,
  { word, kind }: Misspelt,
  directory: ByteString | undefined,
): Why {
  const present = host.listDirectory(directory ?? DEFAULT_PROFILE_DIR);
  const names = typeof present === "number" ? host.builtinProfiles : present.filter(isProfileName);
  const among = names.map(decodeBytes).sort();
  return {
    message,
    hint: among.length === 0 ? hint : `available are ${listed(among)}`,
    misspelt: { word, kind, among },
  };
}

/**
 * Where a policy that forbids unconfined tasks lets a task name a profile that denies nothing.
 *
 * @param found what became of the profiles that it names
 */
function openDoors(
  host: Host,
  reading: ExactReading,
  policy: OperatorPolicy,
  found: readonly { readonly named: Named; readonly outcome: Outcome }[],
  place: Place,
): readonly Diagnostic[] {
  const { allowUnconfined, allowedProfiles, profileDir } = policy;
  if (allowUnconfined !== false) {
    return [];
  }
  const isOpen = (outcome: Outcome): boolean => "policy" in outcome && deniesNothing(outcome.policy);
  const open = found.flatMap(({ named, outcome }) => (isOpen(outcome) ? [named] : []));
  const [first] = open;
  const byName =
    first === undefined
      ? []
      : [
          warning(
            `no task may run unconfined, but a task may run under a profile that denies nothing: ${listed([...new Set(open.map(({ reference }) => reference))])}`,
            "name profiles that deny something",
            first.pointer,
          ),
        ];
  if (allowedProfiles !== undefined) {
    return byName;
  }
  if (profileDir === undefined) {
    const message =
      "no task may run unconfined, but a task may name a profile that denies nothing, such as builtin:log.json";
    const hint = "list the profiles in 'allowedProfiles', or set 'profileDir'";
    return [...byName, warning(message, hint, "/allowUnconfined")];
  }
  const { directory } = place;
  const names = directory === undefined ? [] : host.listDirectory(directory);
  const others = (typeof names === "number" ? [] : names)
    .filter((name) => isProfileName(name) && open.every(({ reference }) => encodeBytes(reference) !== name))
    .map(decodeBytes)
    .filter((name) => isOpen(outcomeFor(host, reading, policy, name, place)))
    .sort();
  return others.length === 0
    ? byName
    : [
        ...byName,
        warning(
          `no task may run unconfined, but a task may name a profile of 'profileDir' that denies nothing: ${listed(others)}`,
          "take it away, or list the profiles in 'allowedProfiles'",
          "/profileDir",
        ),
      ];
}

function warning(message: string, hint: string, pointer: string): Diagnostic {
  return { code: "unreadable", severity: "warning", message, hint, pointer };
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
  return jsonReport({ policy: label, valid, diagnostics, meaning: words });
}
