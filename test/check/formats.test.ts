/**
 * The formats of check for programs: SARIF, which is valid by its schema, and the annotations of GitHub's workflows.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import * as assert from "uvu/assert";
import { denying, names } from "../../build/diagnostics/case-profiles.ts";
import { EXPLANATIONS } from "../../build/diagnostics/explanation.ts";
import { HELP } from "../../src/verbs/generated/help.ts";
import { test } from "../support/running/test.ts";
import { check, DIRECTORY, FILE, PATH, reportOf } from "./checking.ts";

/** The schema of the standard, as a package of its authors has it; in draft 4 of JSON Schema, of which it uses nothing that later ones lack. */
const {
  $schema: _,
  id: __,
  ...SCHEMA
} = JSON.parse(readFileSync("node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json", "utf8"));
const isSarif = new Ajv({
  strict: false,
  unicodeRegExp: false,
  validateFormats: false,
  allErrors: true,
}).compile(SCHEMA);

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endColumn?: number;
}

interface Location {
  readonly physicalLocation: {
    readonly artifactLocation: { readonly uri: string };
    readonly region?: Region;
  };
  readonly message?: { readonly text: string };
}

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [Location];
  readonly relatedLocations?: readonly Location[];
  readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
  readonly properties: { readonly weight: string };
}

interface Run {
  readonly tool: {
    readonly driver: { readonly rules: readonly { readonly id: string; readonly help: { text: string } }[] };
  };
  readonly results: readonly Result[];
}

/** The only run of the log for these operands, which is valid SARIF. */
function sarif(...operands: readonly string[]): Run {
  const log: unknown = JSON.parse(check(["--format", "sarif", ...operands]).stdout);
  assert.ok(isSarif(log), JSON.stringify(isSarif.errors, null, 2));
  const { runs } = log as { runs: readonly [Run] };
  assert.is(runs.length, 1);
  return runs[0];
}

test("the schema refuses what is no log", () => {
  assert.not.ok(isSarif({ version: "2.1.0" }));
  assert.not.ok(
    isSarif({
      version: "2.1.0",
      runs: [{ tool: { driver: { name: "x" } }, results: [{ level: "notice" }] }],
    }),
  );
});

/** A profile with an error, a warning with related places, a note, and a danger that is accepted. */
const MANY = denying(
  [
    names('"ptrcae"', "KILL_PROCESS"),
    '{"names":["keyctl"],"action":"SCMP_ACT_ALLOW"}',
    '{"names":["keyctl"],"action":"SCMP_ACT_KILL_PROCESS","args":[{"index":0,"op":"SCMP_CMP_EQ","value":5}]}',
    '{"names":["close","close"],"action":"SCMP_ACT_ALLOW"}',
  ].join(",\n"),
);
const ACCEPTING = denying(
  '{"comment":"seccomp-exec: accept dangerous-allowance: it measures","names":["perf_event_open"],"action":"SCMP_ACT_ALLOW"}',
);

