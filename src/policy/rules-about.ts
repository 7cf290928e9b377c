/**
 * A profile reduced to what decides some calls, which is resolved in less time.
 */

import type { Profile } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { syscallId } from "../tables/syscalls.ts";

/**
 * A profile whose policy judges these calls as that of the whole profile does, but for what becomes of calls that are younger than the
 * profile: it may name younger ones that are left out.
 *
 * @param ids of syscalls
 * @param architectures of the policy
 */
export function rulesAbout(
  profile: Profile,
  ids: Iterable<number>,
  architectures: readonly Architecture[],
): Profile {
  const kept = new Set([
    ...ids,
    ...multiplexedIds(),
    ...architectures.flatMap((arch) => hidingCalls(arch).map(({ inRegisters }) => inRegisters)),
  ]);
  kept.delete(NO_SYSCALL);
  let near = 0;
  // Names are mostly sorted, as the table is.
  const idOf = (name: string): number => {
    const id = syscallId(name, near);
    near = Math.max(0, id);
    return id;
  };
  const rules = profile.rules.flatMap((rule) => {
    const names = rule.names.filter((name) => kept.has(idOf(name)));
    return names.length === 0 ? [] : [{ ...rule, names }];
  });
  return { ...profile, rules };
}

/** What {@link syscallId} says of a name of no syscall. */
const NO_SYSCALL = -1;

/** The calls whose rules judge a multiplexer as well. */
function multiplexedIds(): readonly number[] {
  return multiplexers.flatMap((one) => multiplexedCalls(one).map(({ name }) => syscallId(name)));
}
