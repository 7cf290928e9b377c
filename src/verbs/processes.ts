/**
 * What /proc says about the confinement of a process: that of each of its threads, since each has a mode and filters of its own.
 */

import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { Host } from "../host.ts";

/** What /proc/PID/task/TID/status says about a thread that has not ended. */
export interface Thread {
  readonly tid: number;
  readonly mode: Mode;
  /** undefined: the kernel does not say, before 5.9. */
  readonly filters: number | undefined;
  readonly noNewPrivs: boolean;
  readonly capabilities: readonly bigint[];
}

export interface Process {
  readonly pid: number;
  /** The name of the thread that was asked about, printable. */
  readonly command: string;
  /** At least one. */
  readonly threads: readonly Thread[];
}

export type Mode = "none" | "strict" | "filter";

/** The values of `Seccomp:`, proc_pid_status(5). */
const MODES: readonly Mode[] = ["none", "strict", "filter"];

/** How often the threads are listed. A new one has the filters of the one that started it, and is looked at all the same. */
const MAX_ROUNDS = 100;

/**
 * Reads all threads that are there, until a list of them has none that was not read. Threads that have ended are left out: they run
 * nothing, and the kernel has taken their filters.
 *
 * @throws Refusal
 */
export function readProcess(host: Host, pid: number): Process {
  const own = readFields(host, `/proc/${pid}/status`);
  if (typeof own === "number") {
    throw new Refusal(`there is no process ${pid} in /proc: ${host.errorMessage(own)}`);
  }
  const read = new Map<number, Thread | undefined>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const listed = host.listDirectory(`/proc/${pid}/task`);
    if (typeof listed === "number") {
      throw new Refusal(`the threads of ${pid} cannot be read: ${host.errorMessage(listed)}`);
    }
    const tids = listed.map(Number);
    const unread = tids.filter((tid) => !read.has(tid));
    if (unread.length === 0) {
      const threads = tids.sort((a, b) => a - b).flatMap((tid) => read.get(tid) ?? []);
      if (threads.length === 0) {
        throw new Refusal(`process ${pid} has ended`, "its parent has not waited for it yet: it is a zombie");
      }
      return { pid, command: printable(own.get("Name") ?? "?"), threads };
    }
    for (const tid of unread) {
      read.set(tid, readThread(host, pid, tid));
    }
  }
  throw new Refusal(`${pid} starts threads faster than they can be looked at`, "try again");
}

/**
 * A thread; undefined if it has ended.
 *
 * @throws Refusal
 */
export function readThread(host: Host, pid: number, tid: number): Thread | undefined {
  const fields = readFields(host, `/proc/${pid}/task/${tid}/status`);
  // proc_pid_status(5): Z is a zombie, X is dead.
  if (typeof fields === "number" || /^[ZX]/.test(fields.get("State") ?? "")) {
    return undefined;
  }
  const mode = MODES[Number(fields.get("Seccomp") ?? Number.NaN)];
  if (mode === undefined) {
    throw new Refusal(
      `/proc/${pid}/status does not show the mode of seccomp`,
      "the kernel may have no seccomp",
    );
  }
  const count = fields.get("Seccomp_filters");
  const capabilities = ["CapBnd", "CapPrm"].flatMap((name) => {
    const digits = fields.get(name) ?? "";
    return /^[0-9a-f]{1,16}$/.test(digits) ? [BigInt(`0x${digits}`)] : [];
  });
  return {
    tid,
    mode,
    filters: count === undefined ? undefined : Number(count),
    noNewPrivs: fields.get("NoNewPrivs") === "1",
    capabilities,
  };
}

const MAX_SIZE = 1 << 16;

/** The lines of a `status` file by their names, or the errno. */
function readFields(host: Host, path: string): ReadonlyMap<string, string> | number {
  const { errno, bytes } = host.readBytes(path, MAX_SIZE);
  if (errno !== 0) {
    return errno;
  }
  return new Map(
    decodeBytes(bytes ?? "")
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
}
