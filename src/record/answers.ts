/**
 * The calls to which a recorded profile gives ENOSYS: libraries fall back to older ones, which it allows, on nothing else.
 */

import { canBeMade } from "../lint/denials.ts";
import { FALLBACKS, TIME64 } from "../lint/unrecorded/fallbacks.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { isWhole, type Needs } from "./needs.ts";
import type { Setting } from "./setting.ts";
import { has } from "./start.ts";

/**
 * The names, sorted: those that got it under the recording, and those that another C library would try first. A call that is
 * younger than all that the profile names gets ENOSYS anyway.
 */
export function answersOf(setting: Setting, { archs, calls }: Needs): readonly string[] {
  const { old, options, target } = setting;
  // The kernel itself answers so to a call that it does not have.
  const answered = setting.answered.filter((name) => syscallSince(syscallId(name)) <= target.kernel);
  const named = [
    ...calls.map(({ name }) => name),
    ...answered,
    ...(options.old?.rules ?? []).flatMap(({ names }) => names),
  ];
  const youngest = Math.max(0, ...named.map((name) => syscallSince(syscallId(name))));
  const isAllowed = (name: string): boolean =>
    calls.some((need) => need.name === name && (isWhole(need) || need.values.length > 0)) ||
    (old !== undefined && archs.some((arch) => canBeMade(old, arch, name)));
  const fallbacks = [...FALLBACKS, ...TIME64.map(([name, older]) => ({ name, instead: [older] }))].filter(
    ({ name, instead }) =>
      archs.some((arch) => has(arch, name)) &&
      syscallSince(syscallId(name)) <= youngest &&
      instead.some(isAllowed),
  );
  const names = new Set([...answered, ...fallbacks.map(({ name }) => name)]);
  return [...names].filter((name) => !isAllowed(name) && old?.rules.of(syscallId(name)) === undefined).sort();
}
