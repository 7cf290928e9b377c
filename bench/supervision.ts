/**
 * What naming denied calls and recording a profile cost, beside strace.
 *
 *     npx tsx bench/supervision.ts [--rounds 5]
 *
 * See bench/README.md for what is measured.
 */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hotNames } from "../src/record/hot.ts";
import { compile } from "./peers.ts";
import { describeMachine, findExecutable, giveUp, outputDirectory, warnWhenBusy } from "./setting.ts";
import { renderTable, summarize } from "./statistics.ts";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
const rounds = Number(options.rounds);
const launcher = findExecutable(undefined) ?? giveUp("build the executable first: make");
const note = (message: string) => process.stderr.write(`bench: ${message}\n`);

warnWhenBusy();
mkdirSync(outputDirectory, { recursive: true });
const directory = mkdtempSync(join(outputDirectory, "supervision-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

const median = (values: readonly number[]) => summarize(values).median;

/** Ways to run a command, in the order of the columns. */
type Ways = Readonly<Record<string, readonly string[]>>;

/** The medians of measurements that take turns. */
async function inTurns(
  ways: Ways,
  measure: (way: readonly string[]) => number | Promise<number>,
  times = rounds,
): Promise<Record<string, number>> {
  const found = Object.entries(ways).map(([name, way]) => ({ name, way, values: [] as number[] }));
  for (let round = 0; round < times; round += 1) {
    for (const { way, values } of found) {
      values.push(await measure(way));
    }
  }
  return Object.fromEntries(found.map(({ name, values }) => [name, median(values)]));
}

function output(command: readonly string[]): string {
  const [program = "", ...args] = command;
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** Seconds that a command takes; it may fail. */
function seconds(command: readonly string[], cwd = directory): number {
  const [program = "", ...args] = command;
  const began = performance.now();
  const { error } = spawnSync(program, args, { cwd, stdio: "ignore" });
  if (error !== undefined) {
    throw error;
  }
  return (performance.now() - began) / 1000;
}

const profile = join(directory, "profile.json");
writeFileSync(
  profile,
  JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      { names: ["mkdirat"], action: "SCMP_ACT_ERRNO" },
      {
        names: ["personality"],
        action: "SCMP_ACT_ERRNO",
        args: [{ index: 0, op: "SCMP_CMP_EQ", value: 1 }],
      },
    ],
  }),
);
execFileSync(launcher, ["prepare", profile], { stdio: "ignore" });
const plain = [launcher, "--profile", profile, "--"];
const audit = [launcher, `--audit=/dev/null`, "--profile", profile, "--"];
const calls = compile("peers/calls.c");

async function callRows(): Promise<string[][]> {
  const traced = ["strace", "-f", "-e", "trace=mkdirat", "-o", "/dev/null", ...plain];
  const nanoseconds = (name: string, count: number) => (way: readonly string[]) =>
    Number(output([...way, calls, name, String(count)]));
  const rows = [
    ["nanoseconds a call", "plain", "--audit", "strace -f -e", "audit / plain", "audit / strace"],
  ];
  for (const [label, name, count] of [
    ["allowed, by its number", "getppid", 3_000_000],
    ["allowed, by its argument", "personality", 3_000_000],
  ] as const) {
    const found = await inTurns({ plain, audit }, nanoseconds(name, count));
    const [before = 0, after = 0] = [found["plain"], found["audit"]];
    rows.push([label, before.toFixed(1), after.toFixed(1), "", (after / before).toFixed(3), ""]);
  }
  for (const [label, name, count] of [
    ["denied, the same again and again", "mkdirat", 30_000],
    ["denied, each another", "distinct", 3_000],
  ] as const) {
    const found = await inTurns({ plain, audit, traced }, nanoseconds(name, count));
    const [before = 0, after = 0, peer = 0] = [found["plain"], found["audit"], found["traced"]];
    rows.push([
      label,
      before.toFixed(0),
      after.toFixed(0),
      peer.toFixed(0),
      (after / before).toFixed(1),
      (after / peer).toFixed(2),
    ]);
  }
  return rows;
}

async function launchRows(): Promise<string[][]> {
  const payload = compile("peers/payload.c");
  const found = await inTurns({ plain, audit }, (way) => seconds([...way, payload]) * 1e3, 50 * rounds);
  const [before = 0, after = 0] = [found["plain"], found["audit"]];
  return [
    ["milliseconds a launch, with node's spawn", "plain", "--audit", "difference"],
    ["a static program that ends at once", before.toFixed(2), after.toFixed(2), (after - before).toFixed(2)],
  ];
}

/** VmRSS of the supervisor of a command that sleeps, in kB. */
function supervisorMemory(command: string): number {
  const child = spawn(audit[0] as string, [...audit.slice(1), "sh", "-c", `${command}; exec sleep 60`], {
    stdio: "ignore",
  });
  spawnSync("sleep", ["1"]);
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
  const supervisor = children.find(
    (pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "seccomp-exec",
  );
  const status = readFileSync(`/proc/${supervisor}/status`, "utf8");
  child.kill("SIGKILL");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]);
}

function memoryRows(): string[][] {
  return [
    ["resident memory of the supervisor", "kB"],
    ["nothing denied yet", String(supervisorMemory("true"))],
    ["after naming a call", String(supervisorMemory(`${calls} mkdirat 1`))],
  ];
}

/** A piece of work: seconds that it takes, run in a way. */
interface Load {
  readonly name: string;
  readonly work: (way: readonly string[]) => number | Promise<number>;
}

