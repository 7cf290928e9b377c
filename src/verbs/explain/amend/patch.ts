/**
 * Changes to a file as a patch that `git apply` takes.
 */

import { structuredPatch } from "diff";
import { decodeBytes, encodeBytes } from "../../../bytes.ts";
import type { ByteString } from "../../../host.ts";
import type { ProfileText } from "../../../load/load-profile.ts";
import { type Edit, edited } from "./list-edits.ts";

/** Lines around a change. */
const CONTEXT = 3;

/** Lines of a text, and the changes in them. */
interface Window {
  /** The first line, and the one after the last, from 0. */
  readonly first: number;
  readonly end: number;
  readonly edits: readonly Edit[];
}

/**
 * The changes of a text, where the file is named as it was.
 *
 * @param edits in order
 */
export function patchOf({ text, origin }: ProfileText, edits: readonly Edit[]): string {
  const path = origin.kind === "file" ? pathInPatch(origin.path) : "";
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  const startOf = (line: number): number => starts[line] ?? text.length;
  const lines: string[] = [];
  let moved = 0;
  // Comparing all lines of a long file takes longer than everything else.
  for (const { first, end, edits: own } of windowsOf(starts, edits)) {
    const [from, to] = [startOf(first), startOf(end)];
    const before = text.slice(from, to);
    const after = edited(text, own, from, to);
    for (const hunk of structuredPatch(path, path, before, after, "", "", { context: CONTEXT }).hunks) {
      const { oldStart, oldLines, newStart, newLines } = hunk;
      lines.push(
        `@@ -${oldStart + first},${oldLines} +${newStart + first + moved},${newLines} @@`,
        ...hunk.lines,
      );
    }
    moved += lineCount(after) - lineCount(before);
  }
  return [`--- ${quoted(`a/${path}`)}`, `+++ ${quoted(`b/${path}`)}`, ...lines, ""].join("\n");
}

function windowsOf(starts: readonly number[], edits: readonly Edit[]): readonly Window[] {
  const windows: Window[] = [];
  for (const edit of edits) {
    const [line, last] = [lineAt(starts, edit.from), lineAt(starts, edit.to)];
    // Lines that are put in between equal ones may stand before or after these.
    const margin = CONTEXT + 1 + last - line + lineCount(edit.text);
    const [first, end] = [Math.max(0, line - margin), Math.min(starts.length, last + margin + 1)];
    const before = windows.at(-1);
    if (before !== undefined && first <= before.end) {
      windows[windows.length - 1] = {
        first: Math.min(first, before.first),
        end: Math.max(end, before.end),
        edits: [...before.edits, edit],
      };
    } else {
      windows.push({ first, end, edits: [edit] });
    }
  }
  return windows;
}

/** How many line feeds a text has. */
function lineCount(text: string): number {
  return text.split("\n").length - 1;
}

/** The line, from 0, of a place in a text. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    [low, high] = (starts[middle] as number) <= offset ? [middle, high] : [low, middle];
  }
  return low;
}

/** `git apply` takes paths below the directory where it runs: of others only the file's name is of use. */
function pathInPatch(path: ByteString): string {
  const parts = decodeBytes(path)
    .split("/")
    .filter((part) => part !== "." && part !== "");
  return path.startsWith("/") || parts.includes("..") ? (parts.at(-1) ?? "") : parts.join("/");
}

/** A name as git writes it: in quotes, with octal bytes, if it holds what could end it or is not ASCII. A tab ends one with spaces. */
function quoted(name: string): string {
  const bytes = encodeBytes(name);
  if (/^[ !#-[\]-~]*$/.test(bytes)) {
    return bytes.includes(" ") ? `${bytes}\t` : bytes;
  }
  const escaped = bytes.replaceAll(/[^ !#-[\]-~]/g, (byte) =>
    byte === '"' || byte === "\\" ? `\\${byte}` : `\\${byte.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
  return `"${escaped}"`;
}
