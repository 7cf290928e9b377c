/**
 * Reads texts exactly, with positions and diagnostics.
 */

import {
  type Diagnostic,
  type DiagnosticCode,
  Findings,
  InvalidInput,
  type Position,
} from "../diagnostic.ts";
import type { JsonParser } from "../json-places.ts";
import { type JsonDocument, readJsonTolerantly, type TolerantReading } from "../profile/json.ts";
import type { LineTable } from "../profile/line-table.ts";
import { readProfile } from "../profile/read.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import { withoutBlamed } from "../profile/schema-errors.ts";
import type { ProfileText } from "./load-profile.ts";
import { kindOfBrokenText, kindOfValue, notAProfile } from "./recognise.ts";

/** Reads texts without loss, and keeps them to locate diagnostics. */
export class ExactReading {
  private readonly documents = new Map<string, JsonDocument>();
  private readonly lines = new Map<string, LineTable>();

  /** @param parse finds positions in a text */
  constructor(private readonly parse: JsonParser) {}

  /**
   * The value of a JSON text.
   *
   * @param label the text's name in messages
   * @throws InvalidInput if it is not JSON, or holds a number that is not written as an integer
   */
  parseJson(text: string, label: string): unknown {
    const document = this.document(text, label);
    const oddNumbers = document.oddNumbers("");
    if (oddNumbers.length > 0) {
      throw new InvalidInput(label, oddNumbers);
    }
    return document.value;
  }

  /**
   * Reads the text of a profile.
   *
   * @param parsed called after JSON parsing, before the profile is read
   * @throws InvalidInput if it is not JSON, or not a profile at all
   */
  readProfile({ text, label }: Pick<ProfileText, "text" | "label">, parsed = () => {}): ReadResult {
    const { document, problems } = this.tolerant(text, label);
    parsed();
    const kind = document === undefined ? kindOfBrokenText(text) : kindOfValue(document.value);
    if (kind !== undefined) {
      throw new InvalidInput(label, [notAProfile(kind)]);
    }
    if (document === undefined) {
      throw new InvalidInput(label, problems);
    }
    const { profile, draft, diagnostics } = readProfile(document.value, document.exact);
    const odd = new Map(document.oddNumbers(draft?.base ?? "").map((one) => [one.pointer, one]));
    // How a number is written matters only where the profile needs a number.
    const isOdd = (pointer = ""): boolean => odd.has(pointer) || document.isOdd(pointer);
    const others = diagnostics.filter(({ code, pointer }) => !(OF_SIZE.includes(code) && isOdd(pointer)));
    const mistakes = new Findings();
    for (const mistake of [...problems, ...withoutBlamed([...odd.values()], others)]) {
      mistakes.add(mistake);
    }
    return {
      profile: mistakes.failed ? undefined : profile,
      draft,
      diagnostics: [...mistakes.list, ...others],
    };
  }

  /** The position of a diagnostic in the text of that label; undefined if it has none. */
  position(label: string, diagnostic: Diagnostic): Position | undefined {
    const document = this.documents.get(label);
    if (diagnostic.position !== undefined || diagnostic.pointer === undefined || document === undefined) {
      return diagnostic.position;
    }
    return diagnostic.ofKey === true
      ? document.locateKey(diagnostic.pointer)
      : document.locate(diagnostic.pointer);
  }

  /** The position of a JSON pointer in the text of that label; undefined if it has none. */
  locate(label: string, pointer: string): Position | undefined {
    return this.documents.get(label)?.locate(pointer);
  }

  /** The JSON value of the whole text of that label. */
  value(label: string): unknown {
    return this.documents.get(label)?.value;
  }

  /** A line of the text of that label, without its line break; undefined if there is none. */
  line(label: string, line: number): string | undefined {
    return this.lines.get(label)?.line(line);
  }

  private tolerant(text: string, label: string): TolerantReading {
    const reading = readJsonTolerantly(text, this.parse);
    if (reading.document !== undefined) {
      this.documents.set(label, reading.document);
    }
    this.lines.set(label, reading.lines);
    return reading;
  }

  private document(text: string, label: string): JsonDocument {
    const { document, problems } = this.tolerant(text, label);
    if (document === undefined || problems.length > 0) {
      throw new InvalidInput(label, problems);
    }
    return document;
  }
}

/** The diagnostics about the size of numbers, or that they are not integers. */
const OF_SIZE: readonly DiagnosticCode[] = [
  "errno-range",
  "inexact-number",
  "json-not-an-integer",
  "out-of-range",
  "value-range",
];