function sources(): string {
  const folder = join(directory, "build");
  mkdirSync(folder);
  for (let i = 0; i < 40; i += 1) {
    const body = 'char text[100]; snprintf(text, sizeof text, "%d", number); return strlen(text) * number;';
    writeFileSync(
      join(folder, `file${i}.c`),
      `#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint function${i}(int number) { ${body} }\n`,
    );
  }
  writeFileSync(
    join(folder, "Makefile"),
    "all: $(patsubst %.c,%.o,$(wildcard *.c))\n\tar rc library.a $^\nclean:\n\trm -f *.o library.a\n",
  );
  return folder;
}

function tree(): string {
  const folder = join(directory, "tree");
  for (let i = 0; i < 900; i += 1) {
    mkdirSync(join(folder, `folder${i}`), { recursive: true });
    for (let j = 0; j < 100; j += 1) {
      writeFileSync(join(folder, `folder${i}/file${j}`), `${i} ${j}\n`);
    }
  }
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args], {
      cwd: folder,
      stdio: "ignore",
    });
  git("init");
  git("add", "--all");
  git("commit", "--message", "files");
  return folder;
}

async function untilOpen(port: number): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const open = await new Promise<boolean>((done) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.destroy();
        done(true);
      });
      socket.on("error", () => done(false));
    });
    if (open) {
      return;
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  giveUp(`nothing listens on port ${port}`);
}

/** Runs a server in a way, and measures a client outside of it. */
async function served(
  way: readonly string[],
  server: readonly string[],
  port: number,
  pidFile: string,
  client: readonly string[],
): Promise<number> {
  rmSync(pidFile, { force: true });
  const [program = "", ...args] = [...way, ...server];
  const child: ChildProcess = spawn(program, args, { cwd: directory, stdio: "ignore" });
  const ended = new Promise((done) => child.on("exit", done));
  await untilOpen(port);
  const taken = seconds(client);
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTERM");
  await ended;
  return taken;
}

const PORTS = { redis: 17379, nginx: 17380 };

function loads(): Load[] {
  const found: Load[] = [];
  const built = sources();
  found.push({
    name: "build with make and gcc, 40 files",
    work: (way) => {
      seconds(["make", "--silent", "clean"], built);
      return seconds([...way, "make", "--silent"], built);
    },
  });
  const files = tree();
  found.push({ name: "git status, 90,000 files", work: (way) => seconds([...way, "git", "status"], files) });
  const redisPid = join(directory, "redis.pid");
  const port = String(PORTS.redis);
  found.push({
    name: "redis-server under redis-benchmark",
    work: (way) =>
      served(
        way,
        ["redis-server", "--port", port, "--save", "", "--pidfile", redisPid, "--daemonize", "no"],
        PORTS.redis,
        redisPid,
        ["redis-benchmark", "-p", port, "-n", "60000", "-c", "20", "-t", "set,get", "-q"],
      ),
  });
  const nginx = ["/usr/sbin/nginx", "/usr/bin/nginx"].find((path) => existsSync(path));
  if (nginx !== undefined) {
    const nginxPid = join(directory, "nginx.pid");
    const configuration = join(directory, "nginx.conf");
    writeFileSync(join(directory, "index.html"), "hello\n".repeat(100));
    writeFileSync(
      configuration,
      `daemon off; worker_processes 1; pid ${nginxPid}; error_log /dev/null;
events { }
http { access_log off; keepalive_requests 1000000;
  server { listen 127.0.0.1:${PORTS.nginx}; root ${directory}; } }
`,
    );
    const get = compile("peers/get.c");
    found.push({
      name: "nginx under load, connections that stay open",
      work: (way) =>
        served(way, [nginx, "-c", configuration, "-e", "/dev/null"], PORTS.nginx, nginxPid, [
          get,
          String(PORTS.nginx),
          "60000",
        ]),
    });
  }
  return found;
}

async function recordRows(): Promise<string[][]> {
  const written = join(directory, "recorded.json");
  const ways: Ways = {
    plain: [],
    record: [launcher, "record", "-o", written, "--"],
    exact: [launcher, "record", "--exact", "-o", written, "--"],
    strace: ["strace", "-f", "-c", "-o", "/dev/null"],
    "strace-bpf": [
      ...["strace", "-f", "--seccomp-bpf", "-c", "-o", "/dev/null"],
      ...["-e", `trace=!?${hotNames().join(",?")}`],
    ],
  };
  const rows = [
    [
      "seconds",
      "plain",
      "record",
      "record --exact",
      "strace -f -c",
      "strace -f --seccomp-bpf -c",
      "record / plain",
      "extra of exact / of strace",
    ],
  ];
  for (const { name, work } of loads()) {
    note(name);
    const found = await inTurns(ways, work);
    const [base = 0, record = 0, exact = 0, strace = 0, bpf = 0] = Object.values(found);
    rows.push([
      name,
      ...[base, record, exact, strace, bpf].map((value) => value.toFixed(3)),
      (record / base).toFixed(2),
      ((exact - base) / (strace - base)).toFixed(2),
    ]);
  }
  return rows;
}

const machine = Object.entries(describeMachine()).map(([name, value]) => `${name} ${value}`);
process.stdout.write(`${machine.join(", ")}; medians of ${rounds} rounds\n`);
for (const rows of [callRows, launchRows, memoryRows, recordRows]) {
  process.stdout.write(`\n${renderTable(await rows())}`);
}
