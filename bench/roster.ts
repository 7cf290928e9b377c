/** Which launchers take part in a run, and which are left out and why. */

import {
  bareExecs,
  libseccompPeers,
  nodeFfi,
  ourFilter,
  ourPeers,
  ourStrictPeer,
  type Peer,
  type ReadyFilter,
  readyFilter,
} from "./contestants.ts";
import { dockerPeers } from "./docker.ts";
import { standInFilter } from "./peers.ts";
import { crunPeers, runcPeers } from "./runtimes.ts";
import { bubblewrapPeers, firejailPeers } from "./sandboxes.ts";
import { type BenchProfile, giveUp } from "./setting.ts";

export interface RosterOptions {
  readonly profile: BenchProfile;
  /** The executable under test, or undefined where it is not built. */
  readonly executable: string | undefined;
  readonly caps: string | undefined;
  readonly standInLength: number;
  /** Names of {@link OPTIONAL}. */
  readonly without: readonly string[];
}

export interface Roster {
  /** The bare static exec is the first and the ready filter the second. */
  readonly peers: readonly Peer[];
  /** What is left out, each with its reason. */
  readonly missing: readonly string[];
}

/** Makes the peers of one kind, or says why they cannot be had. */
type MakePeers = (options: RosterOptions, filter: ReadyFilter) => Peer[] | string | Promise<Peer[] | string>;

/** The peers that can be left out, by the names for `--without`. */
const OPTIONAL: Readonly<Record<string, MakePeers>> = {
  libseccomp: ({ profile, caps }) => libseccompPeers(profile, caps),
  bubblewrap: (_, { program }) => bubblewrapPeers(program),
  firejail: ({ profile, caps }) => firejailPeers(profile, caps),
  crun: ({ profile, caps }) => crunPeers(profile, caps),
  runc: ({ profile, caps }) => runcPeers(profile, caps),
  node: () => [nodeFfi()],
  docker: () => dockerPeers(),
};

export async function selectPeers(options: RosterOptions): Promise<Roster> {
  const { profile, executable, caps, standInLength, without } = options;
  const unknown = without.find((name) => !(name in OPTIONAL));
  if (unknown !== undefined) {
    giveUp(`--without ${unknown}: it is none of ${Object.keys(OPTIONAL).join(", ")}`);
  }
  const filter: ReadyFilter =
    executable === undefined
      ? { program: standInFilter(standInLength), source: "stand-in" }
      : { program: ourFilter(executable, profile, caps), source: "ours" };
  const [bare, ...others] = bareExecs() as [Peer, ...Peer[]];
  const peers = [bare, readyFilter(filter), ...others];
  const missing: string[] = [];
  if (executable === undefined) {
    missing.push("seccomp-exec: build/out/seccomp-exec is not built");
  } else {
    peers.push(...ourPeers(executable, profile, caps), ourStrictPeer(executable, caps));
  }
  for (const [name, make] of Object.entries(OPTIONAL)) {
    const made = without.includes(name) ? "left out by --without" : await make(options, filter);
    if (typeof made === "string") {
      missing.push(`${name}: ${made}`);
    } else {
      peers.push(...made);
    }
  }
  return { peers, missing };
}
