/**
 * Programs as bytes: an array of `struct sock_filter` in the byte order of the machine that runs it.
 */

import { instructionAt, type Program, programLength } from "./instruction.ts";

/** Bytes of one `struct sock_filter`. */
export const INSTRUCTION_SIZE = 8;

/** Encodes a program: 16 bits code, 8 bits jt, 8 bits jf, 32 bits k each. */
export function encodeProgram(program: Program, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(programLength(program) * INSTRUCTION_SIZE);
  const view = new DataView(bytes.buffer);
  for (let pc = 0; pc < programLength(program); pc += 1) {
    const [code, jt, jf, k] = instructionAt(program, pc);
    const at = pc * INSTRUCTION_SIZE;
    view.setUint16(at, code, !bigEndian);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, !bigEndian);
  }
  return bytes;
}

/**
 * Decodes a program; undefined if the bytes are not one or more whole instructions.
 *
 * @param bytes an array of `struct sock_filter`
 */
export function decodeProgram(bytes: Uint8Array, bigEndian: boolean): Program | undefined {
  if (bytes.length === 0 || bytes.length % INSTRUCTION_SIZE !== 0) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const program: number[] = [];
  for (let at = 0; at < bytes.length; at += INSTRUCTION_SIZE) {
    program.push(
      view.getUint16(at, !bigEndian),
      view.getUint8(at + 2),
      view.getUint8(at + 3),
      view.getUint32(at + 4, !bigEndian),
    );
  }
  return program;
}
