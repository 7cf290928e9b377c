/**
 * What the kernel reports of each thread of this process: whether it is under a filter.
 */

import { closeSync, openSync, readdirSync } from "node:fs";
import { Refusal } from "../src/diagnostic.ts";
import { ESRCH } from "../src/load/errno.ts";
import type { Native } from "./native.ts";

/** A thread, as the kernel reports it in /proc/self/task/TID/status (proc(5)). */
export interface ThreadState {
  /** gettid(2) */
  readonly tid: number;
  /** Its name; Node names the workers of V8 and of libuv, depending on its version. */
  readonly name: string;
  /** `Seccomp`: 0 no filter, 1 strict mode, 2 filters. */
  readonly mode: number;
  /** `Seccomp_filters`: their number. Absent before Linux 5.9. */
  readonly filters?: number;
  /** `NoNewPrivs` */
  readonly noNewPrivs: boolean;
}

/** The most of a status that is read; it has less than 2000 bytes. */
const SIZE = 8192;

/**
 * The threads of this process. Their files are opened before a filter is installed, which may forbid it.
 *
 * @internal
 */
export class ThreadWatch {
  private constructor(
    private readonly native: Native,
    private readonly open: ReadonlyMap<number, number>,
  ) {}

  /** @throws Refusal if /proc does not show them */
  static start(native: Native): ThreadWatch {
    const open = new Map<number, number>();
    try {
      for (const tid of readdirSync("/proc/self/task")) {
        try {
          open.set(Number(tid), openSync(`/proc/self/task/${tid}/status`, "r"));
        } catch (error) {
          // The thread has ended meanwhile.
          if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) {
            throw error;
          }
        }
      }
    } catch (error) {
      for (const fd of open.values()) {
        closeSync(fd);
      }
      throw new Refusal(
        `the threads of this process cannot be seen, so it would be unknown whether all get the filter: ${(error as Error).message}`,
        "mount /proc",
      );
    }
    return new ThreadWatch(native, open);
  }

  /**
   * The state of each of the threads that is still there.
   *
   * @returns the errno if one cannot be read
   */
  states(): readonly ThreadState[] | number {
    const buffer = Buffer.alloc(SIZE);
    const states: ThreadState[] = [];
    for (const [tid, fd] of this.open) {
      const length = this.native.call("pread64", fd, buffer, SIZE, 0);
      if (length > 0) {
        states.push(stateOf(tid, buffer.toString("latin1", 0, length)));
      } else if (length !== -ESRCH) {
        return -length;
      }
    }
    return states;
  }

  /** Closes the files; errors do not matter, since the next execve(2) closes them as well. */
  end(): void {
    for (const fd of this.open.values()) {
      this.native.call("close", fd);
    }
  }
}

function stateOf(tid: number, status: string): ThreadState {
  const value = (key: string): string | undefined => new RegExp(`^${key}:\\t(.*)$`, "m").exec(status)?.[1];
  const filters = value("Seccomp_filters");
  return {
    tid,
    name: value("Name") ?? "",
    mode: Number(value("Seccomp") ?? 0),
    noNewPrivs: value("NoNewPrivs") === "1",
    ...(filters === undefined ? {} : { filters: Number(filters) }),
  };
}
