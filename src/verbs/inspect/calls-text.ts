/**
 * The calls of architectures for people: by subject, by argument, and all of them.
 */

import { addTo } from "../../groups.ts";
import { SERVED_BY_NONE, subjects } from "../../tables/subjects.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { bySubject } from "./by-subject.ts";
import { type JudgedCall, type Judgement, KINDS } from "./calls.ts";
import {
  exceptions,
  isDenied,
  isThrough,
  KIND_WORDS,
  titleOf,
  usualDenial,
  verdictsInWords,
} from "./in-words.ts";
import type { JudgedArchitecture } from "./inspection.ts";
import { few, type Line, type Paint, table } from "./layout.ts";

function countThrough(calls: readonly JudgedCall[]): number {
  return calls.filter(({ judgement }) => isThrough(judgement.kind)).length;
}

/**
 * A line a subject: how many of its calls are let through, and the names of the fewer. Subjects of which all calls are judged alike are
 * told together.
 *
 * @param columns of the terminal
 * @param dim for what is denied as a whole
 */
export function subjectTable(own: JudgedArchitecture, columns: number, dim: Paint): string {
  const usual = usualDenial(own.calls);
  const wholes = new Map<string, string[]>();
  const parts: { readonly name: string; readonly calls: readonly JudgedCall[] }[] = [];
  for (const { name, calls } of bySubject(own)) {
    const whole = wholeOf(calls);
    if (whole === undefined) {
      parts.push({ name, calls });
    } else {
      addTo(wholes, whole, [`${name} (${calls.length})`]);
    }
  }
  const digits = Math.max(0, ...parts.map(({ calls }) => String(calls.length).length));
  const longest = Math.max(0, ...parts.map(({ name }) => name.length));
  const room = columns - longest - 2 * digits - " of ".length - "  ".length - "   ".length;
  const lines: Line[] = parts.map(({ name, calls }) => ({
    name: `${name.padEnd(longest)} ${String(countThrough(calls)).padStart(digits)} of ${String(calls.length).padEnd(digits)}`,
    text: exceptions(calls, usual, (names) => few(names, room)),
  }));
  for (const whole of [...wholes.keys()].sort((a, b) => Number(a === NONE) - Number(b === NONE))) {
    const text = (wholes.get(whole) ?? []).join(", ");
    lines.push({ name: whole, text, paint: whole === NONE ? dim : undefined });
  }
  return table(lines);
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
export function argumentTable(own: JudgedArchitecture, others: readonly JudgedArchitecture[]): string {
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
  );
}

function judgementsOf({ calls }: JudgedArchitecture): ReadonlyMap<number, Judgement> {
  return new Map(calls.map(({ id, judgement }) => [id, judgement]));
}

/** What becomes of the calls of other architectures, where it is not the same; those with the same answer together. */
export function othersTable(
  own: JudgedArchitecture,
  others: readonly JudgedArchitecture[],
  columns: number,
): string {
  const known = judgementsOf(own);
  const byText = new Map<string, string[]>();
  for (const other of others) {
    addTo(byText, comparedWith(own, known, other, columns), [other.arch.name]);
  }
  return table([...byText].map(([text, names]) => ({ name: names.join(", "), text })));
}

function comparedWith(
  own: JudgedArchitecture,
  known: ReadonlyMap<number, Judgement>,
  { calls }: JudgedArchitecture,
  columns: number,
): string {
  const [first, ...more] = new Set(calls.map(({ judgement }) => judgement));
  if (first !== undefined && more.length === 0) {
    return `every call: ${verdictsInWords(first)}`;
  }
  const different = new Map<string, string[]>();
  for (const { id, judgement } of calls) {
    if (known.has(id) && known.get(id) !== judgement) {
      addTo(different, titleOf(judgement), [syscallName(id)]);
    }
  }
  // Calls that no kernel serves are counted, but not worth a name.
  const unserved = subjects().find(({ name }) => name === SERVED_BY_NONE)?.ids ?? [];
  const further = calls.filter(({ id }) => !known.has(id) && !unserved.includes(id));
  const rest = exceptions(further, usualDenial(calls), (names) => few(names, columns));
  const parts = [
    different.size === 0
      ? `as ${own.arch.name}`
      : `as ${own.arch.name} but for ${[...different].map(([title, names]) => `${title}: ${few(names, columns)}`).join("; ")}`,
    ...(further.length === 0 ? [] : [`${countThrough(further)} of ${further.length} further calls allowed`]),
    ...(rest === "" ? [] : [rest]),
  ];
  return parts.join("; ");
}

/** Every call by subject and verdict, with the architectures for which it holds. */
export function everyCall(
  architectures: readonly JudgedArchitecture[],
): readonly (readonly [text: string, names: readonly string[]])[] {
  const byText = new Map<string, string[]>();
  for (const one of architectures) {
    addTo(byText, everyCallOf(one), [one.arch.name]);
  }
  return [...byText];
}

function withVerdicts(names: string, judgement: Judgement): string {
  const verdicts = verdictsInWords(judgement);
  switch (judgement.kind) {
    case "byArgument":
      return `${names}: ${verdicts}`;
    case "younger":
      return `${verdicts}, younger: ${names}`;
    default:
      return `${verdicts}: ${names}`;
  }
}

function everyCallOf(one: JudgedArchitecture): string {
  return table(
    bySubject(one).flatMap(({ name, groups }) =>
      [...groups]
        .sort(([a], [b]) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
        .map(([judgement, ids], i) => ({
          name: i === 0 ? name : "",
          text: withVerdicts(ids.map(syscallName).join(", "), judgement),
        })),
    ),
  );
}
