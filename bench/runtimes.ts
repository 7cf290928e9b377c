/** The OCI runtimes as launchers: runc and crun, each with a minimal bundle, with the profile and without. */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Launcher, Peer } from "./contestants.ts";
import { isHybrid, withoutUnified } from "./mounts.ts";
import { compileWithMusl } from "./peers.ts";
import { ociSeccomp } from "./profile-table.ts";
import { findProgram, firstLine, notInstalled } from "./programs.ts";
import { type Prefix, wrapperAlone } from "./sandboxes.ts";
import { type BenchProfile, currentTarget, outputDirectory } from "./setting.ts";

export function runcPeers(profile: BenchProfile, caps: string | undefined): Peer[] | string {
  const runc = findProgram("runc");
  return runc === undefined
    ? notInstalled("runc", "runc")
    : runtimePeers("runc", runc, [], ociSeccomp(profile.text, currentTarget(caps)));
}

/** crun, where need be among mounts that it accepts. */
export function crunPeers(profile: BenchProfile, caps: string | undefined): Peer[] | string {
  const crun = findProgram("crun");
  if (crun === undefined) {
    return notInstalled("crun", "crun");
  }
  const seccomp = ociSeccomp(profile.text, currentTarget(caps));
  if (!isHybrid()) {
    return runtimePeers("crun", crun, [], seccomp);
  }
  const mounts = withoutUnified();
  if (mounts === undefined) {
    return "crun 1.8 does not work beside a second hierarchy of cgroups, and that cannot be unmounted";
  }
  const enter: Prefix = [compileWithMusl("peers/enter.c"), "--mounts", mounts];
  return [wrapperAlone("crun", enter), ...runtimePeers("crun", crun, enter, seccomp)];
}

function runtimePeers(name: string, runtime: string, prefix: readonly string[], seccomp: object): Peer[] {
  const peer = (kind: string, filter: object | undefined): Peer => ({
    name: `${name}, ${kind}`,
    filter: filter === undefined ? "none" : "some",
    executable: runtime,
    runsApart: true,
    slow: true,
    version: firstLine(runtime, "--version"),
    launch: launcher(runtime, prefix, filter),
  });
  return [peer("with the profile", seccomp), peer("without a filter", undefined)];
}

/** `run` makes a container, waits for its end and deletes it, so its name can be the same each time. */
function launcher(runtime: string, prefix: readonly string[], seccomp: object | undefined): Launcher {
  const suffix = seccomp === undefined ? "plain" : "filtered";
  return ([executable = "", ...args]) => {
    const name = `${basename(runtime)}-${suffix}-${basename(executable)}`;
    const id = `seccomp-exec-bench-${process.pid}-${name}`;
    containers.push({
      state: join("/run", basename(runtime), id),
      remove: [...prefix, runtime, "delete", "--force", id],
    });
    const bundle = makeBundle(name, [executable, ...args], seccomp);
    return [...prefix, runtime, "run", "--bundle", bundle, id];
  };
}

/** The containers that there may be, each with where it then has its state. */
const containers: { readonly state: string; readonly remove: readonly string[] }[] = [];

// After a failure only: a container that has run to its end is gone.
process.once("exit", () => {
  for (const { remove } of containers.filter(({ state }) => existsSync(state))) {
    const [file = "", ...args] = remove;
    spawnSync(file, args, { stdio: "ignore" });
  }
});

/** A bundle with one static executable, and what the runtimes themselves need: /proc and /dev. */
function makeBundle(name: string, command: readonly string[], seccomp: object | undefined): string {
  const bundle = join(outputDirectory, "bundles", name);
  const [executable = "", ...args] = command;
  for (const folder of ["proc", "dev"]) {
    mkdirSync(join(bundle, "rootfs", folder), { recursive: true });
  }
  copyFileSync(executable, join(bundle, "rootfs", basename(executable)));
  const config = {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: [`/${basename(executable)}`, ...args],
      env: ["PATH=/"],
      cwd: "/",
      capabilities: {},
    },
    root: { path: "rootfs", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
    ],
    linux: {
      namespaces: [{ type: "mount" }, { type: "pid" }],
      ...(seccomp && { seccomp }),
    },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config, null, 1));
  return bundle;
}
