/**
 * What an operator's policy means, in sentences.
 */

import { listed } from "../plural.ts";
import { BENDING, DEFAULT_PROFILE_DIR, type OperatorPolicy, permittedNames } from "./operator.ts";
import { BUILT_IN_DEFAULT } from "./request.ts";
import { isItself, isOfFile } from "./wrapper.ts";

/** Who gets what, what a task may ask for, and what it may not. */
export function operatorInWords(policy: OperatorPolicy): readonly string[] {
  if (policy.enabled === false) {
    return [
      "Seccomp is off: a task that asks for nothing, or to run unconfined, runs without a filter.",
      "A task that asks for a profile is refused, and so is one with SECCOMP_EXEC_UNCONFINED=false.",
      ...wrapsInWords(policy),
    ];
  }
  const { noNewPrivs, wideArguments, listener } = policy;
  return [
    `A task that asks for nothing runs under ${defaultInWords(policy)}.`,
    askingInWords(policy),
    policy.allowUnconfined === false
      ? "No task may run unconfined: --unconfined and its other spellings, --complain and record are refused."
      : "A task may run unconfined: it need only ask (--unconfined, SECCOMP_EXEC_UNCONFINED=true).",
    ...(noNewPrivs === true
      ? ["Every task runs with no_new_privs, so setuid programs and file capabilities give it nothing."]
      : []),
    ...(wideArguments === true
      ? ["Conditions compare 64 bits of every argument, so a call with other upper bits can pass a denial."]
      : []),
    listener === undefined
      ? "A profile with SCMP_ACT_NOTIFY names its seccomp agent itself."
      : `The seccomp agent at ${listener} decides about the calls with SCMP_ACT_NOTIFY.`,
    `No task may use ${listed(BENDING)}: these change what a profile means.`,
    ...wrapsInWords(policy),
  ];
}

function wrapsInWords({ wraps = {} }: OperatorPolicy): readonly string[] {
  return Object.entries(wraps).flatMap(([wrapper, program]) =>
    isItself(wrapper) || !isOfFile(wrapper)
      ? []
      : [`Started as ${wrapper}, the launcher runs ${program}, and all arguments are that program's.`],
  );
}

function defaultInWords({ defaultProfile, profileDir: fixed }: OperatorPolicy): string {
  const profileDir = fixed ?? DEFAULT_PROFILE_DIR;
  const compiledIn = fixed === undefined ? " (compiled in, if there is no such directory)" : "";
  return defaultProfile === undefined
    ? `the profile that the agent names (MESOS_SECCOMP_PROFILE_NAME), or else ${BUILT_IN_DEFAULT}, of ${profileDir}${compiledIn}`
    : placed(defaultProfile, profileDir);
}

function placed(reference: string, profileDir: string): string {
  return reference.includes("/") || reference.startsWith("builtin:")
    ? reference
    : `${reference} of ${profileDir}`;
}

function askingInWords(policy: OperatorPolicy): string {
  const { allowedProfiles, profileDir } = policy;
  if (allowedProfiles === undefined) {
    return profileDir === undefined
      ? `A task may ask for each profile of ${DEFAULT_PROFILE_DIR}, for each builtin: profile, and by path for each file that only root can write.`
      : `A task may ask for each profile of ${profileDir}, and for no path and no builtin: profile.`;
  }
  const names = permittedNames(policy);
  return names.length === 0
    ? "A task may ask for no profile."
    : `A task may ask for ${listed(names)}, and for no other profile.`;
}
