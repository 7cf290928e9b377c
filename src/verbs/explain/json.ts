/**
 * The answer of `explain` as JSON.
 */

import type { Amendment } from "./amend/amend.ts";
import type { ExplainAnswer } from "./answer.ts";
import type { PlaceInText } from "./rules.ts";

/** One object. */
export function answerJson(label: string, answer: ExplainAnswer, amendment: Amendment | undefined): string {
  const { question, call, architectures, rules, notes, influences } = answer;
  const report = {
    version: 1,
    profile: label,
    syscall: question.name,
    call,
    architectures: architectures.map(({ calls, found, outcomes }) => ({
      architecture: calls.arch.name,
      number: calls.nr,
      outcomes: outcomes.map(({ verdict, condition, example, line, decidedBy }) => ({
        verdict,
        condition: condition ?? null,
        example,
        simulate: line,
        decidedBy: { what: decidedBy.what, ...placeOf(decidedBy) },
      })),
      cutShort: found.cutShort ?? null,
    })),
    rules: rules.map(({ name, verdict, condition, decides, why, ...place }) => ({
      syscall: name,
      verdict,
      condition,
      decides,
      why,
      ...placeOf(place),
    })),
    notes,
    influences: influences.map(({ kind, under, outcomes }) => ({
      kind,
      under,
      outcomes: outcomes.map(({ verdict, condition }) => ({ verdict, condition: condition ?? null })),
    })),
    change:
      amendment === undefined
        ? null
        : {
            wanted: amendment.want,
            patch: amendment.patch ?? null,
            why: amendment.why ?? null,
            others: amendment.others,
          },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function placeOf({ pointer, position, text }: PlaceInText) {
  return {
    pointer,
    line: position?.line ?? null,
    column: position?.column ?? null,
    text: text ?? null,
  };
}
