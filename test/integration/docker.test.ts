/**
 * The launcher in containers of a real Docker Engine: as entrypoint and as command, for any user, with any capabilities,
 * beside Docker's own filter, in any image.
 */

import { chmodSync, chownSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ALLOWED, denied, failed, PROBE as HOST_PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { type Engine, withEngine } from "./support/docker.ts";
import {
  BUSYBOX,
  buildImage,
  dynamicPrograms,
  importImage,
  LAUNCHER,
  LAUNCHER_AND_PROBE,
  PROBE_INSIDE as PROBE,
} from "./support/images.ts";

/** The numbers of two calls; with addresses that make no sense they answer EFAULT, whoever makes them. */
const CALLS = process.arch === "x64" ? { mount: "165", chroot: "161" } : { mount: "40", chroot: "51" };
const BAD = "0xffffffffffffffff";
const EPERM = 1;
const EFAULT = 14;

const PROFILES = "/etc/dcos/mesos/seccomp";

/** Ends a container's process if it is let through. */
const KILLING = profileOf({ names: ["sched_get_priority_max"], action: "SCMP_ACT_KILL_PROCESS" });

/** Has the launcher as its entrypoint, busybox, and profiles. */
const IMAGE = "confined";
/** Has nothing but the launcher and the probe. */
const BARE = "bare";
/** Has dynamic programs with glibc. */
const GLIBC = "glibc";

const UNCONFINED = ["--security-opt", "seccomp=unconfined"];
const NO_NEW_PRIVS = ["--security-opt", "no-new-privileges"];
const BY = (profile: string): string[] => ["--env", `SECCOMP_EXEC_PROFILE=${profile}`];

withEngine("the launcher in Docker", (engine) => {
  const inImage = (options: readonly string[], ...command: readonly string[]): Outcome =>
    engine.run(options, IMAGE, ...command);

  /** The probe's call with arguments that make no sense, under a compiled-in profile and no other filter. */
  const callUnder = (profile: string, call: keyof typeof CALLS, ...options: readonly string[]): Outcome =>
    inImage([...UNCONFINED, ...BY(`builtin:${profile}`), ...options], PROBE, CALLS[call], BAD, BAD, BAD);

  test("images are made", () => {
    makeImages(engine);
  });

  test("as the entrypoint it confines whatever command the image is run with", () => {
    ran(engine.run(["--entrypoint", PROBE], IMAGE), ALLOWED);
    ran(inImage([], PROBE), denied(3000));
    ran(inImage([], "sh", "-c", `${PROBE}; ${PROBE}`), denied(3000) + denied(3000));
  });

  test("as the command it confines what stands behind it", () => {
    const command = [LAUNCHER, "--profile", "a.json", "--", PROBE];
    ran(engine.run(["--entrypoint", ""], IMAGE, ...command), denied(3001));
  });

  test("the command is process 1, and the launcher is gone", () => {
    ran(inImage([], "sh", "-c", "echo $$; readlink /proc/1/exe; ls /proc/1/task"), "1\n/bin/busybox\n1\n");
  });

  test("standard input and arguments reach the command as they are", () => {
    const options = ["run", "--rm", "--network", "none", "--interactive", IMAGE];
    ran(engine.dockerWith({ input: "line\n" }, ...options, "cat"), "line\n");
    ran(inImage([], "sh", "-c", 'printf "<%s>" "$@"', "sh", "a b", "", "--", "-x"), "<a b><><--><-x>");
  });

  for (const user of ["0", "1000", `${NOBODY}:${NOBODY}`]) {
    test(`user ${user} is confined and stays that user`, () => {
      const options = ["--user", user];
      ran(inImage(options, PROBE), denied(3000));
      ran(inImage(options, "id", "-u"), `${user.split(":")[0]}\n`);
    });
  }

  test("its filter and Docker's own both hold", () => {
    const filters = ["grep", "-E", "^Seccomp", "/proc/1/status"];
    ran(inImage([], ...filters), "Seccomp:\t2\nSeccomp_filters:\t2\n");
    ran(inImage(UNCONFINED, ...filters), "Seccomp:\t2\nSeccomp_filters:\t1\n");
    ran(inImage(UNCONFINED, PROBE), denied(3000));
    // Docker's own refuses mount here, but not chroot.
    const mount = [PROBE, CALLS.mount, BAD, BAD, BAD];
    ran(inImage(BY("builtin:log.json"), ...mount), denied(EPERM));
    ran(inImage([...UNCONFINED, ...BY("builtin:log.json")], ...mount), denied(EFAULT));
    const chroot = [PROBE, CALLS.chroot, BAD];
    ran(inImage(BY("builtin:log.json"), ...chroot), denied(EFAULT));
    ran(inImage(BY("builtin:strict.json"), ...chroot), denied(EPERM));
  });

  test("a rule for a capability counts where the container has it", () => {
    ran(callUnder("default.json", "chroot"), denied(EFAULT));
    ran(callUnder("default.json", "chroot", "--cap-drop", "SYS_CHROOT"), denied(EPERM));
    ran(callUnder("default.json", "chroot", "--cap-drop", "ALL"), denied(EPERM));
    ran(callUnder("default.json", "mount"), denied(EPERM));
    ran(callUnder("default.json", "mount", "--cap-add", "SYS_ADMIN"), denied(EFAULT));
  });

  test("without such a rule a capability changes nothing", () => {
    ran(callUnder("strict.json", "chroot"), denied(EPERM));
    ran(callUnder("strict.json", "mount", "--cap-add", "SYS_ADMIN"), denied(EPERM));
    ran(callUnder("log.json", "mount", "--cap-drop", "ALL"), denied(EFAULT));
  });

  test("a rule for a capability does not count for a user who cannot come to hold it", () => {
    ran(callUnder("default.json", "chroot", "--user", "1000"), denied(EPERM));
    ran(callUnder("default.json", "mount", "--user", "1000", "--cap-add", "SYS_ADMIN"), denied(EPERM));
  });

  test("no_new_privs is set where the kernel demands it, or Docker does", () => {
    const status = ["grep", "NoNewPrivs", "/proc/1/status"];
    const admin = ["--cap-add", "SYS_ADMIN"];
    ran(inImage([], ...status), "NoNewPrivs:\t1\n");
    ran(inImage(admin, ...status), "NoNewPrivs:\t0\n");
    ran(inImage([...admin, ...NO_NEW_PRIVS], ...status), "NoNewPrivs:\t1\n");
  });

  test("under Docker's no-new-privileges root keeps its capabilities, and the filter holds", () => {
    ran(inImage(NO_NEW_PRIVS, PROBE), denied(3000));
    ran(callUnder("default.json", "mount", "--cap-add", "SYS_ADMIN", ...NO_NEW_PRIVS), denied(EFAULT));
    const user = ["--user", "1000", "--cap-add", "SYS_ADMIN", ...NO_NEW_PRIVS];
    ran(callUnder("default.json", "mount", ...user), denied(EPERM));
  });

  test("it needs no file system that can be written to", () => {
    ran(inImage(["--read-only"], PROBE), denied(3000));
    const touched = inImage(["--read-only"], "touch", "/file");
    assert.match(touched.stderr, "Read-only file system");
  });

  test("an image with nothing but the launcher and one static program", () => {
    ran(engine.run([], BARE, PROBE), ALLOWED);
    for (const [profile, errno] of [
      ["strict.json", EPERM],
      ["log.json", EFAULT],
    ] as const) {
      const options = [...UNCONFINED, ...BY(`builtin:${profile}`)];
      ran(engine.run(options, BARE, PROBE, CALLS.chroot, BAD), denied(errno));
    }
  });

  test("the Dockerfile of examples/ makes an image whose program is confined", () => {
    const dockerfile = readFileSync("examples/docker/Dockerfile", "utf8");
    buildImage(engine, "example", dockerfile, {
      "/seccomp-exec": { copyOf: PROGRAM },
      "/server": { copyOf: HOST_PROBE },
    });
    ran(engine.run([], "example"), ALLOWED);
    const killed = engine.run([...UNCONFINED, ...BY("none.json")], "example");
    refused(killed, "no profile 'none.json'");
  });

  test("an image with programs that need glibc", () => {
    for (const profile of ["default.json", "strict.json", "relaxed.json"]) {
      const options = [...UNCONFINED, ...BY(`builtin:${profile}`)];
      const script =
        'echo line | sed "s|line|$(id -u) $(ls /bin/sed)|"; exec env -i a=b grep Seccomp: /proc/1/status';
      const command = ["dash", "-c", script];
      ran(engine.run([...options, "--user", "1000"], GLIBC, ...command), "1000 /bin/sed\nSeccomp:\t2\n");
    }
  });

  test("a container of an image with profiles finds them by name", () => {
    ran(inImage(BY("a.json"), PROBE), denied(3001));
    refused(inImage(BY("b.json"), PROBE), "no profile 'b.json'", PROFILES);
  });

  test("profiles of the machine are mounted into the container", () => {
    const profiles = directoryOf({ "default.json": answering(1000), "b.json": answering(1002) });
    const mounted = ["--volume", `${profiles}:${PROFILES}:ro`];
    ran(inImage(mounted, PROBE), denied(1000));
    ran(inImage([...mounted, ...BY("b.json")], PROBE), denied(1002));
    ran(engine.run([...mounted, ...BY("b.json")], BARE, PROBE), denied(1002));
    const elsewhere = ["--volume", `${profiles}:/profiles:ro`, "--env", "MESOS_SECCOMP_CONFIG_DIR=/profiles"];
    ran(inImage([...elsewhere, ...BY("b.json")], PROBE), denied(1002));
    refused(inImage([...mounted, ...BY("a.json")], PROBE), "no profile 'a.json'");
  });

  test("a mounted profile that others can change is refused by root's launcher", () => {
    const profiles = directoryOf({ "default.json": answering(1000) });
    const mounted = ["--volume", `${profiles}:${PROFILES}:ro`];
    const file = join(profiles, "default.json");
    chmodSync(file, 0o666);
    refused(inImage(mounted, PROBE), "default.json", /writ/);
    chmodSync(file, 0o644);
    chownSync(file, NOBODY, NOBODY);
    refused(inImage(mounted, PROBE), "default.json", /own/);
    chownSync(file, 0, 0);
    ran(inImage(mounted, PROBE), denied(1000));
  });

  test("compiled-in profiles are there in every image", () => {
    for (const image of [IMAGE, BARE, GLIBC]) {
      const options = [...UNCONFINED, ...BY("builtin:strict.json")];
      ran(engine.run(options, image, PROBE, CALLS.chroot, BAD), denied(EPERM));
    }
  });

  test("the environment of the container asks for a profile", () => {
    const info = (value: object): string[] => ["--env", `SECCOMP_EXEC_LINUX_INFO=${JSON.stringify(value)}`];
    ran(inImage(info({ seccomp: { profileName: "a.json" } }), PROBE), denied(3001));
    ran(inImage(info({ linux_info: { seccomp: { profile_name: "a.json" } } }), PROBE), denied(3001));
    ran(inImage(info({ seccomp: { unconfined: true } }), PROBE), ALLOWED);
    refused(inImage(info({ seccomp: { profileName: "a.json", unconfined: true } }), PROBE), /unconfined/);
    refused(inImage(["--env", "SECCOMP_EXEC_LINUX_INFO={"], PROBE), "SECCOMP_EXEC_LINUX_INFO");
    ran(inImage(["--env", "SECCOMP_EXEC_UNCONFINED=true"], PROBE), ALLOWED);
    refused(inImage(BY(`${PROFILES}/a.json`), PROBE), "a.json");
  });

  test("an operator's policy in the image bounds what the environment asks for", () => {
    const policy = directoryOf({
      "policy.json": JSON.stringify({ allowUnconfined: false, allowedProfiles: ["a.json", "default.json"] }),
    });
    const bounded = ["--volume", `${policy}:/etc/seccomp-exec:ro`];
    ran(inImage([...bounded, ...BY("a.json")], PROBE), denied(3001));
    refused(
      inImage([...bounded, "--env", "SECCOMP_EXEC_UNCONFINED=true"], PROBE),
      /unconfined/,
      "policy.json",
    );
    refused(inImage([...bounded, ...BY("kill.json")], PROBE), "kill.json", "policy.json");
  });

  test("docker run ends as the command does", () => {
    for (const status of [0, 7, 125, 255]) {
      const { status: seen, stderr } = inImage([], "sh", "-c", `exit ${status}`);
      assert.equal([seen, stderr], [status, ""]);
    }
  });

  test("the launcher's own failures have its statuses and its messages", () => {
    refused(inImage(BY("missing.json"), PROBE), "missing.json");
    failed(126, inImage([], "/etc/text"), "/etc/text");
    failed(127, inImage([], "nothing-by-that-name"), "nothing-by-that-name");
    refused(inImage([]));
  });

  test("a command that its filter kills ends the container by SIGSYS", () => {
    const { status, stdout } = inImage(BY("kill.json"), PROBE);
    assert.equal([status, stdout], [159, ""]);
    // Not process 1, but a child of it.
    ran(inImage(BY("kill.json"), "sh", "-c", `${PROBE} 2>/dev/null; echo $?`), "159\n");
  });

  test("the engine keeps these statuses as the container's", () => {
    for (const [options, command, status] of [
      [[], ["sh", "-c", "exit 7"], "7"],
      [BY("missing.json"), [PROBE], "125"],
      [[], ["nothing-by-that-name"], "127"],
      [BY("kill.json"), [PROBE], "159"],
    ] as const) {
      const container = engine.startContainer(options, IMAGE, ...command);
      assert.is(engine.succeed("wait", container), status);
      assert.is(engine.succeed("inspect", "--format", "{{.State.ExitCode}}", container), status);
      engine.succeed("rm", container);
    }
  });

  test("docker stop reaches the command itself, which ends in its own way", () => {
    const container = engine.startContainer(
      [],
      IMAGE,
      ...["sh", "-c", 'trap "echo stopped; exit 42" TERM; echo ready; while :; do sleep 0.1; done'],
    );
    engine.waitFor("the command is ready", () => engine.docker("logs", container).stdout === "ready\n");
    // Long enough, so that what does not end by itself is noticed by its status.
    engine.succeed("stop", "--time", "10", container);
    assert.is(engine.succeed("inspect", "--format", "{{.State.ExitCode}}", container), "42");
    assert.is(engine.succeed("logs", container), "ready\nstopped");
    engine.succeed("rm", container);
  });

  test("what docker exec adds to a container is confined if the launcher stands before it", () => {
    const container = engine.startContainer([], IMAGE, "sh", "-c", "while :; do sleep 0.1; done");
    ran(engine.docker("exec", container, PROBE), ALLOWED);
    ran(engine.docker("exec", container, LAUNCHER, "--profile", "a.json", "--", PROBE), denied(3001));
    ran(
      engine.docker("exec", container, LAUNCHER, "--", "grep", "Seccomp:", "/proc/1/status"),
      "Seccomp:\t2\n",
    );
    engine.succeed("rm", "--force", container);
  });

  test("as the shell of a Dockerfile it confines the steps of a build", () => {
    const dockerfile = `FROM ${IMAGE}
SHELL ["${LAUNCHER}", "--profile", "a.json", "--", "/bin/sh", "-c"]
RUN ${PROBE} > /during-build
CMD cat /during-build; ${PROBE}
ENTRYPOINT []
`;
    buildImage(engine, "built", dockerfile, {});
    ran(engine.run([], "built"), denied(3001) + denied(3001));
  });
});

test.run();

function makeImages(engine: Engine): void {
  const entrypoint = `ENTRYPOINT ["${LAUNCHER}", "--"]`;
  importImage(
    engine,
    IMAGE,
    {
      ...LAUNCHER_AND_PROBE,
      ...BUSYBOX,
      "/etc/text": "not a program\n",
      [`${PROFILES}/default.json`]: answering(3000),
      [`${PROFILES}/a.json`]: answering(3001),
      [`${PROFILES}/kill.json`]: KILLING,
    },
    entrypoint,
  );
  const dockerfile = `FROM scratch
COPY seccomp-exec probe /
${entrypoint}
`;
  buildImage(engine, BARE, dockerfile, LAUNCHER_AND_PROBE);
  importImage(
    engine,
    GLIBC,
    { ...LAUNCHER_AND_PROBE, ...dynamicPrograms("dash", "sed", "id", "ls", "env", "grep") },
    entrypoint,
  );
}
