/**
 * Generates `docs/diagnostics.md` from the explanation of each diagnostic and the output of check for the examples.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { EXPLANATIONS, type Example } from "./explanation.ts";

export const PAGE = "docs/diagnostics.md";

const PROGRAM = resolve("build/out/seccomp-exec");
const FILE = "profile.json";
/** So that the page is the same on every machine. */
const TARGET = ["--arch", "x86_64", "--kernel", "6.6"];

const INTRODUCTION = `# Diagnostics

What \`seccomp-exec check\` reports, and what a launch reports about its profile. Each diagnostic has a code that never changes,
a severity, a position (line and column, from 1), a message and often a hint; \`check --json\` prints them for programs.

* An **error** makes a profile invalid: no command starts under it, and \`check\` exits with 1.
* A **warning** may be intended. \`check --strict\` treats it as an error. A launch prints only those about names and keys.
* A **note** does not affect the exit status.

The tests run the examples. They are for Linux 6.6 on x86-64, as with \`--arch x86_64 --kernel 6.6\`.

\`make docs\` generates this page from \`build/diagnostics/\`.
`;

const printed = new WeakMap<Example, string>();

/** The output of check for an example. */
export function checkExample(example: Example): string {
  const known = printed.get(example) ?? runExample(example);
  printed.set(example, known);
  return known;
}

function runExample({ profile, args = [] }: Example): string {
  const directory = mkdtempSync(join(tmpdir(), "seccomp-exec-docs-"));
  try {
    writeFileSync(join(directory, FILE), profile);
    const target = args.includes("--kernel") ? TARGET.slice(0, 2) : TARGET;
    const result = spawnSync(PROGRAM, ["check", ...target, ...args, ...filesFor(args)], {
      cwd: directory,
      encoding: "utf8",
      env: {},
    });
    return `${result.stdout}${result.stderr}`;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The operands: the example's file, unless its arguments name one. */
function filesFor(args: readonly string[]): readonly string[] {
  return args.some((arg) => arg.includes("/")) ? [] : [`./${FILE}`];
}

/** The text of the page. */
export function renderPage(): string {
  const entries = [...EXPLANATIONS];
  const index = entries.map(([code]) => `[${code}](#${code})`).join(", ");
  const sections = entries.map(([code, { what, example }]) => {
    const shown = example === undefined ? "" : `\n${renderExample(example)}`;
    return `## ${code}\n\n${what}\n${shown}`;
  });
  return `${INTRODUCTION}\n${index}\n\n${sections.join("\n")}`;
}

function renderExample(example: Example): string {
  const { profile, shown = String(profile).trimEnd(), args = [] } = example;
  const command = ["seccomp-exec", "check", ...args, ...filesFor(args)].join(" ");
  const text = shown === "" ? "" : `\`\`\`\n${shown}\n\`\`\`\n\n`;
  return `${text}\`\`\`console\n$ ${command}\n${checkExample(example)}\`\`\`\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(PAGE, renderPage());
}
