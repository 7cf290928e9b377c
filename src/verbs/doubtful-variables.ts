/**
 * Warns of variables of the launcher's families that it does not read, and refuses ambiguous ones.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { type Family, familyOf, isRead, OWN_PREFIX } from "../task/variables.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { suggest } from "./suggest.ts";

/**
 * Warns of variables that may belong to another program.
 *
 * @param names variables of the known families that the launcher does not read, or that occur twice
 * @throws Refusal for an unread variable with the launcher's own prefix, which would have no effect; and for one that occurs
 * twice: getenv(3) takes the first and shells the last, so others would see another value
 */
export function judgeVariables(host: VerbHost, names: readonly ByteString[]): void {
  for (const name of names) {
    const family = familyOf(name);
    if (family === undefined) {
      continue;
    }
    if (isRead(family, name)) {
      throw new Refusal(`${decodeBytes(name)} occurs more than once in the environment`, "set it once");
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
    // Label names are free, so only likely typing errors are reported.
    if (meant !== undefined || !family.prefix.includes("_LABEL_")) {
      host.write(2, renderMessage("warning", message, hint));
    }
  }
}

/** The variable that was probably meant, if one is near. */
function nearestOf({ prefix, read }: Family, name: ByteString): string | undefined {
  const rest = name.slice(prefix.length).toUpperCase();
  // Also a shortened or lengthened name: PROFILE_NAME for PROFILE.
  const meant =
    suggest({ word: rest, kind: "variable", among: read }) ??
    read.find((one) => rest !== "" && (one.startsWith(rest) || rest.startsWith(one)));
  return meant === undefined ? undefined : `${prefix}${meant}`;
}

function listOf({ prefix, read }: Family): string {
  return read.map((rest) => `${prefix}${rest}`).join(", ");
}
