/**
 * The smallest change to a profile's text that allows calls, or denies them, and changes no other: found by trying, and printed as a
 * patch only if the changed text is judged to do just that.
 */

import { structuredPatch } from "diff";
import { decodeBytes, encodeBytes } from "../../../bytes.ts";
import type { ByteString } from "../../../host.ts";
import type { JsonParser } from "../../../json-places.ts";
import { allows } from "../../../lint/input.ts";
import { ExactReading } from "../../../load/exact-reading.ts";
import type { ProfileText } from "../../../load/load-profile.ts";
import { isYamlProfile } from "../../../load/recognise.ts";
import type { Policy } from "../../../policy/policy.ts";
import { readPolicy } from "../../../policy/read-policy.ts";
import type { ResolveOptions } from "../../../policy/resolve.ts";
import type { Target } from "../../../policy/target.ts";
import type { Profile } from "../../../profile/profile.ts";
import { syscallName } from "../../../tables/syscalls.ts";
import type { ArchitectureAnswer } from "../answer.ts";
import { type Judgement, judgeChange } from "./judge.ts";
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

/** The change that allows calls if any of them is denied, and else denies them. */
export function amendmentFor(amended: Amended, { calls, found }: ArchitectureAnswer): Amendment {
  const want = found.outcomes.every(({ verdict }) => allows(verdict)) ? "deny" : "allow";
  const none = (why: string, others: readonly string[] = []): Amendment => ({
    want,
    patch: undefined,
    why,
    others,
  });
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
  for (const plan of plansFor(profile, target, policy.wideArguments, wish)) {
    const tried = tryPlan(amended, plan, wish, calls);
    if (tried?.judgement.does === true) {
      if (tried.judgement.others.length === 0) {
        return { want, patch: patchOf(amended.source, tried.text), why: undefined, others: [] };
      }
      others ??= tried.judgement.others;
    }
  }
  return others === undefined
    ? none("no small change to its rules does it")
    : none("a small change would change other calls too", others);
}

/** Why the text cannot be changed; undefined if it can. */
function whyUnwritable({ source, profile }: Amended): string | undefined {
  const { origin, text } = source;
  return origin.kind === "builtin"
    ? "it is compiled in"
    : origin.kind === "stream"
      ? "it comes from standard input, and not from a file"
      : isYamlProfile(text)
        ? "it is written in YAML, and only JSON can be changed"
        : profile.form === "seccompiler"
          ? "it is a file of seccompiler's, and only profiles of container engines can be changed"
          : undefined;
}

interface Tried {
  readonly text: string;
  readonly judgement: Judgement;
}

function tryPlan(
  amended: Amended,
  plan: Plan,
  wish: Wish,
  calls: Parameters<typeof judgeChange>[2],
): Tried | undefined {
  const { policy, profile, target } = amended;
  const tried = changedBy(amended, plan, wish);
  const [before, after] = [policy.youngest, tried?.policy.youngest];
  const kept =
    before !== undefined && after !== undefined && after > before
      ? changedBy(amended, keepingYounger(profile, target, plan, wish, before, after), wish)
      : tried;
  return (
    kept && {
      text: kept.text,
      judgement: judgeChange(policy, kept.policy, calls, wish, target.arch),
    }
  );
}

/** The text with a change, and what it means; undefined if it is no profile then. */
function changedBy(
  { source, profile, target, meaning, parse }: Amended,
  plan: Plan,
  { name }: Wish,
): { readonly text: string; readonly policy: Policy } | undefined {
  const edits = new ProfileEdits(source.text, profile, parse);
  carryOut(plan, name, edits);
  const text = edits.result();
  const read = new ExactReading(parse, undefined).readProfile({ ...source, text });
  const { policy } = readPolicy(read, target, meaning);
  return policy && { text, policy };
}

/** Lines around a change. */
const CONTEXT = 3;

/** The change as `git apply` takes it, where the file is named as it was. */
function patchOf({ text, origin }: ProfileText, changed: string): string {
  const path = origin.kind === "file" ? pathInPatch(origin.path) : "";
  // Comparing all lines of a long file takes longer than everything else.
  const [before, after] = [text.split("\n"), changed.split("\n")];
  const same = commonLines(before, after, (lines, i) => lines[i]);
  const most = Math.min(before.length, after.length) - same;
  const sameAtEnd = Math.min(
    most,
    commonLines(before, after, (lines, i) => lines.at(-1 - i)),
  );
  // Lines that are put in may stand before or after equal ones.
  const between = Math.max(before.length, after.length) - same - sameAtEnd;
  const [first, last] = [Math.max(0, same - CONTEXT), Math.max(0, sameAtEnd - CONTEXT - between)];
  const part = (lines: readonly string[]): string => {
    const some = lines.slice(first, lines.length - last).join("\n");
    return last === 0 ? some : `${some}\n`;
  };
  const { hunks } = structuredPatch(path, path, part(before), part(after), "", "", { context: CONTEXT });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: some }) => [
    `@@ -${oldStart + first},${oldLines} +${newStart + first},${newLines} @@`,
    ...some,
  ]);
  return [`--- ${quoted(`a/${path}`)}`, `+++ ${quoted(`b/${path}`)}`, ...lines, ""].join("\n");
}

/** How many lines two texts have in common, at the beginning or at the end. */
function commonLines(
  a: readonly string[],
  b: readonly string[],
  at: (lines: readonly string[], i: number) => string | undefined,
): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && at(a, count) === at(b, count)) {
    count += 1;
  }
  return count;
}

/** `git apply` takes paths below the directory where it runs: of others only the file's name is of use. */
function pathInPatch(path: ByteString): string {
  const parts = decodeBytes(path)
    .split("/")
    .filter((part) => part !== "." && part !== "");
  return path.startsWith("/") || parts.includes("..") ? (parts.at(-1) ?? "") : parts.join("/");
}

/** A name as git writes it: in quotes, with octal bytes, if it holds what could end it or is not ASCII. A tab ends one with spaces. */
function quoted(name: string): string {
  const bytes = encodeBytes(name);
  if (/^[ !#-[\]-~]*$/.test(bytes)) {
    return bytes.includes(" ") ? `${bytes}\t` : bytes;
  }
  const escaped = bytes.replaceAll(/[^ !#-[\]-~]/g, (byte) =>
    byte === '"' || byte === "\\" ? `\\${byte}` : `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
}
