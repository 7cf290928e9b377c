/**
 * Whether a launch would take a profile, for verbs that only ask.
 */

import { InvalidInput, Refusal } from "../diagnostic.ts";
import type { Host } from "../host.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import type { ProfileText } from "../load/load-profile.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { ownTarget } from "./target-options.ts";

/** Why a profile would be refused, and what to do about it. */
export type Why = Pick<Refusal, "message" | "hint" | "misspelt">;

/** What a launch makes of a profile: its policy, or why it refuses it. */
export type Outcome = { readonly policy: Policy } | { readonly why: Why };

/** Reads a profile as a launch on this machine would. */
export function outcomeOf(host: Host, reading: ExactReading, load: () => ProfileText): Outcome {
  try {
    const read = reading.readProfile(load());
    const target = ownTarget(host, { "--caps": undefined, "--kernel": undefined });
    const { policy, diagnostics } = readPolicy(read, target, {
      unknownSyscalls: "enosys",
      listenerNamed: true,
    });
    const mistake = diagnostics.find(({ severity }) => severity === "error");
    return policy === undefined ? { why: notValid(mistake?.message ?? "it has mistakes") } : { policy };
  } catch (error) {
    if (error instanceof Refusal) {
      return { why: error };
    }
    if (error instanceof InvalidInput) {
      return { why: notValid(error.diagnostics[0]?.message ?? error.message) };
    }
    throw error;
  }
}

function notValid(mistake: string): Why {
  return {
    message: `the profile is not valid: ${mistake}`,
    hint: "seccomp-exec check shows all of its mistakes",
  };
}
