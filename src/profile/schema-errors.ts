/**
 * Turns a JSON Schema validator's errors into diagnostics, and repairs the value so that the rest can be checked.
 */

import type { ErrorObject } from "ajv";
import { type Diagnostic, MAX_DIAGNOSTICS, notTold } from "../diagnostic.ts";
import type { ExactNumbers } from "./json.ts";
import { pointerTo, pointerTokens } from "./pointer.ts";

/**
 * Turns a validator's errors into diagnostics, the first {@link MAX_DIAGNOSTICS} of them.
 *
 * @param value what was validated; `base` is its JSON pointer
 * @param exact integers that are rounded in `value`, by JSON pointer in the document
 */
export function schemaDiagnostics(
  errors: readonly ErrorObject[],
  value: unknown,
  base: string,
  exact?: ExactNumbers,
): Diagnostic[] {
  const told = errors.slice(0, MAX_DIAGNOSTICS).map((error) => {
    const found = exact?.get(pointerTokens(base + error.instancePath)) ?? valueAt(value, error.instancePath);
    return describe(error, found, base);
  });
  return errors.length > told.length ? [...told, notTold("error")] : told;
}

/** A validator as ajv compiles it. */
interface Validate {
  (value: unknown): boolean;
  errors: readonly ErrorObject[] | null;
}

/** Maximum number of rounds: one for each level at which a replacement may itself lack something. */
const MAX_ROUNDS = 5;

/**
 * A copy of the value in which everything that the validator rejects is replaced by a valid value; undefined if that does
 * not succeed.
 */
export function repair(value: unknown, validate: Validate): unknown {
  const holder = { whole: JSON.parse(JSON.stringify(value)) as unknown };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (validate(holder.whole)) {
      return holder.whole;
    }
    for (const error of validate.errors ?? []) {
      put(holder, error);
    }
  }
  return undefined;
}

function put(holder: { readonly whole: unknown }, error: ErrorObject): void {
  const path = ["whole", ...pointerTokens(error.instancePath)];
  if (error.keyword === "required") {
    path.push(String(error.params["missingProperty"]));
  }
  const last = path.pop() as string;
  const parent = path.reduce<unknown>((at, token) => (at as Record<string, unknown> | null)?.[token], holder);
  // Its parent may have been replaced already.
  if (typeof parent === "object" && parent !== null) {
    (parent as Record<string, unknown>)[last] = substitute(error);
  }
}

/** A valid value for the place of an error. */
function substitute({ keyword, params }: ErrorObject): unknown {
  switch (keyword) {
    case "type": {
      const types = typesOf(params["type"]);
      return types.includes("null") ? null : EMPTY[types[0] ?? ""];
    }
    case "enum":
      return params["allowedValues"][0];
    case "required":
      return REQUIRED[params["missingProperty"] as string];
    case "minimum":
    case "maximum":
      return params["limit"];
    default:
      return null;
  }
}

const EMPTY: Record<string, unknown> = { object: {}, string: "", integer: 0, boolean: false };

/** Values for missing keys that the schema requires. */
const REQUIRED: Record<string, unknown> = {
  defaultAction: "SCMP_ACT_ALLOW",
  action: "SCMP_ACT_ALLOW",
  architecture: "SCMP_ARCH_X86_64",
  index: 0,
  value: 0,
  op: "SCMP_CMP_EQ",
};

/**
 * Drops diagnostics of values that have an error already, and of their contents: they may be about the replacement.
 */
export function withoutBlamed(
  diagnostics: readonly Diagnostic[],
  blaming: readonly Diagnostic[],
): Diagnostic[] {
  const blamed = new Set<string>();
  for (const { code, severity, pointer } of blaming) {
    if (severity === "error" && code !== "missing-key" && pointer !== undefined) {
      blamed.add(pointer);
    }
  }
  return diagnostics.filter(({ code, pointer }) => {
    if (code === "no-names" && (blamed.has(`${pointer}/names`) || blamed.has(`${pointer}/name`))) {
      return false;
    }
    for (let at = pointer ?? ""; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      if (blamed.has(at)) {
        return false;
      }
    }
    return !blamed.has("");
  });
}

