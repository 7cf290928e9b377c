/**
 * What goes wrong with the kernel: the process is confined as a whole or not at all, and the error says which.
 */

import * as assert from "uvu/assert";
import { architectureOf } from "../../node/runtime.ts";
import { NOBODY, profileOf } from "../support/programs/files.ts";
import { PROGRAM } from "../support/programs/program.ts";
import { need, needs, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { profileFile, told } from "./support/packed.ts";

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly filterInstalled: boolean;
}

/** Installs a filter that allows everything on the calling thread only. */
const DIVERGE = `
  const diverge = () => {
    const filter = Buffer.from([6, 0, 0, 0, 0, 0, 0xff, 0x7f]);
    const program = Buffer.alloc(16);
    program.writeUInt16LE(1, 0);
    program.writeBigUInt64LE(require("koffi").address(filter), 8);
    const [prctl, seccomp] = process.arch === "x64" ? [157, 317] : [167, 277];
    return [syscall(prctl, 38, 1), syscall(seccomp, 1, 0, program)];
  };`;

/** The main thread confines while a worker has a filter of its own. */
const BESIDE_DIVERGENT = `${DIVERGE}
  if (isMainThread) {
    const worker = new Worker(new URL(import.meta.url));
    worker.once("message", ({ tid, results }) => {
      tell(results);
      const failed = failure(() => confine("builtin:log.json"));
      tell({ ...failed, message: failed.message.replace("thread " + tid + " ", "thread TID ") });
      const all = threads();
      tell([all.filter(([filters]) => filters > 0).length, all.filter(([, privileges]) => privileges === 1).length]);
      worker.postMessage("end");
    });
  } else {
    parentPort.once("message", () => parentPort.close());
    const gettid = process.arch === "x64" ? 186 : 178;
    parentPort.postMessage({ tid: syscall(gettid), results: diverge() });
  }`;

test("a thread with a filter of its own is named, and no thread gets the filter", () => {
  needs(ROOT);
  const [results, failed, confined] = told(BESIDE_DIVERGENT) as [number[], Failure, number[]];
  assert.equal(results, [0, 0]);
  assert.is(failed.code, "ERR_SECCOMP_REFUSED");
  assert.match(
    failed.message,
    /^thread TID \('[^']*'\) has a filter of its own, which this thread does not have, so the kernel does not give all threads the same filters\nhint: /,
  );
  assert.is(failed.filterInstalled, false);
  assert.equal(confined, [1, 1]);
});

test("without privileges, the error also says that the calling thread has no_new_privs now", () => {
  needs(ROOT);
  const [, failed, confined] = told(BESIDE_DIVERGENT, { uid: NOBODY }) as [number[], Failure, number[]];
  assert.match(
    failed.message,
    /the same filters\. No thread has the filter; this one has no_new_privs now\n/,
  );
  assert.equal(confined, [1, 2]);
});

/** The launcher in front of Node, with a profile that answers seccomp(2) itself. */
function answering(errnoRet: number, ...more: readonly object[]): readonly string[] {
  const text = profileOf({ names: ["seccomp"], action: "SCMP_ACT_ERRNO", errnoRet }, ...more);
  return [PROGRAM, "--profile", profileFile(text), "--"];
}

const FAIL = `tell(failure(() => confine("builtin:log.json"))); tell(got());`;

const ANSWERS: readonly (readonly [errno: number, message: RegExp])[] = [
  [0, /^seccomp\(2\) reports success, but has not installed the filter\nhint: a filter of the caller/],
  [
    1,
    /^a filter that is in force already refuses seccomp\(2\): Operation not permitted\nhint: allow seccomp/,
  ],
  [12, /^the kernel has no room for the filter, or this process already carries too many filters/],
  [22, /^a filter that is in force already refuses seccomp\(2\): Invalid argument/],
  [38, /^a filter that is in force already refuses seccomp\(2\): Function not implemented/],
];

for (const [errno, message] of ANSWERS) {
  test(`a surrounding filter that answers seccomp(2) with ${errno} is found out`, () => {
    const [failed, filters] = told(FAIL, { before: answering(errno) }) as [Failure, number[]];
    assert.is(failed.code, "ERR_SECCOMP_REFUSED");
    assert.match(failed.message, message);
    assert.is(failed.filterInstalled, false);
    assert.equal(filters, [0]);
  });
}

test("a surrounding filter that answers only the call that installs is found out", () => {
  const args = [{ index: 2, value: 0, op: "SCMP_CMP_NE" }];
  const rule = { names: ["seccomp"], action: "SCMP_ACT_ERRNO", errnoRet: 0, args };
  const before = [PROGRAM, "--profile", profileFile(profileOf(rule)), "--"];
  const [failed, filters] = told(FAIL, { before }) as [Failure, number[]];
  assert.match(failed.message, /^seccomp\(2\) reports success, but has not installed the filter\n/);
  assert.equal(filters, [0]);
});

