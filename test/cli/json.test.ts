/**
 * What the verbs print with --json has the documented shape, whatever happens; build/output-schemas.ts defines it.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import * as assert from "uvu/assert";
import { OUTPUT_SCHEMAS } from "../../build/output-schemas.ts";
import { VERBS } from "../../src/verbs/table.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const ALLOWING = {
  defaultAction: "SCMP_ACT_ERRNO",
  archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
  syscalls: [
    { names: ["read", "execve", "exit_group"], action: "SCMP_ACT_ALLOW" },
    {
      names: ["perf_event_open"],
      action: "SCMP_ACT_ALLOW",
      comment: "seccomp-exec: accept dangerous-allowance: it measures",
    },
    { names: ["bpf"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_BPF"] } },
  ],
};
const DENYING = {
  defaultAction: "SCMP_ACT_ALLOW",
  architectures: ["SCMP_ARCH_X86_64"],
  syscalls: [
    { names: ["mkdir"], action: "SCMP_ACT_ERRNO" },
    {
      names: ["socket"],
      action: "SCMP_ACT_KILL",
      args: [{ index: 0, op: "SCMP_CMP_EQ", value: 38 }],
    },
  ],
};
const D = directoryOf({
  "a.json": JSON.stringify(ALLOWING),
  "b.json": JSON.stringify(DENYING),
  "bad.json": '{ "defaultAction": "SCMP_ACT_ALOW" }',
  "broken.json": "{",
  "policy.json": '{ "defaultProfile": "none.json" }',
  "bad-policy.json": '{ "enabeld": true }',
  "app.json": '{ "id": "/a", "cmd": "seccomp-exec --profile b.json -- sleep 1" }',
  "no-app.json": "{}",
});
const ON = ["--arch", "x86_64", "--caps", "none", "--kernel", "6.12"];
const FILTER = join(D, "b.bpf");
assert.is(run(["compile", ...ON, "-o", FILTER, join(D, "b.json")]).status, 0);
const PROFILES = directoryOf({ "a.json": JSON.stringify(ALLOWING), "broken.json": "{" });
const MANIFEST = join(D, "made.manifest");
writeFileSync(MANIFEST, run(["manifest", PROFILES]).stdout);
const LOG =
  'audit: type=1326 audit(1764511427.368:12): auid=1000 uid=1000 gid=1000 ses=3 pid=2267 comm="mkdir" exe="/usr/bin/mkdir" sig=31 arch=c000003e syscall=83 compat=0 ip=0x7f code=0x80000000\ntype=1326 arch=12345678 syscall=7 code=0x50000\n';

/** A command line without its `--json`, how it ends, and what it reads from standard input. */
type Situation = readonly [words: readonly string[], status: number, input?: string];

