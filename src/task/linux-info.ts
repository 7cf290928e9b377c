/**
 * The seccomp request as Marathon (camelCase) and Mesos (snake_case) write it.
 */

import { Refusal } from "../diagnostic.ts";

/** What a `seccomp` object asks for. */
export type SeccompWish =
  | { readonly kind: "profile"; readonly profileName: string }
  | { readonly kind: "unconfined" };

/**
 * Finds the `seccomp` object in a linuxInfo, a container or by itself.
 *
 * @param what where the JSON comes from, for messages
 * @param remedy what to put into a `seccomp` object that asks for nothing
 * @returns undefined where there is none, which means the default profile
 * @throws Refusal with Mesos's own words where it asks for both or for neither, and where one stands in an unknown place
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
        `${what}: '${first.find((key) => key in value)}' and '${second.find((key) => key in value)}' stand side by side`,
        "keep one: a seccomp object, or what holds it",
      );
    }
    const stray = SECCOMP_KEYS.find((key) => Object.hasOwn(value, key));
    if (stray !== undefined) {
      throw new Refusal(`${what}: '${stray}' stands outside of 'seccomp'`, "move it into the seccomp object");
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
      `${what}: '${lost}' stands where no request is looked for`,
      "it belongs into 'linuxInfo' (Mesos: 'linux_info'), which may stand in 'container'",
    );
  }
  return undefined;
}

/** A key of a request, wherever it stands: whoever wrote it must not get the default profile instead. */
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

/** Other members of Mesos's LinuxInfo and of Marathon's linuxInfo, without their underscores and in small letters. */
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

/** Refuses a key that was probably meant to be one on the way to `seccomp`: it must not pass for asking nothing. */
function checkSpelling(value: Record<string, unknown>, isLinuxInfo: boolean, what: string): void {
  for (const key of Object.keys(value)) {
    const plain = key.toLowerCase().replaceAll("_", "");
    const odd = !HOLDERS.includes(key) && ["container", "linuxinfo", "seccomp"].includes(plain);
    if (odd || (isLinuxInfo && !LINUX_INFO_KEYS.includes(plain))) {
      throw new Refusal(
        `${what}: unknown key '${key}'`,
        isLinuxInfo ? "the request stands in 'seccomp'" : `the keys are ${HOLDERS.join(", ")}`,
      );
    }
  }
}

/** What holds a `seccomp` object, from the outside in, and that object itself. */
const LEVELS = [["container"], ["linuxInfo", "linux_info"], ["seccomp"]];
const HOLDERS = LEVELS.flat();

/** What is in a `seccomp` object. */
const SECCOMP_KEYS = ["profileName", "profile_name", "unconfined"];

function isAny(value: object, keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(value, key));
}

function readSeccomp(seccomp: Record<string, unknown>, what: string, remedy: string): SeccompWish {
  for (const key of Object.keys(seccomp)) {
    if (!SECCOMP_KEYS.includes(key)) {
      throw new Refusal(
        `${what}: unknown key '${key}' in 'seccomp'`,
        "it has profileName (Mesos: profile_name) and unconfined",
      );
    }
  }
  const profileName = one(seccomp, ["profileName", "profile_name"], what);
  const { unconfined = false } = seccomp;
  const name = profileName?.value;
  if (profileName !== undefined && typeof name !== "string") {
    throw new Refusal(`${what}: '${profileName.key}' has to be a string`);
  }
  if (typeof unconfined !== "boolean") {
    throw new Refusal(`${what}: 'unconfined' has to be true or false`);
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

/** The value of whichever of the keys is there and not null. */
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
    throw new Refusal(`${what} has to be a JSON object`);
  }
  return value as Record<string, unknown>;
}
