/**
 * The differences of two profiles as JSON.
 */

import type { Architecture } from "../../tables/architectures.ts";
import { jsonReport } from "../json.ts";
import { type AllRows, differ, type Row } from "./rows.ts";

/** One object: the rows without capabilities, and what each capability that the profiles name, or all of them, changes about them. */
export function jsonOf(profiles: readonly [string, string], { name }: Architecture, all: AllRows): string {
  const { rows, cutShort, withCapability } = all;
  return jsonReport({
    profiles,
    architecture: name,
    differ: differ(all),
    differences: rows.map(ofRow),
    withCapability: withCapability.map(({ name: capability, only, not }) => ({
      capability: capability ?? null,
      only: only.map(ofRow),
      not: not.map(ofRow),
    })),
    cutShort: cutShort.map(({ architecture, calls, why }) => ({ architecture, calls, why })),
  });
}

function ofRow({ architecture, calls, verdicts, condition, example, line, crafted }: Row) {
  return {
    architecture,
    calls,
    verdicts,
    condition,
    example,
    simulate: line,
    crafted,
  };
}
