/**
 * The examples for repositories of profiles: the hook of git refuses a commit, and the workflow of GitHub a change, that breaks
 * one.
 */

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { denying, names } from "../../build/diagnostics/case-profiles.ts";
import { type Outcome, PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { GIT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const GOOD = denying(names('"umask"', "ALLOW"));
const REMARKED = denying(names('"umask","umask"', "ALLOW"));
const DANGEROUS = denying(names('"perf_event_open"', "ALLOW"));
const MISTAKEN = denying(names('"clsoe"', "ALLOW"));
const ACCEPTED = DANGEROUS.replace(
  '{"names":["perf_event_open"]',
  '{"comment":"seccomp-exec: accept dangerous-allowance: it measures","names":["perf_event_open"]',
);

/** Runs a command in a directory, with the executable in its PATH and nothing of the user's settings. */
function runIn(directory: string, ...command: readonly string[]): Outcome {
  const bin = join(directory, ".bin");
  mkdirSync(bin, { recursive: true });
  copyFileSync(PROGRAM, join(bin, "seccomp-exec"));
  const env = {
    PATH: `${bin}:${process.env["PATH"]}`,
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "a",
    GIT_AUTHOR_EMAIL: "a@localhost",
    GIT_COMMITTER_NAME: "a",
    GIT_COMMITTER_EMAIL: "a@localhost",
  };
  return runCommand(command, { cwd: directory, env });
}

/** Runs a command that must succeed. */
function done(directory: string, ...command: readonly string[]): string {
  const { status, stdout, stderr } = runIn(directory, ...command);
  assert.is(status, 0, `${command.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

/** A repository with the hook, in which files can be written. */
function repository(): { directory: string; write(path: string, text: string): void } {
  const directory = temporaryDirectory();
  done(directory, "git", "init", "-q", ".");
  copyFileSync("examples/git/pre-commit", join(directory, ".git/hooks/pre-commit"));
  return {
    directory,
    write: (path, text) => {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    },
  };
}

testWith(GIT)("the hook lets a good profile pass, and refuses one with a mistake or a danger", () => {
  const { directory, write } = repository();
  // A remark is nothing that the author of a commit must read.
  write("profiles/web.json", REMARKED);
  assert.match(done(directory, "seccomp-exec", "check", "./profiles"), "remark");
  done(directory, "git", "add", "profiles");
  const { status, stdout, stderr } = runIn(directory, "git", "commit", "-qm", "good");
  assert.equal([status, stdout, stderr], [0, "", ""]);
  for (const [text, code] of [
    [DANGEROUS, "dangerous-allowance"],
    [MISTAKEN, "unknown-syscall"],
  ] as const) {
    write("profiles/below/db.json", text);
    done(directory, "git", "add", "profiles");
    const { status, stdout, stderr } = runIn(directory, "git", "commit", "-qm", "bad");
    assert.is(status, 1);
    assert.match(`${stdout}${stderr}`, `[${code}]`);
    assert.match(`${stdout}${stderr}`, "./profiles/below/db.json:2:");
  }
  write("profiles/below/db.json", ACCEPTED);
  done(directory, "git", "add", "profiles");
  done(directory, "git", "commit", "-qm", "accepted");
});

testWith(GIT)("the hook looks at what is staged, and at commits that change profiles only", () => {
  const { directory, write } = repository();
  write("profiles/web.json", GOOD);
  done(directory, "git", "add", "profiles");
  write("profiles/web.json", MISTAKEN);
  done(directory, "git", "commit", "-qm", "the staged text is good");
  write("notes.txt", "x");
  done(directory, "git", "add", "notes.txt");
  done(directory, "git", "commit", "-qm", "no profile");
  done(directory, "git", "add", "profiles");
  write("profiles/web.json", GOOD);
  assert.is(runIn(directory, "git", "commit", "-qm", "the staged text is bad").status, 1);
  done(directory, "git", "reset", "-q");
  done(directory, "git", "rm", "-qr", "profiles");
  done(directory, "git", "commit", "-qm", "none is left");
});

interface Workflow {
  readonly jobs: { readonly check: { readonly steps: readonly { readonly run?: string }[] } };
}

/** The commands of the workflow, as a runner has them run by a shell. */
const STEPS = (
  parse(readFileSync("examples/github/profiles.yml", "utf8")) as Workflow
).jobs.check.steps.flatMap(({ run = "" }) => (run === "" ? [] : [run]));

test("the workflow's first step fails for a bad profile and annotates it, and the second one writes the findings", () => {
  const [annotate = "", write = "", ...more] = STEPS;
  assert.equal(more, []);
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "profiles"));
  const file = join(directory, "profiles/web.json");
  const step = (command: string): Outcome => runIn(directory, "sh", "-e", "-c", command);
  for (const [text, status, annotation] of [
    [GOOD, 0, /^$/],
    [ACCEPTED, 0, /^$/],
    [
      DANGEROUS,
      1,
      /^::error file=profiles\/web\.json,line=2,col=11,endColumn=28,title=dangerous-allowance::[^\n]+\n1 profile: 1 failed, [^\n]+\n$/,
    ],
    [MISTAKEN, 1, /^::error file=profiles\/web\.json,line=2,.*title=unknown-syscall::/],
  ] as const) {
    writeFileSync(file, text);
    const first = step(annotate);
    assert.is(first.status, status, first.stdout);
    assert.match(first.stdout, annotation);
    rmSync(join(directory, "profiles.sarif"), { force: true });
    assert.is(step(write).status, 0);
    const { version } = JSON.parse(readFileSync(join(directory, "profiles.sarif"), "utf8")) as {
      version: string;
    };
    assert.is(version, "2.1.0");
  }
  rmSync(file);
  assert.is(step(annotate).status, 1, "a directory without profiles");
});

test.run();
