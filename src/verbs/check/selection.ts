/**
 * Which findings of `check` are shown and counted: its `--only` and `--ignore`, and `--strict`.
 */

import { decodeBytes } from "../../bytes.ts";
import {
  DIAGNOSTIC_CODES,
  type Diagnostic,
  type DiagnosticCode,
  Refusal,
  type Weight,
} from "../../diagnostic.ts";
import type { ByteString } from "../../host.ts";
import { WEIGHTS, weightOf } from "../../lint/weights.ts";

/** A weight, or a code. */
type Word = Weight | DiagnosticCode;

export const SELECTION_OPTIONS = [
  {
    name: "--only",
    value: "WEIGHT|CODE[,...]",
    read: (value: ByteString) => readWords("--only", value, [...WEIGHTS, ...DIAGNOSTIC_CODES]),
    help: `report errors, and findings of these weights (${WEIGHTS.join(", ")}) and codes`,
  },
  {
    name: "--ignore",
    value: "CODE[,...]",
    read: (value: ByteString) => readWords("--ignore", value, DIAGNOSTIC_CODES),
    help: "do not report findings of these codes, unless they are errors",
  },
] as const;

/** @throws Refusal for a word that is not among those */
function readWords<W extends Word>(option: string, value: ByteString, among: readonly W[]): readonly W[] {
  return decodeBytes(value)
    .split(",")
    .map((word) => {
      const known = among.find((one) => one === word);
      if (known === undefined) {
        throw new Refusal(
          `${option}: '${word}' is no ${among.length > DIAGNOSTIC_CODES.length ? "weight and no code" : "code"} of a finding`,
          "docs/diagnostics.md lists them",
          {
            word,
            kind: "code",
            among,
          },
        );
      }
      return known;
    });
}

/** Whether a finding is to be reported: an error always is. */
export function isWanted(
  diagnostic: Diagnostic,
  only: readonly Word[] | undefined,
  ignored: readonly Word[] | undefined,
): boolean {
  const words: readonly Word[] = [diagnostic.code, weightOf(diagnostic)];
  return (
    diagnostic.severity === "error" ||
    ((only === undefined || words.some((word) => only.includes(word))) &&
      ignored?.includes(diagnostic.code) !== true)
  );
}

/** Whether a finding that is not accepted makes a profile fail: an error, and with `--strict` everything but remarks. */
export function fails(diagnostic: Diagnostic, strict: boolean): boolean {
  return strict ? weightOf(diagnostic) !== "remark" : diagnostic.severity === "error";
}
