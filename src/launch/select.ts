/**
 * Which profile it is to be, and its text: the request, bounded by the operator's policy, looked up.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { type Misspelt, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import {
  checkOptions,
  checkRequest,
  DEFAULT_PROFILE_DIR,
  type OperatorPolicy,
  POLICY_DIR,
  POLICY_FILE,
  permits,
  type RequestedDirectory,
  readOperatorPolicy,
} from "../task/operator.ts";
import type { GivenOptions } from "../task/options.ts";
import {
  agentDefault,
  BUILT_IN_DEFAULT,
  checkReference,
  isName,
  type Request,
  type RequestInput,
  type Source,
  taskRequest,
  withoutContradiction,
} from "../task/request.ts";
import { ENOENT } from "./errno.ts";
import { type Place, readTrusted } from "./files.ts";
import { isPreparedPath, preparedSuffix } from "./prepared.ts";
import { checkValues } from "./target.ts";
import type { Lap } from "./timing.ts";
import type { Rule } from "./trail.ts";

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
  if (operator !== undefined) {
    checkOptions(operator, options);
  }
  checkValues(options);
  const input: RequestInput = { options, env, parseJson, operator };
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
    checkRequest(operator, request, asked !== undefined, profileDir);
    if (operator.enabled === false) {
      const decided = { name: keyOfPolicy("enabled"), commandLine: false };
      if (asked === undefined) {
        withoutContradiction(input, { kind: "unconfined", source: decided });
      }
      return { ...rest, profile: undefined, decided };
    }
  }
  if (request.kind === "unconfined") {
    return { ...rest, profile: undefined };
  }
  const { reference } = request;
  if (profileDir !== undefined && operator === undefined) {
    checkRequestedDirectory(profileDir, reference);
  }
  lap("request");
  const profile = loadRequested(request.source, () =>
    loadProfile(host, reference, directory, { asRoot, operator, prepared: true }),
  );
  lap("file");
  return { ...rest, profile };
}

/** Says who has asked for a profile that cannot be had, where that is not seen from the command line. */
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
 * What root reads, and what an operator has chosen, nobody else may be able to change: else they would say what a name or a path of
 * the operator's means.
 */
