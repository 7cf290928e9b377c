/**
 * Calls and their verdicts in words.
 */

import { addTo } from "../../groups.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { type JudgedCall, type Judgement, KINDS, type Kind } from "./calls.ts";

/** What becomes of calls, as counts say it. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  allowed: "allowed",
  logged: "logged",
  notified: "asked of a listener",
  traced: "asked of a tracer",
  byArgument: "by argument",
  denied: "denied",
  younger: "younger than the profile",
};

/** Whether calls are let through, logged or not. */
export function isThrough(kind: Kind): boolean {
  return kind === "allowed" || kind === "logged";
}

/** Whether calls are denied, for whatever reason. */
export function isDenied(kind: Kind): boolean {
  return kind === "denied" || kind === "younger";
}

/** The verdicts with their conditions: `ALLOW if family != AF_ALG; else ERRNO(EPERM)`. */
export function verdictsInWords(judgement: Judgement): string {
  const { verdicts, cutShort } = judgement;
  if (cutShort !== undefined) {
    return verdicts.length === 0 ? cutShort : `${verdictNames(judgement)}: ${cutShort}`;
  }
  return verdicts
    .map(({ verdict, condition }) =>
      condition === "" ? verdict : condition === undefined ? `else ${verdict}` : `${verdict} if ${condition}`,
    )
    .join("; ")
    .replace(LONG_MASK, (flags) => `(${flags.replaceAll("|", " | ")})`);
}

/** Flags that fill a line, which have to be broken somewhere. */
const LONG_MASK = /\w+\|[\w|]{40,}/g;

/** The verdicts without their conditions: `ERRNO(EPERM) or ERRNO(ENOSYS)`. */
function verdictNames({ verdicts }: Judgement): string {
  return verdicts.map(({ verdict }) => verdict).join(" or ");
}

/** How most of the denied calls are denied; undefined if none is. */
export function usualDenial(calls: readonly JudgedCall[]): Judgement | undefined {
  const counts = new Map<Judgement, number>();
  for (const { judgement } of calls) {
    if (judgement.kind === "denied") {
      counts.set(judgement, (counts.get(judgement) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most?.[0];
}

/**
 * The names of all calls but those of the most frequent kind: `denied: ustat; younger: openat2`. What becomes of the others is told
 * unless the number of calls that are let through implies it.
 *
 * @param usual how most calls are denied: others are told by their verdicts
 * @param shorten makes names a list
 */
export function exceptions(
  calls: readonly JudgedCall[],
  usual: Judgement | undefined,
  shorten: (names: readonly string[]) => string,
): string {
  const groups = new Map<Kind, JudgedCall[]>();
  for (const call of calls) {
    addTo(groups, call.judgement.kind, [call]);
  }
  const sizeOf = (kind: Kind): number => groups.get(kind)?.length ?? 0;
  const weight = (kind: Kind): number =>
    isDenied(kind) ? sizeOf("denied") + sizeOf("younger") : sizeOf(kind);
  const [most, ...rest] = [...groups.keys()].sort((a, b) => weight(b) - weight(a));
  const named = KINDS.filter(
    (kind) => rest.includes(kind) && !(most !== undefined && isDenied(kind) && isDenied(most)),
  );
  const byTitle = new Map<string, string[]>();
  for (const { id, judgement } of named.flatMap((kind) => groups.get(kind) ?? [])) {
    addTo(byTitle, titleOf(judgement, usual), [syscallName(id)]);
  }
  const told = [...byTitle].map(([title, names]) => `${title}: ${shorten(names)}`);
  const isImplied = most === undefined || isDenied(most) || (most === "allowed" && !groups.has("logged"));
  const others = isImplied ? [] : [`the other ${sizeOf(most)}: ${KIND_WORDS[most]}`];
  return [...told, ...others].join("; ");
}

/**
 * What becomes of calls in a word, or by the verdict if they are denied.
 *
 * @param usual how most calls are denied, for which the word suffices
 */
export function titleOf(judgement: Judgement, usual?: Judgement): string {
  switch (judgement.kind) {
    case "denied":
      return judgement === usual ? "denied" : verdictNames(judgement);
    case "younger":
      return "younger";
    default:
      return KIND_WORDS[judgement.kind];
  }
}
