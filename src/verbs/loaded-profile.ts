/**
 * A profile that a verb was asked to look at: its text, what was read of it, and what is wrong with it.
 */

import { decodeBytes } from "../bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { ExactReading } from "../launch/exact-reading.ts";
import {
  checkRequestedDirectory,
  type Lookup,
  loadProfile,
  type ProfileText,
  requestedDirectory,
} from "../launch/select.ts";
import type { ReadResult } from "../profile/read.ts";
import { checkReference } from "../task/request.ts";
import type { VerbHost } from "./output.ts";
import { place, renderFinding, styleFor } from "./render.ts";
import { readingOptions, type VerbArguments } from "./verb.ts";

export interface LoadedProfile {
  /** What to call it: its path, or `builtin:NAME`. */
  readonly label: string;
  /** Undefined where there is no text. */
  readonly profile: ProfileText | undefined;
  /** Undefined where there is no text, or no JSON in it. */
  readonly read: ReadResult | undefined;
  /** What is wrong so far: with the file, its JSON, its types, and what has to go together. */
  readonly diagnostics: readonly Diagnostic[];
  /** Knows the texts and where everything stands in them. */
  readonly reading: ExactReading;
}

/** Who looks at a profile need not trust its owner, and has no use for filters of it. */
const UNBOUNDED: Lookup = { asRoot: false, operator: undefined, prepared: false };

/** Loads a profile by path, name or `builtin:NAME`; whatever goes wrong with it is a diagnostic. */
export function loadForVerb(host: Host, reference: ByteString, { options }: VerbArguments): LoadedProfile {
  const reading = new ExactReading();
  const source = { name: "PROFILE", commandLine: true };
  readingOptions(() => checkReference(reference, source));
  const directory = readingOptions(() => requestedDirectory(host.env, options));
  if (directory !== undefined) {
    readingOptions(() => checkRequestedDirectory(directory, reference));
  }
  let profile: ProfileText | undefined;
  const label = (): string => profile?.label ?? decodeBytes(reference);
  try {
    profile = loadProfile(host, reference, directory?.path, UNBOUNDED);
    const read = reading.readProfile(profile);
    return { label: label(), profile, read, diagnostics: read.diagnostics, reading };
  } catch (error) {
    if (error instanceof InvalidInput) {
      return { label: error.label, profile, read: undefined, diagnostics: error.diagnostics, reading };
    }
    if (error instanceof Refusal) {
      return { label: label(), profile, read: undefined, diagnostics: [unreadable(error)], reading };
    }
    throw error;
  }
}

/** Shows what is wrong with it, on standard error. */
export function sayFindings(
  host: VerbHost,
  { label, reading }: LoadedProfile,
  diagnostics: readonly Diagnostic[],
): void {
  const style = styleFor(host, 2);
  host.write(2, diagnostics.map((one) => renderFinding(place(reading, label, one), style)).join(""));
}

function unreadable({ message, hint }: Refusal): Diagnostic {
  return { code: "unreadable", severity: "error", message, ...(hint === undefined ? {} : { hint }) };
}
