/**
 * Lets each system call of a launch fail with each errno that it can fail with, one by one.
 *
 * `make test` takes each call, but with few of its errnos. FAULTS=all injects into the calls of all launches; else those that
 * are alike are only tried in the main ones.
 */

import * as assert from "uvu/assert";
import { extent } from "../support/running/extent.ts";
import { MOUNTS, needs, STRACE } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { baselineOf, callsOf, type Fault, inject, lasting, once, type Result } from "./support/faults.ts";
import { type Launch, MAIN, OTHERS, SCRIPT, withOptions } from "./support/launches.ts";
import { type Call, type Traced, trace } from "./support/strace.ts";

const WHOLE = process.env["FAULTS"] === "all";
/** Of the errnos of a call one in so many is tried. */
const ONE_IN = extent(8, 1);

/**
 * What is not counted as a fault: who is told by the kernel that there is no policy has none; and a file that cannot
 * be executed is given to the shell, which is what {@link SCRIPT} is for.
 */
const NO_FAULT: ReadonlySet<string> = new Set([
  "a profile under the operator's policy, newfstatat 1: ENOENT",
  ...[...MAIN, ...OTHERS].map(({ name }) => `${name}, execve 1: ENOEXEC`),
]);

/**
 * What the C library does of its own, before `main` or beneath it, and ends the process for when it fails. Nothing has
 * run by then, and nothing runs after.
 */
function isOfTheLibrary({ call }: Fault, calls: readonly Call[]): boolean {
  // The first thing that `main` does is to look at the clock.
  const main = calls.findIndex(({ name }) => name === "clock_gettime");
  const at = calls.findIndex(({ name, occurrence }) => name === call.name && occurrence === call.occurrence);
  return at < main;
}

/** Without what the main launches do in the same way: the start, and the many questions for one capability each. */
function different(calls: readonly Call[]): Call[] {
  const own = calls.slice(calls.findIndex(({ name }) => name === "capget"));
  const asked = own.filter(({ line }) => line.startsWith("prctl(PR_CAPBSET_READ"));
  const some = new Set([0, 1, 21, 40, 41, asked.length - 1].map((index) => asked[index]));
  return own.filter((call) => !asked.includes(call) || some.has(call));
}

function chosen(launch: Launch, traced: Traced): Call[] {
  const calls = callsOf(traced);
  return WHOLE || MAIN.includes(launch) ? calls : different(calls);
}

const WAYS: Readonly<Record<string, (calls: readonly Call[], traced: Traced) => Fault[]>> = {
  "a call that fails once": (calls) => once(calls),
  "a call that fails from then on": (calls, { command }) => lasting(calls, command.length > 0),
};

/** Some of the errnos of each call, others for each. */
function sampled(faults: readonly Fault[]): Fault[] {
  const calls = [...new Set(faults.map(({ call }) => call))];
  return calls.flatMap((call, which) => {
    const ofCall = faults.filter((fault) => fault.call === call);
    return ofCall.filter((_, i) => (i + which) % Math.min(ONE_IN, ofCall.length) === 0);
  });
}

const sums: Record<string, number> = {};

function report(title: string, results: readonly Result[]): void {
  const counts: Record<string, number> = {};
  for (const { kind } of results) {
    const name = typeof kind === "string" ? kind : "wrong";
    counts[name] = (counts[name] ?? 0) + 1;
    sums[name] = (sums[name] ?? 0) + 1;
  }
  console.log(`${title}: ${results.length} faults: ${inNumbers(counts)}`);
}

function inNumbers(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

for (const launch of [...MAIN, ...OTHERS]) {
  for (const [way, faultsOf] of Object.entries(WAYS)) {
    const title = `${launch.name}: ${way}`;
    test(title, async () => {
      const baseline = await baselineOf(launch);
      const calls = callsOf(baseline.traced);
      const some = chosen(launch, baseline.traced);
      const faults = sampled(
        faultsOf(some, baseline.traced).filter(({ what }) => !NO_FAULT.has(`${launch.name}, ${what}`)),
      );
      assert.ok(faults.length > 10, "there are faults to inject");
      const results = await inject(baseline, faults);
      report(title, results);
      const unexpected = results.filter(
        ({ kind, fault }) => !["ran", "refused"].includes(String(kind)) && !isOfTheLibrary(fault, calls),
      );
      const wrong = results.filter(({ kind }) => typeof kind !== "string");
      complain([...new Set([...wrong, ...unexpected])]);
    });
  }
}

/** Fails with the first few of these results, if there are any. */
function complain(results: readonly Result[]): void {
  const shown = results.slice(0, 5).map(inWords);
  const more = results.length > shown.length ? [`and ${results.length - shown.length} more`] : [];
  assert.equal([...shown, ...more], []);
}

function inWords({ fault, kind, traced: { outcome } }: Result): string {
  const came = typeof kind === "string" ? kind : kind.wrong;
  return `${fault.what} (${fault.call.line.slice(0, 60)}): ${came}: ${JSON.stringify(outcome)}`;
}

test("a script: neither exec of it, nor the filter before them, can fail unseen", async () => {
  const baseline = await baselineOf(SCRIPT);
  const { launcher, command } = baseline.traced;
  const calls = callsOf(baseline.traced).filter(({ name }) => ["seccomp", "execve"].includes(name));
  assert.match(launcher.at(-1)?.line ?? "", /^execve\(.* ENOEXEC/);
  assert.match(command[0]?.line ?? "", /^execve\("\/bin\/sh", /);
  const results = await inject(baseline, once(calls));
  report(SCRIPT.name, results);
  complain(results.filter(({ kind }) => kind !== "ran" && kind !== "refused"));
  const exec = results.filter(({ fault }) => fault.call.name === "execve");
  assert.ok(exec.length > 30);
  assert.ok(exec.every(({ kind, fault }) => fault.what.endsWith("ENOEXEC") || kind === "refused"));
});

test("without a fault each of these launches makes the same calls, and is confined", async () => {
  for (const launch of [...MAIN, ...OTHERS, SCRIPT]) {
    const [one, other] = [await trace(launch, []), await trace(launch, [])];
    assert.equal(one.outcome, other.outcome);
    const names = (traced: Traced) => callsOf(traced).map(({ name }) => name);
    assert.equal(names(one), names(other), `${launch.name}: the same calls each time`);
    assert.is(one.outcome.stdout, launch.printed ?? one.outcome.stdout, launch.name);
  }
});

test("what the witness prints under the default profile, it prints under no other, nor without one", async () => {
  const printed = new Set<string>();
  const builtin = ["default", "strict", "relaxed", "dcos"].map((name) => `builtin:${name}.json`);
  for (const options of [...builtin.map((name) => ["--profile", name]), ["--unconfined"]]) {
    const { outcome } = await trace(withOptions(options), []);
    printed.add(outcome.stdout);
  }
  assert.is(printed.size, builtin.length + 1);
  const { outcome } = await trace(withOptions([]), []);
  assert.is(outcome.stdout, [...printed][0]);
});

test("there were enough faults", () => {
  needs(MOUNTS, STRACE);
  const all = Object.values(sums).reduce((sum, count) => sum + count, 0);
  console.log(`altogether: ${all} faults: ${inNumbers(sums)}`);
  assert.ok(all > extent(1000, 4000), `${all} faults`);
});

test.run();
