/**
 * The help text, made of the option table.
 */

import { LAUNCH_OPTIONS, type OptionSpec } from "../task/options.ts";

/** What `seccomp-exec --help` prints. */
export function helpText(): string {
  const options: readonly OptionSpec[] = LAUNCH_OPTIONS;
  const names = options.map((option) =>
    option.value === undefined ? option.name : `${option.name} ${option.value}`,
  );
  const width = Math.max(...names.map((name) => name.length));
  const lines = options.map((option, i) => `  ${(names[i] ?? "").padEnd(width)}  ${option.help}`);
  return `Usage: seccomp-exec [OPTIONS] -- COMMAND [ARG...]

Runs COMMAND under a seccomp profile. The process becomes the command: nothing but the filter is new to it.

Options:
${lines.join("\n")}

Without an option the profile is named by the environment, strongest first: SECCOMP_EXEC_PROFILE or
SECCOMP_EXEC_UNCONFINED, SECCOMP_EXEC_LINUX_INFO, MARATHON_APP_LABEL_SECCOMP_PROFILE or
MARATHON_APP_LABEL_SECCOMP_UNCONFINED, MESOS_SECCOMP_PROFILE_NAME; else it is default.json.

Exit status: the command's own; 125 the launcher failed, 126 the command cannot be run, 127 it was not found.

Example:
  seccomp-exec --profile builtin:strict.json -- redis-server --save ''
`;
}
