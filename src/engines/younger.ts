/**
 * What engines answer to calls that a profile does not name because they are younger: ENOSYS, or the default action.
 */

import type { Policy } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallId, syscallNames, syscallNumber } from "../tables/syscalls.ts";
import { docker } from "./docker.ts";
import type { Engine } from "./engine.ts";
import { containerd, runc } from "./oci.ts";

/** The engines whose runtime is runc, unless they are set up otherwise. */
const WITH_RUNC: readonly Engine[] = [docker, containerd, runc];

/**
 * Whether an engine answers ENOSYS to a call without a rule, if the default action denies. runc does so for numbers above the
 * highest one that the profile names on the architecture (its pull request 2750); crun, the usual runtime of Podman and CRI-O, and
 * Mesos do not.
 */
export function answersEnosys(engine: Engine, policy: Policy, arch: Architecture, name: string): boolean {
  if (!WITH_RUNC.includes(engine)) {
    return false;
  }
  const numbers = syscallNames().map((_, id) =>
    policy.rules.of(id) === undefined ? -1 : syscallNumber(arch, id),
  );
  return syscallNumber(arch, syscallId(name)) > Math.max(...numbers);
}
