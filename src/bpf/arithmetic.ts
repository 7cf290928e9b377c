/**
 * Arithmetic and comparisons on unsigned 32-bit numbers.
 */

import type { AluOperation, Comparator } from "./opcodes.ts";

/**
 * The result of an arithmetic instruction; undefined for a division by zero, after which a filter returns 0
 * (net/core/filter.c at v6.18).
 */
export function calculate(operation: AluOperation, a: number, b: number): number | undefined {
  switch (operation) {
    case "add":
      return (a + b) >>> 0;
    case "sub":
      return (a - b) >>> 0;
    case "mul":
      return Math.imul(a, b) >>> 0;
    case "div":
      return b === 0 ? undefined : Math.floor(a / b);
    case "or":
      return (a | b) >>> 0;
    case "and":
      return (a & b) >>> 0;
    case "lsh":
      // The kernel uses the lower five bits of the distance.
      return (a << (b & 31)) >>> 0;
    case "rsh":
      return a >>> (b & 31);
    case "xor":
      return (a ^ b) >>> 0;
  }
}

/** The result of negating a number. */
export function negate(a: number): number {
  return -a >>> 0;
}

/** Whether a comparison holds. */
export function compare(comparator: Comparator, a: number, b: number): boolean {
  switch (comparator) {
    case "eq":
      return a === b;
    case "gt":
      return a > b;
    case "ge":
      return a >= b;
    case "set":
      return (a & b) !== 0;
  }
}
