/**
 * A system call as people read it: its name, and its arguments with names for numbers and with what their pointers point to.
 */

import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { argumentStructs } from "../tables/argument-structs.ts";
import { hiddenArguments } from "../tables/hidden-arguments.ts";
import { type Parameter, signatureOf } from "../tables/signatures.ts";
import { idOfSeen, multiplexedId, syscallId, syscallName } from "../tables/syscalls.ts";
import { type Shown, show } from "./forms.ts";
import { Reader, type TaskMemory } from "./memory.ts";
import { address, hex } from "./numbers.ts";
import { wordsAt } from "./structs.ts";
import { isUsed } from "./unused.ts";
import type { View } from "./view.ts";

export type { TaskMemory } from "./memory.ts";

/** An argument of a call. */
export interface ReadableArgument {
  /** The kernel's name of the parameter. */
  readonly name: string;
  /** As the kernel takes it, without a sign; a 64-bit value in two registers as a whole. */
  readonly value: bigint;
  /** In printable characters only. */
  readonly text: string;
}

/** A call as people read it. */
export interface ReadableCall {
  /** For example `openat`; `syscall 0x1234` if the number has no name. */
  readonly name: string;
  /** Those of the signature, without padding, and without those at the end that the kernel does not look at. */
  readonly arguments: readonly ReadableArgument[];
  /**
   * Bit n: register n decides what the line says. Not set for addresses of which the line says nothing but that they are
   * addresses, and for registers that the kernel does not look at: calls that differ only in these are equal.
   */
  readonly telling: number;
  /** Bit n: the memory that register n points to decides what the line says, so that equal registers may give other lines. */
  readonly pointed: number;
}

/** How many registers seccomp_data has. */
const REGISTERS = 6;

/**
 * A call as people read it. The memory may be hostile: at most 4 KiB of it are read, nothing is thrown, and the text has
 * only printable characters.
 *
 * @param nr seccomp_data.nr, unsigned
 * @param args seccomp_data.args
 */
export function readableCall(
  arch: Architecture,
  nr: number,
  args: readonly bigint[],
  memory: TaskMemory,
): ReadableCall {
  const id = idOfSeen(arch, nr);
  const signature = id < 0 ? undefined : signatureOf(arch, id);
  const name = id < 0 ? `syscall 0x${nr.toString(16)}` : syscallName(id);
  const registers = Array.from({ length: REGISTERS }, (_, i) => BigInt.asUintN(arch.bits, args[i] ?? 0n));
  if (signature === undefined) {
    const unknown = registers.map((value, i) => ({ name: `a${i}`, value, text: hex(value) }));
    return { name, arguments: unknown, telling: 2 ** REGISTERS - 1, pointed: 0 };
  }
  const reader = new Reader(arch, memory);
  if (name === "socketcall") {
    return throughSocketcall(reader, registers, signature);
  }
  const hidden = hiddenArguments(arch, id);
  if (hidden !== undefined) {
    return withStruct(reader, name, registers[0] ?? 0n, signature, hidden.struct);
  }
  return ofArguments(reader, name, gather(signature.slice(0, REGISTERS), registers));
}

/** A call in one line: `openat(AT_FDCWD, "/etc/shadow", O_RDONLY|O_CLOEXEC)`. */
export function formatReadable(call: ReadableCall): string {
  return `${call.name}(${call.arguments.map(({ text }) => text).join(", ")})`;
}

/** A parameter with its value, and the registers that hold it as bits. */
interface Given {
  readonly parameter: Parameter;
  readonly value: bigint;
  readonly registers: number;
}

/** Puts the halves of 64-bit values together, and takes of each register what the kernel takes. */
function gather(signature: readonly Parameter[], registers: readonly bigint[]): readonly Given[] {
  const given: Given[] = [];
  for (const [i, parameter] of signature.entries()) {
    const value = BigInt.asUintN(parameter.bits, registers[i] ?? 0n);
    const before = given[given.length - 1];
    if (parameter.kind === "padding") {
      continue;
    }
    if (
      parameter.half !== undefined &&
      before?.parameter.half !== undefined &&
      before.parameter.name === parameter.name
    ) {
      const [low, high] = parameter.half === "low" ? [value, before.value] : [before.value, value];
      given[given.length - 1] = {
        parameter,
        value: (high << 32n) | low,
        registers: before.registers | (1 << i),
      };
    } else {
      given.push({ parameter, value, registers: 1 << i });
    }
  }
  return given;
}

function ofArguments(reader: Reader, name: string, given: readonly Given[]): ReadableCall {
  const { arguments: shown, telling, pointed } = showAll(reader, name, given);
  return { name, arguments: shown, telling, pointed };
}

