/**
 * Finds the rings of io_uring(7) that this process has: what is submitted by one is carried out by the kernel, and no filter sees it.
 *
 * A filter judges io_uring_enter(2), by which calls are submitted. A ring with a polling thread of the kernel (IORING_SETUP_SQPOLL) needs
 * no call at all. libuv makes rings with such a thread if UV_USE_IO_URING is 1; since 1.48 (Node.js 22) it always makes one without it for
 * each event loop, to register descriptors with epoll, and aborts the process when io_uring_enter(2) fails (uv__use_io_uring,
 * uv__epoll_ctl_flush of src/unix/linux.c).
 */

import { fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Refusal } from "../src/diagnostic.ts";
import type { Policy } from "../src/policy/policy.ts";
import { isAlwaysAllowed } from "./allowed.ts";

/** What /proc shows for a ring: its name, for descriptors and for mappings, which outlive the descriptor. */
const RING = "anon_inode:[io_uring]";

/**
 * Whether the process can go on under the policy with the rings that it has.
 *
 * @returns whether it cannot, since the policy denies what libuv does with them
 * @throws Refusal if there is a ring that the kernel polls, whose calls the filter would not judge
 */
export function hasUnusableRings(policy: Policy): boolean {
  const rings = ringsOfProcess();
  if (rings === "polled") {
    throw new Refusal(
      "this process has a ring of io_uring that the kernel polls (IORING_SETUP_SQPOLL): no filter would see the calls that go through it",
      "start Node without UV_USE_IO_URING=1; versions 20.3 to 20.11 need UV_USE_IO_URING=0",
    );
  }
  return rings === "entered" && !isAlwaysAllowed(policy, "io_uring_enter");
}

/** The refusal if {@link hasUnusableRings}. */
export function ringsUnusable(label: string): Refusal {
  return new Refusal(
    `${label} does not let io_uring_enter(2) through, which this version of Node uses for each of its event loops: it would abort at the next event`,
    "call confine with { restart: true } as the first statement of the program, or start the program under the launcher, seccomp-exec",
  );
}

/** `entered`: they are used by io_uring_enter(2) only; `polled`: one is, or may be, polled by the kernel. */
export function ringsOfProcess(): "none" | "entered" | "polled" {
  const open = readdirSync("/proc/self/fd").filter(isRing);
  // A ring that is mapped, and of which there is no descriptor, does not tell whether it is polled.
  const mapped = new Set(
    readFileSync("/proc/self/maps", "latin1")
      .split("\n")
      .filter((line) => line.endsWith(RING))
      .map((line) => line.split(/ +/)[4]),
  );
  if (open.length === 0 && mapped.size === 0) {
    return "none";
  }
  for (const fd of open) {
    mapped.delete(String(fstatSync(Number(fd), { bigint: true }).ino));
  }
  return mapped.size === 0 && open.every(isNotPolled) && !hasPollingThread() ? "entered" : "polled";
}

function isRing(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === RING;
  } catch {
    // The descriptor of the directory itself is closed by now.
    return false;
  }
}

/** io_uring_show_fdinfo() of io_uring/fdinfo.c at v6.12: the number of the thread, -1 if there is none. */
function isNotPolled(fd: string): boolean {
  return /^SqThread:\s*-1$/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
}

/** io_sq_thread() of io_uring/sqpoll.c at v6.12: since 5.12 the kernel's thread belongs to the process. */
function hasPollingThread(): boolean {
  return readdirSync("/proc/self/task").some((tid) => {
    try {
      return readFileSync(`/proc/self/task/${tid}/comm`, "latin1").startsWith("iou-sqp-");
    } catch {
      // The thread has ended meanwhile.
      return false;
    }
  });
}
