/**
 * What is found out about a profile for people.
 */

import { createColors } from "picocolors";
import { SHORTEN, tooLong } from "../../bpf/compile.ts";
import { printable } from "../../bytes.ts";
import { addTo } from "../../groups.ts";
import type { Exposed } from "../../lint/exposure.ts";
import { counted, either } from "../../plural.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import { allCapabilities, capabilityName } from "../../tables/capabilities.ts";
import { multiplexers } from "../../tables/multiplexers.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { type Judgement, KINDS } from "./calls.ts";
import { argumentTable, everyCall, othersTable, subjectTable } from "./calls-text.ts";
import { bitsIn, type OtherCall, type WithCapability } from "./capabilities.ts";
import { isDenied, isThrough, KIND_WORDS, verdictsInWords } from "./in-words.ts";
import type { Inspection, JudgedArchitecture } from "./inspection.ts";
import { type Line, table } from "./layout.ts";

/** How a text is shown. */
export interface Shown {
  /** Whether every call is named. */
  readonly all: boolean;
  /** The columns of the terminal: more names than have place there are not listed. */
  readonly columns: number;
  readonly colours: boolean;
}

type Colours = ReturnType<typeof createColors>;

/** A part of the text; left out if it is empty. */
interface Section {
  readonly title: string;
  readonly text: string;
}

/** The text of an inspection; its lines may be longer than the terminal. */
export function textOf(inspection: Inspection, { all, columns, colours }: Shown): string {
  const paint = createColors(colours);
  const { architectures, withCapability, exposure } = inspection;
  const sections: readonly Section[] = [
    { title: "calls", text: countsOf(architectures) },
    ...(all
      ? everyCall(architectures).map(([text, names]) => ({ title: names.join(", "), text }))
      : callsOf(architectures, columns, paint)),
    { title: "with a capability", text: capabilities(withCapability) },
    {
      title: "what an attacker would like",
      text: exposure === undefined ? "" : exposureTable(exposure, paint),
    },
    { title: "filter", text: costOf(inspection) },
  ];
  return [
    `${paint.bold(printable(inspection.label))}\n${head(inspection)}`,
    ...sections.flatMap(({ title, text }) => (text === "" ? [] : [`${paint.bold(title)}\n${text}`])),
  ].join("\n");
}

function callsOf(
  [own, ...others]: readonly JudgedArchitecture[],
  columns: number,
  paint: Colours,
): readonly Section[] {
  return own === undefined
    ? []
    : [
        { title: `by subject, on ${own.arch.name}`, text: subjectTable(own, columns, paint.dim) },
        { title: "by argument", text: argumentTable(own, others) },
        { title: "on other architectures", text: othersTable(own, others, columns) },
      ];
}

function head({ target, instead, policy }: Inspection): string {
  const { arch, kernel, caps } = target;
  const verdict = (value: number): string => formatVerdict(value, arch);
  const why = instead === undefined ? "" : ` (it does not list this machine's ${instead.name})`;
  const lines: Line[] = [
    {
      name: "resolved for",
      text: `${arch.name}${why}, Linux ${formatKernelVersion(kernel)}, ${callerOf(caps)}`,
    },
  ];
  if (policy !== undefined) {
    lines.push({ name: "without a rule", text: verdict(policy.defaultVerdict) });
    if (policy.youngest !== undefined) {
      const since = formatKernelVersion(policy.youngest);
      lines.push({
        name: "younger",
        text: `${verdict(policy.youngerVerdict)}, for calls without a rule that came after Linux ${since}`,
      });
    }
    lines.push({
      name: "elsewhere",
      text: `${verdict(policy.foreignVerdict)}, for calls of other architectures`,
    });
  }
  return table(lines);
}

function callerOf(caps: bigint): string {
  if (caps === 0n) {
    return "a caller without capabilities";
  }
  return caps === allCapabilities()
    ? "a caller with all capabilities"
    : `a caller with ${bitsIn(caps).map(capabilityName).join(", ")}`;
}

