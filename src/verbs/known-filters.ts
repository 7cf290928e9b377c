/**
 * Recognises the filters that launches of the given profiles install.
 */

import { compileForKernel } from "../bpf/compile.ts";
import type { Program } from "../bpf/instruction.ts";
import { Refusal } from "../diagnostic.ts";
import { auditing } from "../launch/auditing.ts";
import { deniesNothing } from "../lint/essentials.ts";
import { programToHex } from "../load/prepared.ts";
import { complaining } from "../policy/complain.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { ResolveOptions } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import { capabilitiesOf } from "./prepare-filters.ts";
import type { SurveyedProfile } from "./survey.ts";

/** A profile whose launch installs a filter. */
export interface KnownFilter {
  readonly name: string;
  readonly sha256: string;
  /** The options of the launch that make this filter of the profile, for example `--complain`; none: an ordinary launch. */
  readonly options: readonly string[];
  /**
   * Whether a call of its architectures is denied: false with `--complain`, and where the profile allows all; null if only the
   * supervisor of an audit knows.
   */
  readonly denies: boolean | null;
}

/** The meanings that options give a profile; the usual one first. */
const MEANINGS: readonly (ResolveOptions & { readonly options: readonly string[] })[] = [
  { unknownSyscalls: "enosys", wideArguments: false, options: [] },
  { unknownSyscalls: "enosys", wideArguments: true, options: ["--wide-arguments"] },
  { unknownSyscalls: "default", wideArguments: false, options: ["--unknown-syscalls=default"] },
];

/** Filters of profiles, by their digits, made as far as they are looked for. */
export class KnownFilters {
  private readonly found = new Map<string, KnownFilter>();
  private readonly stages: Iterator<void>;

  /** @param callers sets of capabilities that launches may have resolved the profiles for */
  constructor(
    profiles: readonly SurveyedProfile[],
    machine: Omit<Target, "caps">,
    callers: readonly bigint[],
  ) {
    this.stages = this.make(profiles, machine, callers);
  }

  /** @param hex the digits of a filter, as `PreparedFilter.hex` */
  recognise(hex: string): KnownFilter | undefined {
    while (!this.found.has(hex)) {
      if (this.stages.next().done === true) {
        return undefined;
      }
    }
    return this.found.get(hex);
  }

  private *make(
    profiles: readonly SurveyedProfile[],
    machine: Omit<Target, "caps">,
    callers: readonly bigint[],
  ): Generator<void> {
    for (const { options, ...meaning } of MEANINGS) {
      for (const profile of profiles) {
        for (const policy of policiesOf(profile, machine, callers, meaning)) {
          this.add(profile, policy, machine, options);
          yield;
        }
      }
    }
  }

  private add(
    { name, sha256 = "" }: SurveyedProfile,
    policy: Policy,
    { arch }: Omit<Target, "caps">,
    options: readonly string[],
  ): void {
    const say = (program: Program, denies: KnownFilter["denies"], more: readonly string[]): void => {
      const hex = programToHex(program);
      const known = this.found.get(hex);
      if (known === undefined) {
        this.found.set(hex, { name, sha256, options: [...options, ...more], denies });
      } else if (known.denies !== denies) {
        this.found.set(hex, { ...known, denies: null });
      }
    };
    const audited = (program: Program, complains: boolean): Program => {
      const { flags, optionalFlags, listener } = policy;
      const filter = { kind: "compiled", flags, optionalFlags, listener, program, policy } as const;
      return auditing(filter, arch.name, complains) as Program;
    };
    try {
      const program = compileForKernel(policy, name);
      const denies = !deniesNothing(policy);
      say(program, denies, []);
      say(compileForKernel(complaining(policy), name), false, ["--complain"]);
      say(audited(program, false), denies, ["--audit"]);
      say(audited(program, true), false, ["--audit", "--complain"]);
    } catch (error) {
      // A filter that is too long is none that a launch installs.
      if (!(error instanceof Refusal)) {
        throw error;
      }
    }
  }
}

/** What a profile means for each caller that it distinguishes. */
function policiesOf(
  { read }: SurveyedProfile,
  machine: Omit<Target, "caps">,
  callers: readonly bigint[],
  meaning: ResolveOptions,
): readonly Policy[] {
  const { profile } = read ?? {};
  if (read === undefined || profile === undefined) {
    return [];
  }
  const mentioned = capabilitiesOf(profile);
  const held = [...new Set(callers.map((caller) => caller & mentioned))];
  return held.flatMap(
    (caps) => readPolicy(read, { ...machine, caps }, { ...meaning, listenerNamed: true }).policy ?? [],
  );
}
