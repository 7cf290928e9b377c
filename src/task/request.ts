/**
 * The task's request: a profile, no filter, or nothing; from the command line, the task's environment and the
 * agent's, in order of precedence.
 */

import { decodeBytes, encodeBytes, isUtf8 } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { readLinuxInfo } from "./linux-info.ts";
import type { OperatorPolicy } from "./operator.ts";
import type { GivenOptions } from "./options.ts";

/** A task's request. */
export type Request =
  | { readonly kind: "profile"; readonly reference: ByteString; readonly source: Source }
  | { readonly kind: "unconfined"; readonly source: Source };

/** The source of a request. */
export interface Source {
  /** The option or the environment variable, for messages; else "the built-in default". */
  readonly name: string;
  /** Only a command line may name a profile by its path. */
  readonly commandLine: boolean;
}

/** What the request is read from. */
export interface RequestInput {
  readonly options: GivenOptions;
  env(name: string): ByteString | undefined;
  /** Reads JSON; throws if it is invalid. `what` is the source's name. */
  parseJson(text: string, what: string): unknown;
  /** The policy that limits the request, for hints. */
  readonly operator?: OperatorPolicy | undefined;
}

/** The profile of a task without a request, unless the agent or the operator names another. */
export const BUILT_IN_DEFAULT = "default.json";

/** The task's own request; undefined if it has none. */
export function taskRequest(input: RequestInput): Request | undefined {
  return (
    fromCommandLine(input) ?? withoutContradiction(input, fromEnvironment(input) ?? fromMarathonLabels(input))
  );
}

/** The variables that can hold a request, in order of precedence. */
const VARIABLES = [
  "SECCOMP_EXEC_PROFILE",
  "SECCOMP_EXEC_UNCONFINED",
  "SECCOMP_EXEC_LINUX_INFO",
  "MARATHON_APP_LABEL_SECCOMP_PROFILE",
  "MARATHON_APP_LABEL_SECCOMP_UNCONFINED",
  "MESOS_SECCOMP_PROFILE_NAME",
] as const;

/** A variable that is set but was overridden. */
export interface PassedOver {
  readonly variable: string;
  readonly value: ByteString;
}

/** The variables that hold a request but were overridden, in order of precedence. */
export function passedOver(env: RequestInput["env"], decided: Source): readonly PassedOver[] {
  return VARIABLES.flatMap((variable) => {
    const value = env(variable);
    const silent = value === undefined || (variable.endsWith("_UNCONFINED") && NO.includes(value));
    return silent || variable === decided.name ? [] : [{ variable, value }];
  });
}

/**
 * A task that says "not unconfined" must not become unconfined by a weaker source, or by a policy that disables confinement.
 *
 * @throws Refusal
 */
export function withoutContradiction(
  input: Pick<RequestInput, "env">,
  request: Request | undefined,
): Request | undefined {
  const said = input.env(UNCONFINED);
  if (request?.kind === "unconfined" && said !== undefined && request.source.name !== UNCONFINED) {
    throw new Refusal(
      `${request.source.name} asks to run unconfined, but ${UNCONFINED} is '${decodeBytes(said)}'`,
      "unset one of them",
    );
  }
  return request;
}

const UNCONFINED = "SECCOMP_EXEC_UNCONFINED";

/**
 * The agent's default, for tasks without a request.
 *
 * @throws Refusal if the name is not a profile name
 */
export function agentDefault(input: RequestInput): Request | undefined {
  return named(input, "MESOS_SECCOMP_PROFILE_NAME");
}

function fromCommandLine(input: RequestInput): Request | undefined {
  const { options } = input;
  const profile = options["--profile"];
  const unconfined = options["--unconfined"] !== undefined;
  const linuxInfo = options["--linux-info"];
  const given = [profile !== undefined, unconfined, linuxInfo !== undefined].filter(Boolean).length;
  if (given > 1) {
    throw new Refusal("--profile, --unconfined and --linux-info exclude each other", "give one of them");
  }
  if (profile !== undefined) {
    const source = { name: "--profile", commandLine: true };
    return { kind: "profile", reference: checkReference(profile, source), source };
  }
  if (unconfined) {
    return { kind: "unconfined", source: { name: "--unconfined", commandLine: true } };
  }
  return linuxInfo === undefined ? undefined : fromLinuxInfo(input, "--linux-info", linuxInfo);
}