test("SARIF has what --json has, with the rules of the codes and their texts", () => {
  writeFileSync(PATH, MANY);
  const { tool, results } = sarif(FILE);
  const { profiles } = reportOf(check(["--json", FILE]).stdout);
  const told = profiles[0]?.diagnostics ?? [];
  assert.ok(told.length >= 3);
  assert.equal(
    results.map(({ ruleId, level, locations: [{ physicalLocation }] }) => [
      ruleId,
      level,
      physicalLocation.artifactLocation.uri,
      physicalLocation.region?.startLine,
      physicalLocation.region?.startColumn,
    ]),
    told.map(({ code, severity, line, column }) => [code, severity, "p.json", line, column]),
  );
  for (const { ruleId, ruleIndex, message, properties } of results) {
    const rule = tool.driver.rules[ruleIndex];
    assert.is(rule?.id, ruleId);
    const { what = "" } = EXPLANATIONS.get(ruleId) ?? {};
    assert.is(rule?.help.text, what.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const same = told.find(({ code, message: of }) => code === ruleId && message.text.startsWith(of));
    assert.is(properties.weight, same?.weight);
    assert.is(message.text, same?.hint === undefined ? same?.message : `${same.message}\nHint: ${same.hint}`);
  }
  const overlap = results.find(({ ruleId }) => ruleId === "overlapping-rules");
  assert.is(overlap?.relatedLocations?.[0]?.message?.text, "the earlier rule");
  assert.is(overlap?.relatedLocations?.[0]?.physicalLocation.region?.startLine, 3);
});

test("a finding that is accepted is a result that is suppressed in the source", () => {
  writeFileSync(PATH, ACCEPTING);
  const { results } = sarif(FILE);
  assert.equal(
    results.map(({ ruleId, suppressions }) => [ruleId, suppressions]),
    [["dangerous-allowance", [{ kind: "inSource", justification: "it measures" }]]],
  );
});

test("SARIF is valid for whatever is wrong with a file, and without a finding", () => {
  const texts = ["", "{", '{"defaultAction":"SCMP_ACT_ALLOW"}', '{"a":1,}', "[]", `"${"x".repeat(2000)}"`];
  for (const { cases } of [...EXPLANATIONS.values()].flatMap((one) => ("cases" in one ? [one] : []))) {
    texts.push(...cases.slice(0, 1).map(([, text]) => String(text)));
  }
  const directory = join(DIRECTORY, "all of them");
  mkdirSync(directory);
  const files = texts.map((text, i) => {
    writeFileSync(join(directory, `${i}.json`), text);
    return `./all of them/${i}.json`;
  });
  const { results } = sarif(...files);
  assert.ok(results.length > 60);
  const region = results.map(({ locations: [{ physicalLocation }] }) => physicalLocation.region);
  assert.ok(region.every((one) => one?.endColumn === undefined || one.endColumn > one.startColumn));
  assert.is(results[0]?.locations[0].physicalLocation.artifactLocation.uri, "all%20of%20them/0.json");
  assert.equal(
    sarif("builtin:default.json", "--ignore", "x32-left-open,absent-name,younger-than-kernel").results,
    [],
  );
  assert.is(
    sarif(join(DIRECTORY, "none.json")).results[0]?.locations[0].physicalLocation.artifactLocation.uri,
    `file://${join(DIRECTORY, "none.json")}`,
  );
});

test("a name that is not UTF-8 has its bytes in the URI, and no shell is given what is shown for it", () => {
  const directory = join(DIRECTORY, "latin");
  mkdirSync(directory);
  writeFileSync(
    Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe]), Buffer.from("\u00e9.json")]),
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["tkill"],"action":"SCMP_ACT_ERRNO"}]}',
  );
  assert.is(
    sarif("./latin").results[0]?.locations[0].physicalLocation.artifactLocation.uri,
    "latin/%FF%FE%C3%A9.json",
  );
  const { stdout } = check(["./latin"]);
  assert.match(stdout, / {2}proof: echo '[^']+' \| seccomp-exec simulate [^'/]*FILE {2}# /);
  assert.not.match(stdout, " try: ");
});

test("an annotation of GitHub has the place and one line, whatever is in it", () => {
  writeFileSync(PATH, MANY.replace("ptrcae", "ptr:c,a%e\\n"));
  const { status, stdout } = check(["--format", "github", "--ignore", "dangerous-allowance", FILE]);
  assert.is(status, 1);
  const lines = stdout.trimEnd().split("\n");
  assert.is(lines.pop(), "1 profile: 1 failed, 1 finding that must be fixed or accepted");
  const first = lines.find((line) => line.includes("unknown-syscall")) ?? "";
  assert.match(first, /^::error file=p\.json,line=2,col=11,endColumn=\d+,title=unknown-syscall::/);
  assert.match(first, "'ptr:c,a%25e%0A'");
  assert.ok(lines.every((line) => /^::(error|warning|notice) file=p\.json,line=\d+,col=\d+,/.test(line)));
  assert.ok(lines.some((line) => line.startsWith("::notice ") && line.includes("title=duplicate-name::")));
});

test("what fails a run is an error for GitHub, and comes first, since it shows ten", () => {
  const dangerous = "perf_event_open userfaultfd keyctl".split(" ");
  const rules = dangerous.map((name) => names(`"${name}"`, "ALLOW"));
  writeFileSync(PATH, denying([names('"close","close"', "ALLOW"), ...rules].join(",\n")));
  const kinds = (...args: readonly string[]): readonly string[] =>
    check(["--format", "github", ...args, FILE]).stdout.match(/^::[a-z]+|^\d+ profile.*/gm) ?? [];
  const lax = kinds();
  assert.ok(!lax.includes("::error") && lax.includes("::warning"), lax.join());
  const strict = kinds("--strict");
  const errors = strict.filter((kind) => kind === "::error").length;
  assert.is(errors, lax.filter((kind) => kind === "::warning").length);
  assert.equal(strict.slice(0, errors), Array(errors).fill("::error"));
  assert.is(strict.at(-1), `1 profile: 1 failed, ${errors} findings that must be fixed or accepted`);
  const many = Array.from({ length: 11 }, (_, i) => names(`"no_call_${i}"`, "ALLOW")).join(",\n");
  writeFileSync(PATH, denying(many));
  assert.match(
    check(["--format", "github", "--strict", FILE]).stdout,
    "; GitHub shows 10 of them at their lines\n",
  );
});

