/**
 * Prepared filters, which were compiled beforehand: their file format, and the machines they serve.
 *
 * A file has a line with the checksum of the next line and of the programs, a line of JSON that describes the filters, a
 * copy of the profile's text, and a line for each program. (Programs as JSON, or a digest instead of the text, would
 * take longer to read than all the rest.)
 *
 * It is next to the profile and as safe as the profile: a user who could replace the filter could also replace the
 * profile. It is used only if the profile's text equals its copy, and only by the compiler that made it.
 */

import type { Program } from "../bpf/instruction.ts";
import type { Host } from "../host.ts";
import type { Listener } from "../policy/policy.ts";
import type { ResolveOptions } from "../policy/resolve.ts";
import {
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} from "../tables/seccomp.ts";
import type { Machine } from "./target.ts";
import { type Usable, unusable, usable } from "./usable.ts";

/** The answer of a prepared filter to a call newer than the profile: the default of `--unknown-syscalls`. */
export const PREPARED_FOR: ResolveOptions["unknownSyscalls"] = "enosys";

/** A filter for some machines. */
export interface PreparedFilter {
  readonly kind: "prepared";
  /** The held ones of the capabilities that matter: bit n is the capability with number n, in hexadecimal digits. */
  readonly held: string;
  /** The kernels (major * 256 + minor) from the first up to the second, exclusive; null: no end. */
  readonly kernels: readonly [from: number, end: number | null];
  /** SECCOMP_FILTER_FLAG_*, as of `Policy`. */
  readonly flags: number;
  readonly optionalFlags: number;
  /** `Policy.listener` */
  readonly listener: Listener | undefined;
  /** What a launch says of the profile, as it would if it compiled the profile; absent: nothing. */
  readonly said?: readonly Saying[];
  /** The program, sixteen hexadecimal digits an instruction: four of code, two of jt, two of jf, eight of k. */
  readonly hex: string;
}

/** A warning about a profile. The file is in the directory of the profile, which may have another name then, so the label is left out. */
export interface Saying {
  /** `LINE:COLUMN`; absent: it has no place. */
  readonly at?: string;
  readonly message: string;
  readonly hint?: string;
  /** Whether it is said under `--verbose` only. */
  readonly verbose?: true;
}

/** The filters of one profile for machines of one architecture. */
export interface PreparedFilters {
  readonly arch: string;
  /** The capabilities that the profile mentions, in hexadecimal digits; others do not matter. */
  readonly capabilities: string;
  /** Whether conditions compare 64 bits of every argument (`Policy.wideArguments`). */
  readonly wideArguments: boolean;
  readonly filters: readonly PreparedFilter[];
}

/** The line that describes the filters. */
interface Head extends Omit<PreparedFilters, "filters"> {
  /** {@link Host.compilerDigest} of the program that made it. */
  readonly compiler: string;
  /** UTF-16 units of the profile's text. */
  readonly length: number;
  /** The number of digits in the line of each program. */
  readonly filters: readonly (Omit<PreparedFilter, "kind" | "hex"> & { readonly digits: number })[];
}

/** The suffix that a profile's filters add to its name. */
export function preparedSuffix(arch: string): string {
  return `.${arch}${SUFFIX}`;
}

/** Whether a file holds prepared filters, by its name. */
export function isPreparedPath(path: string): boolean {
  return path.endsWith(SUFFIX);
}

const SUFFIX = ".filters";

/** Digits of an instruction in a {@link PreparedFilter}. */
export const DIGITS = 16;

/** Digits of each of its four numbers. */
const WIDTHS = [4, 2, 2, 8];

/** The first digits of an instruction that returns a verdict. */
const RETURN = "00060000";

/** A program as written in a file. */
export function programToHex(program: Program): string {
  return program.map((number, i) => number.toString(16).padStart(WIDTHS[i % 4] ?? 0, "0")).join("");
}

/** The program of a file's digits. */
export function hexToProgram(hex: string): Program {
  const program: number[] = [];
  let at = 0;
  while (at < hex.length) {
    for (const width of WIDTHS) {
      program.push(Number.parseInt(hex.slice(at, at + width), 16));
      at += width;
    }
  }
  return program;
}

/**
 * The digits of the program in which other verdicts are returned.
 *
 * @param changed the verdict in place of one, or the same one
 */
