/** The launchers that build a sandbox around a command: bubblewrap with a ready filter, firejail with a list of names. */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "./contestants.ts";
import { compileWithMusl } from "./peers.ts";
import { allowedNames } from "./profile-table.ts";
import { findProgram, firstLine, notInstalled } from "./programs.ts";
import { type BenchProfile, currentTarget, outputDirectory } from "./setting.ts";

/** bubblewrap with the least that it does anyway: it makes a namespace of mounts and binds the root there. */
export function bubblewrapPeers(filter: Buffer): Peer[] | string {
  const bwrap = findProgram("bwrap");
  if (bwrap === undefined) {
    return notInstalled("bwrap", "bubblewrap");
  }
  const file = join(outputDirectory, "ready.bpf");
  writeFileSync(file, filter);
  const enter = compileWithMusl("peers/enter.c");
  const open: Prefix = [enter, "--open", file];
  return [
    wrapperAlone("bubblewrap", open),
    {
      name: `bubblewrap, ready filter (${filter.length / 8} instructions)`,
      filter: "some",
      executable: bwrap,
      runsApart: true,
      version: firstLine(bwrap, "--version"),
      launch: (command) => [...open, bwrap, "--bind", "/", "/", "--seccomp", "3", "--", ...command],
    },
  ];
}

/** A wrapper with its options. */
export type Prefix = readonly [executable: string, ...options: string[]];

/** What stands before another launcher, by itself: how much of that launcher's cost is not its own. */
export function wrapperAlone(launcher: string, prefix: Prefix): Peer {
  return {
    name: `wrapper of ${launcher}, alone`,
    filter: "none",
    executable: prefix[0],
    role: "wrapper",
    launch: (command) => [...prefix, ...command],
  };
}

/**
 * firejail without a profile of its own: with the list of names that it comes with, which it forbids, and with the list
 * of those that the profile allows, of which it makes a filter at each start.
 */
export function firejailPeers(profile: BenchProfile, caps: string | undefined): Peer[] | string {
  const firejail = findProgram("firejail");
  if (firejail === undefined) {
    return notInstalled("firejail", "firejail");
  }
  const known = new Set(
    [...spawnSync(firejail, ["--debug-syscalls"], { encoding: "utf8" }).stdout.matchAll(/- (\w+)/g)].map(
      ([, name]) => name,
    ),
  );
  const allowed = allowedNames(profile.text, currentTarget(caps)).filter((name) => known.has(name));
  const peer = (name: string, option: string): Peer => ({
    name: `firejail, ${name}`,
    filter: "some",
    executable: firejail,
    runsApart: true,
    slow: true,
    version: firstLine(firejail, "--version"),
    launch: (command) => [firejail, "--quiet", "--noprofile", option, "--", ...command],
  });
  return [
    peer("its own list", "--seccomp"),
    peer(`the profile's ${allowed.length} names`, `--seccomp.keep=${allowed.join(",")}`),
  ];
}
