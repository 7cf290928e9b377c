/**
 * A profile that a verb was given: its text, what was read from it, and its mistakes.
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
import type { ResolveOptions } from "../policy/resolve.ts";
import type { ReadResult } from "../profile/read-typed.ts";
import { readYaml } from "../profile/yaml.ts";
import type { Values } from "../task/command-line.ts";
import type { RequestedDirectory } from "../task/operator.ts";
import type { PROFILE_DIR_OPTION, UNKNOWN_SYSCALLS_OPTION, WIDE_ARGUMENTS_OPTION } from "../task/options.ts";
import { checkReference } from "../task/request.ts";
import type { VerbHost } from "./output.ts";
import { locate, renderFinding, styleFor } from "./render.ts";
import { labelOf, readStream } from "./stream.ts";
import { asUsage } from "./verb.ts";

/** The diagnostics of a profile, and its name in messages. */
interface Looked {
  /** Its path, `builtin:NAME`, or "standard input". */
  readonly label: string;
  /** The mistakes found so far: in the file, its JSON, its types and their combination. */
  readonly diagnostics: readonly Diagnostic[];
  /** Knows the texts and the position of each value in them. */
  readonly reading: ExactReading;
}

/** A profile whose text is JSON, valid or not. */
interface ReadableProfile extends Looked {
  readonly kind: "read";
  readonly profile: ProfileText;
  readonly read: ReadResult;
}

/** There is no text, or it is not JSON. */
interface UnreadableProfile extends Looked {
  readonly kind: "unreadable";
}

export type LoadedProfile = ReadableProfile | UnreadableProfile;

/** A verb that only shows a profile need not trust its owner, and does not use prepared filters. */
const UNBOUNDED: Lookup = { asRoot: false, operator: undefined, prepared: false };

/** The options that decide where profiles are looked up. */
export type LookupValues = Values<readonly [typeof PROFILE_DIR_OPTION]>;

/** The options about the meaning of a profile. */
export type MeaningValues = LookupValues &
  Values<readonly [typeof WIDE_ARGUMENTS_OPTION, typeof UNKNOWN_SYSCALLS_OPTION]>;

/** What the options say about the meaning: by default that of a launch. */
export function meaningOf(
  options: Omit<MeaningValues, "--profile-dir">,
): Required<Pick<ResolveOptions, "unknownSyscalls" | "wideArguments">> {
  return {
    unknownSyscalls: options["--unknown-syscalls"] ?? "enosys",
    wideArguments: options["--wide-arguments"],
  };
}

/** Loads a profile by path, name or `builtin:NAME`, or from a pipe. Every failure is a diagnostic. */
export function loadForVerb(host: Host, reference: ByteString, options: LookupValues): LoadedProfile {
  const reading = new ExactReading(host.jsonPlaces, readYaml);
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
 * @throws Refusal if the reference can name no profile, or the directory has no effect on it
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

/** Prints the mistakes on standard error. */
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

/** Replaces the mistakes of a file that is recognised as something other than text by one that names what it is. */
export function recognised(host: Host, error: InvalidInput): InvalidInput {
  const { label, path } = error;
  const { bytes } = path === undefined ? {} : host.readBytes(path, MAX_FILE_SIZE);
  const kind = bytes === undefined ? undefined : kindOfBytes(bytes);
  return kind === undefined ? error : new InvalidInput(label, [notAProfile(kind)]);
}

/** A profile read from an open descriptor, such as a pipe; undefined if the operand names a file. */
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
