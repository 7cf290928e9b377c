/**
 * Audited programs under strace: each call that they make, with its result, beside what the audit wrote about it.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate } from "../../../src/policy/evaluate.ts";
import type { Call, Policy } from "../../../src/policy/policy.ts";
import { actionOf } from "../../../src/policy/verdict.ts";
import { type Architecture, architectureByName } from "../../../src/tables/architectures.ts";
import { errnoName } from "../../../src/tables/errnos.ts";
import { multiplexers } from "../../../src/tables/multiplexers.ts";
import { SECCOMP_RET_DATA, SECCOMP_RET_ERRNO } from "../../../src/tables/seccomp.ts";
import { idOfSeen, multiplexedIds, syscallId, syscallName } from "../../../src/tables/syscalls.ts";
import { PROGRAM } from "../../support/programs/program.ts";
import type { Launching } from "./launching.ts";

/**
 * Audited and traced, under a profile: one run, since two would differ. Each command leaves `N.json`, what the audit wrote, and
 * `N.TID` for each thread, what strace saw, in the directory, which is the caller's.
 */
export function tracing(directory: string, profile: string): Launching {
  let runs = 0;
  return {
    isShipped: profile.startsWith("builtin:"),
    isParent: false,
    commandLine(_role, command, args) {
      runs += 1;
      const path = join(directory, String(runs));
      // -D: the program is the child of whoever started it. What is open in strace shows when it has written everything.
      const strace = ["strace", "-D", "-ff", "-n", "-qq", "-e", "signal=none", "-e", "raw=all", "-o", path];
      return [...strace, PROGRAM, `--audit=${path}.json`, "--profile", profile, "--", command, ...args];
    },
  };
}

/** What was compared. */
export interface Comparison {
  /** Calls made under the filter. */
  readonly calls: number;
  /** Calls that the policy denies. */
  readonly denied: number;
  /** What differs, one line each. */
  readonly wrong: readonly string[];
}

/** Compares what strace saw of all commands in a directory with what the audit wrote. */
export function compareTraces(directory: string, policy: Policy): Comparison {
  const names = readdirSync(directory);
  const runs = names.filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -".json".length));
  const compared = runs.map((run) => {
    const threads = names.filter((name) => name.startsWith(`${run}.`) && name !== `${run}.json`);
    const traces = new Map(
      threads.map((name) => [Number(name.slice(run.length + 1)), readTrace(join(directory, name))]),
    );
    return compareRun(confined(traces), readAudit(join(directory, `${run}.json`)), policy);
  });
  return {
    calls: compared.reduce((sum, { calls }) => sum + calls, 0),
    denied: compared.reduce((sum, { denied }) => sum + denied, 0),
    wrong: [...(runs.length === 0 ? ["nothing was traced"] : []), ...compared.flatMap(({ wrong }) => wrong)],
  };
}

/** A call in strace's file. */
interface Traced extends Call {
  readonly by: Architecture;
  readonly name: string;
  /** The first argument of a multiplexer, of which strace shows what it has in memory instead of the others. */
  readonly multiplexed: bigint | undefined;
  /** The errno's name, "" for success, undefined if the call did not return. */
  readonly result: string | undefined;
  /** The number that it returned; -1 for errors. */
  readonly value: number;
}

/** `<detached ...>`: the thread ended in the call, and strace has not seen the call return. */
const LINE =
  /^\[ *(\d+)\] (\w+)\((.*?)(?:( <detached \.\.\.>)|(?: <unfinished \.\.\.>)?\) += (?:(\?)|(-1)|(0x[0-9a-f]+|0))(?: (\w+))?)/;

function readTrace(path: string): readonly Traced[] {
  const among = [architectureByName("x86_64"), architectureByName("x86")] as Architecture[];
  const calls: Traced[] = [];
  for (const line of readFileSync(path, "latin1").split("\n")) {
    if (line === "" || line.startsWith("+++") || line.startsWith("---")) {
      continue;
    }
    const [, nr, name = "", args = "", detached, unknown, error, value, errno] = LINE.exec(line) ?? [];
    if (nr === undefined) {
      throw new Error(`${path}: not understood: ${line}`);
    }
    const fitting = among.flatMap((arch) => whichCall(arch, Number(nr), name) ?? []);
    // Numbers from 424 on are the same on all architectures: then the thread has not changed its own.
    const last = calls.at(-1)?.by;
    const which = fitting.find(({ by }) => by === last) ?? fitting[0];
    if (which === undefined) {
      throw new Error(`${path}: no call is known by this number and name: ${line}`);
    }
    const shown = args === "" ? [] : args.split(", ").map((word) => BigInt(word));
    const numbers = which.multiplexed === undefined ? shown : [which.multiplexed];
    calls.push({
      ...which,
      arch: which.by.token,
      nr: Number(nr),
      args: Array.from({ length: 6 }, (_, i) => numbers[i] ?? 0n),
      result: (detached ?? unknown) !== undefined ? undefined : error !== undefined ? errno : "",
      value: Number(value ?? -1),
    });
  }
  return calls;
}

/** The call of a number and strace's name for it, which is that of the call that a multiplexer makes. */
function whichCall(
  by: Architecture,
  nr: number,
  shown: string,
): Pick<Traced, "by" | "name" | "multiplexed"> | undefined {
  const id = idOfSeen(by, nr);
  const name = id < 0 ? undefined : syscallName(id);
  const multiplexer = multiplexers.find((one) => one.name === name);
  if (name === undefined || multiplexer === undefined) {
    return name === shown ? { by, name, multiplexed: undefined } : undefined;
  }
  const made = multiplexedIds(multiplexer.name).indexOf(String.fromCharCode(syscallId(shown) + 1));
  return made < 0 ? undefined : { by, name, multiplexed: BigInt(made) };
}

