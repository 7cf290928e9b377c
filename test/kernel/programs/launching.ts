/**
 * The ways in which the launcher starts a program: confined, recorded, confined by what was recorded.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { PROGRAM } from "../../support/programs/program.ts";

/** Whether a command ends by itself, or is asked to. Both may run at the same time. */
export type Role = "client" | "server";

export interface Launching {
  /** Whether one of the shipped profiles is in force. */
  readonly isShipped: boolean;
  /** Whether the program is a child of the process that is started. */
  readonly isParent: boolean;
  commandLine(role: Role, command: string, args: readonly string[]): readonly string[];
}

/** Without the launcher. */
export const DIRECT: Launching = {
  isShipped: false,
  isParent: false,
  commandLine: (_role, command, args) => [command, ...args],
};

/** Under a profile. */
export function confining(profile: string): Launching {
  return {
    isShipped: profile.startsWith("builtin:"),
    isParent: false,
    commandLine: (_role, command, args) => [PROGRAM, "--profile", profile, "--", command, ...args],
  };
}

/**
 * Recorded: each command to a profile of its own in this directory, which is the caller's. What runs again is merged with what it
 * did before.
 */
export function recording(directory: string, options: readonly string[]): Launching {
  return {
    isShipped: false,
    isParent: true,
    commandLine(role, command, args) {
      const file = profileOf(directory, role, command);
      const merge = existsSync(file) ? ["--merge", file] : [];
      return [PROGRAM, "record", "-o", file, ...merge, ...options, "--", command, ...args];
    },
  };
}

/** Under the profiles that {@link recording} wrote, each of which kills for what it does not allow. */
export function enforcing(directory: string): Launching {
  for (const name of readdirSync(directory)) {
    const profile = JSON.parse(readFileSync(join(directory, name), "utf8")) as object;
    const killing = { ...profile, defaultAction: "SCMP_ACT_KILL_PROCESS", defaultErrnoRet: undefined };
    writeFileSync(join(directory, name), JSON.stringify(killing));
  }
  return {
    isShipped: false,
    isParent: false,
    commandLine(role, command, args) {
      const options = ["--profile", profileOf(directory, role, command), "--unknown-syscalls", "default"];
      // Which call was it?
      const audit = process.env["VERBOSE"] === "1" ? ["--audit"] : [];
      return [PROGRAM, ...audit, ...options, "--", command, ...args];
    },
  };
}

function profileOf(directory: string, role: Role, command: string): string {
  return join(directory, `${basename(command)}-${role}.json`);
}
