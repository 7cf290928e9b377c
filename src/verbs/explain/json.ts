/**
 * The answer of `explain` as JSON.
 */

import { jsonReport } from "../json.ts";
import type { Amendment } from "./amend/amend.ts";
import type { ExplainAnswer } from "./answer.ts";
import type { PlaceInText } from "./rules.ts";

/** One object. */
export function answerJson(label: string, answer: ExplainAnswer, amendment: Amendment | undefined): string {
  const { question, call, architectures, rules, notes, influences } = answer;
  return jsonReport({
    profile: label,
    syscall: question.name,
    call,
    architectures: architectures.map(({ calls, found, outcomes }) => ({
      architecture: calls.arch.name,
      number: calls.nr,
      outcomes: outcomes.map(({ verdict, condition, example, line, decidedBy }) => ({
        verdict,
        condition: condition,
        example,
        simulate: line,
        decidedBy: { what: decidedBy.what, ...placeOf(decidedBy) },
      })),
      cutShort: found.cutShort,
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
      outcomes: outcomes.map(({ verdict, condition }) => ({ verdict, condition: condition })),
    })),
    change:
      amendment === undefined
        ? undefined
        : {
            wanted: amendment.want,
            patch: amendment.patch,
            why: amendment.why,
            others: amendment.others,
          },
  });
}

function placeOf({ pointer, position, text }: PlaceInText) {
  return {
    pointer,
    line: position?.line,
    column: position?.column,
    text: text,
  };
}
