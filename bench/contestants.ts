/** The launchers that the benchmarks compare, each starting the same command. */

import { join } from "node:path";
import { type Contestant, capture, inspect } from "./harness.ts";
import { compile, compileLibseccomp, compileReadyFilter, standInFilter } from "./peers.ts";
import { type BenchProfile, benchDirectory, currentTarget, outputDirectory, shown } from "./setting.ts";

/** How a launcher is to start a command: the whole command line. */
export type Launcher = (command: readonly string[]) => string[];

/** Which filter the command must find itself under. */
export type ExpectedFilter = "none" | "some";

export interface Peer {
  readonly name: string;
  readonly launch: Launcher;
  readonly filter: ExpectedFilter;
  /** The executable whose size is reported. */
  readonly executable: string;
  /** Instructions of its filter, for where the kernel does not show the installed one. */
  readonly filterLength?: () => number;
  /** How its instructions are counted on request; not at all where that would take many minutes. */
  readonly countedBy?: "callgrind" | "steps";
}

/** Our own three ways to launch; `caps` is handed on where it was set by hand. */
export function ourPeers(executable: string, profile: BenchProfile, caps: string | undefined): Peer[] {
  const capsOptions = caps === undefined ? [] : ["--caps", caps];
  const peer = (name: string, filter: ExpectedFilter, ...options: string[]): Peer => ({
    name,
    filter,
    executable,
    // Without a filter the launcher reaches execve before valgrind hands it the signal that ends the other count.
    countedBy: filter === "some" ? "callgrind" : "steps",
    launch: (command) => [executable, ...options, "--", ...command],
  });
  return [
    peer("seccomp-exec, profile file", "some", "--profile", profile.file, ...capsOptions),
    peer("seccomp-exec, builtin:default.json", "some", "--profile", "builtin:default.json", ...capsOptions),
    peer("seccomp-exec, --unconfined", "none", "--unconfined"),
  ];
}

/** Our filter for the profile as raw struct sock_filter, read back from the kernel. */
export function ourFilter(executable: string, profile: BenchProfile, caps: string | undefined): Buffer {
  const options = ["--profile", profile.file, ...(caps === undefined ? [] : ["--caps", caps])];
  const { filter, program } = inspect([executable, ...options, "--", compile("peers/payload.c")]);
  if (filter === -1) throw new Error(`${shown(executable)} installs no filter`);
  if (program === undefined)
    throw new Error("the kernel shows a filter only to CAP_SYS_ADMIN: run this as root");
  return program;
}

export function bareExec(): Peer {
  const executable = compile("peers/bare-exec.c");
  return {
    name: "bare static exec",
    filter: "none",
    executable,
    countedBy: "steps",
    launch: (command) => [executable, ...command],
  };
}

/** The launcher with a ready filter: ours where there is an executable, else a stand-in of `length`. */
export function readyFilter(ours: Buffer | undefined, length: number): Peer {
  const filter = ours ?? standInFilter(length);
  const executable = compileReadyFilter(filter);
  return {
    name: `ready filter (${ours ? "ours" : "stand-in"}, ${filter.length / 8} instructions)`,
    filter: "some",
    executable,
    countedBy: "steps",
    launch: (command) => [executable, ...command],
    filterLength: () => filter.length / 8,
  };
}

/** C with libseccomp, as a tree (the runtimes' choice) and linear (the library's default); or why not. */
export function libseccompPeers(profile: BenchProfile, caps: string | undefined): Peer[] | string {
  const built = compileLibseccomp(profile.text, currentTarget(caps));
  if (typeof built === "string") return built;
  const file = join(outputDirectory, "libseccomp.bpf");
  const peer = (kind: string, level: string, ...options: string[]): Peer => ({
    name: `C with libseccomp, ${kind} (${built.linked}, ${built.ruleCount} rules)`,
    filter: "some",
    executable: built.path,
    launch: (command) => [built.path, ...options, level, ...command],
    filterLength: () => Number(capture([built.path, ...options, "--export", file, level])),
  });
  return [peer("tree", "2"), peer("linear", "1"), peer("native calls only", "1", "--native")];
}

/** Node with a foreign function interface that calls execve; it installs no filter. */
export function nodeFfi(): Peer {
  const script = join(benchDirectory, "peers/node-koffi.mjs");
  return {
    name: `Node ${process.version} + koffi`,
    filter: "none",
    executable: process.execPath,
    launch: (command) => [process.execPath, script, ...command],
  };
}

/** Node that runs nothing, and starts no command. */
export const nodeAlone: Contestant = {
  name: `Node ${process.version} alone (node -e 0)`,
  command: [process.execPath, "-e", "0"],
};
