/**
 * The calls of an architecture by subject, and what other architectures have besides.
 */

import { addTo } from "../../groups.ts";
import { SERVED_BY_NONE, subjects } from "../../tables/subjects.ts";
import { syscallName } from "../../tables/syscalls.ts";
import type { JudgedCall, Judgement } from "./calls.ts";
import { exceptions, isDenied, isThrough, KIND_WORDS, usualDenial, verdictsInWords } from "./in-words.ts";
import type { JudgedArchitecture } from "./inspection.ts";
import { few, type Line, type Paint, table } from "./layout.ts";

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
 * A line a subject: how many of its calls are let through, and the names of the fewer. Subjects of which all calls are judged alike are
 * told together.
 *
 * @param dim for what is denied as a whole
 */
export function bySubject(own: JudgedArchitecture, width: number, dim: Paint): string {
  const all = subjectsOf(own);
  const parts = all.filter(({ calls }) => wholeOf(calls) === undefined);
  const digits = Math.max(0, ...parts.map(({ calls }) => String(calls.length).length));
  const longest = Math.max(0, ...parts.map(({ name }) => name.length));
  const room = width - longest - 2 * digits - " of ".length - 5;
  const usual = usualDenial(own.calls);
  const lines: Line[] = parts.map(({ name, calls }) => ({
    name: `${name.padEnd(longest)} ${String(countThrough(calls)).padStart(digits)} of ${String(calls.length).padEnd(digits)}`,
    text: exceptions(calls, usual, (names) => few(names, room)),
  }));
  const wholes = new Map<string, string[]>();
  for (const { name, calls } of all) {
    const whole = wholeOf(calls);
    if (whole !== undefined) {
      addTo(wholes, whole, [`${name} (${calls.length})`]);
    }
  }
  for (const whole of [...wholes.keys()].sort((a, b) => Number(a === NONE) - Number(b === NONE))) {
    lines.push({
      name: whole,
      text: (wholes.get(whole) ?? []).join(", "),
      paint: whole === NONE ? dim : undefined,
    });
  }
  return table(lines, width);
}

/** Of subjects of which nothing is let through. */
const NONE = "all denied";

/** What becomes of all these calls; undefined if not the same becomes of them. */
function wholeOf(calls: readonly JudgedCall[]): string | undefined {
  const kinds = new Set(calls.map(({ judgement: { kind } }) => (isDenied(kind) ? "denied" : kind)));
  const [kind] = kinds;
  return kinds.size !== 1 || kind === undefined || kind === "byArgument"
    ? undefined
    : `all ${KIND_WORDS[kind]}`;
}

/** The calls that are decided by their arguments, those with the same conditions together; those of other architectures with their names. */
export function byArgument(
  own: JudgedArchitecture,
  others: readonly JudgedArchitecture[],
  width: number,
): string {
  const known = judgementsOf(own);
  const groups = new Map<Judgement, Map<number, string[]>>();
  for (const { arch, calls } of [own, ...others]) {
    for (const { id, judgement } of calls) {
      const isNew = arch === own.arch || known.get(id) !== judgement;
      if (judgement.kind === "byArgument" && isNew) {
        const names = groups.get(judgement) ?? new Map<number, string[]>();
        groups.set(judgement, names);
        addTo(names, id, arch === own.arch ? [] : [arch.name]);
      }
    }
  }
  return table(
    [...groups].map(([judgement, names]) => ({
      name: [...names]
        .map(([id, on]) => (on.length === 0 ? syscallName(id) : `${syscallName(id)} (${on.join(", ")})`))
        .join(", "),
      text: verdictsInWords(judgement),
    })),
    width,
  );
}

function judgementsOf({ calls }: JudgedArchitecture): ReadonlyMap<number, Judgement> {
  return new Map(calls.map(({ id, judgement }) => [id, judgement]));
}

/** What becomes of the calls of other architectures, where it is not the same; those with the same answer together. */
export function onOthers(
  own: JudgedArchitecture,
  others: readonly JudgedArchitecture[],
  width: number,
): string {
  const known = judgementsOf(own);
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
  known: ReadonlyMap<number, Judgement>,
  { calls }: JudgedArchitecture,
  width: number,
): string {
  const different = calls.filter(({ id, judgement }) => {
    const before = known.get(id);
    return before !== undefined && before !== judgement;
  });
  // Calls that no kernel serves are counted, but not worth a name.
  const unserved = subjects().find(({ name }) => name === SERVED_BY_NONE)?.ids ?? [];
  const further = calls.filter(({ id }) => !known.has(id) && !unserved.includes(id));
  const rest = exceptions(further, usualDenial(calls), (names) => few(names, width));
  const parts = [
    different.length === 0
      ? `as ${own.arch.name}`
      : `as ${own.arch.name}, but for ${different.map(({ id, judgement }) => `${syscallName(id)} (${verdictsInWords(judgement)})`).join(", ")}`,
    ...(further.length === 0 ? [] : [`${countThrough(further)} of ${further.length} further calls allowed`]),
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
