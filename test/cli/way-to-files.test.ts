/**
 * The way to a file: each directory and each link on it has to be root's where root launches or a policy speaks of the file,
 * since whoever may change one of these chooses the profile.
 */

import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import {
  answering,
  directoryOf,
  type Files,
  NOBODY,
  runCommandWithEtc,
  runWithEtc,
} from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, type RunOptions, run, runCommand } from "../support/programs/program.ts";
import { need, needs, program, ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const asRoot = testWith(ROOT);

/** User namespaces for those who are not root, which some distributions refuse. */
const OWN_USERS = need("user namespaces of users", () => {
  const { status } = runCommand(["unshare", "--map-root-user", "true"], { uid: NOBODY });
  return status === 0;
});
const BASH = program("bash", "bash");

const STRICT = answering(1001);
const WEAK = answering(1002);
const KEEP = "hint: keep the profile where only root can write, for example in /etc/seccomp-exec/profiles";

/** Runs a command as the user who attacks. */
function asUser(...command: readonly string[]): void {
  const { status, stderr } = runCommand(command, { uid: NOBODY });
  assert.is(`${stderr}${status}`, "0");
}

/** Root's directory with these files in it, and in that the directory `u`, which is the user's. */
function withUsersDirectory(files: Files): string {
  const directory = directoryOf({ "u/.keep": "", ...files });
  chownSync(`${directory}/u`, NOBODY, NOBODY);
  return directory;
}

function byPath(path: string, options: RunOptions = {}): Outcome {
  return run(["--profile", path, "--", PROBE], options);
}

/** Launches on a machine with this policy, as root and as the user; root's launch comes first. */
function underPolicy(policy: object, args: readonly string[] = []): Outcome[] {
  const etc = directoryOf({ "seccomp-exec/policy.json": JSON.stringify(policy) });
  return [{}, { uid: NOBODY }].map((options) => runWithEtc(etc, [...args, "--", PROBE], options));
}

asRoot(
  "a user who may write to the directory of a profile of root's cannot give its name to another file of root's",
  () => {
    const d = withUsersDirectory({ "u/p.json": STRICT, "weak.json": WEAK });
    const profile = `${d}/u/p.json`;
    const blamed = `the directory ${d}/u on the way to the profile ${profile} belongs to user ${NOBODY}, who could put another file there`;
    refused(byPath(profile), blamed, `chown root ${d}/u`);
    asUser("mv", profile, `${d}/u/away.json`);
    asUser("ln", "-s", `${d}/weak.json`, profile);
    refused(byPath(profile), blamed);
    for (const policy of [{ defaultProfile: profile }, { allowedProfiles: [profile] }]) {
      for (const outcome of underPolicy(policy, ["--profile", profile])) {
        refused(outcome, blamed);
      }
    }
    for (const outcome of underPolicy({ defaultProfile: profile })) {
      refused(outcome, blamed);
    }
  },
);

asRoot("nor one level up, by another directory of root's", () => {
  const d = withUsersDirectory({ "u/profiles/default.json": STRICT, "other/default.json": WEAK });
  const blamed = `the directory ${d}/u on the way to the profile ${d}/u/profiles/default.json belongs to user ${NOBODY}`;
  const launches = () => [
    run(["--profile-dir", `${d}/u/profiles`, "--", PROBE]),
    run(["--", PROBE], { env: { MESOS_SECCOMP_CONFIG_DIR: `${d}/u/profiles` } }),
    ...underPolicy({ profileDir: `${d}/u/profiles` }),
  ];
  for (const outcome of launches()) {
    // It is not the user's directory that is for profiles, so it is not to be taken from the user.
    refused(outcome, blamed, KEEP);
    assert.not.match(outcome.stderr, "chown");
  }
  asUser("mv", `${d}/u/profiles`, `${d}/u/away`);
  asUser("ln", "-s", `${d}/other`, `${d}/u/profiles`);
  for (const outcome of launches()) {
    refused(outcome, blamed);
  }
  // A file that was taken away is as much another's doing.
  asUser("rm", `${d}/u/profiles`);
  for (const outcome of launches()) {
    refused(outcome, blamed);
  }
});

asRoot(
  "a directory that the group or everybody may write to is as bad as a user's, wherever it is on the way",
  () => {
    for (const mode of [0o775, 0o757, 0o2775, 0o777]) {
      const d = directoryOf({ "a/b/c/p.json": STRICT });
      for (const level of ["a", "a/b", "a/b/c"]) {
        chmodSync(`${d}/${level}`, mode);
        refused(byPath(`${d}/a/b/c/p.json`), `the directory ${d}/${level} on`, `(mode ${mode.toString(8)})`);
        chmodSync(`${d}/${level}`, 0o755);
      }
      ran(byPath(`${d}/a/b/c/p.json`), denied(1001));
    }
  },
);

asRoot("a user to whom an access control list gives a directory is another who may write to it", () => {
  const d = directoryOf({ "a/p.json": STRICT });
  assert.is(runCommand([compileC("test/cli/native/acl.c"), `${NOBODY}`, `${d}/a`]).stderr, "");
  asUser("touch", `${d}/a/by-the-user`);
  refused(byPath(`${d}/a/p.json`), `the directory ${d}/a on`, "(mode 775)");
});

asRoot("links are followed, and each belongs to root and leads through directories of root's", () => {
  const d = withUsersDirectory({
    "real/p.json": STRICT,
    "u/p.json": WEAK,
    "links/.keep": "",
    "weak.json": WEAK,
  });
  symlinkSync("../real", `${d}/links/relative`);
  symlinkSync(`${d}/real`, `${d}/links/absolute`);
  symlinkSync("relative/p.json", `${d}/links/p.json`);
  symlinkSync("p.json", `${d}/links/twice.json`);
  for (const path of [
    "relative/p.json",
    "absolute/p.json",
    "p.json",
    "twice.json",
    "absolute//./../real/p.json",
  ]) {
    ran(byPath(`${d}/links/${path}`), denied(1001));
    ran(run(["--profile-dir", `${d}/links/absolute`, "--profile", "p.json", "--", PROBE]), denied(1001));
    for (const outcome of underPolicy({ defaultProfile: `${d}/links/${path}` })) {
      ran(outcome, denied(1001));
    }
  }
  // Of root's own links, one into the user's directory, and one through it.
  symlinkSync("../u/p.json", `${d}/links/into.json`);
  symlinkSync("../u/../weak.json", `${d}/links/through.json`);
  for (const name of ["into.json", "through.json"]) {
    refused(byPath(`${d}/links/${name}`), `the directory ${d}/links/../u on the way`, `user ${NOBODY}`);
  }
  // The user's own link, which root has moved to a directory of root's.
  symlinkSync("p.json", `${d}/real/theirs.json`);
  lchownSync(`${d}/real/theirs.json`, NOBODY, NOBODY);
  refused(byPath(`${d}/real/theirs.json`), `the link ${d}/real/theirs.json on the way`, "change its target");
});

asRoot("links that lead nowhere, to themselves, or on for too long are refused", () => {
  const d = directoryOf({ "p.json": STRICT });
  symlinkSync("loop/p.json", `${d}/loop`);
  for (let i = 0; i < 41; i += 1) {
    symlinkSync(i === 0 ? "p.json" : `${i - 1}.json`, `${d}/${i}.json`);
  }
  ran(byPath(`${d}/39.json`), denied(1001));
  refused(byPath(`${d}/40.json`), "Symbolic link loop");
  refused(byPath(`${d}/loop/x.json`), "Symbolic link loop");
  refused(byPath(`${d}/p.json/`), "does not exist");
  refused(byPath(`${d}/p.json/.`), "does not exist");
  refused(byPath(`${d}/`), "is a directory");
  // As the kernel has it, which is what other users are left to.
  ran(byPath(`${d}/39.json`, { uid: NOBODY }), denied(1001));
  refused(byPath(`${d}/40.json`, { uid: NOBODY }), "Symbolic link loop");
});

asRoot("of a relative path, the directories above the working directory count as well", () => {
  const d = withUsersDirectory({ "a/b/p.json": STRICT, "u/c/p.json": STRICT });
  ran(byPath("./p.json", { cwd: `${d}/a/b` }), denied(1001));
  ran(byPath("b/../b/p.json", { cwd: `${d}/a` }), denied(1001));
  ran(byPath("../../a/b/p.json", { cwd: `${d}/a/b` }), denied(1001));
  refused(byPath("./p.json", { cwd: `${d}/u/c` }), "the directory .. on the way to the profile ./p.json");
  refused(byPath("c/p.json", { cwd: `${d}/u` }), "the directory . on the way to the profile c/p.json");
  refused(
    run(["--profile-dir", ".", "--profile", "p.json", "--", PROBE], { cwd: `${d}/u/c` }),
    "the directory .. on the way to the profile ./p.json",
  );
  // A directory that is gone has nothing above it that could be looked at by name.
  const script = `cd "$1" && rmdir "$1" && exec "$2" --profile ../p.json -- "$3"`;
  const gone = directoryOf({ "p.json": STRICT, "gone/.keep": "" });
  rmSync(`${gone}/gone/.keep`);
  const outcome = runCommand(["sh", "-c", script, "sh", `${gone}/gone`, PROGRAM, PROBE]);
  ran(outcome, denied(1001));
});

asRoot(
  "in a directory as /tmp is, what is root's stays where it is: a directory of root's in it is as good as any",
  () => {
    const d = directoryOf({ "shared/own/p.json": STRICT, "shared/theirs/p.json": WEAK });
    chmodSync(`${d}/shared`, 0o1777);
    chownSync(`${d}/shared/theirs`, NOBODY, NOBODY);
    ran(byPath(`${d}/shared/own/p.json`), denied(1001));
    ran(run(["--profile-dir", `${d}/shared/own`, "--profile", "p.json", "--", PROBE]), denied(1001));
    for (const outcome of underPolicy({ defaultProfile: `${d}/shared/own/p.json` })) {
      ran(outcome, denied(1001));
    }
    refused(byPath(`${d}/shared/theirs/p.json`), `the directory ${d}/shared/theirs on`);
    // Of another owner's, its owner may rename all that is in it.
    chownSync(`${d}/shared`, NOBODY, NOBODY);
    refused(byPath(`${d}/shared/own/p.json`), `the directory ${d}/shared on`);
  },
);

asRoot("files and links directly in such a directory may have been moved there by others", () => {
  const d = directoryOf({ "p.json": STRICT, "other.json": WEAK });
  chmodSync(d, 0o1777);
  const profile = `${d}/p.json`;
  const stands = `the profile ${profile} is directly in ${d}, where other users can put files too (mode 1777)`;
  for (const outcome of [
    run(["--profile-dir", d, "--profile", "p.json", "--", PROBE]),
    ...underPolicy({ profileDir: d, defaultProfile: "p.json" }),
    ...underPolicy({ defaultProfile: profile }),
    ...underPolicy({ allowedProfiles: [profile] }, ["--profile", profile]),
  ]) {
    refused(outcome, stands, KEEP);
    assert.not.match(outcome.stderr, "chmod");
  }
  // Root may type it: but not where it has a second name, which anybody may have given it.
  ran(byPath(profile), denied(1001));
  linkSync(`${d}/other.json`, `${d}/second.json`);
  refused(byPath(`${d}/second.json`), "has 2 hard links and is directly in");
  symlinkSync("p.json", `${d}/link.json`);
  refused(byPath(`${d}/link.json`), `the link ${d}/link.json on the way`, "is directly in");
});

asRoot(
  "an open descriptor, as /dev/stdin, is for root to type; it has to be root's, and is no way for a policy",
  () => {
    const d = directoryOf({ "p.json": STRICT, "theirs.json": WEAK });
    chownSync(`${d}/theirs.json`, NOBODY, NOBODY);
    const script = (path: string) => ["sh", "-c", `exec "$0" --profile ${path} -- "$1"`, PROGRAM, PROBE];
    const from = (file: string, path: string, options: RunOptions = {}) =>
      runCommand(["sh", "-c", 'exec "$@" <"$0"', `${d}/${file}`, ...script(path)], options);
    for (const path of ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/proc/thread-self/fd/0"]) {
      ran(from("p.json", path), denied(1001));
      refused(from("theirs.json", path), `user ${NOBODY}`);
      ran(from("p.json", path, { uid: NOBODY }), denied(1001));
      ran(from("theirs.json", path, { uid: NOBODY }), denied(1002));
      refused(byPath(path), path);
      const etc = directoryOf({ "seccomp-exec/policy.json": JSON.stringify({ defaultProfile: path }) });
      const command = ["sh", "-c", 'exec "$@" <"$0"', `${d}/p.json`, PROGRAM, "--", PROBE];
      refused(runCommandWithEtc(etc, command), "is reached through /", "hint: name the file itself");
      refused(runCommandWithEtc(etc, command, { uid: NOBODY }), path);
    }
    symlinkSync("/dev/stdin", `${d}/stdin.json`);
    const named = ["sh", "-c", 'exec "$@" <"$0"', `${d}/p.json`, PROGRAM];
    refused(
      runCommand([...named, "--profile-dir", d, "--profile", "stdin.json", "--", PROBE]),
      "is reached through /",
    );
    // Where another process has its working directory or its root is for that to decide.
    refused(byPath("/proc/self/cwd/p.json", { cwd: d }), "is reached through /proc/", "name the file itself");
    refused(byPath(`/proc/self/root${d}/p.json`), "is reached through /proc/");
    ran(byPath("/proc/self/cwd/p.json", { cwd: d, uid: NOBODY }), denied(1001));
  },
);

asRoot("what a shell hands over by <(...) is no file, and is refused as before", () => {
  needs(BASH);
  const script = `exec "$0" --profile <(cat "$2") -- "$1"`;
  const d = directoryOf({ "p.json": STRICT });
  for (const options of [{}, { uid: NOBODY }]) {
    const outcome = runCommand(["bash", "-c", script, PROGRAM, PROBE, `${d}/p.json`], options);
    refused(outcome, "is not a regular file");
  }
});

asRoot("a user without a policy may launch from anywhere", () => {
  const d = withUsersDirectory({ "u/p.json": STRICT });
  chmodSync(`${d}/u`, 0o777);
  ran(byPath(`${d}/u/p.json`, { uid: NOBODY }), denied(1001));
  ran(byPath("./p.json", { uid: NOBODY, cwd: `${d}/u` }), denied(1001));
  for (const outcome of underPolicy({}, ["--profile", `${d}/u/p.json`]).slice(1)) {
    ran(outcome, denied(1001));
  }
});

asRoot("a way that may not be searched is told with the directory", () => {
  const d = directoryOf({ "closed/in/p.json": STRICT });
  chmodSync(`${d}/closed`, 0o700);
  const [root, user] = underPolicy({ defaultProfile: `${d}/closed/in/p.json` });
  ran(root as Outcome, denied(1001));
  refused(user as Outcome, `the directory ${d}/closed on the way cannot be searched: Permission denied`);
});

asRoot(
  "the policy itself: whoever could change a directory or a link on the way to it is told, and nothing is bounded by it",
  () => {
    const d = withUsersDirectory({ "u/policy.json": '{"allowUnconfined": false}', "real/policy.json": "{}" });
    const etc = directoryOf({});
    chownSync(etc, NOBODY, NOBODY);
    mkdirSync(`${etc}/seccomp-exec`);
    writeFileSync(`${etc}/seccomp-exec/policy.json`, "{}");
    refused(
      runWithEtc(etc, ["--unconfined", "--", PROBE]),
      "the directory /etc on the way to the operator's policy /etc/seccomp-exec/policy.json belongs to user",
      "hint: make root its owner: chown root /etc\n",
    );
    chownSync(etc, 0, 0);
    ran(runWithEtc(etc, ["--unconfined", "--", PROBE]), ALLOWED);
    // By a link of the directory, and of the file.
    renameSync(`${etc}/seccomp-exec`, `${etc}/away`);
    symlinkSync(`${d}/real`, `${etc}/seccomp-exec`);
    ran(runWithEtc(etc, ["--unconfined", "--", PROBE]), ALLOWED);
    for (const options of [{}, { uid: NOBODY }]) {
      rmSync(`${etc}/seccomp-exec`, { recursive: true });
      symlinkSync(`${d}/u`, `${etc}/seccomp-exec`);
      const through = `the directory ${d}/u on the way to the operator's policy`;
      refused(runWithEtc(etc, ["--unconfined", "--", PROBE], options), through, "instead of a link");
      rmSync(`${etc}/seccomp-exec`);
      mkdirSync(`${etc}/seccomp-exec`, { mode: 0o755 });
      symlinkSync(`${d}/u/policy.json`, `${etc}/seccomp-exec/policy.json`);
      refused(runWithEtc(etc, ["--unconfined", "--", PROBE], options), through, "instead of a link");
    }
  },
);

asRoot("the compiled-in profiles do not stand in for a directory that a user can have taken away", () => {
  const etc = directoryOf({ "dcos/mesos/.keep": "" });
  ran(runWithEtc(etc, ["--profile", "relaxed.json", "--", PROBE]), ALLOWED);
  chownSync(`${etc}/dcos/mesos`, NOBODY, NOBODY);
  refused(
    runWithEtc(etc, ["--profile", "relaxed.json", "--", PROBE]),
    "the directory /etc/dcos/mesos on the way to the profile /etc/dcos/mesos/seccomp/relaxed.json",
  );
  ran(runWithEtc(etc, ["--profile", "relaxed.json", "--", PROBE], { uid: NOBODY }), ALLOWED);
});

asRoot("in a user namespace, directories of the root outside are on the way to one's own profiles", () => {
  needs(OWN_USERS);
  const etc = directoryOf({ "u/p.json": STRICT, "u/shared/x/p.json": STRICT });
  chownSync(`${etc}/u`, NOBODY, NOBODY);
  chownSync(`${etc}/u/p.json`, NOBODY, NOBODY);
  chownSync(`${etc}/u/shared`, NOBODY, NOBODY);
  // Root inside is the user, and all that belongs to root outside belongs to nobody.
  const asOwnRoot = (path: string) =>
    runCommandWithEtc(etc, ["unshare", "--map-root-user", PROGRAM, "--profile", path, "--", PROBE], {
      uid: NOBODY,
    });
  ran(asOwnRoot("/etc/u/p.json"), denied(1001));
  // The file itself may not be anybody's, nor a directory in one as /tmp is.
  refused(asOwnRoot("/etc/u/shared/x/p.json"), "the profile /etc/u/shared/x/p.json belongs to user 65534");
  chownSync(`${etc}/u/shared/x/p.json`, NOBODY, NOBODY);
  ran(asOwnRoot("/etc/u/shared/x/p.json"), denied(1001));
  chmodSync(`${etc}/u/shared`, 0o1777);
  refused(asOwnRoot("/etc/u/shared/x/p.json"), "the directory /etc/u/shared/x on the way", "user 65534");
  // Root knows its own directories inside too: what belongs to nobody there is another's.
  chownSync(`${etc}/u/p.json`, 0, 0);
  const asRoot = ["unshare", "--map-root-user", PROGRAM, "--profile", "/etc/u/p.json", "--", PROBE];
  refused(runCommandWithEtc(etc, asRoot), "the directory /etc/u on the way", "user 65534");
});

test.run();
