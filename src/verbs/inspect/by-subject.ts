/**
 * The calls of an architecture by subject, and the calls of a subject by what becomes of them.
 */

import { addTo } from "../../groups.ts";
import { subjects } from "../../tables/subjects.ts";
import type { JudgedCall, Judgement } from "./calls.ts";
import type { JudgedArchitecture } from "./inspection.ts";

/** The calls of a subject that an architecture has; there is one at least. */
export interface OfSubject {
  readonly name: string;
  readonly calls: readonly JudgedCall[];
  /** Their ids by what becomes of them. */
  readonly groups: ReadonlyMap<Judgement, readonly number[]>;
}

/** The calls of an architecture by subject, in the order in which subjects are read. */
export function bySubject({ calls }: JudgedArchitecture): readonly OfSubject[] {
  const byId = new Map(calls.map((call) => [call.id, call]));
  return subjects()
    .map(({ name, ids }) => {
      const some = ids.flatMap((id) => byId.get(id) ?? []);
      const groups = new Map<Judgement, number[]>();
      for (const { id, judgement } of some) {
        addTo(groups, judgement, [id]);
      }
      return { name, calls: some, groups };
    })
    .filter((one) => one.calls.length > 0);
}
