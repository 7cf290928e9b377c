/** Command lines as the results show them: without paths of this machine, and with long lists cut short. */

import { basename } from "node:path";
import { projectDirectory } from "./setting.ts";

const MAX_LENGTH = 60;

export function shownCommand(command: readonly string[]): string {
  return command.map(shownArgument).join(" ");
}

function shownArgument(argument: string): string {
  if (argument.startsWith(`${projectDirectory}/`)) {
    return argument.slice(projectDirectory.length + 1);
  }
  if (/^\/proc\/\d+\/ns\/mnt$/.test(argument)) {
    return "/proc/PID/ns/mnt";
  }
  if (/^(unix:\/\/)?\/var\/tmp\//.test(argument)) {
    return argument.includes("socket") ? "unix://SOCKET" : "DIRECTORY";
  }
  // Of programs that are searched for, the place says nothing; a command in an image has but one slash.
  const found = /^\/.*\/s?bin\/[^/]+$/.test(argument) ? basename(argument) : argument;
  const known = found.replace(/^seccomp-exec-bench-\d+-.*$/, "ID");
  return known.length > MAX_LENGTH ? `${known.slice(0, MAX_LENGTH)}...` : known;
}
