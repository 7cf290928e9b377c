/**
 * Says in plain words what a JSON Schema validator found.
 */

import type { ErrorObject } from "ajv";
import type { Diagnostic, WordKind } from "../diagnostic.ts";
import { pointerTo } from "./pointer.ts";

/** Turns a validator's errors into diagnostics; `value` is what was validated and stands at `base` (JSON pointer). */
export function schemaDiagnostics(
  errors: readonly ErrorObject[],
  value: unknown,
  base: string,
): Diagnostic[] {
  return errors.map((error) => describe(error, valueAt(value, error.instancePath), base));
}

function describe(error: ErrorObject, found: unknown, base: string): Diagnostic {
  const pointer = base + error.instancePath;
  const subject = subjectOf(error.instancePath);
  switch (error.keyword) {
    case "type":
      return {
        code: "wrong-type",
        severity: "error",
        message: `${subject} has to be ${typeNames(error.params["type"])}, not ${typeOf(found)}`,
        pointer,
      };
    case "required":
      return {
        code: "missing-key",
        severity: "error",
        message: `${subject} lacks '${error.params["missingProperty"]}'`,
        pointer,
      };
    case "enum": {
      const allowed = error.params["allowedValues"] as readonly string[];
      const kind = enumKind(allowed[0] ?? "");
      return {
        code: `unknown-${kind}`,
        severity: "error",
        message:
          typeof found === "string"
            ? `unknown ${kind} '${found}'`
            : `${subject} has to be a string, not ${typeOf(found)}`,
        hint: `known are ${allowed.join(", ")}`,
        pointer,
        ...(typeof found === "string" ? { misspelt: { word: found, kind } } : {}),
      };
    }
    case "minimum":
    case "maximum":
      return {
        code: "out-of-range",
        severity: "error",
        message: `${subject} has to be ${error.params["comparison"] === ">=" ? "at least" : "at most"} ${error.params["limit"]}, not ${found}`,
        pointer,
      };
    case "additionalProperties":
      return {
        code: "unknown-key",
        severity: "error",
        message: `unknown key '${error.params["additionalProperty"]}'`,
        pointer: pointerTo(pointer, String(error.params["additionalProperty"])),
        misspelt: { word: String(error.params["additionalProperty"]), kind: "policy key" },
      };
    default:
      return {
        code: "schema",
        severity: "error",
        message: `${subject} is not valid (${error.keyword})`,
        pointer,
      };
  }
}

/** What a person calls the value at that pointer: "'args'", "an entry of 'names'", "the profile". */
function subjectOf(pointer: string): string {
  const tokens = pointer.split("/").slice(1);
  const last = tokens[tokens.length - 1];
  if (last === undefined) {
    return "the file";
  }
  return isIndex(last) ? `an entry of '${tokens[tokens.length - 2] ?? ""}'` : `'${last}'`;
}

function isIndex(token: string): boolean {
  return token !== "" && !Number.isNaN(Number(token));
}

function typeNames(type: unknown): string {
  const words = (Array.isArray(type) ? type : String(type).split(",")).filter((word) => word !== "null");
  return words.map((word) => ARTICLES[word] ?? word).join(" or ");
}

const ARTICLES: Record<string, string> = {
  array: "an array",
  object: "an object",
  integer: "an integer",
  string: "a string",
  boolean: "true or false",
};

function typeOf(value: unknown): string {
  if (value === null || typeof value === "boolean") {
    return String(value);
  }
  if (typeof value === "number") {
    return "a number";
  }
  return ARTICLES[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

function enumKind(example: string): WordKind {
  return example.startsWith("SCMP_ACT_") ? "action" : example.startsWith("SCMP_CMP_") ? "operator" : "flag";
}

function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const token of pointer.split("/").slice(1)) {
    at = (at as Record<string, unknown> | null | undefined)?.[token];
  }
  return at;
}
