/**
 * `confine` puts the filter in force on the whole Node process, and says what is in force.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { NOBODY, profileOf } from "../support/programs/files.ts";
import { run } from "../support/programs/program.ts";
import { FILTERS_READABLE, needs, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { commandOf, profileFile, told } from "./support/packed.ts";

/** Denies what a Node program shows: it makes a directory. */
const NO_MKDIR = profileOf({ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" });
const MAKE = `const make = () => codeOf(() => { fs.mkdirSync(process.argv[2]); fs.rmdirSync(process.argv[2]); });`;

const withDirectory = () => ({ args: [`${profileFile(NO_MKDIR)}.d`] });

test("a denied call fails with EPERM in node:fs, and an allowed one does not", () => {
  const body = `${MAKE} tell(make()); confine({ text: ${JSON.stringify(NO_MKDIR)} }); tell(make()); tell(codeOf(() => fs.readdirSync("/")));`;
  assert.equal(told(body, withDirectory()), ["done", "EPERM", "done"]);
});

test("every thread is under the filter: those of libuv and V8, and workers from before and after; so are processes", () => {
  const body = `${MAKE}
    if (!isMainThread) {
      if (workerData === "before") {
        parentPort.on("message", () => { parentPort.postMessage(make()); parentPort.close(); });
        parentPort.postMessage("ready");
      } else {
        parentPort.postMessage(make());
      }
    } else {
      const next = (worker) => new Promise((resolve) => worker.once("message", resolve));
      const start = (workerData) => new Worker(new URL(import.meta.url), { workerData, argv: process.argv.slice(2) });
      const { promisify } = await import("node:util");
      const { execFileSync } = await import("node:child_process");
      const before = start("before");
      await next(before);
      // Starts the threads of libuv's pool.
      await Promise.all(Array.from({ length: 8 }, () => promisify(fs.stat)("/")));
      const { threads: seen } = confine({ text: ${JSON.stringify(NO_MKDIR)} });
      tell(seen.length > 5);
      tell(seen.every(({ mode, filters }) => mode === 2 && filters === BEFORE + 1));
      tell(got());
      before.postMessage("go");
      tell(await next(before));
      tell(await next(start("after")));
      tell(await promisify(fs.mkdir)(process.argv[2]).catch((error) => error.code));
      tell(codeOf(() => execFileSync("mkdir", [process.argv[2]], { stdio: "ignore" })) !== "done");
      tell(execFileSync("grep", ["^Seccomp:", "/proc/self/status"], { encoding: "utf8" }));
      tell(fs.existsSync(process.argv[2]));
    }`;
  const [enough, seen, shown, ...rest] = told(body, withDirectory());
  assert.equal([enough, seen, shown], [true, true, [1]]);
  assert.equal(rest, ["EPERM", "EPERM", "EPERM", true, "Seccomp:\t2\n", false]);
});

test("confine in a worker thread confines the whole process", () => {
  const body = `${MAKE}
    if (isMainThread) {
      new Worker(new URL(import.meta.url)).once("exit", () => { tell(make()); tell(got()); });
    } else {
      confine({ text: ${JSON.stringify(NO_MKDIR)} });
    }`;
  assert.equal(told(body, withDirectory()), ["EPERM", [1]]);
});

test("a second filter is added, and cannot give back what the first denies", () => {
  const other = profileOf({ names: ["rmdir", "unlinkat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 });
  const body = `${MAKE}
    confine({ text: ${JSON.stringify(NO_MKDIR)} });
    const { threads: seen } = confine({ text: ${JSON.stringify(other)} });
    tell(seen.every(({ filters }) => filters === BEFORE + 2));
    confine({ defaultAction: "SCMP_ACT_ALLOW" });
    tell(make());
    tell(codeOf(() => fs.rmdirSync(process.argv[2])));`;
  assert.equal(told(body, withDirectory()), [true, "EPERM", "ENOSPC"]);
});

test("no_new_privs is set without CAP_SYS_ADMIN, on every thread, and not with it unless asked for", () => {
  needs(ROOT);
  const body = (options: string): string =>
    `const { threads: seen } = confine("builtin:log.json", ${options}); tell([...new Set(threads().map(String))]); tell(seen.every(({ noNewPrivs }) => noNewPrivs));`;
  assert.equal(told(body("{}"), { uid: NOBODY }), [["1,1"], true]);
  assert.equal(told(body("{}")), [["1,0"], false]);
  assert.equal(told(body("{ noNewPrivs: true }")), [["1,1"], true]);
});

const COMPARED: readonly (readonly [profile: string, options: string, compile: readonly string[]])[] = [
  ["builtin:default.json", "{}", []],
  ["builtin:strict.json", "{}", []],
  ["builtin:relaxed.json", "{}", []],
  ["builtin:dcos.json", "{}", []],
  [
    "builtin:default.json",
    '{ caps: ["CAP_SYS_ADMIN", "sys_ptrace"] }',
    ["--caps", "CAP_SYS_ADMIN,CAP_SYS_PTRACE"],
  ],
  ["builtin:default.json", '{ caps: [], kernel: "4.4" }', ["--caps", "none", "--kernel", "4.4"]],
  ["builtin:default.json", '{ caps: "all", wideArguments: true }', ["--caps", "all", "--wide-arguments"]],
];

for (const [profile, options, compile] of COMPARED) {
  test(`the filter of ${profile} with ${options} is that of seccomp-exec compile`, () => {
    const file = `${profileFile("")}.bpf`;
    run(["compile", "-o", file, ...compile, profile]);
    const body = `const { filter } = confine(${JSON.stringify(profile)}, ${options}); tell(Buffer.from(filter).toString("hex"));`;
    assert.equal(told(body, { deniesRings: true }), [readFileSync(file).toString("hex")]);
  });
}

test("the kernel's own filter of a confined process is that of the profile", async () => {
  needs(FILTERS_READABLE);
  const [file = "", ...args] = commandOf(
    `confine("builtin:strict.json"); process.stdin.resume(); tell("ready");`,
    { deniesRings: true },
  );
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  const { stdout } = run(["status", "--identify", String(child.pid)]);
  child.stdin.end();
  await ended;
  assert.match(stdout, /^\d+ \w+: under (?:an unknown filter and )?strict\.json \(sha256:[0-9a-f]{64}\)\n$/);
});

test("a report has what was decided", () => {
  const text =
    '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdirr"], "action": "SCMP_ACT_ALLOW"}]}';
  const body = `
    const heard = [];
    const { filter, threads: _, caps, ...rest } = confine({ text: ${JSON.stringify(text)}, label: "mine" },
      { caps: ["CAP_CHOWN"], kernel: "6.1", onWarning: (warning, profile) => heard.push([profile, warning.code]) });
    tell({ ...rest, length: filter.length, caps, heard });`;
  const [report] = told(body) as Record<string, unknown>[];
  const { sha256, length, arch, flags, ...rest } = report ?? {};
  assert.equal(rest, {
    profile: "mine",
    kernel: "6.1",
    caps: "1",
    warnings: [
      {
        code: "unknown-syscall",
        severity: "warning",
        weight: "mistake",
        message: "unknown syscall 'mkdirr'",
        hint: "did you mean 'mkdir'?",
        position: { line: 1, column: text.indexOf('"mkdirr"') + 1, length: 8 },
        pointer: "/syscalls/0/names/0",
        related: [],
      },
    ],
    heard: [["mine", "unknown-syscall"]],
  });
  assert.match(String(sha256), /^[0-9a-f]{64}$/);
  assert.ok(Number(length) % 8 === 0 && Number(length) > 0 && (Number(flags) & 1) === 1);
  assert.ok(["x86_64", "aarch64"].includes(String(arch)));
});

test("a profile that does not let the threads be read is in force, and the report says that they were not seen", () => {
  const text = profileOf({ names: ["pread64"], action: "SCMP_ACT_KILL_PROCESS" });
  const body = `const { threads: seen } = confine({ text: ${JSON.stringify(text)} }); tell(seen === undefined); tell(got());`;
  assert.equal(told(body), [true, [1]]);
});

test("profiles come from a path, a name in profileDir, a URL, a text and a value", () => {
  const file = profileFile(NO_MKDIR);
  const directory = file.slice(0, file.lastIndexOf("/"));
  const value = JSON.stringify(JSON.parse(NO_MKDIR));
  const sources = [
    `confine(${JSON.stringify(file)})`,
    `confine("profile.json", { profileDir: ${JSON.stringify(directory)} })`,
    `confine(new URL(${JSON.stringify(`file://${file}`)}))`,
    `confine({ text: ${JSON.stringify(NO_MKDIR)} })`,
    `confine(${value})`,
  ];
  for (const source of sources) {
    assert.equal(told(`${MAKE} ${source}; tell(make());`, withDirectory()), ["EPERM"], source);
  }
});

test("a value keeps integers above 2^53 as bigints", () => {
  const value = `{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["prctl"], action: "SCMP_ACT_ERRNO", errnoRet: 28,
    args: [{ index: 1, value: 0xfffffffffffffffen, op: "SCMP_CMP_EQ" }] }] }`;
  // 157: prctl on x86-64, 167 on arm64. 99 is no operation.
  const body = `
    const prctl = process.arch === "x64" ? 157 : 167;
    confine(${value});
    tell([-2n, -1n].map((word) => syscall(prctl, 99, word)));`;
  assert.equal(told(body), [[-28, -22]]);
});

test.run();
