/**
 * Writes a profile for another engine, and proves that it means the same there.
 */

import { exactly } from "../../analysis/comparisons.ts";
import { type Difference, Effort } from "../../analysis/differences.ts";
import { formatCall } from "../../analysis/format-call.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import { addTo } from "../../groups.ts";
import type { JsonParser } from "../../json-places.ts";
import { listed } from "../../plural.ts";
import { narrowed } from "../../policy/judged.ts";
import type { Comparison } from "../../policy/policy.ts";
import type { Target } from "../../policy/target.ts";
import { formatVerdict, precedence } from "../../policy/verdict.ts";
import { acceptancesOf } from "../../profile/acceptances.ts";
import { commentIn } from "../../profile/comment-key.ts";
import { readJson } from "../../profile/json.ts";
import type { Profile } from "../../profile/profile.ts";
import { readProfile } from "../../profile/read.ts";
import { type Architecture, architectureByScmp } from "../../tables/architectures.ts";
import { multiplexed, multiplexers } from "../../tables/multiplexers.ts";
import { isNarrow, narrowArguments } from "../../tables/narrow-arguments.ts";
import { syscallId, syscallName } from "../../tables/syscalls.ts";
import { compareWithEngine, type EngineComparison, MAX_STEPS } from "../compare.ts";
import { type EngineName, rawProfile, rawRule } from "../engine.ts";
import { machinesOf } from "../machines.ts";
import { CARRIERS, type Carrier } from "./carrier.ts";
import { type Carried, carry } from "./carry.ts";
import { disentangle, isEntangled, pieceKey } from "./disentangle.ts";
import type { Piece } from "./piece.ts";
import { type WrittenProfile, type WrittenRule, write } from "./write.ts";

