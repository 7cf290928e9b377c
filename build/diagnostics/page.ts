/**
 * Makes `docs/diagnostics.md` of what each diagnostic means, and of what check prints for the examples.
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

What \`seccomp-exec check\` says, and what a launch says of its profile. Each has a code that stays the same, a severity, a
place (line and column, both from 1), a message and often a hint; \`check --json\` prints them for programs.

* An **error** makes a profile invalid: nothing is started under it, and \`check\` exits 1.
* A **warning** may be meant so. \`check --strict\` lets it count as an error does. A launch says only those about words and
  keys.
* A **note** never counts.

The examples are run by the tests. They are for Linux 6.6 on x86-64, as with \`--arch x86_64 --kernel 6.6\`.

This page is made by \`make docs\` from \`build/diagnostics/\`.
`;

const printed = new WeakMap<Example, string>();

/** What check prints for an example. */
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

/** The operands: the example, unless its arguments name a file themselves. */
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