test("an annotation has the proof, as a command line", () => {
  writeFileSync(
    PATH,
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[\n{"names":["tkill"],"action":"SCMP_ACT_ERRNO"}]}',
  );
  assert.match(
    check(["--format", "github", FILE]).stdout,
    /%0Aproof: echo '[^']+' \| seccomp-exec simulate [^%]*\.\/p\.json {2}# lets it through, unlike '[^']+'%0Ahint: /,
  );
});

test("the help of a code refers to nothing that only the repository has", () => {
  for (const [code, text] of Object.entries(JSON.parse(HELP) as Record<string, string>)) {
    assert.not.match(text, /\bsrc\/|[Dd]ecision \d|\]\(/, code);
    assert.match(text, /[.)]$/, code);
  }
});

test("in a property commas and colons are escaped too", () => {
  writeFileSync(join(DIRECTORY, "a,b:c.json"), "{");
  assert.match(check(["--format", "github", "./a,b:c.json"]).stdout, "::error file=a%2Cb%3Ac.json,line=1,");
});

test("--format text and json are what is printed without it and with --json", () => {
  writeFileSync(PATH, MANY);
  assert.is(check(["--format", "text", FILE]).stdout, check([FILE]).stdout);
  assert.is(check(["--format", "json", FILE]).stdout, check(["--json", FILE]).stdout);
  assert.is(check(["--format", "json", "--json", FILE]).status, 1);
  const { status, stderr } = check(["--format", "sarif", "--json", FILE]);
  assert.is(status, 2);
  assert.match(stderr, "--json and --format sarif are both given");
});

// Directories

/** A tree of files with these texts. */
function tree(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    const full = join(DIRECTORY, name, path);
    mkdirSync(join(full, ".."), { recursive: true });
    writeFileSync(full, text);
  }
  return `./${name}`;
}

const GOOD = denying(names('"umask"', "ALLOW"));

test("a profile whose words are written with escapes is one of a directory's", () => {
  const escaped = (text: string): string => text.replaceAll("A", "\\u0041").replaceAll("_", "\\u005F");
  const directory = tree("escaped", {
    "a.json": escaped(denying("")),
    "b.yaml": 'kind: SeccompProfile\nspec:\n  "default\\x41ction": "SCMP\\x5fACT\\U0000005FALLOW"\n',
    "c.json": '{"a":"\\u0041"}',
  });
  const { profiles, others } = reportOf(check(["--json", directory]).stdout);
  assert.equal(
    profiles.map(({ profile }) => profile.slice(directory.length)),
    ["/a.json", "/b.yaml"],
  );
  assert.is(others, 1);
});

test("a directory stands for the profiles in it and below, without hidden files and other files", () => {
  const directory = tree("tree", {
    "b.json": GOOD,
    "a.json": MANY,
    "a.json.x86_64.filters": "a prepared filter",
    "package.json": '{"name":"not a profile"}',
    "notes.txt": GOOD,
    "broken.json": '{"defaultAction":',
    "below/deep/c.json": GOOD,
    "below/pod.yaml": "kind: Pod\n",
    ".hidden.json": GOOD,
    ".git/d.json": GOOD,
  });
  const { status, stdout } = check(["--json", directory]);
  assert.is(status, 1);
  const { profiles, others } = reportOf(stdout);
  assert.equal(
    profiles.map(({ profile }) => profile.slice(directory.length)),
    ["/a.json", "/b.json", "/below/deep/c.json", "/broken.json"],
  );
  assert.is(others, 2);
  assert.match(check([directory]).stdout, /\n4 profiles: 2 failed; 2 other files left out\n$/);
  assert.match(
    check([`${directory}/below/`]).stdout,
    /^\.\/tree\/below\/deep\/c\.json: ok\n1 profile: all pass; 1 other file left out\n$/,
  );
  assert.match(check(["."]).stdout, /^\.\/tree\/b\.json: ok$/m);
});

test("files are checked though their names are unusual, and other operands beside a directory", () => {
  const directory = tree("more", { "only.yml": "defaultAction: SCMP_ACT_ALLOW\n" });
  const { profiles } = reportOf(check(["--json", "builtin:strict.json", directory]).stdout);
  assert.equal(
    profiles.map(({ profile }) => profile),
    ["builtin:strict.json", `${directory}/only.yml`],
  );
});

test.run();
