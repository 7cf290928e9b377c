/**
 * Real programs do their work under `--audit`, and what it writes is exactly what the profile denied: every call that strace saw is
 * held against the meaning of the policy.
 */

import { chownSync, readFileSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { attainable } from "../../src/load/target.ts";
import { parseKernelRelease } from "../../src/profile/kernel-version.ts";
import { policyOf, profileOf, X86_64 } from "../support/fixtures/policies.ts";
import { runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { ALL } from "../support/running/extent.ts";
import { STRACE, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import type { Caller } from "./programs/caller.ts";
import { callersOf, needsOf, PROGRAMS, type Program } from "./programs/programs.ts";
import { Sandbox } from "./programs/sandbox.ts";
import { compareTraces, tracing } from "./programs/tracing.ts";

/** Without TEST_ALL: those that take little time. */
const FEW = ["bash", "bash under a terminal", "python3", "a static 32-bit program"];

/**
 * Denies calls that programs can do without, and that they make often and in many threads. No architecture is listed but all:
 * 32-bit programs are denied as well.
 */
const DOING_WITHOUT = JSON.stringify({
  defaultAction: "SCMP_ACT_ALLOW",
  archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
  syscalls: [
    {
      names: ["rseq", "statx", "clone3", "close_range", "faccessat2"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 38,
    },
    {
      names: ["set_robust_list", "fadvise64"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 1,
    },
    { names: ["sysinfo", "getppid"], action: "SCMP_ACT_ERRNO", errnoRet: 95 },
    {
      names: ["ioctl"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 25,
      // TIOCGWINSZ: standard output is no terminal.
      args: [{ index: 1, value: 0x5413, op: "SCMP_CMP_EQ" }],
    },
  ],
});

const PROFILES = ["builtin:default.json", "builtin:strict.json", "doing-without.json"];

/** The capabilities that a command started by the caller can come to hold. */
function capabilitiesOf({ become, uid }: Caller): bigint {
  const { stdout } = runCommand([...become, "cat", "/proc/self/status"]);
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\w+)$`, "m").exec(stdout)?.[1] ?? "";
  const [effective, permitted, bounding, ambient] = ["CapEff", "CapPrm", "CapBnd", "CapAmb"].map(field);
  const isPrivileged = ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n;
  const status = { uid, euid: uid, effective, permitted, bounding, ambient } as Parameters<
    typeof attainable
  >[0];
  return attainable(status, field("NoNewPrivs") === "1" || !isPrivileged);
}

function addTests(program: Program): void {
  const withProgram = testWith(STRACE, X86_64_LINUX, ...needsOf(program));
  const [caller] = callersOf(program);
  if (caller === undefined) {
    return;
  }
  for (const name of PROFILES.filter((each) => program.unfit?.includes(each) !== true)) {
    withProgram(`what ${program.name} is denied by ${name} is in the audit, and nothing else`, async () => {
      const traces = temporaryDirectory();
      chownSync(traces, caller.uid, caller.gid);
      const isShipped = name.startsWith("builtin:");
      const text = isShipped ? readFileSync(name.replace("builtin:", "profiles/"), "utf8") : DOING_WITHOUT;
      const own = temporaryDirectory();
      chownSync(own, caller.uid, caller.gid);
      writeFileSync(join(own, name.replace("builtin:", "")), text);
      const sandbox = new Sandbox(caller, tracing(traces, isShipped ? name : join(own, name)));
      try {
        await program.work(sandbox);
      } finally {
        await sandbox.close();
      }
      const kernel = parseKernelRelease(release());
      const policy = policyOf(profileOf(text), X86_64, capabilitiesOf(caller), "enosys", kernel);
      const { calls, denied, wrong } = compareTraces(traces, policy);
      assert.equal(wrong, []);
      assert.ok(calls > 0);
      if (process.env["VERBOSE"] === "1") {
        console.log(`${program.name} under ${name}: ${calls} calls, ${denied} denied`);
      }
      // Each program is denied something by the last profile, so that there is something to compare.
      assert.ok(denied > 0 || isShipped);
    });
  }
}

PROGRAMS.filter(({ name }) => ALL || FEW.includes(name)).forEach(addTests);

test.run();
