/**
 * Looks a profile up by its reference, and reads its text.
 */

import { decodeBytes } from "../bytes.ts";
import { type Misspelt, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import {
  DEFAULT_PROFILE_DIR,
  keyOfPolicy,
  type OperatorPolicy,
  permits,
  type RequestedDirectory,
} from "../task/operator.ts";
import { isName } from "../task/request.ts";
import { ENOENT } from "./errno.ts";
import { type FileContext, readTrusted } from "./files.ts";
import { isPreparedPath, preparedSuffix } from "./prepared.ts";
import type { Rule } from "./trail.ts";

/** A profile's text, and what to call it in messages. */
export interface ProfileText {
  readonly text: string;
  readonly label: string;
  readonly origin: ProfileOrigin;
}

/** Where a profile is from. */
export type ProfileOrigin =
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "file"; readonly path: ByteString; readonly context: FileContext }
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
    return {
      text: file.text,
      label: decodeBytes(path),
      origin: { kind: "file", path, context: file.context },
    };
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

/** Maximum number of names in a message. */
const MAX_NAMES = 20;

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
  const shown = [...names].sort().slice(0, MAX_NAMES).map(decodeBytes).join(", ");
  return `available are ${shown}${names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ""}`;
}

/**
 * The directory that the command line or the agent asks for.
 *
 * @param option the value of `--profile-dir`
 * @throws Refusal where it is empty
 */
export function requestedDirectory(
  env: Host["env"],
  option: ByteString | undefined,
): RequestedDirectory | undefined {
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
