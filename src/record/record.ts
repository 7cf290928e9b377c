/**
 * From the observations of a run to a profile, which is checked before anybody sees it.
 */

import { differences, Effort } from "../analysis/differences.ts";
import { type Diagnostic, Refusal } from "../diagnostic.ts";
import type { JsonParser } from "../json-places.ts";
import { dangerousAllowances } from "../lint/dangers.ts";
import { allows } from "../lint/input.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { readJson } from "../profile/json.ts";
import type { Profile } from "../profile/profile.ts";
import { readProfile } from "../profile/read.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallName } from "../tables/syscalls.ts";
import { mergeText } from "./merge.ts";
import { callsOf, isWhole, type Need, type Needs, needsOf } from "./needs.ts";
import type { Observation } from "./observation.ts";
import { rulesOf } from "./rules.ts";
import { isOpen, resolveLiterally, type Setting } from "./setting.ts";
import { profileText } from "./text.ts";

/** Where OLD comes from, if `--merge` names one. */
export interface OldText {
  readonly text: string;
  /** Its name in messages. */
  readonly label: string;
  /** The place of a JSON pointer in it, for messages. */
  readonly where: (pointer: string) => string;
}

/** How a recording was made, for the profile's comment. */
export interface Origin {
  /** The version of this program. */
  readonly version: string;
  /** The options that change what is recorded, without their values. */
  readonly options: readonly string[];
  /** The base name of the command. */
  readonly command: string;
  /** The release of uname(2). */
  readonly kernelRelease: string;
}

/** A recorded profile. */
export interface Recorded {
  readonly text: string;
  readonly needs: Needs;
  /** What was added to OLD; without one, everything. */
  readonly added: readonly Need[];
  /** What `check` says of dangerous calls in the profile. */
  readonly dangers: readonly Diagnostic[];
}

/**
 * Makes the profile that a run needs.
 *
 * @param oldText the text of `setting.options.old`
 * @throws Refusal if the profile would not allow all that it must, or more than the base
 */
export function recordProfile(
  setting: Setting,
  observations: readonly Observation[],
  origin: Origin,
  oldText: OldText | undefined,
  parse: JsonParser,
): Recorded {
  const needs = needsOf(setting, observations);
  const { old: oldProfile } = setting.options;
  const architectures = needs.archs.map(({ scmp }) => scmp);
  const { old } = setting;
  const added =
    old === undefined ? needs.calls : needs.calls.flatMap((need) => beyond(old, needs.archs, need));
  const rules = rulesOf(setting, { ...needs, calls: added });
  const text =
    oldProfile === undefined || oldText === undefined
      ? profileText(commentOf(setting, origin), architectures, rules)
      : mergeText(oldText.text, oldProfile, { rules, architectures }, parse);
  const profile = readText(text, parse);
  const policy = resolveLiterally(profile, setting.target);
  verify(setting, needs, policy, oldText);
  const input = { profile, policy, installed: policy, target: setting.target, engines: [] };
  return { text, needs, added, dangers: dangerousAllowances(input) };
}

/**
 * Refuses what no run can mend: a profile to merge with that allows more than the base.
 *
 * @throws Refusal
 */
export function checkBounds({ options, base, target }: Setting, oldText: OldText | undefined): void {
  const old = options.old === undefined ? undefined : resolveLiterally(options.old, target);
  const name = old === undefined || base === undefined ? undefined : firstAllowed(old, base);
  if (name !== undefined) {
    throw new Refusal(
      `${oldText?.label ?? "the old profile"} allows ${name}, and the base does not`,
      "the profile of --merge must allow no more than that of --base",
    );
  }
}

/** What of a need OLD does not allow. */
function beyond(old: Policy, archs: readonly Architecture[], need: Need): readonly Need[] {
  if (isWhole(need)) {
    return isOpen(old, archs, need.name) ? [] : [need];
  }
  const values = need.values.filter(
    (value) => !callsOf(archs, { ...need, values: [value] }).every((call) => allows(evaluate(old, call))),
  );
  return values.length === 0 ? [] : [{ ...need, values }];
}

function commentOf({ target }: Setting, { version, options, command, kernelRelease }: Origin): string {
  const by = ["record", ...options].join(" ");
  return (
    `recorded by seccomp-exec ${version} (${by}) from a run of ${command} on Linux ${kernelRelease}, ${target.arch.name}; ` +
    "it allows what that run needed, and other runs may need more"
  );
}

function readText(text: string, parse: JsonParser): Profile {
  const reading = readJson(text, parse);
  const mistakes = reading.kind === "mistakes" ? reading.mistakes : undefined;
  const read =
    reading.kind === "document" ? readProfile(reading.document.value, reading.document.exact) : undefined;
  if (read?.profile === undefined) {
    const [first] = mistakes ?? read?.diagnostics ?? [];
    throw new Refusal(`the recorded profile would not be valid: ${first?.message ?? "unreadable"}`);
  }
  return read.profile;
}

/** Holds the written profile against what it must allow, and what it must not. */
function verify(setting: Setting, needs: Needs, policy: Policy, oldText: OldText | undefined): void {
  const { base } = setting;
  const refused = new Set(needs.refused);
  for (const seen of needs.seen) {
    if (!refused.has(seen) && !allows(evaluate(policy, seen.call))) {
      throw notAllowed(setting, seen.name, oldText);
    }
  }
  const { old: oldProfile } = setting.options;
  const old = oldProfile === undefined ? undefined : resolveLiterally(oldProfile, setting.target);
  if (old !== undefined) {
    const lost = firstAllowed(old, policy);
    if (lost !== undefined) {
      throw new Refusal(
        `${lost} is allowed by ${oldText?.label ?? "the old profile"}, and would not be afterwards`,
        "record without --merge, and merge by hand",
      );
    }
  }
  const beyondBase = base === undefined ? undefined : firstAllowed(policy, base);
  if (beyondBase !== undefined) {
    throw new Refusal(`${beyondBase} would be allowed, and is not by the base`);
  }
}

function notAllowed({ options: { old } }: Setting, name: string, oldText: OldText | undefined): Refusal {
  const denying = old?.rules.find(({ names, action }) => names.includes(name) && action !== "SCMP_ACT_ALLOW");
  return old === undefined || oldText === undefined || denying === undefined
    ? new Refusal(`the run needs ${name}, which the recorded profile would not allow`)
    : new Refusal(
        `the run needs ${name}, and a rule of ${oldText.label} denies it (${oldText.where(`${old.base}/syscalls/${denying.index}`)}): of two rules the more restrictive one decides`,
        `remove ${name} from that rule, or record without --merge`,
      );
}

/**
 * The name of a call that one policy lets through and another does not; undefined if there is none. A call that could not be
 * compared completely counts.
 */
export function firstAllowed(from: Policy, by: Policy): string | undefined {
  const effort = new Effort(MAX_STEPS);
  for (const arch of from.architectures) {
    const { differences: found, incomplete } = differences(arch, from, by, arch.bits, effort);
    const different = found.find(({ verdicts: [first, second] }) => allows(first) && !allows(second));
    const id = different?.id ?? incomplete[0];
    if (id !== undefined) {
      return arch === from.architectures[0] ? syscallName(id) : `${syscallName(id)} on ${arch.name}`;
    }
  }
  return undefined;
}

/** Work limit of a comparison. */
const MAX_STEPS = 20_000_000;
