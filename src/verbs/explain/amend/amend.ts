/**
 * The smallest change to a profile's text that allows calls, or denies them, and changes no other: found by trying, and printed as a
 * patch only if the changed text is judged to do just that.
 */

import type { JsonParser } from "../../../json-places.ts";
import { allows } from "../../../lint/input.ts";
import { ExactReading } from "../../../load/exact-reading.ts";
import type { ProfileText } from "../../../load/load-profile.ts";
import { isYamlProfile } from "../../../load/recognise.ts";
import type { Policy } from "../../../policy/policy.ts";
import { readPolicy } from "../../../policy/read-policy.ts";
import { type ResolveOptions, resolve } from "../../../policy/resolve.ts";
import type { Target } from "../../../policy/target.ts";
import type { Profile } from "../../../profile/profile.ts";
import type { Architecture } from "../../../tables/architectures.ts";
import { syscallName } from "../../../tables/syscalls.ts";
import type { ArchitectureAnswer } from "../answer.ts";
import type { CallsOn } from "../calls.ts";
import { otherMachines } from "../influences.ts";
import { changesElsewhere, type Judgement, judgeChange } from "./judge.ts";
import { type Edit, edited, ListEdits } from "./list-edits.ts";
import { patchOf } from "./patch.ts";
import { carryOut, keepingYounger, type Plan, plansFor, type Wish } from "./plans.ts";
import { ProfileEdits } from "./profile-edits.ts";

/** A change to a profile. */
export interface Amendment {
  readonly want: "allow" | "deny";
  /** As `git apply` takes it; undefined if there is none. */
  readonly patch: string | undefined;
  /** Why there is none. */
  readonly why: string | undefined;
  /** The other calls that the smallest change that does it would change, in words. */
  readonly others: readonly string[];
}

/** The profile that is changed. */
export interface Amended {
  readonly source: ProfileText;
  readonly profile: Profile;
  readonly policy: Policy;
  readonly target: Target;
  readonly meaning: ResolveOptions;
  readonly parse: JsonParser;
}

/**
 * The change by which calls get what is wanted.
 *
 * @param wanted undefined: allows them if any of them is denied, and else denies them
 */
export function amendmentFor(
  amended: Amended,
  { calls, found }: ArchitectureAnswer,
  wanted?: Amendment["want"],
): Amendment {
  const want = wanted ?? (found.outcomes.every(({ verdict }) => allows(verdict)) ? "deny" : "allow");
  const none = (why: string, others: readonly string[] = []): Amendment => ({
    want,
    patch: undefined,
    why,
    others,
  });
  if (
    wanted !== undefined &&
    found.cutShort === undefined &&
    found.outcomes.every(({ verdict }) => allows(verdict) === (want === "allow"))
  ) {
    return none(want === "allow" ? ALREADY_ALLOWED : ALREADY_DENIED);
  }
  const unwritable = whyUnwritable(amended);
  if (unwritable !== undefined) {
    return none(unwritable);
  }
  if (!amended.policy.architectures.includes(calls.arch)) {
    return none(`the profile does not have ${calls.arch.name}`);
  }
  if (calls.id < 0) {
    return none("a profile names calls, and this number has no name");
  }
  if (found.cutShort !== undefined) {
    return none(`the verdicts on these calls are not all known: the search was cut short ${found.cutShort}`);
  }
  const wish: Wish = { want, name: syscallName(calls.id), known: calls.known };
  const { profile, target, policy } = amended;
  let others: readonly string[] | undefined;
  const plans = plansFor(profile, target, policy.wideArguments, wish);
  const machines = otherMachines(profile, target.arch);
  const elsewhere = new Map<Architecture, Policy>();
  for (const plan of plans.flatMap((one) => [one, ...forMachineOnly(one, target)])) {
    const tried = tryPlan(amended, plan, wish, calls, () => {
      // Resolving for all machines takes long, and most answers need it once.
      for (const arch of elsewhere.size > 0 ? [] : machines) {
        const { policy: there } = resolve(profile, { ...target, arch }, amended.meaning);
        if (there !== undefined) {
          elsewhere.set(arch, there);
        }
      }
      return elsewhere;
    });
    if (tried?.judgement.does === true) {
      if (tried.judgement.others.length === 0) {
        return { want, patch: patchOf(amended.source, tried.edits), why: undefined, others: [] };
      }
      others ??= tried.judgement.others;
    }
  }
  return others === undefined
    ? none("no small change to its rules does it")
    : none("a small change would change other calls too", others);
}

