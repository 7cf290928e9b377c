/** The results of the launch benchmark as rows of tables. */

import type { LaunchRun, Result } from "./launches.ts";

export type Rows = (readonly string[])[];

const ms = (us: number | undefined) =>
  us === undefined ? "" : (us / 1000).toFixed(3).replace("-0.000", "0.000");

function times(ratio: number): string {
  // What costs as much as nothing has no ratio.
  if (!(ratio > 0.001)) {
    return "";
  }
  return `${ratio < 1 ? ratio.toPrecision(2) : ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0)}x`;
}

/** The median launch cost of the one with this role, or not a number. */
function costOf(results: readonly Result[], role: Result["role"]): number {
  return results.find((result) => result.role === role)?.launchCostUs?.median ?? Number.NaN;
}

export function timeRows({ results }: LaunchRun): Rows {
  const limit = costOf(results, "limit");
  const libseccomp = costOf(results, "libseccomp");
  const ratio = ({ launchCostUs, role }: Result, to: number) =>
    launchCostUs === undefined || role === "wrapper" ? "" : times(launchCostUs.median / to);
  return [
    [
      "launcher",
      "runs",
      "wall ms",
      "quartiles",
      "launch cost ms",
      "cpu ms",
      "cpu cost ms",
      "of libseccomp",
      "of ready filter",
    ],
    ...results.map((result) => [
      result.name,
      String(result.wallUs.count),
      ms(result.wallUs.median),
      `${ms(result.wallUs.lowerQuartile)}..${ms(result.wallUs.upperQuartile)}`,
      ms(result.launchCostUs?.median),
      ms(result.processorUs.median),
      ms(result.processorCostUs?.median),
      ratio(result, libseccomp),
      ratio(result, limit),
    ]),
  ];
}

export function sizeRows({ results, options }: LaunchRun): Rows {
  const head = ["launcher", "file KB", "peak KB", "anonymous KB", "system calls", "filter"];
  return [
    options.instructions ? [...head, "user instructions"] : head,
    ...results.flatMap(({ name, executableBytes = 0, sight, maxRssKb }) => {
      if (sight === undefined) {
        return [];
      }
      const { filters, inspection } = sight;
      const row = [
        name,
        (executableBytes / 1024).toFixed(0),
        // The kernel's own count where the launcher could be watched: the other includes the harness's half megabyte.
        String(inspection?.peakKb ?? maxRssKb),
        inspection === undefined ? "" : String(inspection.anonymousKb),
        inspection === undefined ? "" : String(inspection.systemCalls),
        filters.map((length) => (length < 0 ? "hidden" : length)).join(" + ") || "none",
      ];
      const instructions = inspection?.instructions || undefined;
      return [options.instructions ? [...row, instructions?.toLocaleString("en") ?? ""] : row];
    }),
  ];
}