/** What prints objects, by the schema: reports, and streams of a line for each object. */
const SITUATIONS: Readonly<Record<string, readonly Situation[]>> = {
  check: [
    [["check", ...ON, "./a.json"], 0],
    [["check", ...ON, "--strict", "./b.json", "./bad.json", "builtin:log.json"], 1],
    [["check", ...ON, "./broken.json", "./none.json"], 1],
    [["check", ...ON, "--for", "kubernetes", "./a.json"], 1],
    [["check", ...ON, `${PROFILES}/`], 0],
    [["check", "--arch", "s390x", "-"], 0, JSON.stringify(DENYING)],
  ],
  "check-policy": [
    [["check-policy", "./policy.json"], 1],
    [["check-policy", "./bad-policy.json"], 1],
    [["check-policy", "-"], 0, "{}"],
  ],
  inspect: [
    [["inspect", ...ON, "./a.json"], 0],
    [["inspect", "--arch", "x86_64", "--kernel", "4.7", "./a.json"], 0],
    [["inspect", "--arch", "aarch64", "builtin:log.json"], 0],
    [["inspect", "--arch", "x86_64", "--caps", "all", "builtin:default.json"], 0],
    [["inspect", ...ON, FILTER], 0],
  ],
  merge: [
    [["merge", ...ON, "--same-architectures", "./b.json", "builtin:log.json"], 0],
    [["merge", ...ON, "--intersect", "-o", "merged.json", "./a.json", "./b.json"], 0],
  ],
  explain: [
    [["explain", ...ON, "./a.json", "bpf"], 0],
    [["explain", ...ON, "./b.json", "socket"], 0],
    [["explain", ...ON, "./b.json", "socket", "AF_ALG"], 0],
    [["explain", ...ON, "./a.json", "socketcall", "1"], 0],
    [["explain", ...ON, "./a.json", "cacheflush"], 0],
    [["explain", ...ON, "./a.json", "0x40000000"], 0],
    [["explain", ...ON, "-", "mseal"], 0, JSON.stringify(ALLOWING)],
    [["explain", ...ON, "builtin:strict.json", "socket"], 0],
  ],
  simulate: [
    [["simulate", ...ON, "./b.json"], 0, "x86_64 read\ns390x read\nx86_64 socket 38\n"],
    [["simulate", ...ON, FILTER], 0, "x86_64 mkdir\n"],
    [["simulate", ...ON, "--trace", "./b.json"], 0, "x86_64 read\ns390x read\nx86_64 socket AF_ALG\n"],
    [["simulate", ...ON, "--trace", FILTER], 0, "x86_64 mkdir\n"],
    [["simulate", ...ON, "./a.json"], 1, "x86_64 read\nx86_64 nope\n"],
  ],
  diff: [
    [["diff", ...ON, "./a.json", "./a.json"], 0],
    [["diff", "--arch", "x86_64", "./a.json", "./b.json"], 1],
    [["diff", ...ON, "./b.json", FILTER], 0],
  ],
  compile: [
    [["compile", ...ON, "./a.json"], 0],
    [["compile", "--arch", "s390x", "--caps", "none", "builtin:strict.json"], 0],
  ],
  disasm: [[["disasm", "--arch", "x86_64", FILTER], 0]],
  verify: [
    [["verify", ...ON, "./a.json"], 0],
    [["verify", ...ON, "./b.json", FILTER], 0],
    [["verify", ...ON, "./a.json", FILTER], 1],
  ],
  prepare: [
    [["prepare", PROFILES, "./a.json"], 1],
    [["prepare", "--check", PROFILES, "./none.json", "./b.json", "builtin:log.json"], 1],
  ],
  convert: [
    [["convert", ...ON, "--to", "docker", "./b.json"], 0],
    [["convert", ...ON, "--to", "oci", "-o", "out.json", "./a.json"], 0],
    [["convert", ...ON, "--to", "mesos", "./bad.json"], 1],
    [["convert", ...ON, "--to", "mesos", "./broken.json"], 1],
  ],
  denials: [
    [["denials"], 0, LOG],
    [["denials", ...ON, "--profile", "./b.json"], 0, LOG],
  ],
  list: [
    [["list", PROFILES], 1],
    [["list", resolve("profiles")], 0],
  ],
  "manifest-check": [
    [["manifest", "--check", MANIFEST, PROFILES], 1],
    [["manifest", "--check", "-", PROFILES], 1, '{"manifest":1,"version":"0","kernel":"1.1","profiles":[]}'],
  ],
  status: [
    [["status", String(process.pid)], 0],
    [["status", String(process.pid), "999999999"], 1],
  ],
  task: [
    [["task", "--profile-dir", D, "./app.json"], 0],
    [["task", "./no-app.json", "./broken.json"], 1],
  ],
  help: [
    [["help"], 0],
    [["help", "record"], 0],
  ],
  version: [[["version"], 0]],
  "dry-run": [
    [["--dry-run", "--profile", "./b.json", "--", "true"], 0],
    [["--dry-run", "--complain", "--audit", "--profile", "builtin:strict.json"], 0],
    [["--dry-run", "--unconfined"], 0],
  ],
};

/** What prints an object a line. */
const STREAMS = ["simulate", "denials"];

/** Verbs without a shape here, with the reason. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  manifest: "a manifest is JSON of a format of its own: docs/operations.md",
  record: "it runs a command, whose output standard output is",
};

const ajv = new Ajv({ allErrors: true, strict: true, strictTuples: false, allowUnionTypes: true });
const VALIDATORS = new Map<string, ValidateFunction>(
  Object.entries(OUTPUT_SCHEMAS).map(([name, schema]) => [name, ajv.compile(schema)]),
);

function objectsOf(name: string, { stdout }: Outcome): readonly unknown[] {
  const texts = STREAMS.includes(name) ? stdout.split("\n").filter((line) => line !== "") : [stdout];
  return texts.map((text) => JSON.parse(text));
}

/** What is wrong, as `POINTER KEYWORD`. */
function wrong(name: string, value: unknown): string[] {
  const validate = VALIDATORS.get(name);
  assert.ok(validate !== undefined, `no schema for ${name}`);
  validate(value);
  return (validate.errors ?? []).map(
    ({ instancePath, keyword, params }) => `${instancePath} ${keyword} ${JSON.stringify(params)}`,
  );
}

