/**
 * How the OCI runtimes (runc 1.5, crun 1.x) take the `linux.seccomp` of the runtime-spec.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import type { Target } from "../policy/target.ts";
import type { Profile } from "../profile/profile.ts";
import {
  doesNotRunOn,
  type Engine,
  type EngineReading,
  engineRule,
  rawProfile,
  rawRule,
  remark,
} from "./engine.ts";
import {
  isKnownToRunc,
  RUNTIME_LIBSECCOMP,
  runtimeArchitectures,
  runtimeRefusals,
  unusedErrnoRemarks,
  youngNames,
} from "./runtime.ts";

const OCI = "an OCI runtime";

export const oci: Engine = {
  name: "oci",
  title: OCI,
  libseccomp: RUNTIME_LIBSECCOMP,
  read,
};

function read(profile: Profile, raw: unknown, target: Target): EngineReading {
  const { base } = profile;
  const words = (profile.architectures ?? []).map((scmp, i) => [scmp, `${base}/architectures/${i}`] as const);
  const { architectures, refusals } = runtimeArchitectures(OCI, words, target.arch);
  const rules = profile.rules
    // A rule with the old 'name' has no names to the runtime-spec.
    .filter(({ index }) => rawRule(raw, base, index)["name"] === undefined)
    .map((rule) => engineRule(base, rule, rule.errno.number));
  return {
    architectures,
    defaultVerdict: actionVerdict(profile.defaultAction, profile.defaultErrno.number),
    rules,
    refusals: [
      ...refusals,
      ...(isKnownToRunc(target.arch) ? [] : [doesNotRunOn(OCI, target.arch, base)]),
      ...runtimeRefusals(OCI, profile, rules),
    ],
    remarks: [...remarksOn(profile, raw), ...unusedErrnoRemarks(OCI, profile), ...youngNames(OCI, profile)],
  };
}

/** The keys that the runtime-spec does not have, and what comes of their being ignored. */
const IGNORED_IN_PROFILE: Readonly<Record<string, string>> = {
  archMap: "so it judges calls of the native architecture only",
  defaultErrno: "and answers EPERM",
};
const IGNORED_IN_RULE: Readonly<Record<string, string>> = {
  name: "so the rule is for no syscall",
  errno: "and answers EPERM",
  includes: "so the rule always applies",
  excludes: "so the rule always applies",
};

function remarksOn({ base, rules }: Profile, raw: unknown): Diagnostic[] {
  const found: Diagnostic[] = [];
  const say = (key: string, consequence: string, pointer: string): void => {
    const message = `${OCI} does not know the key '${key}', ${consequence}`;
    found.push(
      remark("error", message, pointer, "seccomp-exec convert --to oci resolves it for one machine"),
    );
  };
  const whole = rawProfile(raw, base);
  for (const [key, consequence] of Object.entries(IGNORED_IN_PROFILE)) {
    if (isGiven(whole[key])) {
      say(key, consequence, `${base}/${key}`);
    }
  }
  for (const { index } of rules) {
    const rule = rawRule(raw, base, index);
    for (const [key, consequence] of Object.entries(IGNORED_IN_RULE)) {
      if (isGiven(rule[key])) {
        say(key, consequence, `${base}/syscalls/${index}/${key}`);
      }
    }
  }
  return found;
}

/** Whether a value asks for something: not null, and not an empty list or object. */
function isGiven(value: unknown): boolean {
  return typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== null;
}
