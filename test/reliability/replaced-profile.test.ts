/**
 * A profile that is changed as fast as that can be done while thousands of launches read it.
 */

import { spawn } from "node:child_process";
import { chownSync, copyFileSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import * as assert from "uvu/assert";
import { directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { PROGRAM, run } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { MOUNTS, needs, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { clear } from "./support/faults.ts";
import { swarm, type Tally } from "./support/swarm.ts";
import { answers, saw, WITNESS, word } from "./support/witness.ts";

const FLIP = compileC("test/reliability/native/flip.c");

/** So many rules all answer the same, over several pages of the file: a mixture of two profiles answers differently. */
const RULES = Array.from({ length: 12 }, (_, i) => i);

/** Three times as large, where the sizes are to differ. */
function content(errno: number, comment: number): string {
  return profileOf(...RULES.map((rule) => answers(rule, errno, { comment: "-".repeat(comment) })));
}

const LAUNCHES = extent(400, 1500);
const AT_ONCE = 4;

interface Changed extends Tally {
  /** How many times the file was changed meanwhile. */
  readonly changes: number;
  /** How many launches ran under each content, and how many were refused. */
  readonly under: readonly [number, number];
  readonly refused: number;
}

/** Launches while `flip` changes the profile in that way: test/reliability/native/flip.c. */
function launchesWhile(way: string, sizes: readonly [number, number]): Promise<Changed> {
  const d = directoryOf({ "a.json": content(1001, sizes[0]), "b.json": content(1002, sizes[1]) });
  const profile = `${d}/p.json`;
  copyFileSync(`${d}/a.json`, profile);
  return launchesDuring([way, profile, `${d}/a.json`, `${d}/b.json`], profile);
}

/** Launches under a profile while `flip` is at work. */
async function launchesDuring(
  work: readonly [string, ...string[]],
  profile: string,
  { uid = process.geteuid?.() ?? 0, launches = LAUNCHES } = {},
): Promise<Changed> {
  needs(MOUNTS);
  const flip = spawn(FLIP, work, { stdio: ["pipe", "pipe", "inherit"], uid });
  let printed = "";
  flip.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const ended = new Promise((resolve) => flip.on("close", resolve));
  const tally = swarm(launches, AT_ONCE, [PROGRAM, "--profile", profile, "--", WITNESS, ...RULES.map(word)]);
  flip.stdin.end();
  assert.is(await ended, 0, "the profile was being changed all the time");
  const { statuses, longest, seconds } = tally;
  const under = [statuses[saw(1001)] ?? 0, statuses[saw(1002)] ?? 0] as const;
  const refused = statuses[125] ?? 0;
  const changes = Number(printed);
  console.log(
    `${work[0]}: ${changes} changes, ${launches} launches: ${under.join(" and ")} under one of the two, ` +
      `${refused} refused, ${launches - under[0] - under[1] - refused} else ` +
      `(${seconds.toFixed(1)} s, the longest ${longest} ms)`,
  );
  return { ...tally, changes, under, refused };
}

/** Each launch ran under one of the contents as a whole, or said why it did not run; none was ended, or left anything. */
function oneOrTheOther(changed: Changed): void {
  const { statuses, signals, under, refused, strangers, left, changes, stderr } = changed;
  const allowed = new Set([saw(1001), saw(1002), 125]);
  assert.equal(
    Object.keys(statuses).filter((status) => !allowed.has(Number(status))),
    [],
  );
  assert.equal([signals, strangers, left], [{}, 0, 0]);
  assert.is(under[0] + under[1] + refused, LAUNCHES);
  assert.ok(under[0] > 0 && under[1] > 0, "both contents were met");
  assert.ok(changes > LAUNCHES, "it changed more often than it was read");
  assert.ok(refused === 0 ? stderr === "" : clear(stderr), stderr.slice(0, 500));
}

test("another file renamed over it: each launch runs under the one or the other, and none is refused", async () => {
  const changed = await launchesWhile("rename", [300, 900]);
  oneOrTheOther(changed);
  assert.is(changed.refused, 0);
});

test("directories, fifos, sockets, devices and links in its place are refused and not waited for", async () => {
  const changed = await launchesWhile("kinds", [300, 900]);
  oneOrTheOther(changed);
  for (const reason of ["directory", "not a regular file", "No such device", "ymbolic link", "not exist"]) {
    assert.ok(changed.stderr.includes(reason), `one was refused for: ${reason}`);
  }
});

test("emptied and written again, in two sizes: what is not whole is refused", async () => {
  const changed = await launchesWhile("truncate", [300, 900]);
  oneOrTheOther(changed);
  assert.ok(changed.refused > 0, "some were read when they were not whole");
});

test("written over in place: no call is answered by anything but one of the two contents", async () => {
  // Nobody can read a file in one piece while it is written over: the kernel copies page by page. Whoever writes so
  // may have a launch run under rules of both, but never under a rule of neither, and never without a filter.
  const { statuses, signals, lines, strangers, left } = await launchesWhile("rewrite", [600, 600]);
  assert.equal(
    Object.keys(statuses).filter((status) => !["39", "41", "42", "125"].includes(status)),
    [],
  );
  assert.equal([signals, strangers, left], [{}, 0, 0]);
  const answered = new Set(Object.keys(lines).flatMap((line) => line.split(" ")));
  answered.delete("");
  assert.equal([...answered].sort(), ["-1001", "-1002"]);
});

/** Two directories of root's, each with a profile and what was prepared of it. */
function twoDirectories(): string {
  const d = directoryOf({ "a/p.json": content(1001, 300), "b/p.json": content(1002, 900) });
  assert.is(run(["prepare", `${d}/a/p.json`, `${d}/b/p.json`]).status, 0);
  return d;
}

test("a link on the way that root replaces: each launch runs under the one or the other, and none is refused", async () => {
  const d = twoDirectories();
  symlinkSync("a", `${d}/current`);
  const changed = await launchesDuring(["link", `${d}/current`, "a", "b"], `${d}/current/p.json`);
  oneOrTheOther(changed);
  assert.is(changed.refused, 0);
});

test("directories of root's that a user has change places: no launch of root's runs under either", async () => {
  needs(ROOT);
  const d = twoDirectories();
  mkdirSync(`${d}/u/c`, { recursive: true });
  renameSync(`${d}/a`, `${d}/u/a`);
  renameSync(`${d}/b`, `${d}/u/b`);
  symlinkSync("a", `${d}/u/link`);
  chownSync(`${d}/u`, NOBODY, NOBODY);
  const work = ["exchange", `${d}/u/a`, `${d}/u/b`, `${d}/u/link`] as const;
  // To say why it is refused takes a launch ten times as long.
  const launches = extent(100, 300);
  const changed = await launchesDuring(work, `${d}/u/a/p.json`, { uid: NOBODY, launches });
  assert.is(changed.refused, launches);
  assert.ok(changed.changes > launches, "they changed places more often than was looked");
  const blamed = `the directory ${d}/u on the way to the profile ${d}/u/a/p.json belongs to user ${NOBODY}`;
  const lines = changed.stderr.split("\n").filter((line) => line.startsWith("seccomp-exec: error: "));
  assert.ok(lines.length > 0 && lines.every((line) => line.includes(blamed)), changed.stderr.slice(0, 500));
});

test.run();
