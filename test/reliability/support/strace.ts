/**
 * Runs a launch under strace, which shows its system calls and lets those fail that it is told to.
 */

import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, temporaryDirectory } from "../../support/programs/program.ts";
import { MOUNTS, needs, STRACE } from "../../support/running/needs.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";
import { record } from "../../support/running/runs.ts";
import type { Launch } from "./launches.ts";

/** A system call as strace prints it. */
export interface Call {
  readonly name: string;
  /** How many of that name there have been, with this one; the exec of the launcher itself is not one. */
  readonly occurrence: number;
  /** What it returned, without the words that explain it. */
  readonly result: string;
  readonly injected: boolean;
  readonly line: string;
}

/** A launch that is over. */
export interface Traced {
  readonly outcome: Outcome;
  /** Whether it had to be ended. */
  readonly hung: boolean;
  /** What the launcher did. */
  readonly launcher: readonly Call[];
  /** What was done after it, from the command's exec on; empty where that was not reached. */
  readonly command: readonly Call[];
}

/** A launch under audit that is over. */
export interface Supervised extends Traced {
  /** What the supervisor did; empty where there was none. */
  readonly supervisor: readonly Call[];
}

/** What strace says of a result that a 32-bit program could not take; ours is none. */
const CLIPPED = /^strace: Injected return value .*\n/gm;

const DIRECTORY = temporaryDirectory();
chmodSync(DIRECTORY, 0o777);
let files = 0;

/**
 * Runs the launch once.
 *
 * @param options strace's: which calls to show, and which to tamper with
 */
export async function trace(launch: Launch, options: readonly string[]): Promise<Traced> {
  const file = join(DIRECTORY, `${files++}`);
  const result = await traceInto(file, launch, options);
  const calls = split(readFileSync(file, "latin1"));
  rmSync(file);
  return { ...result, ...calls };
}

/** The same, with the process that the launcher makes; what is tampered with is counted in each process on its own. */
export async function traceSupervised(launch: Launch, options: readonly string[]): Promise<Supervised> {
  const directory = join(DIRECTORY, `${files++}`);
  mkdirSync(directory, { mode: 0o777 });
  const result = await traceInto(join(directory, "calls"), launch, ["-ff", ...options]);
  const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), "latin1"));
  rmSync(directory, { recursive: true });
  // The supervisor executes nothing.
  const [launcher = ""] = texts.filter((text) => text.startsWith("execve("));
  const [supervisor = ""] = texts.filter((text) => text !== launcher);
  const { launcher: made } = split(supervisor);
  return { ...result, ...split(launcher), supervisor: made };
}

async function traceInto(
  file: string,
  launch: Launch,
  options: readonly string[],
): Promise<Pick<Traced, "outcome" | "hung">> {
  needs(MOUNTS, STRACE);
  const { uid, etc, env, command } = launch;
  const user = uid === undefined ? [] : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  const tracer = ["strace", "--signal=none", `--output=${file}`, ...variables, ...options, ...command];
  // Its own /etc, in a namespace of its own so that nothing is left of it; and the same addresses each time.
  const script = 'mount --bind "$1" /etc && shift && exec setarch -R "$@"';
  return await finished(["unshare", "--mount", "sh", "-c", script, "sh", etc, ...user, ...tracer]);
}

function finished([program = "", ...args]: readonly string[]): Promise<Pick<Traced, "outcome" | "hung">> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: DIRECTORY,
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, PATIENCE_MS);
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      const stderr = output.stderr.replaceAll(CLIPPED, "");
      const outcome = { status, signal, ...output, stderr };
      record({ command: [program, ...args], ...outcome });
      resolve({ outcome, hung });
    });
  });
}

const LINE = /^(\w+)\(.* = (-?\w+|\?)(?: .*)?$/;

/** The calls before the command's exec, and those from it on. */
function split(text: string): Pick<Traced, "launcher" | "command"> {
  const counts = new Map<string, number>();
  const calls: Call[] = [];
  for (const line of text.split("\n")) {
    const [, name, result] = LINE.exec(line) ?? [];
    if (name !== undefined && result !== undefined) {
      const occurrence = counts.get(name) ?? (name === "execve" ? 0 : 1);
      counts.set(name, occurrence + 1);
      calls.push({ name, occurrence, result, injected: line.endsWith("(INJECTED)"), line });
    }
  }
  const isExec = ({ name, result, occurrence }: Call) =>
    name === "execve" && result === "0" && occurrence > 0;
  const launcher = calls.filter((call) => !(call.name === "execve" && call.occurrence === 0));
  const exec = launcher.findIndex(isExec);
  return exec < 0
    ? { launcher, command: [] }
    : { launcher: launcher.slice(0, exec), command: launcher.slice(exec) };
}
