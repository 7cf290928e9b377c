/**
 * What becomes of calls if the caller holds a capability.
 */

import type { Opener } from "../../lint/exposure.ts";
import type { LintInput } from "../../lint/input.ts";
import type { Policy } from "../../policy/policy.ts";
import { rulesAbout } from "../../policy/rules-about.ts";
import { syscallsJudgedBy } from "../../policy/touched.ts";
import type { Profile } from "../../profile/profile.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { capabilityBit, capabilityCount, capabilityName } from "../../tables/capabilities.ts";
import { syscallId, syscallName, syscallNumber } from "../../tables/syscalls.ts";
import type { LoadedMeaning } from "../loaded-policy.ts";
import { CallJudge, type JudgedCall, type Judgement, type Judgements } from "./calls.ts";
import type { JudgedArchitecture } from "./inspection.ts";

/** A call that is judged otherwise. */
export interface OtherCall {
  readonly architecture: Architecture;
  readonly id: number;
  readonly before: Judgement;
  readonly after: Judgement;
}

/** What one capability, or several together, change. */
export interface WithCapability {
  /** For example CAP_SYS_ADMIN; undefined: all that the profile names, and calls about which none of them alone changes anything. */
  readonly name: string | undefined;
  readonly calls: readonly OtherCall[];
}

/** A profile for callers with different capabilities, of whom only what may differ is asked. */
export class Callers {
  private readonly policies = new Map<bigint, Policy>();
  private readonly depending = new Map<bigint, readonly number[]>();
  /** The rules about what is asked. */
  private readonly rules: Profile;

  /**
   * @param named the capabilities that the profile names
   * @param others names of calls that are asked though no rule about them depends on a capability
   */
  constructor(
    private readonly loaded: LoadedMeaning,
    readonly named: bigint,
    others: readonly string[],
  ) {
    this.policies.set(loaded.target.caps & named, loaded.policy);
    this.rules = rulesAbout(
      loaded.profile,
      [...this.dependingOn(named), ...others.map((name) => syscallId(name))],
      loaded.policy.architectures,
    );
  }

  /** For a caller with these capabilities only. */
  input(caps: bigint): LintInput {
    const policy = this.policy(caps);
    const { profile, target } = this.loaded;
    return { profile, policy, installed: policy, target: { ...target, caps }, engines: [] };
  }

  /** It judges calls that are not asked otherwise than the profile does. */
  private policy(caps: bigint): Policy {
    const held = caps & this.named;
    const { target, policy: base } = this.loaded;
    const policy = this.policies.get(held) ?? {
      ...this.loaded.on({ ...target, caps }, this.rules),
      youngest: base.youngest,
    };
    this.policies.set(held, policy);
    return policy;
  }

  /** The syscalls whose rules depend on one of the capabilities. */
  private dependingOn(caps: bigint): readonly number[] {
    const depends = (name: string): boolean => ((caps >> BigInt(capabilityBit(name))) & 1n) === 1n;
    const find = (): readonly number[] => {
      const rules = this.loaded.profile.rules.filter(({ includes, excludes }) =>
        [...includes.caps, ...excludes.caps].some(depends),
      );
      return [...new Set(syscallsJudgedBy(rules, this.loaded.policy.architectures))];
    };
    const ids = this.depending.get(caps) ?? find();
    this.depending.set(caps, ids);
    return ids;
  }

  /** Capabilities, by what each may open. */
  openers(caps: bigint): readonly Opener[] {
    return bitsIn(caps).map((bit) => {
      const one = 1n << BigInt(bit);
      return {
        name: capabilityName(bit) ?? "",
        changes: new Set((one & this.named) === 0n ? [] : this.dependingOn(one).map(syscallName)),
        input: () => this.input(one),
      };
    });
  }

  /** What each capability that the profile names changes, and what only all of them together do. */
  sweep(architectures: readonly JudgedArchitecture[], judgements: Judgements): readonly WithCapability[] {
    const before = architectures.map(({ calls }) => new Map(calls.map((call) => [call.id, call])));
    const { target } = this.loaded;
    const changedWith = (caps: bigint): readonly OtherCall[] => {
      const side = { kind: "policy", policy: this.policy(caps) } as const;
      const judge = new CallJudge(side, target.arch.bigEndian, judgements);
      const ids = this.dependingOn(caps);
      return architectures.flatMap(({ arch }, i) =>
        ids.flatMap((id) =>
          syscallNumber(arch, id) < 0 ? [] : otherCall(arch, before[i]?.get(id), judge.judge(arch, id)),
        ),
      );
    };
    const single = bitsIn(this.named).map((bit) => ({
      name: capabilityName(bit),
      calls: changedWith(1n << BigInt(bit)),
    }));
    const known = new Set(single.flatMap(({ calls }) => calls.map(keyOf)));
    const together = single.length < 2 ? [] : changedWith(this.named).filter((one) => !known.has(keyOf(one)));
    return [...single, { name: undefined, calls: together }].filter(({ calls }) => calls.length > 0);
  }
}

function keyOf({ architecture, id }: OtherCall): string {
  return `${architecture.name} ${id}`;
}

function otherCall(
  architecture: Architecture,
  before: JudgedCall | undefined,
  { id, judgement }: JudgedCall,
): readonly OtherCall[] {
  return before === undefined || before.judgement === judgement
    ? []
    : [{ architecture, id, before: before.judgement, after: judgement }];
}

/** The bits of a set of capabilities. */
export function bitsIn(caps: bigint): readonly number[] {
  return Array.from({ length: capabilityCount }, (_, bit) => bit).filter(
    (bit) => ((caps >> BigInt(bit)) & 1n) === 1n,
  );
}
