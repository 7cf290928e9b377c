/**
 * The launcher in containers of a real containerd, started by `ctr`: which puts no filter on a container of its own accord, and
 * lets a command take the place of the image's entrypoint.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE as HOST_PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, profileOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { Containerd } from "./support/containerd.ts";
import { serviceTask, withCommand } from "./support/definitions.ts";
import { withStarted } from "./support/engine.ts";
import {
  BUSYBOX,
  LAUNCHER,
  LAUNCHER_AND_PROBE,
  ociArchive,
  PROBE_INSIDE as PROBE,
} from "./support/images.ts";
import { leftNothing } from "./support/room.ts";

const PROFILES = "/etc/dcos/mesos/seccomp";

/** Has the launcher as its entrypoint, in front of the probe, busybox, and profiles. */
const IMAGE = "localhost/confined:latest";
/** Has nothing but a server. */
const SERVER = "localhost/example/server:latest";

const STATUS = ["/bin/grep", "-E", "^(NoNewPrivs|Seccomp_filters)", "/proc/1/status"];
const ENGINES_OWN = ["--seccomp"];
const BY = (profile: string): string[] => ["--env", `SECCOMP_EXEC_PROFILE=${profile}`];
const mounted = (from: string, to: string): string[] => [
  "--mount",
  `type=bind,src=${from},dst=${to},options=rbind:ro`,
];

withStarted("the launcher in containerd", Containerd.start, (containerd) => {
  const behind = (options: readonly string[], ...command: readonly string[]): Outcome =>
    containerd.run(options, IMAGE, LAUNCHER, "--", ...command);

  test("images are imported", () => {
    const files = {
      ...LAUNCHER_AND_PROBE,
      ...BUSYBOX,
      [`${PROFILES}/default.json`]: answering(3000),
      [`${PROFILES}/a.json`]: answering(3001),
      [`${PROFILES}/kill.json`]: profileOf({
        names: ["sched_get_priority_max"],
        action: "SCMP_ACT_KILL_PROCESS",
      }),
    };
    containerd.importImage(ociArchive(IMAGE, files, { Entrypoint: [LAUNCHER, "--"], Cmd: [PROBE] }));
    containerd.importImage(ociArchive(SERVER, { "/server": { copyOf: HOST_PROBE } }, { Cmd: ["/server"] }));
  });

  test("as the entrypoint it confines the image's own command", () => {
    ran(containerd.run([], IMAGE), denied(3000));
    ran(containerd.run(BY("a.json"), IMAGE), denied(3001));
  });

  test("a command takes the place of the entrypoint, so that the launcher has to stand before it", () => {
    ran(containerd.run([], IMAGE, PROBE), ALLOWED);
    ran(containerd.run([], IMAGE, LAUNCHER, "--profile", "a.json", "--", PROBE), denied(3001));
  });

  test("ctr puts no filter on a container unless it is told to; then both hold", () => {
    ran(containerd.run([], IMAGE, ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t0\n");
    ran(containerd.run(ENGINES_OWN, IMAGE, ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t1\n");
    ran(behind([], ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t1\n");
    ran(behind(ENGINES_OWN, ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t2\n");
    ran(behind(ENGINES_OWN, PROBE), denied(3000));
  });

  test("no_new_privs is set by ctr; without that, where the kernel demands it", () => {
    const allowed = ["--allow-new-privs"];
    ran(containerd.run(allowed, IMAGE, ...STATUS), "NoNewPrivs:\t0\nSeccomp_filters:\t0\n");
    ran(behind(allowed, ...STATUS), "NoNewPrivs:\t1\nSeccomp_filters:\t1\n");
    const admin = [...allowed, "--cap-add", "CAP_SYS_ADMIN"];
    ran(behind(admin, ...STATUS), "NoNewPrivs:\t0\nSeccomp_filters:\t1\n");
  });

  test("profiles of the machine are mounted into a file system that cannot be written to", () => {
    const profiles = directoryOf({ "default.json": answering(1000), "b.json": answering(1002) });
    const options = ["--read-only", ...mounted(profiles, PROFILES)];
    ran(behind(options, PROBE), denied(1000));
    ran(behind([...options, ...BY("b.json")], PROBE), denied(1002));
    refused(behind([...options, ...BY("a.json")], PROBE), "no profile 'a.json'");
  });

  test("ctr run ends as the command does, or as the launcher", () => {
    assert.is(behind([], "/bin/sh", "-c", "exit 7").status, 7);
    assert.is(behind(BY("kill.json"), PROBE).status, 159);
    refused(behind(BY("missing.json"), PROBE), "no profile 'missing.json'");
    assert.is(behind([], "/no/such/program").status, 127);
  });

  test("examples/containerd/web.service: the image's program is under the machine's profile", () => {
    const profiles = directoryOf({ "strict.json": answering(1002), "default.json": answering(1000) });
    const text = readFileSync("examples/containerd/web.service", "utf8")
      .replace("src=/usr/local/bin/seccomp-exec", `src=${PROGRAM}`)
      .replace(`src=${PROFILES}`, `src=${profiles}`);
    const [program, ...rest] = withCommand(serviceTask(text), ["/server"]).argv;
    assert.is(program, "/usr/bin/ctr");
    ran(containerd.ctr(...rest), denied(1002));
  });

  test("containerd goes with all that it has started", () => {
    containerd.stop();
    leftNothing(containerd.room);
  });
});

test.run();
