/**
 * What the Security Profiles Operator takes of a SeccompProfile: keys that its type does not have are refused or dropped.
 *
 * kubernetes-sigs/security-profiles-operator, api/seccompprofile/v1 and v1beta1, seccompprofile_types.go, and api/profilebase. An API
 * server drops what the type of an object does not have; kubectl asks it to refuse the object instead (Kubernetes 1.27, "Field
 * validation").
 */

import type { Diagnostic } from "../diagnostic.ts";
import { counted } from "../plural.ts";
import { isYamlComment } from "../profile/comments.ts";
import { SPEC } from "../profile/kubernetes.ts";
import { pointerTo } from "../profile/pointer.ts";
import { members, rawProfile } from "./engine.ts";

const OF_SPEC =
  "state disabled baseProfileName defaultAction architectures listenerPath listenerMetadata syscalls flags";
const OF_RULE = "names action errnoRet args";
const OF_CONDITION = "index value valueTwo op";

/** One error for each key, at the first place that has it; none for a profile that is no SeccompProfile. */
export function unknownToOperator(base: string, raw: unknown): readonly Diagnostic[] {
  if (base !== SPEC) {
    return [];
  }
  const found = new Map<string, string[]>();
  const look = (value: unknown, pointer: string, known: string): void => {
    for (const key of Object.keys(members(value))) {
      if (!known.split(" ").includes(key) && !isYamlComment(key)) {
        found.set(key, [...(found.get(key) ?? []), pointerTo(pointer, key)]);
      }
    }
  };
  const spec = rawProfile(raw, base);
  look(spec, base, OF_SPEC);
  each(spec["syscalls"], (rule, i) => {
    const pointer = `${base}/syscalls/${i}`;
    look(rule, pointer, OF_RULE);
    each(members(rule)["args"], (condition, j) => look(condition, `${pointer}/args/${j}`, OF_CONDITION));
  });
  return [...found].map(([key, [first = base, ...more]]) => ({
    code: "engine-refuses",
    severity: "error",
    message: `the SeccompProfile of Kubernetes has no key '${key}'${more.length === 0 ? "" : ` (here and in ${counted(more.length, "other place")})`}: kubectl refuses the object, and else the key is dropped`,
    hint: HINTS[key] ?? "write it as a comment of YAML, after '#'",
    pointer: first,
    ofKey: true,
  }));
}

const HINTS: Readonly<Record<string, string>> = {
  archMap: "write 'architectures', with those of subArchitectures",
  defaultErrnoRet:
    "the operator cannot give another errno than EPERM by default: name the calls in a rule with errnoRet",
  defaultErrno:
    "the operator cannot give another errno than EPERM by default: name the calls in a rule with errnoRet",
  includes: "seccomp-exec convert resolves it for one machine",
  excludes: "seccomp-exec convert resolves it for one machine",
  errno: "write errnoRet, a number",
  name: "write names, a list",
};

function each(value: unknown, look: (one: unknown, i: number) => void): void {
  if (Array.isArray(value)) {
    value.forEach(look);
  }
}