const SECCOMP_SET_MODE_FILTER = 1n;
const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8n;

/** The calls under the filter: not those of the launcher before it is installed, and not those of its supervisor. */
function confined(traces: ReadonlyMap<number, readonly Traced[]>): ReadonlyMap<number, readonly Traced[]> {
  const isInstallation = ({ name, args: [operation, flags = 0n], value }: Traced): boolean =>
    name === "seccomp" &&
    operation === SECCOMP_SET_MODE_FILTER &&
    (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) !== 0n &&
    value >= 0;
  const launchers = [...traces].filter(([, calls]) => calls.some(isInstallation));
  const [launcher] = launchers;
  if (launcher === undefined || launchers.length > 1) {
    throw new Error(`${launchers.length} threads installed a filter with a listener`);
  }
  const [thread, calls] = launcher;
  const start = calls.findIndex(isInstallation) + 1;
  const supervisors = calls.slice(0, start).flatMap(({ name, value }) => (name === "clone" ? [value] : []));
  const others = [...traces].filter(([each]) => each !== thread && !supervisors.includes(each));
  return new Map([[thread, calls.slice(start)], ...others]);
}

/** A line of the audit about a call, with the number of equal calls. */
interface Logged {
  readonly thread: number;
  readonly arch: string;
  readonly syscall: string;
  readonly number: number;
  readonly arguments: readonly { readonly value: string }[];
  readonly errno: string;
  count: number;
}

interface Audit {
  readonly logged: readonly Logged[];
  readonly ended: { readonly calls: number; readonly leftOut: number; readonly lost: number };
}

function readAudit(path: string): Audit {
  const byId = new Map<number, Logged>();
  // Where nothing was denied, nothing is written.
  let ended: Audit["ended"] = { calls: 0, leftOut: 0, lost: 0 };
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line === "") {
      continue;
    }
    const { kind, id, count, ...rest } = JSON.parse(line);
    if (kind === "denied") {
      byId.set(id, { ...rest, count: 1 });
    } else if (kind === "repeated") {
      (byId.get(id) as Logged).count = count;
    } else if (kind === "ended") {
      ended = rest;
    } else {
      throw new Error(`${path}: ${line}`);
    }
  }
  return { logged: [...byId.values()], ended };
}

function compareRun(
  traces: ReadonlyMap<number, readonly Traced[]>,
  { logged, ended }: Audit,
  policy: Policy,
): Comparison {
  const wrong: string[] = [];
  const tallies = new Map<
    string,
    { answered: number; interrupted: number; logged: number; calls: Traced[] }
  >();
  const tallyOf = (thread: number, arch: string, name: string, errno: string) => {
    const key = `${thread}: ${arch} ${name} = ${errno}`;
    const tally = tallies.get(key) ?? { answered: 0, interrupted: 0, logged: 0, calls: [] };
    tallies.set(key, tally);
    return tally;
  };
  let calls = 0;
  let denied = 0;
  for (const [thread, trace] of traces) {
    for (const call of trace) {
      calls += 1;
      const verdict = evaluate(policy, call);
      if (actionOf(verdict) !== SECCOMP_RET_ERRNO) {
        continue;
      }
      denied += 1;
      const errno = verdict & SECCOMP_RET_DATA;
      const name = errnoName(errno, call.by) ?? String(errno);
      const tally = tallyOf(thread, call.by.name, call.name, name);
      tally.calls.push(call);
      if (call.result === undefined) {
        // A signal interrupted it or ended its thread: before or after the supervisor had it.
        tally.interrupted += 1;
      } else if (call.result === name) {
        tally.answered += 1;
      } else {
        wrong.push(
          `${thread}: ${call.name} must fail with ${name}, and its result is ${call.result || "success"}`,
        );
      }
    }
  }
  for (const line of logged) {
    const { thread, arch, syscall, errno, count } = line;
    const tally = tallyOf(thread, arch, syscall, errno);
    tally.logged += count;
    if (!tally.calls.some((call) => isOf(line, call))) {
      wrong.push(`logged, with arguments that strace does not show: ${JSON.stringify(line)}`);
    }
  }
  for (const [key, tally] of tallies) {
    const { answered, interrupted } = tally;
    if (tally.logged < answered || tally.logged > answered + interrupted) {
      wrong.push(`${key}: ${answered} were denied, and ${tally.logged} logged`);
    }
  }
  if (ended.leftOut + ended.lost > 0) {
    wrong.push(`the audit is not complete: ${JSON.stringify(ended)}`);
  } else if (ended.calls !== logged.reduce((sum, { count }) => sum + count, 0)) {
    wrong.push(`the audit counts ${ended.calls} calls at its end, which its lines do not`);
  }
  return { calls, denied, wrong };
}

/** Whether a line has a call's arguments. It shows what the kernel takes of each. */
function isOf(line: Logged, { args, multiplexed }: Traced): boolean {
  return line.arguments.every(({ value }, i) => {
    if (i > 0 && multiplexed !== undefined) {
      return true;
    }
    const traced = args[i] ?? 0n;
    const shown = BigInt(value);
    return shown === traced || shown === BigInt.asUintN(32, traced) || shown === BigInt.asUintN(16, traced);
  });
}
