/**
 * Finds rings of io_uring(7): what is submitted by one is carried out by the kernel, and no filter sees it.
 */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Refusal } from "../src/diagnostic.ts";

/** What /proc shows for a ring: its name, for descriptors and for mappings, which outlive the descriptor. */
const RING = "anon_inode:[io_uring]";

/**
 * Refuses a process that has a ring: with a polling thread of the kernel (IORING_SETUP_SQPOLL), as libuv sets it up, its calls need not
 * even a system call to be submitted.
 *
 * @throws Refusal
 */
export function refuseRings(): void {
  if (hasRing()) {
    throw new Refusal(
      "this process has a ring of io_uring: calls that go through it are not seen by any filter",
      "start Node without UV_USE_IO_URING=1 (versions 20.3 to 20.10 use it by default: set UV_USE_IO_URING=0), or use execUnder, which ends the ring",
    );
  }
}

function hasRing(): boolean {
  const descriptors = readdirSync("/proc/self/fd").some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === RING;
    } catch {
      // The descriptor of the directory itself is closed by now.
      return false;
    }
  });
  return descriptors || readFileSync("/proc/self/maps", "latin1").includes(RING);
}
