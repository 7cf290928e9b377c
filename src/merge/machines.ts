/**
 * The machines on which a merged profile must be compared with what it was merged from, and for which calls.
 */

import type { Target } from "../policy/target.ts";
import type { Profile } from "../profile/profile.ts";
import { type Architecture, architectures } from "../tables/architectures.ts";
import { capabilityBit, capabilityName } from "../tables/capabilities.ts";
import { hidingCalls } from "../tables/hidden-arguments.ts";
import { multiplexed } from "../tables/multiplexers.ts";
import { syscallId } from "../tables/syscalls.ts";

/** A machine, and the calls on which profiles are compared there. */
export interface Machine {
  readonly target: Target;
  /** Syscalls by id; undefined: every number. */
  readonly among: ReadonlySet<number> | undefined;
}

/** The machines, and what they do not cover. */
export interface Sweep {
  readonly machines: readonly Machine[];
  /** The capabilities that rules for a call depend on, where not every combination of them is compared. */
  readonly partly: readonly string[];
}

/** Which machines are named, so that others are of no interest. */
export interface Given {
  readonly arch: boolean;
  readonly caps: boolean;
  readonly kernel: boolean;
}

/** On how many capabilities rules for a call may depend, so that every combination of these is compared. */
const MAX_CAPS = 6;

/** What the rules for a call depend on. */
interface Dependence {
  caps: bigint;
  readonly kernels: Set<number>;
  /** Whether on the machine's architecture. */
  arches: boolean;
  /** Whether they compare arguments, which may be taken otherwise on another architecture. */
  conditions: boolean;
}

/**
 * Every call on the machine itself; then each call on each machine that its rules can tell apart: for every combination of
 * the capabilities that they name, on both sides of each kernel version, and on each architecture that a profile names.
 *
 * @param natives the architectures of machines that profiles name
 * @param everyCallOn those on which every call must be compared
 */
export function sweepOf(
  profiles: readonly Profile[],
  target: Target,
  natives: readonly Architecture[],
  everyCallOn: readonly Architecture[],
  given: Given,
): Sweep {
  const dependences = dependencesOf(profiles);
  const all = [target.arch, ...natives.filter((arch) => arch !== target.arch && !given.arch)];
  const machines = all.flatMap((arch) => {
    const isWhole = arch === target.arch || everyCallOn.includes(arch);
    return machinesOf({ ...target, arch }, dependences, isWhole, arch === target.arch, given);
  });
  const partly = given.caps
    ? []
    : [
        ...new Set(
          [...dependences.values()].flatMap(({ caps }) =>
            bitsOf(caps).length > MAX_CAPS ? namesOf(caps) : [],
          ),
        ),
      ];
  return { machines, partly };
}

function machinesOf(
  target: Target,
  dependences: ReadonlyMap<number, Dependence>,
  isWhole: boolean,
  isOwn: boolean,
  given: Given,
): readonly Machine[] {
  const every = [...dependences.values()].reduce((caps, one) => caps | one.caps, 0n);
  const asked = new Map<string, { readonly target: Target; readonly ids: Set<number> }>();
  const ask = (caps: bigint, kernel: number, id: number): void => {
    const key = `${caps} ${kernel}`;
    const one = asked.get(key) ?? { target: { ...target, caps, kernel }, ids: new Set<number>() };
    asked.set(key, one);
    one.ids.add(id);
  };
  for (const [id, one] of dependences) {
    if (!isWhole && !isOwn && !one.arches && !one.conditions) {
      continue;
    }
    const kernels = given.kernel ? [target.kernel] : kernelsOf(one.kernels, target.kernel);
    const held = given.caps
      ? [target.caps]
      : combinationsOf(one.caps).map((caps) => (caps !== 0n && caps === one.caps ? every : caps));
    for (const kernel of kernels) {
      for (const caps of held) {
        ask(caps, kernel, id);
      }
    }
  }
  const base = `${target.caps} ${target.kernel}`;
  const whole: Machine[] = isWhole ? [{ target, among: undefined }] : [];
  const others = [...asked].filter(([key]) => !isWhole || key !== base);
  return [...whole, ...others.map(([, { target: on, ids }]) => ({ target: on, among: ids }))];
}

