/**
 * What two sides judge differently, as rows that can be printed and compared.
 */

import type { Change, ChangedCalls, Term } from "../../analysis/change.ts";
import type { Changes } from "../../analysis/changes.ts";
import { upToLast } from "../../analysis/format-call.ts";
import { argumentInWords } from "../../calls/comparison.ts";
import { hex } from "../../calls/numbers.ts";
import type { Call } from "../../policy/policy.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { conditionInWords } from "../conditions.ts";

/** What was compared. */
export interface Compared {
  /** The native architecture. */
  readonly arch: Architecture;
  readonly base: Changes;
  readonly withCapability: readonly Sweep[];
}

/** The changes with one capability, or at last with all that rules name, among the syscalls whose rules depend on them. */
export interface Sweep {
  /** Undefined: all. */
  readonly name: string | undefined;
  readonly among: ReadonlySet<number>;
  readonly changes: Changes;
}

/** Calls that get one pair of different verdicts. */
export interface Row {
  /** The id of the syscall; -1 if it is none, or there are several. */
  readonly id: number;
  /** The architecture; undefined: all others. */
  readonly architecture: string | undefined;
  /** The first side's verdict, and the second's. */
  readonly verdicts: readonly [string, string];
  /** The name of the call, or its numbers: `number 463`, `numbers 463 to 511`; `every call` of an architecture that one side lacks. */
  readonly calls: string;
  /** The condition on its arguments: empty if there is none, undefined if the search was cut short. */
  readonly condition: string | undefined;
  /** One of the calls, as it is written in C; undefined where its arguments do not matter. */
  readonly example: string | undefined;
  /** The same call as a line for `simulate`. */
  readonly line: string;
  readonly call: Call;
  /** Whether only a call that no program makes by accident shows it. */
  readonly crafted: boolean;
}

/** Calls that could not be compared completely. */
export interface CutShortCalls {
  readonly architecture: string | undefined;
  readonly calls: string;
  readonly why: string;
}

/** All rows, and what is not known. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly cutShort: readonly CutShortCalls[];
}

/** The rows without capabilities, and what a capability changes about them. */
export interface AllRows extends Rows {
  readonly withCapability: readonly {
    /** Undefined: all that rules name, of which one alone does not show the rows. */
    readonly name: string | undefined;
    /** Rows that are there only with the capability. */
    readonly only: readonly Row[];
    /** Rows that are not there with it. */
    readonly not: readonly Row[];
  }[];
}

/** All rows of a comparison. Those that a capability does not change are there once. */
export function allRowsOf({ arch, base, withCapability }: Compared): AllRows {
  const { rows, cutShort } = rowsOf(base, arch);
  const known = new Set(rows.map(rowKey));
  const unknown = [...cutShort];
  const told = new Set<string>();
  const swept = withCapability.map(({ name, among, changes }) => {
    const isNews = (row: Row): boolean => name !== undefined || !told.has(rowKey(row));
    const found = rowsOf(changes, arch);
    unknown.push(...found.cutShort);
    const keys = new Set(found.rows.map(rowKey));
    const more = found.rows.filter((row) => !known.has(rowKey(row)));
    const isReplaced = (row: Row): boolean =>
      more.some(({ id, architecture }) => id === row.id && architecture === row.architecture);
    const less = rows.filter((row) => among.has(row.id) && !keys.has(rowKey(row)) && !isReplaced(row));
    const [only, not] = [more.filter(isNews), less.filter(isNews)];
    for (const row of [...more, ...less]) {
      told.add(rowKey(row));
    }
    return { name, only, not };
  });
  return { rows, cutShort: unknown, withCapability: swept };
}

/** Whether there is a difference, or may be one. */
export function differ({ rows, cutShort, withCapability }: AllRows): boolean {
  return (
    rows.length + cutShort.length > 0 || withCapability.some(({ only, not }) => only.length + not.length > 0)
  );
}

