/** One run of the launch benchmark: the contestants take turns, and what came out is summarized. */

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ParseArgsConfig } from "node:util";
import { countWithCallgrind } from "../test/support/programs/callgrind.ts";
import { nodeAlone, type Peer } from "./contestants.ts";
import { type Contestant, type Inspection, inspect, measure, type Runs } from "./harness.ts";
import { filtersOfCommand } from "./outside.ts";
import { compileWithMusl } from "./peers.ts";
import { firstLine } from "./programs.ts";
import { selectPeers } from "./roster.ts";
import { chooseProfile, describeMachine, findExecutable, outputDirectory, warnWhenBusy } from "./setting.ts";
import { type Summary, summarize } from "./statistics.ts";

/** The options of the programs that measure launches, for parseArgs. */
export const LAUNCH_OPTIONS = {
  profile: { type: "string" },
  exe: { type: "string" },
  rounds: { type: "string", default: "300" },
  warmup: { type: "string", default: "10" },
  "slow-every": { type: "string", default: "10" },
  without: { type: "string", multiple: true, default: [] },
  cpu: { type: "string" },
  caps: { type: "string" },
  "stand-in-length": { type: "string", default: "300" },
  instructions: { type: "boolean", default: false },
} as const satisfies ParseArgsConfig["options"];

/** What parseArgs makes of {@link LAUNCH_OPTIONS}. */
export interface LaunchOptions {
  readonly profile?: string | undefined;
  readonly exe?: string | undefined;
  readonly rounds: string;
  readonly warmup: string;
  readonly "slow-every": string;
  readonly without: readonly string[];
  readonly cpu?: string | undefined;
  readonly caps?: string | undefined;
  readonly "stand-in-length": string;
  readonly instructions: boolean;
}

/** What is known of a launcher besides its times. */
export interface Sight {
  /** The lengths of the filters that the command starts under; -2: there is one that the kernel does not show. */
  readonly filters: readonly number[];
  /** Only of launchers that become the command. */
  readonly inspection?: Inspection;
}

export interface Result {
  readonly name: string;
  readonly command: readonly string[];
  readonly role?: Peer["role"];
  readonly wallUs: Summary;
  readonly processorUs: Summary;
  /** Wall time over the median of the bare static exec of the same command; only for launchers. */
  readonly launchCostUs?: Summary;
  /** The same of processor time, which other load on the machine disturbs less. */
  readonly processorCostUs?: Summary;
  readonly executableBytes?: number;
  readonly sight?: Sight;
  readonly maxRssKb: number;
}

export interface LaunchRun {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly began: Date;
  readonly profile: string;
  readonly options: LaunchOptions;
  readonly results: readonly Result[];
  readonly missing: readonly string[];
  readonly versions: readonly string[];
  readonly remarks: readonly string[];
  /** Where the raw numbers are. */
  readonly file: string;
}

/** Looks at one launch of the peer, and refuses to measure a launcher that does not do its work. */
async function look(peer: Peer, payload: string, withInstructions: boolean): Promise<Sight> {
  const sight = peer.runsApart
    ? { filters: await filtersOfCommand(peer) }
    : inspectItself(peer, payload, withInstructions);
  const isFiltered = sight.filters.length > 0;
  if (isFiltered !== (peer.filter === "some")) {
    throw new Error(`${peer.name}: the command runs under ${isFiltered ? "a" : "no"} filter`);
  }
  return sight;
}

function inspectItself(peer: Peer, payload: string, withInstructions: boolean): Sight {
  const command = peer.launch([payload]);
  const { program: _, ...seen } = inspect(command);
  if (seen.execs !== 2) {
    throw new Error(`${peer.name} does not replace itself with the command`);
  }
  const filter = seen.filter === -2 && peer.filterLength ? peer.filterLength() : seen.filter;
  const instructions = withInstructions ? countInstructions(peer, command, payload) : 0;
  return { filters: filter === -1 ? [] : [filter], inspection: { ...seen, filter, instructions } };
}

/** Instructions in user mode of one launch; 0 where they cannot be counted. */
function countInstructions(peer: Peer, command: readonly string[], payload: string): number {
  if (peer.countedBy === "steps") {
    return inspect(command, { steps: true }).instructions;
  }
  return peer.countedBy === "callgrind"
    ? countWithCallgrind(command, payload, join(outputDirectory, "callgrind.out"))
    : 0;
}

/** Checks each launcher once, and measures all of them in turns. */
export async function measureLaunches(options: LaunchOptions): Promise<LaunchRun> {
  const began = new Date();
  warnWhenBusy();
  const machine = describeMachine();
  const profile = chooseProfile(options.profile);
  const executable = findExecutable(options.exe);
  const payload = compileWithMusl("peers/payload.c");
  const { peers, missing } = await selectPeers({
    profile,
    executable,
    caps: options.caps,
    standInLength: Number(options["stand-in-length"]),
    without: options.without,
  });
  for (const one of missing) {
    process.stderr.write(`bench: without ${one}\n`);
  }
  const sights: Sight[] = [];
  for (const peer of peers) {
    sights.push(await look(peer, payload, options.instructions));
  }
  const rounds = Number(options.rounds);
  const every = Number(options["slow-every"]);
  const contestants: Contestant[] = peers.map((peer) => ({
    name: peer.name,
    command: peer.launch([payload]),
    every: peer.slow ? every : 1,
    first: peer.disturbs ? Math.min(Math.floor(every / 2), rounds - 1) : 0,
  }));
  contestants.push({ name: "the command alone, no launcher", command: [payload] });
  if (!options.without.includes("node")) {
    contestants.push({ ...nodeAlone, every });
  }
  const runs = measure(contestants, {
    rounds,
    warmup: Number(options.warmup),
    cpu: options.cpu === undefined ? undefined : Number(options.cpu),
  });
  const results = summarizeAll(contestants, runs, peers, sights);
  const file = join(outputDirectory, "launch.json");
  const own = executable === undefined ? [] : [firstLine(executable, "--version")];
  const run: LaunchRun = {
    machine,
    began,
    profile: profile.source,
    options,
    results,
    missing,
    versions: [...new Set([...own, ...peers.flatMap(({ version = [] }) => version)])],
    remarks: peers.flatMap(({ remark }) => (remark ? [remark()] : [])),
    file,
  };
  writeFileSync(file, `${JSON.stringify({ ...run, runs }, null, 1)}\n`);
  return run;
}

function summarizeAll(
  contestants: readonly Contestant[],
  runs: readonly Runs[],
  peers: readonly Peer[],
  sights: readonly Sight[],
): Result[] {
  const inUs = (values: readonly number[] = []) => values.map((ns) => ns / 1000);
  const bareWall = summarize(inUs(runs[0]?.wallNs)).median;
  const bareProcessor = summarize(inUs(runs[0]?.processorNs)).median;
  const over = (values: readonly number[], bare: number) => summarize(values.map((value) => value - bare));
  return contestants.map(({ name, command }, i): Result => {
    const [wall, processor] = [inUs(runs[i]?.wallNs), inUs(runs[i]?.processorNs)];
    const peer = peers[i];
    const sight = sights[i];
    return {
      name,
      command,
      wallUs: summarize(wall),
      processorUs: summarize(processor),
      ...(peer && {
        launchCostUs: over(wall, bareWall),
        processorCostUs: over(processor, bareProcessor),
        executableBytes: statSync(peer.executable).size,
      }),
      ...(peer?.role && { role: peer.role }),
      ...(sight && { sight }),
      maxRssKb: Math.max(...(runs[i]?.maxRssKb ?? [])),
    };
  });
}