/** One line an architecture, its numbers in columns. */
function countsOf(architectures: readonly JudgedArchitecture[]): string {
  const rows = architectures.map(({ arch, calls }) => {
    const counts = KINDS.map(() => 0);
    for (const { judgement } of calls) {
      const at = KINDS.indexOf(judgement.kind);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    return { name: arch.name, counts };
  });
  const columns = KINDS.flatMap((kind, at) => {
    const numbers = rows.map(({ counts }) => String(counts[at]));
    return numbers.every((number) => number === "0")
      ? []
      : [
          {
            words: COUNT_WORDS[kind] ?? KIND_WORDS[kind],
            at,
            digits: Math.max(...numbers.map(({ length }) => length)),
          },
        ];
  });
  return table(
    rows.map(({ name, counts }) => ({
      name,
      text: columns
        .filter(({ at }) => counts[at] !== 0)
        .map(({ words, at, digits }) => `${String(counts[at]).padStart(digits)} ${words}`)
        .join(", "),
    })),
  );
}

const COUNT_WORDS: Readonly<Partial<Record<Judgement["kind"], string>>> = {
  younger: "younger than the profile (ENOSYS)",
};

/** What each capability changes, on any architecture. */
function capabilities(all: readonly WithCapability[]): string {
  return table(all.map(({ name, calls }) => ({ name: name ?? "all of these", text: changesOf(calls) })));
}

function changesOf(calls: readonly OtherCall[]): string {
  const opened = new Set<string>();
  const closed = new Set<string>();
  const others = new Set<string>();
  for (const { id, before, after } of calls) {
    const name = syscallName(id);
    if (isThrough(after.kind) && !isThrough(before.kind)) {
      opened.add(name);
    } else if (isDenied(after.kind) && !isDenied(before.kind)) {
      closed.add(name);
    } else {
      others.add(`${name}: ${verdictsInWords(after)}`);
    }
  }
  return [
    ...(opened.size === 0 ? [] : [`allows ${[...opened].sort().join(", ")}`]),
    ...(closed.size === 0 ? [] : [`denies ${[...closed].sort().join(", ")}`]),
    ...others,
  ].join("; ");
}

/** The dangers by who can use them. */
function exposureTable(all: readonly Exposed[], paint: Colours): string {
  const open: Line[] = [];
  const byCapability = new Map<string, string[]>();
  const nothingNew = new Map<string, string[]>();
  const closed: string[] = [];
  for (const { danger, calls, capabilities: openers, nothingNewWith } of all) {
    if (calls.length > 0) {
      const through = calls.map(({ name, given }) => (given === undefined ? name : `${name} with ${given}`));
      // A danger may have the name of its call, or of its argument.
      const isSaid =
        calls.length === 1 &&
        !isMultiplexer(calls[0]?.name) &&
        [calls[0]?.name, calls[0]?.given].includes(danger.what);
      const text = `${danger.what} (${danger.brief})${isSaid ? "" : `: ${through.join(", ")}`}`;
      open.push({ name: "open", text, paint: paint.red });
    } else if (openers.length > 0) {
      addTo(byCapability, `with ${either(openers)}`, [danger.what]);
    } else if (nothingNewWith !== undefined) {
      addTo(nothingNew, nothingNewWith, [danger.what]);
    } else {
      closed.push(danger.what);
    }
  }
  return table([
    ...open,
    ...[...byCapability].map(([name, whats]) => ({ name, text: whats.join(", "), paint: paint.yellow })),
    ...[...nothingNew].map(([name, whats]) => ({
      name: "nothing new",
      text: `${whats.join(", ")} (let through, but the caller has ${name})`,
    })),
    ...(closed.length === 0 ? [] : [{ name: "closed", text: closed.join(", "), paint: paint.green }]),
  ]);
}

function isMultiplexer(name: string | undefined): boolean {
  return multiplexers.some((one) => one.name === name);
}

function costOf({ label, cost, target }: Inspection): string {
  if ("kind" in cost) {
    return table([{ name: "too long", text: `${tooLong(cost, printable(label))}: ${SHORTEN}` }]);
  }
  const { instructions, most, usual, unrun } = cost;
  const byCount = new Map<number, string[]>();
  for (const { name, executed } of usual) {
    addTo(byCount, executed, [name]);
  }
  const examples = [...byCount]
    .sort(([a], [b]) => a - b)
    .map(([count, names]) => `${count} for ${names.join(", ")}`)
    .join("; ");
  return table([
    {
      name: "instructions",
      text: `${instructions}, of which a call executes at most ${most}: ${examples}`,
    },
    {
      name: "since 5.11",
      text:
        unrun === 0
          ? `Linux executes it for every call of ${target.arch.name}: no call is always allowed`
          : `Linux executes none for ${counted(unrun, "call")} of ${target.arch.name}, always allowed`,
    },
  ]);
}
