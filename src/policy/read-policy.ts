/**
 * Resolves what was read to a policy, and collects all diagnostics.
 */

import type { ReadResult } from "../profile/read-typed.ts";
import { withoutBlamed } from "../profile/schema-errors.ts";
import { type ResolveOptions, type ResolveResult, resolve } from "./resolve.ts";
import type { Target } from "./target.ts";

/** Resolves what was read for a machine; also looks for further mistakes in a profile that has some. */
export function readPolicy(read: ReadResult, target: Target, options: ResolveOptions): ResolveResult {
  if (read.draft === undefined) {
    return { policy: undefined, diagnostics: read.diagnostics };
  }
  const { policy, diagnostics } = resolve(read.draft, target, options);
  if (read.profile === undefined) {
    const more = withoutBlamed(diagnostics, read.diagnostics);
    return { policy: undefined, diagnostics: [...read.diagnostics, ...more] };
  }
  return { policy, diagnostics: [...read.diagnostics, ...diagnostics] };
}
