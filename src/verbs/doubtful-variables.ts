/**
 * Says of variables that nobody reads which ones were probably meant, and refuses those that say two things.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { type Family, familyOf, isRead, OWN_PREFIX } from "../task/variables.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { suggest } from "./suggest.ts";

/**
 * Warns of variables that somebody else may have set for a purpose of his own.
 *
 * @param names of families of variables: not read, or there for another time
 * @throws Refusal where one that is not read begins as the launcher's own do, since whoever has set it wants something that he would
 * not get; and where one is there twice: getenv(3) takes the first, and shells take the last, so whoever looks at it sees another
 * one than we would
 */
export function judgeVariables(host: VerbHost, names: readonly ByteString[]): void {
  for (const name of names) {
    const family = familyOf(name);
    if (family === undefined) {
      continue;
    }
    if (isRead(family, name)) {
      throw new Refusal(`${decodeBytes(name)} is more than once in the environment`, "set it once");
    }
    const meant = nearestOf(family, name);
    const message = `${decodeBytes(name)} is set, and there is no such variable`;
    const hint = /_DIR$/i.test(name)
      ? "the profile directory is named by --profile-dir, or by MESOS_SECCOMP_CONFIG_DIR"
      : meant === undefined
        ? `there are ${listOf(family)}`
        : `did you mean '${meant}'?`;
    if (family.prefix === OWN_PREFIX) {
      throw new Refusal(message, hint);
    }
    // Labels are the users' own, so only what looks like a slip is told.
    if (meant !== undefined || !family.prefix.includes("_LABEL_")) {
      host.write(2, renderMessage("warning", message, hint));
    }
  }
}

/** The variable that was probably meant, if one is near. */
function nearestOf({ prefix, read }: Family, name: ByteString): string | undefined {
  const rest = name.slice(prefix.length).toUpperCase();
  // Also a name that somebody has cut short or lengthened: PROFILE_NAME for PROFILE.
  const meant =
    suggest({ word: rest, kind: "variable", among: read }) ??
    read.find((one) => rest !== "" && (one.startsWith(rest) || rest.startsWith(one)));
  return meant === undefined ? undefined : `${prefix}${meant}`;
}

function listOf({ prefix, read }: Family): string {
  return read.map((rest) => `${prefix}${rest}`).join(", ");
}
