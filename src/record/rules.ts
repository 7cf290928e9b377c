/**
 * The rules for what a profile needs.
 */

import { enosys } from "../tables/errnos.ts";
import { answersOf } from "./answers.ts";
import { isWhole, type Need, type Needs } from "./needs.ts";
import type { Setting } from "./setting.ts";
import type { NewRule } from "./text.ts";

/** The comments of the rules; `--merge` adds to the rule with the first one. */
export const WHOLE_COMMENT = "seen, or needed by every program to start, to run and to end";
const VALUE_COMMENT = "with these values of arguments only";
const ANSWER_COMMENT = "ENOSYS, on which libraries make an older call, which is allowed";

/** The rules, calls without conditions first. */
export function rulesOf(setting: Setting, needs: Needs): readonly NewRule[] {
  const whole = needs.calls.filter(isWhole).map(({ name }) => name);
  const answers = answersOf(setting, needs);
  const rule = { errno: undefined, conditions: [] };
  return [
    ...(whole.length === 0 ? [] : [{ ...rule, comment: WHOLE_COMMENT, names: whole }]),
    ...rulesOfValues(needs.calls),
    ...(answers.length === 0
      ? []
      : [{ ...rule, comment: ANSWER_COMMENT, names: answers, errno: enosys(setting.target.arch) }]),
  ];
}

/** A rule for each value; calls with the same conditions share it. */
function rulesOfValues(calls: readonly Need[]): readonly NewRule[] {
  const rules = new Map<string, NewRule>();
  for (const { name, masks, values } of calls) {
    for (const args of values) {
      const conditions = masks.flatMap((mask, index) =>
        mask === 0n ? [] : [{ index, mask, value: (args[index] ?? 0n) & mask }],
      );
      const key = conditions.map(({ index, mask, value }) => `${index} ${mask} ${value}`).join();
      const names = [...(rules.get(key)?.names ?? []), name];
      rules.set(key, { comment: VALUE_COMMENT, names, errno: undefined, conditions });
    }
  }
  return [...rules.values()];
}
