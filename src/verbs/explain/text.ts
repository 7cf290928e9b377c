/**
 * The answer of `explain` for people.
 */

import { printable } from "../../bytes.ts";
import { addTo } from "../../groups.ts";
import { architectures as allArchitectures } from "../../tables/architectures.ts";
import { seenNumber } from "../../tables/syscalls.ts";
import { unbroken, whole } from "../wrap.ts";
import type { Amendment } from "./amend/amend.ts";
import type { ArchitectureAnswer, ExplainAnswer, OutcomeAnswer } from "./answer.ts";
import type { Influence, OutcomeInWords } from "./influences.ts";
import type { PlaceInText, RuleAnswer } from "./rules.ts";

/** The answer as text. */
export function answerText(
  label: string,
  listed: readonly string[],
  answer: ExplainAnswer,
  amendment: Amendment | undefined,
): string {
  const { call, architectures, rules, notes, influences } = answer;
  if (architectures.length === 0) {
    return nowhereText(listed, answer);
  }
  const unused = rules.filter(({ decides }) => !decides);
  const sections = [
    ...byOutcomes(architectures).map(([names, some]) => verdictsText(label, call, names, some)),
    section(
      "rules that do not decide",
      unused.map((rule) => ruleText(label, rule)),
    ),
    section(
      "note",
      notes.map((note) => `  ${note}\n`),
    ),
    section("what would change it", influences.map(influenceText)),
    amendment === undefined ? "" : amendmentText(call, amendment),
  ];
  return sections.filter((text) => text !== "").join("\n");
}

function amendmentText(call: string, { want, patch, why, others }: Amendment): string {
  // All machines of the profile are compared; for another caller or kernel, other rules may apply.
  const title = `to ${want} ${call} and no other call, for this kernel and caller`;
  return patch === undefined
    ? `${title}, there is no patch\n${whyNot(why, others).replace(/^(?=.)/gm, "  ")}`
    : `${title}, git apply this patch (--patch prints it alone)\n${unbroken(patch)}`;
}

/** The most calls that are told. */
const MOST_TOLD = 10;

/** Why there is no patch. */
export function whyNot(why: string | undefined, others: readonly string[]): string {
  const told = others.slice(0, MOST_TOLD).map((one) => `\n  ${one}`);
  const more = others.length > MOST_TOLD ? `\n  and ${others.length - MOST_TOLD} more` : "";
  return `${why ?? ""}${told.length === 0 ? "" : ":"}${told.join("")}${more}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}\n${lines.join("")}`;
}

/** No architecture of the profile has the call. */
function nowhereText(listed: readonly string[], { question: { name, id } }: ExplainAnswer): string {
  const having = allArchitectures.filter((arch) => seenNumber(arch, id) >= 0).map((arch) => arch.name);
  return `no architecture of the profile (${listed.join(", ")}) has ${name}, so no program can call it there\n  it is a call of ${having.join(", ")}; --arch judges it as on one of these\n`;
}

/** The architectures with the same outcomes together. */
function byOutcomes(
  architectures: readonly ArchitectureAnswer[],
): readonly (readonly [string, readonly OutcomeAnswer[]])[] {
  const groups = new Map<string, ArchitectureAnswer[]>();
  for (const one of architectures) {
    const key = one.outcomes
      .map(({ verdict, condition, decidedBy }) => `${verdict} ${condition} ${decidedBy.pointer}`)
      .join("\n");
    addTo(groups, key, [one]);
  }
  return [...groups.values()].map((alike) => [
    alike.map(({ calls }) => calls.arch.name).join(", "),
    alike[0]?.outcomes ?? [],
  ]);
}

function verdictsText(
  label: string,
  call: string,
  names: string,
  outcomes: readonly OutcomeAnswer[],
): string {
  const [first, ...others] = outcomes;
  if (first !== undefined && others.length === 0) {
    return `${call} on ${names}: ${first.verdict}\n${placeText(label, first.decidedBy, first.decidedBy.what)}`;
  }
  const lines = outcomes.map(
    (outcome) =>
      `  ${outcomeText(outcome)}\n    for example ${outcome.example}\n${placeText(label, outcome.decidedBy, outcome.decidedBy.what, "    ")}`,
  );
  return `${call} on ${names}\n${lines.join("")}`;
}

function outcomeText({ verdict, condition }: OutcomeInWords): string {
  return condition === ""
    ? verdict
    : `${verdict} ${condition === undefined ? "for some arguments" : `if ${condition}`}`;
}

/** A place with its line. */
function placeText(label: string, { position, text }: PlaceInText, what: string, indent = "  "): string {
  const where = position === undefined ? label : `${label}:${position.line}:${position.column}`;
  const line = text === undefined ? "" : unbroken(`${indent}  ${printable(text)}\n`);
  return `${indent}${whole(printable(where))}: ${what}\n${line}`;
}

function ruleText(label: string, rule: RuleAnswer): string {
  const { verdict, condition, why } = rule;
  const says = condition === "" ? verdict : `${verdict} if ${condition}`;
  return placeText(label, rule, `${says}${why === "" ? "" : `; ${why}`}`);
}

function influenceText({ under, outcomes }: Influence): string {
  return `  ${under}: ${outcomes.map(outcomeText).join("; ")}\n`;
}
