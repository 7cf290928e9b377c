/**
 * Runs the project's checks and tests, one at a time per processor, and prints the counts in a last line.
 *
 * Usage: run.ts [--all] [NAME...]: only the suites whose names contain one of the words. Suites with real engines, whose names
 * begin with "integration", run only if a word names them. With --all the tests leave out nothing slow.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { type FileResult, RESULT } from "./result.ts";
import { hidingSettings } from "./support/running/settings.ts";

/** A check, or a file of tests. */
interface Job {
  readonly name: string;
  /** The test file; absent: a command. */
  readonly file?: string;
  readonly command?: readonly string[];
  /** The directory of the command; absent: the root of the project. */
  readonly cwd?: string;
  /** Reads the counts from the command's output; absent: the command is one check. */
  readonly count?: (output: string) => FileResult | undefined;
  /** Jobs with the same word run one at a time. */
  readonly alone?: string;
}

interface Suite {
  readonly name: string;
  /** Whether it runs only with --all, or if a word names it. */
  readonly slow?: boolean;
  readonly jobs: () => readonly Job[];
}

/** The result of a job, and its output. */
interface Outcome extends FileResult {
  readonly output: string;
}

/** The directory host/ has the settings for a static executable. */
const HOST = "host";
/** Not --all-targets: that would also build the executable as a test, with the standard library, which it does not have. */
const CLIPPY = "cargo clippy --release --lib --bins --tests --all-features -- -D warnings";

/** The slowest jobs come first, so that nothing slow is left for the end. */
const SUITES: readonly Suite[] = [
  // On a clean clone it compiles everything once more.
  { ...check("clippy", CLIPPY, { cwd: HOST, alone: "cargo" }), slow: true },
  ...["reliability", "fuzz"].map((folder) => tests(folder, `test/${folder}`)),
  check("host", "cargo test --release", { cwd: HOST, alone: "cargo", count: countCargo }),
  tests("units", "src"),
  ...[
    "kernel",
    "node",
    "profiles",
    "engines",
    "cli",
    "check",
    "tables",
    "budget",
    "docs",
    "schemas",
    "golden",
    "package",
    "setup",
    "support",
  ].map((folder) => tests(folder, `test/${folder}`)),
  { name: "arrow", jobs: () => ["test/arrow.test.ts", "test/host-arrow.test.ts"].map(job) },
  check("types", "npx tsc --noEmit"),
  check("types without Node", "npx tsc --noEmit -p src"),
  check("types of the library for Node", "npx tsc --noEmit -p node"),
  check("format and lint", "npx biome ci ."),
  // Warnings are errors: something public that is not documented, or a link that leads nowhere.
  {
    ...check(
      "api",
      "npx --prefix build/package-tools typedoc --options build/package-tools/typedoc.json --emit none",
    ),
    slow: true,
  },
  check("rustfmt", "cargo fmt --check", { cwd: HOST }),
];

/** The test of a system of its own, which starts no engine and takes longest. */
const BARE = "bare-root";

/** A suite for each engine that is started, one engine at a time. */
const INTEGRATION: readonly Suite[] = testFiles("test/integration")
  .map((file) => ({ file, name: file.replace(/.*\/|\.test\.ts$/g, "") }))
  .sort((a, b) => Number(b.name === BARE) - Number(a.name === BARE))
  .map(({ file, name }) => ({
    name: `integration ${name}`,
    jobs: () => [name === BARE ? job(file) : { ...job(file), alone: "engine" }],
  }));

function check(name: string, command: string, rest: Partial<Job> = {}): Suite {
  return { name, jobs: () => [{ name, command: command.split(" "), ...rest }] };
}

function tests(name: string, folder: string): Suite {
  return { name, jobs: () => testFiles(folder).map(job) };
}

function job(file: string): Job {
  return { name: file, file };
}

function testFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .sort()
    .map((file) => join(folder, file));
}

/** Adds up the lines `test result: ok. 3 passed; 0 failed; 1 ignored; ...`. */
function countCargo(output: string): FileResult | undefined {
  const results = [...output.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)];
  const sum = (index: number): number => results.reduce((total, result) => total + Number(result[index]), 0);
  return results.length === 0
    ? undefined
    : { passed: sum(1), failed: sum(2), skipped: sum(3) > 0 ? { "#[ignore] removed": sum(3) } : {} };
}

/** Hides this machine's /etc/seccomp-exec and /etc/dcos; users other than root skip some tests instead. */
const HIDING = hidingSettings();

/** A process that runs test files one after the other. */
class Worker {
  private process: ChildProcess | undefined;
  private lines: Interface | undefined;

  /** Runs a test file. If the process ends during it, the file fails and the next one gets a new process. */
  run(file: string): Promise<Outcome> {
    const { child, lines } = this.started();
    return new Promise((resolve) => {
      const output: string[] = [];
      const done = (result: FileResult): void => {
        lines.removeAllListeners();
        child.removeAllListeners();
        resolve({ ...result, output: output.join("\n") });
      };
      lines.on("line", (line) => {
        if (line.startsWith(RESULT)) {
          done(JSON.parse(line.slice(RESULT.length)) as FileResult);
        } else {
          output.push(line);
        }
      });
      child.once("close", (status, signal) => {
        output.push(`the process that ran ${file} ended: ${signal ?? `status ${status}`}`);
        this.process = undefined;
        done({ passed: 0, failed: 1, skipped: {} });
      });
      child.send(file);
    });
  }

