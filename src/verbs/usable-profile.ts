/**
 * Whether a launch would take a profile, for verbs that only ask.
 */

import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { Host } from "../host.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import type { ProfileText } from "../load/load-profile.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { ownTarget } from "./target-options.ts";

/** Why a launch would not take it; undefined if it does. */
export function whyUnusable(
  host: Host,
  reading: ExactReading,
  load: () => ProfileText,
): Pick<Refusal, "message" | "hint" | "misspelt"> | undefined {
  try {
    const read = reading.readProfile(load());
    const target = ownTarget(host, { "--caps": undefined, "--kernel": undefined });
    const { diagnostics } = readPolicy(read, target, { unknownSyscalls: "enosys", listenerNamed: true });
    const mistake = diagnostics.find(({ severity }) => severity === "error");
    return mistake === undefined ? undefined : notValid(mistake.message);
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    if (error instanceof InvalidInput) {
      return notValid(error.diagnostics[0]?.message ?? error.message);
    }
    throw error;
  }
}

function notValid(mistake: string): Pick<Refusal, "message" | "hint" | "misspelt"> {
  return {
    message: `the profile is not valid: ${mistake}`,
    hint: "seccomp-exec check shows all of its mistakes",
  };
}
