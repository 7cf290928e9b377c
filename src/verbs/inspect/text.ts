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
import type { Architecture } from "../../tables/architectures.ts";
import { allCapabilities, capabilityCount, capabilityName } from "../../tables/capabilities.ts";
import { subjects } from "../../tables/subjects.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { type JudgedCall, KINDS, type Kind } from "./calls.ts";
import { isAlike, type OtherCall, type WithCapability } from "./capabilities.ts";
import type { Inspection, JudgedArchitecture } from "./inspection.ts";
import { few, type Line, table } from "./layout.ts";

/** How a text is shown. */
export interface Shown {
  /** Whether every call is named. */
  readonly all: boolean;
  /** The columns of the terminal. */
  readonly width: number;
  readonly colours: boolean;
}

type Colours = ReturnType<typeof createColors>;

/** The text of an inspection. */
export function textOf(inspection: Inspection, shown: Shown): string {
  const paint = createColors(shown.colours);
  const { architectures, withCapability, exposure } = inspection;
  const [own, ...others] = architectures;
  const sections: readonly (readonly [title: string, text: string])[] = [
    ["calls", countsOf(architectures)],
    ...(own === undefined
      ? []
      : shown.all
        ? everyCallOf(architectures, shown).map(
            ([text, names]) => [`every call of ${names.join(", ")}`, text] as const,
          )
        : [
            [`by subject, on ${own.arch.name}`, bySubject(own, shown, paint)] as const,
            [`by argument, on ${own.arch.name}`, byArgument(own, shown)] as const,
            ["on other architectures", otherArchitectures(own, others, shown)] as const,
          ]),
    ["with capabilities", capabilities(withCapability, shown)],
    ["what an attacker would like", exposure === undefined ? "" : exposed(exposure, shown, paint)],
    ["filter", costOf(inspection, shown)],
  ];
  return [
    head(inspection, shown, paint),
    ...sections.flatMap(([title, text]) => (text === "" ? [] : [`${paint.bold(title)}\n${text}`])),
  ].join("\n");
}

function head({ label, target, instead, policy }: Inspection, { width }: Shown, paint: Colours): string {
  const { arch, kernel, caps } = target;
  const verdict = (value: number): string => formatVerdict(value, arch);
  const lines: Line[] =
    policy === undefined
      ? []
      : [
          { name: "no rule", text: verdict(policy.defaultVerdict) },
          ...(policy.youngest === undefined
            ? []
            : [
                {
                  name: "younger",
                  text: `${verdict(policy.youngerVerdict)}: calls without a rule that were added after Linux ${formatKernelVersion(policy.youngest)}`,
                },
              ]),
          { name: "elsewhere", text: `${verdict(policy.foreignVerdict)}: calls of other architectures` },
        ];
  const why = instead === undefined ? "" : `, since it does not list this machine's ${instead.name}`;
  return `${paint.bold(printable(label))}\n${table(
    [
      {
        name: "resolved for",
        text: `${arch.name}${why}, Linux ${formatKernelVersion(kernel)}, ${callerOf(caps)}`,
      },
      ...lines,
    ],
    width,
  )}`;
}

function callerOf(caps: bigint): string {
  if (caps === 0n) {
    return "a caller without capabilities";
  }
  const held = Array.from({ length: capabilityCount }, (_, bit) => bit).filter(
    (bit) => ((caps >> BigInt(bit)) & 1n) === 1n,
  );
  return caps === allCapabilities()
    ? "a caller with all capabilities"
    : `a caller with ${held.map((bit) => capabilityName(bit)).join(", ")}`;
}

const KIND_WORDS: Readonly<Record<Kind, string>> = {
  allowed: "allowed",
  logged: "logged",
  notified: "asked of a listener",
  traced: "asked of a tracer",
  byArgument: "by argument",
  denied: "denied",
  younger: "younger than the profile (ENOSYS)",
};

/** One line an architecture, its numbers in columns. */
function countsOf(architectures: readonly JudgedArchitecture[]): string {
  const rows = architectures.map(({ arch, calls }) => ({
    name: arch.name,
    counts: KINDS.map((kind) => calls.filter((call) => call.kind === kind).length),
  }));
  const there = KINDS.flatMap((kind, i) =>
    rows.some(({ counts }) => (counts[i] ?? 0) > 0)
      ? [{ kind, i, digits: Math.max(...rows.map(({ counts }) => String(counts[i]).length)) }]
      : [],
  );
  return table(
    rows.map(({ name, counts }) => ({
      name,
      text: there
        .map(({ kind, i, digits }) => `${String(counts[i]).padStart(digits)} ${KIND_WORDS[kind]}`)
        .join(", "),
    })),
    Number.POSITIVE_INFINITY,
  );
}

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

