/**
 * Reads the text of a definition, JSON or YAML.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import type { JsonParser } from "../../json-places.ts";
import type { LineTable } from "../../profile/line-table.ts";
import type { Value } from "../value.ts";
import { readJsonText } from "./json.ts";
import { readYamlText } from "./yaml.ts";

export interface ReadText {
  /** The documents; JSON has one. None if the text has mistakes. */
  readonly roots: readonly Value[];
  /** Errors only. */
  readonly problems: readonly Diagnostic[];
  readonly lines: LineTable;
}

/** Reads a text: what begins with a bracket is JSON. */
export function readText(text: string, parse: JsonParser): ReadText {
  return /^\ufeff?\s*(?:[[{]|$)/.test(text) ? readJsonText(text, parse) : readYamlText(text);
}
