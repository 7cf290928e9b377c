/**
 * Which syscalls rules can judge, besides those that they name.
 */

import type { Rule } from "../profile/profile.ts";
import { type Architecture, architectures } from "../tables/architectures.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { multiplexed } from "../tables/multiplexers.ts";
import { syscallId } from "../tables/syscalls.ts";

/** Whether a rule for a name has a part in judging one of the given syscalls on any architecture: see {@link syscallsJudgedBy}. */
export function judging(ids: ReadonlySet<number>): (name: string) => boolean {
  const inRegisters = new Set(
    architectures.flatMap((arch) =>
      hidingCalls(arch)
        .filter(({ id }) => ids.has(id))
        .map((call) => call.inRegisters),
    ),
  );
  return (name) => {
    const id = syscallId(name);
    const through = multiplexed(name);
    return ids.has(id) || inRegisters.has(id) || (through !== undefined && ids.has(syscallId(through.via)));
  };
}

/**
 * The ids of the syscalls that rules judge on any architecture: those that they name, those through which these are made
 * (socketcall(2), ipc(2)), and those that take the same arguments in memory.
 *
 * @param among the architectures on which; absent: all
 */
export function syscallsJudgedBy(
  rules: readonly Rule[],
  among: readonly Architecture[] = architectures,
): readonly number[] {
  const names = rules.flatMap((rule) => rule.names);
  const through = names.flatMap((name) => multiplexed(name)?.via ?? []);
  const ids = [...names, ...through].map((name) => syscallId(name)).filter((id) => id >= 0);
  const hiding = among.flatMap((arch) =>
    hidingCalls(arch).filter(({ inRegisters }) => ids.includes(inRegisters)),
  );
  return [...ids, ...hiding.map(({ id }) => id)];
}
