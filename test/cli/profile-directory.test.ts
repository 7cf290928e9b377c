/**
 * `list` and `manifest`: what a profile directory holds, and how it differs from another one.
 */

import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import {
  answering,
  directoryOf,
  type Files,
  profileOf,
  runCommandWithEtc,
  runWithEtc,
} from "../support/programs/files.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const FILES: Files = {
  "a.json": answering(1001),
  "b.json": profileOf({ names: ["mkdir"], action: "SCMP_ACT_ERRNO" }),
  "bad.json": '{ "defaultAction": "SCMP_ACT_DENY" }',
  "notes.txt": "no profile",
};

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const text = (directory: string, name: string) => readFileSync(join(directory, name), "utf8");

test("list shows name, digest, whether a profile is prepared, and what is wrong", () => {
  const directory = directoryOf(FILES);
  run(["prepare", join(directory, "a.json")]);
  const { stdout, status } = run(["list", directory]);
  const rows = stdout.trimEnd().split("\n");
  const of = (name: string) => digest(text(directory, name)).slice(0, 16);
  assert.equal(rows, [
    `a.json    ${of("a.json")}  prepared`,
    `b.json    ${of("b.json")}  not prepared`,
    `bad.json  ${of("bad.json")}  not valid     unknown action 'SCMP_ACT_DENY'`,
    `${directory}: 3 profiles`,
  ]);
  assert.is(status, 1);
  rmSync(join(directory, "bad.json"));
  assert.is(run(["list", directory]).status, 0);
});

test("list says that a prepared filter is not used, and why", () => {
  const directory = directoryOf({ "a.json": answering(1001) });
  run(["prepare", join(directory, "a.json")]);
  writeFileSync(join(directory, "a.json"), answering(1002));
  assert.match(run(["list", directory]).stdout, "not prepared  it was made from another text of the profile");
});

test("list --json has whole digests", () => {
  const directory = directoryOf(FILES);
  const { profiles } = JSON.parse(run(["list", "--json", directory]).stdout) as {
    profiles: { name: string; sha256: string; valid: boolean; prepared: boolean; why?: string }[];
  };
  assert.equal(
    profiles.map(({ name, sha256, valid, prepared, why }) => ({ name, sha256, valid, prepared, why })),
    ["a.json", "b.json", "bad.json"].map((name) => ({
      name,
      sha256: digest(text(directory, name)),
      valid: name !== "bad.json",
      prepared: false,
      why: name === "bad.json" ? "it is not valid" : "there is none",
    })),
  );
});

test("list without a directory shows what tasks can name", () => {
  const policy = { profileDir: "/etc/p", defaultProfile: "a.json", allowedProfiles: ["b.json"] };
  const etc: Files = {
    "seccomp-exec/policy.json": JSON.stringify(policy),
    "p/a.json": answering(1001),
    "p/b.json": answering(1002),
    "p/c.json": answering(1003),
  };
  assert.match(runWithEtc(etc, ["list"]).stdout, /^a\.json .*\nb\.json .*\n\/etc\/p: 2 profiles\n$/);
  assert.match(
    runWithEtc({ "x/default.json": answering(1) }, ["list"], { env: { MESOS_SECCOMP_CONFIG_DIR: "/etc/x" } })
      .stdout,
    /^default\.json .*\n\/etc\/x: 1 profile\n$/,
  );
  const none = runWithEtc({ empty: "" }, ["list"]);
  assert.match(none.stdout, /default\.json .* prepared\n(?:.*\n)*compiled in, as there is no directory/);
  assert.is(none.status, 0);
});

test("list tells what a launch refuses", () => {
  const etc = (policy: object): Files => ({
    "seccomp-exec/policy.json": JSON.stringify({ profileDir: "/etc/p", ...policy }),
    "p/a.json": answering(1001),
  });
  const within = (files: Files, args: readonly string[]) =>
    runCommandWithEtc(files, ["sh", "-c", 'chmod 777 /etc/p && exec "$@"', "sh", PROGRAM, ...args]);
  const launch = within(etc({ defaultProfile: "a.json" }), ["--", "true"]);
  assert.is(launch.status, 125);
  const { stdout, status } = within(etc({ defaultProfile: "a.json" }), ["list"]);
  assert.match(
    stdout,
    /^a\.json {2}- {2}refused {2}.*\/etc\/p on the way .* is writable by .*\nhint: .*chmod go-w/,
  );
  assert.is(status, 1);
  const said = runWithEtc(
    etc({ defaultProfile: "a.json", allowedProfiles: ["gone.json", "builtin:log.json"] }),
    ["list"],
  );
  assert.match(
    said.stdout,
    /^a\.json .*\ngone\.json .* refused .*no profile 'gone\.json'.*\nbuiltin:log\.json /,
  );
  assert.is(said.status, 1);
});

