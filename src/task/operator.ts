/**
 * The operator's policy file, which limits every request on a machine.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { InvalidInput, type Misspelt, Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { pointerTo } from "../profile/pointer.ts";
import type { GivenOptions, LaunchOptionName } from "./options.ts";
import { isName, type Request } from "./request.ts";

/** The directory of the file. */
export const POLICY_DIR = "/etc/seccomp-exec";
export const POLICY_FILE = "/etc/seccomp-exec/policy.json";

/** The profile directory of an agent, as DC/OS documents it. */
export const DEFAULT_PROFILE_DIR = "/etc/dcos/mesos/seccomp";

/** The file's content; an absent key limits nothing. */
export interface OperatorPolicy {
  readonly enabled?: boolean;
  readonly profileDir?: string;
  readonly defaultProfile?: string;
  readonly allowUnconfined?: boolean;
  readonly allowedProfiles?: readonly string[];
  readonly noNewPrivs?: boolean;
  readonly wideArguments?: boolean;
  readonly listener?: string;
  /** The programs that the launcher stands for under their names: wrapper.ts. */
  readonly wraps?: Readonly<Record<string, string>>;
}

/**
 * Checks a JSON value against the schema of policies.
 *
 * @throws InvalidInput
 */
export type PolicyTypeCheck = (value: unknown) => void;

/**
 * Reads the JSON value of a policy.
 *
 * @throws InvalidInput with all mistakes; Refusal if the policy contradicts itself
 */
export function readOperatorPolicy(value: unknown, checkTypes: PolicyTypeCheck): OperatorPolicy {
  checkTypes(value);
  const policy = value as OperatorPolicy;
  const { profileDir, defaultProfile, listener } = policy;
  // A relative path would lead into the task's own working directory.
  if (profileDir !== undefined && !profileDir.startsWith("/")) {
    throw relative("profileDir", profileDir);
  }
  if (listener !== undefined && !listener.startsWith("/")) {
    throw relative("listener", listener);
  }
  if (listener?.includes("\0") === true) {
    throw new InvalidInput(POLICY_FILE, [
      {
        code: "schema",
        severity: "error",
        message: "'listener' holds a NUL character, which no path of a socket has",
        pointer: "/listener",
      },
    ]);
  }
  if (defaultProfile?.includes("/") === true && !defaultProfile.startsWith("/")) {
    throw relative("defaultProfile", defaultProfile);
  }
  if (policy.enabled === false && policy.allowUnconfined === false) {
    throw new Refusal(
      `the operator's policy (${POLICY_FILE}) refuses every task: 'enabled' and 'allowUnconfined' are both false`,
      "remove one of the two",
    );
  }
  const stray = policy.allowedProfiles?.find((name) => name.includes("/") && !name.startsWith("/"));
  if (stray !== undefined) {
    throw relative("allowedProfiles", stray);
  }
  for (const [wrapper, program] of Object.entries(policy.wraps ?? {})) {
    // A wrapper is found by its whole path or by its name alone, a program never in PATH, which the task chooses.
    const path = wrapper.includes("/") && !wrapper.startsWith("/") ? wrapper : program;
    if (!path.startsWith("/")) {
      throw relative("wraps", path, pointerTo("/wraps", wrapper));
    }
  }
  return policy;
}

function relative(key: string, path: string, pointer = `/${key}`): InvalidInput {
  return new InvalidInput(POLICY_FILE, [
    {
      code: "relative-path",
      severity: "error",
      message: `'${key}' holds '${path}', which is not an absolute path`,
      hint: "begin it with a slash",
      pointer,
    },
  ]);
}

/** The name of a policy key in messages. */
export function keyOfPolicy(key: keyof OperatorPolicy): string {
  return `'${key}' of ${POLICY_FILE}`;
}

/** Options that change the meaning of a profile, and so would bypass the choice of profiles. */
export const BENDING: readonly LaunchOptionName[] = [
  "--caps",
  "--kernel",
  "--unknown-syscalls",
  "--wide-arguments",
  "--listener",
];

/**
 * Refuses options that tasks must not use under a policy.
 *
 * @throws Refusal
 */
