/** The launchers that the benchmarks compare, each starting the same command. */

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { type Contestant, capture, inspect } from "./harness.ts";
import { compile, compileLibseccomp, compileReadyFilter, compileWithMusl } from "./peers.ts";
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
  /** What others are compared with, or what is only there so that its cost is known. */
  readonly role?: "ours" | "limit" | "libseccomp" | "wrapper";
  /** Set where the launcher does not itself become the command: the command is then looked at from outside. */
  readonly runsApart?: boolean;
  /** Set where it takes part in some rounds only. */
  readonly slow?: boolean;
  /** Set where work goes on after its end: it takes part in other rounds than the other slow ones. */
  readonly disturbs?: boolean;
  /** Name and version, of those that are not part of this project. */
  readonly version?: string;
  /** Something to say of it once all is measured. */
  readonly remark?: () => string;
}

/** Ours with a list of options. */
function ourPeer(executable: string, name: string, filter: ExpectedFilter, options: readonly string[]): Peer {
  return {
    name: `seccomp-exec, ${name}`,
    filter,
    executable,
    role: "ours",
    // Without a filter the launcher reaches execve before valgrind hands it the signal that ends the other count.
    countedBy: filter === "some" ? "callgrind" : "steps",
    launch: (command) => [executable, ...options, "--", ...command],
  };
}

/** As options of ours: `caps` is handed on where it was set by hand. */
function capsOptions(caps: string | undefined): string[] {
  return caps === undefined ? [] : ["--caps", caps];
}

/** Our own ways to launch. */
export function ourPeers(executable: string, profile: BenchProfile, caps: string | undefined): Peer[] {
  const more = capsOptions(caps);
  return [
    ourPeer(executable, "profile file", "some", ["--profile", profile.file, ...more]),
    ourPeer(executable, "prepared profile file", "some", [
      "--profile",
      preparedCopy(executable, profile, more),
      ...more,
    ]),
    ourPeer(executable, "builtin:default.json", "some", ["--profile", "builtin:default.json", ...more]),
    ourPeer(executable, "--unconfined", "none", ["--unconfined"]),
  ];
}

/** A copy of the profile with filters prepared of it. */
export function preparedCopy(executable: string, profile: BenchProfile, caps: readonly string[]): string {
  const file = join(outputDirectory, "prepared.json");
  copyFileSync(profile.file, file);
  capture([executable, "prepare", ...caps, file]);
  const plan = capture([executable, "--dry-run", ...caps, "--profile", file]);
  if (!/^prepared +yes/m.test(plan)) throw new Error(`${shown(file)} is not used:\n${plan}`);
  return file;
}

/** Ours with the strictest of the shipped profiles. */
export function ourStrictPeer(executable: string, caps: string | undefined): Peer {
  const options = ["--profile", "builtin:strict.json", ...capsOptions(caps)];
  return ourPeer(executable, "builtin:strict.json", "some", options);
}

/** Our filter for the profile as raw struct sock_filter, read back from the kernel. */
export function ourFilter(executable: string, profile: BenchProfile, caps: string | undefined): Buffer {
  const options = ["--profile", profile.file, ...capsOptions(caps)];
  const { filter, program } = inspect([executable, ...options, "--", compile("peers/payload.c")]);
  if (filter === -1) throw new Error(`${shown(executable)} installs no filter`);
  if (program === undefined)
    throw new Error("the kernel shows a filter only to CAP_SYS_ADMIN: run this as root");
  return program;
}

/** What all are compared with, and the same program with the C library that most programs have. */
export function bareExecs(): Peer[] {
  return [
    bareExec("bare static exec", compileWithMusl("peers/bare-exec.c")),
    bareExec("bare static exec, with glibc", compile("peers/bare-exec.c")),
  ];
}

function bareExec(name: string, executable: string): Peer {
  return {
    name,
    filter: "none",
    executable,
    countedBy: "steps",
    launch: (command) => [executable, ...command],
  };
}

/** A filter that needs no more work: ours, or a stand-in while there is no executable to take one from. */
export interface ReadyFilter {
  readonly program: Buffer;
  readonly source: "ours" | "stand-in";
}

/** The launcher with a ready filter. */
export function readyFilter({ program: filter, source }: ReadyFilter): Peer {
  const executable = compileReadyFilter(filter);
  return {
    name: `ready filter (${source}, ${filter.length / 8} instructions)`,
    filter: "some",
    executable,
    role: "limit",
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
  const version = capture([built.path, "--version"]).trim();
  const peer = (kind: string, level: string, ...options: string[]): Peer => ({
    version,
    name: `C with libseccomp, ${kind} (${built.linked}, ${built.ruleCount} rules)`,
    filter: "some",
    executable: built.path,
    launch: (command) => [built.path, ...options, level, ...command],
    filterLength: () => Number(capture([built.path, ...options, "--export", file, level])),
  });
  return [
    { ...peer("tree", "2"), role: "libseccomp" },
    peer("linear", "1"),
    peer("native calls only", "1", "--native"),
  ];
}

/** Node with a foreign function interface that calls execve; it installs no filter. */
export function nodeFfi(): Peer {
  const script = join(benchDirectory, "peers/node-koffi.mjs");
  return {
    name: `Node ${process.version} + koffi`,
    filter: "none",
    executable: process.execPath,
    slow: true,
    version: `Node ${process.version}`,
    launch: (command) => [process.execPath, script, ...command],
  };
}

/** Node that runs nothing, and starts no command. */
export const nodeAlone: Contestant = {
  name: `Node ${process.version} alone (node -e 0)`,
  command: [process.execPath, "-e", "0"],
};