/** A line a subject: how many calls are let through, and the names of the fewer. */
function bySubject(own: JudgedArchitecture, { width }: Shown, paint: Colours): string {
  const all = subjectsOf(own);
  const digits = 3;
  const longest = Math.max(...all.map(({ name }) => name.length));
  const room = width - longest - 2 * digits - 8;
  const usual = mostFrequentDenial(own.calls);
  return table(
    all.map(({ name, calls }) => {
      const through = calls.filter(({ kind }) => kind === "allowed" || kind === "logged").length;
      const count = `${String(through).padStart(digits)} of ${String(calls.length).padStart(digits)}`;
      return {
        name: `${name.padEnd(longest)} ${count}`,
        text: exceptions(calls, usual, room),
        paint: through === 0 ? paint.dim : plain,
      };
    }),
    width,
  );
}

function plain(text: string): string {
  return text;
}

/** The names of all calls but those of the most frequent kind. */
function exceptions(calls: readonly JudgedCall[], usual: string | undefined, room: number): string {
  const groups = new Map<Kind, JudgedCall[]>();
  for (const call of calls) {
    addTo(groups, call.kind, [call]);
  }
  const isDenied = (kind: Kind): boolean => kind === "denied" || kind === "younger";
  const sizeOf = (kind: Kind): number =>
    isDenied(kind)
      ? (groups.get("denied")?.length ?? 0) + (groups.get("younger")?.length ?? 0)
      : (groups.get(kind)?.length ?? 0);
  const [first, ...rest] = [...groups.keys()].sort((a, b) => sizeOf(b) - sizeOf(a));
  if (first === undefined) {
    return "";
  }
  const named = rest.filter((kind) => !(isDenied(kind) && isDenied(first)));
  const all = named
    .sort((a, b) => KINDS.indexOf(a) - KINDS.indexOf(b))
    .map(
      (kind) =>
        `${kind === "younger" ? "younger" : KIND_WORDS[kind]}: ${few(
          (groups.get(kind) ?? []).map((call) => nameOf(call, usual)),
          room,
        )}`,
    );
  return all.join("; ");
}

/** The name of a call, with its verdict if it is denied in another way than most. */
function nameOf({ id, kind, verdicts }: JudgedCall, usual: string | undefined): string {
  const words = verdicts.map(({ verdict }) => verdict).join(" or ");
  return kind === "denied" && words !== usual ? `${syscallName(id)} (${words})` : syscallName(id);
}

