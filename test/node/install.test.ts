/**
 * What is reported as in force is what the threads show, whatever seccomp(2) says.
 */

import * as assert from "uvu/assert";
import { ConfinementError } from "../../node/errors.ts";
import { makeFilter, newReading } from "../../node/filter.ts";
import { type Installed, install } from "../../node/install.ts";
import type { Argument, Native } from "../../node/native.ts";
import type { Host } from "../../src/host.ts";
import { EFAULT, EINVAL, ESRCH } from "../../src/load/errno.ts";
import { architectureByName } from "../../src/tables/architectures.ts";
import { test } from "../support/running/test.ts";

/** The state of a thread, before and after seccomp(2) reports success. */
interface Shown {
  readonly mode: number;
  readonly filters?: number;
  /** Whether the thread has ended. */
  readonly gone?: boolean;
}

/** Installs a filter with a kernel that reports success, and whose threads then show that. */
function installed(...after: readonly Shown[]): Installed {
  let calls = 0;
  let read = 0;
  const native: Partial<Native> = {
    address: () => 0n,
    call: (name: string, ...args: readonly Argument[]) => {
      switch (name) {
        case "seccomp":
          calls += 1;
          return calls === 1 ? -EINVAL : 0;
        case "pread64": {
          const shown = calls < 2 ? { mode: 0, filters: 0 } : (after[read] ?? after.at(-1));
          read += calls < 2 ? 0 : 1;
          if (shown === undefined || ("gone" in shown && shown.gone)) {
            return -ESRCH;
          }
          const count = shown.filters === undefined ? "" : `Seccomp_filters:\t${shown.filters}\n`;
          const status = `Name:\tnode\nNoNewPrivs:\t1\nSeccomp:\t${shown.mode}\n${count}`;
          return (args[1] as Buffer).write(status, "latin1");
        }
        default:
          return 0;
      }
    },
  };
  const host: Partial<Host> = {
    arch: "x86_64",
    kernelRelease: () => "6.12.0",
    probeSeccompFlags: () => EFAULT,
    process: () => ({
      uid: 0,
      euid: 0,
      noNewPrivs: false,
      effective: "1ffffffffff",
      permitted: "1ffffffffff",
      bounding: "1ffffffffff",
      ambient: "0",
      capabilities: 41,
    }),
  };
  const arch = architectureByName("x86_64");
  assert.ok(arch);
  const made = makeFilter(host as Host, arch, newReading(), { defaultAction: "SCMP_ACT_ALLOW" }, {});
  return install(native as Native, host as Host, made);
}

test("threads under the filter are reported", () => {
  const { threads } = installed({ mode: 2, filters: 1 });
  assert.ok(threads !== undefined && threads.length > 0);
  assert.ok(threads.every(({ mode, filters }) => mode === 2 && filters === 1));
});

test("a kernel that does not count filters is believed by the mode, and a thread that has ended is left out", () => {
  assert.ok((installed({ mode: 2 }).threads?.length ?? 0) > 0);
  const all = installed({ mode: 2, filters: 1 }).threads?.length ?? 0;
  assert.is(installed({ mode: 2, filters: 1, gone: true }, { mode: 2, filters: 1 }).threads?.length, all - 1);
});

const WRONG: Readonly<Record<string, readonly Shown[]>> = {
  "no thread has a filter": [{ mode: 0, filters: 0 }],
  "one thread has none": [
    { mode: 2, filters: 1 },
    { mode: 0, filters: 0 },
  ],
  "one thread has another number of filters": [
    { mode: 2, filters: 1 },
    { mode: 2, filters: 2 },
  ],
  "no thread has one more than before": [{ mode: 2, filters: 0 }],
  "no thread is there": [{ mode: 2, filters: 1, gone: true }],
};

for (const [what, shown] of Object.entries(WRONG)) {
  test(`success is not believed if ${what}`, () => {
    assert.throws(
      () => installed(...shown),
      (error: unknown) => error instanceof ConfinementError && error.code === "ERR_SECCOMP_NOT_CONFINED",
    );
  });
}

test.run();
