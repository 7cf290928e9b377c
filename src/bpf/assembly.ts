/**
 * Programs as assembly in the syntax of the kernel's bpf_asm (Documentation/networking/filter.rst at v6.18), and back.
 */

import { type Instructions, type Operand, type Operation, type Position, skipTo } from "./decode.ts";
import { encode } from "./encode.ts";
import type { Program } from "./instruction.ts";
import { ALU_CODES, type AluOperation, BRANCH_CODES, type Comparator } from "./opcodes.ts";

/** One line of a listing. */
export interface AssemblyLine {
  readonly at: Position;
  /** `L7`, if the line is a jump target. */
  readonly label: string | undefined;
  /** For example `jeq #0xc000003e, L3, L9`. */
  readonly text: string;
}

/** The lines of a program that the kernel takes. */
export function assemblyLines(instructions: Instructions): AssemblyLine[] {
  const targets = new Set<Position>();
  for (const { kind, next } of instructions) {
    if (kind === "jump" || kind === "branch") {
      for (const to of next) {
        targets.add(to);
      }
    }
  }
  return instructions.map((instruction) => ({
    at: instruction.at,
    label: targets.has(instruction.at) ? labelOf(instruction.at) : undefined,
    text: assemblyOf(instruction),
  }));
}

/** An instruction as text; {@link labelOf} names its jump targets. */
export function assemblyOf(operation: Operation): string {
  switch (operation.kind) {
    case "load":
      return `ld [${operation.offset}]`;
    case "branch": {
      const { comparator, operand, holds, fails } = operation;
      return `j${comparator} ${operandText(operand)}, ${labelOf(holds)}, ${labelOf(fails)}`;
    }
    case "return":
      return operation.verdict === "a" ? "ret a" : `ret ${operandText(operation.verdict)}`;
    case "jump":
      return `jmp ${labelOf(operation.to)}`;
    case "alu":
      return `${operation.operation} ${operandText(operation.operand)}`;
    case "negate":
      return "neg";
    case "loadImmediate":
      return `${LOADS[operation.into]} ${operandText(operation.value)}`;
    case "loadLength":
      return `${LOADS[operation.into]} len`;
    case "loadMemory":
      return `${LOADS[operation.into]} M[${numberText(operation.index)}]`;
    case "store":
      return `${STORES[operation.from]} M[${numberText(operation.index)}]`;
    case "transfer":
      return operation.from === "a" ? "tax" : "txa";
    case "unknown":
      return `unknown 0x${operation.opcode.toString(16)}`;
  }
}

const LOADS = { a: "ld", x: "ldx" };
const STORES = { a: "st", x: "stx" };

function labelOf(at: Position): string {
  return `L${at}`;
}

function operandText(operand: Operand): string {
  return operand === "x" ? "x" : `#${numberText(operand)}`;
}

function numberText(value: number): string {
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
}

/** A mistake in an assembly text. */
export class AssemblyError extends Error {}

/**
 * Assembles a text. Comments begin with a semicolon.
 *
 * @throws AssemblyError that names the line
 */
export function assemble(text: string): Program {
  const labels = new Map<string, Position>();
  const lines: { readonly words: string; readonly line: number }[] = [];
  for (const [i, raw] of text.split("\n").entries()) {
    let words = (raw.split(";")[0] ?? "").trim();
    for (let label = /^(\w+):\s*/.exec(words); label !== null; label = /^(\w+):\s*/.exec(words)) {
      labels.set(label[1] as string, lines.length as Position);
      words = words.slice(label[0].length);
    }
    if (words !== "") {
      lines.push({ words, line: i + 1 });
    }
  }
  return lines.flatMap(({ words, line }, i) => {
    const at = i as Position;
    const operation = parseOperation(words, (label) => {
      const to = labels.get(label);
      return to !== undefined && skipTo(at, to) >= 0 ? to : undefined;
    });
    if (operation === undefined) {
      throw new AssemblyError(`line ${line}: '${words}' is not an instruction`);
    }
    return encode(operation, at);
  });
}

const NUMBER = "(0x[0-9a-f]+|[0-9]+)";

/** The simple forms; instructions with labels, or with an operand that is a constant or `x`, are parsed separately. */
const PLAIN: readonly (readonly [form: string, operation: (k: number) => Operation])[] = [
  ["ld [K]", (offset) => ({ kind: "load", offset })],
  ["ld #K", (value) => ({ kind: "loadImmediate", into: "a", value })],
  ["ldx #K", (value) => ({ kind: "loadImmediate", into: "x", value })],
  ["ld M[K]", (index) => ({ kind: "loadMemory", into: "a", index })],
  ["ldx M[K]", (index) => ({ kind: "loadMemory", into: "x", index })],
  ["ld len", () => ({ kind: "loadLength", into: "a" })],
  ["ldx len", () => ({ kind: "loadLength", into: "x" })],
  ["st M[K]", (index) => ({ kind: "store", from: "a", index })],
  ["stx M[K]", (index) => ({ kind: "store", from: "x", index })],
  ["tax", () => ({ kind: "transfer", from: "a", into: "x" })],
  ["txa", () => ({ kind: "transfer", from: "x", into: "a" })],
  ["neg", () => ({ kind: "negate" })],
  ["ret #K", (verdict) => ({ kind: "return", verdict })],
  ["ret a", () => ({ kind: "return", verdict: "a" })],
];

/** @param target the position of a label, which must follow the instruction */
function parseOperation(
  words: string,
  target: (label: string) => Position | undefined,
): Operation | undefined {
  const branch = new RegExp(`^j(\\w+) +(?:#${NUMBER}|(x)), *(\\w+), *(\\w+)$`, "i").exec(words);
  if (branch !== null && isNameOf(BRANCH_CODES, branch[1])) {
    const [holds, fails] = [target(branch[4] ?? ""), target(branch[5] ?? "")];
    const comparator: Comparator = branch[1];
    return holds === undefined || fails === undefined
      ? undefined
      : { kind: "branch", comparator, operand: operandIn(branch), holds, fails };
  }
  const jump = /^jmp +(\w+)$/.exec(words);
  if (jump !== null) {
    const to = target(jump[1] ?? "");
    return to === undefined ? undefined : { kind: "jump", to };
  }
  const alu = new RegExp(`^(\\w+) +(?:#${NUMBER}|(x))$`, "i").exec(words);
  if (alu !== null && isNameOf(ALU_CODES, alu[1])) {
    const operation: AluOperation = alu[1];
    return { kind: "alu", operation, operand: operandIn(alu) };
  }
  for (const [form, operation] of PLAIN) {
    const pattern = form.replace(/[[\]]/g, "\\$&").replace("K", NUMBER).replace(" ", " +");
    const found = new RegExp(`^${pattern}$`, "i").exec(words);
    if (found !== null) {
      return operation(Number(found[1] ?? 0));
    }
  }
  return undefined;
}

/** The second group of a match is a constant, the third is the index register. */
function operandIn(match: RegExpExecArray): Operand {
  return match[3] === undefined ? Number(match[2]) : "x";
}

function isNameOf<T extends string>(table: Readonly<Record<T, number>>, name: string | undefined): name is T {
  return name !== undefined && Object.hasOwn(table, name);
}
