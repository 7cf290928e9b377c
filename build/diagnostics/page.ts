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

What \`seccomp-exec check\` reports, what a launch reports about its profile, and what \`seccomp-exec task\` reports about task
definitions ([task-definitions.md](task-definitions.md)). Each diagnostic has a code that never changes,
a severity, a weight, a position (line and column, from 1), a message and often a hint; \`check --json\` prints them for programs.

* An **error** makes a profile invalid: no command starts under it, and \`check\` exits with 1.
* A **warning** may be intended. A launch prints only those about names and keys.
* A **note** does not affect the exit status.

The weight says what a finding is to the author of the profile. \`check\` shows it behind the code of a warning, and its last line
counts by it:

* a **mistake** is probably not what was meant, or it does not work. Every error is one;
* a **way around** lets the task do what a rule denies, by another call;
* a **danger** is allowed: what Docker's default profile denies, and what the kernel lets the caller do
  ([decision 25](decisions/0025-weights.md));
* a **remark** changes nothing. Remarks are the notes.

\`check --strict\` exits with 1 unless a profile has no mistake, no way around and no danger that it does not accept. Remarks never
count. \`--only WEIGHT|CODE,...\` reports only these findings, and \`--ignore CODE,...\` all but these, so that the others do not
count either; errors are always reported. A report of many findings ends with the two to
fix first, in the line before the last.

Where a call shows the finding, \`proof\` is a command line for a shell, by which \`simulate\` judges that call. \`try\`, if there is one,
makes the call itself under the profile; the comment says what it prints if the call was made.

## Accepting findings

Some findings are meant to be. A comment accepts them, with the reason:

\`\`\`json
{
  "comment": "seccomp-exec: accept x32-left-open: our oldest tool is built for x32",
  "defaultAction": "SCMP_ACT_ERRNO",
  "syscalls": [
    { "names": ["perf_event_open"], "action": "SCMP_ACT_ALLOW",
      "comment": "profiling\\nseccomp-exec: accept dangerous-allowance, younger-than-kernel: the task measures programs" }
  ]
}
\`\`\`

The form of the line is \`seccomp-exec: accept CODE[, CODE...]: REASON\`. In a rule it accepts the findings that are reported within
that rule; at the top, those of the whole profile. The keys \`comment\`, \`_comment\`, \`$comment\` and \`//\` are read, each a string
with any number of lines, or an array of strings (Docker, Podman and Mesos take no array for \`comment\`). No engine reads them;
\`convert\` and \`record --merge\` keep them. In the YAML of a SeccompProfile it is a comment of YAML
([where](formats.md#seccompprofile)).

A file of seccompiler has no place for such a line: name the codes with \`--ignore\`.

Accepted findings are not shown, but counted; \`--json\` lists them under \`accepted\`, with the reason. Errors cannot be accepted. A
line without a reason or with an unknown code is a mistake ([acceptance](#acceptance)), and a line that accepts nothing a remark
([unused-acceptance](#unused-acceptance)).

## Codes

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

function runExample({ profile, args = [], definition }: Example): string {
  const directory = mkdtempSync(join(tmpdir(), "seccomp-exec-docs-"));
  try {
    writeFileSync(join(directory, definition ?? FILE), profile);
    const target = args.includes("--kernel") ? TARGET.slice(0, 2) : TARGET;
    const line =
      definition === undefined
        ? ["check", ...target, ...args, ...filesFor(args)]
        : ["task", ...args, definition];
    const result = spawnSync(PROGRAM, line, {
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
  const { profile, shown = String(profile).trimEnd(), args = [], definition } = example;
  const verb = definition === undefined ? "check" : "task";
  const command = [
    "seccomp-exec",
    verb,
    ...args,
    ...(definition === undefined ? filesFor(args) : [definition]),
  ].join(" ");
  const text = shown === "" ? "" : `\`\`\`\n${shown}\n\`\`\`\n\n`;
  return `${text}\`\`\`console\n$ ${command}\n${checkExample(example)}\`\`\`\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(PAGE, renderPage());
}
