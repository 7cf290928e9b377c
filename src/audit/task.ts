/**
 * What /proc/TID/status tells of a task (proc(5)).
 */

import { printable } from "../bytes.ts";

export interface Task {
  /** The thread, as the supervisor sees it. */
  readonly thread: number;
  /** Its process; undefined if unknown. */
  readonly process: number | undefined;
  /** The name of its command, made printable; "?" if unknown. */
  readonly command: string;
  /** Threads of the process; undefined if unknown. */
  readonly threads: number | undefined;
  /** Whether SIGSYS would end the process now: it is neither blocked in the thread, nor ignored, nor handled, nor seen by a tracer. */
  readonly diesOfSigsys: boolean;
  /** Whether its process is the first of a PID namespace: no signal from within ends it. */
  readonly isFirst: boolean;
  /** Whether that is the supervisor's own namespace. */
  readonly isNeighbour: boolean;
}

/** SIGSYS, signal(7): the same on all architectures of the host. */
export const SIGSYS = 31;

/** Bytes of a name: TASK_COMM_LEN of include/linux/sched.h, in which the kernel escapes up to four for one. */
const MAX_COMMAND = 64;

/** @param status the text of the file; empty if it could not be read */
export function readTask(thread: number, status: string): Task {
  const lines = `\n${status}`;
  const field = (name: string): string | undefined => {
    const start = lines.indexOf(`\n${name}:\t`);
    const end = lines.indexOf("\n", start + 1);
    return start < 0 || end < 0 ? undefined : lines.slice(start + name.length + 3, end);
  };
  const signals = ["SigBlk", "SigIgn", "SigCgt"].map(field);
  const threads = field("Threads");
  const tgid = field("Tgid");
  // Its id in each namespace, from that of /proc to its own.
  const ids = field("NStgid")?.split("\t") ?? [];
  const bit = 1n << BigInt(SIGSYS - 1);
  return {
    thread,
    process: tgid === undefined ? undefined : Number(tgid),
    threads: threads === undefined ? undefined : Number(threads),
    command: printable((field("Name") ?? "?").slice(0, MAX_COMMAND)),
    isFirst: ids.at(-1) === "1" || thread === 1,
    isNeighbour: ids.length <= 1,
    diesOfSigsys:
      (field("TracerPid") ?? "0") === "0" &&
      signals.every((set) => isHexadecimal(set) && (BigInt(`0x${set}`) & bit) === 0n),
  };
}

function isHexadecimal(digits: string | undefined): digits is string {
  return digits !== undefined && /^[0-9a-f]+$/.test(digits);
}
