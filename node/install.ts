/**
 * Puts a filter in force on all threads of this process, or changes nothing but no_new_privs.
 */

import { INSTRUCTION_SIZE } from "../src/bpf/codec.ts";
import { Refusal } from "../src/diagnostic.ts";
import { explainInstallFailure } from "../src/failures/install-failure.ts";
import type { Host } from "../src/host.ts";
import { EFAULT, EINVAL } from "../src/load/errno.ts";
import { EPERM } from "../src/tables/errnos.ts";
import { SECCOMP_FILTER_FLAG_TSYNC } from "../src/tables/seccomp.ts";
import { isAlwaysAllowed } from "./allowed.ts";
import { ConfinementError } from "./errors.ts";
import type { MadeFilter } from "./filter.ts";
import type { Native } from "./native.ts";
import { type ThreadState, ThreadWatch } from "./threads.ts";

/** prctl(2) */
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
/** seccomp(2) */
const SECCOMP_SET_MODE_FILTER = 1;
/** `Seccomp:` of a thread with filters. */
const MODE_FILTER = 2;
/** struct sock_fprog on machines of 64 bits: the number of instructions, and their address. */
const SIZE_OF_PROGRAM = 16;
const OFFSET_OF_FILTER = 8;

/** What is in force after a filter was installed. */
export interface Installed {
  /** SECCOMP_FILTER_FLAG_* */
  readonly flags: number;
  /** The threads as the kernel reports them; undefined if the filter does not let that be read. */
  readonly threads: readonly ThreadState[] | undefined;
}

/**
 * Installs the filter by seccomp(2) with SECCOMP_FILTER_FLAG_TSYNC: either all threads of the process get it, and no_new_privs with it
 * where this thread has that, or none does (kernel/seccomp.c at v6.12: seccomp_can_sync_threads, seccomp_sync_threads).
 *
 * @throws Refusal if it is not installed; ConfinementError if the kernel says that it is, and its threads show otherwise
 */
export function install(native: Native, host: Host, made: MadeFilter): Installed {
  const flags = flagsOf(host, made);
  const watch = ThreadWatch.start(native);
  try {
    const before = watch.states();
    if (typeof before === "number") {
      throw new Refusal(
        `the threads of this process cannot be seen, so it would be unknown whether all get the filter: ${host.errorMessage(before)}`,
      );
    }
    setNoNewPrivs(native, host, made);
    setFilter(native, host, made, flags, before);
    const threads = isAlwaysAllowed(made.policy, "pread64") ? watch.states() : undefined;
    // A filter that was there before may forbid it, too.
    const seen = typeof threads === "number" ? undefined : threads;
    if (seen !== undefined) {
      checkThreads(before, seen);
    }
    return { flags, threads: seen };
  } finally {
    if (isAlwaysAllowed(made.policy, "close")) {
      watch.end();
    }
  }
}

/** The profile's flags, with its optional flags if the kernel knows them; as flagsOf of src/launch/plan.ts. */
function flagsOf(host: Host, { policy }: MadeFilter): number {
  const flags = policy.flags | SECCOMP_FILTER_FLAG_TSYNC;
  const wanted = flags | policy.optionalFlags;
  const known = (asked: number): boolean => {
    const errno = host.probeSeccompFlags(asked);
    if (errno !== EFAULT && errno !== EINVAL) {
      throw explainInstallFailure(host, { step: "seccomp", errno }, asked);
    }
    return errno === EFAULT;
  };
  if (known(wanted)) {
    return wanted;
  }
  // Before no_new_privs is set, which cannot be taken back.
  if (!known(flags)) {
    throw explainInstallFailure(host, { step: "seccomp", errno: EINVAL }, flags);
  }
  return flags;
}

function setNoNewPrivs(native: Native, host: Host, { noNewPrivs }: MadeFilter): void {
  if (!noNewPrivs) {
    return;
  }
  const result = native.call("prctl", PR_SET_NO_NEW_PRIVS, 1);
  // A filter of the caller may report success without making the call.
  const errno = result < 0 ? -result : native.call("prctl", PR_GET_NO_NEW_PRIVS) === 1 ? 0 : EPERM;
  if (errno !== 0) {
    throw explainInstallFailure(host, { step: "no_new_privs", errno }, 0);
  }
}

function setFilter(
  native: Native,
  host: Host,
  { bytes, noNewPrivs }: MadeFilter,
  flags: number,
  threads: readonly ThreadState[],
): void {
  const program = Buffer.alloc(SIZE_OF_PROGRAM);
  const view = new DataView(program.buffer, program.byteOffset, SIZE_OF_PROGRAM);
  view.setBigUint64(OFFSET_OF_FILTER, native.address(bytes), true);
  const call = (): number => native.call("seccomp", SECCOMP_SET_MODE_FILTER, flags, program);
  // A filter of the caller may answer instead of the kernel. It sees the same call twice, with the same arguments, and answers both
  // alike; only the kernel sees that the program has no instructions yet, and refuses it.
  const empty = call();
  const result =
    empty === -EINVAL
      ? setLengthAnd(call, view, bytes.length / INSTRUCTION_SIZE)
      : empty < 0
        ? empty
        : undefined;
  if (result === 0) {
    return;
  }
  const refusal =
    result !== undefined && result > 0
      ? unsynchronised(result, threads)
      : explainInstallFailure(host, { step: "seccomp", errno: result === undefined ? 0 : -result }, flags);
  throw noNewPrivs
    ? new Refusal(`${refusal.message}. No thread has the filter; this one has no_new_privs now`, refusal.hint)
    : refusal;
}

function setLengthAnd(call: () => number, view: DataView, length: number): number {
  view.setUint16(0, length, true);
  return call();
}

/** A thread has filters that this one does not have, so it cannot get the same ones: seccomp(2), SECCOMP_FILTER_FLAG_TSYNC. */
function unsynchronised(tid: number, threads: readonly ThreadState[]): Refusal {
  const found = threads.find((thread) => thread.tid === tid);
  const name = found === undefined ? "" : ` ('${found.name}')`;
  return new Refusal(
    `thread ${tid}${name} has a filter of its own, which this thread does not have, so the kernel does not give all threads the same filters`,
    "call confine before any thread installs a filter for itself alone",
  );
}

/** Refuses to report a confinement that a thread does not show. */
function checkThreads(before: readonly ThreadState[], after: readonly ThreadState[]): void {
  const had = new Map(before.map(({ tid, filters }) => [tid, filters]));
  const [count] = after.map(({ filters }) => filters);
  const wrong = after.find(({ tid, mode, filters }) => {
    const earlier = had.get(tid);
    const isMore = filters === undefined || earlier === undefined || filters > earlier;
    return mode !== MODE_FILTER || filters !== count || !isMore;
  });
  if (wrong !== undefined || after.length === 0) {
    throw new ConfinementError(
      "ERR_SECCOMP_NOT_CONFINED",
      wrong === undefined
        ? "seccomp(2) reports success, but no thread can be seen"
        : `seccomp(2) reports success, but thread ${wrong.tid} ('${wrong.name}') is not under the filter`,
      "a filter of the caller, or a tracer of this process, answers instead of the kernel",
    );
  }
}
