/**
 * Reads texts exactly, keeps where everything stands in them, and says what is wrong with them.
 */

import { type Diagnostic, InvalidInput, type Position } from "../diagnostic.ts";
import { type JsonDocument, readJson } from "../profile/json.ts";
import { readProfile } from "../profile/read.ts";
import type { Reading } from "./launch.ts";

/** A {@link Reading} that loses nothing and remembers the texts that it has read. */
export class ExactReading implements Reading {
  private readonly documents = new Map<string, JsonDocument>();

  /** @param say takes the warnings about a text, by its label */
  constructor(private readonly say: (label: string, diagnostics: readonly Diagnostic[]) => void) {}

  readonly parseJson: Reading["parseJson"] = (text, label) => {
    const { value, oddNumbers } = this.document(text, label);
    if (oddNumbers.length > 0) {
      throw new InvalidInput(label, oddNumbers);
    }
    return value;
  };

  readonly readProfile: Reading["readProfile"] = ({ text, label }) => {
    const { value, exact, oddNumbers } = this.document(text, label);
    const { profile, diagnostics } = readProfile(value, exact);
    // Where a number should not stand at all, how it is written does not matter.
    const blamed = new Set(diagnostics.map(({ pointer }) => pointer));
    const odd = oddNumbers.filter(({ pointer }) => !blamed.has(pointer));
    return { profile: odd.length > 0 ? undefined : profile, diagnostics: [...diagnostics, ...odd] };
  };

  readonly warn: Reading["warn"] = ({ label }, diagnostics) => {
    this.say(label, diagnostics);
  };

  /** Where in the text of that label the diagnostic points to; undefined where it points nowhere. */
  position(label: string, diagnostic: Diagnostic): Position | undefined {
    const document = this.documents.get(label);
    if (diagnostic.position !== undefined || diagnostic.pointer === undefined || document === undefined) {
      return diagnostic.position;
    }
    return diagnostic.code === "unknown-key"
      ? document.locateKey(diagnostic.pointer)
      : document.locate(diagnostic.pointer);
  }

  private document(text: string, label: string): JsonDocument {
    const document = readJson(text);
    if (Array.isArray(document)) {
      throw new InvalidInput(label, document);
    }
    this.documents.set(label, document);
    return document;
  }
}
