/**
 * Keys that differ from known ones in capital letters only.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { pointerTo } from "./pointer.ts";

/**
 * Whether a key is another one to a reader that does not tell capital letters from small ones. Go's encoding/json is
 * one, and folds as Unicode does, so that U+017F is an s and U+212A a k.
 */
export function isVariant(key: string, known: string): boolean {
  // No letter that folds to an ASCII one takes two units.
  return (
    key.length === known.length &&
    key !== known &&
    key.toLowerCase().replaceAll("\u017f", "s") === known.toLowerCase()
  );
}

/** Refuses such a key; `pointer` is that of the object that holds it. */
export function keyCase(key: string, meant: string, pointer: string): Diagnostic {
  return {
    code: "key-case",
    severity: "error",
    message: `the key '${key}' is '${meant}' to Docker and the OCI runtimes, and nothing to others`,
    hint: `write '${meant}'`,
    pointer: pointerTo(pointer, key),
    ofKey: true,
  };
}
