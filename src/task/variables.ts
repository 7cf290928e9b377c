/**
 * The environment variables that a launch reads, and unknown ones that look like them.
 */

import type { ByteString } from "../host.ts";

/** Variables with a common prefix. */
export interface Family {
  readonly prefix: string;
  /** The rest of the names that are read. */
  readonly read: readonly string[];
}

/** The prefix of the launcher's own variables: any other name with it is certainly a mistake. */
export const OWN_PREFIX = "SECCOMP_EXEC_";

export const FAMILIES: readonly Family[] = [
  { prefix: OWN_PREFIX, read: ["PROFILE", "UNCONFINED", "LINUX_INFO"] },
  { prefix: "MESOS_SECCOMP_", read: ["PROFILE_NAME", "CONFIG_DIR"] },
  { prefix: "MARATHON_APP_LABEL_SECCOMP_", read: ["PROFILE", "UNCONFINED"] },
];

/** The word that all these names contain. */
export const COMMON_WORD = "SECCOMP_";

/** The family of a name, ignoring case; undefined: a launch ignores it. */
export function familyOf(name: ByteString): Family | undefined {
  const capitals = name.toUpperCase();
  return FAMILIES.find(({ prefix }) => capitals.startsWith(prefix));
}

/** The names that belong to a family, but are not read or occur more than once. */
export function doubtfulVariables(names: readonly ByteString[]): readonly ByteString[] {
  return names.filter((name, i) => {
    const family = familyOf(name);
    return family !== undefined && (names.indexOf(name) < i || !isRead(family, name));
  });
}

/** Whether a launch reads the variable. */
export function isRead({ prefix, read }: Family, name: ByteString): boolean {
  return read.some((rest) => name === `${prefix}${rest}`);
}
