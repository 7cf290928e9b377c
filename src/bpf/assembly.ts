/**
 * Programs as assembly in the syntax of the kernel's bpf_asm (Documentation/networking/filter.rst at v6.18), and back.
 */

import { instructionAt, JMP_JA, LD_W_ABS, type Program, programLength, RET_K } from "./instruction.ts";
import {
  ADD,
  ALU,
  ALU_NEG,
  AND,
  BPF_X,
  DIV,
  isAlu,
  isConditionalJump,
  JEQ,
  JGE,
  JGT,
  JMP,
  JSET,
  LD_IMM,
  LD_MEM,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LDX_W_LEN,
  LSH,
  MUL,
  OR,
  operationOf,
  RET_A,
  RSH,
  ST,
  STX,
  SUB,
  TAX,
  TXA,
  usesX,
  XOR,
} from "./opcodes.ts";

const ALU_NAMES: readonly (readonly [string, number])[] = [
  ["add", ADD],
  ["sub", SUB],
  ["mul", MUL],
  ["div", DIV],
  ["or", OR],
  ["and", AND],
  ["lsh", LSH],
  ["rsh", RSH],
  ["xor", XOR],
];
const JUMP_NAMES: readonly (readonly [string, number])[] = [
  ["jeq", JEQ],
  ["jgt", JGT],
  ["jge", JGE],
  ["jset", JSET],
];
/** Instructions that are one word or two, with the constant in the place of `K`. */
const PLAIN: readonly (readonly [string, number])[] = [
  ["ld [K]", LD_W_ABS],
  ["ld #K", LD_IMM],
  ["ldx #K", LDX_IMM],
  ["ld M[K]", LD_MEM],
  ["ldx M[K]", LDX_MEM],
  ["ld len", LD_W_LEN],
  ["ldx len", LDX_W_LEN],
  ["st M[K]", ST],
  ["stx M[K]", STX],
  ["tax", TAX],
  ["txa", TXA],
  ["neg", ALU_NEG],
  ["ret #K", RET_K],
  ["ret a", RET_A],
];

/** One line of a listing. */
export interface AssemblyLine {
  readonly pc: number;
  /** `L7`, where something jumps here. */
  readonly label: string | undefined;
  /** For example `jeq #0xc000003e, L3, L9`. */
  readonly text: string;
}

/** The lines of a program that the kernel takes. */
export function assemblyLines(program: Program): AssemblyLine[] {
  const targets = new Set<number>();
  for (let pc = 0; pc < programLength(program); pc += 1) {
    for (const target of targetsOf(program, pc)) {
      targets.add(target);
    }
  }
  return Array.from({ length: programLength(program) }, (_, pc) => ({
    pc,
    label: targets.has(pc) ? `L${pc}` : undefined,
    text: instructionText(program, pc),
  }));
}

/** Where an instruction jumps; nowhere, unless it is a jump. */
function targetsOf(program: Program, pc: number): number[] {
  const [code, jt, jf, k] = instructionAt(program, pc);
  if (code === JMP_JA) {
    return [pc + 1 + k];
  }
  return isConditionalJump(code) ? [pc + 1 + jt, pc + 1 + jf] : [];
}

function instructionText(program: Program, pc: number): string {
  const [code, , , k] = instructionAt(program, pc);
  const [then, otherwise] = targetsOf(program, pc);
  if (code === JMP_JA) {
    return `jmp L${then}`;
  }
  const operand = usesX(code) ? "x" : `#${number(k)}`;
  if (isConditionalJump(code)) {
    return `${nameOf(JUMP_NAMES, operationOf(code))} ${operand}, L${then}, L${otherwise}`;
  }
  if (isAlu(code)) {
    return `${nameOf(ALU_NAMES, operationOf(code))} ${operand}`;
  }
  return nameOf(PLAIN, code).replace("K", code === LD_W_ABS ? String(k) : number(k));
}

function nameOf(names: readonly (readonly [string, number])[], code: number): string {
  const name = names.find(([, value]) => value === code)?.[0];
  if (name === undefined) {
    throw new Error(`the opcode ${code} has no name`);
  }
  return name;
}

function number(k: number): string {
  return k < 10 ? String(k) : `0x${k.toString(16)}`;
}

/** A mistake in a text of assembly. */
export class AssemblyError extends Error {}

/**
 * Assembles a text. What follows a semicolon is a comment.
 *
 * @throws AssemblyError that names the line
 */
export function assemble(text: string): Program {
  const labels = new Map<string, number>();
  const lines: { readonly words: string; readonly line: number }[] = [];
  for (const [i, raw] of text.split("\n").entries()) {
    let words = (raw.split(";")[0] ?? "").trim();
    for (let label = /^(\w+):\s*/.exec(words); label !== null; label = /^(\w+):\s*/.exec(words)) {
      labels.set(label[1] as string, lines.length);
      words = words.slice(label[0].length);
    }
    if (words !== "") {
      lines.push({ words, line: i + 1 });
    }
  }
  return lines.flatMap(({ words, line }, pc) => {
    const instruction = parseInstruction(words, pc, labels);
    if (instruction === undefined) {
      throw new AssemblyError(`line ${line}: '${words}' is no instruction`);
    }
    return instruction;
  });
}

const NUMBER = "(0x[0-9a-f]+|[0-9]+)";

function parseInstruction(
  words: string,
  pc: number,
  labels: ReadonlyMap<string, number>,
): readonly number[] | undefined {
  const skip = (label: string | undefined): number => (labels.get(label ?? "") ?? Number.NaN) - pc - 1;
  const jump = new RegExp(`^(j\\w+) +(?:#${NUMBER}|(x)), *(\\w+), *(\\w+)$`, "i").exec(words);
  const operation = JUMP_NAMES.find(([name]) => name === jump?.[1])?.[1];
  if (jump !== null && operation !== undefined) {
    const [jt, jf] = [skip(jump[4]), skip(jump[5])];
    const code = JMP | operation | (jump[3] === undefined ? 0 : BPF_X);
    return jt >= 0 && jf >= 0 ? [code, jt, jf, Number(jump[2] ?? 0)] : undefined;
  }
  const always = /^jmp +(\w+)$/.exec(words);
  if (always !== null) {
    const k = skip(always[1]);
    return k >= 0 ? [JMP_JA, 0, 0, k] : undefined;
  }
  const alu = new RegExp(`^(\\w+) +(?:#${NUMBER}|(x))$`, "i").exec(words);
  const arithmetic = ALU_NAMES.find(([name]) => name === alu?.[1])?.[1];
  if (alu !== null && arithmetic !== undefined) {
    return [ALU | arithmetic | (alu[3] === undefined ? 0 : BPF_X), 0, 0, Number(alu[2] ?? 0)];
  }
  for (const [form, code] of PLAIN) {
    const pattern = form.replace(/[[\]]/g, "\\$&").replace("K", NUMBER).replace(" ", " +");
    const found = new RegExp(`^${pattern}$`, "i").exec(words);
    if (found !== null) {
      return [code, 0, 0, Number(found[1] ?? 0)];
    }
  }
  return undefined;
}