function mostFrequentDenial(calls: readonly JudgedCall[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { kind, verdicts } of calls) {
    if (kind === "denied") {
      const key = verdicts.map(({ verdict }) => verdict).join(" or ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** The verdicts of a call with their conditions. */
function conditions({ verdicts, cutShort }: JudgedCall): string {
  const parts = verdicts.map(({ verdict, condition }, i) =>
    condition === ""
      ? verdict
      : condition !== undefined
        ? `${verdict} if ${condition}`
        : i + 1 === verdicts.length && verdicts.length > 1
          ? `else ${verdict}`
          : `${verdict} for some arguments`,
  );
  return `${parts.join("; ")}${cutShort === undefined ? "" : `; the search was cut short ${cutShort}`}`;
}

/** Every call by subject and verdict; architectures with the same answer together. */
function everyCallOf(
  architectures: readonly JudgedArchitecture[],
  shown: Shown,
): readonly (readonly [text: string, names: readonly string[]])[] {
  const byText = new Map<string, string[]>();
  for (const one of architectures) {
    addTo(byText, everyCall(one, shown), [one.arch.name]);
  }
  return [...byText];
}

function everyCall(one: JudgedArchitecture, { width }: Shown): string {
  return table(
    subjectsOf(one).flatMap(({ name, calls }) => {
      const byVerdicts = new Map<string, string[]>();
      for (const call of calls) {
        addTo(byVerdicts, conditions(call), [syscallName(call.id)]);
      }
      return [...byVerdicts].map(([verdicts, names], i) => ({
        name: i === 0 ? name : "",
        text: `${verdicts}: ${names.join(", ")}`,
      }));
    }),
    width,
  );
}

/** The calls that are decided by their arguments, those with the same conditions together. */
function byArgument({ calls }: JudgedArchitecture, { width }: Shown): string {
  const byText = new Map<string, string[]>();
  for (const call of calls) {
    if (call.kind === "byArgument") {
      addTo(byText, conditions(call), [syscallName(call.id)]);
    }
  }
  return table(
    [...byText].map(([text, names]) => ({ name: names.join(", "), text })),
    width,
  );
}

/** What becomes of the calls of other architectures, where it is not the same; those with the same answer together. */
function otherArchitectures(
  own: JudgedArchitecture,
  others: readonly JudgedArchitecture[],
  { width }: Shown,
): string {
  const known = new Map(own.calls.map((call) => [call.id, call]));
  const byText = new Map<string, string[]>();
  for (const other of others) {
    addTo(byText, comparedWith(own.arch, known, other, width), [other.arch.name]);
  }
  return table(
    [...byText].map(([text, names]) => ({ name: names.join(", "), text })),
    width,
  );
}

function comparedWith(
  { name }: Architecture,
  known: ReadonlyMap<number, JudgedCall>,
  { calls }: JudgedArchitecture,
  width: number,
): string {
  const usual = mostFrequentDenial(calls);
  const different = calls.filter((call) => {
    const before = known.get(call.id);
    return before !== undefined && !isAlike(before, call);
  });
  const more = calls.filter(({ id }) => !known.has(id));
  const alike =
    different.length === 0
      ? `as ${name}`
      : `as ${name} but for ${different.map((call) => `${syscallName(call.id)} (${conditions(call)})`).join(", ")}`;
  if (more.length === 0) {
    return alike;
  }
  const through = more.filter(({ kind }) => kind === "allowed" || kind === "logged").length;
  const rest = exceptions(more, usual, width);
  return `${alike}; ${through} of ${counted(more.length, "further call")} allowed${rest === "" ? "" : `; ${rest}`}`;
}

/** What each capability changes. */
function capabilities(all: readonly WithCapability[], { width }: Shown): string {
  return table(
    all.map(({ name, calls }) => ({
      name: name ?? "all together",
      text: changes(calls),
    })),
    width,
  );
}

function changes(calls: readonly OtherCall[]): string {
  const of = (kinds: readonly Kind[]): readonly string[] => [
    ...new Set(
      calls.flatMap(({ before, after }) =>
        kinds.includes(after.kind) && before.kind !== after.kind ? [syscallName(after.id)] : [],
      ),
    ),
  ];
  const opened = of(["allowed", "logged"]);
  const closed = of(["denied", "younger"]);
  const others = [
    ...new Set(
      calls.flatMap(({ before, after }) =>
        before.kind === after.kind || !["allowed", "logged", "denied", "younger"].includes(after.kind)
          ? [`${syscallName(after.id)}: ${conditions(after)}`]
          : [],
      ),
    ),
  ];
  return [
    ...(opened.length === 0 ? [] : [`allows ${opened.join(", ")}`]),
    ...(closed.length === 0 ? [] : [`denies ${closed.join(", ")}`]),
    ...others,
  ].join("; ");
}

/** The dangers by who can use them. */
function exposed(all: readonly Exposed[], { width }: Shown, paint: Colours): string {
  const open = all.filter(({ calls }) => calls.length > 0);
  const byCapability = new Map<string, string[]>();
  const closed: string[] = [];
  for (const { danger, calls, capabilities: openers } of all) {
    if (openers.length > 0) {
      addTo(byCapability, `with ${either(openers)}`, [danger.what]);
    } else if (calls.length === 0) {
      closed.push(danger.what);
    }
  }
  return table(
    [
      ...open.map(({ danger, calls }) => ({
        name: "open",
        text: `${danger.what} (${danger.brief}): ${calls.map(({ name, given }) => (given === undefined ? name : `${name} with ${given}`)).join(", ")}`,
        paint: paint.red,
      })),
      ...[...byCapability].map(([name, whats]) => ({ name, text: whats.join(", "), paint: paint.yellow })),
      ...(closed.length === 0 ? [] : [{ name: "closed", text: closed.join(", "), paint: paint.green }]),
    ],
    width,
  );
}

function costOf({ label, cost, target }: Inspection, { width }: Shown): string {
  if ("kind" in cost) {
    return table([{ name: "too long", text: `${tooLong(cost, printable(label))}: ${SHORTEN}` }], width);
  }
  const { instructions, least, most, usual, unrun } = cost;
  return table(
    [
      { name: "size", text: `${instructions} instructions` },
      {
        name: "cost",
        text: `${least} to ${most} instructions a call: ${usual.map(({ name, executed }) => `${name} ${executed}`).join(", ")}`,
      },
      {
        name: "",
        text: `since Linux 5.11 none for the ${unrun} calls of ${target.arch.name} that are always allowed`,
      },
    ],
    width,
  );
}
