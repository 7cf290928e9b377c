/**
 * The policy under which a command is recorded: hot calls are allowed, and all others are reported to the recorder.
 */

import { addMultiplexedRules } from "../policy/multiplex.ts";
import type { Comparison, Policy, PolicyRule } from "../policy/policy.ts";
import { RuleTable } from "../policy/rule-table.ts";
import { X32_SEPARATE_SINCE } from "../tables/architectures.ts";
import {
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
} from "../tables/seccomp.ts";
import { syscallId } from "../tables/syscalls.ts";
import { countedMasks, countsAny, neededValues } from "./counted.ts";
import { enosysVerdict, type Setting, unreported } from "./setting.ts";

/** The policy; also calls of architectures that the machine is not known to run are reported, so that nothing is killed. */
export function recordingPolicy(setting: Setting): Policy {
  const { target, among, answered } = setting;
  const rules = new RuleTable();
  for (const name of unreported(setting).flatMap(({ names }) => names)) {
    rules.set(syscallId(name), allowing(setting, name));
  }
  const youngerVerdict = enosysVerdict(target.arch);
  const withEnosys = [{ conditions: [], verdict: youngerVerdict }];
  for (const name of answered) {
    rules.set(syscallId(name), withEnosys);
  }
  addMultiplexedRules(rules, among, SECCOMP_RET_USER_NOTIF);
  return {
    architectures: among,
    foreignVerdict: SECCOMP_RET_USER_NOTIF,
    defaultVerdict: SECCOMP_RET_USER_NOTIF,
    youngest: undefined,
    youngerVerdict,
    mixesX32: target.kernel < X32_SEPARATE_SINCE && among.some((arch) => arch.sharesToken),
    rules,
    wideArguments: false,
    flags: 0,
    // As a profile without flags gets it: what is recorded runs as it will run under the profile.
    optionalFlags: SECCOMP_FILTER_FLAG_SPEC_ALLOW,
    listener: undefined,
  };
}

/** Rules that allow a hot call; where its arguments are recorded, with the values that every program needs. */
function allowing({ among, counting }: Setting, name: string): readonly PolicyRule[] {
  const id = syscallId(name);
  const masks = countedMasks(among, id, { ...counting, policies: [] });
  return (countsAny(masks) ? neededValues(name, masks) : [masks]).map((args) => ({
    conditions: masks.flatMap((mask, index): Comparison[] =>
      mask === 0n ? [] : [{ index, op: "SCMP_CMP_MASKED_EQ", value: args[index] ?? 0n, mask }],
    ),
    verdict: SECCOMP_RET_ALLOW,
  }));
}
