/**
 * Compiles the small C programs that the tests run.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { publicCopy } from "./program.ts";

const OUT = "build/out/test";

/** What C files may include. */
const HEADERS = ["test/support/native/calls.h"];

/**
 * Compiles a C file, statically, unless that has been done since it was changed.
 *
 * @returns the absolute path of an executable that every user can reach
 */
export function compileC(source: string, ...flags: readonly string[]): string {
  mkdirSync(OUT, { recursive: true });
  const executable = resolve(OUT, basename(source, ".c"));
  const changed = Math.max(...[source, ...HEADERS].map((file) => statSync(file).mtimeMs));
  if (!existsSync(executable) || statSync(executable).mtimeMs < changed) {
    execFileSync("cc", [
      "-std=gnu11",
      "-O1",
      "-Wall",
      "-Werror",
      "-static",
      ...flags,
      "-o",
      executable,
      source,
    ]);
  }
  return publicCopy(executable);
}
