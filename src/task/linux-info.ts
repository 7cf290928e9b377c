/**
 * Reads the seccomp request of Marathon (camelCase) and Mesos (snake_case).
 */

import { Refusal } from "../diagnostic.ts";

/** The request of a `seccomp` object. */
export type SeccompWish =
  | { readonly kind: "profile"; readonly profileName: string }
  | { readonly kind: "unconfined" };

/**
 * Finds the `seccomp` object in a linuxInfo or a container, or by itself.
 *
 * @param what the source of the JSON, for messages
 * @param remedy the hint for a `seccomp` object without a request
 * @returns undefined if there is none, which means the default profile
 * @throws Refusal with Mesos's own words if it asks for both or for neither, and for a request in a wrong place
 */
export function readLinuxInfo(
  json: unknown,
  what: string,
  remedy = "name a profile, or set unconfined to true",
): SeccompWish | undefined {
  const whole = object(json, what);
  if (!isAny(whole, HOLDERS) && (isAny(whole, SECCOMP_KEYS) || Object.keys(whole).length === 0)) {
    return readSeccomp(whole, what, remedy);
  }
  let value = whole;
  let isLinuxInfo = false;
  for (const keys of LEVELS) {
    const [first, second] = LEVELS.filter((level) => isAny(value, level));
    if (first !== undefined && second !== undefined) {
      throw new Refusal(
        `${what}: '${first.find((key) => key in value)}' and '${second.find((key) => key in value)}' are both given`,
        "keep one: a seccomp object, or the object that holds it",
      );
    }
    const stray = SECCOMP_KEYS.find((key) => Object.hasOwn(value, key));
    if (stray !== undefined) {
      throw new Refusal(`${what}: '${stray}' is outside of 'seccomp'`, "move it into the seccomp object");
    }
    checkSpelling(value, isLinuxInfo, what);
    const inner = one(value, keys, what);
    if (inner !== undefined) {
      value = object(inner.value, `${what}: '${inner.key}'`);
      if (inner.key === "seccomp") {
        return readSeccomp(value, what, remedy);
      }
      isLinuxInfo = inner.key !== "container";
    }
  }
  const lost = strayRequest(whole);
  if (lost !== undefined) {
    throw new Refusal(
      `${what}: '${lost}' is in the wrong place`,
      "put it into 'linuxInfo' (Mesos: 'linux_info'), which can be inside 'container'",
    );
  }
  return undefined;
}

/** A misplaced key of a request, at any depth: the task that wrote it must not get the default profile instead. */
function strayRequest(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  for (const [key, inner] of Object.entries(value)) {
    const lost =
      (key === "seccomp" && inner !== null) || SECCOMP_KEYS.includes(key) ? key : strayRequest(inner);
    if (lost !== undefined) {
      return lost;
    }
  }
  return undefined;
}

/** Other members of Mesos's LinuxInfo and Marathon's linuxInfo, in lower case without underscores. */
const LINUX_INFO_KEYS = [
  "seccomp",
  "capabilityinfo",
  "boundingcapabilities",
  "effectivecapabilities",
  "sharepidnamespace",
  "ipcmode",
  "ipcinfo",
  "shmsize",
];

/** Refuses a probably misspelt key that leads to `seccomp`: it must not count as no request. */
function checkSpelling(value: Record<string, unknown>, isLinuxInfo: boolean, what: string): void {
  for (const key of Object.keys(value)) {
    const plain = key.toLowerCase().replaceAll("_", "");
    const odd = !HOLDERS.includes(key) && ["container", "linuxinfo", "seccomp"].includes(plain);
    if (odd || (isLinuxInfo && !LINUX_INFO_KEYS.includes(plain))) {
      throw new Refusal(
        `${what}: unknown key '${key}'`,
        isLinuxInfo ? "the request belongs in 'seccomp'" : `the keys are ${HOLDERS.join(", ")}`,
      );
    }
  }
}

/** The keys that lead to a `seccomp` object, from the outside in, and its own. */
const LEVELS = [["container"], ["linuxInfo", "linux_info"], ["seccomp"]];
const HOLDERS = LEVELS.flat();

/** The keys of a `seccomp` object. */
const SECCOMP_KEYS = ["profileName", "profile_name", "unconfined"];

function isAny(value: object, keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(value, key));
}

function readSeccomp(seccomp: Record<string, unknown>, what: string, remedy: string): SeccompWish {
  for (const key of Object.keys(seccomp)) {
    if (!SECCOMP_KEYS.includes(key)) {
      throw new Refusal(
        `${what}: unknown key '${key}' in 'seccomp'`,
        "its keys are profileName (Mesos: profile_name) and unconfined",
      );
    }
  }
  const profileName = one(seccomp, ["profileName", "profile_name"], what);
  const { unconfined = false } = seccomp;
  const name = profileName?.value;
  if (profileName !== undefined && typeof name !== "string") {
    throw new Refusal(`${what}: '${profileName.key}' must be a string`);
  }
  if (typeof unconfined !== "boolean") {
    throw new Refusal(`${what}: 'unconfined' must be true or false`);
  }
  if (profileName !== undefined && unconfined) {
    throw new Refusal(
      `${what}: Invalid Seccomp configuration: 'profile_name' given even though 'unconfined' Seccomp setting is enabled`,
      "keep one of the two",
    );
  }
  if (unconfined) {
    return { kind: "unconfined" };
  }
  if (typeof name !== "string") {
    throw new Refusal(`${what}: Missing Seccomp profile name`, remedy);
  }
  return { kind: "profile", profileName: name };
}

/** The value of the one key that is present, unless null. */
function one(
  value: Record<string, unknown>,
  keys: readonly string[],
  what: string,
): { readonly key: string; readonly value: unknown } | undefined {
  const present = keys.filter((key) => Object.hasOwn(value, key));
  if (present.length > 1) {
    throw new Refusal(`${what}: '${present[0]}' and '${present[1]}' are both given`, "keep one of the two");
  }
  const [key] = present;
  return key === undefined || value[key] === null ? undefined : { key, value: value[key] };
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal(`${what} must be a JSON object`);
  }
  return value as Record<string, unknown>;
}
