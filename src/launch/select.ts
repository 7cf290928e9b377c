/**
 * Which profile it is to be, and its text: the request, bounded by the operator's policy, looked up.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import {
  checkOptions,
  checkRequest,
  DEFAULT_PROFILE_DIR,
  type OperatorPolicy,
  POLICY_DIR,
  POLICY_FILE,
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
} from "../task/request.ts";
import { ENOENT } from "./errno.ts";
import { checkDirectory, type Place, readTrusted, type TrustedText } from "./files.ts";
import { isPreparedPath } from "./prepared.ts";
import type { Lap } from "./timing.ts";

/** What the task is to run under, and why. */
export interface Selection {
  /** undefined: no filter. */
  readonly profile: ProfileText | undefined;
  /** Who decided that: an option, a variable, a key of the operator's policy, or the built-in default. */
  readonly decided: Source;
  /** The directory in which names are looked up; undefined: the built-in one. */
  readonly directory: ByteString | undefined;
  /** The operator's policy; undefined: there is none. */
  readonly operator: OperatorPolicy | undefined;
  /** Who asks for no_new_privs; undefined: nobody. */
  readonly noNewPrivs: string | undefined;
}

/** Reads JSON; throws InvalidInput where the text is not valid, `label` saying whose text it is. */
export type JsonReader = (text: string, label: string) => unknown;

/**
 * Selects the profile of a task.
 *
 * @param env looks up the variables that a launch reads
 * @param lap is told when the request is decided, and when the file is read
 * @param asRoot whether we run as root, whose profiles nobody else may be able to change
 * @throws Refusal or InvalidInput where the request, the policy or the profile's file is to blame
 */
export function select(
  host: Host,
  env: Host["env"],
  options: GivenOptions,
  parseJson: JsonReader,
  asRoot: boolean,
  lap: Lap,
): Selection {
  const operator = readOperator(host, parseJson);
  const input: RequestInput = { options, env, parseJson };
  const asked = taskRequest(input);
  const request = asked ?? defaultRequest(operator, input);
  const profileDir = requestedDirectory(env, options);
  const directory = operator?.profileDir === undefined ? profileDir?.path : encodeBytes(operator.profileDir);
  const noNewPrivs =
    options["--no-new-privs"] !== undefined
      ? "--no-new-privs"
      : operator?.noNewPrivs === true
        ? keyOfPolicy("noNewPrivs")
        : undefined;
  const rest = { decided: request.source, directory, operator, noNewPrivs };
  if (operator !== undefined) {
    checkOptions(operator, options);
    checkRequest(operator, request, asked !== undefined, profileDir);
    if (operator.enabled === false) {
      return { ...rest, profile: undefined, decided: { name: keyOfPolicy("enabled"), commandLine: false } };
    }
  }
  if (request.kind === "unconfined") {
    return { ...rest, profile: undefined };
  }
  const { reference } = request;
  // What the operator has chosen has to be the operator's: a name in the directory, or what the policy lists.
  const ofRoot = asRoot || (operator !== undefined && isOperators(operator, reference));
  if (ofRoot && !reference.includes("/") && !reference.startsWith("builtin:")) {
    // Whoever may write to it may give a name another meaning, by a link to another file of root's.
    const path = directory ?? DEFAULT_PROFILE_DIR;
    checkDirectory(host, path, `the profile directory ${decodeBytes(path)}`);
  }
  lap("request");
  const profile = loadProfile(host, reference, directory, ofRoot);
  lap("file");
  return { ...rest, profile };
}

/** Whether a policy speaks of that profile, rather than just not forbidding it. */
function isOperators(operator: OperatorPolicy, reference: ByteString): boolean {
  return (
    !reference.includes("/") ||
    operator.defaultProfile !== undefined ||
    operator.allowedProfiles !== undefined
  );
}

function keyOfPolicy(key: keyof OperatorPolicy): string {
  return `'${key}' of ${POLICY_FILE}`;
}

function readOperator(host: Host, parseJson: JsonReader): OperatorPolicy | undefined {
  // There is none only if nothing is there. A link that leads nowhere, a file where the directory should be, and a
  // directory that cannot be looked at are a policy that cannot be read.
  if (host.probeLink(POLICY_DIR) === ENOENT) {
    return undefined;
  }
  // Whoever may write to the directory may take the policy away, or put another one there.
  const what = `the directory of the operator's policy ${POLICY_FILE}`;
  if (!checkDirectory(host, POLICY_DIR, what)) {
    throw new Refusal(`${what} cannot be read: ${host.errorMessage(ENOENT)}`, "mend the link, or remove it");
  }
  const file = readTrusted(host, POLICY_FILE, "the operator's policy", true);
  if (file !== undefined) {
    return readOperatorPolicy(parseJson(file.text, POLICY_FILE));
  }
  const errno = host.probeLink(POLICY_FILE);
  if (errno !== ENOENT) {
    throw new Refusal(
      `the operator's policy ${POLICY_FILE} is there but cannot be read: ${host.errorMessage(errno || ENOENT)}`,
      "mend the link, or remove it",
    );
  }
  return undefined;
}

