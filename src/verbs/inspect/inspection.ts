/**
 * What is found out about a profile or a filter, before it is printed.
 */

import type { TooLong } from "../../bpf/compile.ts";
import type { Exposed } from "../../lint/exposure.ts";
import type { Policy } from "../../policy/policy.ts";
import type { Target } from "../../policy/target.ts";
import type { Architecture } from "../../tables/architectures.ts";
import type { JudgedCall } from "./calls.ts";
import type { WithCapability } from "./capabilities.ts";
import type { Cost } from "./cost.ts";

export interface Inspection {
  readonly label: string;
  readonly target: Target;
  /** This machine's architecture, if another was chosen since the profile does not list it. */
  readonly instead: Architecture | undefined;
  /** Undefined: a raw filter. */
  readonly policy: Policy | undefined;
  /** The machine's own first. */
  readonly architectures: readonly JudgedArchitecture[];
  /** What changes with capabilities; empty if the caller's were given. */
  readonly withCapability: readonly WithCapability[];
  /** Undefined of a raw filter. */
  readonly exposure: readonly Exposed[] | undefined;
  readonly cost: Cost | TooLong;
}

/** The calls of an architecture, by id. */
export interface JudgedArchitecture {
  readonly arch: Architecture;
  readonly calls: readonly JudgedCall[];
}
