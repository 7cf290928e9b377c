/**
 * What a merged profile says besides its rules: architectures, flags and the agent that decides calls.
 */

import { Refusal } from "../diagnostic.ts";
import type { ArchMapEntry, FlagName, Profile } from "../profile/profile.ts";
import { type Architecture, architectureByScmp, architectures } from "../tables/architectures.ts";
import { architecturesRunBy } from "../tables/run-by.ts";
import type { Operation } from "./operation.ts";

/** The architectures that a profile lists, in its own form. */
export type Listing = Pick<Profile, "archMap" | "architectures">;

/** Of the architectures that a kernel runs, those whose calls a profile judges there, as SCMP_ARCH_*: the kernel's own first. */
export function listedOn(listing: Listing, native: Architecture): readonly string[] {
  const run = architecturesRunBy(native).map(({ scmp }) => scmp);
  return allListedOn(listing, native.scmp).filter((scmp) => run.includes(scmp));
}

function allListedOn({ archMap, architectures: list = [] }: Listing, native: string): readonly string[] {
  const subs = archMap?.find(({ architecture }) => architecture === native)?.subArchitectures ?? [];
  return [...new Set([native, ...subs, ...list])];
}

/** The machines that profiles name. */
export function nativesOf(profiles: readonly Profile[]): readonly Architecture[] {
  const named = profiles.flatMap(({ archMap = [], architectures: list = [], rules }) => [
    ...archMap.map(({ architecture }) => architectureByScmp(architecture)),
    ...list.map(architectureByScmp),
    ...rules
      .flatMap(({ includes, excludes }) => [...includes.arches, ...excludes.arches])
      .map((word) => architectures.find(({ name, go }) => name === word || go === word)),
  ]);
  return architectures.filter((arch) => named.includes(arch));
}

/** The architectures of the result; those of the first profile as they are if they are right on all machines. */
export function listingOf(
  operation: Operation,
  profiles: readonly [Listing, ...Listing[]],
  natives: readonly Architecture[],
): Listing {
  const [first] = profiles;
  const wanted = (native: Architecture): readonly string[] => {
    const [own = [], ...others] = profiles.map((profile) => listedOn(profile, native));
    switch (operation) {
      case "union":
        return [...new Set([...own, ...others.flat()])];
      case "intersection":
        return own.filter((scmp) => others.every((other) => other.includes(scmp)));
      case "rest":
        return own;
    }
  };
  const isSame = (listing: Listing): boolean =>
    natives.every((native) => {
      const [own, all] = [listedOn(listing, native), wanted(native)];
      return own.length === all.length && own.every((one) => all.includes(one));
    });
  if (isSame(first)) {
    return { archMap: first.archMap, architectures: first.architectures };
  }
  if (profiles.every(({ archMap }) => archMap === undefined)) {
    const lists = profiles.map(({ architectures: list = [] }) => list);
    const all = [...new Set(lists.flat())];
    const list = operation === "union" ? all : all.filter((scmp) => lists.every((one) => one.includes(scmp)));
    const flat = { archMap: undefined, architectures: list.length === 0 ? undefined : list };
    if (isSame(flat)) {
      return flat;
    }
  }
  const keys = profiles.flatMap(({ archMap = [] }) => archMap.map(({ architecture }) => architecture));
  const named = natives.map(({ scmp }) => scmp);
  const archMap = [...new Set([...keys, ...named])].flatMap((architecture): ArchMapEntry[] => {
    const native = architectureByScmp(architecture);
    const subArchitectures = native === undefined ? [] : wanted(native).slice(1);
    return native === undefined || (subArchitectures.length === 0 && !keys.includes(architecture))
      ? []
      : [{ architecture, subArchitectures }];
  });
  return { archMap, architectures: undefined };
}

const SPEC_ALLOW: FlagName = "SECCOMP_FILTER_FLAG_SPEC_ALLOW";
const WAIT_KILLABLE: FlagName = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";

/**
 * The flags of the result. Each that any of the profiles asks for, but SPEC_ALLOW, which lifts a protection: in a union if one asks
 * for it, in an intersection if all do, in a rest if the first does. No list of flags asks for SPEC_ALLOW, as with runc.
 *
 * @param notifies whether an agent decides some of its calls
 */
export function flagsOf(
  operation: Operation,
  profiles: readonly [Profile, ...Profile[]],
  notifies: boolean,
): Profile["flags"] {
  const lists = profiles.map(({ flags = [SPEC_ALLOW] }) => flags);
  const lifts = lists.map((list) => list.includes(SPEC_ALLOW));
  const isLifted =
    operation === "union" ? lifts.includes(true) : operation === "rest" ? lifts[0] : !lifts.includes(false);
  const wanted = [...new Set([...lists.flat(), ...(isLifted === true ? [SPEC_ALLOW] : [])])].filter((flag) =>
    flag === SPEC_ALLOW ? isLifted : flag !== WAIT_KILLABLE || notifies,
  );
  const [{ flags: own }] = profiles;
  const present = own ?? [SPEC_ALLOW];
  return present.length === wanted.length && present.every((flag) => wanted.includes(flag)) ? own : wanted;
}

/** Who decides about calls with the verdict NOTIFY. */
export type Agent = Pick<Profile, "listenerPath" | "listenerMetadata">;

/**
 * The agent of the result: that of the first profile that names one.
 *
 * @param notifies whether the result asks it
 * @throws Refusal if two profiles ask different agents
 */
export function agentOf(profiles: readonly [Profile, ...Profile[]], notifies: boolean): Agent {
  const [first] = profiles;
  const agents = profiles.filter(({ listenerPath }) => listenerPath !== undefined);
  const [one] = agents;
  if (!notifies || one === undefined) {
    return { listenerPath: first.listenerPath, listenerMetadata: first.listenerMetadata };
  }
  const { listenerPath, listenerMetadata } = one;
  const other = agents.find(
    (agent) => agent.listenerPath !== listenerPath || agent.listenerMetadata !== listenerMetadata,
  );
  if (other !== undefined) {
    throw new Refusal(
      other.listenerPath === listenerPath
        ? `the profiles tell the agent at ${listenerPath} different things (listenerMetadata), and it is told one`
        : `the profiles ask two agents, ${listenerPath} and ${other.listenerPath}, and a filter can have one`,
      "name the same in all, or none and one to the launch by --listener PATH",
    );
  }
  return { listenerPath, listenerMetadata };
}
