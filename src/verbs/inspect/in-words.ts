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
export function verdictsInWords({ verdicts, cutShort }: Judgement): string {
  const parts = verdicts.map(({ verdict, condition }, i) =>
    condition === ""
      ? verdict
      : condition !== undefined
        ? `${verdict} if ${condition}`
        : i > 0 && i + 1 === verdicts.length && cutShort === undefined
          ? `else ${verdict}`
          : `${verdict} for some arguments`,
  );
  return [...parts, ...(cutShort === undefined ? [] : [`the search was cut short ${cutShort}`])].join("; ");
}

/** The verdicts without their conditions: `ERRNO(EPERM) or ERRNO(ENOSYS)`. */
function verdictNames({ verdicts }: Judgement): string {
  return verdicts.map(({ verdict }) => verdict).join(" or ");
}

/** How most of the denied calls are denied; undefined if none is. */
export function usualDenial(calls: readonly JudgedCall[]): string | undefined {
  const counts = new Map<Judgement, number>();
  for (const { judgement } of calls) {
    if (judgement.kind === "denied") {
      counts.set(judgement, (counts.get(judgement) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most && verdictNames(most[0]);
}

/**
 * The names of all calls but those of the most frequent kind, which the others imply: `denied: ustat; younger: openat2`.
 *
 * @param usual how most calls are denied: others are named with their verdicts
 * @param shorten makes names a list
 */
export function exceptions(
  calls: readonly JudgedCall[],
  usual: string | undefined,
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
  if (most === undefined) {
    return "";
  }
  const named = KINDS.filter((kind) => rest.includes(kind) && !(isDenied(kind) && isDenied(most)));
  if (rest.length === 0 && most !== "allowed" && !isDenied(most)) {
    return `all ${KIND_WORDS[most]}`;
  }
  return named
    .map((kind) => {
      const names = (groups.get(kind) ?? []).map((call) => nameOf(call, usual));
      return `${kind === "younger" ? "younger" : KIND_WORDS[kind]}: ${shorten(names)}`;
    })
    .join("; ");
}

/** The name of a call, with its verdict if it is denied in another way than most. */
function nameOf({ id, judgement }: JudgedCall, usual: string | undefined): string {
  const name = syscallName(id);
  if (judgement.kind !== "denied") {
    return name;
  }
  const verdict = verdictNames(judgement);
  return verdict === usual ? name : `${name} (${verdict})`;
}