/** The rows of a comparison. */
function rowsOf({ architectures, others }: Changes, native: Architecture): Rows {
  const rows: Row[] = [];
  const cutShort: CutShortCalls[] = [];
  const add = (arch: Architecture | undefined, unlisted: boolean, calls: readonly ChangedCalls[]): void => {
    for (const one of calls) {
      if (one.cutShort !== undefined) {
        cutShort.push({ architecture: arch?.name, calls: nameOf(one), why: one.cutShort });
      }
    }
    rows.push(
      ...(unlisted ? ofUnlisted(arch, calls, native) : calls.flatMap((one) => ofCalls(arch, one, native))),
    );
  };
  for (const { arch, unlisted, calls } of architectures) {
    add(arch, unlisted[0] !== unlisted[1], calls);
  }
  add(undefined, false, others);
  return { rows, cutShort };
}

function ofCalls(arch: Architecture | undefined, calls: ChangedCalls, native: Architecture): readonly Row[] {
  return calls.changes.map((change) => ofChange(arch, calls, change, native));
}

function ofChange(
  arch: Architecture | undefined,
  calls: ChangedCalls,
  { verdicts, when, call, crafted }: Change,
  native: Architecture,
): Row {
  const of = arch ?? native;
  const condition = when && conditionInWords(of, calls.id, when);
  return {
    id: calls.id,
    architecture: arch?.name,
    verdicts: [formatVerdict(verdicts[0], of), formatVerdict(verdicts[1], of)],
    calls: nameOf(calls),
    condition,
    example: condition === "" ? undefined : exampleOf(of, calls, call.args, comparedBy(when ?? [])),
    line: lineOf(arch, calls, call),
    call,
    crafted,
  };
}

/** The rows of an architecture that one side does not list: one a pair of verdicts, since nearly all calls are concerned. */
function ofUnlisted(
  arch: Architecture | undefined,
  calls: readonly ChangedCalls[],
  native: Architecture,
): readonly Row[] {
  const found = new Map<string, Row>();
  for (const row of calls.flatMap((one) => ofCalls(arch, one, native))) {
    const key = row.verdicts.join();
    if (!found.has(key)) {
      found.set(key, { ...row, id: -1, calls: EVERY_CALL, condition: "", example: undefined });
    }
  }
  return [...found.values()];
}

/** In place of names, where one side does not list the architecture. */
export const EVERY_CALL = "calls";

/** The name of a syscall, or its numbers. */
function nameOf({ id, first, last }: ChangedCalls): string {
  if (id >= 0) {
    return syscallName(id);
  }
  return first === last ? `number ${first}` : `numbers ${first} to ${last}`;
}

/** How many arguments conditions look at: the index of the last one, and one. */
function comparedBy(when: readonly (readonly Term[])[]): number {
  return when
    .flat()
    .reduce((most, term) => (term.kind === "test" ? most : Math.max(most, term.comparison.index + 1)), 0);
}

function exampleOf(
  arch: Architecture,
  calls: ChangedCalls,
  args: readonly bigint[],
  compared: number,
): string {
  const others = new Map(args.entries());
  const shown = args
    .slice(0, Math.max(compared, upToLast(args).length))
    .map((value, i) => argumentInWords(arch, calls.id, i, value, others));
  return `${nameOf(calls)}(${shown.join(", ")})`;
}

function lineOf(arch: Architecture | undefined, { id, first }: ChangedCalls, call: Change["call"]): string {
  const words = [
    arch?.name ?? `0x${call.arch.toString(16)}`,
    id >= 0 && arch !== undefined ? syscallName(id) : String(arch === undefined ? call.nr : first),
    ...upToLast(call.args).map(hex),
  ];
  return words.join(" ");
}

/** Equal for rows that say the same. */
function rowKey({ architecture, verdicts, calls, condition }: Row): string {
  return JSON.stringify([architecture, verdicts, calls, condition]);
}
