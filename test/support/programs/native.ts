/**
 * Compiles the small C programs that the tests run.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { publicCopy } from "./program.ts";

const OUT = "build/out/test";

/** The headers that C files may include. */
const HEADERS = ["test/support/programs/native/calls.h"];

/**
 * Compiles a C file, statically, unless that was already done.
 *
 * @returns the absolute path of an executable that every user can reach
 */
export function compileC(source: string, ...flags: readonly string[]): string {
  return compile("cc", source, ["-static", ...flags]);
}

/** The same, dynamically linked. */
export function compileDynamicC(source: string, ...flags: readonly string[]): string {
  return compile("cc", source, flags);
}

/** The same, statically with musl. */
export function compileMuslC(source: string, ...flags: readonly string[]): string {
  return compile("musl-gcc", source, ["-static", ...flags]);
}

function compile(compiler: string, source: string, flags: readonly string[]): string {
  mkdirSync(OUT, { recursive: true });
  const hash = createHash("sha256").update([compiler, ...flags].join("\0"));
  for (const file of [source, ...HEADERS]) {
    hash.update(readFileSync(file));
  }
  const name = basename(source, ".c");
  const directory = resolve(OUT, `${name}-${hash.digest("hex").slice(0, 16)}`);
  const executable = join(directory, name);
  if (!existsSync(executable)) {
    mkdirSync(directory, { recursive: true });
    // Tests that run at the same time may compile the same file: each sees a whole file or none.
    const half = `${executable}.${process.pid}`;
    execFileSync(compiler, ["-std=gnu11", "-O1", "-Wall", "-Werror", ...flags, "-o", half, source]);
    renameSync(half, executable);
  }
  return publicCopy(executable);
}
