/**
 * Adds rules to the text of a profile, and leaves the rest of the text as it is.
 */

import type { JsonParser } from "../json-places.ts";
import { ProfileEdits } from "../merge/edits.ts";
import { archMapText } from "../merge/layout.ts";
import { withoutAcceptances } from "../profile/acceptances.ts";
import { NO_SELECTOR, type Profile, type Rule } from "../profile/profile.ts";
import { type NewRule, ruleText } from "./text.ts";

/** What is added to a profile. */
export interface Addition {
  readonly rules: readonly NewRule[];
  /** SCMP_ARCH_*: the native architecture, then those that the profile must have as well. */
  readonly architectures: readonly string[];
}

/**
 * The text with the addition. Names without conditions go to the profile's rule for such calls if it has just one, or one that
 * has the comment; all else to rules at the end.
 *
 * @param text of a profile without mistakes
 */
export function mergeText(
  text: string,
  profile: Profile,
  { rules, architectures }: Addition,
  parse: JsonParser,
): string {
  const edits = new ProfileEdits(text, profile.base, parse);
  const isFull = edits.isFull(profile.rules);
  for (const rule of rules) {
    const home =
      rule.errno === undefined && rule.conditions.length === 0 ? homeOf(rule, profile, edits) : undefined;
    if (home === undefined) {
      const comment = profile.base === "" ? rule.comment : undefined;
      edits.appendRule((indent) => ruleText({ ...rule, comment }, indent, isFull));
    } else {
      edits.setNames(home, [...home.names, ...rule.names]);
    }
  }
  addArchitectures(edits, profile, architectures);
  return edits.text();
}

/** The rule that takes names without conditions; undefined: they get a rule of their own. */
function homeOf({ comment }: NewRule, profile: Profile, edits: ProfileEdits): Rule | undefined {
  const plain = profile.rules.filter(
    (rule) =>
      rule.action === "SCMP_ACT_ALLOW" &&
      rule.conditions.length === 0 &&
      rule.includes === NO_SELECTOR &&
      rule.excludes === NO_SELECTOR &&
      rule.singleName !== true,
  );
  const own = plain.find((rule) => {
    const text = edits.textOf(rule, "comment");
    return text !== undefined && withoutAcceptances(text) === comment;
  });
  return own ?? (plain.length === 1 ? plain[0] : undefined);
}

function addArchitectures(
  edits: ProfileEdits,
  { base, archMap, architectures }: Profile,
  [native = "", ...others]: readonly string[],
): void {
  const entry = archMap?.findIndex(({ architecture }) => architecture === native) ?? -1;
  const present = [native, ...(architectures ?? []), ...(archMap?.[entry]?.subArchitectures ?? [])];
  const missing = others.filter((scmp) => !present.includes(scmp));
  if (missing.length === 0) {
    return;
  }
  const words = missing.map((scmp) => () => JSON.stringify(scmp));
  if (entry >= 0 && archMap?.[entry]?.subArchitectures.length === 0) {
    edits.setMember(`archMap/${entry}`, () => archMapText(native, missing));
  } else if (entry >= 0) {
    edits.append(`archMap/${entry}/subArchitectures`, words);
  } else if (architectures === undefined && base === "") {
    edits.append("archMap", [() => archMapText(native, missing)]);
  } else {
    edits.append(
      "architectures",
      architectures === undefined ? [() => JSON.stringify(native), ...words] : words,
    );
  }
}
