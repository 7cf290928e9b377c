/**
 * The parameters of each system call on each architecture, as the kernel takes them out of the registers.
 *
 * Facts and their sources: `build/tables/signatures.tsv`.
 */

import type { Architecture } from "./architectures.ts";
import { SIGNATURES, VARIANTS } from "./generated/signatures.ts";
import { kernelType, type TypeKind } from "./kernel-types.ts";

/** What the kernel does with one of the registers that pass arguments. */
export interface Parameter {
  /** The kernel's name; both halves of a 64-bit value have the same one. Empty for padding. */
  readonly name: string;
  /** The kernel's name of the type, `ulong` for unsigned long, `stat*` for a pointer; empty for padding and halves. */
  readonly type: string;
  /** `padding`: the register belongs to the signature, and the kernel does not look at it. */
  readonly kind: TypeKind | "padding";
  /**
   * How many low bits of the register the kernel takes, as the parameter is declared; at most the `bits` of the
   * architecture, 0 for padding. Of a signed value bit `bits - 1` is the sign.
   */
  readonly bits: 0 | 16 | 32 | 64;
  /** Which half of a 64-bit value the register holds; undefined if it holds a whole value. */
  readonly half: "low" | "high" | undefined;
  /**
   * The bits of the register that can make a difference: the low `bits`, without those that the kernel drops although
   * the parameter is declared wider. Bits that only some commands of a call drop are in the mask.
   */
  readonly mask: bigint;
  /** The source file of the kernel in which it drops bits of the declared type; undefined if it drops none. */
  readonly cutIn: string | undefined;
  /** The name of the set of values in `parameter-sets.ts`, for example `descriptor` or `open`; undefined if none. */
  readonly set: string | undefined;
}

let lines: readonly string[] | undefined;
const known = new Map<string, readonly Parameter[]>();

/**
 * The parameters of a call, one for each register, in the order of seccomp_data.args. A filter sees the first six; some
 * calls of MIPS o32 have a seventh.
 *
 * @returns undefined if the architecture lacks the call, or if the number is reserved and no kernel with filters makes a
 *     call of it
 */
export function signatureOf(arch: Architecture, id: number): readonly Parameter[] | undefined {
  const ofArch = found.get(arch) ?? [];
  found.set(arch, ofArch);
  const signature = ofArch[id] ?? findSignature(arch, id) ?? NO_SIGNATURE;
  ofArch[id] = signature;
  return signature === NO_SIGNATURE ? undefined : signature;
}

/** In place of a signature that does not exist. */
const NO_SIGNATURE: readonly Parameter[] = [];
/** The signatures that were looked up, by id. */
const found = new Map<Architecture, (readonly Parameter[] | undefined)[]>();

function findSignature(arch: Architecture, id: number): readonly Parameter[] | undefined {
  const variant = VARIANTS[arch.column].charCodeAt(id) || 0;
  if (variant === 0) {
    return undefined;
  }
  lines ??= SIGNATURES.split("\n");
  const text = (lines[id] as string).split("\t")[variant - 1] as string;
  const key = `${arch.bits} ${arch.bigEndian} ${text}`;
  const parameters = known.get(key) ?? readSignature(text, arch);
  known.set(key, parameters);
  return parameters;
}

function readSignature(text: string, arch: Architecture): readonly Parameter[] {
  const parameters: Parameter[] = [];
  for (const word of text === "" ? [] : text.split(" ")) {
    const [, name = "", type = "", set, mask, cutIn] =
      /^(\w+|-):(\w+\**)(?:=(\w+))?(?:&([0-9a-f]+)@(.*))?$/.exec(word) ?? [];
    const previous = parameters[parameters.length - 1];
    parameters.push(readParameter({ name, type, set, previous, mask, cutIn }, arch));
  }
  return parameters;
}

interface Word {
  readonly name: string;
  readonly type: string;
  readonly set: string | undefined;
  readonly previous: Parameter | undefined;
  /** In hexadecimal digits. */
  readonly mask: string | undefined;
  readonly cutIn: string | undefined;
}

function readParameter({ name, type, set, previous, mask, cutIn }: Word, arch: Architecture): Parameter {
  if (type === "pad") {
    return { name: "", type: "", kind: "padding", bits: 0, half: undefined, mask: 0n, cutIn: undefined, set };
  }
  if (type === "low" || type === "high") {
    return half(name, type, set);
  }
  if (type === "half") {
    const isFirst = previous?.half === undefined || previous.name !== name;
    return half(name, isFirst === arch.bigEndian ? "high" : "low", set);
  }
  const known = kernelType(type);
  if (known === undefined) {
    throw new Error(`no kernel type has the name "${type}"`);
  }
  const bits = known.bits === "word" || known.bits > arch.bits ? arch.bits : known.bits;
  const declared = (1n << BigInt(bits)) - 1n;
  const kept = mask === undefined ? declared : declared & BigInt(`0x${mask}`);
  return {
    name,
    type,
    kind: known.kind,
    bits,
    half: undefined,
    mask: kept,
    cutIn: kept === declared ? undefined : cutIn,
    set,
  };
}

function half(name: string, which: "low" | "high", set: string | undefined): Parameter {
  return {
    name,
    type: "",
    kind: "unsigned",
    bits: 32,
    half: which,
    mask: 0xffffffffn,
    cutIn: undefined,
    set,
  };
}
