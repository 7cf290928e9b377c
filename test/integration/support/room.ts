/**
 * A room for an engine: processes, mounts and a network of its own, so that whatever the engine starts, mounts and writes is
 * gone with it.
 */

import { spawn } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { type Outcome, type RunOptions, runCommand } from "../../support/programs/program.ts";
import { SEARCH_PATH } from "./engine.ts";
import { isAlive, kill, processesThatName, waitUntil } from "./processes.ts";

/** Where engines keep what is to vanish with them, whatever directories they are told to use. */
const PRIVATE = ["/run", "/var/lib", "/etc/cni", "/dev/shm"];

const CGROUPS = "/sys/fs/cgroup";

export class Room {
  private open = true;

  /** @param directory everything that is written in the room is in it */
  private constructor(
    readonly directory: string,
    private readonly pid: number,
  ) {
    // After a failure that no hook of the tests sees, too.
    process.once("exit", () => this.stop());
  }

  /** A name that no other room has; the engine's groups of processes (cgroups) are to have it, too. */
  get name(): string {
    return basename(this.directory);
  }

  /** @param main what runs in the room as its first process; without it nothing does */
  static begin(main: readonly string[] | ((directory: string) => readonly string[])): Room {
    const directory = mkdtempSync("/var/tmp/seccomp-exec-room-");
    // Ordinary users have directories below it.
    chmodSync(directory, 0o711);
    const binds = PRIVATE.filter((path) => existsSync(path)).map((path) => {
      const own = join(directory, "private", path);
      mkdirSync(own, { recursive: true });
      chmodSync(own, statSync(path).mode & 0o7777);
      return `mount --bind '${own}' ${path}`;
    });
    const ready = join(directory, "ready");
    const script = [
      "set -e",
      ...binds,
      // crun takes no machine that has both versions of cgroups, so here is only the first then.
      "umount /sys/fs/cgroup/unified 2>/dev/null || :",
      "busybox ip link set lo up",
      `: >'${ready}'`,
      'if [ $# -gt 0 ]; then exec "$@"; fi',
      // It reaps what is left to it.
      "while :; do busybox sleep 1000; done",
    ].join("\n");
    const command = typeof main === "function" ? main(directory) : main;
    const log = openSync(join(directory, "log"), "a");
    // If the tests are killed, so are all processes in the room, and only its directory stays.
    const child = spawn(
      "setpriv",
      [
        ...["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"],
        ...["--mount-proc", "sh", "-c", script, "sh", ...command],
      ],
      { detached: true, env: { PATH: SEARCH_PATH }, stdio: ["ignore", log, log] },
    );
    closeSync(log);
    child.unref();
    if (child.pid === undefined) {
      throw new Error("setpriv cannot be run");
    }
    const room = new Room(directory, child.pid);
    waitUntil(() => existsSync(ready) || !room.isOpen());
    if (!room.isOpen()) {
      const words = room.lastWords();
      room.stop();
      throw new Error(`namespaces cannot be made on this machine: ${words}`);
    }
    return room;
  }

  isOpen(): boolean {
    return isAlive(this.pid);
  }

  /** The end of what its first process says. */
  lastWords(): string {
    return readFileSync(join(this.directory, "log"), "utf8").trimEnd().split("\n").slice(-5).join("\n");
  }

  /** Makes a directory in the room's own. */
  makeDirectory(name: string): string {
    const path = join(this.directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Runs a command in the room and waits for its end. */
  run(command: readonly string[], options: Pick<RunOptions, "env" | "input"> = {}): Outcome {
    const target = ["--target", String(this.pid), "--mount", "--net"];
    const pids = `--pid=/proc/${this.pid}/ns/pid_for_children`;
    return runCommand(["nsenter", ...target, pids, ...command], {
      ...options,
      env: { PATH: SEARCH_PATH, ...options.env },
    });
  }

  /** Ends whatever runs in the room, and removes its files. */
  stop(): void {
    if (!this.open) {
      return;
    }
    this.open = false;
    // Its first process goes with it, and with that all others: pid_namespaces(7).
    kill(this.pid, "SIGKILL");
    waitUntil(() => !isAlive(this.pid));
    waitUntil(() => removeCgroups(this.name));
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Fails if a room that was stopped has left files, groups or processes. */
export function leftNothing({ directory, name }: Room): void {
  const files = existsSync(directory) ? [directory] : [];
  assert.equal([...files, ...cgroupsOf(name), ...processesThatName(directory)], []);
}

/** The groups of a name, in every hierarchy. */
function cgroupsOf(name: string): string[] {
  return [CGROUPS, ...foldersIn(CGROUPS)].map((hierarchy) => join(hierarchy, name)).filter(existsSync);
}

/** Removes the groups of a name; returns whether they are gone, which takes their last process's end. */
function removeCgroups(name: string): boolean {
  return cgroupsOf(name).map(remove).every(Boolean);
}

function remove(cgroup: string): boolean {
  const below = foldersIn(cgroup).map(remove);
  try {
    rmdirSync(cgroup);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && below.every(Boolean);
  }
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}
