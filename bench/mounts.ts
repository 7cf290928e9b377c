/** Mounts without the hierarchy of cgroup v2 that some machines have beside those of v1, for crun, which refuses both. */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

const UNIFIED = "/sys/fs/cgroup/unified";

/** How long the process that holds the mounts may take to start. */
const START_MS = 5000;

/** Whether the machine has the hierarchies of both versions. */
export function isHybrid(): boolean {
  return readFileSync("/proc/self/mounts", "utf8").includes(` ${UNIFIED} `);
}

/**
 * The file by which to enter mounts that lack it: /proc/PID/ns/mnt of a process that does nothing else and ends with this
 * one; undefined where it cannot be unmounted.
 */
export function withoutUnified(): string | undefined {
  const script = `umount ${UNIFIED} && exec sleep infinity`;
  const holder = spawn(
    "setpriv",
    ["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private", "sh", "-c", script],
    { stdio: "ignore" },
  );
  holder.on("error", () => undefined);
  holder.unref();
  if (holder.pid === undefined) {
    return undefined;
  }
  process.once("exit", () => holder.kill("SIGKILL"));
  const end = performance.now() + START_MS;
  while (nameOf(holder.pid) !== "sleep") {
    if (performance.now() > end) {
      return undefined;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
  return `/proc/${holder.pid}/ns/mnt`;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return "";
  }
}
