/** `docker run` as a launcher, on an engine that is started for the benchmark and stopped at its end. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Engine } from "../test/integration/support/docker.ts";
import type { Peer } from "./contestants.ts";
import { compile, compileWithMusl } from "./peers.ts";
import { findProgram, notInstalled } from "./programs.ts";
import { outputDirectory } from "./setting.ts";

const IMAGE = "seccomp-exec-bench";

/** With the engine's default profile and without a filter; or why an engine cannot be had. */
export async function dockerPeers(): Promise<Peer[] | string> {
  const docker = findProgram("docker");
  if (docker === undefined || findProgram("dockerd") === undefined) {
    return notInstalled("docker", "docker.io");
  }
  let engine: Engine;
  try {
    // Not before it is needed: what the tests share demands that the executable is built.
    engine = (await import("../test/integration/support/docker.ts")).Engine.start();
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(`bench: ${message}\n`);
    return message.split("\n", 1)[0] ?? "";
  }
  const archive = join(outputDirectory, "image.tar");
  const programs = [compileWithMusl("peers/payload.c"), compile("peers/witness.c")].map((path) =>
    basename(path),
  );
  execFileSync("tar", ["-C", outputDirectory, "-cf", archive, ...programs]);
  engine.succeed("import", archive, IMAGE);
  const format = "client {{.Client.Version}}, engine {{.Server.Version}}";
  const client = [docker, ...engine.clientOptions];
  const version = execFileSync(docker, [...engine.clientOptions, "version", "--format", format], {
    encoding: "utf8",
  });
  const peer = (name: string, options: readonly string[], filter: Peer["filter"]): Peer => ({
    name: `docker run, ${name}`,
    filter,
    executable: docker,
    runsApart: true,
    slow: true,
    // The engine clears up after the client has ended.
    disturbs: true,
    version: `Docker ${version.trim()}`,
    launch: ([executable = "", ...args]) => [
      ...[...client, "run", "--rm", "--network", "none", ...options],
      ...[IMAGE, `/${basename(executable)}`, ...args],
    ],
  });
  const remark = () =>
    `The memory and processor time of \`docker run\` are the client's; the engine's own two processes, dockerd and containerd, ` +
    `had ${Math.round(peakKbOf(engine.directory) / 1024)} MB at most, summed up.`;
  return [
    { ...peer("default profile", [], "some"), remark },
    peer("seccomp=unconfined", ["--security-opt", "seccomp=unconfined"], "none"),
  ];
}

/** The sum of the largest resident memory of the processes that have a path of the engine among their arguments. */
function peakKbOf(directory: string): number {
  let sum = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (
        /^(dockerd|containerd)$/m.test(readFileSync(`/proc/${pid}/comm`, "utf8")) &&
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`${directory}/`)
      ) {
        sum += Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
      }
    } catch {
      // It has ended.
    }
  }
  return sum;
}
