/**
 * What was observed of a run: its calls as the kernel reported them, and by their names.
 */

import type { Call } from "../policy/policy.ts";
import { type Architecture, architectureOfCall } from "../tables/architectures.ts";
import { hiddenArguments } from "../tables/hidden-arguments.ts";
import { idOfSeen, multiplexedId, syscallName } from "../tables/syscalls.ts";

/** The calls with one number and the same counted arguments. */
export interface Observation extends Call {
  /** The bits that are counted apart (`counted.ts`); all others are 0. */
  readonly args: readonly bigint[];
  /** How often the call was made. */
  readonly count: number;
}

/** Calls by their name. */
export interface SeenCall {
  readonly name: string;
  readonly id: number;
  readonly arch: Architecture;
  /** As it was observed. */
  readonly call: Observation;
  /**
   * If it takes its arguments in a struct: the call that takes the same in registers, whose conditions then decide about both;
   * undefined if there is none.
   */
  readonly inRegisters: string | undefined;
  /** Whether no filter sees its arguments: it was made through socketcall(2) or ipc(2), or takes them in a struct. */
  readonly isHidden: boolean;
}

/** Observations that have names, and those that have none. */
export interface Named {
  readonly calls: readonly SeenCall[];
  /** No table has these numbers: calls younger than this program, or mistakes of the command. */
  readonly nameless: readonly Observation[];
}

/**
 * Finds the names of observed calls. A call made through socketcall or ipc has the name of the call that it makes: a profile
 * names these, and every engine lets them through both ways.
 *
 * @param among the architectures that were watched
 */
export function nameCalls(among: readonly Architecture[], observations: readonly Observation[]): Named {
  const calls: SeenCall[] = [];
  const nameless: Observation[] = [];
  for (const call of observations) {
    const arch = architectureOfCall(among, call.arch, call.nr);
    const own = arch === undefined ? -1 : idOfSeen(arch, call.nr);
    const made = own < 0 ? undefined : multiplexedId(own, call.args[0] ?? 0n);
    const id = made ?? own;
    if (arch === undefined || id < 0) {
      nameless.push(call);
    } else {
      const struct = hiddenArguments(arch, id);
      const isHidden = made !== undefined || struct !== undefined;
      calls.push({ name: syscallName(id), id, arch, call, isHidden, inRegisters: struct?.inRegisters });
    }
  }
  return { calls, nameless };
}
