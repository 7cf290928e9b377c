/**
 * Selects the profile of a task: its request, checked by the operator's policy, looked up and read.
 */

import { encodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { ENOENT } from "../load/errno.ts";
import { readTrusted } from "../load/files.ts";
import {
  checkRequestedDirectory,
  loadProfile,
  type ProfileText,
  requestedDirectory,
} from "../load/load-profile.ts";
import { checkValues } from "../load/target.ts";
import {
  checkOptions,
  checkRequest,
  keyOfPolicy,
  type OperatorPolicy,
  POLICY_DIR,
  POLICY_FILE,
  type PolicyTypeCheck,
  type RequestedDirectory,
  readOperatorPolicy,
} from "../task/operator.ts";
import type { GivenOptions } from "../task/options.ts";
import {
  agentDefault,
  BUILT_IN_DEFAULT,
  checkReference,
  type Request,
  type RequestInput,
  type Source,
  taskRequest,
  withoutContradiction,
} from "../task/request.ts";
import type { Lap } from "./timing.ts";

/** The selected profile, and why. */
export interface Selection {
  /** undefined: no filter. */
  readonly profile: ProfileText | undefined;
  /** What decided it: an option, a variable, a key of the operator's policy, or the built-in default. */
  readonly decided: Source;
  /** The profile directory; undefined: the built-in one. */
  readonly directory: ByteString | undefined;
  /** The operator's policy, if there is one. */
  readonly operator: OperatorPolicy | undefined;
  /** The option or policy key that asks for no_new_privs, if any. */
  readonly noNewPrivs: string | undefined;
}

/** Reads JSON; throws InvalidInput if the text is not valid. `label` is its name in messages. */
export type JsonReader = (text: string, label: string) => unknown;

/** How the texts of a request and of the operator's policy are read. */
export interface TextReaders {
  readonly parseJson: JsonReader;
  readonly checkPolicyTypes: PolicyTypeCheck;
}

/**
 * Selects the profile of a task.
 *
 * @param env looks up the variables that a launch reads
 * @param lap called when the request is decided, and when the file is read
 * @param asRoot whether the process runs as root, whose profiles no other user may be able to change
 * @throws Refusal or InvalidInput for the request, the policy or the profile's file
 */
export function select(
  host: Host,
  env: Host["env"],
  options: GivenOptions,
  readers: TextReaders,
  asRoot: boolean,
  lap: Lap,
): Selection {
  const operator = readOperator(host, readers);
  const decision = decide(env, options, readers.parseJson, operator);
  const { reference, directory, decided, noNewPrivs } = decision;
  if (reference === undefined) {
    return { profile: undefined, decided, directory, operator, noNewPrivs };
  }
  if (decision.profileDir !== undefined && operator === undefined) {
    checkRequestedDirectory(decision.profileDir, reference);
  }
  lap("request");
  const profile = loadRequested(decision.source, () =>
    loadProfile(host, reference, directory, { asRoot, operator, prepared: true }),
  );
  lap("file");
  return { profile, decided, directory, operator, noNewPrivs };
}

/** What a task gets, before it is looked up. */
export interface Decision extends Pick<Selection, "decided" | "directory" | "noNewPrivs"> {
  /** The profile; undefined: no filter. */
  readonly reference: ByteString | undefined;
  /** What asks for that. */
  readonly source: Source;
  /** The directory that the command line or the environment asks for, if any. */
  readonly profileDir: RequestedDirectory | undefined;
}

/**
 * Decides about a task's request.
 *
 * @throws Refusal or InvalidInput for the request
 */
export function decide(
  env: Host["env"],
  options: GivenOptions,
  parseJson: JsonReader,
  operator: OperatorPolicy | undefined,
): Decision {
  if (operator !== undefined) {
    checkOptions(operator, options);
  }
  checkValues(options);
  const input: RequestInput = { options, env, parseJson, operator };
  const asked = taskRequest(input);
  const request = asked ?? defaultRequest(operator, input);
  const { source } = request;
  const profileDir = requestedDirectory(env, options["--profile-dir"]);
  const directory = operator?.profileDir === undefined ? profileDir?.path : encodeBytes(operator.profileDir);
  const noNewPrivs =
    options["--no-new-privs"] !== undefined
      ? "--no-new-privs"
      : operator?.noNewPrivs === true
        ? keyOfPolicy("noNewPrivs")
        : undefined;
  let reference = request.kind === "unconfined" ? undefined : request.reference;
  let decided = source;
  if (operator !== undefined) {
    checkRequest(operator, request, asked !== undefined, profileDir);
    if (operator.enabled === false) {
      reference = undefined;
      decided = { name: keyOfPolicy("enabled"), commandLine: false };
      if (asked === undefined) {
        withoutContradiction(input, { kind: "unconfined", source: decided });
      }
    }
  }
  return { reference, source, profileDir, directory, decided, noNewPrivs };
}

/** Adds the source of the request to an error, unless the command line shows it. */
function loadRequested({ name }: Source, load: () => ProfileText): ProfileText {
  try {
    return load();
  } catch (error) {
    throw error instanceof Refusal && name !== "--profile"
      ? new Refusal(`${name}: ${error.message}`, error.hint, error.misspelt)
      : error;
  }
}

/**
 * Reads the operator's policy; undefined if there is none.
 *
 * @throws Refusal or InvalidInput
 */
export function readOperator(
  host: Host,
  { parseJson, checkPolicyTypes }: TextReaders,
): OperatorPolicy | undefined {
  // There is no policy only if the path does not exist. A dangling link, a file instead of the directory, and a directory
  // that cannot be searched are a policy that cannot be read.
  if (host.probeLink(POLICY_DIR) === ENOENT) {
    return undefined;
  }
  const what = "the operator's policy";
  const file = readTrusted(host, { path: POLICY_FILE, what, rule: "root", movable: false }, "");
  if (typeof file !== "string") {
    return readOperatorPolicy(parseJson(file.text, POLICY_FILE), checkPolicyTypes);
  }
  const errno = host.probeLink(POLICY_FILE);
  if (file === "no directory") {
    throw new Refusal(
      `the directory of ${what} ${POLICY_FILE} cannot be read: ${host.errorMessage(errno || ENOENT)}`,
      "it must be a directory owned by root",
    );
  }
  if (errno !== ENOENT) {
    throw new Refusal(
      `${what} ${POLICY_FILE} exists but cannot be read: ${host.errorMessage(errno || ENOENT)}`,
      "fix the link",
    );
  }
  return undefined;
}

/** The request for a task without one. */
function defaultRequest(operator: OperatorPolicy | undefined, input: RequestInput): Request {
  if (operator?.defaultProfile !== undefined) {
    const source = { name: keyOfPolicy("defaultProfile"), commandLine: true };
    return {
      kind: "profile",
      reference: checkReference(encodeBytes(operator.defaultProfile), source),
      source,
    };
  }
  const source = { name: "the built-in default", commandLine: false };
  return agentDefault(input) ?? { kind: "profile", reference: BUILT_IN_DEFAULT, source };
}
