/**
 * The calls of an architecture by subject, and what other architectures have besides.
 */

import { addTo } from "../../groups.ts";
import { SERVED_BY_NONE, subjects } from "../../tables/subjects.ts";
import { syscallName } from "../../tables/syscalls.ts";
import type { JudgedCall, Judgement } from "./calls.ts";
import { exceptions, isThrough, usualDenial, verdictsInWords } from "./in-words.ts";
import type { JudgedArchitecture } from "./inspection.ts";
import { few, type Paint, table } from "./layout.ts";

/** The calls of a subject that an architecture has. */
interface OfSubject {
  readonly name: string;
  readonly calls: readonly JudgedCall[];
}

function subjectsOf({ calls }: JudgedArchitecture): readonly OfSubject[] {
  const byId = new Map(calls.map((call) => [call.id, call]));
  return subjects()
    .map(({ name, ids }) => ({ name, calls: ids.flatMap((id) => byId.get(id) ?? []) }))
    .filter((one) => one.calls.length > 0);
}

function countThrough(calls: readonly JudgedCall[]): number {
  return calls.filter(({ judgement }) => isThrough(judgement.kind)).length;
}

/**
 * A line a subject: how many of its calls are let through, and the names of the fewer.
 *
 * @param dim for subjects of which nothing is let through
 */
export function bySubject(own: JudgedArchitecture, width: number, dim: Paint): string {
  const all = subjectsOf(own);
  const digits = Math.max(...all.map(({ calls }) => String(calls.length).length));
  const longest = Math.max(...all.map(({ name }) => name.length));
  const room = width - longest - 2 * digits - " of ".length - 5;
  const usual = usualDenial(own.calls);
  return table(
    all.map(({ name, calls }) => {
      const through = countThrough(calls);
      const counts = `${String(through).padStart(digits)} of ${String(calls.length).padEnd(digits)}`;
      const text = exceptions(calls, usual, (names) => few(names, room));
      return { name: `${name.padEnd(longest)} ${counts}`, text, paint: through === 0 ? dim : undefined };
    }),
    width,
  );
}

/** The calls that are decided by their arguments, those with the same conditions together. */
export function byArgument({ calls }: JudgedArchitecture, width: number): string {
  const groups = new Map<Judgement, string[]>();
  for (const { id, judgement } of calls) {
    if (judgement.kind === "byArgument") {
      addTo(groups, judgement, [syscallName(id)]);
    }
  }
  return table(
    [...groups].map(([judgement, names]) => ({ name: names.join(", "), text: verdictsInWords(judgement) })),
    width,
  );
}

/** What becomes of the calls of other architectures, where it is not the same; those with the same answer together. */
export function onOthers(
  own: JudgedArchitecture,
  others: readonly JudgedArchitecture[],
  width: number,
): string {
  const known = new Map(own.calls.map((call) => [call.id, call]));
  const byText = new Map<string, string[]>();
  for (const other of others) {
    addTo(byText, comparedWith(own, known, other, width), [other.arch.name]);
  }
  return table(
    [...byText].map(([text, names]) => ({ name: names.join(", "), text })),
    width,
  );
}

function comparedWith(
  own: JudgedArchitecture,
  known: ReadonlyMap<number, JudgedCall>,
  { calls }: JudgedArchitecture,
  width: number,
): string {
  const different = calls.filter(({ id, judgement }) => {
    const before = known.get(id);
    return before !== undefined && before.judgement !== judgement;
  });
  // Calls that no kernel serves are counted, but not worth a name.
  const unserved = subjects().find(({ name }) => name === SERVED_BY_NONE)?.ids ?? [];
  const further = calls.filter(({ id }) => !known.has(id) && !unserved.includes(id));
  const rest = exceptions(further, usualDenial(calls), (names) => few(names, width));
  const parts = [
    different.length === 0
      ? `as ${own.arch.name}`
      : `as ${own.arch.name}, but for ${different.map(({ id, judgement }) => `${syscallName(id)} (${verdictsInWords(judgement)})`).join(", ")}`,
    ...(further.length === 0 ? [] : [`besides ${countThrough(further)} of ${further.length} calls allowed`]),
    ...(rest === "" ? [] : [rest]),
  ];
  return parts.join("; ");
}

/** Every call by subject and verdict, with the architectures for which it holds. */
export function everyCall(
  architectures: readonly JudgedArchitecture[],
  width: number,
): readonly (readonly [text: string, names: readonly string[]])[] {
  const byText = new Map<string, string[]>();
  for (const one of architectures) {
    addTo(byText, everyCallOf(one, width), [one.arch.name]);
  }
  return [...byText];
}

function everyCallOf(one: JudgedArchitecture, width: number): string {
  return table(
    subjectsOf(one).flatMap(({ name, calls }) => {
      const groups = new Map<Judgement, string[]>();
      for (const { id, judgement } of calls) {
        addTo(groups, judgement, [syscallName(id)]);
      }
      return [...groups].map(([judgement, names], i) => ({
        name: i === 0 ? name : "",
        text: `${verdictsInWords(judgement)}${judgement.kind === "younger" ? ", younger" : ""}: ${names.join(", ")}`,
      }));
    }),
    width,
  );
}
