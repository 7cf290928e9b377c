/**
 * The operator's policy file: what bounds every request on a machine.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { schemaDiagnostics } from "../profile/schema-errors.ts";
import validatePolicy from "./generated/validate-policy.js";
import type { Request } from "./request.ts";

/** Where the file is. */
export const POLICY_FILE = "/etc/seccomp-exec/policy.json";

/** The file's content; what is absent bounds nothing. */
export interface OperatorPolicy {
  readonly enabled?: boolean;
  readonly profileDir?: string;
  readonly defaultProfile?: string;
  readonly allowUnconfined?: boolean;
  readonly allowedProfiles?: readonly string[];
  readonly noNewPrivs?: boolean;
}

/**
 * Checks the types of a policy.
 *
 * @throws InvalidInput with everything that is wrong
 */
export function readOperatorPolicy(value: unknown): OperatorPolicy {
  if (!validatePolicy(value)) {
    throw new InvalidInput(POLICY_FILE, schemaDiagnostics(validatePolicy.errors ?? [], value, ""));
  }
  return value as OperatorPolicy;
}

/**
 * Refuses a request that lies outside of the policy.
 *
 * @param explicit whether the task asked, or gets this because nobody did
 * @param profileDir the directory that the command line or the agent asks for, if they do
 */
export function checkRequest(
  policy: OperatorPolicy,
  request: Request,
  explicit: boolean,
  profileDir: ByteString | undefined,
): void {
  if (policy.enabled === false && explicit && request.kind === "profile") {
    refuse(request, `asks for the profile '${decodeBytes(request.reference)}'`, "has 'enabled' set to false");
  }
  if (request.kind === "unconfined") {
    if (policy.allowUnconfined === false) {
      refuse(request, "asks to run unconfined", "has 'allowUnconfined' set to false");
    }
    return;
  }
  if (
    policy.profileDir !== undefined &&
    profileDir !== undefined &&
    profileDir !== encodeBytes(policy.profileDir)
  ) {
    throw new Refusal(
      `the profile directory '${decodeBytes(profileDir)}' is asked for, but ${POLICY_FILE} sets 'profileDir' to '${policy.profileDir}'`,
      "leave out --profile-dir and MESOS_SECCOMP_CONFIG_DIR",
    );
  }
  const reference = decodeBytes(request.reference);
  const listed = policy.allowedProfiles?.includes(reference) ?? false;
  if (listed || reference === policy.defaultProfile) {
    return;
  }
  if (policy.allowedProfiles !== undefined) {
    refuse(request, `asks for the profile '${reference}'`, "does not list it in 'allowedProfiles'");
  }
  if (policy.profileDir !== undefined && (reference.includes("/") || reference.startsWith("builtin:"))) {
    refuse(
      request,
      `asks for the profile '${reference}', which is not in a directory`,
      `sets 'profileDir' to '${policy.profileDir}' and does not list it in 'allowedProfiles'`,
    );
  }
}

function refuse(request: Request, wish: string, rule: string): never {
  throw new Refusal(`${request.source.name} ${wish}, but the operator's policy (${POLICY_FILE}) ${rule}`);
}
