/**
 * Faults to inject into a launch, and what may come of each.
 */

import { availableParallelism } from "node:os";
import { errnosOf } from "./errnos.ts";
import type { Launch } from "./launches.ts";
import { type Call, type Traced, trace } from "./strace.ts";

/** A way for one call to fail. */
export interface Fault {
  /** What fails, for people. */
  readonly what: string;
  readonly call: Call;
  /** Whether every later call of that name fails too. */
  readonly lasting: boolean;
  /** What strace is told. */
  readonly options: readonly string[];
}

/** What may come of a fault. */
export type Kind =
  /** The command ran, under exactly the profile that it runs under without the fault. */
  | "ran"
  /** The launcher said why it does not run the command, and ended with 125, 126 or 127. */
  | "refused"
  /** A signal ended the launcher before anything ran. */
  | "signal";

export interface Result {
  readonly fault: Fault;
  readonly traced: Traced;
  /** Or what is wrong with what came of it. */
  readonly kind: Kind | { readonly wrong: string };
}

/** Those that a static program's start makes before `main`, in the command too. */
const START = new Set([
  "arch_prctl",
  "brk",
  "getrandom",
  "mprotect",
  "prlimit64",
  "readlink",
  "rseq",
  "set_robust_list",
  "set_tid_address",
]);

/** The calls of a launch that is not disturbed. */
export interface Baseline {
  readonly launch: Launch;
  readonly traced: Traced;
}

/** The calls that can fail: those of the launcher, and its last one, which is the command's exec. */
export function callsOf({ launcher, command }: Traced): Call[] {
  return [...launcher, ...command.slice(0, 1)];
}

export async function baselineOf(launch: Launch): Promise<Baseline> {
  return { launch, traced: await trace(launch, []) };
}

/** Each errno of each of these calls, for that call alone. */
export function once(calls: readonly Call[]): Fault[] {
  return calls.filter(({ name }) => name !== "brk").flatMap((call) => withErrnos(call, false));
}

/**
 * The same, but every later call of that name fails too: what fails once is tried again by the toolkit, which begins
 * anew.
 */
export function lasting(calls: readonly Call[], runsCommand: boolean): Fault[] {
  // The command must get what its own start needs, and has to print.
  const spared = (name: string) => START.has(name) || (runsCommand && ["newfstatat", "write"].includes(name));
  return calls.filter(({ name }) => !spared(name)).flatMap((call) => withErrnos(call, true));
}

function withErrnos(call: Call, lasts: boolean): Fault[] {
  const { name, occurrence } = call;
  // No kernel interrupts a call for ever, nor keeps a descriptor busy that poll(2) calls ready: whoever is told so
  // has to try again.
  const never = ["EINTR", name === "write" ? "EAGAIN" : ""];
  const errnos = errnosOf(name).filter((errno) => !lasts || !never.includes(errno));
  const when = `${occurrence}${lasts ? "+" : ""}`;
  return errnos.map((errno) => ({
    what: `${name} ${when}: ${errno}`,
    call,
    lasting: lasts,
    options: [`--trace=${name},execve`, `--inject=${name}:error=${errno}:when=${when}`],
  }));
}

/** Injects them one by one, as many launches at a time as there are processors. */
export async function inject(baseline: Baseline, faults: readonly Fault[]): Promise<Result[]> {
  const results: Result[] = [];
  const rest = faults.entries();
  const worker = async () => {
    for (const [index, fault] of rest) {
      const traced = await trace(baseline.launch, fault.options);
      results[index] = { fault, traced, kind: judge(baseline.traced, fault, traced) };
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return results;
}

function judge(undisturbed: Traced, fault: Fault, traced: Traced): Result["kind"] {
  const { outcome, hung, launcher, command } = traced;
  const injected = launcher.filter((call) => call.injected).length;
  const wrong = (what: string) => ({ wrong: what });
  if (hung) {
    return wrong("it had to be ended");
  }
  if (fault.call.name === "brk" && fault.lasting && command.some((call) => call.injected)) {
    // The launcher got by with what it had, and now the command's own start gets no memory.
    const same = installed(traced) === installed(undisturbed) && outcome.stdout === "";
    return same ? "ran" : wrong("the command was started otherwise than without the fault");
  }
  if (injected === 0 || (!fault.lasting && injected > 1) || command.some((call) => call.injected)) {
    return wrong(`the fault hit ${injected} calls of the launcher`);
  }
  const { status, signal, stdout, stderr } = outcome;
  const expected = undisturbed.outcome;
  const silenced = fault.call.name === "write";
  if (command.length > 0 || stdout !== "") {
    const same = stdout === expected.stdout && status === expected.status;
    const saysTheSame = stderr === expected.stderr || (silenced && stderr === "");
    return same && saysTheSame ? "ran" : wrong("the command ran otherwise than without the fault");
  }
  if (signal !== null) {
    return "signal";
  }
  if (status === null || ![125, 126, 127].includes(status)) {
    return wrong("no status of the launcher's");
  }
  return clear(stderr) || silenced ? "refused" : wrong("no clear message");
}

/** The length of the filter that the launcher installed, as strace shows it. */
function installed({ launcher }: Traced): string | undefined {
  const last = launcher.filter(({ name, result }) => name === "seccomp" && result === "0").at(-1);
  return last && /len=\d+/.exec(last.line)?.[0];
}

/** Whether these are the launcher's own words, one of them an error, and nothing of what it is made of. */
export function clear(stderr: string): boolean {
  const lines = stderr.split("\n");
  return (
    lines.pop() === "" &&
    lines.every((line) => /^seccomp-exec: (error|warning|hint): ./.test(line)) &&
    lines.some((line) => line.startsWith("seccomp-exec: error: ")) &&
    !/internal error|panicked|\bat .*:\d+|QuickJS|TypeError|RangeError|undefined|\[object/.test(stderr)
  );
}
