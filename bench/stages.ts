/**
 * Where the time of our launches goes, stage by stage, as `--timing` of the executable tells.
 */

import { spawnSync } from "node:child_process";
import { giveUp } from "./setting.ts";
import { summarize } from "./statistics.ts";

const LAUNCHES = 200;

/** Medians in microseconds: a row for each stage, a column for each launch. */
export function stageRows(
  executable: string,
  launches: Readonly<Record<string, readonly string[]>>,
): string[][] {
  const names = Object.keys(launches);
  const columns = Object.values(launches).map((options) => stagesOf(executable, options));
  const stages = [...(columns[0]?.keys() ?? [])];
  // One with a prepared filter has no stages of compiling.
  const shown = (time: number | undefined): string => (time === undefined ? "" : String(Math.round(time)));
  return [
    ["stage", ...names],
    ...stages.map((stage) => [stage, ...columns.map((column) => shown(column.get(stage)))]),
  ];
}

function stagesOf(executable: string, options: readonly string[]): ReadonlyMap<string, number> {
  const figures = new Map<string, number[]>();
  for (let i = 0; i < LAUNCHES; i += 1) {
    const { stderr } = spawnSync(executable, ["--timing", ...options, "--", "/bin/true"], {
      encoding: "utf8",
    });
    const found = [...stderr.matchAll(/(\w+) (\d+)(?=[,;])/g)];
    const whole = /; (\d+) microseconds/.exec(stderr)?.[1];
    if (found.length === 0 || whole === undefined) {
      return giveUp(`no timing: ${stderr}`);
    }
    for (const [, stage = "", time] of [...found, ["", "all of it", whole] as const]) {
      figures.set(stage, [...(figures.get(stage) ?? []), Number(time)]);
    }
  }
  return new Map([...figures].map(([stage, times]) => [stage, summarize(times).median]));
}
