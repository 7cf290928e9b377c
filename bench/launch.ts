/**
 * Measures what it costs to start a command under a filter: ours, and each peer in the same run.
 *
 *     npx tsx bench/launch.ts --profile FILE [--rounds 300]
 *
 * See bench/README.md for what is measured; bench/results.ts writes it down.
 */

import { parseArgs } from "node:util";
import { sizeRows, timeRows } from "./launch-tables.ts";
import { LAUNCH_OPTIONS, measureLaunches } from "./launches.ts";
import { shown } from "./setting.ts";
import { renderTable } from "./statistics.ts";

const { values: options } = parseArgs({ options: LAUNCH_OPTIONS });
const run = await measureLaunches(options);
const facts = Object.entries(run.machine).map((pair) => pair.join(" "));
process.stdout.write(`Launch cost, ${facts.join(", ")}
Profile: ${run.profile}
Command: a static program that only calls _exit(0).
Wall: from posix_spawn to the return of wait4, all contestants in turns, medians.
Launch cost: median wall less that of the bare static exec of the same command; cpu: user and system time.

${renderTable(timeRows(run))}
Up to the command's first instruction:

${renderTable(sizeRows(run))}
${run.remarks.map((remark) => `${remark}\n`).join("")}Raw numbers: ${shown(run.file)}
`);