function ruleFor(isPath: boolean, operator: OperatorPolicy | undefined, asRoot: boolean): Rule | undefined {
  // A policy speaks of the names, and of the paths where it says which profiles may be asked for.
  const speaks =
    operator !== undefined &&
    (!isPath || operator.defaultProfile !== undefined || operator.allowedProfiles !== undefined);
  if (speaks) {
    return "root";
  }
  return asRoot ? (isPath ? "typed" : "root") : undefined;
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
  const what = "the operator's policy";
  const file = readTrusted(host, { path: POLICY_FILE, what, rule: "root", movable: false }, "");
  if (typeof file !== "string") {
    return readOperatorPolicy(parseJson(file.text, POLICY_FILE));
  }
  const errno = host.probeLink(POLICY_FILE);
  if (file === "no directory") {
    throw new Refusal(
      `the directory of ${what} ${POLICY_FILE} cannot be read: ${host.errorMessage(errno || ENOENT)}`,
      "mend what stands there: it has to be a directory of root's",
    );
  }
  if (errno !== ENOENT) {
    throw new Refusal(
      `${what} ${POLICY_FILE} is there but cannot be read: ${host.errorMessage(errno || ENOENT)}`,
      "mend the link",
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
  return variable === undefined ? undefined : { path: variable, source: "MESOS_SECCOMP_CONFIG_DIR" };
}

/**
 * Refuses a directory of the environment that the task could choose by its working directory.
 *
 * @param reference where it is no name, the directory is not read and may be anything
 */
export function checkRequestedDirectory({ path, source }: RequestedDirectory, reference: ByteString): void {
  if (isName(reference) && source !== "--profile-dir" && !path.startsWith("/")) {
    throw new Refusal(
      `${source} is '${decodeBytes(path)}', which is not an absolute path`,
      "begin it with a slash: the working directory is the task's",
    );
  }
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
  | { readonly kind: "file"; readonly path: ByteString; readonly place: Place }
  /** A pipe, which only verbs read. */
  | { readonly kind: "stream" };

/** How a profile is looked up. */
export interface Lookup {
  /** Whether we run as root. */
  readonly asRoot: boolean;
  readonly operator: OperatorPolicy | undefined;
  /** Whether filters that were prepared of it are read as well. */
  readonly prepared: boolean;
}

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
  { asRoot, operator, prepared }: Lookup,
): ProfileText {
  if (reference.startsWith(BUILTIN)) {
    return builtin(host, reference.slice(BUILTIN.length), operator);
  }
  const isPath = reference.includes("/");
  const dir = profileDir ?? DEFAULT_PROFILE_DIR;
  const path = isPath ? reference : `${dir}/${reference}`;
  const rule = ruleFor(isPath, operator, asRoot);
  const suffix = prepared ? preparedSuffix(host.arch) : "";
  const file = readTrusted(host, { path, what: "the profile", rule, movable: true }, suffix);
  if (typeof file !== "string") {
    return { text: file.text, label: decodeBytes(path), origin: { kind: "file", path, place: file.place } };
  }
  if (isPath) {
    throw new Refusal(`the profile ${decodeBytes(reference)} does not exist`);
  }
  if (file === "no directory" && profileDir === undefined && host.probeLink(dir) === ENOENT) {
    return builtin(
      host,
      reference,
      operator,
      `: the directory ${dir} does not exist, and no profile of that name is`,
    );
  }
  const permitted = permittedIn(host, dir, operator);
  const hint = otherMeaning(host, reference, operator);
  throw new Refusal(
    `there is no profile '${decodeBytes(reference)}' in ${decodeBytes(dir)}`,
    hint ?? present(host, dir, permitted, operator),
    hint === undefined && typeof permitted !== "number" ? misspelt(reference, permitted) : undefined,
  );
}

/** For the hint where a name is nearly that of a profile. */
function misspelt(name: ByteString, among: readonly ByteString[]): Misspelt {
  return { word: decodeBytes(name), kind: "profile", among: among.map(decodeBytes) };
}

/**
 * What a name that is no profile's may mean: a word that stands for a profile elsewhere (Docker and Kubernetes have one for none), or a
 * file in the working directory.
 */
function otherMeaning(
  host: Host,
  reference: ByteString,
  operator: OperatorPolicy | undefined,
): string | undefined {
  switch (reference) {
    case "unconfined":
      return operator?.allowUnconfined === false
        ? undefined
        : "to run without a filter: --unconfined, or SECCOMP_EXEC_UNCONFINED=true in the environment";
    case "-":
      return "standard input belongs to the command: name a file";
    default:
      return permits(operator, `./${reference}`) && host.probeLink(reference) === 0
        ? `for the file in the working directory write ./${decodeBytes(reference)}`
        : undefined;
  }
}

const BUILTIN = "builtin:";

/** @param compiledIn what is said between the name and "compiled in" where a name in the directory was asked for */
function builtin(
  host: Host,
  name: ByteString,
  operator: OperatorPolicy | undefined,
  compiledIn?: string,
): ProfileText {
  if (!host.builtinProfiles.includes(name)) {
    const prefix = compiledIn === undefined ? BUILTIN : "";
    const permitted = host.builtinProfiles.filter((known) => permits(operator, prefix + known));
    const hint = otherMeaning(host, name, operator);
    throw new Refusal(
      `there is no profile '${decodeBytes(name)}'${compiledIn ?? ""} compiled in`,
      hint ?? (permitted.length > 0 ? `available are ${permitted.join(", ")}` : undefined),
      hint === undefined ? misspelt(name, permitted) : undefined,
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

/** The names of profiles in a directory that may be asked for, or the errno. */
function permittedIn(
  host: Host,
  dir: ByteString,
  operator: OperatorPolicy | undefined,
): readonly ByteString[] | number {
  const listed = host.listDirectory(dir);
  return typeof listed === "number"
    ? listed
    : listed.filter((name) => !isPreparedPath(name) && permits(operator, name));
}

function present(
  host: Host,
  dir: ByteString,
  names: readonly ByteString[] | number,
  operator: OperatorPolicy | undefined,
): string {
  if (typeof names === "number") {
    const whose = operator?.profileDir === undefined ? "" : ` (${keyOfPolicy("profileDir")})`;
    return `the directory ${decodeBytes(dir)}${whose} cannot be read: ${host.errorMessage(names)}`;
  }
  if (names.length === 0) {
    return operator === undefined
      ? "the directory has no profile in it"
      : "the directory has none that may be asked for";
  }
  const shown = [...names].sort().slice(0, MOST_NAMES).map(decodeBytes).join(", ");
  return `available are ${shown}${names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ""}`;
}
