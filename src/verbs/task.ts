/**
 * `task`: under which profile the tasks of a scheduler's definition will really run.
 */

import { decodeBytes } from "../bytes.ts";
import type { Word } from "../definitions/model.ts";
import { plainWords } from "../definitions/shell-words.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import type { OptionTable } from "../task/command-line.ts";
import { PROFILE_DIR_OPTION } from "../task/options.ts";
import { checkReference } from "../task/request.ts";
import { operatorInForce } from "./operator-in-force.ts";
import { OUTPUT_OPTION, type VerbHost } from "./output.ts";
import { styleFor } from "./render.ts";
import { JSON_OPTION } from "./target-options.ts";
import { examineFile } from "./task/examine.ts";
import type { Surroundings } from "./task/oracle.ts";
import { isValid, reportsJson, reportText } from "./task/report.ts";
import { checkWords, wrapFile } from "./task/wrap-file.ts";
import {
  type Answer,
  asUsage,
  defineVerb,
  EXIT_NO,
  EXIT_YES,
  UsageError,
  type Verb,
  type VerbArguments,
} from "./verb.ts";

const OPTIONS = [
  {
    ...PROFILE_DIR_OPTION,
    help: "where the profiles are now, if they are not where the tasks will find them",
  },
  {
    name: "--entrypoint",
    value: "WORDS",
    read: entrypointWords,
    help: "the ENTRYPOINT of the images, as a shell's words or a JSON array; where a definition has no arguments, with the CMD; '' if there is none",
  },
  {
    name: "--seccomp-default",
    help: "the kubelets have seccompDefault set: what names no profile gets RuntimeDefault",
  },
  JSON_OPTION,
  {
    name: "--wrap",
    help: "write the definition with the launcher in front of its commands, and nothing else changed",
  },
  {
    name: "--profile",
    value: "PROFILE",
    help: "with --wrap: the profile that the launcher is given (default: none)",
  },
  {
    name: "--launcher",
    value: "PATH",
    help: "with --wrap: where the launcher is (default: /usr/local/bin/seccomp-exec)",
  },
  { name: "--health-checks", help: "with --wrap: also in front of health checks, probes and hooks" },
  { name: "--only", value: "TASK", help: "with --wrap: only this task, by its name in the report" },
  { ...OUTPUT_OPTION, help: "with --wrap: write to FILE" },
] as const satisfies OptionTable;

/** The verb, which knows the others in the commands of tasks. */
export function taskVerb(verbs: () => readonly Verb[]): Verb {
  return defineVerb({
    name: "task",
    operands: ["FILE..."],
    summary: "say under which profile each task of a scheduler's definition will really run",
    details: `Reads Marathon apps, groups and pods, Metronome jobs, Mesos TaskInfo and TaskGroupInfo, Docker Compose files and Kubernetes
manifests. Says for each task whether it is confined, by which profiles, why, and whether these are where they are looked up;
and reports what the scheduler refuses, or ignores without a word. docs/task-definitions.md explains it.

With --wrap it writes the definition whose tasks the launcher starts; comments, order and spaces stay. If a task cannot be wrapped,
or the launcher would refuse it, it says why, and nothing is written.`,
    options: OPTIONS,
    exits: { yes: "no errors; with --wrap: written", no: "errors; with --wrap: not written" },
    example: "seccomp-exec task app.json",
    run: (host, given) =>
      run(
        host,
        given,
        verbs().map(({ name }) => name),
      ),
  });
}

/** @throws Refusal */
function entrypointWords(value: ByteString): readonly string[] {
  const text = decodeBytes(value);
  const words = parsedList(text) ?? plainWords(text);
  if (words === undefined || words.some(({ literal }) => !literal)) {
    throw new Refusal(
      `--entrypoint: '${text}' is no list of words`,
      'write it as in the image: ["/entrypoint.sh", "-v"]',
    );
  }
  return words.map((word) => word.text);
}

function parsedList(text: string): readonly Word[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((word) => typeof word === "string")
      ? list.map((word: string) => ({ text: word, literal: true }))
      : undefined;
  } catch {
    return undefined;
  }
}

function run(
  host: VerbHost,
  { options, operands }: VerbArguments<typeof OPTIONS, readonly ["FILE..."]>,
  verbs: readonly string[],
): Answer {
  const around: Surroundings = {
    host,
    directory: options["--profile-dir"],
    operator: operatorInForce(host),
    entrypoint: options["--entrypoint"],
    seccompDefault: options["--seccomp-default"],
    verbs,
  };
  if (options["--wrap"]) {
    return runWrap(around, options, operands);
  }
  const stray = WRAPPING.find((name) => options[name] !== undefined && options[name] !== false);
  if (stray !== undefined) {
    throw new UsageError(`${stray} is for --wrap`, "give --wrap as well");
  }
  const reports = operands.map((file) => examineFile(around, file));
  if (options["--json"]) {
    host.writeLines(reportsJson(reports));
  } else {
    const style = styleFor(host, 1);
    host.write(1, reports.map((report) => reportText(report, style)).join(""));
  }
  return reports.every(isValid) ? EXIT_YES : EXIT_NO;
}

/** The options that only `--wrap` has a use for. */
const WRAPPING = ["--profile", "--launcher", "--health-checks", "--only", "--output"] as const;

/** Where the examples and the documentation have it. */
const LAUNCHER = "/usr/local/bin/seccomp-exec";

function runWrap(
  around: Surroundings,
  options: VerbArguments<typeof OPTIONS>["options"],
  [file, second]: readonly ByteString[],
): Answer {
  if (file === undefined || second !== undefined || options["--json"]) {
    throw new UsageError(
      options["--json"] ? "--wrap writes the definition, and no JSON report" : "--wrap takes one file",
      "seccomp-exec task --wrap FILE > NEW",
    );
  }
  const profile = options["--profile"];
  const given = profile === undefined ? [] : ["--profile", decodeBytes(named(profile))];
  const words = [decodeBytes(options["--launcher"] ?? LAUNCHER), ...given] as const;
  checkWords(words);
  const only = options["--only"];
  return wrapFile(around, file, {
    words,
    profile: profile === undefined ? undefined : decodeBytes(profile),
    checks: options["--health-checks"],
    only: only === undefined ? undefined : decodeBytes(only),
    output: options["--output"],
  });
}

function named(profile: ByteString): ByteString {
  return asUsage(() => checkReference(profile, { name: "--profile", commandLine: true }));
}
