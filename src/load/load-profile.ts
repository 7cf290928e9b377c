/**
 * Looks up a profile by its reference, and reads its text.
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

/** A profile's text, and its name in messages. */
export interface ProfileText {
  readonly text: string;
  readonly label: string;
  /** The name of the filter that is meant, of several in a seccompiler file. */
  readonly part?: string;
  readonly origin: ProfileOrigin;
}

/** The origin of a profile. */
export type ProfileOrigin =
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "file"; readonly path: ByteString; readonly context: FileContext }
  /** A pipe, which only verbs read. */
  | { readonly kind: "stream" };

/** How to look up a profile. */
export interface Lookup {
  /** Whether the process runs as root. */
  readonly asRoot: boolean;
  readonly operator: OperatorPolicy | undefined;
  /** Whether to read its prepared filters as well. */
  readonly prepared: boolean;
}

/**
 * Looks up a reference: `builtin:NAME`, a path, or a name in the directory. If there is no such file, what follows the last
 * `#` of a path or a name is the name of a filter in the file.
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
  const sought = { path, what: "the profile", rule, movable: true };
  const file = readTrusted(host, sought, suffix);
  if (typeof file !== "string") {
    return {
      text: file.text,
      label: decodeBytes(path),
      origin: { kind: "file", path, context: file.context },
    };
  }
  const mark = path.lastIndexOf(PART);
  if (mark > path.lastIndexOf("/") + 1) {
    const whole = path.slice(0, mark);
    // The prepared filters of a part are a file of their own.
    const holder = readTrusted(host, { ...sought, path: whole }, prepared ? path.slice(mark) + suffix : "");
    if (typeof holder !== "string") {
      return {
        text: holder.text,
        label: decodeBytes(path),
        part: decodeBytes(path.slice(mark + 1)),
        origin: { kind: "file", path: whole, context: holder.context },
      };
    }
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

/** For the hint if a name is similar to that of a profile. */
function misspelt(name: ByteString, among: readonly ByteString[]): Misspelt {
  return { word: decodeBytes(name), kind: "profile", among: among.map(decodeBytes) };
}

/**
 * The hint for a name that is not a profile's: a word with a meaning elsewhere (`unconfined` of Docker and Kubernetes), or
 * a file in the working directory.
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
 * No other user may be able to change what root reads, or what the operator has chosen: they could change what the
 * operator's names and paths mean.
 */
function ruleFor(isPath: boolean, operator: OperatorPolicy | undefined, asRoot: boolean): Rule | undefined {
  // A policy governs names, and paths if it says which profiles are permitted.
  const speaks =
    operator !== undefined &&
    (!isPath || operator.defaultProfile !== undefined || operator.allowedProfiles !== undefined);
  if (speaks) {
    return "root";
  }
  return asRoot ? (isPath ? "typed" : "root") : undefined;
}

const BUILTIN = "builtin:";

/** What stands between a file and the name of a filter in it. */
export const PART = "#";

/** @param compiledIn the text between the name and "compiled in", if a name in the directory was asked for */
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
    // Most launches have a prepared filter and do not need the text.
    get text() {
      return host.builtinProfile(name) ?? "";
    },
  };
}

/** Maximum number of names in a message. */
const MAX_NAMES = 20;

/** The names of the permitted profiles in a directory, or the errno. */
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

/** Whether a file of a directory is listed as a profile: by its name. (One that is asked for may have any name.) */
export function isProfileName(name: ByteString): boolean {
  return [".json", ".yaml", ".yml"].some((ending) => name.endsWith(ending));
}

function present(
  host: Host,
  dir: ByteString,
  files: readonly ByteString[] | number,
  operator: OperatorPolicy | undefined,
): string {
  if (typeof files === "number") {
    const whose = operator?.profileDir === undefined ? "" : ` (${keyOfPolicy("profileDir")})`;
    return `the directory ${decodeBytes(dir)}${whose} cannot be read: ${host.errorMessage(files)}`;
  }
  const names = files.filter(isProfileName);
  if (names.length === 0) {
    return operator === undefined
      ? "the directory holds no profile: no *.json, *.yaml or *.yml"
      : "the directory holds no profile that the policy permits";
  }
  const shown = [...names].sort().slice(0, MAX_NAMES).map(decodeBytes).join(", ");
  return `available are ${shown}${names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ""}`;
}

/**
 * The directory that the command line or the agent asks for.
 *
 * @param option the value of `--profile-dir`
 * @throws Refusal if it is empty
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
 * Refuses a relative directory in the environment, which the task could choose by its working directory.
 *
 * @param reference if it is not a name, the directory is not read and can be anything
 */
export function checkRequestedDirectory({ path, source }: RequestedDirectory, reference: ByteString): void {
  if (isName(reference) && source !== "--profile-dir" && !path.startsWith("/")) {
    throw new Refusal(
      `${source} is '${decodeBytes(path)}', which is not an absolute path`,
      "begin it with a slash: the working directory is the task's",
    );
  }
}