export function hexReturning(hex: string, changed: (verdict: number) => number): string {
  const width = WIDTHS[3] as number;
  let text = "";
  let done = 0;
  // Far quicker than to read each instruction, since few return.
  for (let at = hex.indexOf(RETURN); at >= 0; at = hex.indexOf(RETURN, at + 1)) {
    if (at % DIGITS === 0) {
      const end = at + DIGITS;
      const verdict = Number.parseInt(hex.slice(end - width, end), 16);
      text += hex.slice(done, end - width) + changed(verdict).toString(16).padStart(width, "0");
      done = end;
    }
  }
  return text + hex.slice(done);
}

/** For checks that a file is intact and made by this program: the filter of another compiler may mean something else. */
type Checks = Pick<Host, "adler32" | "compilerDigest">;

/** The text of a file. */
export function formatPrepared(host: Checks, profile: string, { filters, ...rest }: PreparedFilters): string {
  const uses = filters.map(({ kind, hex, ...use }) => ({ digits: hex.length, ...use }));
  const head: Head = { compiler: host.compilerDigest, length: profile.length, ...rest, filters: uses };
  const line = `${JSON.stringify(head)}\n`;
  const programs = filters.map(({ hex }) => `${hex}\n`).join("");
  return `${host.adler32(line + programs)}\n${line}${profile}${programs}`;
}

/**
 * Reads the text of a file.
 *
 * @param profile the text of the wanted profile
 */
export function readPrepared(host: Checks, file: string, profile: string): Usable<PreparedFilters> {
  const start = file.indexOf("\n") + 1;
  const middle = file.indexOf("\n", start) + 1;
  const line = file.slice(start, middle);
  const head = parsed(line);
  if (head === undefined) {
    return unusable("it is damaged");
  }
  if (head.compiler !== host.compilerDigest) {
    return unusable("another version of seccomp-exec made it");
  }
  const end = middle + profile.length;
  if (head.length !== profile.length || file.slice(middle, end) !== profile) {
    return unusable("it was made from another text of the profile");
  }
  const programs = file.slice(end);
  if (String(host.adler32(line + programs)) !== file.slice(0, start - 1)) {
    return unusable("it is damaged");
  }
  let at = 0;
  const filters: PreparedFilter[] = [];
  for (const { digits, ...use } of head.filters) {
    const hex = programs.slice(at, at + digits);
    at += digits + 1;
    const flags = use.flags | use.optionalFlags;
    const whole = digits > 0 && digits % DIGITS === 0 && hex.length === digits && programs[at - 1] === "\n";
    if (!whole || (flags & ~FLAGS) !== 0 || !hasListener(use) || !isSayable(use.said)) {
      return unusable("it is damaged");
    }
    filters.push({ ...use, kind: "prepared", hex });
  }
  return at === programs.length ? usable({ ...head, filters }) : unusable("it is damaged");
}

/** The flags that a profile can ask for and a launch can set. */
const FLAGS =
  SECCOMP_FILTER_FLAG_TSYNC |
  SECCOMP_FILTER_FLAG_LOG |
  SECCOMP_FILTER_FLAG_SPEC_ALLOW |
  SECCOMP_FILTER_FLAG_NEW_LISTENER |
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

/** Whether a filter has a listener where its flags say so. */
function hasListener({ flags, listener }: Pick<PreparedFilter, "flags" | "listener">): boolean {
  const notifies = (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) !== 0;
  const { path, metadata } = listener ?? {};
  return notifies === (listener !== undefined) && [path, metadata].every(isTextOrAbsent);
}

/** Whether a list of sayings, if there is one, holds nothing else. */
function isSayable(said: unknown): boolean {
  return (
    said === undefined ||
    (Array.isArray(said) &&
      said.every(
        (one: Saying | null) =>
          typeof one?.message === "string" && isTextOrAbsent(one.at) && isTextOrAbsent(one.hint),
      ))
  );
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

/** The head, with the checks that reading needs; undefined if it is malformed. */
function parsed(line: string): Head | undefined {
  try {
    const head = JSON.parse(line) as Head | null;
    return Array.isArray(head?.filters) ? (head as Head) : undefined;
  } catch {
    return undefined;
  }
}

/** The filter for a machine and a caller; undefined if there is none for these. */
export function filterFor(
  { arch, capabilities, filters }: PreparedFilters,
  machine: Machine,
): PreparedFilter | undefined {
  if (arch !== machine.arch) {
    return undefined;
  }
  const held = (machine.caps & BigInt(`0x${capabilities}`)).toString(16);
  for (const filter of filters) {
    const [from, end] = filter.kernels;
    if (filter.held === held && from <= machine.kernel && (end === null || machine.kernel < end)) {
      return filter;
    }
  }
  return undefined;
}
