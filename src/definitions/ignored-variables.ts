/**
 * Variables of the launcher in tasks that it does not start: nothing reads them.
 */

import { familyOf, isRead, OWN_PREFIX } from "../task/variables.ts";
import { startPlace, type Verdict } from "./judge.ts";
import type { Finding, Task } from "./model.ts";

/** The prefix by which Marathon makes variables of labels. */
const LABEL = "MARATHON_APP_LABEL_";

interface Judged {
  readonly task: Task;
  readonly verdict: Verdict;
}

/**
 * A warning for each such task: no error, since what starts the command may be the launcher by another name.
 *
 * @param judged all tasks of a file
 * @param knowsEntrypoint whether the caller named the entrypoint of images; else they may start with the launcher
 */
export function ignoredVariables(judged: readonly Judged[], knowsEntrypoint: boolean): readonly Finding[] {
  const read = new Set(
    judged.flatMap(({ task, verdict }) =>
      verdict.launcher ? [...task.environment].map((variable) => JSON.stringify(variable)) : [],
    ),
  );
  return judged.flatMap(({ task, verdict }): readonly Finding[] => {
    if (verdict.launcher || (task.start.kind === "image" && !knowsEntrypoint)) {
      return [];
    }
    // What another task reads is inherited from where both get it.
    const names = [...task.environment]
      .filter((variable) => isOfLauncher(variable[0]) && !read.has(JSON.stringify(variable)))
      .map(([name]) => (name.startsWith(LABEL) ? `the label ${name.slice(LABEL.length)}` : name));
    return names.length === 0
      ? []
      : [
          {
            code: "task-setting-ignored",
            severity: "warning",
            message: `${names.join(" and ")} ${names.length === 1 ? "has" : "have"} no effect: the launcher does not start the command of '${task.name}'`,
            hint: "put the launcher in front of the command, as task --wrap does, or take the setting away",
            place: startPlace(task),
          },
        ];
  });
}

function isOfLauncher(name: string): boolean {
  const family = familyOf(name);
  return family !== undefined && (name.startsWith(OWN_PREFIX) || isRead(family, name));
}
