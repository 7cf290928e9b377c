/**
 * Calls that prove a finding, in the form that `simulate` reads and as a command that makes them.
 */

import { upToLast } from "../analysis/format-call.ts";
import type { Proof } from "../diagnostic.ts";
import type { Architecture } from "../tables/architectures.ts";
import { signatureOf } from "../tables/signatures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";

/** A call of a name on an architecture. */
export interface NamedCall {
  readonly arch: Architecture;
  readonly name: string;
  /** Up to six; the others are 0. */
  readonly args: readonly bigint[];
}

/** The line that `simulate` reads for a call: `x86_64 tkill 1 9`. */
export function callLine({ arch, name, args }: NamedCall): string {
  const shown = upToLast(args).map((arg) => (arg < 10n ? String(arg) : `0x${arg.toString(16)}`));
  return [arch.name, name, ...shown].join(" ");
}

/**
 * The proof that a call gets through while another one, which does the same, is denied.
 *
 * @param harmless whether the call changes nothing where paths are empty, so that it may be made
 */
export function proofOf(through: NamedCall, denied: NamedCall | undefined, harmless: boolean): Proof {
  return {
    through: callLine(through),
    ...(denied === undefined ? {} : { denied: callLine(denied) }),
    ...(harmless ? { command: commandFor(through) } : {}),
  };
}

/**
 * A command that makes a call and prints how it ends. Perl is where most programs are, and calls by number. It passes an empty
 * text where the kernel takes the address of one: the kernel answers that there is no such file, a filter something else.
 */
function commandFor({ arch, name, args }: NamedCall): readonly string[] {
  const id = syscallId(name);
  const signature = signatureOf(arch, id) ?? [];
  const words = signature.map((parameter, i) => {
    const arg = args[i] ?? 0n;
    if (parameter.type === "char*" && arg === 0n) {
      return EMPTY_TEXT;
    }
    const isWhole = arg === BigInt.asUintN(parameter.bits, arg);
    return String(parameter.kind === "signed" && isWhole ? BigInt.asIntN(parameter.bits, arg) : arg);
  });
  // All arguments are given, since Perl leaves the registers of others as they are; it passes only a variable by its address.
  const text = words.includes(EMPTY_TEXT) ? `my ${EMPTY_TEXT} = ""; ` : "";
  const call = `syscall(${[seenNumber(arch, id), ...words].join(", ")})`;
  return ["perl", "-e", `${text}print ${call} == -1 ? "$!\\n" : "done\\n"`];
}

/** The variable that holds an empty text. */
const EMPTY_TEXT = "$path";
