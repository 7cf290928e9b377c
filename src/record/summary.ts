/**
 * What a recording says at its end, in lines.
 */

import { counted, listed } from "../plural.ts";
import { MAX_VALUES } from "./needs.ts";
import type { SeenCall } from "./observation.ts";
import type { Recorded } from "./record.ts";
import type { Setting } from "./setting.ts";

/** How many calls are listed by count. */
const MOST = 20;

/** The summary, without the program's name. Names of architectures are given where they are not the native one. */
export function summaryLines(setting: Setting, recorded: Recorded, file: string): readonly string[] {
  const { needs, added, dangers } = recorded;
  const { seen, refused, nameless, widened, withoutStart } = needs;
  const native = setting.target.arch;
  const rows = byCount(seen, native.name);
  const total = seen.reduce((sum, { call }) => sum + call.count, 0);
  const isExact = setting.options.exact;
  return [
    `${counted(total, "call")} of ${counted(rows.length, "kind")}${isExact ? "" : ", without those that are allowed from the start"}`,
    ...columns(rows.slice(0, MOST)),
    ...(rows.length > MOST ? [`  and ${counted(rows.length - MOST, "kind")} more`] : []),
    ...[...widened].map(([name, why]) => `${name} is allowed with all arguments: ${REASONS[why]}`),
    ...byCount(refused, native.name).map(
      ([name, count]) => `the base does not allow ${name}, which was called ${times(count)}`,
    ),
    ...(withoutStart.length === 0
      ? []
      : [`the base does not allow what programs need to start and to end: ${listed(withoutStart)}`]),
    ...nameless.map(
      ({ nr, count }) =>
        `no call is known by the number ${nr}, which was called ${times(count)}: it is not in the profile`,
    ),
    ...dangers.map(({ message }) => `dangerous: ${message}`),
    `${file}: ${amount(setting, recorded, added.length)}`,
  ];
}

const REASONS = {
  values: `it was made with more than ${MAX_VALUES} different values`,
  hidden: "a 32-bit program passed them in memory, where no filter sees them",
};

function amount(setting: Setting, { needs }: Recorded, added: number): string {
  return setting.old === undefined
    ? `allows ${counted(needs.calls.length, "call")}`
    : added === 0
      ? "nothing is new"
      : `${counted(added, "call")} ${added === 1 ? "is" : "are"} new`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** Names with their counts, the most frequent first. */
function byCount(calls: readonly SeenCall[], native: string): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { name, arch, call } of calls) {
    const shown = arch.name === native ? name : `${name} (${arch.name})`;
    counts.set(shown, (counts.get(shown) ?? 0) + call.count);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function columns(rows: readonly (readonly [string, number])[]): readonly string[] {
  const width = Math.max(0, ...rows.map(([, count]) => String(count).length));
  return rows.map(([name, count]) => `  ${String(count).padStart(width)}  ${name}`);
}
