/** Looks from outside at a command that a launcher runs in another process: whether it runs, and under which filters. */

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Peer } from "./contestants.ts";
import { capture, ENVIRONMENT } from "./harness.ts";
import { compile } from "./peers.ts";

/** How long a launcher may take to start the command. */
const START_MS = 20_000;

/** The lengths of the filters that the command runs under, the oldest first, without those of this process itself. */
export async function filtersOfCommand(peer: Peer): Promise<number[]> {
  const witness = compile("peers/witness.c");
  const token = `bench-${process.pid}-${performance.now()}`;
  const [file = "", ...args] = peer.launch([witness, token]);
  const launcher = spawn(file, args, { env: ENVIRONMENT, stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  launcher.stderr.on("data", (text) => {
    complaints += text;
  });
  let ended = false;
  const end = new Promise<void>((resolve) => {
    launcher.on("close", () => {
      ended = true;
      resolve();
    });
  });
  const last = performance.now() + START_MS;
  let pid: number | undefined;
  while (pid === undefined) {
    if (ended || performance.now() > last) {
      launcher.kill("SIGKILL");
      throw new Error(`${peer.name} does not run its command: ${complaints.trim()}`);
    }
    await wait(5);
    pid = findProcess(basename(witness), token);
  }
  const filters = JSON.parse(capture([compile("peers/read-filters.c"), String(pid)])) as number[];
  process.kill(pid, "SIGKILL");
  await end;
  return filters.slice(ownFilterCount());
}

/** The process with this name and this argument, if there is one by now. */
function findProcess(name: string, argument: string): number | undefined {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0)
    .find((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/comm`, "utf8") === `${name}\n` &&
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(argument)
        );
      } catch {
        return false;
      }
    });
}

function ownFilterCount(): number {
  return Number(/^Seccomp_filters:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0);
}
