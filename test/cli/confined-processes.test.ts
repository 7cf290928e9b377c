/**
 * `status`: whether processes are confined, and by which profiles.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, run } from "../support/programs/program.ts";
import { FILTERS_READABLE, needs } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";

const D = directoryOf({
  "a.json": answering(1001),
  "b.json": answering(1002),
  "open.json": profileOf(),
  "caps.json": profileOf({
    names: ["sched_get_priority_max"],
    action: "SCMP_ACT_ERRNO",
    excludes: { caps: ["CAP_NET_ADMIN"] },
  }),
});

/** Starts a command that waits for the end of its input, and asks for its status once it runs. */
async function statusUnder(
  before: readonly string[],
  ...options: readonly string[]
): Promise<Outcome & { pid: number }> {
  return statusOf([...before, "sh", "-c", "echo; exec cat"], ...options);
}

/** Starts a command that prints a line once it runs and then waits for the end of its input, and asks for its status. */
async function statusOf(
  [program = "", ...args]: readonly string[],
  ...options: readonly string[]
): Promise<Outcome & { pid: number }> {
  const child: ChildProcess = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await new Promise((done, failed) => {
      child.stdout?.once("data", done);
      child.once("exit", failed);
    });
    const pid = child.pid ?? 0;
    return { ...run(["status", ...options, String(pid)]), pid };
  } finally {
    child.stdin?.end();
  }
}

const under = (profile: string, ...options: readonly string[]) => [
  PROGRAM,
  ...options,
  "--profile",
  profile,
  "--",
];
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const said = ({ stdout }: Outcome) => stdout.slice(stdout.indexOf(":") + 2).trimEnd();

test("status says whether a process is confined", async () => {
  const none = await statusUnder([]);
  assert.match(none.stdout, new RegExp(`^${none.pid} (sh|cat): not confined`));
  assert.is(none.status, 0);
  const one = await statusUnder([...under(join(D, "a.json"), "--no-new-privs"), ...under(join(D, "b.json"))]);
  assert.match(said(one), /^under \d filters?, no_new_privs$/);
});

