/**
 * A value of a task definition, JSON or YAML, with its place in the text.
 */

/** Offsets into the text, in UTF-16 units; the end is that of the value itself. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export type Value = MapValue | ListValue | Scalar;

export interface MapValue extends Place {
  readonly kind: "map";
  /** Without duplicates; those that a merge key adds come last. */
  readonly members: readonly Member[];
  /** Whether it is written in brackets. */
  readonly flow: boolean;
}

export interface Member {
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Value;
  /** Whether a merge key brought it in: it is written elsewhere. */
  readonly merged: boolean;
  /** Whether a merge key after it has a member of this name too: sigs.k8s.io/yaml then takes that one, against YAML. */
  readonly contested?: true;
}

export interface ListValue extends Place {
  readonly kind: "list";
  readonly items: readonly Value[];
  readonly flow: boolean;
}

export interface Scalar extends Place {
  readonly kind: "scalar";
  /** What is meant: of a string its content, of anything else as it is written. */
  readonly text: string;
  readonly type: "string" | "number" | "boolean" | "null";
  /** How it is written; JSON's strings are double. */
  readonly style: "plain" | "single" | "double" | "literal" | "folded";
}

/** The member of a mapping; undefined if there is none. */
export function memberOf(value: Value | undefined, key: string): Member | undefined {
  return value?.kind === "map" ? value.members.find((member) => member.key === key) : undefined;
}

/** The value that the keys lead to; null counts as absent, as all readers of definitions have it. */
export function at(value: Value | undefined, ...keys: readonly string[]): Value | undefined {
  let found = value;
  for (const key of keys) {
    found = memberOf(found, key)?.value;
  }
  return found?.kind === "scalar" && found.type === "null" ? undefined : found;
}

/** The items of a list; of anything else none. */
export function itemsAt(value: Value | undefined, ...keys: readonly string[]): readonly Value[] {
  const found = at(value, ...keys);
  return found?.kind === "list" ? found.items : [];
}

/** The members of a mapping; of anything else none. */
export function membersAt(value: Value | undefined, ...keys: readonly string[]): readonly Member[] {
  const found = at(value, ...keys);
  return found?.kind === "map" ? found.members : [];
}

export function scalarAt(value: Value | undefined, ...keys: readonly string[]): Scalar | undefined {
  const found = at(value, ...keys);
  return found?.kind === "scalar" ? found : undefined;
}

export function textAt(value: Value | undefined, ...keys: readonly string[]): string | undefined {
  return scalarAt(value, ...keys)?.text;
}

/** Whether it says true: as YAML 1.1 has it too, which is what Kubernetes and Compose read. */
export function isTrue(value: Value | undefined): boolean {
  return value?.kind === "scalar" && /^(?:true|yes|y|on)$/i.test(value.text);
}
