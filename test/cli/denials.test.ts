/**
 * `--log-denials`, and `denials`, which names what the kernel logged.
 */

import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, profileOf, runWithEtc } from "../support/programs/files.ts";
import { run, runCommand } from "../support/programs/program.ts";
import { KERNEL_LOG, needs } from "../support/running/needs.ts";
import { PATIENCE_MS } from "../support/running/patience.ts";
import { test } from "../support/running/test.ts";

const D = directoryOf({
  "errno.json": answering(1),
  "either.json": profileOf(
    {
      names: ["mkdir"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 13,
      args: [{ index: 1, op: "SCMP_CMP_EQ", value: 7 }],
    },
    {
      names: ["mkdir"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 38,
      args: [{ index: 1, op: "SCMP_CMP_NE", value: 7 }],
    },
  ),
});

/** Records as the kernel writes them, and as auditd does. */
const KERNEL =
  '[57605.29] audit: type=1326 audit(1796047427.368:1745651): auid=4294967295 uid=1000 gid=0 ses=4294967295 pid=2267 comm="mkdir" exe="/usr/bin/mkdir" sig=31 arch=c000003e syscall=83 compat=0 ip=0x7f31ef472f37 code=0x80000000';
const AUDITD =
  'type=SECCOMP msg=audit(1796047427.001:7): auid=0 uid=0 gid=0 ses=1 pid=31 comm=6120220A62 exe="/bin/a" sig=0 arch=40000003 syscall=39 compat=1 ip=0xf7 code=0x50000\u001dARCH=i386 SYSCALL=mkdir AUID="root"';
const X32 = KERNEL.replace("syscall=83", `syscall=${0x40000000 + 83}`).replace("0x80000000", "0x7ffc0000");
const FORGED =
  'audit: type=1326 audit(1.000:1): pid=3 comm="x arch=0 syscall=9 " exe="/b" sig=0 arch=c000003e syscall=57 code=0x30000';

function named(lines: readonly string[], ...args: readonly string[]) {
  return run(["denials", ...args], { input: lines.map((line) => `${line}\n`).join("") });
}

test("denials names the call, the architecture and the verdict of each record", () => {
  const outcome = named(["[1.0] usb 1-1: new device", KERNEL, AUDITD, X32, FORGED, "type=1326 nonsense"]);
  assert.equal(outcome.stdout.split("\n"), [
    "2026-11-30T14:03:47.368Z mkdir[2267]: x86_64 mkdir = KILL_PROCESS, /usr/bin/mkdir",
    '2026-11-30T14:03:47.001Z a "\\u000ab[31]: x86 mkdir = ERRNO, /bin/a',
    "2026-11-30T14:03:47.368Z mkdir[2267]: x32 mkdir = LOG, /usr/bin/mkdir",
    "1970-01-01T00:00:01.000Z x arch=0 syscall=9 [3]: x86_64 fork = TRAP, /b",
    "",
  ]);
  assert.is(outcome.status, 0);
});

test("denials shows numbers that have no name, and what a record lacks", () => {
  const odd = "type=1326 msg=audit(12.345): sig=0 arch=12345678 syscall=99999 code=0x7fc00000";
  assert.is(named([odd]).stdout, "1970-01-01T00:00:12.345Z ?[?]: 0x12345678 99999 = NOTIFY\n");
});

test("denials takes the errno from the profile, if it has only one for the call", () => {
  const logged = (nr: string) => FORGED.replace("syscall=57", `syscall=${nr}`).replace("0x30000", "0x50000");
  const verdict = (profile: string, nr: string) =>
    / = (.*), /.exec(named([logged(nr)], "--arch", "x86_64", "--profile", join(D, profile)).stdout)?.[1];
  assert.is(verdict("errno.json", "146"), "ERRNO(EPERM)");
  assert.is(verdict("either.json", "83"), "ERRNO");
  assert.is(verdict("errno.json", "83"), "ERRNO", "the profile allows it");
});

test("denials --json has an object for each record", () => {
  const { stdout } = named([KERNEL, AUDITD], "--json");
  const [first, second] = stdout.trimEnd().split("\n");
  assert.equal(JSON.parse(first ?? ""), {
    version: 1,
    time: "2026-11-30T14:03:47.368Z",
    pid: 2267,
    command: "mkdir",
    executable: "/usr/bin/mkdir",
    uid: 1000,
    arch: "x86_64",
    syscall: "mkdir",
    number: 83,
    verdict: "KILL_PROCESS",
  });
  assert.is((JSON.parse(second ?? "") as { command: string }).command, 'a "\\u000ab');
});

test("denials says so where there is no record, and exits with 1", () => {
  const outcome = named(["nothing"]);
  assert.is(outcome.status, 1);
  assert.match(outcome.stderr, /no record of a seccomp verdict\n.*--log-denials/);
});

test("--log-denials has the kernel log what is denied with an errno, and denies it all the same", async () => {
  needs(KERNEL_LOG);
  const script = `echo $$; exec ${PROBE}`;
  const command = ["--log-denials", "--profile", join(D, "errno.json"), "--", "sh", "-c", script];
  // The kernel drops records when there are many, as while other tests run, so the call is made again until one is seen.
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { stdout } = run(command);
    const [pid, ...rest] = stdout.split("\n");
    assert.is(rest.join("\n"), denied(1));
    const lines = run(["denials"], { input: runCommand(["dmesg"]).stdout }).stdout.split("\n");
    // Records of earlier processes with the number are of other programs.
    const line = lines.find((one) => one.includes(`[${pid}]: `) && one.endsWith(PROBE));
    if (line !== undefined) {
      assert.match(line, / sched_get_priority_max = ERRNO, /);
      return;
    }
    await setTimeout(100);
  }
  assert.unreachable("the kernel's log does not have the call");
});

test("--log-denials is allowed under every policy, and refused where there is no filter", () => {
  const etc = directoryOf({ "seccomp-exec/policy.json": '{"allowUnconfined": false}' });
  ran(runWithEtc(etc, ["--log-denials", "--profile", "builtin:default.json", "--", PROBE]), ALLOWED);
  refused(run(["--log-denials", "--unconfined", "--", PROBE]), "--log-denials", "nothing to log");
});

test("only what the kernel or auditd wrote is a record", () => {
  const record =
    'type=1326 audit(1.000:1): pid=3 comm="x" exe="/b" sig=0 arch=c000003e syscall=57 code=0x30000';
  const count = (line: string): number => {
    const { stdout } = run(["denials"], { input: `${line}\n` });
    return stdout.split("\n").length - 1;
  };
  for (const before of [
    "audit: ",
    "[57605.29] audit: ",
    "[   12.345678] audit: ",
    "[    1.000000] [   T123] audit: ",
    "<5>[    1.000000] audit: ",
    "kern  :notice: [    1.000000] audit: ",
    "[Mon Nov 30 17:48:28 2026] audit: ",
    "2026-11-30T17:48:28,123456+00:00 audit: ",
    "Nov 30 17:48:28 host kernel: audit: ",
    "Nov  3 17:48:28 host kernel: [57605.29] audit: ",
    "Nov 30 17:48:28.123456 host.domain kernel: audit: ",
    "2026-11-30T17:48:28.123456+01:00 host kernel: [ 5.29] audit: ",
    "2026-11-30 17:48:28 host kernel: audit: ",
    "[  123.456789] host kernel: audit: ",
  ]) {
    assert.is(count(`${before}${record}`), 1, before);
  }
  assert.is(count(`node=host ${record.replace("1326 ", "SECCOMP msg=")}`), 1);
  for (const before of [
    "Nov 30 17:48:28 host evil[3]: kernel: audit: ",
    "Nov 30 17:48:28 host evil: ",
    "Nov 30 17:48:28 host evil[3]: [1.0] audit: ",
    "2026-11-30T17:48:28+01:00 host evil[3]: audit: ",
    "Nov 30 17:48:28 host kernel: evil: audit: ",
    "[1.0] evil: audit: ",
    "[1.0] evil kernel: x audit: ",
    "evil: ",
  ]) {
    assert.is(count(`${before}${record}`), 0, before);
  }
});

test.run();
