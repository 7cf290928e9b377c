/**
 * Reads the profile or the filter that a verb was given, as a policy or a program.
 */

import { checkProgram } from "../bpf/check.ts";
import { decodeProgram, INSTRUCTION_SIZE } from "../bpf/codec.ts";
import type { Program } from "../bpf/instruction.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import { MAX_FILE_SIZE } from "../load/files.ts";
import type { ProfileText } from "../load/load-profile.ts";
import { kindOfBrokenFilter } from "../load/recognise.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { ResolveResult } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import type { Profile } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import { loadForVerb, type MeaningValues, meaningOf, sayFindings } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { labelOf, readStream } from "./stream.ts";

/** A valid profile, and what it means. */
export interface LoadedMeaning {
  readonly label: string;
  readonly profile: Profile;
  /** The machine for which it was loaded. */
  readonly target: Target;
  /** Its text, and where it comes from. */
  readonly source: ProfileText;
  /** Knows the position of each value in the text. */
  readonly reading: ExactReading;
  /** Its policy there. */
  readonly policy: Policy;
  /**
   * Its policy on another one.
   *
   * @param some with only some of its rules; absent: the whole profile
   * @throws Refusal if it is invalid there: a word may matter to some callers only
   */
  on(target: Target, some?: Profile): Policy;
}

/**
 * Loads and resolves a profile, and reports its mistakes on standard error.
 *
 * @returns undefined if it is invalid
 */
export function loadPolicy(
  host: VerbHost,
  reference: ByteString,
  options: MeaningValues,
  target: Target,
): Policy | undefined {
  return loadMeaning(host, reference, options, target)?.policy;
}

/**
 * The same for verbs that resolve it for several machines.
 *
 * @param machine the first of them, which may depend on the architectures that the profile lists
 */
export function loadMeaning(
  host: VerbHost,
  reference: ByteString,
  options: MeaningValues,
  machine: Target | ((profile: Pick<Profile, "archMap" | "architectures">) => Target),
): LoadedMeaning | undefined {
  const loaded = loadForVerb(host, reference, options);
  if (loaded.kind === "unreadable") {
    sayFindings(host, loaded, loaded.diagnostics);
    return undefined;
  }
  const { read, label } = loaded;
  const resolved = (on: Target, draft = read.draft): ResolveResult =>
    readPolicy({ ...read, draft }, on, {
      ...meaningOf(options),
      // The verdicts are the same whoever listens.
      listenerNamed: true,
    });
  const target = typeof machine === "function" ? machine(read.draft ?? NO_ARCHITECTURES) : machine;
  const { policy, diagnostics } = resolved(target);
  sayFindings(host, loaded, diagnostics);
  return policy === undefined || read.profile === undefined
    ? undefined
    : {
        label,
        profile: read.profile,
        target,
        source: loaded.profile,
        reading: loaded.reading,
        policy,
        on: (other, some) => valid(label, resolved(other, some)),
      };
}

/** Of a profile that cannot be read. */
const NO_ARCHITECTURES = { archMap: undefined, architectures: undefined };

function valid(label: string, { policy, diagnostics }: ResolveResult): Policy {
  if (policy === undefined) {
    const mistake = diagnostics.find(({ severity }) => severity === "error");
    throw new Refusal(`${label}: ${mistake?.message ?? "the profile is not valid"}`, mistake?.hint);
  }
  return policy;
}

/** Maximum size of a raw filter, in bytes. */
const MAX_FILTER_SIZE = BPF_MAXINSNS * INSTRUCTION_SIZE;

/** Whether a verb's operand names a file with a filter rather than a profile. */
export function isFilterFile(reference: ByteString): boolean {
  return reference.endsWith(".bpf");
}

/**
 * Reads a filter: a sequence of struct sock_filter in the byte order of the target.
 *
 * @throws Refusal if it cannot be read or the kernel would reject it
 */
export function loadFilter(host: Host, path: ByteString, arch: Architecture): Program {
  const shown = labelOf(path);
  const bytes = readStream(host, path, MAX_FILE_SIZE) ?? readFilterFile(host, path);
  if (bytes.length > MAX_FILTER_SIZE) {
    throw notAFilter(shown, bytes) ?? tooLong(shown, bytes.length);
  }
  const program = decodeProgram(
    Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)),
    arch.bigEndian,
  );
  if (program === undefined) {
    const found = notAFilter(shown, bytes);
    if (found !== undefined) {
      throw found;
    }
    throw new Refusal(
      `${shown} has ${bytes.length} bytes, which is not a whole number of instructions`,
      `each has ${INSTRUCTION_SIZE} bytes`,
    );
  }
  const checked = checkProgram(program);
  if (checked.kind === "refused") {
    throw (
      notAFilter(shown, bytes) ??
      new Refusal(
        `${shown}: the kernel would reject this filter: ${checked.reason}`,
        `is it in the byte order of ${arch.name}? --arch names the machine that it is for`,
      )
    );
  }
  return program;
}

function readFilterFile(host: Host, path: ByteString): ByteString {
  const shown = labelOf(path);
  const { errno, bytes, size } = host.readBytes(path, MAX_FILE_SIZE);
  if (errno !== 0) {
    throw new Refusal(`${shown} cannot be read: ${host.errorMessage(errno)}`);
  }
  if (bytes === undefined) {
    throw size > MAX_FILE_SIZE ? tooLong(shown, size) : new Refusal(`${shown} is not a regular file`);
  }
  return bytes;
}

function tooLong(shown: string, size: number): Refusal {
  return new Refusal(
    `${shown} has ${size} bytes; the longest filter has ${MAX_FILTER_SIZE} (${BPF_MAXINSNS} instructions)`,
  );
}

/** The error for a file that is recognised as something other than a filter. */
function notAFilter(shown: string, bytes: ByteString): Refusal | undefined {
  const kind = kindOfBrokenFilter(bytes);
  return kind && new Refusal(`${shown} is ${kind.what}, not a raw filter`, kind.hint);
}
