/**
 * Operands that name an open descriptor instead of a file: `-`, `/dev/stdin`, and what a shell's `<(...)` expands to.
 */

import { decodeBytes, isUtf8 } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { isRegular } from "../load/file-kind.ts";
import { MAX_FILE_SIZE } from "../load/files.ts";

/** The descriptor that an operand names, or undefined. */
function descriptorOf(reference: ByteString): number | undefined {
  if (reference === "-" || reference === "/dev/stdin") {
    return 0;
  }
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d{1,9})$/.exec(reference)?.[1];
  return number === undefined ? undefined : Number(number);
}

/** The name of standard input in messages. */
export const STANDARD_INPUT = "standard input";

/** The name of an operand in messages. */
export function labelOf(reference: ByteString): string {
  return reference === "-" ? STANDARD_INPUT : decodeBytes(reference);
}

/** Whether an operand is standard input. */
export function isStandardInput(reference: ByteString): boolean {
  return descriptorOf(reference) === 0;
}

/**
 * Reads the descriptor that an operand names; undefined if it names none, or a file that can be opened by that name.
 *
 * @throws Refusal
 */
export function readStream(host: Host, reference: ByteString, limit: number): ByteString | undefined {
  const descriptor = descriptorOf(reference);
  if (descriptor === undefined) {
    return undefined;
  }
  if (reference !== "-") {
    const file = host.readBytes(reference, 0);
    if (file.errno === 0 && isRegular(file)) {
      return undefined;
    }
  }
  const read = host.readInput(limit, descriptor);
  if (typeof read === "number") {
    throw new Refusal(`${labelOf(reference)} cannot be read: ${host.errorMessage(read)}`);
  }
  return read;
}

/**
 * Reads standard input to its end.
 *
 * @throws Refusal
 */
export function readStandardInput(host: Host, limit: number): ByteString {
  const read = host.readInput(limit, 0);
  if (typeof read === "number") {
    throw new Refusal(`${STANDARD_INPUT} cannot be read: ${host.errorMessage(read)}`);
  }
  return read;
}

/**
 * Reads a text that is no profile: a file, without asking who could change it, or the descriptor that the operand names.
 *
 * @throws Refusal
 */
export function readText(host: Host, reference: ByteString): string {
  const bytes = readStream(host, reference, MAX_FILE_SIZE);
  if (bytes !== undefined && isUtf8(bytes)) {
    return decodeBytes(bytes);
  }
  const { errno, text } =
    bytes === undefined ? host.readFile(reference, MAX_FILE_SIZE) : { errno: 0, text: undefined };
  if (errno !== 0) {
    throw new Refusal(`${labelOf(reference)} cannot be read: ${host.errorMessage(errno)}`);
  }
  if (text === undefined) {
    throw new Refusal(`${labelOf(reference)} is not a text in UTF-8 of at most ${MAX_FILE_SIZE} bytes`);
  }
  return text;
}
