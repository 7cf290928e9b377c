/**
 * A profile or a filter file that a verb was given, as a policy or a program.
 */

import { checkProgram } from "../bpf/check.ts";
import { decodeProgram } from "../bpf/codec.ts";
import type { Program } from "../bpf/instruction.ts";
import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { processStatus } from "../launch/files.ts";
import { attainable, unknownSyscalls } from "../launch/target.ts";
import type { Policy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Target } from "../policy/target.ts";
import { loadForVerb } from "./loaded-profile.ts";
import { place, renderFinding, styleFor } from "./render.ts";
import { targetOf } from "./target-options.ts";
import { readingOptions, type VerbArguments } from "./verb.ts";

/** The machine that the options speak of; capabilities are those that a command started here could come to hold. */
export function ownTarget(host: Host, given: VerbArguments): Target {
  if (given.options["--caps"] !== undefined) {
    return targetOf(host, given, 0n);
  }
  const status = processStatus(host);
  return targetOf(host, given, attainable(status, status.noNewPrivs));
}

/**
 * Loads and resolves a profile. What is wrong with it is said on standard error.
 *
 * @returns undefined where it is not valid
 */
export function loadPolicy(
  host: Host,
  reference: ByteString,
  given: VerbArguments,
  target: Target,
): Policy | undefined {
  const how = readingOptions(() => unknownSyscalls(given.options));
  const { label, read, diagnostics, reading } = loadForVerb(host, reference, given);
  const resolved = read === undefined ? undefined : readPolicy(read, target, { unknownSyscalls: how });
  const style = styleFor(host, 2);
  for (const diagnostic of resolved?.diagnostics ?? diagnostics) {
    host.write(2, renderFinding(place(reading, label, diagnostic), style));
  }
  return resolved?.policy;
}

/** The largest file that can hold a filter: 4096 instructions of 8 bytes. One byte more is read, to see that. */
const LARGEST_FILTER = 4096 * 8;

/** Whether a verb's operand names a file with a filter rather than a profile. */
export function isFilterFile(reference: ByteString): boolean {
  return reference.endsWith(".bpf");
}

/**
 * Reads a filter: struct sock_filter after struct sock_filter, in the byte order of the target.
 *
 * @throws Refusal where it cannot be read, or the kernel would not take it
 */
export function loadFilter(host: Host, path: ByteString, { arch }: Target): Program {
  const shown = decodeBytes(path);
  const { errno, bytes, size } = host.readBytes(path, LARGEST_FILTER);
  if (errno !== 0) {
    throw new Refusal(`${shown} cannot be read: ${host.errorMessage(errno)}`);
  }
  if (bytes === undefined) {
    throw new Refusal(
      size > LARGEST_FILTER
        ? `${shown} has ${size} bytes; the longest filter has ${LARGEST_FILTER} (4096 instructions)`
        : `${shown} is not a regular file`,
    );
  }
  const program = decodeProgram(
    Uint8Array.from(bytes, (unit) => unit.charCodeAt(0)),
    arch.bigEndian,
  );
  if (program === undefined) {
    throw new Refusal(
      `${shown} has ${size} bytes, which is no number of whole instructions`,
      "each has 8 bytes",
    );
  }
  const problem = checkProgram(program);
  if (problem !== undefined) {
    throw new Refusal(
      `${shown}: the kernel would not take this filter: ${problem}`,
      `is it in the byte order of ${arch.name}? --arch says for which machine it is`,
    );
  }
  return program;
}