test("status --identify names the profile by its filter", async () => {
  needs(FILTERS_READABLE);
  for (const name of ["a.json", "b.json"]) {
    const outcome = await statusUnder(under(join(D, name)), "--identify", "--profile-dir", D);
    assert.is(said(outcome), `under ${name} (sha256:${sha256(join(D, name))})`);
    assert.is(outcome.status, 0);
  }
  const strict = await statusUnder(under("builtin:log.json"), "--identify", "--profile-dir", D);
  assert.match(said(strict), /^under log\.json \(sha256:/);
});

test("status --identify names the options that change the filter, and never takes a complaining one for a denying one", async () => {
  needs(FILTERS_READABLE);
  const trapping = directoryOf({
    "trap.json": profileOf({ names: ["mkdir"], action: "SCMP_ACT_TRAP" }),
  });
  const options = async (profile: string, ...given: readonly string[]) => {
    const outcome = await statusUnder(
      under(profile, ...given),
      "--identify",
      "--profile-dir",
      dirname(profile),
    );
    return / with (.*)$/.exec(said(outcome))?.[1];
  };
  const [errno, trap] = [join(D, "a.json"), join(trapping, "trap.json")];
  assert.is(await options(errno, "--complain"), "--complain, which denies nothing");
  const either = "--audit, which denies nothing if --complain was given too";
  assert.is(await options(errno, "--audit=/dev/null"), either);
  assert.is(await options(errno, "--audit=/dev/null", "--complain"), either);
  assert.is(await options(trap, "--audit=/dev/null"), "--audit");
  assert.is(
    await options(trap, "--audit=/dev/null", "--complain"),
    "--audit --complain, which denies nothing",
  );
});

test("status --identify finds a filter that was made for the capabilities of the command", async () => {
  needs(FILTERS_READABLE);
  for (const caps of ["all", "none"]) {
    const outcome = await statusUnder(
      under(join(D, "caps.json"), "--caps", caps),
      "--identify",
      "--profile-dir",
      D,
    );
    assert.match(said(outcome), /^under caps\.json /);
  }
});

test("status --identify shows all filters, the oldest first, and says which are unknown", async () => {
  needs(FILTERS_READABLE);
  const other = directoryOf({ "other.json": answering(77) });
  const chain = [
    ...under(join(D, "a.json")),
    ...under(join(other, "other.json")),
    ...under(join(D, "b.json")),
  ];
  assert.match(
    said(await statusUnder(chain, "--identify", "--profile-dir", D)),
    /^under a\.json \(\S+\) and an unknown filter and b\.json \(\S+\)$/,
  );
});

/** What `status --json` prints. */
interface Report<Process> {
  readonly processes: readonly Process[];
  readonly errors: readonly unknown[];
}

test("status --json has the profiles, or null for an unknown filter", async () => {
  needs(FILTERS_READABLE);
  const other = directoryOf({ "other.json": answering(78) });
  const chain = [...under(join(D, "a.json")), ...under(join(other, "other.json"))];
  const { stdout, pid } = await statusUnder(chain, "--identify", "--json", "--profile-dir", D);
  const { processes, errors } = JSON.parse(stdout) as Report<Record<string, unknown>>;
  const [shown] = processes;
  assert.equal(errors, []);
  const { command: _, ...rest } = shown ?? {};
  assert.equal(rest, {
    pid,
    mode: "filter",
    filters: 2,
    noNewPrivs: false,
    profiles: [{ name: "a.json", sha256: sha256(join(D, "a.json")), options: [], denies: true }, null],
    threads: null,
  });
});

test("status tells of threads whose filters differ: a process is confined only if all of them are", async () => {
  const threads = compileC("test/cli/native/threads.c", "-pthread");
  const filter = join(D, "a.bpf");
  assert.is(run(["compile", "--caps", "none", "-o", filter, join(D, "a.json")]).status, 0);
  const differ = /: 2 threads: 1 under 1 filter, no_new_privs; 1 not confined\n$/;
  assert.match((await statusOf([threads, "first", filter])).stdout, differ);
  const second = await statusOf([threads, "second", filter]);
  assert.match(second.stdout, /: 2 threads: 1 not confined; 1 under 1 filter, no_new_privs\n$/);
  assert.match((await statusOf([threads, "all", filter])).stdout, /: under 1 filter, no_new_privs\n$/);
  // The first thread had a filter and has ended; the one that runs has none.
  assert.match((await statusOf([threads, "left", filter])).stdout, /: not confined\n$/);
  for (const mode of ["first", "second"]) {
    const { stdout } = await statusOf([threads, mode, filter], "--json");
    const [shown] = (JSON.parse(stdout) as Report<Record<string, unknown> & { threads: unknown[] }>)
      .processes;
    assert.is(shown?.["mode"], "none");
    assert.is(shown?.["filters"], 0);
    assert.is(shown?.["noNewPrivs"], false);
    assert.is(shown?.threads.length, 2);
  }
});

test("status --identify reads the filters of each thread", async () => {
  needs(FILTERS_READABLE);
  const threads = compileC("test/cli/native/threads.c", "-pthread");
  const filter = join(D, "a.bpf");
  assert.is(run(["compile", "--caps", "none", "-o", filter, join(D, "a.json")]).status, 0);
  const named = `under a.json (sha256:${sha256(join(D, "a.json"))})`;
  const identify = (mode: string, ...options: readonly string[]) =>
    statusOf([threads, mode, filter], "--identify", "--profile-dir", D, ...options);
  assert.is(said(await identify("first")), `2 threads: 1 ${named}, no_new_privs; 1 not confined`);
  assert.is(said(await identify("second")), `2 threads: 1 not confined; 1 ${named}, no_new_privs`);
  assert.is(said(await identify("all")), `${named}, no_new_privs`);
  assert.is(said(await identify("left")), "not confined");
  const both = await statusOf(
    [...under(join(D, "b.json")), threads, "second", filter],
    "--identify",
    "--json",
    "--profile-dir",
    D,
  );
  const [shown] = (
    JSON.parse(both.stdout) as Report<{ profiles: { name: string }[]; threads: { count: number }[] }>
  ).processes;
  assert.equal(
    shown?.profiles.map(({ name }) => name),
    ["b.json"],
    "what all threads are under",
  );
  assert.equal(
    shown?.threads.map(({ count }) => count),
    [1, 1],
  );
});

test("status --identify says that a profile denies nothing", async () => {
  needs(FILTERS_READABLE);
  const { stdout } = await statusUnder(
    under(join(D, "open.json")),
    "--identify",
    "--json",
    "--profile-dir",
    D,
  );
  const [shown] = (JSON.parse(stdout) as Report<{ profiles: { denies: boolean }[] }>).processes;
  assert.is(shown?.profiles[0]?.denies, false);
});

test("status --json has what cannot be shown beside the others", () => {
  const { stdout, stderr, status } = run(["status", "--json", String(process.pid), "999999999"]);
  const { processes, errors } = JSON.parse(stdout) as Report<{ pid: number }>;
  assert.equal([processes.map(({ pid }) => pid), status], [[process.pid], 1]);
  assert.equal(errors, [
    {
      pid: 999999999,
      message: "there is no process 999999999 in /proc: No such file or directory",
      hint: null,
    },
  ]);
  assert.match(stderr, "there is no process 999999999 in /proc: No such file or directory");
});

test("status refuses what is no process, and shows the others", () => {
  const { stdout, stderr, status } = run(["status", String(process.pid), "999999999"]);
  assert.match(stdout, new RegExp(`^${process.pid} `));
  assert.match(stderr, "there is no process 999999999 in /proc: No such file or directory");
  assert.is(status, 1);
  for (const word of ["0", "-1", "x", "1x", "99999999999"]) {
    assert.is(run(["status", "--", word]).status, 2, word);
  }
});

test("status --identify without the privilege is refused with what it takes", async () => {
  needs(FILTERS_READABLE);
  const child = spawn(PROGRAM, ["--profile", join(D, "a.json"), "--", "sh", "-c", "echo; exec cat"]);
  await new Promise((done) => child.stdout.once("data", done));
  const outcome = run(["status", "--identify", String(child.pid)], { uid: NOBODY });
  child.stdin.end();
  assert.match(outcome.stderr, /cannot be read: .*\n.*it takes root with CAP_SYS_ADMIN/);
  assert.is(outcome.status, 1);
});

test.run();
