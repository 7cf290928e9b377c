/**
 * A program in the syntax of the kernel's bpf_asm, with comments.
 */

import type { Architecture } from "../tables/architectures.ts";
import { annotate } from "./annotate.ts";
import { assemblyLines } from "./assembly.ts";
import { decode } from "./decode.ts";
import type { Program } from "./instruction.ts";

/** An instruction of a listing. */
export interface ListedInstruction {
  /** Its index in the program. */
  readonly at: number;
  /** The label before it, if jumps lead to it. */
  readonly label: string | undefined;
  readonly text: string;
  /** What it tests or returns, in names; empty if there is nothing to say. */
  readonly comment: string;
}

/** @param arch that of the machine that runs the program */
export function listedInstructions(program: Program, arch: Architecture): readonly ListedInstruction[] {
  const instructions = decode(program);
  const notes = annotate(instructions, arch);
  return assemblyLines(instructions).map(({ at, label, text }) => ({
    at,
    label,
    text,
    comment: notes[at] ?? "",
  }));
}

/** The column at which the comments begin. */
const WIDTH = 36;

/** One line an instruction. */
export function listing(program: Program, arch: Architecture): string {
  const lines = listedInstructions(program, arch).map(({ label, text, comment }) => {
    const start = `${(label === undefined ? "" : `${label}:`).padEnd(7)}${text}`;
    return comment === "" ? start : `${start.padEnd(WIDTH)} ; ${comment}`;
  });
  return `${lines.join("\n")}\n`;
}
