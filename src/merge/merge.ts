/**
 * Merges profiles: their union, their intersection, or what the first lets through and the others do not, as one profile that is
 * proven to be exactly that.
 */

import { rawProfile, rawRule } from "../engines/engine.ts";
import type { JsonParser } from "../json-places.ts";
import { verdictOf } from "../policy/rule-verdict.ts";
import type { Target } from "../policy/target.ts";
import { ACTION_VALUES, actionOf, type Verdict } from "../policy/verdict.ts";
import { commentIn } from "../profile/comment-key.ts";
import { readJson } from "../profile/json.ts";
import { ACTIONS, type Errno, NO_SELECTOR, type Profile, type Rule } from "../profile/profile.ts";
import { readProfile } from "../profile/read.ts";
import type { Architecture } from "../tables/architectures.ts";
import { type Multiplexer, multiplexedCalls } from "../tables/multiplexers.ts";
import { SECCOMP_RET_DATA, SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { type Draft, draftOf } from "./draft.ts";
import { agentOf, flagsOf, type Listing, listedOn, listingOf, nativesOf } from "./frame.ts";
import { type Joint, joinAll } from "./join.ts";
import { type Given, sweepOf } from "./machines.ts";
import type { Operation } from "./operation.ts";
import type { Reading } from "./parts.ts";
import { ageOf, callsThrough, type Meaning, wrongCalls } from "./prove.ts";
import { notExact } from "./refuse.ts";
import { type Answer, argsOf, type RuleToWrite } from "./rule-text.ts";
import { type AtLeastOne, mapAll } from "./several.ts";
import { missingYoungest, textOf } from "./write.ts";

/** A profile to merge, valid. */
export interface MergeInput {
  /** Its name in messages. */
  readonly label: string;
  readonly profile: Profile;
  /** The JSON value of the whole document that it was read from. */
  readonly raw: unknown;
  /** The document, if it is JSON with the profile in Docker's or the OCI's form. */
  readonly text: string | undefined;
}

export interface MergeOptions {
  readonly operation: Operation;
  /** The machine on which every call is compared. */
  readonly target: Target;
  /** What of it was named: the result is right there, and need not be elsewhere. */
  readonly given: Given;
  readonly wideArguments: boolean;
  readonly unknownSyscalls: "enosys" | "default";
  /** Whether every profile is read as if it listed the architectures of the result. */
  readonly sameArchitectures: boolean;
  readonly parse: JsonParser;
}

/** The result of a merge. */
export interface MergeResult {
  readonly text: string;
  /** The first profile's names, and those of the result, with repetitions. */
  readonly names: readonly [number, number];
  readonly rules: readonly [number, number];
  /** On how many machines it was compared. */
  readonly machines: number;
  /** The capabilities of which not every combination was compared, since a call depends on too many. */
  readonly partly: readonly string[];
}

/**
 * Merges profiles.
 *
 * @throws Refusal if one profile cannot say exactly what all of them say together
 */
export function mergeProfiles(
  inputs: readonly [MergeInput, ...MergeInput[]],
  options: MergeOptions,
): MergeResult {
  const { operation, target, given, wideArguments, unknownSyscalls } = options;
  const profiles = profilesOf(inputs);
  const named = nativesOf(profiles).filter((arch) => arch !== target.arch);
  const machines = [target.arch, ...(given.arch ? [] : named)];
  const listing = listingOf(operation, profiles, machines);
  const reading: Reading = { arch: target.arch, wideArguments };
  const joint = joinAll(profiles, operation, reading);
  const meaning: Meaning = {
    operation,
    profiles: options.sameArchitectures ? mapAll(profiles, (one) => ({ ...one, ...listing })) : profiles,
    age: ageOf(profiles),
    options: { unknownSyscalls, wideArguments, listenerNamed: true },
  };
  const answerOf = answerFor(inputs, target);
  const write = (draft: Draft): Written => {
    const text = textFor(inputs, draft, joint, listing, answerOf, options);
    return { text, profile: readMerged(text, options.parse) };
  };
  const draft = drafted(inputs, joint, reading, answerOf, unknownSyscalls === "enosys" ? meaning.age : 0);
  let merged = write(draft);
  const all = [...meaning.profiles, merged.profile];
  const everyCallOn = machines.filter((arch) => isListedDifferently(all, arch));
  const sweep = sweepOf(all, target, machines, everyCallOn, given);
  let wrong = wrongCalls(meaning, merged.profile, sweep.machines);
  if (wrong.length > 0) {
    // What a call means that is made through another one follows from its rules only if these have no conditions.
    const through = callsThrough(meaning, merged.profile, wrong);
    if (through === undefined) {
      throw notExact(inputs, wrong, operation, target.arch);
    }
    merged = write({ ...draft, added: [...draft.added, ...rulesThrough(through, answerOf)] });
    wrong = wrongCalls(meaning, merged.profile, sweep.machines);
    if (wrong.length > 0) {
      throw notExact(inputs, wrong, operation, target.arch);
    }
  }
  const [{ profile: first }] = inputs;
  const count = ({ rules }: Profile): number => rules.reduce((sum, { names }) => sum + names.length, 0);
  return {
    text: merged.text,
    names: [count(first), count(merged.profile)],
    rules: [first.rules.length, merged.profile.rules.length],
    machines: sweep.machines.length,
    partly: sweep.partly,
  };
}

/** A merged profile. */
interface Written {
  readonly text: string;
  readonly profile: Profile;
}

function textFor(
  inputs: AtLeastOne<MergeInput>,
  draft: Draft,
  { otherwise }: Joint,
  listing: Listing,
  answerOf: (verdict: Verdict) => Answer,
  { operation, target, parse }: MergeOptions,
): string {
  const profiles = profilesOf(inputs);
  const [{ profile: first, text, raw }] = inputs;
  const left = [...draft.kept.flatMap(({ rule, names }) => (names.length > 0 ? [rule] : [])), ...draft.added];
  const notifies =
    otherwise === ACTION_VALUES.SCMP_ACT_NOTIFY || left.some(({ action }) => action === "SCMP_ACT_NOTIFY");
  return textOf(
    {
      first,
      text,
      comment: commentOf(rawProfile(raw, first.base)),
      draft,
      default:
        otherwise === verdictOf(first.defaultAction, first.defaultErrno, target.arch)
          ? undefined
          : answerOf(otherwise),
      listing,
      flags: flagsOf(operation, profiles, notifies),
      agent: agentOf(profiles, notifies),
    },
    parse,
  );
}

/** Rules for calls that are made through a multiplexer. */
function rulesThrough(
  through: ReadonlyMap<Multiplexer, ReadonlyMap<number, Verdict>>,
  answerOf: (verdict: Verdict) => Answer,
): readonly RuleToWrite[] {
  return [...through].flatMap(([multiplexer, verdicts]) =>
    multiplexedCalls(multiplexer).flatMap(({ name, call }): RuleToWrite[] => {
      const verdict = verdicts.get(call);
      const isWhole = multiplexer.callMask === ALL_OF_AN_INT;
      return verdict === undefined
        ? []
        : [
            {
              ...answerOf(verdict),
              comment: `${name} through ${multiplexer.name}`,
              names: [multiplexer.name],
              args: argsOf([
                isWhole
                  ? { index: 0, op: "SCMP_CMP_EQ", value: BigInt(call), mask: 0n }
                  : { index: 0, op: "SCMP_CMP_MASKED_EQ", value: BigInt(call), mask: multiplexer.callMask },
              ]),
              includes: NO_SELECTOR,
              excludes: NO_SELECTOR,
            },
          ];
    }),
  );
}

const ALL_OF_AN_INT = 0xffffffffn;

function profilesOf(inputs: AtLeastOne<MergeInput>): AtLeastOne<Profile> {
  return mapAll(inputs, ({ profile }) => profile);
}

/** @param age the version of the youngest call that the result must name if its default denies; 0: none */
function drafted(
  inputs: AtLeastOne<MergeInput>,
  joint: Joint,
  reading: Reading,
  answerOf: (verdict: Verdict) => Answer,
  age: number,
): Draft {
  const [first] = inputs;
  const draft = draftOf(
    inputs.map(({ profile, raw }) => ({
      profile,
      comment: ({ index }: Rule) => commentOf(rawRule(raw, profile.base, index)),
    })),
    joint.parts,
    first.text !== undefined,
    reading,
    answerOf,
  );
  const youngest = missingYoungest(draft, profilesOf(inputs), age, joint.otherwise);
  const naming: RuleToWrite | undefined =
    youngest === undefined
      ? undefined
      : {
          ...answerOf(joint.otherwise),
          comment:
            "the youngest call that the merged profiles name: a call that is younger still gets ENOSYS",
          names: [youngest],
          args: [],
          includes: NO_SELECTOR,
          excludes: NO_SELECTOR,
        };
  return naming === undefined ? draft : { ...draft, added: [...draft.added, naming] };
}

function commentOf(object: Readonly<Record<string, unknown>>): string | undefined {
  const { comment } = object;
  return typeof comment === "string" && comment !== "" ? comment : commentIn(object);
}

/** Writes verdicts as the profiles do; the errno of a rule in full, since not every engine has the same default. */
function answerFor(
  inputs: readonly MergeInput[],
  { arch }: Pick<Target, "arch">,
): (verdict: Verdict) => Answer {
  const known = new Map<Verdict, Answer>();
  const add = (action: Rule["action"], errno: Errno): void => {
    const verdict = verdictOf(action, errno, arch);
    if (!known.has(verdict)) {
      known.set(verdict, errno.name === undefined ? answerOf(verdict, action) : { action, errno });
    }
  };
  for (const { profile } of inputs) {
    add(profile.defaultAction, profile.defaultErrno);
    for (const { action, errno } of profile.rules) {
      add(action, errno);
    }
  }
  return (verdict) =>
    known.get(verdict) ??
    answerOf(
      verdict,
      ACTIONS.find((one) => ACTION_VALUES[one] === actionOf(verdict)) ?? "SCMP_ACT_KILL_PROCESS",
    );
}

function answerOf(verdict: Verdict, action: Rule["action"]): Answer {
  const hasNumber = [SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE].includes(actionOf(verdict));
  return { action, errno: { number: hasNumber ? verdict & SECCOMP_RET_DATA : undefined, name: undefined } };
}

function isListedDifferently(profiles: readonly Profile[], native: Architecture): boolean {
  const [one = "", ...others] = profiles.map((profile) => [...listedOn(profile, native)].sort().join());
  return others.some((other) => other !== one);
}

function readMerged(text: string, parse: JsonParser): Profile {
  const reading = readJson(text, parse);
  if (reading.kind === "mistakes") {
    throw new Error(`what was written is not JSON: ${reading.mistakes[0]?.message}`);
  }
  const { profile, diagnostics } = readProfile(reading.document.value, reading.document.exact);
  if (profile === undefined) {
    throw new Error(`what was written is not a profile: ${diagnostics[0]?.message}`);
  }
  return profile;
}
