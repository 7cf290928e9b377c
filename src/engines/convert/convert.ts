/**
 * Writes a profile for another engine, and proves that it means the same there.
 */

import { Effort } from "../../analysis/differences.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import type { JsonParser } from "../../json-places.ts";
import { precedence } from "../../policy/verdict.ts";
import { acceptancesOf } from "../../profile/acceptances.ts";
import { readJson } from "../../profile/json.ts";
import type { Profile } from "../../profile/profile.ts";
import { readProfile } from "../../profile/read.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { compareWithEngine, type EngineComparison, MAX_STEPS } from "../compare.ts";
import { rawProfile } from "../engine.ts";
import { machinesOf } from "../machines.ts";
import { architecturesFor } from "./architectures.ts";
import { type ArrangeOptions, arrange, withLines } from "./arrange.ts";
import { CARRIERS, type Carrier } from "./carrier.ts";
import { type Carried, carry } from "./carry.ts";
import { alike, explain, flagProblems, kernelProblems, notCarried, objections } from "./objections.ts";
import { type WrittenProfile, write } from "./write.ts";

/** The result of a conversion: no text if any diagnostic is an error. */
export interface Conversion {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ConvertOptions extends ArrangeOptions {
  /** Whether `target.kernel` was named, so that rules may be resolved for it. */
  readonly kernelGiven: boolean;
  /** Whether something stricter may replace what cannot be carried over. */
  readonly stricter: boolean;
  /** Parses the written file; absent: the library does. */
  readonly parse: JsonParser;
}

/**
 * Converts a valid profile.
 *
 * @param raw the JSON value of the whole document that the profile was read from
 */
export function convertProfile(profile: Profile, raw: unknown, options: ConvertOptions): Conversion {
  const { to, target, stricter } = options;
  const carrier = CARRIERS[to];
  const carried = carry(profile, target, carrier, stricter);
  const problems = [
    ...carried.problems,
    ...kernelProblems(profile, carrier, options.kernelGiven),
    ...flagProblems(profile, carrier, stricter),
  ];
  if (!carrier.knowsArch(target.arch)) {
    problems.push(notCarried(`${carrier.engine.title} does not run on ${target.arch.name}`, profile.base));
  }
  if (problems.some(({ severity }) => severity === "error")) {
    return { text: undefined, diagnostics: problems };
  }
  const trials = new Trials();
  const first = attempt(profile, raw, carried, carrier, problems, options, trials, false);
  if (first.text !== undefined) {
    return first;
  }
  // libseccomp makes wrong filters from some comparisons by size, but not from comparisons for equality.
  const second = attempt(profile, raw, carried, carrier, problems, options, trials, true);
  // Of two that are refused, the one with fewer objections: the others are not what prevents the conversion.
  return second.text === undefined && errorsOf(second) >= errorsOf(first) ? first : second;
}

function errorsOf({ diagnostics }: Conversion): number {
  return diagnostics.filter(({ severity }) => severity === "error").length;
}

/** The files that were tried, with one limit of work for all of them. */
class Trials {
  private readonly work = new Effort(MAX_STEPS);
  private readonly known = new Map<string, EngineComparison>();

  of(text: string, compare: (work: Effort) => EngineComparison): EngineComparison {
    const found = this.known.get(text) ?? compare(this.work);
    this.known.set(text, found);
    return found;
  }
}

/** @param exact whether comparisons by size and inequalities are written as comparisons for equality */
function attempt(
  profile: Profile,
  raw: unknown,
  carried: Carried,
  carrier: Carrier,
  problems: readonly Diagnostic[],
  options: ConvertOptions,
  trials: Trials,
  exact: boolean,
): Conversion {
  const { rules, entangled } = arrange(profile, raw, carried, carrier, options, exact);
  const comment = withLines("", acceptancesOf(rawProfile(raw, profile.base)));
  return entangled.length > 0
    ? { text: undefined, diagnostics: [...problems, ...entangled] }
    : proven(profile, carried, carrier, { rules, comment }, problems, options, trials, []);
}

/** The file without these architectures, if it means the same; else one without further ones. */
function proven(
  profile: Profile,
  carried: Carried,
  carrier: Carrier,
  written: Pick<WrittenProfile, "rules" | "comment">,
  problems: readonly Diagnostic[],
  options: ConvertOptions,
  trials: Trials,
  leftOut: readonly Architecture[],
): Conversion {
  const { to, target, stricter } = options;
  const text = write(to, {
    defaultVerdict: carried.defaultVerdict,
    ...written,
    ...architecturesFor(profile, carrier, target, leftOut),
    flags: carrier.flags ? profile.flags : undefined,
    listenerPath: carrier.listener ? profile.listenerPath : undefined,
    listenerMetadata: carrier.listener ? profile.listenerMetadata : undefined,
  });
  const comparison = trials.of(text, (work) => compareWritten(profile, text, carrier, options, work));
  // A stricter file lets no more through by crafted calls either.
  const wrong = comparison.differences.filter(({ verdicts, crafted }) =>
    stricter ? precedence(verdicts[1]) > precedence(verdicts[0]) : !crafted,
  );
  const killed = comparison.killed.filter((arch) => !leftOut.includes(arch));
  if (comparison.obstacles.length === 0 && wrong.length === 0 && killed.length === 0) {
    return { text, diagnostics: [...problems, ...comparison.crafted] };
  }
  const culprits = [...new Set(wrong.map(({ arch }) => arch))].filter((arch) => arch !== target.arch);
  if (stricter && culprits.length > 0) {
    const warning: Diagnostic = {
      code: "not-carried-over",
      severity: "warning",
      message: `${alike(wrong).map(explain).join("; ")}: calls of ${culprits.map(({ name }) => name).join(", ")} are killed by the engine`,
      pointer: profile.base,
    };
    return proven(profile, carried, carrier, written, [...problems, warning], options, trials, [
      ...leftOut,
      ...culprits,
    ]);
  }
  return {
    text: undefined,
    diagnostics: [...problems, ...objections(profile, comparison, wrong, killed, carrier, culprits)],
  };
}

/** Compares the profile with the engine's reading of the file, on all machines for which it is written. */
function compareWritten(
  profile: Profile,
  text: string,
  carrier: Carrier,
  { target, parse, wideArguments }: ConvertOptions,
  work: Effort,
): EngineComparison {
  const reading = readJson(text, parse);
  if (reading.kind === "mistakes") {
    throw new Error(`what was written is not JSON: ${reading.mistakes[0]?.message}`);
  }
  const { document } = reading;
  const { profile: written, diagnostics } = readProfile(document.value, document.exact);
  if (written === undefined) {
    throw new Error(`what was written is not a profile: ${diagnostics[0]?.message}`);
  }
  const machines = carrier.selectors
    ? machinesOf(profile, target).filter(({ kernel }) => carrier.kernels || kernel === target.kernel)
    : [target];
  return compareWithEngine(carrier.engine, written, document.value, machines, {
    meant: profile,
    wideArguments,
    work,
  });
}