/** Why there is nothing to change. */
export const ALREADY_ALLOWED = "all of these calls are allowed already";
export const ALREADY_DENIED = "all of these calls are denied already";

/** The same plan with new rules that are for the machine only; none if it changes others. */
function forMachineOnly(plan: Plan, { arch }: Target): readonly Plan[] {
  const { removed, extended, added } = plan;
  return removed.length > 0 || extended !== undefined
    ? []
    : [{ ...plan, added: added.map((rule) => ({ ...rule, arches: [arch.go ?? arch.name] })) }];
}

/** Why the text cannot be changed; undefined if it can. */
function whyUnwritable({ source, profile, parse }: Amended): string | undefined {
  const { origin, text } = source;
  return origin.kind === "builtin"
    ? "the profile is compiled in"
    : origin.kind === "stream"
      ? "the profile comes from standard input, and not from a file"
      : isYamlProfile(text)
        ? "the profile is written in YAML, and only JSON can be changed"
        : profile.form === "seccompiler"
          ? "the profile is a file of seccompiler's, and only profiles of container engines can be changed"
          : new ListEdits(text, parse).written(`${profile.base}/syscalls`) === "null"
            ? "'syscalls' is null, and no list that a rule could be added to"
            : undefined;
}

interface Tried {
  readonly edits: readonly Edit[];
  readonly judgement: Judgement;
}

/** @param elsewhere the policies of the other machines */
function tryPlan(
  amended: Amended,
  plan: Plan,
  wish: Wish,
  calls: CallsOn,
  elsewhere: () => ReadonlyMap<Architecture, Policy>,
): Tried | undefined {
  const { policy, profile, target } = amended;
  const tried = changedBy(amended, plan, wish);
  const [before, after] = [policy.youngest, tried?.policy.youngest];
  const kept =
    before !== undefined && after !== undefined && after > before
      ? changedBy(amended, keepingYounger(profile, target, plan, wish, before, after), wish)
      : tried;
  if (kept === undefined) {
    return undefined;
  }
  const { does, others } = judgeChange(policy, kept.policy, calls, wish, target.arch);
  const onOthers =
    does && others.length === 0 ? onOtherMachines(amended, elsewhere(), kept.profile, wish, calls) : [];
  return { edits: kept.edits, judgement: { does, others: [...others, ...onOthers] } };
}

/** What a change does on the other machines that the profile lists. */
function onOtherMachines(
  { target, meaning }: Amended,
  before: ReadonlyMap<Architecture, Policy>,
  after: Profile,
  wish: Wish,
  calls: CallsOn,
): readonly string[] {
  return [...before].flatMap(([arch, policy]) =>
    changesElsewhere(policy, resolve(after, { ...target, arch }, meaning).policy, calls, wish, arch),
  );
}

/** The text with a change, and what it means; undefined if it is no profile then. */
function changedBy(
  { source, profile, target, meaning, parse }: Amended,
  plan: Plan,
  { name }: Wish,
): { readonly edits: readonly Edit[]; readonly policy: Policy; readonly profile: Profile } | undefined {
  const edits = new ProfileEdits(source.text, profile, parse);
  carryOut(plan, name, edits);
  const all = edits.all();
  const text = edited(source.text, all);
  const read = new ExactReading(parse, undefined).readProfile({ ...source, text });
  const { policy } = readPolicy(read, target, meaning);
  return policy && read.profile && { edits: all, policy, profile: read.profile };
}
