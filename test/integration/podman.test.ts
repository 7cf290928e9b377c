/**
 * The launcher in containers of a real Podman, as root and rootless: as entrypoint, in front of a command, mounted into an
 * image that lacks it, beside Podman's own filter, with profiles of the machine.
 */

import { chownSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE as HOST_PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { serviceTask, withCommand } from "./support/definitions.ts";
import { withStarted } from "./support/engine.ts";
import {
  BUSYBOX,
  importImage,
  LAUNCHER,
  LAUNCHER_AND_PROBE,
  PROBE_INSIDE as PROBE,
} from "./support/images.ts";
import { Podman, type Who } from "./support/podman.ts";
import { leftNothing } from "./support/room.ts";

const PROFILES = "/etc/dcos/mesos/seccomp";

/** Has the launcher as its entrypoint, busybox, and profiles. */
const IMAGE = "localhost/confined";
/** Has nothing but a server. */
const SERVER = "localhost/example/server";

const UNCONFINED = ["--security-opt", "seccomp=unconfined"];
const BY = (profile: string): string[] => ["--env", `SECCOMP_EXEC_PROFILE=${profile}`];
const STATUS = ["grep", "-E", "^(NoNewPrivs|Seccomp_filters)", "/proc/1/status"];

/** A unit, and where it looks for profiles. */
const EXAMPLES = {
  root: ["examples/podman/web.service", PROFILES],
  "an ordinary user": ["examples/podman/rootless.service", "%h/.config/seccomp"],
} as const;

for (const who of ["root", "an ordinary user"] as const) {
  withStarted(
    `the launcher in Podman, run by ${who}`,
    () => Podman.start(who),
    (podman) => addTests(podman, who),
  );
}

function addTests(podman: Podman, who: Who): void {
  const inImage = (options: readonly string[], ...command: readonly string[]): Outcome =>
    podman.run(options, IMAGE, ...command);

  test(`${who}: images are made`, () => {
    importImage(
      podman,
      IMAGE,
      {
        ...LAUNCHER_AND_PROBE,
        ...BUSYBOX,
        [`${PROFILES}/default.json`]: answering(3000),
        [`${PROFILES}/a.json`]: answering(3001),
        [`${PROFILES}/kill.json`]: profileOf({
          names: ["sched_get_priority_max"],
          action: "SCMP_ACT_KILL_PROCESS",
        }),
      },
      `ENTRYPOINT ["${LAUNCHER}", "--"]`,
    );
    importImage(podman, SERVER, { "/server": { copyOf: HOST_PROBE } }, 'CMD ["/server"]');
  });

  test(`${who}: as the entrypoint it confines whatever command the image is run with`, () => {
    ran(podman.run(["--entrypoint", PROBE], IMAGE), ALLOWED);
    ran(inImage([], PROBE), denied(3000));
    ran(inImage(BY("a.json"), "sh", "-c", `${PROBE}; ${PROBE}`), denied(3001) + denied(3001));
  });

  test(`${who}: as the command it confines what stands behind it`, () => {
    const command = ["--profile", "a.json", "--", PROBE];
    ran(podman.run(["--entrypoint", LAUNCHER], IMAGE, ...command), denied(3001));
  });

  test(`${who}: its filter adds to Podman's own, and stands alone without it`, () => {
    ran(inImage([], ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t2\n");
    ran(inImage(UNCONFINED, ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t1\n");
    ran(inImage(UNCONFINED, PROBE), denied(3000));
  });

  test(`${who}: no_new_privs is set where the kernel demands it, or Podman does`, () => {
    // Podman itself sets it no more than Docker does.
    const bare = podman.run(["--entrypoint", "grep"], IMAGE, ...STATUS.slice(1));
    ran(bare, "NoNewPrivs:\t0\nSeccomp_filters:\t1\n");
    // In a rootless container, too, where that is the capability over its own user namespace.
    const admin = ["--cap-add", "SYS_ADMIN"];
    ran(inImage(admin, ...STATUS), "NoNewPrivs:\t0\nSeccomp_filters:\t2\n");
    const both = [...admin, "--security-opt", "no-new-privileges"];
    ran(inImage(both, ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t2\n");
  });

  test(`${who}: it needs no capability, and no file system that can be written to`, () => {
    ran(inImage(["--cap-drop", "ALL", "--read-only"], PROBE), denied(3000));
  });

  test(`${who}: profiles are mounted that belong to whom root is in the container`, () => {
    const mounted = (owner: number): string[] => {
      const profiles = profilesOf(owner, { "default.json": answering(1000) });
      return ["--volume", `${profiles}:${PROFILES}:ro`];
    };
    const [own, other] = who === "root" ? [0, NOBODY] : [NOBODY, 0];
    ran(inImage(mounted(own), PROBE), denied(1000));
    refused(inImage(mounted(other), PROBE), PROFILES, /own/);
    refused(inImage([...mounted(own), ...BY("a.json")], PROBE), "no profile 'a.json'");
  });

  test(`${who}: podman run ends as the command does, or as the launcher`, () => {
    assert.is(inImage([], "sh", "-c", "exit 7").status, 7);
    assert.is(inImage(BY("kill.json"), PROBE).status, 159);
    refused(inImage(BY("missing.json"), PROBE), "no profile 'missing.json'");
    assert.is(inImage([], "/no/such/program").status, 127);
  });

  test(`${who}: what podman exec adds to a container is confined if the launcher stands before it`, () => {
    const command = ["sh", "-c", "while :; do sleep 0.1; done"];
    const container = podman.succeed("run", "--detach", "--rm", ...podman.runOptions, IMAGE, ...command);
    ran(podman.quiet("exec", container, PROBE), ALLOWED);
    ran(podman.quiet("exec", container, LAUNCHER, "--profile", "a.json", "--", PROBE), denied(3001));
    podman.succeed("rm", "--force", "--time", "0", container);
  });

  const [unit, place] = EXAMPLES[who];

  test(`${unit}: the image's program is under the machine's profile, and no other filter limits it`, () => {
    const profiles = profilesOf(who === "root" ? 0 : NOBODY, {
      "strict.json": answering(1002),
      "default.json": answering(1000),
    });
    const text = readFileSync(unit, "utf8")
      .replaceAll("/usr/local/bin/seccomp-exec", PROGRAM)
      .replace(`${place}:`, `${profiles}:`);
    const [program, verb, ...rest] = withCommand(serviceTask(text), ["/server"]).argv;
    assert.equal([program, verb], ["/usr/bin/podman", "run"]);
    ran(podman.quiet("run", ...podman.runOptions, ...rest), denied(1002));
    assert.ok(rest.includes("--security-opt=seccomp=unconfined"));
  });

  test(`${who}: Podman goes with all that it has started`, () => {
    // This one would run on.
    podman.succeed("run", "--detach", ...podman.runOptions, IMAGE, "sleep", "1000000");
    podman.stop();
    leftNothing(podman.room);
  });
}

/** A directory of profiles with all that is in it belonging to a user. */
function profilesOf(owner: number, files: Readonly<Record<string, string>>): string {
  const directory = directoryOf(files);
  for (const path of [directory, ...Object.keys(files).map((name) => join(directory, name))]) {
    chownSync(path, owner, owner);
  }
  return directory;
}

test.run();
