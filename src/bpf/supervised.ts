/**
 * Makes a filter ask a supervisor: for calls that it would otherwise deny, and for the call by which the command begins.
 */

import { Refusal } from "../diagnostic.ts";
import type { Architecture } from "../tables/architectures.ts";
import {
  BPF_MAXINSNS,
  SECCOMP_DATA_ARCH,
  SECCOMP_DATA_ARGS,
  SECCOMP_DATA_NR,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_USER_NOTIF,
} from "../tables/seccomp.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { JMP_JEQ_K, LD_W_ABS, type Program, programLength, RET_K, STRIDE } from "./instruction.ts";

/**
 * The fourth argument of the execve(2) by which the launcher starts the command; the kernel ignores it. "secc" in ASCII.
 *
 * The filter notifies a call with it, so that the command begins only when its supervisor is ready. A command that makes such a
 * call itself gets the profile's verdict on execve from the supervisor.
 */
export const EXEC_MARK = 0x73656363;

/** The fifth argument of such a call: what happens to it. */
export const MARKED = { notify: 0, killProcess: 1, killThread: 2 } as const;

/** The index of the first of these arguments. */
const MARKED_ARGUMENT = 3;

/**
 * The program with USER_NOTIF in place of some of its verdicts.
 *
 * @param asks whether a verdict is replaced
 */
export function asking(program: Program, asks: (verdict: number) => boolean): Program {
  return returning(program, (verdict) => (asks(verdict) ? SECCOMP_RET_USER_NOTIF : verdict));
}

/**
 * The program with other verdicts.
 *
 * @param changed the verdict in place of one, or the same one
 */
export function returning(program: Program, changed: (verdict: number) => number): Program {
  const other = [...program];
  for (let at = 0; at < other.length; at += STRIDE) {
    if (other[at] === RET_K) {
      other[at + 3] = changed(other[at + 3] as number);
    }
  }
  return other;
}

/**
 * The program with {@link markedBeginning}.
 *
 * @throws Refusal if the filter gets too long
 */
export function notifyingMark(program: Program, native: Architecture, mark = EXEC_MARK): Program {
  const marked = [...markedBeginning(native, mark), ...program];
  checkLength(programLength(marked));
  return marked;
}

/**
 * @param length the instructions of a program with {@link markedBeginning}
 * @throws Refusal if these are too many
 */
export function checkLength(length: number): void {
  if (length > BPF_MAXINSNS) {
    throw new Refusal(
      `the filter and what the supervisor needs have ${length} instructions; the kernel takes at most ${BPF_MAXINSNS}`,
      "use fewer conditions on arguments, or leave out the supervisor",
    );
  }
}

/**
 * A beginning for a program, which judges an execve(2) with {@link EXEC_MARK} by its fifth argument: it notifies the launcher's, and
 * kills a task that the supervisor sends there. The program judges all else. Numbers other than that of execve keep their place
 * among those that the kernel need not run the filter for.
 *
 * @param native the architecture of the command's first program
 * @param mark below 2^53; by default {@link EXEC_MARK}, which the command can make itself: where it matters what is notified, take
 *     one that it cannot know
 */
export function markedBeginning(native: Architecture, mark = EXEC_MARK): Program {
  const words = (argument: number): readonly [low: number, high: number] => {
    const at = SECCOMP_DATA_ARGS + 8 * argument;
    return native.bigEndian ? [at + 4, at] : [at, at + 4];
  };
  const [markLow, markHigh] = words(MARKED_ARGUMENT);
  const [kind] = words(MARKED_ARGUMENT + 1);
  const conditions: readonly (readonly [offset: number, value: number])[] = [
    [SECCOMP_DATA_NR, syscallNumber(native, syscallId("execve"))],
    [SECCOMP_DATA_ARCH, native.token],
    [markLow, mark % 2 ** 32],
    [markHigh, Math.floor(mark / 2 ** 32)],
  ];
  const verdicts = [
    [MARKED.killProcess, SECCOMP_RET_KILL_PROCESS],
    [MARKED.killThread, SECCOMP_RET_KILL_THREAD],
  ] as const;
  const end = [
    ...[LD_W_ABS, 0, 0, kind],
    ...verdicts.flatMap(([value, verdict]) => [JMP_JEQ_K, 0, 1, value, RET_K, 0, 0, verdict]),
    ...[RET_K, 0, 0, SECCOMP_RET_USER_NOTIF],
  ];
  const beginning: number[] = [];
  conditions.forEach(([offset, value], i) => {
    const skipped = 2 * (conditions.length - i - 1) + programLength(end);
    beginning.push(LD_W_ABS, 0, 0, offset, JMP_JEQ_K, 0, skipped, value);
  });
  return [...beginning, ...end];
}
