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
import { isSeccompiler, readSeccompiler } from "../profile/seccompiler.ts";
import type { ProfileText } from "./load-profile.ts";
import { isYamlProfile, kindOfBrokenText, kindOfValue, notAProfile } from "./recognise.ts";

/** Reads a YAML text; the auditor's bundle has none, since it is large. */
export type YamlReader = (text: string) => TolerantReading;

/** Reads texts without loss, and keeps them to locate diagnostics. */
export class ExactReading {
  private readonly documents = new Map<string, ReadDocument>();
  private readonly lines = new Map<string, LineTable>();

  /**
   * @param parse finds positions in a text
   * @param readYaml reads a profile in YAML; undefined: there is never one
   */
  constructor(
    private readonly parse: JsonParser,
    private readonly readYaml: YamlReader | undefined,
  ) {}

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
   * @param parsed called after parsing, before the profile is read
   * @throws InvalidInput if it is neither JSON nor YAML, or not a profile at all
   */
  readProfile(profileText: ReadableText, parsed = () => {}): ReadResult {
    const { text, label, part } = profileText;
    const yaml = isYamlProfile(text) ? this.readYaml : undefined;
    const { document, problems } = this.keep(label, yaml?.(text) ?? readJsonTolerantly(text, this.parse));
    parsed();
    const kind =
      document !== undefined
        ? kindOfValue(document.value)
        : yaml === undefined
          ? kindOfBrokenText(text)
          : undefined;
    if (kind !== undefined) {
      throw new InvalidInput(label, [notAProfile(kind)]);
    }
    if (document === undefined) {
      throw new InvalidInput(label, problems);
    }
    if (isSeccompiler(document.value)) {
      return this.seccompiler(document, problems, profileText);
    }
    if (part !== undefined) {
      throw new InvalidInput(label, [noParts(part)]);
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
    const { document } = this.documents.get(label) ?? {};
    if (diagnostic.position !== undefined || diagnostic.pointer === undefined || document === undefined) {
      return diagnostic.position;
    }
    const pointer = this.pointer(label, diagnostic.pointer);
    return diagnostic.ofKey === true ? document.locateKey(pointer) : document.locate(pointer);
  }

  /** The position of a JSON pointer in the text of that label; undefined if it has none. */
  locate(label: string, pointer: string): Position | undefined {
    return this.documents.get(label)?.document.locate(this.pointer(label, pointer));
  }

  /** The JSON pointer, in the text of that label, of what is at a JSON pointer of its {@link value}. */
  pointer(label: string, pointer: string): string {
    return this.documents.get(label)?.placeOf?.(pointer) ?? pointer;
  }

  /** The JSON value of the whole text of that label; of a seccompiler file, as a profile in Docker's form. */
  value(label: string): unknown {
    const read = this.documents.get(label);
    return read?.raw ?? read?.document.value;
  }

  /** A line of the text of that label, without its line break; undefined if there is none. */
  line(label: string, line: number): string | undefined {
    return this.lines.get(label)?.line(line);
  }

  private seccompiler(
    document: JsonDocument,
    problems: readonly Diagnostic[],
    { label, part }: ReadableText,
  ): ReadResult {
    const { profile, draft, diagnostics, raw, placeOf } = readSeccompiler(document, part);
    const all = [...problems, ...diagnostics];
    if (profile === undefined || problems.length > 0) {
      return { profile: undefined, draft, diagnostics: all };
    }
    // From here on all pointers are those of the profile.
    this.documents.set(label, { document, raw, placeOf });
    return { profile, draft: profile, diagnostics: all };
  }

  private keep(label: string, reading: TolerantReading): TolerantReading {
    if (reading.document !== undefined) {
      this.documents.set(label, { document: reading.document });
    }
    this.lines.set(label, reading.lines);
    return reading;
  }

  private document(text: string, label: string): JsonDocument {
    const { document, problems } = this.keep(label, readJsonTolerantly(text, this.parse));
    if (document === undefined || problems.length > 0) {
      throw new InvalidInput(label, problems);
    }
    return document;
  }
}

/** What is read of a profile's text. */
type ReadableText = Pick<ProfileText, "text" | "label" | "part">;

/** A text that was read. */
interface ReadDocument {
  readonly document: JsonDocument;
  /** If the profile has another form than the text: its value in Docker's form, and where its parts are in the text. */
  readonly raw?: unknown;
  readonly placeOf?: (pointer: string) => string;
}

function noParts(part: string): Diagnostic {
  return {
    code: "missing-key",
    severity: "error",
    message: `there is no filter '${part}': the file is one profile`,
    hint: `only the filters of a seccompiler file have names; leave out #${part}`,
    position: { line: 1, column: 1 },
  };
}

/** The diagnostics about the size of numbers, or that they are not integers. */
const OF_SIZE: readonly DiagnosticCode[] = [
  "errno-range",
  "inexact-number",
  "json-not-an-integer",
  "out-of-range",
  "value-range",
];
