/**
 * Filters that were compiled beforehand: what they look like in a file, and for which machines they do.
 *
 * The file has two lines: the digest of the second, and that one, which is JSON. It stands beside the profile, as safe from
 * others as the profile itself: whoever could put another filter there could as well put another profile there. It says of
 * which text it was made and by which compiler, and is used for no other.
 */

import type { Program } from "../bpf/instruction.ts";
import type { Host } from "../host.ts";
import type { ResolveOptions } from "../policy/resolve.ts";
import type { Machine } from "./target.ts";

/** What a call younger than the profile gets from a prepared filter: it is made for launches that do not say. */
export const PREPARED_FOR: ResolveOptions["unknownSyscalls"] = "enosys";

/** A filter for some machines. */
export interface PreparedFilter {
  /** Which of the capabilities that matter are held: bit n is the capability with number n, in hexadecimal digits. */
  readonly held: string;
  /** The kernels (major * 256 + minor) from the first up to the second, which is not one of them; null: there is no end. */
  readonly kernels: readonly [from: number, end: number | null];
  /** SECCOMP_FILTER_FLAG_*, as of `Policy`. */
  readonly flags: number;
  readonly optionalFlags: number;
  /** Sixteen hexadecimal digits an instruction: four of code, two of jt, two of jf, eight of k. */
  readonly program: string;
}

/** The filters of one profile for machines of one architecture. */
export interface PreparedFilters {
  readonly arch: string;
  /** The capabilities that the profile speaks of, in hexadecimal digits; others do not matter. */
  readonly capabilities: string;
  readonly filters: readonly PreparedFilter[];
}

/** Of what filters were made, and by what. */
interface Made {
  /** {@link COMPILER}. */
  readonly compiler: string;
  /** SHA-256 of the profile's text. */
  readonly profile: string;
}

/** The filters with what is said of them in a file. */
export type Prepared = PreparedFilters & Made;

/**
 * Which compiler this is. The build puts the digest of the launch bundle in its place, in both bundles: a filter that
 * another one made may mean something else.
 */
export const COMPILER = "%compiler%";

/** Where the filters of a profile stand. */
export function preparedPath(profilePath: string, arch: string): string {
  return `${profilePath}.${arch}.filters`;
}

/** Digits of an instruction in a {@link PreparedFilter}. */
export const DIGITS = 16;

/** Digits that its four numbers have. */
const WIDTHS = [4, 2, 2, 8];

/** A program as it stands in a file. */
export function programToHex(program: Program): string {
  return program.map((number, i) => number.toString(16).padStart(WIDTHS[i % 4] ?? 0, "0")).join("");
}

/** @param digest of the profile's text: SHA-256 in hexadecimal digits */
export function formatPrepared(digest: string, filters: PreparedFilters): string {
  const prepared: Prepared = { compiler: COMPILER, profile: digest, ...filters };
  return `${JSON.stringify(prepared)}\n`;
}

/**
 * Why filters are of no use here, by what they were made of and by what.
 *
 * @param digest of the profile that is wanted
 */
export function whyUseless({ compiler, profile }: Made, digest: string): string | undefined {
  if (compiler !== COMPILER) {
    return "another version of seccomp-exec made it";
  }
  return profile === digest ? undefined : "it was made of another text of the profile";
}

/** Puts the digest before a text that becomes a file. */
export function sealed(host: Pick<Host, "sha256">, text: string): string {
  return `${host.sha256(text)}\n${text}`;
}

/** The text behind its digest; undefined where the file is damaged. */
export function unsealed(host: Pick<Host, "sha256">, file: string): string | undefined {
  const end = file.indexOf("\n") + 1;
  const text = file.slice(end);
  return end > 0 && host.sha256(text) === file.slice(0, end - 1) ? text : undefined;
}

/** The filter for a machine and a caller; undefined where none was made for these. */
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
