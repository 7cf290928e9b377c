/**
 * The command of these tests, which says by which profile it is confined, and profiles for it to tell apart.
 */

import { compileC } from "../../support/programs/native.ts";

/** Prints how its calls were answered, and exits with a status that says it too: test/reliability/native/witness.c. */
export const WITNESS: string = compileC("test/reliability/native/witness.c");

/** The exit status of the witness where all the errnos that a filter answered are this one. */
export function saw(errno: number): number {
  return 40 + errno - 1000;
}

/** The exit status of the witness where it saw no filter at all. */
export const SAW_NONE = 38;

const CALL = "sched_get_priority_max";

/** What the witness is told to make this call. */
export function word(argument: number): string {
  return `${CALL}:${argument}`;
}

/** A rule that answers this errno to that call. */
export function answers(argument: number, errnoRet: number, rest: object = {}): object {
  const args = [{ index: 0, value: argument, op: "SCMP_CMP_EQ" }];
  return { names: [CALL], action: "SCMP_ACT_ERRNO", errnoRet, args, ...rest };
}