/** The result of a conversion: no text if any diagnostic is an error. */
export interface Conversion {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ConvertOptions {
  readonly to: EngineName;
  /** The machine for which rules are resolved if the engine cannot select by it. */
  readonly target: Target;
  /** Whether `target.kernel` was named, so that rules may be resolved for it. */
  readonly kernelGiven: boolean;
  /** Whether something stricter may replace what cannot be carried over. */
  readonly stricter: boolean;
  /** Whether conditions mean 64 bits of every argument, as the engines compare them ({@link Policy.wideArguments}). */
  readonly wideArguments: boolean;
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
    ...kernelProblems(profile, carrier, options),
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

/** Assembles the pieces into rules: the profile's rules as they were, and new ones for calls that were rewritten. */
function arrange(
  profile: Profile,
  raw: unknown,
  { pieces, defaultVerdict }: Carried,
  carrier: Carrier,
  { to, target, wideArguments }: ConvertOptions,
  exact: boolean,
): { readonly rules: readonly WrittenRule[]; readonly entangled: readonly Diagnostic[] } {
  const problems: Diagnostic[] = [];
  const rules = new Map<string, { names: string[]; piece: Piece; order: number; from: Set<number> }>();
  const add = (name: string, piece: Piece, order: number): void => {
    const key = `${order} ${pieceKey(piece)}`;
    const rule = rules.get(key);
    if (rule === undefined) {
      rules.set(key, { names: [name], piece, order, from: new Set([piece.rule]) });
    } else {
      rule.names.push(name);
      rule.from.add(piece.rule);
    }
  };
  for (const [name, asMeant] of pieces) {
    const narrow = wideArguments ? 0 : narrowArguments(target.arch, syscallId(name));
    const own = inWideComparisons(asMeant, narrow);
    if (own === undefined) {
      problems.push(tooManyRules(profile, name));
      continue;
    }
    const entangled = isEntangled(own);
    const disentangled = entangled ? disentangle(own, defaultVerdict) : own;
    const left = exact ? disentangled && inEqualities(disentangled) : disentangled;
    if (left === undefined) {
      const rule = profile.rules.find(({ names }) => names.includes(name));
      problems.push(
        notCarried(
          `the rules for ${name} overlap in too many ways`,
          `${profile.base}/syscalls/${rule?.index ?? 0}`,
          "write conditions that exclude each other",
        ),
      );
      continue;
    }
    for (const piece of left) {
      if (carrier.defaultRules || piece.verdict !== defaultVerdict) {
        // Rewritten pieces come last.
        add(name, piece, entangled ? profile.rules.length : piece.rule);
      }
    }
  }
  const written = [...rules.values()]
    .sort((a, b) => a.order - b.order)
    .map(({ names, piece, from }) => ({
      names: names.sort(),
      piece,
      comment: commentOf(profile, raw, [...from], to),
    }));
  return { rules: written, entangled: problems };
}

/** Maximum number of rules that are written for one call. */
const MAX_RULES = 500;

/** The same pieces with comparisons for equality only; undefined if they are too many. */
function inEqualities(pieces: readonly Piece[]): Piece[] | undefined {
  return withAlternatives(pieces, exactly);
}

/**
 * The same pieces in comparisons of all 64 bits of arguments, which the engines know: where 32 bits are compared, masked ones.
 *
 * @param narrow bit n: the kernel takes 32 bits, or fewer, of argument n
 * @returns undefined if they are too many
 */
function inWideComparisons(pieces: readonly Piece[], narrow: number): readonly Piece[] | undefined {
  const isNarrower = ({ index, bits }: Comparison): boolean => bits !== undefined || isNarrow(narrow, index);
  if (!pieces.some(({ conditions }) => conditions.some(isNarrower))) {
    return pieces;
  }
  return withAlternatives(pieces, (condition) => {
    const judged = isNarrow(narrow, condition.index) ? narrowed(condition) : condition;
    return judged.bits === undefined ? [judged] : exactly(judged);
  });
}

function tooManyRules({ base, rules }: Profile, name: string): Diagnostic {
  const rule = rules.find(({ names, conditions }) => names.includes(name) && conditions.length > 0);
  const isDword = rule?.conditions.some(({ bits }) => bits !== undefined) === true;
  return notCarried(
    `the conditions on ${name} compare ${isDword ? "" : "the "}32 bits${isDword ? "" : " that the kernel takes"}, which would need more than ${MAX_RULES} rules with masks`,
    `${base}/syscalls/${rule?.index ?? 0}`,
    isDword
      ? "write fewer conditions in one rule"
      : "write fewer conditions in one rule; with --wide-arguments they are written as they are, and compare 64 bits",
  );
}

/** Pieces with each condition replaced by others of which one must hold; undefined if there are too many. */
function withAlternatives(
  pieces: readonly Piece[],
  alternatives: (condition: Comparison) => readonly Comparison[],
): Piece[] | undefined {
  const found: Piece[] = [];
  for (const piece of pieces) {
    let lists: (readonly Comparison[])[] = [[]];
    for (const condition of piece.conditions) {
      const instead = alternatives(condition);
      lists = lists.flatMap((list) => instead.map((one) => [...list, one]));
      if (found.length + lists.length > MAX_RULES) {
        return undefined;
      }
    }
    found.push(...lists.map((conditions) => ({ ...piece, conditions })));
  }
  return found;
}

/**
 * The comment of a rule made of rules: that of the first, and the lines of all by which findings are accepted. The runtime-spec has
 * no comments, and gets only those lines, in a key that its readers ignore.
 */
function commentOf(
  { base }: Profile,
  raw: unknown,
  [first = -1, ...others]: readonly number[],
  to: EngineName,
): string | undefined {
  const object = rawRule(raw, base, first);
  const { comment } = object;
  const own = typeof comment === "string" && comment !== "" ? comment : (commentIn(object) ?? "");
  const kept = [first, ...others].flatMap((rule) => acceptancesOf(rawRule(raw, base, rule)));
  return withLines(to === "oci" ? "" : own, kept);
}

/** A comment with further lines, each once; undefined if it would be empty. */
function withLines(comment: string, lines: readonly string[]): string | undefined {
  const added = [...new Set(lines)].filter((line) => !comment.split("\n").some((one) => one.trim() === line));
  const all = [...(comment === "" ? [] : [comment]), ...added];
  return all.length === 0 ? undefined : all.join("\n");
}

function architecturesFor(
  profile: Profile,
  carrier: Carrier,
  target: Target,
  leftOut: readonly Architecture[],
): Pick<WrittenProfile, "archMap" | "architectures"> {
  const keeps = (scmp: string): boolean => {
    const arch = architectureByScmp(scmp);
    return arch !== undefined && carrier.knowsArch(arch) && !leftOut.includes(arch);
  };
  const native = target.arch.scmp;
  const listedHere = [
    ...(profile.archMap?.find(({ architecture }) => architecture === native)?.subArchitectures ?? []),
    ...(profile.architectures ?? []),
  ].filter((scmp) => scmp !== native && keeps(scmp));
  if (!carrier.selectors) {
    return { archMap: undefined, architectures: [native, ...new Set(listedHere)] };
  }
  if (profile.archMap !== undefined) {
    const archMap = profile.archMap
      .filter(({ architecture }) => keeps(architecture))
      .map(({ architecture, subArchitectures }) => ({
        architecture,
        subArchitectures: subArchitectures.filter(keeps),
      }));
    // Docker and Podman take the first entry of an architecture, Mesos all of them.
    const first = archMap.filter(
      ({ architecture }, i) => archMap.findIndex((one) => one.architecture === architecture) === i,
    );
    return { archMap: first, architectures: undefined };
  }
  return carrier.engine.name === "mesos"
    ? {
        archMap: [{ architecture: native, subArchitectures: [...new Set(listedHere)] }],
        architectures: undefined,
      }
    : { archMap: undefined, architectures: profile.architectures?.filter(keeps) };
}

/** If an engine cannot select by kernel, the caller must name the kernel for which rules are resolved. */
function kernelProblems(profile: Profile, carrier: Carrier, { kernelGiven }: ConvertOptions): Diagnostic[] {
  if (carrier.kernels || !carrier.selectors || kernelGiven) {
    return [];
  }
  return profile.rules
    .filter(({ includes, excludes }) => includes.minKernel !== undefined || excludes.minKernel !== undefined)
    .map(({ index, includes }) =>
      notCarried(
        `${carrier.engine.title} ignores minKernel`,
        `${profile.base}/syscalls/${index}/${includes.minKernel === undefined ? "excludes" : "includes"}/minKernel`,
        "name the kernel to resolve the rule for: --kernel X.Y",
      ),
    );
}

function flagProblems({ base, flags }: Profile, carrier: Carrier, stricter: boolean): Diagnostic[] {
  if (carrier.flags || flags === undefined || flags.length === 0) {
    return [];
  }
  const problem = notCarried(`${carrier.engine.title} has no 'flags'`, `${base}/flags`, "remove them");
  return [stricter ? { ...problem, severity: "warning" } : problem];
}

function notCarried(message: string, pointer: string, hint?: string): Diagnostic {
  return {
    code: "not-carried-over",
    severity: "error",
    message,
    pointer,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Why a written file is not acceptable. */
function objections(
  profile: Profile,
  { obstacles }: EngineComparison,
  wrong: readonly Difference[],
  killed: readonly Architecture[],
  carrier: Carrier,
  culprits: readonly Architecture[],
): Diagnostic[] {
  const { title } = carrier.engine;
  const hint =
    culprits.length > 0
      ? `with --stricter the file leaves out ${culprits.map(({ name }) => name).join(", ")}`
      : undefined;
  return [
    // Their positions are in the written file, which is discarded.
    ...[...new Set(obstacles.map(({ message }) => message))].map((message) =>
      notCarried(message, profile.base),
    ),
    ...alike(wrong).map((some) =>
      notCarried(`${title}: ${explain(some)}${reasonOf(some)}`, placeOf(profile, some), hint),
    ),
    ...killed.map(({ name }) =>
      notCarried(`${title} does not know the architecture ${name}`, `${profile.base}`),
    ),
  ];
}

/** The differences by their pairs of verdicts. */
function alike(wrong: readonly Difference[]): readonly (readonly Difference[])[] {
  const groups = new Map<string, Difference[]>();
  for (const one of wrong) {
    addTo(groups, one.verdicts.join(), [one]);
  }
  return [...groups.values()];
}

/** Differences with the same verdicts in one sentence. */
function explain(wrong: readonly Difference[]): string {
  const [first] = wrong;
  if (first === undefined) {
    return "";
  }
  const { arch, verdicts } = first;
  const calls = [
    ...new Set(wrong.map(({ call, id, arch: on }) => `${formatCall(id, call.args)} on ${on.name}`)),
  ];
  return `${listed(calls, 5)} would get ${formatVerdict(verdicts[1], arch)}, not ${formatVerdict(verdicts[0], arch)}`;
}

/** Why, if all are calls of multiplexers. In glibc 2.41 for x86, socket(3) and the other functions still make these. */
function reasonOf(wrong: readonly Difference[]): string {
  const names = [...new Set(wrong.map(({ id }) => syscallName(id)))];
  return names.every((name) => multiplexers.some((one) => one.name === name))
    ? `; libseccomp drops conditions on arguments where a call is made through ${names.join(" and ")}, as 32-bit programs do with glibc`
    : "";
}

function placeOf({ base, rules }: Profile, wrong: readonly Difference[]): string {
  const names = wrong.map(({ id }) => syscallName(id));
  const rule =
    rules.find((one) => one.names.some((name) => names.includes(name))) ??
    rules.find(
      (one) =>
        one.conditions.length > 0 && one.names.some((name) => names.includes(multiplexed(name)?.via ?? "")),
    );
  return rule === undefined ? base : `${base}/syscalls/${rule.index}`;
}
