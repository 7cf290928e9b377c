/**
 * Measures what it costs to start a command under a filter: ours, and each peer in the same run.
 *
 *     npx tsx bench/launch.ts --profile FILE [--rounds 300]
 *
 * See bench/README.md for what is measured.
 */

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { countWithCallgrind } from "../test/support/callgrind.ts";
import {
  bareExec,
  libseccompPeers,
  nodeAlone,
  nodeFfi,
  ourFilter,
  ourPeers,
  type Peer,
  readyFilter,
} from "./contestants.ts";
import { type Contestant, type Inspection, inspect, measure } from "./harness.ts";
import { compile } from "./peers.ts";
import {
  chooseProfile,
  describeMachine,
  findExecutable,
  outputDirectory,
  shown,
  warnWhenBusy,
} from "./setting.ts";
import { renderTable, type Summary, summarize } from "./statistics.ts";

const { values: options } = parseArgs({
  options: {
    profile: { type: "string" },
    exe: { type: "string" },
    rounds: { type: "string", default: "300" },
    warmup: { type: "string", default: "10" },
    "node-every": { type: "string", default: "10" },
    cpu: { type: "string" },
    caps: { type: "string" },
    "stand-in-length": { type: "string", default: "300" },
    instructions: { type: "boolean", default: false },
    "no-node": { type: "boolean", default: false },
  },
});

interface Result {
  readonly name: string;
  readonly wallUs: Summary;
  readonly processorUs: Summary;
  /** Median wall time over that of the bare static exec of the same command; only for launchers. */
  readonly launchCostUs?: number;
  /** The same of processor time, which other load on the machine disturbs less. */
  readonly processorCostUs?: number;
  readonly executableBytes?: number;
  readonly inspection?: Inspection;
  readonly maxRssKb: number;
}

const note = (message: string) => process.stderr.write(`bench: ${message}\n`);

const profile = chooseProfile(options.profile);
const executable = findExecutable(options.exe);
const payload = compile("peers/payload.c");

/** The peers that can be had; the bare static exec is the first and the ready filter the second. */
function selectPeers(): Peer[] {
  const filter = executable === undefined ? undefined : ourFilter(executable, profile, options.caps);
  const peers = [bareExec(), readyFilter(filter, Number(options["stand-in-length"]))];
  if (executable) peers.push(...ourPeers(executable, profile, options.caps));
  else note("build/out/seccomp-exec is not built; only the peers are measured");
  const libseccomp = libseccompPeers(profile, options.caps);
  if (typeof libseccomp === "string") note(`without the libseccomp peer: ${libseccomp}`);
  else peers.push(...libseccomp);
  if (!options["no-node"]) peers.push(nodeFfi());
  return peers;
}

/** Looks at one launch of the peer, and refuses to measure a launcher that does not do its work. */
function inspectPeer(peer: Peer): Inspection {
  const command = peer.launch([payload]);
  const { program: _, ...seen } = inspect(command);
  const filter = seen.filter === -2 && peer.filterLength ? peer.filterLength() : seen.filter;
  if (seen.execs !== 2) throw new Error(`${peer.name} does not replace itself with the command`);
  if (peer.filter === "some" ? filter === -1 : filter > 0) {
    throw new Error(`${peer.name}: the command runs under ${filter > 0 ? "a" : "no"} filter`);
  }
  return { ...seen, filter, instructions: options.instructions ? countInstructions(peer, command) : 0 };
}

/** Instructions in user mode of one launch; 0 where they cannot be counted. */
function countInstructions(peer: Peer, command: readonly string[]): number {
  if (peer.countedBy === "steps") return inspect(command, { steps: true }).instructions;
  return peer.countedBy === "callgrind"
    ? countWithCallgrind(command, payload, join(outputDirectory, "callgrind.out"))
    : 0;
}

