/**
 * Asks the machine's C compiler what its kernel headers say.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../support/programs/program.ts";

/** What `cc -E` prints, with its options, for a text; undefined where there is no compiler or it refuses. */
function preprocess(text: string, ...options: string[]): string | undefined {
  const result = runCommand(["cc", "-E", "-P", ...options, "-x", "c", "-"], { input: text });
  return result.status === 0 ? result.stdout : undefined;
}

/** Whether the compiler finds a header. */
export function hasHeader(header: string): boolean {
  return preprocess(`#include <${header}>\n`) !== undefined;
}

/** The names of the macros without parameters that a text defines, of those that match. */
export function macroNames(text: string, pattern: RegExp): string[] {
  const output = preprocess(text, "-dM") ?? "";
  return [...output.matchAll(/^#define (\w+) /gm)]
    .map(([, name = ""]) => name)
    .filter((name) => pattern.test(name));
}

/** What a header has, with its macros and what it includes, as one text; empty where the compiler does not find it. */
export function textOfHeader(header: string): string {
  return preprocess(`#define _GNU_SOURCE\n#include <${header}>\n`, "-dD") ?? "";
}

/** What macros of a text expand to, for example `(__X32_SYSCALL_BIT + 512)`. */
export function expansions(text: string, names: readonly string[]): Map<string, string> {
  const asked = names.map((name, index) => `@${index} ${name}`).join("\n");
  const output = preprocess(`${text}\n${asked}\n`) ?? "";
  const lines = [...output.matchAll(/^@(\d+) (.*)$/gm)];
  return new Map(lines.map(([, index, value = ""]) => [names[Number(index)] ?? "", value.trim()]));
}

/** The values of C expressions, by compiling and running a program that prints them as unsigned numbers. */
export function evaluateInC(text: string, expressions: readonly string[]): Map<string, number> {
  const directory = mkdtempSync(join(tmpdir(), "tables-"));
  try {
    const program = join(directory, "values");
    const prints = expressions.map((it) => `printf("%lu\\n", (unsigned long)(${it}));`).join("\n");
    const source = `${text}\n#include <stdio.h>\nint main(void) {\n${prints}\nreturn 0; }\n`;
    const compiled = runCommand(["cc", "-x", "c", "-o", program, "-"], { input: source });
    if (compiled.status !== 0) {
      throw new Error("a program that prints the values cannot be compiled");
    }
    const values = runCommand([program]).stdout.trim().split("\n").map(Number);
    return new Map(expressions.map((it, index) => [it, values[index] ?? Number.NaN]));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
