/**
 * The architectures that a converted file lists.
 */

import type { Target } from "../../policy/target.ts";
import type { Profile } from "../../profile/profile.ts";
import { type Architecture, architectureByScmp } from "../../tables/architectures.ts";
import type { Carrier } from "./carrier.ts";
import type { WrittenProfile } from "./write.ts";

/**
 * What an engine knows of the profile's architectures, in the form that it reads.
 *
 * @param leftOut architectures that the file must not list
 */
export function architecturesFor(
  profile: Profile,
  carrier: Carrier,
  target: Target,
  leftOut: readonly Architecture[],
): Pick<WrittenProfile, "archMap" | "architectures"> {
  const keeps = (scmp: string): boolean => {
    const arch = architectureByScmp(scmp);
    return arch !== undefined && carrier.knowsArch(arch) && !leftOut.includes(arch);
  };
  const native = target.arch.scmp;
  const listedHere = [
    ...(profile.archMap?.find(({ architecture }) => architecture === native)?.subArchitectures ?? []),
    ...(profile.architectures ?? []),
  ].filter((scmp) => scmp !== native && keeps(scmp));
  if (!carrier.selectors) {
    return { archMap: undefined, architectures: [native, ...new Set(listedHere)] };
  }
  if (profile.archMap !== undefined) {
    const archMap = profile.archMap
      .filter(({ architecture }) => keeps(architecture))
      .map(({ architecture, subArchitectures }) => ({
        architecture,
        subArchitectures: subArchitectures.filter(keeps),
      }));
    // Docker and Podman take the first entry of an architecture, Mesos all of them.
    const first = archMap.filter(
      ({ architecture }, i) => archMap.findIndex((one) => one.architecture === architecture) === i,
    );
    return { archMap: first, architectures: undefined };
  }
  return carrier.engine.name === "mesos"
    ? {
        archMap: [{ architecture: native, subArchitectures: [...new Set(listedHere)] }],
        architectures: undefined,
      }
    : { archMap: undefined, architectures: profile.architectures?.filter(keeps) };
}