  stop(): void {
    this.process?.disconnect();
  }

  private started(): { child: ChildProcess; lines: Interface } {
    if (this.process === undefined || this.lines === undefined) {
      // One stream, so that the output keeps its order.
      const command = [
        "sh",
        "-c",
        'exec "$@" 2>&1',
        "sh",
        process.execPath,
        "--import",
        "tsx",
        "test/worker.ts",
      ];
      const [program = "", ...args] = [...HIDING, ...command];
      this.process = spawn(program, args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
      this.lines = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    }
    return { child: this.process, lines: this.lines };
  }
}

function runCommand({ command: [program = "", ...args] = [], cwd, count }: Job): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", (error) => {
      output += error.message;
    });
    child.on("close", (status) => {
      const counted = count?.(output);
      const tally = counted ?? {
        passed: status === 0 && count === undefined ? 1 : 0,
        failed: 0,
        skipped: {},
      };
      // A command that fails without a failed test has crashed, and one without counts has tested nothing.
      const crashed = (status !== 0 && tally.failed === 0) || (count !== undefined && counted === undefined);
      resolve({ ...tally, failed: tally.failed + (crashed ? 1 : 0), output });
    });
  });
}

const words = process.argv.slice(2).filter((word) => word !== "--all");
const all = process.argv.includes("--all");
if (all) {
  process.env["TEST_ALL"] = "1";
}
/** The suite of that name; if there is none, those that have the word in their names. */
function suitesNamed(word: string): readonly Suite[] {
  const known = [...SUITES, ...INTEGRATION];
  const named = known.filter(({ name }) => name === word);
  return named.length > 0 ? named : known.filter(({ name }) => name.includes(word));
}
const wanted = new Set(words.flatMap(suitesNamed));
const suites =
  words.length === 0
    ? SUITES.filter(({ slow = false }) => all || !slow)
    : [...SUITES, ...INTEGRATION].filter((suite) => wanted.has(suite));
const unknown = words.filter((word) => suitesNamed(word).length === 0);
if (unknown.length > 0) {
  const names = [...SUITES, ...INTEGRATION].map(({ name }) => name).join(", ");
  console.error(`there is no suite '${unknown.join("', '")}'; the suites are ${names}`);
  process.exit(2);
}
const waiting = suites.flatMap(({ jobs }) => jobs());
const count = waiting.length;
const running = new Set<Job>();
let done = 0;
const total = { passed: 0, failed: 0, skipped: 0 };
const reasons = new Map<string, number>();
const failures: string[] = [];

/** Takes the next job that may run beside the current ones; undefined if there is none. */
function next(): Job | undefined {
  const taken = new Set([...running].map(({ alone }) => alone));
  const index = waiting.findIndex(({ alone }) => alone === undefined || !taken.has(alone));
  return index < 0 ? undefined : waiting.splice(index, 1)[0];
}

async function work(): Promise<void> {
  const worker = new Worker();
  for (let job = next(); job !== undefined; job = next()) {
    running.add(job);
    const began = performance.now();
    const outcome = job.file === undefined ? await runCommand(job) : await worker.run(job.file);
    running.delete(job);
    report(job, outcome, (performance.now() - began) / 1000);
  }
  worker.stop();
}

function report({ name }: Job, { passed, failed, skipped, output }: Outcome, seconds: number): void {
  done += 1;
  const left = Object.values(skipped).reduce((sum, number) => sum + number, 0);
  total.passed += passed;
  total.failed += failed;
  total.skipped += left;
  for (const [reason, number] of Object.entries(skipped)) {
    reasons.set(reason, (reasons.get(reason) ?? 0) + number);
  }
  const now = [...running].map((job) => job.name).join(", ");
  console.log(
    `[${String(done).padStart(String(count).length)}/${count}] ${name}: ${inNumbers(passed, failed, left)} ` +
      `(${seconds.toFixed(1)} s)${now === "" ? "" : `; running: ${now}`}`,
  );
  if (failed > 0) {
    failures.push(name);
    console.log(output.replaceAll(/\x1b\[[0-9;]*m/g, ""));
  }
}

function inNumbers(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

console.log(`${count} checks and files of tests, ${availableParallelism()} at a time`);
await Promise.all(Array.from({ length: availableParallelism() }, work));
if (failures.length > 0) {
  console.log(`failed: ${failures.join(", ")}`);
}
if (reasons.size > 0) {
  const what = [...reasons].map(
    ([reason, number]) => `${number} ${number === 1 ? "needs" : "need"} ${reason}`,
  );
  console.log(`skipped: ${what.join("; ")}`);
}
console.log(inNumbers(total.passed, total.failed, total.skipped));
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
