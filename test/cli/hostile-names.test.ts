/**
 * Names and texts from outside with line breaks, escapes for terminals and bidirectional controls: no verb prints them as they are.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { VERBS } from "../../src/verbs/table.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { needs } from "../support/running/needs.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test } from "../support/running/test.ts";

/** Line breaks after which a forged line begins, and what a terminal obeys: escape sequences (U+009B is one), an override. */
const HOSTILE = "a\n::error::x\r\x1b[31m\u009b31m\u2028\u202eb";

const D = temporaryDirectory();
const PROFILES = join(D, HOSTILE);
mkdirSync(PROFILES);
const at = (name: string): string => join(PROFILES, name);
const save = (name: string, value: unknown): string => {
  writeFileSync(at(name), typeof value === "string" ? value : JSON.stringify(value));
  return at(name);
};

const ALLOWING = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }],
};
const VALID = save(`${HOSTILE}.json`, {
  ...ALLOWING,
  comment: HOSTILE,
  syscalls: [
    {
      names: ["mkdir"],
      action: "SCMP_ACT_ERRNO",
      comment: `seccomp-exec: accept way-around-by-sibling: ${HOSTILE}`,
    },
    {
      names: ["chmod"],
      action: "SCMP_ACT_ERRNO",
      comment: `${HOSTILE}\nseccomp-exec: accept ${HOSTILE}: ${HOSTILE}`,
    },
  ],
});
const INVALID = save("invalid.json", {
  defaultAction: HOSTILE,
  [HOSTILE]: 1,
  architectures: [HOSTILE],
  syscalls: [
    { names: [HOSTILE], action: HOSTILE, args: [{ index: 0, value: HOSTILE, op: HOSTILE }], [HOSTILE]: [] },
  ],
});
const YAML = save(
  `${HOSTILE}.yaml`,
  `kind: SeccompProfile\nspec:\n  defaultAction: ${JSON.stringify(HOSTILE)}\n`,
);
const FILTER = at(`${HOSTILE}.bpf`);
const BROKEN = save("broken.bpf", "{}");
const LATIN = save("latin.json", ALLOWING);
writeFileSync(at("latin.json"), Buffer.from(`{"defaultAction":"\xff\x1b[31m"}`, "latin1"));
const POLICY = save(`${HOSTILE}-policy.json`, {
  profileDir: `/${HOSTILE}`,
  defaultProfile: `${HOSTILE}.json`,
  allowedProfiles: [`${HOSTILE}.json`, `/${HOSTILE}`],
  listener: `/${HOSTILE}`,
});
const OFF = save("off.json", {
  profileDir: `/${HOSTILE}`,
  listener: `/${HOSTILE}`,
  allowedProfiles: [],
  [HOSTILE]: 1,
});
const MEANT = save("meant.json", { profileDir: `/${HOSTILE}`, listener: `/${HOSTILE}`, enabled: true });
const MANIFEST = join(D, "manifest.json");
writeFileSync(
  MANIFEST,
  JSON.stringify({
    manifest: 1,
    version: HOSTILE,
    kernel: "6.0",
    profiles: [
      { name: HOSTILE, sha256: HOSTILE, filters: { [HOSTILE]: HOSTILE }, verdicts: {}, prepared: HOSTILE },
      { name: "latin.json", sha256: HOSTILE, filters: {}, verdicts: {}, prepared: "used" },
    ],
  }),
);
const RECORD = `type=SECCOMP msg=audit(1.0:1): pid=1 comm=${Buffer.from(HOSTILE).toString("hex").toUpperCase()} exe=${Buffer.from(`/${HOSTILE}`).toString("hex").toUpperCase()} sig=0 arch=c000003e syscall=83 compat=0 ip=0x1 code=0x50000\n`;

