/**
 * Writes a merged profile: the text of the first with its changes, or a new one if the first is no JSON in that form.
 */

import type { JsonParser } from "../json-places.ts";
import { denies, type Verdict } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import type { Draft } from "./draft.ts";
import { ProfileEdits } from "./edits.ts";
import type { Agent, Listing } from "./frame.ts";
import { archMapText, listText, namesText } from "./layout.ts";
import { type Answer, errnoMembers, ruleText } from "./rule-text.ts";

/** All that is written. */
export interface ToWrite {
  readonly first: Profile;
  /** Its text; undefined: a new one is written. */
  readonly text: string | undefined;
  /** The comment of the first profile. */
  readonly comment: string | undefined;
  readonly draft: Draft;
  /** The default action; undefined: that of the first profile. */
  readonly default: Answer | undefined;
  readonly listing: Listing;
  readonly flags: Profile["flags"];
  readonly agent: Agent;
}

/** The text of a merged profile. */
export function textOf(written: ToWrite, parse: JsonParser): string {
  const { first, draft, listing, flags, agent } = written;
  const isNew = written.text === undefined;
  const base = isNew ? "" : first.base;
  const edits = new ProfileEdits(written.text ?? skeleton(written), base, parse);
  for (const { rule, names } of draft.kept) {
    if (names.length === 0) {
      edits.removeRule(rule);
    } else if (names.length !== rule.names.length || names.some((name, i) => name !== rule.names[i])) {
      edits.setNames(rule, names);
    }
  }
  const isFull = !isNew && edits.isFull(first.rules);
  for (const rule of draft.added) {
    // The runtime-spec has no comments.
    const comment = base === "" ? rule.comment : undefined;
    edits.appendRule((indent) => ruleText({ ...rule, comment }, indent, isFull));
  }
  if (written.default !== undefined && !isNew) {
    setDefault(edits, written.default);
  }
  const set = <T>(
    key: string,
    value: T | undefined,
    old: T | undefined,
    text: (value: T) => Written,
  ): void => {
    if (isNew ? value !== undefined : value !== old) {
      edits.setMember(key, value === undefined ? undefined : text(value));
    }
  };
  set(
    "archMap",
    listing.archMap,
    first.archMap,
    (entries) => (indent) =>
      listText(
        entries.map(({ architecture, subArchitectures }) => archMapText(architecture, subArchitectures)),
        indent,
      ),
  );
  const words = (list: readonly string[]) => (indent: string) => namesText(list, indent);
  set("architectures", listing.architectures, first.architectures, words);
  set<readonly string[]>("flags", flags, first.flags, words);
  const word = (text: string) => () => JSON.stringify(text);
  set("listenerPath", agent.listenerPath, first.listenerPath, word);
  set("listenerMetadata", agent.listenerMetadata, first.listenerMetadata, word);
  return edits.text();
}

type Written = (indent: string) => string;

function skeleton({ first, comment, default: changed }: ToWrite): string {
  const answer: Answer = changed ?? { action: first.defaultAction, errno: first.defaultErrno };
  const members = [
    ...(comment === undefined ? [] : [`"comment": ${JSON.stringify(comment)}`]),
    `"defaultAction": "${answer.action}"`,
    ...errnoMembers(answer.errno, "defaultErrno"),
    '"syscalls": []',
  ];
  return `{\n${members.map((member) => `  ${member}`).join(",\n")}\n}\n`;
}

function setDefault(edits: ProfileEdits, { action, errno: { number, name } }: Answer): void {
  edits.setMember("defaultAction", () => JSON.stringify(action));
  edits.setMember("defaultErrnoRet", number === undefined ? undefined : () => String(number));
  edits.setMember("defaultErrno", name === undefined ? undefined : () => JSON.stringify(name));
}

/**
 * The name of a call that must be in the merged profile, so that no older call is newer than the profile; undefined if there is
 * none.
 *
 * @param age the version of the youngest call that the profiles name
 * @param otherwise the verdict of the default action
 */
export function missingYoungest(
  { kept, added }: Draft,
  profiles: readonly Profile[],
  age: number,
  otherwise: Verdict,
): string | undefined {
  const isYoungest = (name: string): boolean => {
    const id = syscallId(name);
    return id >= 0 && syscallSince(id) === age;
  };
  const isThere = [...kept, ...added].some(({ names }) => names.some(isYoungest));
  return isThere || age === 0 || !denies(otherwise)
    ? undefined
    : profiles.flatMap(({ rules }) => rules.flatMap(({ names }) => names)).find(isYoungest);
}
