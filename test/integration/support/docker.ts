/**
 * A Docker Engine of the tests' own: started for one file of tests and stopped at its end, so that nothing of it is left.
 */

import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { type Outcome, type RunOptions, runCommand } from "../../support/programs/program.ts";
import { type DockerLike, requireRootAnd, SEARCH_PATH, withStarted } from "./engine.ts";
import { isAlive, kill, processesThatName, waitUntil } from "./processes.ts";

/** In the order in which they are tried: vfs copies every layer, but works on any file system. */
const STORAGE_DRIVERS = ["overlay2", "vfs"];

const NEEDED: readonly (readonly [program: string, debianPackage: string])[] = [
  ["docker", "docker.io"],
  ["dockerd", "docker.io"],
  ["busybox", "busybox-static"],
  ["setpriv", "util-linux"],
  ["unshare", "util-linux"],
];

/** Adds tests that need a Docker Engine. */
export function withEngine(title: string, addTests: (engine: Engine) => void): void {
  withStarted(title, () => Engine.start(), addTests);
}

export class Engine implements DockerLike {
  private running = true;

  /** @param directory everything that the engine writes is in it */
  private constructor(
    readonly directory: string,
    private readonly pid: number,
  ) {
    // After a failure that no hook of the tests sees, too.
    process.once("exit", () => this.stop());
  }

  /** Options by which a client reaches this engine and knows nothing of the user's own settings. */
  get clientOptions(): readonly string[] {
    return ["--host", socketIn(this.directory), "--config", this.directory];
  }

  /** Starts an engine and waits until it answers. */
  static start(): Engine {
    requireRootAnd(NEEDED);
    const failures: string[] = [];
    for (const driver of STORAGE_DRIVERS) {
      const engine = Engine.launch(driver);
      if (engine.answers()) {
        return engine;
      }
      failures.push(`with --storage-driver=${driver}:\n${engine.lastWords()}`);
      engine.stop();
    }
    throw new Error(`dockerd does not start on this machine; the end of what it says ${failures.join("\n")}`);
  }

  private static launch(driver: string): Engine {
    const directory = mkdtempSync("/var/tmp/seccomp-exec-engine-");
    const log = openSync(join(directory, "log"), "a");
    // In a network and among mounts of its own: it takes no port and makes no bridge on the machine, and whatever it
    // has mounted is gone with it. If the tests are killed, so is the engine, and only its directory stays.
    const command = [
      ...["setpriv", "--pdeathsig", "TERM", "unshare", "--net", "--mount"],
      ...["busybox", "sh", "-c", 'busybox ip link set lo up && exec "$@"', "sh"],
      ...["dockerd", "--data-root", join(directory, "data"), "--exec-root", join(directory, "exec")],
      ...["--pidfile", join(directory, "pid"), "--host", socketIn(directory)],
      ...[`--storage-driver=${driver}`, "--iptables=false", "--bridge=none"],
    ];
    const [file = "", ...args] = command;
    const child = spawn(file, args, {
      detached: true,
      env: { PATH: SEARCH_PATH },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    child.unref();
    if (child.pid === undefined) {
      throw new Error(`${file} cannot be run`);
    }
    return new Engine(directory, child.pid);
  }

  private answers(): boolean {
    let answered = false;
    waitUntil(() => {
      answered = this.docker("version").status === 0;
      return answered || !isAlive(this.pid);
    });
    return answered;
  }

  private lastWords(): string {
    return readFileSync(join(this.directory, "log"), "utf8").trimEnd().split("\n").slice(-5).join("\n");
  }

  /** Runs the client and waits for its end. */
  docker(...args: readonly string[]): Outcome {
    return this.dockerWith({}, ...args);
  }

  dockerWith(options: RunOptions, ...args: readonly string[]): Outcome {
    // The client is not to know of the user's own settings, and the builder is the one without a daemon of its own.
    const env = {
      PATH: process.env["PATH"],
      DOCKER_HOST: socketIn(this.directory),
      DOCKER_CONFIG: this.directory,
      DOCKER_BUILDKIT: "0",
    };
    return runCommand(["docker", ...args], { ...options, env });
  }

  /** Runs the client, which has to succeed. */
  succeed(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.docker(...args);
    assert.is(status, 0, `docker ${args.join(" ")}: status ${status}, ${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  /** Runs a command in a container without a network, which is gone afterwards. */
  run(options: readonly string[], image: string, ...command: readonly string[]): Outcome {
    return this.docker("run", "--rm", "--network", "none", ...options, image, ...command);
  }

  /** Starts a container in the background; returns its id. */
  startContainer(options: readonly string[], image: string, ...command: readonly string[]): string {
    return this.succeed("run", "--detach", "--network", "none", ...options, image, ...command);
  }

  /** Waits until something is so. */
  waitFor(what: string, condition: () => boolean): void {
    assert.ok(waitUntil(condition), `waited in vain until ${what}`);
  }

  /** Ends the engine and whatever runs in it, and removes its files. */
  stop(): void {
    if (!this.running) {
      return;
    }
    this.running = false;
    if (isAlive(this.pid)) {
      const containers = this.docker("ps", "--all", "--quiet").stdout.split("\n").filter(Boolean);
      if (containers.length > 0) {
        this.docker("rm", "--force", ...containers);
      }
    }
    kill(this.pid, "SIGTERM");
    if (!waitUntil(() => !isAlive(this.pid))) {
      kill(this.pid, "SIGKILL");
    }
    // If it could not end orderly: what it has started, which is told by the path of its directory.
    waitUntil(() => {
      const left = processesThatName(this.directory);
      for (const pid of left) {
        kill(pid, "SIGKILL");
      }
      return left.length === 0;
    });
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function socketIn(directory: string): string {
  return `unix://${directory}/socket`;
}
