/**
 * Counts what `check` says of a directory of profiles, and draws a sample for a reader.
 *
 *     npx tsx build/findings.ts DIRECTORY                the table of docs/findings.md
 *     npx tsx build/findings.ts DIRECTORY --sample 200   that many findings, the same ones each time
 *
 * The table names codes and counts only, no profile.
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const EXECUTABLE = "build/out/seccomp-exec";

/** What this reads of `check --json`. */
interface Report {
  readonly profiles: readonly {
    readonly profile: string;
    readonly diagnostics: readonly Finding[];
  }[];
}

interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly weight: string;
  readonly message: string;
  readonly hint: string | null;
  readonly line: number | null;
}

const { values, positionals } = parseArgs({
  options: { sample: { type: "string" } },
  allowPositionals: true,
});
const [directory] = positionals;
if (directory === undefined) {
  throw new Error("usage: npx tsx build/findings.ts DIRECTORY [--sample COUNT]");
}
const files = readdirSync(directory)
  .filter((name) => name.endsWith(".json"))
  .map((name) => join(directory, name));
const { stdout, error } = spawnSync(EXECUTABLE, ["check", "--json", ...files], {
  encoding: "utf8",
  maxBuffer: 1 << 28,
});
if (error !== undefined) {
  throw error;
}
const { profiles } = JSON.parse(stdout) as Report;
const found = profiles.flatMap(({ profile, diagnostics }) =>
  diagnostics.map((finding) => ({ profile, ...finding })),
);
process.stdout.write(values.sample === undefined ? table() : sample(Number(values.sample)));

function table(): string {
  const weights = ["mistake", "way-around", "danger", "remark"];
  const codes = [...new Set(found.map(({ code, weight }) => `${weight} ${code}`))].map((key) => {
    const said = found.filter(({ code, weight }) => `${weight} ${code}` === key);
    const [weight = "", code = ""] = key.split(" ");
    return { weight, code, count: said.length, files: new Set(said.map(({ profile }) => profile)).size };
  });
  codes.sort((a, b) => weights.indexOf(a.weight) - weights.indexOf(b.weight) || b.count - a.count);
  const rows = codes.map(
    ({ weight, code, count, files: of }) =>
      `| ${weight} | [${code}](diagnostics.md#${code}) | ${count} | ${of} |`,
  );
  const silent = profiles.filter(({ diagnostics }) => diagnostics.length === 0).length;
  return [
    "| weight | code | findings | profiles |",
    "| --- | --- | ---: | ---: |",
    ...rows,
    "",
    `${profiles.length} profiles, ${found.length} findings; ${silent} profiles without any.`,
    "",
  ].join("\n");
}

/** The findings whose digests come first: a random choice that does not change. */
function sample(count: number): string {
  const digest = (finding: object) => createHash("sha256").update(JSON.stringify(finding)).digest("hex");
  return found
    .map((finding) => ({ finding, order: digest(finding) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, count)
    .map(({ finding: { profile, line, weight, code, message, hint } }) =>
      [
        `${profile}:${line ?? ""}: ${weight}: ${message} [${code}]`,
        ...(hint === null ? [] : [`  hint: ${hint}`]),
      ].join("\n"),
    )
    .join("\n")
    .concat("\n");
}