const FILTER = { default_action: "trap", filter_action: "allow", filter: [{ syscall: "read" }] };

test("list and manifest name each filter of a seccompiler file", () => {
  const files = { "vm.json": JSON.stringify({ vmm: FILTER, api: FILTER }), "a.json": answering(1) };
  const { stdout, status } = run(["list", directoryOf(files)]);
  assert.match(stdout, /^a\.json .*\nvm\.json#vmm .*\nvm\.json#api .*: 3 profiles\n$/s);
  assert.is(status, 0, stdout);
  const manifest = JSON.parse(run(["manifest", directoryOf(files)]).stdout) as { profiles: Entry[] };
  assert.equal(
    manifest.profiles.map(({ name }) => name),
    ["a.json", "vm.json#vmm", "vm.json#api"],
  );
  const etc: Files = {
    "seccomp-exec/policy.json": JSON.stringify({ profileDir: "/etc/p", allowedProfiles: ["vm.json#api"] }),
    "p/vm.json": files["vm.json"],
  };
  const permitted = runWithEtc(etc, ["list"]);
  assert.match(permitted.stdout, /^vm\.json#api .*\n\/etc\/p: 1 profile\n$/);
  assert.is(permitted.status, 0);
});

test("a directory that cannot be read is refused", () => {
  for (const verb of ["list", "manifest"]) {
    const { status, stderr } = run([verb, "/none"]);
    assert.match(stderr, "/none cannot be read: No such file");
    assert.is(status, 1);
  }
});

interface Entry {
  readonly name: string;
  readonly sha256: string;
  readonly filters: Readonly<Record<string, string>>;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly prepared: string;
}

test("a manifest has the digests of files and filters, and counts verdicts", () => {
  const directory = directoryOf({ "a.json": answering(13), "b.json": profileOf() });
  const { stdout, status } = run(["manifest", directory]);
  const { manifest, kernel, profiles } = JSON.parse(stdout) as {
    manifest: number;
    kernel: string;
    profiles: Entry[];
  };
  assert.is(manifest, 1);
  assert.is(status, 0);
  const [a, b] = profiles as [Entry, Entry];
  assert.is(a.sha256, digest(text(directory, "a.json")));
  // The filter as `compile` writes it, in digits.
  const file = join(directory, "a.bpf");
  const target = ["--arch", "x86_64", "--caps", "none", "--kernel", kernel];
  assert.is(run(["compile", ...target, "-o", file, join(directory, "a.json")]).status, 0);
  assert.is(a.filters["x86_64"], digest(digitsOf(readFileSync(file))));
  assert.is.not(a.filters["aarch64"], a.filters["x86_64"]);
  assert.is(a.verdicts["ERRNO(EACCES)"], 1);
  assert.is((a.verdicts["ALLOW"] ?? 0) + 1, b.verdicts["ALLOW"]);
  assert.is(a.prepared, "there is none");
});

/** Each instruction as sixteen digits: four of code, two of jt, two of jf, eight of k; struct sock_filter, little-endian. */
function digitsOf(filter: Buffer): string {
  let digits = "";
  for (let at = 0; at < filter.length; at += 8) {
    const hex = (value: number, width: number) => value.toString(16).padStart(width, "0");
    digits += hex(filter.readUInt16LE(at), 4) + hex(filter.readUInt8(at + 2), 2);
    digits += hex(filter.readUInt8(at + 3), 2) + hex(filter.readUInt32LE(at + 4), 8);
  }
  return digits;
}

test("manifest --check says which profiles differ, and exits with 1", () => {
  const directory = directoryOf({ "a.json": answering(1), "b.json": answering(2), "c.json": answering(3) });
  const file = join(directoryOf({}), "manifest.json");
  writeFileSync(file, run(["manifest", directory]).stdout);
  const check = () => run(["manifest", "--check", file, directory]);
  assert.equal([check().stdout, check().status], [`${directory}: 3 profiles, as in ${file}\n`, 0]);
  const piped = run(["manifest", "--check", "-", directory], { input: readFileSync(file) });
  assert.equal([piped.stdout, piped.status], [`${directory}: 3 profiles, as in standard input\n`, 0]);
  run(["prepare", join(directory, "a.json")]);
  assert.is(check().status, 0, "a prepared filter is no difference");
  writeFileSync(join(directory, "b.json"), answering(5));
  rmSync(join(directory, "c.json"));
  writeFileSync(join(directory, "d.json"), answering(4));
  const { stdout, status } = check();
  assert.is(status, 1);
  assert.match(stdout, /\/b\.json: the text differs: its SHA-256 is [0-9a-f]{64}, and not [0-9a-f]{64}\n/);
  assert.match(stdout, "/c.json: it is missing\n");
  assert.match(stdout, "/d.json: the manifest does not have it\n");
  assert.match(stdout, `: 3 profiles, 3 differences from ${file}\n`);
});

test("a manifest tells why a profile is not valid, and --check calls it no match", () => {
  const directory = directoryOf({
    "a.json": answering(1),
    "bad.json": '{ "defaultAction": "SCMP_ACT_DENY" }',
  });
  const made = run(["manifest", directory]);
  assert.is(made.status, 1);
  assert.match(made.stderr, `error: ${directory}/bad.json: unknown action 'SCMP_ACT_DENY'\n`);
  const { profiles } = JSON.parse(made.stdout) as { profiles: { name: string; error?: string }[] };
  assert.equal(
    profiles.map(({ name, error }) => [name, error]),
    [
      ["a.json", undefined],
      ["bad.json", "unknown action 'SCMP_ACT_DENY'"],
    ],
  );
  const file = join(directoryOf({ "m.json": made.stdout }), "m.json");
  const { stdout, status } = run(["manifest", "--check", file, directory]);
  assert.match(stdout, "/bad.json: it is not valid: unknown action 'SCMP_ACT_DENY'\n");
  assert.match(stdout, `: 2 profiles, 1 of them not valid, as in ${file}\n`);
  assert.is(status, 1);
});

test("--profile-dir names the directory too, but not beside it", () => {
  const directory = directoryOf({ "a.json": answering(1) });
  for (const verb of ["list", "manifest"]) {
    assert.equal(run([verb, "--profile-dir", directory]).stdout, run([verb, directory]).stdout);
    const { status, stderr } = run([verb, "--profile-dir", directory, directory]);
    assert.is(status, 2);
    assert.match(stderr, "both given");
  }
  const { status, stderr } = run(["manifest"]);
  assert.is(status, 2);
  assert.match(stderr, "needs a directory");
});

test("manifest --check tells the same text with another filter", () => {
  const directory = directoryOf({ "a.json": answering(1) });
  const other = run(["manifest", directory]).stdout.replace(/"aarch64": "./, '"aarch64": "!');
  const file = join(directoryOf({ "m.json": other }), "m.json");
  const { stdout, status } = run(["manifest", "--check", file, directory]);
  assert.match(
    stdout,
    /a\.json: the text is the same, but its filter for aarch64 differs: seccomp-exec \S+ made/,
  );
  assert.is(status, 1);
});

test("manifest --check reads standard input and pipes", () => {
  const directory = directoryOf({ "a.json": profileOf(), "é.json": profileOf() });
  const input = run(["manifest", directory]).stdout;
  for (const name of ["-", "/dev/stdin", "/dev/fd/0"]) {
    const { stdout, stderr, status } = run(["manifest", "--check", name, directory], { input });
    assert.equal({ stderr, status }, { stderr: "", status: 0 }, name);
    assert.match(stdout, `: 2 profiles, as in ${name === "-" ? "standard input" : name}\n`);
  }
  const script = '"$1" manifest --check <("$1" manifest "$2") "$2"';
  assert.is(runCommand(["bash", "-c", script, "bash", PROGRAM, directory]).status, 0);
  const latin = run(["manifest", "--check", "-", directory], { input: Buffer.from([0x22, 0xff, 0x22]) });
  assert.match(latin.stderr, "standard input is not a text in UTF-8");
});

test("a manifest that lacks a part is refused, or told as one without it", () => {
  const directory = directoryOf({ "a.json": profileOf() });
  const check = (value: unknown) =>
    run(["manifest", "--check", "-", directory], { input: JSON.stringify(value) });
  assert.match(check({ manifest: 1, profiles: {} }).stderr, "'profiles' must be a list\n");
  for (const entry of [
    null,
    1,
    {},
    { name: "a.json" },
    { name: 1, filters: {} },
    { name: "a.json", sha256: 1, filters: {} },
  ]) {
    assert.match(
      check({ manifest: 1, profiles: [entry] }).stderr,
      "'profiles' has at 0 what does not describe",
    );
  }
  const { stdout, status } = check({ manifest: 1, profiles: [{ name: "a.json", filters: {} }] });
  assert.match(stdout, "a.json: it could not be read where the manifest was made\n");
  assert.is(status, 1);
});

test("what is no manifest is refused", () => {
  const directory = directoryOf({ "text.json": "no", "other.json": "{}", "newer.json": '{"manifest": 2}' });
  const said = (name: string) => {
    const { stderr, status } = run(["manifest", "--check", join(directory, name), directory]);
    assert.is(status, 1);
    return stderr;
  };
  assert.match(said("text.json"), "is not a manifest: ");
  assert.match(said("other.json"), "is not a manifest\n");
  assert.match(said("newer.json"), "is a manifest of format 2");
  assert.match(said("none.json"), "none.json cannot be read: No such file");
});

test.run();
