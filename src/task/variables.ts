/**
 * The environment variables that a launch reads, and those that look like them and that nobody reads.
 */

import type { ByteString } from "../host.ts";

/** Variables that begin alike. */
export interface Family {
  readonly prefix: string;
  /** What is read: how their names go on. */
  readonly read: readonly string[];
}

/** The prefix of those that are the launcher's own: a name with it that is none of them is a mistake for sure. */
export const OWN_PREFIX = "SECCOMP_EXEC_";

export const FAMILIES: readonly Family[] = [
  { prefix: OWN_PREFIX, read: ["PROFILE", "UNCONFINED", "LINUX_INFO"] },
  { prefix: "MESOS_SECCOMP_", read: ["PROFILE_NAME", "CONFIG_DIR"] },
  { prefix: "MARATHON_APP_LABEL_SECCOMP_", read: ["PROFILE", "UNCONFINED"] },
];

/** What all these names have in them. */
export const COMMON_WORD = "SECCOMP_";

/** The family of a name, in capitals or not; undefined: it is nothing to a launch. */
export function familyOf(name: ByteString): Family | undefined {
  const capitals = name.toUpperCase();
  return FAMILIES.find(({ prefix }) => capitals.startsWith(prefix));
}

/** Those of the names that are of a family, and are not read or are there for another time. */
export function doubtfulVariables(names: readonly ByteString[]): readonly ByteString[] {
  return names.filter((name, i) => {
    const family = familyOf(name);
    return family !== undefined && (names.indexOf(name) < i || !isRead(family, name));
  });
}

/** Whether it is one of those of its family that are read. */
export function isRead({ prefix, read }: Family, name: ByteString): boolean {
  return read.some((rest) => name === `${prefix}${rest}`);
}
