/**
 * From what was observed to what a profile must allow: calls as a whole, or for some values of their arguments.
 */

import { allows } from "../lint/input.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import { countedMasks, countsAny, type Masks, NO_BITS, neededValues } from "./counted.ts";
import { MAKERS } from "./hot.ts";
import { nameCalls, type Observation, type SeenCall } from "./observation.ts";
import { isOpen, isRestrictedByOld, type Setting, unreported } from "./setting.ts";
import { callsByChance, has, startCalls } from "./start.ts";

/** A call with more values than this is allowed with all, unless the base does not allow that. */
export const MAX_VALUES = 16;

/** A call that the profile must allow. */
export interface Need {
  readonly name: string;
  /** The bits of the arguments that decide; none: the call is allowed whatever its arguments are. */
  readonly masks: Masks;
  /** The arguments with which it was made, zero outside of those bits; empty if none decide. */
  readonly values: readonly Masks[];
}

/** Why a call is allowed with all arguments although values were counted. */
export type Widening = "values" | "hidden";

/** What a profile needs, and what is not in it. */
export interface Needs {
  /** The architectures of the profile, the native one first. */
  readonly archs: readonly Architecture[];
  /** Sorted by name. */
  readonly calls: readonly Need[];
  readonly seen: readonly SeenCall[];
  /** Those of them that the base does not allow. */
  readonly refused: readonly SeenCall[];
  /** What every start and end needs, and the base does not allow. */
  readonly withoutStart: readonly string[];
  readonly nameless: readonly Observation[];
  readonly widened: ReadonlyMap<string, Widening>;
}

/** What the profile of a recording must allow. */
export function needsOf(setting: Setting, observations: readonly Observation[]): Needs {
  const { among, base, target } = setting;
  const { calls: seen, nameless } = nameCalls(among, observations);
  const isRefused = ({ call }: SeenCall): boolean => base !== undefined && !allows(evaluate(base, call));
  const refused = seen.filter(isRefused);
  const kept = seen.filter((call) => !isRefused(call));
  const archs = among.filter((arch) => arch === target.arch || kept.some((call) => call.arch === arch));
  const byName = new Map<string, SeenCall[]>();
  for (const call of kept) {
    byName.set(call.name, [...(byName.get(call.name) ?? []), call]);
  }
  const widened = new Map<string, Widening>();
  const hidden = new Set(
    kept.flatMap(({ name, isHidden, inRegisters }) => (isHidden ? [name, inRegisters ?? name] : [])),
  );
  const needs = new Map<string, Need>();
  for (const [name, calls] of byName) {
    needs.set(name, needOf(setting, archs, name, calls, hidden, widened));
  }
  const withoutStart = new Set<string>();
  const start = archs.flatMap(startCalls);
  for (const name of [...start, ...archs.flatMap(callsByChance), ...unseen(setting, archs, byName)]) {
    if (needs.has(name) || setting.answered.includes(name) || isRestrictedByOld(setting, archs, name)) {
      continue;
    }
    const need = needOf(setting, archs, name, [], hidden, widened);
    if (isWithin(base, archs, need)) {
      if (isWhole(need) || need.values.length > 0) {
        needs.set(name, need);
      }
    } else if (start.includes(name)) {
      withoutStart.add(name);
    }
  }
  const calls = [...needs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { archs, calls, seen, refused, withoutStart: [...withoutStart], nameless, widened };
}

/** The hot calls that were not reported, on the architectures that have them and on what the command had. */
function unseen(
  setting: Setting,
  archs: readonly Architecture[],
  byName: ReadonlyMap<string, unknown>,
): readonly string[] {
  const { given } = setting.options;
  return unreported(setting)
    .filter(({ on }) => on === undefined || given.includes(on) || MAKERS[on].some((name) => byName.has(name)))
    .flatMap(({ names }) => names)
    .filter((name) => archs.some((arch) => has(arch, name)));
}

/**
 * @param calls that were seen; none: the call is needed in any case, with the values that every program needs
 * @param hidden the calls whose arguments were passed in memory
 */
function needOf(
  setting: Setting,
  archs: readonly Architecture[],
  name: string,
  calls: readonly SeenCall[],
  hidden: ReadonlySet<string>,
  widened: Map<string, Widening>,
): Need {
  const masks = countedMasks(archs, syscallId(name), setting.counting);
  if (!countsAny(masks)) {
    return { name, masks: NO_BITS, values: [] };
  }
  const whole = (why: Widening | undefined): Need => {
    if (why !== undefined) {
      widened.set(name, why);
    }
    return { name, masks: NO_BITS, values: [] };
  };
  const { base } = setting;
  const isBounded = base !== undefined && !isOpen(base, archs, name);
  if (!isBounded && hidden.has(name)) {
    return whole("hidden");
  }
  const values = distinct([
    ...(isAlwaysNeeded(setting, archs, name) ? neededValues(name, masks) : []),
    ...calls
      .filter(({ isHidden }) => !isHidden)
      .map(({ call }) => masks.map((mask, i) => (call.args[i] ?? 0n) & mask)),
  ]);
  if (!isBounded && coversAll(values, masks)) {
    return whole(undefined);
  }
  return !isBounded && values.length > MAX_VALUES ? whole("values") : { name, masks, values };
}

/** Whether a profile has the call also if it was not seen. */
function isAlwaysNeeded(setting: Setting, archs: readonly Architecture[], name: string): boolean {
  return (
    archs.some((arch) => startCalls(arch).includes(name)) ||
    unreported(setting).some(({ names, on }) => on === undefined && names.includes(name))
  );
}

function distinct(values: readonly Masks[]): readonly Masks[] {
  const found = new Map(values.map((args) => [args.join(), args]));
  return [...found.values()].sort(byValue);
}

function byValue(a: Masks, b: Masks): number {
  const at = a.findIndex((arg, i) => arg !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0n) < (b[at] ?? 0n) ? -1 : 1;
}

/** Whether these are all the values that the bits can have. */
function coversAll(values: readonly Masks[], masks: Masks): boolean {
  const bits = masks.reduce((count, mask) => count + mask.toString(2).replaceAll("0", "").length, 0);
  return bits < 10 && values.length === 1 << bits;
}

/** Whether the base allows all that a need does, on the architectures that it lists. */
function isWithin(base: Policy | undefined, archs: readonly Architecture[], need: Need): boolean {
  return (
    base === undefined ||
    (isWhole(need)
      ? isOpen(base, archs, need.name)
      : callsOf(archs, need).every((call) => allows(evaluate(base, call))))
  );
}

/** Whether a call is needed with all arguments. */
export function isWhole({ masks }: Need): boolean {
  return !countsAny(masks);
}

/** One call for each value of a need, on each architecture that has it. */
export function callsOf(
  archs: readonly Architecture[],
  need: Need,
): readonly Pick<Observation, "arch" | "nr" | "args">[] {
  const { name, values } = need;
  const id = syscallId(name);
  return archs
    .filter((arch) => has(arch, name))
    .flatMap((arch) =>
      (isWhole(need) ? [NO_BITS] : values).map((args) => ({
        arch: arch.token,
        nr: seenNumber(arch, id),
        args,
      })),
    );
}
