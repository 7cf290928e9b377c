/**
 * Podman of the tests' own, as root or as an ordinary user: with its storage, its settings and its containers in a room that is
 * removed with all of it.
 */

import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { NOBODY } from "../../support/programs/files.ts";
import type { Outcome } from "../../support/programs/program.ts";
import { type DockerLike, requireRootAnd } from "./engine.ts";
import { Room } from "./room.ts";

const NEEDED: readonly (readonly [program: string, debianPackage: string])[] = [
  ["podman", "podman"],
  ["crun", "crun"],
  ["runc", "runc"],
  ["busybox", "busybox-static"],
  ["nsenter", "util-linux"],
  ["setpriv", "util-linux"],
  ["unshare", "util-linux"],
];

export type Who = "root" | "an ordinary user";

/** Each of the two runtimes that Podman is used with has its turn. */
const RUNTIMES: Readonly<Record<Who, string>> = { root: "runc", "an ordinary user": "crun" };

export class Podman implements DockerLike {
  private constructor(
    readonly room: Room,
    private readonly who: Who,
  ) {}

  /** Makes sure that a container starts. */
  static start(who: Who): Podman {
    requireRootAnd(NEEDED);
    const podman = new Podman(Room.begin([]), who);
    podman.makeHome();
    const { status, stderr } = podman.podman("info");
    if (status !== 0) {
      podman.stop();
      throw new Error(`podman of ${who} does not start on this machine: ${stderr}`);
    }
    return podman;
  }

  private makeHome(): void {
    const { room } = this;
    // Runtimes raise these limits to what the kernel allows, unless they are told; root may lack the capability for that.
    const containers = [
      ...["[containers]", 'default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]'],
      ...["[engine]", 'cgroup_manager = "cgroupfs"', 'events_logger = "none"'],
      `runtime = "${RUNTIMES[this.who]}"`,
      `tmp_dir = "${join(room.directory, "tmp")}"`,
    ];
    const storage = [
      ...["[storage]", 'driver = "vfs"'],
      ...[
        `graphroot = "${join(room.directory, "storage")}"`,
        `runroot = "${join(room.directory, "running")}"`,
      ],
    ];
    for (const name of ["home", "run", "tmp", "storage", "running"]) {
      const directory = room.makeDirectory(name);
      if (this.who !== "root") {
        chownSync(directory, NOBODY, NOBODY);
      }
    }
    writeFileSync(join(room.directory, "containers.conf"), `${containers.join("\n")}\n`);
    writeFileSync(join(room.directory, "storage.conf"), `${storage.join("\n")}\n`);
  }

  /** Runs podman and waits for its end. */
  podman(...args: readonly string[]): Outcome {
    return this.inRoom(["podman", ...args]);
  }

  /** Runs a command that finds podman and its settings. */
  inRoom(command: readonly string[]): Outcome {
    const { directory } = this.room;
    const user = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
    return this.room.run([...(this.who === "root" ? [] : user), ...command], {
      env: {
        HOME: join(directory, "home"),
        TMPDIR: join(directory, "tmp"),
        XDG_RUNTIME_DIR: join(directory, "run"),
        CONTAINERS_CONF: join(directory, "containers.conf"),
        CONTAINERS_STORAGE_CONF: join(directory, "storage.conf"),
      },
    });
  }

  succeed(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.podman(...args);
    assert.is(status, 0, `podman ${args.join(" ")}: status ${status}, ${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  /** Options of `podman run` for a container of the tests. */
  get runOptions(): readonly string[] {
    // A group of the room's name, which is removed with it; an ordinary user has no say over groups.
    const group = this.who === "root" ? ["--cgroup-parent", `/${this.room.name}`] : [];
    return ["--network", "none", ...group];
  }

  /** Runs a container. Podman can lose the output of a command that ends at once: one without any is run again. */
  run(options: readonly string[], image: string, ...command: readonly string[]): Outcome {
    for (let left = 3; ; left -= 1) {
      const outcome = this.quiet("run", "--rm", ...this.runOptions, ...options, image, ...command);
      if (left === 0 || outcome.stdout !== "" || outcome.stderr !== "") {
        return outcome;
      }
    }
  }

  /** Runs podman without its warnings about the machine: that a user has no range of IDs, and that mounts are private. */
  quiet(...args: readonly string[]): Outcome {
    return this.podman("--log-level", "fatal", ...args);
  }

  stop(): void {
    this.room.stop();
  }
}
