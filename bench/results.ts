/**
 * Measures everything that is published, in one run, and writes it to bench/RESULTS.md and bench/results.svg.
 *
 *     npx tsx bench/results.ts [OPTIONS of bench/launch.ts]           also: make bench
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { shownCommand } from "./command-line.ts";
import { preparedCopy } from "./contestants.ts";
import { capture } from "./harness.ts";
import { LAUNCH_OPTIONS, measureLaunches } from "./launches.ts";
import { resultsPage } from "./page.ts";
import { plotLaunchCosts } from "./plot.ts";
import { benchDirectory, chooseProfile, findExecutable, giveUp, shown } from "./setting.ts";
import { measureShipped } from "./shipped.ts";
import { stageRows } from "./stages.ts";

const PAGE = join(benchDirectory, "RESULTS.md");
const PLOT = "results.svg";

const { values: options } = parseArgs({ options: LAUNCH_OPTIONS });
const run = await measureLaunches(options);
const shipped = await measureShipped();
const executable = findExecutable(options.exe) ?? giveUp("build the executable first: make");
const profile = chooseProfile(undefined);
const stages = stageRows(executable, {
  "Docker's default as a file": ["--profile", profile.file],
  "the same, prepared": ["--profile", preparedCopy(executable, profile, [])],
  "builtin:default.json": ["--profile", "builtin:default.json"],
  "builtin:strict.json": ["--profile", "builtin:strict.json"],
});
const calls = capture(["npx", "tsx", join(benchDirectory, "syscalls.ts")]);
const supervision = capture(["npx", "tsx", join(benchDirectory, "supervision.ts")]);
const { machine, began } = run;
const subtitle = `${machine["processor"]}, Linux ${machine["kernel"]}, ${began.toISOString().slice(0, 10)}; ${options.rounds} rounds`;
const command = shownCommand(["npx", "tsx", "bench/results.ts", ...process.argv.slice(2)]);
writeFileSync(join(benchDirectory, PLOT), plotLaunchCosts(run.results, subtitle));
writeFileSync(PAGE, resultsPage({ run, shipped, stages, calls, supervision, plot: PLOT, command }));
process.stdout.write(`${shown(PAGE)} and bench/${PLOT} are written; raw numbers: ${shown(run.file)}\n`);