const peers = selectPeers();
const inspections = peers.map(inspectPeer);
const nodeEvery = Number(options["node-every"]);
const contestants: Contestant[] = peers.map((peer) => ({
  name: peer.name,
  command: peer.launch([payload]),
  every: peer.executable === process.execPath ? nodeEvery : 1,
}));
contestants.push({ name: "the command alone, no launcher", command: [payload] });
if (!options["no-node"]) contestants.push({ ...nodeAlone, every: nodeEvery });

warnWhenBusy();
const machine = describeMachine();
const runs = measure(contestants, {
  rounds: Number(options.rounds),
  warmup: Number(options.warmup),
  cpu: options.cpu === undefined ? undefined : Number(options.cpu),
});

const walls = runs.map((run) => summarize(run.wallNs.map((ns) => ns / 1000)));
const bare = walls[0]?.median ?? Number.NaN;
const processors = runs.map((run) => summarize(run.processorNs.map((ns) => ns / 1000)));
const bareProcessor = processors[0]?.median ?? Number.NaN;
const results = contestants.map((contestant, i): Result => {
  const run = runs[i] ?? { wallNs: [], processorNs: [], maxRssKb: [] };
  const wallUs = walls[i] ?? summarize([]);
  const processorUs = processors[i] ?? summarize([]);
  const peer = peers[i];
  const inspection = inspections[i];
  return {
    name: contestant.name,
    wallUs,
    processorUs,
    ...(peer && {
      launchCostUs: wallUs.median - bare,
      processorCostUs: processorUs.median - bareProcessor,
    }),
    ...(peer && { executableBytes: statSync(peer.executable).size }),
    ...(inspection && { inspection }),
    maxRssKb: Math.max(...run.maxRssKb),
  };
});

const ms = (us: number | undefined) => (us === undefined ? "" : (us / 1000).toFixed(3));
const times = (ratio: number) => (ratio > 0 ? `${ratio.toFixed(ratio < 10 ? 2 : 1)}x` : "");
const readyCost = results[1]?.launchCostUs ?? Number.NaN;

const timeTable = renderTable([
  [
    "launcher",
    "runs",
    "wall ms",
    "quartiles",
    "min",
    "launch cost ms",
    "cpu ms",
    "cpu cost ms",
    "of bare exec",
    "of ready filter",
  ],
  ...results.map((result) => [
    result.name,
    String(result.wallUs.count),
    ms(result.wallUs.median),
    `${ms(result.wallUs.lowerQuartile)}..${ms(result.wallUs.upperQuartile)}`,
    ms(result.wallUs.min),
    ms(result.launchCostUs),
    ms(result.processorUs.median),
    ms(result.processorCostUs),
    times(result.wallUs.median / bare),
    times((result.launchCostUs ?? Number.NaN) / readyCost),
  ]),
]);

const filterText = (filter: number) => (filter === -1 ? "none" : String(filter));
const sizeTable = renderTable([
  ["launcher", "file KB", "peak KB", "anonymous KB", "system calls", "filter", "user instructions"],
  ...results.flatMap(({ name, executableBytes = 0, inspection }) =>
    inspection
      ? [
          [
            name,
            (executableBytes / 1024).toFixed(0),
            String(inspection.peakKb),
            String(inspection.anonymousKb),
            String(inspection.systemCalls),
            filterText(inspection.filter),
            inspection.instructions > 0 ? inspection.instructions.toLocaleString("en") : "",
          ],
        ]
      : [],
  ),
]);

const file = join(outputDirectory, "launch.json");
const record = { machine, profile: profile.source, options, results, runs };
writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`);

process.stdout.write(`Launch cost, ${Object.entries(machine)
  .map((pair) => pair.join(" "))
  .join(", ")}
Profile: ${profile.source}
Command: a static program that only calls _exit(0).
Wall: from posix_spawn to the return of wait4, all contestants in turns, medians.
Launch cost: median wall less that of the bare static exec of the same command; cpu: user and system time.

${timeTable}
One launch of each, watched through ptrace, up to the command's first instruction:

${sizeTable}
Raw numbers: ${shown(file)}
`);