for (const [name, situations] of Object.entries(SITUATIONS)) {
  for (const [args, status, input] of situations) {
    test(`${args.join(" ").replaceAll(D, "D")} --json has the shape of ${name}`, () => {
      const [first = "", ...rest] = args;
      const outcome = run([first, "--json", ...rest], { cwd: D, ...(input === undefined ? {} : { input }) });
      assert.is(outcome.status, status, outcome.stderr);
      const objects = objectsOf(name, outcome);
      assert.ok(objects.length > 0);
      for (const one of objects) {
        assert.equal(wrong(name, one), []);
        assert.is(Object.keys(one as object)[0], "version");
      }
    });
  }
}

test("the schemas refuse what is too little or too much", () => {
  const [object] = objectsOf("version", run(["version", "--json"])) as Record<string, unknown>[];
  assert.equal(wrong("version", object), []);
  assert.is(wrong("version", { ...object, more: 1 }).length, 1);
  const { release: _, ...less } = object ?? {};
  assert.is(wrong("version", less).length, 1);
});

test("every verb has --json and a shape, or a reason", () => {
  for (const { name, options } of VERBS) {
    const hasJson = options.some((option) => option.name === "--json");
    const shape = name in SITUATIONS || Object.keys(SITUATIONS).some((one) => one.startsWith(`${name}-`));
    assert.is(hasJson, shape, name);
    assert.ok(shape || name in ELSEWHERE, name);
  }
  assert.equal(Object.keys(OUTPUT_SCHEMAS).sort(), Object.keys(SITUATIONS).sort());
});

/** The sections of docs/json.md by the name of the shape. */
const SECTIONS = new Map(
  readFileSync("docs/json.md", "utf8")
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const title = section.slice(0, section.indexOf("\n"));
      return [title === "A dry run" ? "dry-run" : title.replace(" --", "-"), section] as const;
    }),
);

test("docs/json.md shows an object of each shape", () => {
  assert.equal([...SECTIONS.keys()].sort(), Object.keys(OUTPUT_SCHEMAS).sort());
  for (const [name, section] of SECTIONS) {
    for (const [, text = ""] of section.matchAll(/^```json\n(.*?)^```$/gms)) {
      assert.equal(wrong(name, JSON.parse(text)), [], name);
    }
    // The examples that docs/examples.test.ts runs.
    assert.match(section, /^```(console|json)\n/m, name);
  }
});

test("what cannot be done is said on standard error, and there is no object", () => {
  for (const [args, status] of [
    [["verify", "./bad.json"], 1],
    [["diff", "./broken.json", "./a.json"], 1],
    [["inspect", "./bad.json"], 1],
    [["compile", "./none.json"], 1],
    [["disasm", "./a.json"], 1],
    [["list", "./none"], 1],
    [["simulate", "./bad.json"], 1],
    [["check", "--nope", "./a.json"], 2],
    [["check-policy", "./none.json"], 1],
    [["--dry-run", "--profile", "./none.json"], 125],
  ] as const) {
    const [first, ...rest] = args;
    const outcome = run([first, "--json", ...rest], { cwd: D, input: "" });
    assert.is(outcome.stdout, "", args.join(" "));
    assert.match(outcome.stderr, /error: /);
    assert.is(outcome.status, status);
  }
});

test("--json is --format json, and no other format is given with it", () => {
  for (const [verb, ...options] of [
    ["check", ...ON],
    ["compile", ...ON],
  ] as const) {
    const json = run([verb, "--json", ...options, "./a.json"], { cwd: D });
    assert.equal(run([verb, "--format", "json", ...options, "./a.json"], { cwd: D }), json);
    assert.equal(run([verb, "--format", "json", "--json", ...options, "./a.json"], { cwd: D }), json);
    const other = verb === "check" ? "sarif" : "asm";
    const both = run([verb, "--format", other, "--json", "./a.json"], { cwd: D });
    assert.is(both.status, 2);
    assert.match(both.stderr, `--json and --format ${other} are both given`);
  }
});

test("convert --json has the text that convert prints", () => {
  const args = [...ON, "--to", "docker", "./b.json"];
  const report = JSON.parse(run(["convert", "--json", ...args], { cwd: D }).stdout) as { converted: string };
  assert.is(report.converted, run(["convert", ...args], { cwd: D }).stdout);
  const file = { cwd: D };
  const written = JSON.parse(run(["convert", "--json", "-o", "out2.json", ...args], file).stdout) as object;
  assert.equal(written, { ...report, file: "out2.json" });
  assert.is(readFileSync(join(D, "out2.json"), "utf8"), report.converted);
});

test.run();
