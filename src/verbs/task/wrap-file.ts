/**
 * `task --wrap`: writes a definition whose tasks the launcher starts.
 */

import { encodeBytes, printable } from "../../bytes.ts";
import { judge } from "../../definitions/judge.ts";
import { isLauncher } from "../../definitions/launcher.ts";
import type { Finding, Task } from "../../definitions/model.ts";
import { readDefinition } from "../../definitions/read.ts";
import { wrap } from "../../definitions/wrap.ts";
import { Refusal } from "../../diagnostic.ts";
import type { ByteString } from "../../host.ts";
import { counted, listed } from "../../plural.ts";
import { writeOutputFile } from "../output.ts";
import { renderFinding, renderMessage, styleFor } from "../render.ts";
import { labelOf, readText } from "../stream.ts";
import { type Answer, EXIT_NO, EXIT_YES, UsageError } from "../verb.ts";
import { examineText } from "./examine.ts";
import { oracleFor, type Surroundings } from "./oracle.ts";

export interface WrapOptions {
  /** The launcher and its options, without `--`. */
  readonly words: readonly [launcher: string, ...options: string[]];
  /** The profile among them. */
  readonly profile: string | undefined;
  readonly checks: boolean;
  /** The name of the only task; undefined: all. */
  readonly only: string | undefined;
  readonly output: ByteString | undefined;
}

/** Refuses words that a scheduler would take for more than that. */
export function checkWords(words: readonly string[]): void {
  const odd = words.find((word) => /[$\0-\x1f]/.test(word));
  if (odd !== undefined) {
    throw new UsageError(
      `'${odd}' cannot be written into a definition`,
      "schedulers put variables in for '$'",
    );
  }
  if (!isLauncher(words[0] ?? "")) {
    throw new UsageError(
      `--launcher: '${words[0]}' is not called seccomp-exec`,
      "task would not know it again; install it under that name",
    );
  }
}

/** What an author should know of the tasks that were wrapped. */
function notes(tasks: readonly Task[], { words: [launcher], profile }: WrapOptions): readonly string[] {
  const inImages = tasks.filter(({ profilesOf }) => profilesOf !== "machine").map(({ name }) => name);
  const overridden = tasks.flatMap(({ name, environment }) =>
    [...environment]
      .filter(([variable]) => profile !== undefined && REQUESTS.includes(variable))
      .map(([variable]) => `${name}: --profile ${profile} overrides ${variable}`),
  );
  return [
    ...overridden,
    ...(inImages.length === 0
      ? []
      : [
          `the launcher must be at ${launcher} in the image of each of these, or be mounted there: ${listed(inImages)}`,
        ]),
  ];
}

/** The variables by which a task names its profile. */
const REQUESTS = [
  "SECCOMP_EXEC_PROFILE",
  "SECCOMP_EXEC_UNCONFINED",
  "SECCOMP_EXEC_LINUX_INFO",
  "MARATHON_APP_LABEL_SECCOMP_PROFILE",
  "MARATHON_APP_LABEL_SECCOMP_UNCONFINED",
];

/** Whether the launcher would not start the task. */
function isRefusal({ code, severity }: Finding): boolean {
  return severity === "error" && (code === "task-launcher-refuses" || code === "task-profile-missing");
}

/** @throws Refusal */
export function wrapFile(around: Surroundings, file: ByteString, options: WrapOptions): Answer {
  const { host } = around;
  const label = printable(labelOf(file));
  const text = readText(host, file);
  const style = styleFor(host, 2);
  const { definition, lines } = readDefinition(text, host.jsonPlaces);
  if (definition === undefined) {
    const { findings } = examineText(around, file, text);
    host.write(2, findings.map((finding) => renderFinding(finding, style)).join(""));
    return EXIT_NO;
  }
  const names = definition.tasks.map(({ name }) => name);
  if (options.only !== undefined && !names.includes(options.only)) {
    throw new Refusal(`${label} has no task '${options.only}'`, `its tasks are ${listed(names)}`);
  }
  const oracle = oracleFor(around, file);
  const {
    text: changed,
    wrapped,
    hindrances,
  } = wrap(text, host.jsonPlaces, {
    words: [...options.words, "--"],
    entrypoint: around.entrypoint,
    checks: options.checks,
    only: options.only,
    isWrapped: (task) => judge(task, oracle).launcher,
  });
  if (changed === undefined) {
    for (const { name, why, hint, place } of hindrances) {
      const { line, column } = lines.position(place.start);
      host.write(
        2,
        renderMessage("error", `${label}:${line}:${column}: ${name} cannot be wrapped: ${why}`, hint),
      );
    }
    return EXIT_NO;
  }
  const after = examineText(around, file, changed);
  const isMeant = (name: string): boolean => options.only === undefined || name === options.only;
  // The changed text has the same tasks in the same order.
  const refusals = after.tasks.flatMap(({ task: { name }, verdict }, i) =>
    isMeant(name)
      ? verdict.findings.filter(isRefusal).map((finding) => ({ ...finding, name, task: definition.tasks[i] }))
      : [],
  );
  if (refusals.length > 0) {
    for (const { name, task, message, hint } of refusals) {
      const { line, column } = lines.position(task?.place.start ?? 0);
      host.write(2, renderMessage("error", `${label}:${line}:${column}: ${name}: ${message}`, hint));
    }
    return EXIT_NO;
  }
  if (options.output === undefined) {
    host.writeDocument(changed);
  } else {
    writeOutputFile(host, options.output, encodeBytes(changed));
  }
  const what = wrapped.length === 0 ? "nothing was to be wrapped" : `wrapped ${listed(wrapped)}`;
  const left = after.findings;
  const assumed = after.tasks.filter(({ task, verdict }) => isMeant(task.name) && verdict.assumed);
  if (assumed.length > 0) {
    const names = listed(assumed.map(({ task }) => task.name));
    host.write(
      2,
      renderMessage(
        "warning",
        `${label}: left as they are, since their variables and labels ask the launcher for a profile, so that it is taken for the entrypoint of their images: ${names}`,
        "if the image starts another program, name that by --entrypoint, or write the command",
      ),
    );
  }
  for (const note of notes(
    definition.tasks.filter(({ name }) => wrapped.includes(name)),
    options,
  )) {
    host.write(2, renderMessage("note", `${label}: ${printable(note)}`));
  }
  const remarks = left.length === 0 ? "" : `; ${counted(left.length, "finding")} left, which task reports`;
  host.write(2, `seccomp-exec: ${label}: ${printable(what)}${remarks}\n`);
  return EXIT_YES;
}
