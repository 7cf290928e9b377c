/**
 * Finds the places in a JSON text by a library, for the tests and the build, which have no host.
 */

import { createScanner, type Node, type ParseError, parseTree } from "jsonc-parser";
import type { JsonParser, JsonPlaces } from "../json-places.ts";

/** A {@link JsonParser}. */
export const parseByLibrary: JsonParser = (text, maxDepth, maxErrors): JsonPlaces => {
  const { tooDeep, commas } = scanLexemes(text, maxDepth);
  const errors = new BoundedErrors(maxErrors);
  const found: Found = { text, nodes: [], numbers: [], again: [] };
  const root = tooDeep < 0 ? parseBounded(text, errors) : undefined;
  if (root !== undefined) {
    addNode(root, found);
  }
  return {
    nodes: Uint32Array.from(found.nodes),
    numbers: Uint32Array.from(found.numbers),
    again: Uint32Array.from(found.again.sort((a, b) => a - b)),
    errors: Uint32Array.from(
      [...errors].flatMap(({ error, offset, length }) => [error, offset, length, commas.get(offset) ?? 0]),
    ),
    lines: Uint32Array.from(lineStarts(text)),
    tooDeep,
  };
};

/** Where brackets nest too deep, and for each that comes right after a comma, the offset of that comma plus 1. */
function scanLexemes(text: string, maxDepth: number): { tooDeep: number; commas: Map<number, number> } {
  const commas = new Map<number, number>();
  const scanner = createScanner(text, false);
  let depth = 0;
  let comma = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const at = scanner.getTokenOffset();
    // Only a bracket's own token begins with a bracket.
    const first = text.charAt(at);
    const closes = first === "}" || first === "]";
    depth += first === "{" || first === "[" ? 1 : closes ? -1 : 0;
    if (depth > maxDepth) {
      return { tooDeep: at, commas };
    }
    if (closes && comma > 0) {
      commas.set(at, comma);
    }
    if (!" \t\r\n/".includes(first)) {
      comma = first === "," ? at + 1 : 0;
    }
  }
  return { tooDeep: -1, commas };
}

/** A list of errors that ends parsing when it is full. */
class BoundedErrors extends Array<ParseError> {
  private readonly most: number;

  constructor(most: number) {
    super();
    this.most = most;
  }

  // Copies of the list are ordinary arrays.
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override push(...errors: ParseError[]): number {
    if (this.length >= this.most) {
      throw new TooManyErrors();
    }
    return super.push(...errors);
  }
}

class TooManyErrors extends Error {}

function parseBounded(text: string, errors: ParseError[]): Node | undefined {
  try {
    return parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    if (error instanceof TooManyErrors) {
      return undefined;
    }
    throw error;
  }
}

interface Found {
  readonly text: string;
  readonly nodes: number[];
  readonly numbers: number[];
  readonly again: number[];
}

/** Adds a node and its contents; the depth of the text bounds the recursion. */
function addNode(node: Node, found: Found): void {
  const { text, nodes, numbers, again } = found;
  const at = nodes.length;
  nodes.push(node.offset, node.offset + node.length, 0);
  if (node.type === "number" && !isShortInteger(text.slice(node.offset, node.offset + node.length))) {
    numbers.push(at / 3);
  }
  const keys = new Set<unknown>();
  for (const child of node.children ?? []) {
    if (child.type !== "property") {
      addNode(child, found);
      continue;
    }
    const [key, value] = child.children ?? [];
    if (key !== undefined) {
      if (keys.has(key.value)) {
        again.push(nodes.length / 3);
      }
      keys.add(key.value);
      addNode(key, found);
    }
    if (value !== undefined) {
      addNode(value, found);
    }
  }
  nodes[at + 2] = nodes.length / 3;
}

function isShortInteger(written: string): boolean {
  return /^-?\d{1,15}$/.test(written) && written !== "-0";
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}