test("a surrounding filter that only pretends to set no_new_privs is found out", () => {
  needs(ROOT);
  const rule = {
    names: ["prctl"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 0,
    args: [{ index: 0, value: 38, op: "SCMP_CMP_EQ" }],
  };
  const before = [PROGRAM, "--profile", profileFile(profileOf(rule)), "--"];
  const [failed, filters] = told(
    `tell(failure(() => confine("builtin:log.json", { noNewPrivs: true }))); tell(got());`,
    { before },
  ) as [Failure, number[]];
  assert.match(failed.message, /^no_new_privs cannot be set: Operation not permitted/);
  assert.equal(filters, [0]);
});

test("capabilities that cannot be read are an error, not none", () => {
  const before = [
    PROGRAM,
    "--profile",
    profileFile(profileOf({ names: ["capget"], action: "SCMP_ACT_ERRNO" })),
    "--",
  ];
  const [failed] = told(FAIL, { before }) as [Failure];
  assert.match(failed.message, /^the user and the capabilities of this process cannot be read/);
});

/** io_uring_setup(2), which containers often forbid. */
const RINGS = need("io_uring", () => told(`tell(syscall(425, 1, Buffer.alloc(120)) >= 0);`)[0] === true);
/** Makes a ring; with IORING_SETUP_SQPOLL (2) the kernel polls it. */
const ring = (flags: number): string => `
  const parameters = Buffer.alloc(120);
  parameters.writeUInt32LE(${flags}, 8);
  const ring = syscall(425, 1, parameters);
  tell(ring >= 0);`;

test("a process whose ring of io_uring is polled by the kernel is refused, since no filter sees what goes through it", () => {
  needs(RINGS);
  const body = `${ring(2)} tell(failure(() => confine("builtin:log.json"))); tell(got());`;
  const [made, failed, filters] = told(body) as [boolean, Failure, number[]];
  assert.is(made, true);
  assert.is(failed.code, "ERR_SECCOMP_REFUSED");
  assert.match(failed.message, /^this process has a ring of io_uring that the kernel polls/);
  assert.equal(filters, [0]);
});

test("so is a process with a mapped ring without a descriptor", () => {
  needs(RINGS);
  const body = `${ring(0)}
    const [mmap, close] = process.arch === "x64" ? [9, 3] : [222, 57];
    tell(syscall(mmap, 0, 4096, 3, 1, ring, 0) > 0);
    tell(syscall(close, ring));
    tell(failure(() => confine("builtin:log.json")));`;
  const [made, mapped, closed, failed] = told(body) as [boolean, boolean, number, Failure];
  assert.equal([made, mapped, closed], [true, true, 0]);
  assert.match(failed.message, /^this process has a ring of io_uring that the kernel polls/);
});

test("a ring that is only entered needs a profile that allows it, or a program that starts again", () => {
  needs(RINGS);
  const [, allowed] = told(`${ring(0)} tell(failure(() => confine("builtin:log.json")));`);
  assert.is(allowed, "done");
  const [, denied, filters] = told(
    `${ring(0)} tell(failure(() => confine("builtin:default.json"))); tell(got());`,
  );
  assert.match(
    (denied as Failure).message,
    /^builtin:default\.json does not let io_uring_enter\(2\) through/,
  );
  assert.equal(filters, [0]);
});

test("with restart, a program with a ring starts again, without rings, and is confined", () => {
  needs(RINGS);
  // As Node 22 and newer: the ring is there before the program.
  const body = `
    if (process.env.AGAIN !== "1") { process.env.AGAIN = "1"; ${ring(0)} }
    tell([process.pid, process.argv.slice(2), process.execArgv, process.title.length > 0]);
    confine("builtin:default.json", { restart: true });
    tell(got());
    tell(syscall(425, 1, Buffer.alloc(120)));
    setTimeout(() => tell("goes on"), 1);`;
  const options = { args: ["one", "two words"], nodeOptions: ["--no-warnings"] };
  const [made, first, second, ...rest] = told(body, options) as [boolean, unknown[], ...unknown[]];
  assert.is(made, true);
  assert.equal(first, second);
  assert.equal(first.slice(1, 3), [["one", "two words"], ["--no-warnings"]]);
  assert.equal(rest, [[1], -38, "goes on"]);
});

test("a program that cannot be started again says so", () => {
  needs(RINGS);
  const worker = `
    if (isMainThread) { ${ring(0)} new Worker(new URL(import.meta.url)).once("message", tell); }
    else { parentPort.postMessage(failure(() => confine("builtin:default.json", { restart: true })).message); }`;
  assert.match(String(told(worker)[1]), /^this is a worker thread/);
});

test("without koffi, the error says how to install it", () => {
  const body = `tell(failure(() => confine("builtin:default.json")));`;
  const [missing] = told(body, { koffi: "missing" }) as [Failure];
  assert.is(missing.code, "ERR_SECCOMP_KOFFI");
  assert.is(missing.message, "koffi is not installed, which makes the system calls\nhint: npm install koffi");
  const [broken] = told(body, { koffi: "broken" }) as [Failure];
  assert.is(broken.code, "ERR_SECCOMP_KOFFI");
  assert.match(broken.message, /^koffi cannot be loaded: it is for another machine\nhint: /);
});

test("other runtimes, systems and machines are refused by name", () => {
  const linux = { platform: "linux", arch: "x64", versions: { node: "20.0.0" } };
  assert.is(architectureOf(linux).name, "x86_64");
  assert.is(architectureOf({ ...linux, arch: "arm64" }).name, "aarch64");
  const refused = (runtime: object): string => {
    try {
      architectureOf({ ...linux, ...runtime });
    } catch (error) {
      return (error as Error).message;
    }
    return "not refused";
  };
  assert.match(refused({ versions: { node: "20.0.0", deno: "2.0.0" } }), /^Deno is not Node\.js/);
  assert.match(refused({ versions: { node: "20.0.0", bun: "1.0.0" } }), /^Bun is not Node\.js/);
  assert.match(refused({ platform: "darwin" }), /^this is darwin, and seccomp is a part of Linux/);
  for (const arch of ["riscv64", "ia32", "s390x", "constructor"]) {
    assert.is(refused({ arch }), `a process of Node.js for '${arch}' cannot be confined`);
  }
});

test.run();