function describe(error: ErrorObject, found: unknown, base: string): Diagnostic {
  const pointer = base + error.instancePath;
  const subject = subjectOf(error.instancePath, base);
  switch (error.keyword) {
    case "type": {
      if (typesOf(error.params["type"]).includes("integer") && typeof found === "number") {
        return notAnInteger(found, pointer);
      }
      const hint = typeHint(typesOf(error.params["type"]), found, error.instancePath);
      return {
        code: "wrong-type",
        severity: "error",
        message: `${subject} must be ${typeNames(error.params["type"])}, not ${typeOf(found)}`,
        pointer,
        ...(hint === undefined ? {} : { hint }),
      };
    }
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
      const known = `known are ${allowed.join(", ")}`;
      const isDenial = kind === "action" && /DENY|BLOCK|REJECT|FORBID|DROP/i.test(String(found));
      const hint = isDenial ? `a call is denied by SCMP_ACT_ERRNO; ${known}` : known;
      return typeof found === "string"
        ? {
            code: `unknown-${kind}`,
            severity: "error",
            message: `unknown ${kind} '${found}'`,
            hint,
            pointer,
            misspelt: { word: found, kind },
          }
        : {
            code: "wrong-type",
            severity: "error",
            message: `${subject} must be a string, not ${typeOf(found)}`,
            hint,
            pointer,
          };
    }
    case "minimum":
    case "maximum":
      return {
        code: "out-of-range",
        severity: "error",
        message: `${subject} must be ${error.params["comparison"] === ">=" ? "at least" : "at most"} ${error.params["limit"]}, not ${found}`,
        pointer,
        ...(/\/value(Two)?$/.test(pointer)
          ? {
              hint: "arguments are unsigned: -1 is 18446744073709551615, or 4294967295 where the call takes an int",
            }
          : {}),
      };
    case "additionalProperties":
      return {
        code: "unknown-key",
        severity: "error",
        message: `unknown key '${error.params["additionalProperty"]}'`,
        pointer: pointerTo(pointer, String(error.params["additionalProperty"])),
        ofKey: true,
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

/** A name for the value at that pointer: "'args'", "an entry of 'names'", "the profile". */
function subjectOf(pointer: string, base: string): string {
  const tokens = pointer.split("/").slice(1);
  const last = tokens[tokens.length - 1];
  if (last === undefined) {
    return base === "" ? "the file" : `the profile at ${base.slice(1).replaceAll("/", ".")}`;
  }
  return isIndex(last) ? `an entry of '${tokens[tokens.length - 2] ?? ""}'` : `'${last}'`;
}

function notAnInteger(found: number, pointer: string): Diagnostic {
  return { code: "json-not-an-integer", severity: "error", message: `${found} is not an integer`, pointer };
}

/** What to write in place of a value of the wrong type. */
function typeHint(types: readonly string[], found: unknown, path: string): string | undefined {
  if (types.includes("integer") && typeof found === "string" && /^(\d+|0x[\da-f]+)$/i.test(found)) {
    return `write ${BigInt(found)}, without quotes`;
  }
  const key = /\/(errno|defaultErrno)$/.exec(path)?.[1];
  if (key !== undefined && Number.isInteger(found)) {
    return `write "${key}Ret": ${found}; '${key}' takes a name such as "EPERM"`;
  }
  if (path.endsWith("/minKernel") && typeof found === "number") {
    return `write "${found}": as a number 4.10 would be 4.1`;
  }
  return undefined;
}

function isIndex(token: string): boolean {
  return token !== "" && !Number.isNaN(Number(token));
}

/** The types in ajv's parameters: a list, or words separated by commas. */
function typesOf(type: unknown): readonly string[] {
  return Array.isArray(type) ? type : String(type).split(",");
}

function typeNames(type: unknown): string {
  const words = typesOf(type).filter((word) => word !== "null");
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
  if (typeof value === "number" || typeof value === "bigint") {
    return Number.isInteger(Number(value)) ? "a number" : String(value);
  }
  return ARTICLES[Array.isArray(value) ? "array" : typeof value] ?? typeof value;
}

function enumKind(example: string): "action" | "operator" | "flag" {
  return example.startsWith("SCMP_ACT_") ? "action" : example.startsWith("SCMP_CMP_") ? "operator" : "flag";
}

function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const token of pointerTokens(pointer)) {
    at = (at as Record<string, unknown> | null | undefined)?.[token];
  }
  return at;
}
