/** Finds the programs of other projects that take part, and their versions. */

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

/** Where Debian's packages put programs; what is elsewhere is taken only if it is not here. */
const DEBIAN_FOLDERS = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];

/** The absolute path of a program; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...DEBIAN_FOLDERS, ...(process.env["PATH"] ?? "").split(":")];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why a contestant is left out. */
export function notInstalled(program: string, debianPackage: string): string {
  return `${program} is not installed (Debian's package ${debianPackage})`;
}

/** The first line of what a program prints, or nothing where it fails. */
export function firstLine(program: string, ...args: readonly string[]): string {
  const { stdout } = spawnSync(program, args, { encoding: "utf8" });
  return stdout?.split("\n")[0]?.trim() ?? "";
}
