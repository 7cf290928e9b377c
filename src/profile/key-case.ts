/**
 * Keys that differ from known ones only in case.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { pointerTo } from "./pointer.ts";

/**
 * Whether a reader that ignores case takes a key for another. Go's encoding/json does, with Unicode's case folding, so that
 * U+017F is an s and U+212A a k.
 */
export function isVariant(key: string, known: string): boolean {
  // No letter that folds to an ASCII one takes two units.
  return (
    key.length === known.length &&
    key !== known &&
    key.toLowerCase().replaceAll("\u017f", "s") === known.toLowerCase()
  );
}

/** The error for such a key; `pointer` is that of its object. */
export function keyCase(key: string, meant: string, pointer: string): Diagnostic {
  return {
    code: "key-case",
    severity: "error",
    message: `Docker and the OCI runtimes read the key '${key}' as '${meant}'; others ignore it`,
    hint: `write '${meant}'`,
    pointer: pointerTo(pointer, key),
    ofKey: true,
  };
}
