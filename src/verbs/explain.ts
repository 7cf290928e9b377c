/**
 * `explain`: what a profile makes of a call and why, or a profile at a stage of its way to a filter.
 */

import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import type { LintInput } from "../lint/input.ts";
import { listed } from "../plural.ts";
import { printProfile } from "../profile/print.ts";
import type { OptionTable } from "../task/command-line.ts";
import { ALREADY_ALLOWED, ALREADY_DENIED, type Amendment, amendmentFor } from "./explain/amend/amend.ts";
import { answerTo, type ExplainAnswer } from "./explain/answer.ts";
import { answerJson } from "./explain/json.ts";
import { Places } from "./explain/rules.ts";
import { answerText } from "./explain/text.ts";
import { loadMeaning, loadPolicy } from "./loaded-policy.ts";
import { loadForVerb, meaningOf, sayFindings } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { printStage, STAGES, type Stage } from "./stages.ts";
import { JSON_OPTION, ownTarget, TARGET_OPTIONS } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  ...TARGET_OPTIONS,
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
    help: "show a stage of the profile instead: profile, policy, graph or bpf",
  },
  { name: "--patch", help: "print only the patch that would allow the call, or deny it" },
  { name: "--allow", help: "show the change that allows the call, also if some of it is allowed" },
  { name: "--deny", help: "show the change that denies the call, also if some of it is denied" },
  JSON_OPTION,
] as const satisfies OptionTable;

const OPERANDS = ["PROFILE", "[SYSCALL]", "[ARG...]"] as const;

export const explain = defineVerb({
  name: "explain",
  operands: OPERANDS,
  summary: "show what a profile makes of a call, what decides it, and what would change it",
  details: `Shows the verdict on the calls of SYSCALL with these arguments, the rules that decide it and those that do not apply, and which
capability, kernel or machine would change it. Without arguments, or where some are missing, it shows all verdicts that such calls
can get, each with its condition.

SYSCALL is a name or a number. ARG is a number (decimal, in hexadecimal after 0x, or negative), a constant (AF_ALG), several
with | between them (O_PATH|O_CLOEXEC), or the word any.

For a call that is denied, it ends with the smallest change to the profile that would allow it and change no other call, and for one
that is allowed with the smallest that would deny it, as a patch for git apply. --patch prints only that. --allow and
--deny say which of both is wanted: where the call gets it already, there is nothing to change.

With --stage, shows a profile at one stage of its way to a filter, for readers who want to know why a filter is as it is and for
developers of seccomp-exec.

What depends on the machine is resolved for --arch, --caps and --kernel, or for this machine and process.`,
  options: OPTIONS,
  exits: {
    yes: "answered, or shown",
    no: "the profile is invalid, its filter is too long, or with --patch there is none",
  },
  example: "seccomp-exec explain builtin:default.json socket AF_VSOCK",
  run,
});

type Given = VerbArguments<typeof OPTIONS, typeof OPERANDS>;

function run(host: VerbHost, { options, operands }: Given): Answer {
  const [reference, syscall, ...words] = operands;
  const stage = options["--stage"];
  if (stage !== undefined) {
    if (syscall !== undefined) {
      throw new UsageError(
        `--stage shows the whole profile, and '${decodeBytes(syscall)}' asks about a call`,
        "leave out one of them",
      );
    }
    for (const option of ["--json", "--patch", "--allow", "--deny"] as const) {
      if (options[option]) {
        throw new UsageError(
          `${option} is about a call, and --stage shows the whole profile`,
          "leave out one of them",
        );
      }
    }
    return showStage(host, reference, stage, options);
  }
  if (syscall === undefined) {
    throw new UsageError(
      "explain needs a SYSCALL, or --stage",
      "name the call to explain: seccomp-exec explain PROFILE SYSCALL [ARG...]",
    );
  }
  for (const [one, other] of [
    ["--allow", "--deny"],
    ["--json", "--patch"],
  ] as const) {
    if (options[one] && options[other]) {
      throw new UsageError(`${one} and ${other} are both given`, "keep one of them");
    }
  }
  const target = ownTarget(host, options);
  const loaded = loadMeaning(host, reference, options, target);
  if (loaded === undefined) {
    return EXIT_NO;
  }
  const { profile, policy, reading, label } = loaded;
  const input: LintInput = { profile, policy, installed: policy, target, engines: [] };
  const meaning = { ...meaningOf(options), listenerNamed: true };
  const places = new Places(reading, label);
  const answer = answerTo(input, meaning, places, wordOf(syscall), words.map(wordOf));
  const [first] = answer.architectures;
  const amendment =
    first === undefined
      ? undefined
      : amendmentFor(
          { source: loaded.source, profile, policy, target, meaning, parse: host.jsonPlaces },
          first,
          options["--allow"] ? "allow" : options["--deny"] ? "deny" : undefined,
        );
  if (options["--patch"]) {
    return showPatch(host, label, answer, amendment);
  }
  if (options["--json"]) {
    host.writeLines(answerJson(label, answer, amendment));
    return EXIT_YES;
  }
  const names = policy.architectures.map(({ name }) => name);
  host.write(1, answerText(printable(label), names, answer, amendment));
  return EXIT_YES;
}

function showPatch(
  host: VerbHost,
  label: string,
  { call }: ExplainAnswer,
  amendment: Amendment | undefined,
): Answer {
  if (amendment?.patch !== undefined) {
    if (label.startsWith("/") || label.split("/").includes("..")) {
      throw new Refusal(
        `${label}: git applies a patch to files below the current directory, and by this path it would look for another one`,
        "name the file by its path from the directory where the patch is to be applied",
      );
    }
    host.writeDocument(amendment.patch);
    return EXIT_YES;
  }
  if (amendment?.why === ALREADY_ALLOWED || amendment?.why === ALREADY_DENIED) {
    host.write(2, renderMessage("note", `${label}: no change to ${call} is needed: ${amendment.why}`));
    return EXIT_YES;
  }
  const { want, why, others } = amendment ?? {
    want: "allow",
    why: "no architecture of the profile has it",
    others: [],
  };
  const message = `${label}: no patch would ${want} ${call} and no other call: ${why ?? ""}`;
  host.write(
    2,
    renderMessage("error", message, others.length === 0 ? undefined : `it would change ${listed(others)}`),
  );
  return EXIT_NO;
}

function wordOf(word: ByteString): string {
  return printable(decodeBytes(word));
}

function showStage(host: VerbHost, reference: ByteString, stage: Stage, options: Given["options"]): Answer {
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
