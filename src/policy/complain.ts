/**
 * Complain mode: a policy that forbids nothing, and has the kernel log what the profile would deny.
 */

import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  SECCOMP_RET_LOG,
} from "../tables/seccomp.ts";
import type { Policy } from "./policy.ts";
import { precedence, type Verdict } from "./verdict.ts";

/**
 * The policy with LOG for every verdict that is more restrictive, also for calls of other architectures. It logs exactly
 * the calls that the policy denies or logs itself, or asks an agent about.
 */
export function complaining(policy: Policy): Policy {
  return {
    ...policy,
    foreignVerdict: atMostLogged(policy.foreignVerdict),
    defaultVerdict: atMostLogged(policy.defaultVerdict),
    youngerVerdict: atMostLogged(policy.youngerVerdict),
    rules: policy.rules.map((rules) =>
      rules.map(({ conditions, verdict }) => ({ conditions, verdict: atMostLogged(verdict) })),
    ),
    flags: policy.flags & ~OF_LISTENERS,
    listener: undefined,
  };
}

/** Flags for a filter that notifies. */
const OF_LISTENERS = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

function atMostLogged(verdict: Verdict): Verdict {
  return precedence(verdict) < precedence(SECCOMP_RET_LOG) ? SECCOMP_RET_LOG : verdict;
}
