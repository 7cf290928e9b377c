/**
 * Compiles the small C programs that the tests run.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
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

/** The same, dynamically linked with musl. */
export function compileDynamicMuslC(source: string, ...flags: readonly string[]): string {
  return compile("musl-gcc", source, flags);
}

function compile(compiler: string, source: string, flags: readonly string[]): string {
  return built(compiler, source, flags, (output) => {
    execFileSync(compiler, ["-std=gnu11", "-O1", "-Wall", "-Werror", ...flags, "-o", output, source]);
  });
}

/** The executable of a source, which `build` writes unless it is there. */
function built(
  compiler: string,
  source: string,
  flags: readonly string[],
  build: (output: string) => void,
): string {
  mkdirSync(OUT, { recursive: true });
  const hash = createHash("sha256").update([compiler, ...flags].join("\0"));
  for (const file of [source, ...HEADERS]) {
    hash.update(readFileSync(file));
  }
  const name = basename(source, extname(source));
  const directory = resolve(OUT, `${name}-${hash.digest("hex").slice(0, 16)}`);
  const executable = join(directory, name);
  if (!existsSync(executable)) {
    mkdirSync(directory, { recursive: true });
    // Tests that run at the same time may compile the same file: each sees a whole file or none.
    const half = `${executable}.${process.pid}`;
    build(half);
    renameSync(half, executable);
  }
  return publicCopy(executable);
}

/** Compiles a Go program of one file, unless that was already done. */
export function compileGo(source: string): string {
  return built("go", source, [], (output) => {
    const env = {
      ...process.env,
      CGO_ENABLED: "0",
      GOCACHE: resolve(OUT, "go"),
      GO111MODULE: "off",
      GOFLAGS: "",
    };
    execFileSync("go", ["build", "-o", output, source], { env });
  });
}