function showAll(reader: Reader, name: string, given: readonly Given[]): Omit<ReadableCall, "name"> {
  const values = new Map(given.map(({ parameter, value }) => [parameter.name, value]));
  const view: View = { name, arch: reader.arch, reader, argument: (of) => values.get(of) ?? 0n };
  let count = given.length;
  while (count > 0) {
    const last = given[count - 1] as Given;
    if (isUsed(view, last.parameter.name, last.value)) {
      break;
    }
    count -= 1;
  }
  const shown: ReadableArgument[] = [];
  let [telling, pointed] = [0, 0];
  for (const { parameter, value, registers } of given.slice(0, count)) {
    const one = shownSafely(view, parameter, value);
    shown.push({ name: parameter.name, value, text: one.text });
    telling |= one.telling ? registers : 0;
    pointed |= one.pointed ? registers : 0;
  }
  return { arguments: shown, telling, pointed };
}

function shownSafely(view: View, parameter: Parameter, value: bigint): Shown {
  return isUsed(view, parameter.name, value)
    ? show(view, parameter, value)
    : { text: address(value), telling: false, pointed: false };
}

/** An architecture with 32 bits that has all calls of sockets by themselves, so that their signatures are known. */
const WITH_SOCKET_CALLS = architectureByName("arm") as Architecture;

/** socketcall(2): the arguments of the call that it makes are longs in memory, net/socket.c at v6.12. */
function throughSocketcall(
  reader: Reader,
  registers: readonly bigint[],
  signature: readonly Parameter[],
): ReadableCall {
  const given = gather(signature, registers);
  const outer = ofArguments(reader, "socketcall", given);
  const [call, at] = [given[0]?.value ?? 0n, given[1]?.value ?? 0n];
  const inner = multiplexedId(syscallId("socketcall"), call) ?? -1;
  const parameters = inner < 0 ? undefined : signatureOf(WITH_SOCKET_CALLS, inner);
  const [which, pointer] = outer.arguments;
  if (parameters === undefined || which === undefined || pointer === undefined || at === 0n) {
    return outer;
  }
  const words = wordsAt(reader, at, parameters.length);
  const all =
    words === undefined ? [] : showAll(reader, syscallName(inner), gather(parameters, words)).arguments;
  const text = words === undefined ? pointer.text : `[${all.map((each) => each.text).join(", ")}]`;
  return { ...outer, arguments: [which, { ...pointer, text }], telling: 3, pointed: 2 };
}

/** The fields of a struct that holds all arguments of a call, as parameters: {@link argumentStructs}. */
function fieldsOf(struct: string): readonly Parameter[] {
  const fields = argumentStructs.find((each) => each.struct === struct)?.fields ?? "";
  return fields.split(" ").map((word) => {
    const [name = "", type = ""] = word.split(":");
    const sets: Readonly<Record<string, string>> = {
      prot: "prot",
      flags: "mmap",
      fd: "descriptor",
      advice: "fadvise",
    };
    const kind = type.endsWith("*") ? "pointer" : "unsigned";
    const bits = type === "loff_t" ? 64 : 32;
    return { name, type, kind, bits, half: undefined, mask: 0n, cutIn: undefined, set: sets[name] };
  });
}

/** A call with all of its arguments in a struct: `mmap({addr=NULL, len=4096, prot=PROT_READ, ...})`. */
function withStruct(
  reader: Reader,
  name: string,
  register: bigint,
  signature: readonly Parameter[],
  struct: string,
): ReadableCall {
  const [parameter] = signature;
  const at = parameter === undefined ? register : BigInt.asUintN(parameter.bits, register);
  const fields = fieldsOf(struct);
  const offsets: number[] = [];
  let size = 0;
  for (const { bits } of fields) {
    // Each field begins at a multiple of its size.
    const bytes = bits / 8;
    const from = Math.ceil(size / bytes) * bytes;
    offsets.push(from);
    size = from + bytes;
  }
  const bytes = at === 0n ? undefined : reader.struct(at, size);
  let text = address(at);
  if (bytes !== undefined) {
    const given = fields.map((field, i): Given => {
      const value = bytes.unsigned(offsets[i] ?? 0, field.bits / 8);
      return { parameter: field, value, registers: 1 << i };
    });
    const shown = showAll(reader, name, given).arguments;
    text = `{${shown.map((each) => `${each.name}=${each.text}`).join(", ")}}`;
  }
  return {
    name,
    arguments: [{ name: parameter?.name ?? "", value: at, text }],
    telling: 1,
    pointed: at === 0n ? 0 : 1,
  };
}
