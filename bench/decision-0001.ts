/**
 * Reproduces the figures of the decision not to build on Node: wall time, and the process state handed on.
 *
 *     npx tsx bench/decision-0001.ts --profile FILE [--rounds 100]
 *
 * The state is compared with the one that the command sees when no launcher stands before it. Node's own figures
 * depend on its version; run this with the Node that is to be judged.
 */

import { writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bareExecs, libseccompPeers, nodeAlone, nodeFfi, ourPeers, type Peer } from "./contestants.ts";
import { type Contestant, capture, measure } from "./harness.ts";
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
    rounds: { type: "string", default: "100" },
    warmup: { type: "string", default: "5" },
  },
});

/** What the command saw of itself, see peers/state.c. */
type State = Readonly<Record<string, string>>;

/** What a launcher that installs a filter is meant to change. */
const MEANT = new Set(["Seccomp", "NoNewPrivs"]);

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

function signalsOf(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((number) => (bits >> BigInt(number - 1)) & 1n)
    .map((number) => signalNames.get(number) ?? `signal ${number}`);
}

/** One difference in words. */
function describeChange(key: string, before: string, after: string): string[] {
  if (key === "SigIgn" || key === "SigBlk") {
    const [left, right] = [new Set(signalsOf(before)), new Set(signalsOf(after))];
    const state = key === "SigIgn" ? "ignored" : "blocked";
    return [
      ...[...left].filter((name) => !right.has(name)).map((name) => `${name} is no longer ${state}`),
      ...[...right].filter((name) => !left.has(name)).map((name) => `${name} became ${state}`),
    ];
  }
  if (key.startsWith("RLIMIT_")) {
    const [[soft0, hard0], [soft1, hard1]] = [before.split(":"), after.split(":")];
    return [
      ...(soft0 === soft1 ? [] : [`soft ${key} ${soft0} became ${soft1}`]),
      ...(hard0 === hard1 ? [] : [`hard ${key} ${hard0} became ${hard1}`]),
    ];
  }
  return [`${key}: "${before}" became "${after}"`];
}

function changes(before: State, after: State): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !MEANT.has(key) && before[key] !== after[key])
    .flatMap((key) => describeChange(key, before[key] ?? "", after[key] ?? ""));
}

const profile = chooseProfile(options.profile);
const executable = findExecutable(options.exe);
const payload = compile("peers/payload.c");
const stateCommand = [compile("peers/state.c")];
const givenState = compile("peers/given-state.c");

const peers: Peer[] = [...bareExecs()];
if (executable) peers.push(...ourPeers(executable, profile, undefined));
else process.stderr.write("bench: build/out/seccomp-exec is not built; only the peers are measured\n");
const libseccomp = libseccompPeers(profile, undefined);
if (typeof libseccomp === "string")
  process.stderr.write(`bench: without the libseccomp peer: ${libseccomp}\n`);
else peers.push(...libseccomp);
peers.push(nodeFfi());

const stateUnder = (prefix: readonly string[]) => JSON.parse(capture([givenState, ...prefix])) as State;
const given = stateUnder(stateCommand);
const handedOn = peers.map((peer) => changes(given, stateUnder(peer.launch(stateCommand))));

warnWhenBusy();
const machine = describeMachine();
const contestants: Contestant[] = [
  ...peers.map((peer) => ({ name: peer.name, command: peer.launch([payload]) })),
  { name: "the command alone, no launcher", command: [payload] },
  nodeAlone,
  { name: "/bin/true alone, for scale", command: ["/bin/true"] },
];
const runs = measure(contestants, { rounds: Number(options.rounds), warmup: Number(options.warmup) });
const walls: Summary[] = runs.map((run) => summarize(run.wallNs.map((ns) => ns / 1e6)));

const timeTable = renderTable([
  ["launcher", "wall ms", "quartiles", "min"],
  ...contestants.map(({ name }, i) => {
    const wall = walls[i] ?? summarize([]);
    const quartiles = `${wall.lowerQuartile.toFixed(2)}..${wall.upperQuartile.toFixed(2)}`;
    return [name, wall.median.toFixed(2), quartiles, wall.min.toFixed(2)];
  }),
]);
const stateText = peers
  .map(({ name }, i) => {
    const found = handedOn[i] ?? [];
    return `${name}: ${found.length === 0 ? "unchanged" : found.map((change) => `\n    ${change}`).join("")}\n`;
  })
  .join("");

const file = join(outputDirectory, "decision-0001.json");
const record = {
  machine,
  profile: profile.source,
  wallMs: Object.fromEntries(contestants.map(({ name }, i) => [name, walls[i]])),
  given,
  changes: Object.fromEntries(peers.map(({ name }, i) => [name, handedOn[i]])),
};
writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`);

const facts = Object.entries(machine).map((pair) => pair.join(" "));
process.stdout.write(`Decision 0001, ${facts.join(", ")}
Profile: ${profile.source}

Wall time to start and end a static program that only calls _exit(0), ${options.rounds} runs each in turns:

${timeTable}
Process state that the command sees, against the same command without a launcher. Given: soft RLIMIT_NOFILE 256,
SIGHUP ignored, SIGUSR2 blocked, SIGPIPE and SIGXFSZ default, umask 027, descriptor 9 open. The filter itself and
no_new_privs are left out.

${stateText}
Raw numbers: ${shown(file)}
`);