/** Command lines of each verb; `input` is their standard input. */
const LINES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  check: [VALID, INVALID, YAML, LATIN, BROKEN, at("none\n::error::x"), PROFILES].flatMap((one) => [
    ["check", one],
    ["check", "--json", one],
    ["check", "--format", "sarif", one],
    ["check", "--for", "docker", one],
    ["check", "--format", "github", one],
    ["check", "--only", HOSTILE, one],
  ]),
  "check-policy": [POLICY, OFF, MEANT].flatMap((one) => [
    ["check-policy", one],
    ["check-policy", "--json", one],
    ["check-policy", "--profile-dir", PROFILES, one],
  ]),
  compile: [
    ["compile", "-o", FILTER, VALID],
    ["compile", "--format", "asm", VALID],
    ["compile", "--format", "json", VALID],
    ["compile", "-o", join(PROFILES, HOSTILE, HOSTILE), VALID],
    ["compile", INVALID],
    ["compile", "--arch", HOSTILE, VALID],
  ],
  convert: ["docker", "oci", "mesos"].flatMap((to) => [
    ["convert", "--to", to, VALID],
    ["convert", "--to", to, INVALID],
    ["convert", "--json", "--to", to, VALID],
    ["convert", "--json", "--to", to, INVALID],
  ]),
  denials: [["denials"], ["denials", "--json"], ["denials", HOSTILE]],
  diff: [
    ["diff", VALID, FILTER],
    ["diff", "--json", VALID, FILTER],
    ["diff", VALID, INVALID],
    ["diff", YAML, at("none\n::error::x")],
    ["diff", VALID, LATIN],
  ],
  disasm: [
    ["disasm", FILTER],
    ["disasm", BROKEN],
    ["disasm", at(HOSTILE)],
  ],
  explain: [
    ...["profile", "policy", "graph", "bpf"].flatMap((stage) => [
      ["explain", "--stage", stage, VALID],
      ["explain", "--stage", stage, INVALID],
    ]),
    ["explain", VALID, "read"],
    ["explain", "--json", VALID, "read"],
    // A patch of a file has the file's own lines.
    ["explain", "--patch", INVALID, "read"],
    ["explain", VALID, HOSTILE],
    ["explain", VALID, "read", HOSTILE],
    ["explain", INVALID, "read"],
  ],
  help: [["help"], ["help", HOSTILE]],
  inspect: [
    ["inspect", VALID],
    ["inspect", "--json", VALID],
    ["inspect", INVALID],
    ["inspect", "--all", YAML],
  ],
  merge: [
    ["merge", "-o", join(D, "merged.json"), VALID, VALID],
    ["merge", "--json", VALID, VALID],
    ["merge", VALID, INVALID],
    ["merge", "-o", join(PROFILES, HOSTILE, HOSTILE), VALID, VALID],
  ],
  list: [
    ["list", PROFILES],
    ["list", "--json", PROFILES],
    ["list", at(HOSTILE)],
  ],
  manifest: [
    ["manifest", PROFILES],
    ["manifest", "--check", MANIFEST, PROFILES],
    ["manifest", "--check", VALID, PROFILES],
    ["manifest", "--check", MANIFEST, "--json", PROFILES],
    ["manifest", "--check", at(HOSTILE), PROFILES],
  ],
  prepare: [
    ["prepare", VALID],
    ["prepare", INVALID],
    ["prepare", "--json", VALID, INVALID],
    ["prepare", at("none\n::error::x")],
  ],
  record: [
    ["record", "-o", join(PROFILES, HOSTILE, HOSTILE), "--", "true"],
    ["record", "-o", join(D, "recorded.json"), "--merge", INVALID, "--", "true"],
    ["record", "-o", join(D, "recorded.json"), "--", HOSTILE],
  ],
  simulate: [
    ["simulate", VALID],
    ["simulate", "--json", VALID],
    ["simulate", "--trace", VALID],
    ["simulate", "--trace", "--json", VALID],
    ["simulate", FILTER],
    ["simulate", INVALID],
  ],
  status: [["status"], ["status", HOSTILE], ["status", "--json"]],
  task: [
    ["task", VALID],
    ["task", at(HOSTILE)],
    ["task", at("none\n::error::x")],
  ],
  verify: [
    ["verify", VALID],
    ["verify", VALID, FILTER],
    ["verify", VALID, BROKEN],
    ["verify", INVALID],
  ],
  version: [["version", HOSTILE]],
  launch: [
    ["--profile", VALID, "--verbose", "--", "true"],
    ["--profile", INVALID, "--", "true"],
    ["--profile", YAML, "--", "true"],
    ["--profile", LATIN, "--", "true"],
    ["--profile", at("none\n::error::x"), "--", "true"],
    ["--profile", VALID, "--", HOSTILE],
    ["--profile", VALID, "--", at(HOSTILE)],
    ["--dry-run", "--profile", VALID, "--", "true"],
    ["--dry-run", "--json", "--profile", VALID, "--", "true"],
    ["--audit", join(PROFILES, HOSTILE, HOSTILE), "--profile", VALID, "--", "true"],
    ["--listener", HOSTILE, "--profile", VALID, "--", "true"],
    [`--${HOSTILE}`],
    [HOSTILE],
    [`${HOSTILE}.json`],
  ],
};

/** What no output has: all that `printable` escapes, but for tabs and line feeds. */
const RAW =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/;

function forged(output: string, isGithub: boolean): string | undefined {
  const line = /^::.*/gm;
  const lines = output.match(line) ?? [];
  return (
    RAW.exec(output)?.[0] ??
    lines.find((one) => !isGithub || !/^::(?:error|warning|notice) file=[^:]*,title=[a-z0-9-]+::/.test(one))
  );
}

function input(verb: string): string {
  return verb === "denials" ? RECORD : verb === "simulate" ? `x86_64 mkdir\nx86_64 ${HOSTILE}\n` : "";
}

test("every verb is given hostile names", () => {
  assert.equal(Object.keys(LINES).sort(), [...VERBS.map(({ name }) => name), "launch"].sort());
});

for (const [verb, lines] of Object.entries(LINES)) {
  test(`${verb}: hostile names and texts are printed escaped`, () => {
    needs(NO_SETTINGS);
    for (const args of lines) {
      const { stdout, stderr } = runCommand([PROGRAM, ...args], { input: input(verb) });
      for (const output of [stdout, stderr]) {
        assert.is(
          JSON.stringify(forged(output, args.includes("github"))),
          undefined,
          `${JSON.stringify(args)}\n${JSON.stringify(output)}`,
        );
      }
    }
  });
}

test("the files that were written are what was asked for", () => {
  assert.ok(readFileSync(FILTER).length > 0);
});

test.run();
