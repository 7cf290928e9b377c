/**
 * How the OCI runtimes (runc 1.5, crun 1.x) read the `linux.seccomp` of the runtime-spec.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { counted } from "../plural.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import type { Target } from "../policy/target.ts";
import { SPEC } from "../profile/kubernetes.ts";
import type { Profile } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import {
  doesNotLookInside,
  doesNotRunOn,
  type Engine,
  type EngineReading,
  engineRule,
  type Misread,
  rawProfile,
  rawRule,
  remark,
} from "./engine.ts";
import {
  isKnownToRunc,
  notifyRefusals,
  RUNTIME_LIBSECCOMP,
  runtimeArchitectures,
  runtimeRefusals,
  unusedErrnoRemarks,
  youngNames,
} from "./runtime.ts";

/** The differences between the engines that read the `linux.seccomp` of the runtime-spec. */
interface OciForm {
  readonly title: string;
  /** The name of the runtime that rejects an errno that its action does not use; undefined if none does. */
  readonly crun: string | undefined;
  /** Whether a runtime knows an architecture. */
  knowsArch(arch: Architecture): boolean;
  /** Whether it gets the profile alone, never a whole config.json. */
  readonly bare: boolean;
  /** Whether runc is or may be the runtime. */
  readonly mayBeRunc: boolean;
}

const ANY: OciForm = {
  title: "an OCI runtime",
  crun: "an OCI runtime with crun",
  knowsArch: isKnownToRunc,
  bare: false,
  mayBeRunc: true,
};

/** Any runtime that reads a config.json. */
export const oci: Engine = engineOf(ANY);

export const runc: Engine = engineOf({ ...ANY, title: "runc", crun: undefined });

/** It accepts the architectures that libseccomp knows. */
export const crun: Engine = engineOf({
  ...ANY,
  title: "crun",
  crun: "crun",
  knowsArch: () => true,
  mayBeRunc: false,
});

/** contrib/seccomp/seccomp.go of containerd 2.0, WithProfile: it reads the object of the runtime-spec and nothing else. */
export const containerd: Engine = engineOf({
  ...ANY,
  title: "containerd",
  crun: "containerd with crun",
  bare: true,
});

function engineOf(form: OciForm): Engine {
  return {
    name: "oci",
    title: form.title,
    // Of these only containerd gets the profile alone, by the kubelet.
    inClusters: form.bare,
    libseccomp: RUNTIME_LIBSECCOMP,
    killsProcess: true,
    read: (profile, raw, target) => read(form, profile, raw, target),
  };
}

function read(form: OciForm, profile: Profile, raw: unknown, target: Target): EngineReading {
  const { base } = profile;
  const { title, crun: strict, knowsArch, bare, mayBeRunc } = form;
  const words = (profile.architectures ?? []).map((scmp, i) => [scmp, `${base}/architectures/${i}`] as const);
  const { architectures, refusals } = runtimeArchitectures(title, words, target.arch, knowsArch);
  const rules = profile.rules
    // A rule with the old 'name' has no names according to the runtime-spec.
    .filter(({ index }) => rawRule(raw, base, index)["name"] === undefined)
    .map((rule) => engineRule(base, rule, rule.errno.number));
  const misread = misreadRules(title, profile, raw);
  return {
    architectures,
    defaultVerdict: actionVerdict(profile.defaultAction, profile.defaultErrno.number),
    rules,
    refusals: [
      ...refusals,
      ...(knowsArch(target.arch) ? [] : [doesNotRunOn(title, target.arch, base)]),
      ...(isHidden(base, bare) ? [doesNotLookInside(title, base)] : []),
      ...runtimeRefusals(title, profile, rules),
      ...(mayBeRunc ? notifyRefusals(title, profile, rules) : []),
    ],
    misread,
    remarks: [
      ...ignoredKeys(title, profile, raw),
      ...misread.map(({ remark: said }) => said),
      ...(strict === undefined ? [] : unusedErrnoRemarks(strict, profile)),
      ...youngNames(title, profile),
    ],
  };
}

/**
 * Whether an engine does not find a profile there. What the operator writes to a node of a cluster for containerd is the `spec`
 * of a SeccompProfile alone.
 */
function isHidden(base: string, bare: boolean): boolean {
  return bare ? base !== "" && base !== SPEC : base === SPEC;
}

/** The keys that the runtime-spec does not have, and the effect of ignoring them. */
const IGNORED_IN_PROFILE: Readonly<Record<string, string>> = {
  archMap: "so it judges calls of the native architecture only",
  defaultErrno: "and answers EPERM",
};
const IGNORED_IN_RULE: Readonly<Record<string, string>> = {
  name: "so the rule applies to no syscall",
  errno: "and answers EPERM",
  includes: "so the rule always applies",
  excludes: "so the rule always applies",
};

function ignoredKeys(title: string, { base }: Profile, raw: unknown): Diagnostic[] {
  const whole = rawProfile(raw, base);
  return Object.entries(IGNORED_IN_PROFILE)
    .filter(([key]) => isGiven(whole[key]))
    .map(([key, consequence]) => ignored(title, key, 1, consequence, `${base}/${key}`));
}

/** One finding for each key, however many rules have it. */
function misreadRules(title: string, { base, rules }: Profile, raw: unknown): Misread[] {
  return Object.entries(IGNORED_IN_RULE).flatMap(([key, consequence]) => {
    const those = rules
      .filter(({ index }) => isGiven(rawRule(raw, base, index)[key]))
      .map(({ index }) => index);
    const [first] = those;
    return first === undefined
      ? []
      : [
          {
            remark: ignored(title, key, those.length, consequence, `${base}/syscalls/${first}/${key}`),
            rules: those,
          },
        ];
  });
}

function ignored(
  title: string,
  key: string,
  count: number,
  consequence: string,
  pointer: string,
): Diagnostic {
  const more = count === 1 ? "" : ` (here and in ${counted(count - 1, "other rule")})`;
  return remark(
    "error",
    `${title} does not know the key '${key}'${more}, ${consequence}`,
    pointer,
    "seccomp-exec convert --to oci resolves it for one machine",
  );
}

/** Whether a value has an effect: neither null nor an empty list or object. */
function isGiven(value: unknown): boolean {
  return typeof value === "object" && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== null;
}