/** A kernel for each range between the versions; the given one for its own range. */
function kernelsOf(versions: ReadonlySet<number>, own: number): readonly number[] {
  const sorted = [...versions].sort((a, b) => a - b);
  const starts = [0, ...sorted];
  return starts.map((start, i) => {
    const next = starts[i + 1];
    if (own >= start && (next === undefined || own < next)) {
      return own;
    }
    return start === 0 ? (next ?? 1) - 1 : start;
  });
}

/** The combinations of some capabilities: all, or of many capabilities those that one of them tells apart. */
function combinationsOf(caps: bigint): readonly bigint[] {
  const bits = bitsOf(caps);
  if (bits.length > MAX_CAPS) {
    return [0n, caps, ...bits, ...bits.map((bit) => caps ^ bit)];
  }
  let found: readonly bigint[] = [0n];
  for (const bit of bits) {
    found = [...found, ...found.map((one) => one | bit)];
  }
  return found;
}

function bitsOf(caps: bigint): readonly bigint[] {
  const found: bigint[] = [];
  for (let bit = 1n; bit <= caps; bit <<= 1n) {
    if ((caps & bit) !== 0n) {
      found.push(bit);
    }
  }
  return found;
}

function namesOf(caps: bigint): readonly string[] {
  const names: string[] = [];
  for (let bit = 0; 1n << BigInt(bit) <= caps; bit += 1) {
    if (((caps >> BigInt(bit)) & 1n) === 1n) {
      names.push(capabilityName(bit) ?? String(bit));
    }
  }
  return names;
}

/** What the rules for each call depend on besides its number, by its id; calls that depend on nothing are left out. */
function dependencesOf(profiles: readonly Profile[]): ReadonlyMap<number, Dependence> {
  const found = new Map<number, Dependence>();
  for (const rule of profiles.flatMap(({ rules }) => rules)) {
    const { includes, excludes, conditions } = rule;
    const caps = [...includes.caps, ...excludes.caps]
      .map(capabilityBit)
      .reduce((all, bit) => (bit < 0 ? all : all | (1n << BigInt(bit))), 0n);
    const kernels = [includes.minKernel, excludes.minKernel].filter((one) => one !== undefined);
    const arches = includes.arches.length + excludes.arches.length > 0;
    const isNamed = rule.errno.name !== undefined;
    if (caps === 0n && kernels.length === 0 && !arches && !isNamed && conditions.length === 0) {
      continue;
    }
    for (const id of rule.names.flatMap(judgedBy)) {
      const one = found.get(id) ?? { caps: 0n, kernels: new Set(), arches: false, conditions: false };
      found.set(id, one);
      one.caps |= caps;
      one.arches ||= arches || isNamed;
      one.conditions ||= conditions.length > 0;
      for (const kernel of kernels) {
        one.kernels.add(kernel);
      }
    }
  }
  return found;
}

const judged = new Map<string, readonly number[]>();

/** The ids of the calls that a rule for a call judges on any architecture: as `policy/touched.ts` has it, quicker for many rules. */
export function judgedBy(name: string): readonly number[] {
  const known = judged.get(name);
  if (known !== undefined) {
    return known;
  }
  const id = syscallId(name);
  const via = multiplexed(name)?.via;
  const ids = id < 0 ? [] : [id, ...(via === undefined ? [] : [syscallId(via)]), ...(hiding().get(id) ?? [])];
  judged.set(name, ids);
  return ids;
}

let hidingIds: ReadonlyMap<number, readonly number[]> | undefined;

/** The calls that take the arguments of a call in memory on some architecture, by its id. */
function hiding(): ReadonlyMap<number, readonly number[]> {
  if (hidingIds === undefined) {
    const found = new Map<number, number[]>();
    for (const { id, inRegisters } of architectures.flatMap(hidingCalls)) {
      const ids = found.get(inRegisters) ?? [];
      if (inRegisters >= 0 && !ids.includes(id)) {
        found.set(inRegisters, [...ids, id]);
      }
    }
    hidingIds = found;
  }
  return hidingIds;
}
