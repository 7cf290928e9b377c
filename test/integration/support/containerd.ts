/**
 * A containerd of the tests' own, and its client `ctr`: in a room that is removed with all that they write and start.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Outcome } from "../../support/programs/program.ts";
import { requireRootAnd } from "./engine.ts";
import { waitUntil } from "./processes.ts";
import { Room } from "./room.ts";

const NEEDED: readonly (readonly [program: string, debianPackage: string])[] = [
  ["containerd", "containerd"],
  ["ctr", "containerd"],
  ["runc", "runc"],
  ["busybox", "busybox-static"],
  ["nsenter", "util-linux"],
  ["setpriv", "util-linux"],
  ["unshare", "util-linux"],
];

export class Containerd {
  private containers = 0;

  private constructor(readonly room: Room) {}

  /** Starts it and waits until it answers. */
  static start(): Containerd {
    requireRootAnd(NEEDED);
    const room = Room.begin((directory) => {
      const config = join(directory, "config.toml");
      writeFileSync(config, settings(directory));
      return ["containerd", "--config", config];
    });
    const containerd = new Containerd(room);
    waitUntil(() => containerd.ctr("version").status === 0 || !room.isOpen());
    if (!room.isOpen()) {
      const words = room.lastWords();
      room.stop();
      throw new Error(`containerd does not start on this machine; the end of what it says:\n${words}`);
    }
    return containerd;
  }

  /** Runs ctr and waits for its end. */
  ctr(...args: readonly string[]): Outcome {
    const { directory, name } = this.room;
    // Groups of processes have the name of the namespace.
    const command = ["ctr", "--address", join(directory, "socket"), "--namespace", name, ...args];
    // It copies every layer, but works on any file system.
    return this.room.run(command, { env: { CONTAINERD_SNAPSHOTTER: "native" } });
  }

  /** Runs ctr, which has to succeed. */
  succeed(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.ctr(...args);
    assert.is(status, 0, `ctr ${args.join(" ")}: status ${status}, ${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  importImage(archive: string): void {
    this.succeed("images", "import", archive);
  }

  /**
   * Runs a container of an image, which is gone afterwards; without a command, the image's own. ctr can lose the output of a command
   * that ends at once: one without any is run again.
   */
  run(options: readonly string[], image: string, ...command: readonly string[]): Outcome {
    for (let left = 3; ; left -= 1) {
      this.containers += 1;
      const outcome = this.ctr("run", "--rm", ...options, image, `test-${this.containers}`, ...command);
      if (left === 0 || outcome.stdout !== "" || outcome.stderr !== "") {
        return outcome;
      }
    }
  }

  stop(): void {
    this.room.stop();
  }
}

function settings(directory: string): string {
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${directory}/socket"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/opt"
`;
}