/** The directory that the command line or the agent asks for. */
export function requestedDirectory(
  env: Host["env"],
  options: Pick<GivenOptions, "--profile-dir">,
): RequestedDirectory | undefined {
  const option = options["--profile-dir"];
  if (option !== undefined) {
    if (option === "") {
      throw new Refusal("--profile-dir is empty", "name a directory");
    }
    return { path: option, source: "--profile-dir" };
  }
  const variable = env("MESOS_SECCOMP_CONFIG_DIR");
  if (variable !== undefined && !variable.startsWith("/")) {
    throw new Refusal(
      `MESOS_SECCOMP_CONFIG_DIR is '${decodeBytes(variable)}', which is not an absolute path`,
      "begin it with a slash: the working directory is the task's",
    );
  }
  return variable === undefined ? undefined : { path: variable, source: "MESOS_SECCOMP_CONFIG_DIR" };
}

/** What a task gets that asks for nothing. */
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

/** A profile's text, and what to call it in messages. */
export interface ProfileText {
  readonly text: string;
  readonly label: string;
  readonly origin: ProfileOrigin;
}

/** Where a profile is from. */
export type ProfileOrigin =
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "file"; readonly path: ByteString; readonly place: Place };

/**
 * Looks a reference up: `builtin:NAME`, a path, or a name in the directory.
 *
 * @param profileDir undefined: the built-in one
 * @throws Refusal or InvalidInput
 */
export function loadProfile(
  host: Host,
  reference: ByteString,
  profileDir: ByteString | undefined,
  asRoot: boolean,
): ProfileText {
  if (reference.startsWith("builtin:")) {
    return builtin(host, reference.slice("builtin:".length));
  }
  if (reference.includes("/")) {
    const file = readTrusted(host, reference, "the profile", asRoot);
    if (file === undefined) {
      throw new Refusal(`the profile ${decodeBytes(reference)} does not exist`);
    }
    return profileText(file, reference);
  }
  const dir = profileDir ?? DEFAULT_PROFILE_DIR;
  const path = `${dir}/${reference}`;
  const file = readTrusted(host, path, "the profile", asRoot);
  if (file !== undefined) {
    return profileText(file, path);
  }
  if (profileDir === undefined && host.probeLink(dir) === ENOENT) {
    return builtin(host, reference, `: the directory ${dir} does not exist, and none is`);
  }
  throw new Refusal(
    `there is no profile '${decodeBytes(reference)}' in ${decodeBytes(dir)}`,
    present(host, dir),
  );
}

function profileText({ text, place }: TrustedText, path: ByteString): ProfileText {
  return { text, label: decodeBytes(path), origin: { kind: "file", path, place } };
}

/** @param compiledIn what is said between the name and "compiled in" where there is none of that name */
function builtin(host: Host, name: ByteString, compiledIn = ""): ProfileText {
  if (!host.builtinProfiles.includes(name)) {
    const meant = host.builtinProfiles.find((known) => known === `${name}.json`);
    throw new Refusal(
      `there is no profile '${decodeBytes(name)}'${compiledIn} compiled in`,
      host.probeLink(name) === 0
        ? `for the file in the working directory write ./${decodeBytes(name)}`
        : meant === undefined
          ? `available are ${host.builtinProfiles.join(", ")}`
          : `did you mean '${meant}'?`,
    );
  }
  return {
    label: `builtin:${name}`,
    origin: { kind: "builtin", name },
    // Most launches have a filter that was prepared, and no use for the text.
    get text() {
      return host.builtinProfile(name) ?? "";
    },
  };
}

/** At most so many names are listed in a message. */
const MOST_NAMES = 20;

function present(host: Host, dir: ByteString): string {
  const listed = host.listDirectory(dir);
  if (typeof listed === "number") {
    return `the directory cannot be read: ${host.errorMessage(listed)}`;
  }
  const names = listed.filter((name) => !isPreparedPath(name));
  if (names.length === 0) {
    return "the directory is empty";
  }
  const shown = [...names].sort().slice(0, MOST_NAMES).map(decodeBytes).join(", ");
  return `available are ${shown}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""}`;
}
