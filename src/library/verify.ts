/**
 * Proves that a filter means what a profile means, or shows a call on which they differ.
 */

import { type Proof, prove } from "../analysis/equivalent.ts";
import { type Call, publicCall, publicVerdict, type Verdict } from "./call.ts";
import { type Filter, internalFilter } from "./filter.ts";
import { internalPolicy, type Policy } from "./policy.ts";

/** The result of {@link verify}. Only `equal` is a proof. */
export type Verification = ProofWork &
  (
    | {
        /** The filter gives the verdict of the policy on every call. */
        readonly result: "equal";
      }
    | {
        /** There is a call that they judge differently. */
        readonly result: "different";
        /** It. */
        readonly counterexample: Counterexample;
      }
    | {
        /** Not known: the proof was cut short. */
        readonly result: "truncated";
        /** Why it was cut short. */
        readonly reason: string;
      }
  );

/** How much was compared. */
export interface ProofWork {
  /** The number of sets of calls that were compared. */
  readonly sets: number;
  /** The work done: the same on every machine. */
  readonly steps: number;
}

/** A call that a policy and a filter judge differently. */
export interface Counterexample {
  /** The call. On 32-bit MIPS its arguments may have upper halves, which the kernel shows to filters. */
  readonly call: Call;
  /** The address of the call, if the filter looks at it. */
  readonly instructionPointer?: bigint;
  /** What the policy means. */
  readonly ofPolicy: Verdict;
  /** What the filter returns. */
  readonly ofFilter: Verdict;
}

/**
 * Proves that a filter gives the verdict of a policy on every call: for every architecture, listed or not, every number and all
 * arguments. Its work is limited; a proof that was cut short says so, and is no success.
 *
 * @throws RangeError if the kernel would refuse the filter, or it is for another architecture
 *
 * @example
 * ```ts
 * import { compile, readProfile, resolve, verify } from "seccomp-exec";
 *
 * const { profile } = readProfile(`{
 *   "defaultAction": "SCMP_ACT_ALLOW",
 *   "syscalls": [{ "names": ["bpf"], "action": "SCMP_ACT_ERRNO" }]
 * }`);
 * const { policy } = profile ? resolve(profile, { architecture: "x86_64", kernel: "6.12" }) : {};
 * const { filter } = policy ? compile(policy) : {};
 * if (policy !== undefined && filter !== undefined) {
 *   console.log(verify(policy, filter).result); //=> equal
 *
 *   const allowAll = { ...filter, instructions: [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }] };
 *   const found = verify(policy, allowAll);
 *   if (found.result === "different") {
 *     const { call, ofPolicy, ofFilter } = found.counterexample;
 *     console.log(call.architecture, call.syscall, ofPolicy, ofFilter); //=> x86_64 bpf ERRNO(EPERM) ALLOW
 *   }
 * }
 * ```
 */
export function verify(policy: Policy, filter: Filter): Verification {
  const { policy: internal, arch: native } = internalPolicy(policy);
  const { program, arch } = internalFilter(filter);
  if (arch !== native) {
    throw new RangeError(`the filter is for ${arch.name}, and the policy for ${native.name}`);
  }
  const proof = prove(internal, program, arch.bigEndian);
  const { sets, steps } = proof;
  switch (proof.kind) {
    case "equal":
      return { result: "equal", sets, steps };
    case "truncated":
      return { result: "truncated", sets, steps, reason: proof.reason };
    case "different":
      return { result: "different", sets, steps, counterexample: shown(proof) };
  }

  function shown({ counterexample }: Extract<Proof, { kind: "different" }>): Counterexample {
    const { call, instructionPointer, arch: of, ofPolicy, ofProgram } = counterexample;
    return {
      call: publicCall(call, of),
      ...(instructionPointer === undefined ? {} : { instructionPointer }),
      ofPolicy: publicVerdict(ofPolicy, of ?? native),
      ofFilter: publicVerdict(ofProgram, of ?? native),
    };
  }
}
