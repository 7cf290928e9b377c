/**
 * Lets each system call of a launch under audit fail, of the launcher and of the supervisor: no command without its filter, no
 * hang, and no line that is not true.
 */

import { availableParallelism } from "node:os";
import * as assert from "uvu/assert";
import { extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";
import { errnosOf } from "./support/errnos.ts";
import { clear } from "./support/faults.ts";
import { AUDITED } from "./support/launches.ts";
import { type Call, type Supervised, traceSupervised } from "./support/strace.ts";

/** A call of either process that fails, and every later one of that name in both if it lasts. */
interface Fault {
  readonly what: string;
  readonly name: string;
  readonly options: readonly string[];
}

/** Errnos that say no more than that the call has to be made again: for ever, they are answered by trying for ever. */
const AGAIN: ReadonlySet<string> = new Set(["EINTR", "EAGAIN"]);
/** By these the two processes wait for each other: how often depends on who runs when. */
const WAITING: ReadonlySet<string> = new Set(["sched_yield", "nanosleep", "futex", "wait4"]);
/** The last word of a supervisor that has no memory for naming its first call. */
const OUT_OF_MEMORY = "seccomp-exec: error: out of memory\n";
/** What the start of any program needs: a fault there ends the launcher or the command before `main`. */
const START: ReadonlySet<string> = new Set([
  "arch_prctl",
  "brk",
  "exit_group",
  "getrandom",
  "mprotect",
  "prlimit64",
  "readlink",
  "rseq",
  "set_robust_list",
  "set_tid_address",
]);

function faultsOf({ launcher, supervisor }: Supervised): Fault[] {
  const counts = new Map<string, number>();
  for (const calls of [launcher, supervisor]) {
    for (const { name, occurrence } of calls) {
      counts.set(name, Math.max(counts.get(name) ?? 0, occurrence));
    }
  }
  const named = [...counts].filter(([name]) => !START.has(name));
  return named.flatMap(([name, count], which) => {
    const occurrences = WAITING.has(name) ? [1] : Array.from({ length: count }, (_, i) => i + 1);
    const errnos = errnosOf(name);
    return occurrences.flatMap((at) =>
      errnos.flatMap((errno, i) =>
        [`${at}`, `${at}+`]
          .filter((when) => !(when.endsWith("+") && AGAIN.has(errno)))
          // Another part of the errnos of each call.
          .filter((_, j) => (i + j + at + which) % Math.min(extent(6, 1), errnos.length) === 0)
          .map((when) => ({
            what: `${name} ${when}: ${errno}`,
            name,
            options: [`--trace=${name},execve`, `--inject=${name}:error=${errno}:when=${when}`],
          })),
      ),
    );
  });
}

/** The lines of the audit with what differs each time left out, and the others. */
function linesOf(stderr: string): { audit: string[]; others: string } {
  const [audit, others]: [string[], string[]] = [[], []];
  for (const line of stderr.split("\n")) {
    const said = /^seccomp-exec: \d{4}-\S+Z (.*)$/.exec(line)?.[1];
    if (said !== undefined) {
      audit.push(said.replace(/^[^[]*\[\d+\]/, "TASK"));
    } else {
      others.push(line);
    }
  }
  return { audit, others: others.join("\n") };
}

type Kind = "ran" | "ran, without its supervisor" | "refused" | "killed";

/** What came of a fault, or what is wrong with it. */
function judge(
  undisturbed: Supervised,
  { name }: Fault,
  traced: Supervised,
): Kind | { readonly wrong: string } {
  const { outcome, hung, launcher, supervisor, command } = traced;
  const wrong = (what: string) => ({ wrong: what });
  if (hung) {
    return wrong("it had to be ended");
  }
  if (!WAITING.has(name) && ![...launcher, ...supervisor, ...command].some(({ injected }) => injected)) {
    return wrong("the fault hit no call");
  }
  const { status, signal, stdout, stderr } = outcome;
  const { audit, others } = linesOf(stderr);
  const known = linesOf(undisturbed.outcome.stderr).audit;
  // Where /proc/TID/status cannot be read, the task has no name; where its memory cannot, its arguments are numbers.
  const untrue = audit.filter((line) => !known.includes(line) && !/\d+ (?:calls|lines) /.test(line));
  if (untrue.length > 0) {
    return wrong(`an untrue line: ${untrue[0]}`);
  }
  if (command.length > 0 || stdout !== "") {
    const [got, expected] = [stdout, undisturbed.outcome.stdout].map((text) => text.trim().split(" "));
    const same = (each: string, i: number): boolean => {
      const wanted = expected?.[i];
      return each === wanted || (Number(wanted) < -1000 && each === "-38");
    };
    if (command.some(({ injected }) => injected) && stdout === "") {
      return "ran";
    }
    const inMemory = others === "" || (others === OUT_OF_MEMORY && got?.includes("-38") === true);
    if (got?.length !== expected?.length || !got?.every(same) || !inMemory) {
      return wrong("the command ran otherwise than without the fault");
    }
    return stdout === undisturbed.outcome.stdout ? "ran" : "ran, without its supervisor";
  }
  if (signal === "SIGKILL") {
    // The supervisor has taken the listener, and could not let the command begin.
    return name === "ioctl" ? "killed" : wrong("killed");
  }
  if (status === null || ![125, 126, 127].includes(status)) {
    return wrong(`no status of the launcher's: ${status} ${signal}`);
  }
  return clear(others) || (name === "write" && others === "") ? "refused" : wrong("no clear message");
}

async function injectAll(undisturbed: Supervised, faults: readonly Fault[]) {
  const results: { fault: Fault; traced: Supervised; kind: ReturnType<typeof judge> }[] = [];
  const rest = faults.entries();
  const worker = async () => {
    for (const [index, fault] of rest) {
      const traced = await traceSupervised(AUDITED, fault.options);
      results[index] = { fault, traced, kind: judge(undisturbed, fault, traced) };
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

const namesOf = (calls: readonly Call[]): string[] =>
  calls
    .map(({ name }) => name)
    .filter((name) => !["sched_yield", "nanosleep", "futex", "wait4"].includes(name));

test("without a fault a launch under audit makes the same calls each time, in both processes", async () => {
  const [one, other] = [await traceSupervised(AUDITED, []), await traceSupervised(AUDITED, [])];
  assert.is(one.outcome.stdout, AUDITED.printed);
  assert.equal(one.outcome.status, other.outcome.status);
  assert.equal(namesOf(one.launcher), namesOf(other.launcher));
  assert.equal(namesOf(one.supervisor), namesOf(other.supervisor));
  assert.ok(one.supervisor.length > 20);
});

test("each call of a launch under audit may fail: no command without its filter, no hang, no untrue line", async () => {
  const undisturbed = await traceSupervised(AUDITED, []);
  const faults = faultsOf(undisturbed);
  assert.ok(faults.length > extent(100, 500), `${faults.length} faults`);
  const results = await injectAll(undisturbed, faults);
  const counts: Record<string, number> = {};
  for (const { kind } of results) {
    const name = typeof kind === "string" ? kind : "wrong";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  console.log(`${results.length} faults: ${JSON.stringify(counts)}`);
  const wrong = results.flatMap(({ fault, kind, traced }) =>
    typeof kind === "string" ? [] : [`${fault.what}: ${kind.wrong}: ${JSON.stringify(traced.outcome)}`],
  );
  assert.equal(wrong.slice(0, 30), []);
  assert.ok((counts["refused"] ?? 0) > 20 && (counts["ran"] ?? 0) > 20);
});

test.run();