function fromEnvironment(input: RequestInput): Request | undefined {
  const request = either(input, "SECCOMP_EXEC_PROFILE", UNCONFINED);
  if (request !== undefined) {
    return request;
  }
  const linuxInfo = input.env("SECCOMP_EXEC_LINUX_INFO");
  return linuxInfo === undefined ? undefined : fromLinuxInfo(input, "SECCOMP_EXEC_LINUX_INFO", linuxInfo);
}

function fromMarathonLabels(input: RequestInput): Request | undefined {
  return either(input, "MARATHON_APP_LABEL_SECCOMP_PROFILE", "MARATHON_APP_LABEL_SECCOMP_UNCONFINED");
}

/** The request of a pair of variables, of which only one may hold one. */
function either(
  input: RequestInput,
  profileVariable: string,
  unconfinedVariable: string,
): Request | undefined {
  const profile = named(input, profileVariable);
  const unconfined = flag(input, unconfinedVariable);
  if (profile !== undefined && unconfined) {
    throw new Refusal(
      `${profileVariable} names a profile and ${unconfinedVariable} is true`,
      "set only one of them",
    );
  }
  return unconfined
    ? { kind: "unconfined", source: { name: unconfinedVariable, commandLine: false } }
    : profile;
}

function named(input: RequestInput, variable: string): Request | undefined {
  const reference = input.env(variable);
  if (reference === undefined) {
    return undefined;
  }
  const source = { name: variable, commandLine: false };
  return { kind: "profile", reference: checkReference(reference, source), source };
}

function flag(input: RequestInput, variable: string): boolean {
  const value = input.env(variable);
  if (value === undefined || NO.includes(value)) {
    return false;
  }
  if (YES.includes(value)) {
    return true;
  }
  throw new Refusal(`${variable} is '${decodeBytes(value)}'`, "set it to true or false");
}

const YES: readonly ByteString[] = ["true", "1"];
const NO: readonly ByteString[] = ["false", "0"];

function fromLinuxInfo(input: RequestInput, what: string, json: ByteString): Request | undefined {
  if (!isUtf8(json)) {
    throw new Refusal(`${what} is not UTF-8`);
  }
  const wish = readLinuxInfo(input.parseJson(decodeBytes(json), what), what, remedy(input.operator));
  const source = { name: what, commandLine: false };
  if (wish === undefined) {
    return undefined;
  }
  return wish.kind === "unconfined"
    ? { kind: "unconfined", source }
    : { kind: "profile", reference: checkReference(encodeBytes(wish.profileName), source), source };
}

/** The hint for an empty request, without what the policy refuses. */
function remedy(operator: OperatorPolicy | undefined): string {
  if (operator?.enabled === false) {
    return "set unconfined to true";
  }
  return operator?.allowUnconfined === false ? "name a profile" : "name a profile, or set unconfined to true";
}

/** Whether a reference is a name in the profile directory: neither a path nor compiled in. */
export function isName(reference: ByteString): boolean {
  return !reference.includes("/") && !reference.startsWith("builtin:");
}

/** Maximum length of a file name, in bytes: NAME_MAX of limits.h. */
const NAME_MAX = 255;

/**
 * Refuses a reference that is neither a file name, nor `builtin:` and a file name, nor, on a command line, a path.
 */
export function checkReference(reference: ByteString, source: Source): ByteString {
  const name = reference.startsWith("builtin:") ? reference.slice("builtin:".length) : reference;
  const shown = decodeBytes(reference);
  if (name === "") {
    throw new Refusal(`${source.name}: the profile name is empty`, "name a profile");
  }
  if (name.includes("\0")) {
    throw new Refusal(`${source.name}: the profile name '${shown}' has a NUL byte in it`);
  }
  if (name === "." || name === "..") {
    throw new Refusal(`${source.name}: '${shown}' is not a profile name`);
  }
  if (name.includes("/")) {
    if (!source.commandLine || name !== reference) {
      throw new Refusal(
        `${source.name}: the profile name '${shown}' has a slash in it${source.commandLine ? "" : ", and only the command line takes a path"}`,
        source.commandLine
          ? "the names of built-in profiles have none"
          : "name a file of the profile directory",
      );
    }
  } else if (name.length > NAME_MAX) {
    throw new Refusal(`${source.name}: the profile name is longer than ${NAME_MAX} bytes`);
  }
  return reference;
}
