/**
 * Reads a JSON text as values with their places.
 */

import { type JsonParser, type JsonPlaces, NODE } from "../../json-places.ts";
import { MAX_DEPTH, readJsonTolerantly } from "../../profile/json.ts";
import type { Member, Scalar, Value } from "../value.ts";
import type { ReadText } from "./read-text.ts";

/** Reads a JSON text; with mistakes there are no values. */
export function readJsonText(text: string, parse: JsonParser): ReadText {
  const { document, problems, lines } = readJsonTolerantly(text, parse);
  return document === undefined || problems.length > 0
    ? { roots: [], problems, lines }
    : { roots: [readNode(text, parse(text, MAX_DEPTH, 1), 0)], problems: [], lines };
}

/** The depth of the text bounds the recursion. */
function readNode(text: string, { nodes }: JsonPlaces, node: number): Value {
  const places = { nodes } as JsonPlaces;
  const [start, end] = [nodes[node * NODE] ?? 0, nodes[node * NODE + 1] ?? 0];
  const after = nodes[node * NODE + 2] ?? 0;
  const first = text.charAt(start);
  if (first === "[") {
    const items: Value[] = [];
    for (let next = node + 1; next < after; next = nodes[next * NODE + 2] ?? after) {
      items.push(readNode(text, places, next));
    }
    return { kind: "list", items, flow: true, start, end };
  }
  if (first === "{") {
    const members: Member[] = [];
    for (let key = node + 1; key < after; key = nodes[(key + 1) * NODE + 2] ?? after) {
      const [keyStart, keyEnd] = [nodes[key * NODE] ?? 0, nodes[key * NODE + 1] ?? 0];
      const word = JSON.parse(text.slice(keyStart, keyEnd)) as string;
      members.push({ key: word, keyStart, keyEnd, value: readNode(text, places, key + 1), merged: false });
    }
    return { kind: "map", members, flow: true, start, end };
  }
  return scalarOf(text.slice(start, end), start, end);
}

function scalarOf(written: string, start: number, end: number): Scalar {
  if (written.startsWith('"')) {
    const text = JSON.parse(written) as string;
    return { kind: "scalar", text, type: "string", style: "double", start, end };
  }
  const type = written === "null" ? "null" : written === "true" || written === "false" ? "boolean" : "number";
  return { kind: "scalar", text: written, type, style: "plain", start, end };
}
