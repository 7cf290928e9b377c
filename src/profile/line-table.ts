/**
 * Lines and columns of a text.
 */

import type { Position } from "../diagnostic.ts";

/** Finds the line and column of an offset. */
export class LineTable {
  /** @param starts where each line begins, in UTF-16 units */
  constructor(
    private readonly text: string,
    private readonly starts: ArrayLike<number>,
  ) {}

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }

  positionOf({ offset, length }: { readonly offset: number; readonly length: number }): Position {
    return { ...this.position(offset), length };
  }

  /** A line (from 1) without its line break; undefined if there is none. */
  line(line: number): string | undefined {
    const start = this.starts[line - 1];
    const text = start === undefined ? undefined : this.text.slice(start, this.starts[line]);
    const ended = text?.endsWith("\n") ? text.slice(0, -1) : text;
    return ended?.endsWith("\r") ? ended.slice(0, -1) : ended;
  }
}