export function checkOptions(policy: OperatorPolicy, options: GivenOptions): void {
  if (options["--complain"] !== undefined && policy.allowUnconfined === false) {
    throw new Refusal(
      `--complain forbids nothing, but the operator's policy (${POLICY_FILE}) has 'allowUnconfined' set to false`,
      "leave out --complain",
    );
  }
  const given = BENDING.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw new Refusal(
      `${given} changes the meaning of a profile, which the operator's policy (${POLICY_FILE}) forbids`,
      `leave out ${given}`,
    );
  }
}

/** A profile directory, and the option or variable that asks for it. */
export interface RequestedDirectory {
  readonly path: ByteString;
  readonly source: string;
}

/**
 * Refuses a request that the policy does not permit.
 *
 * @param explicit whether the task asked for it; false: it is a default
 * @param profileDir the directory that the command line or the agent asks for, if any
 * @throws Refusal that names the policy's key
 */
export function checkRequest(
  policy: OperatorPolicy,
  request: Request,
  explicit: boolean,
  profileDir: RequestedDirectory | undefined,
): void {
  if (policy.enabled === false && request.kind === "profile") {
    if (explicit) {
      refuse(
        request,
        `asks for the profile '${decodeBytes(request.reference)}'`,
        "has 'enabled' set to false",
      );
    }
    return;
  }
  if (request.kind === "unconfined") {
    if (policy.allowUnconfined === false) {
      refuse(request, "asks to run unconfined", "has 'allowUnconfined' set to false");
    }
    return;
  }
  // The directory decides what a profile name means, so a task that chose it could bypass every other key. A directory
  // that is not read does not matter.
  const fixed = policy.profileDir ?? DEFAULT_PROFILE_DIR;
  if (profileDir !== undefined && isName(request.reference) && profileDir.path !== encodeBytes(fixed)) {
    throw new Refusal(
      `${profileDir.source} asks for the profile directory '${decodeBytes(profileDir.path)}', but the operator's policy (${POLICY_FILE}) ${
        policy.profileDir === undefined ? "sets no 'profileDir', so it is" : "sets 'profileDir' to"
      } '${fixed}'`,
      `leave out ${profileDir.source}, or set 'profileDir' in the policy`,
    );
  }
  if (permits(policy, request.reference)) {
    return;
  }
  const reference = decodeBytes(request.reference);
  if (policy.allowedProfiles !== undefined) {
    refuse(
      request,
      `asks for the profile '${reference}'`,
      "does not list it in 'allowedProfiles'",
      permittedNames(policy).length === 0
        ? "the list is empty"
        : `allowed are ${permittedNames(policy).join(", ")}${explicit ? "" : "; 'defaultProfile' in the policy says which of them is the default"}`,
      explicit ? { word: reference, kind: "profile", among: permittedNames(policy) } : undefined,
    );
  }
  refuse(
    request,
    `asks for the profile '${reference}', which is not a name in a directory`,
    `sets 'profileDir' to '${policy.profileDir}' and does not list it in 'allowedProfiles'`,
  );
}

/** The profiles that a policy lists: the default first, then those of 'allowedProfiles'. */
export function permittedNames({ defaultProfile, allowedProfiles = [] }: OperatorPolicy): readonly string[] {
  return defaultProfile === undefined
    ? allowedProfiles
    : [defaultProfile, ...allowedProfiles.filter((name) => name !== defaultProfile)];
}

/** Whether a policy, if there is one, lets a task ask for that profile. */
export function permits(policy: OperatorPolicy | undefined, reference: ByteString): boolean {
  if (policy === undefined) {
    return true;
  }
  // Compared as bytes: the text printed for bytes that are not UTF-8 may be the name of another profile.
  const isAsked = (name: string): boolean => encodeBytes(name) === reference;
  const { allowedProfiles, defaultProfile, profileDir } = policy;
  if (allowedProfiles?.some(isAsked) || (defaultProfile !== undefined && isAsked(defaultProfile))) {
    return true;
  }
  return allowedProfiles === undefined && (profileDir === undefined || isName(reference));
}

function refuse(request: Request, wish: string, rule: string, hint?: string, misspelt?: Misspelt): never {
  throw new Refusal(
    `${request.source.name} ${wish}, but the operator's policy (${POLICY_FILE}) ${rule}`,
    hint,
    misspelt,
  );
}
