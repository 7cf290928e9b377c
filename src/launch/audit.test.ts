/**
 * Whether a kernel can notify a supervisor.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../host.ts";
import { EFAULT, EINVAL } from "../load/errno.ts";
import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} from "../tables/seccomp.ts";
import { checkListeners, listenerFlags } from "./audit.ts";

/** A host with a kernel that knows these flags. */
function hostOf(release: string, flags: number): Host {
  const known = (asked: number) => ((asked & ~flags) === 0 ? EFAULT : EINVAL);
  return { kernelRelease: () => release, probeSeccompFlags: known } as Partial<Host> as Host;
}

const ALL = 0x3f;

test("listeners are used from Linux 5.9 on, where the kernel tells when the last task has ended", () => {
  for (const release of ["5.9.0", "5.10.0-8-amd64", "6.18.1"]) {
    assert.not.throws(() => checkListeners(hostOf(release, ALL), "--audit"));
  }
  for (const release of ["5.8.18", "4.19.0", "5.0.0"]) {
    assert.throws(
      () => checkListeners(hostOf(release, ALL), "--audit"),
      (error: Error) =>
        error.message === `--audit: this kernel (${release}) does not notify a supervisor of calls`,
    );
  }
  const without = ALL & ~SECCOMP_FILTER_FLAG_NEW_LISTENER;
  assert.throws(() => checkListeners(hostOf("6.18.1", without), "record"), /^record: this kernel/);
});

test("the flags of a filter with a listener: those of the profile, and what the kernel knows beside", () => {
  const [listener, killable] = [SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV];
  assert.is(listenerFlags(hostOf("6.1.0", ALL), 4), 4 | listener | killable);
  assert.is(listenerFlags(hostOf("5.10.0", ALL & ~killable), 4), 4 | listener);
  const both = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
  assert.is(listenerFlags(hostOf("6.1.0", ALL), SECCOMP_FILTER_FLAG_TSYNC), both | listener | killable);
});

test.run();
