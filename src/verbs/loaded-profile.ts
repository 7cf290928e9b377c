/**
 * A profile that a verb was asked to look at: its text, what was read of it, and what is wrong with it.
 */

import { decodeBytes, isUtf8 } from "../bytes.ts";
import { type Diagnostic, InvalidInput, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { ExactReading } from "../load/exact-reading.ts";
import { MAX_FILE_SIZE } from "../load/files.ts";
import {
  checkRequestedDirectory,
  type Lookup,
  loadProfile,
  type ProfileText,
  requestedDirectory,
} from "../load/load-profile.ts";
import { kindOfBytes, notAProfile } from "../load/recognise.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import type { Values } from "../task/command-line.ts";
import type { RequestedDirectory } from "../task/operator.ts";
import type { PROFILE_DIR_OPTION } from "../task/options.ts";
import { checkReference } from "../task/request.ts";
import type { VerbHost } from "./output.ts";
import { locate, renderFinding, styleFor } from "./render.ts";
import { labelOf, readStream } from "./stream.ts";
import { asUsage } from "./verb.ts";

/** What there is to say of a profile, and what it is called. */
interface Looked {
  /** What to call it: its path, `builtin:NAME`, or "standard input". */
  readonly label: string;
  /** What is wrong so far: with the file, its JSON, its types, and what has to go together. */
  readonly diagnostics: readonly Diagnostic[];
  /** Knows the texts and where everything stands in them. */
  readonly reading: ExactReading;
}

/** A profile of which there is a text with JSON in it, valid or not. */
interface ReadableProfile extends Looked {
  readonly kind: "read";
  readonly profile: ProfileText;
  readonly read: ReadResult;
}

/** There is no text, or no JSON in it. */
interface UnreadableProfile extends Looked {
  readonly kind: "unreadable";
}

export type LoadedProfile = ReadableProfile | UnreadableProfile;

/** Who looks at a profile need not trust its owner, and has no use for filters of it. */
const UNBOUNDED: Lookup = { asRoot: false, operator: undefined, prepared: false };

/** What a verb was told of where profiles are looked up. */
export type LookupValues = Values<readonly [typeof PROFILE_DIR_OPTION]>;

/** Loads a profile by path, name or `builtin:NAME`, or from a pipe; whatever goes wrong with it is a diagnostic. */
export function loadForVerb(host: Host, reference: ByteString, options: LookupValues): LoadedProfile {
  const reading = new ExactReading(host.jsonPlaces);
  const directory = asUsage(() => directoryFor(host, reference, options));
  let profile: ProfileText | undefined;
  const label = (): string => profile?.label ?? labelOf(reference);
  try {
    profile = streamedProfile(host, reference) ?? loadProfile(host, reference, directory?.path, UNBOUNDED);
    const read = reading.readProfile(profile);
    return { kind: "read", label: label(), profile, read, diagnostics: read.diagnostics, reading };
  } catch (error) {
    if (error instanceof InvalidInput) {
      const { label, diagnostics } = recognised(host, error);
      return { kind: "unreadable", label, diagnostics, reading };
    }
    if (error instanceof Refusal) {
      return { kind: "unreadable", label: label(), diagnostics: [unreadable(error)], reading };
    }
    throw error;
  }
}

/**
 * The directory in which a name is looked up.
 *
 * @throws Refusal where the reference can be no profile's, or the directory means nothing
 */
function directoryFor(
  host: Host,
  reference: ByteString,
  { "--profile-dir": option }: LookupValues,
): RequestedDirectory | undefined {
  checkReference(reference, { name: "PROFILE", commandLine: true });
  const directory = requestedDirectory(host.env, option);
  if (directory !== undefined) {
    checkRequestedDirectory(directory, reference);
  }
  return directory;
}

/** Shows what is wrong with it, on standard error. */
export function sayFindings(
  host: VerbHost,
  { label, reading }: LoadedProfile,
  diagnostics: readonly Diagnostic[],
): void {
  const style = styleFor(host, 2);
  host.write(2, diagnostics.map((one) => renderFinding(locate(reading, label, one), style)).join(""));
}

function unreadable({ message, hint, misspelt }: Refusal): Diagnostic {
  return {
    code: "unreadable",
    severity: "error",
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(misspelt === undefined ? {} : { misspelt }),
  };
}

/** Says what a file is that is no text, where that can be told. */
export function recognised(host: Host, error: InvalidInput): InvalidInput {
  const { label, path } = error;
  const { bytes } = path === undefined ? {} : host.readBytes(path, MAX_FILE_SIZE);
  const kind = bytes === undefined ? undefined : kindOfBytes(bytes);
  return kind === undefined ? error : new InvalidInput(label, [notAProfile(kind)]);
}

/** A profile that comes through an open descriptor, as a pipe does; undefined where the operand names a file. */
function streamedProfile(host: Host, reference: ByteString): ProfileText | undefined {
  const bytes = readStream(host, reference, MAX_FILE_SIZE);
  if (bytes === undefined) {
    return undefined;
  }
  const label = labelOf(reference);
  const kind = isUtf8(bytes) ? undefined : (kindOfBytes(bytes) ?? NO_TEXT);
  if (kind !== undefined) {
    throw new InvalidInput(label, [notAProfile(kind)]);
  }
  return { text: decodeBytes(bytes), label, origin: { kind: "stream" } };
}

const NO_TEXT = { what: "no text in UTF-8", hint: "a profile is JSON, in UTF-8" };
