/**
 * Reading a profile's file safely: what kind of file it has to be, whose, how large, and in which encoding.
 */

import { execFileSync, spawn } from "node:child_process";
import { chmodSync, copyFileSync, linkSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { type Outcome, type RunOptions, run } from "../support/programs/program.ts";
import { IS_ROOT, ROOT } from "../support/running/needs.ts";
import { PATIENCE_MS } from "../support/running/patience.ts";
import { test, testWith } from "../support/running/test.ts";

/** What is read safely is what root reads: a user may read what the user can write. */
const asRoot = testWith(ROOT);

const MIB = 1024 * 1024;

/** A profile of exactly that many bytes. */
function ofSize(bytes: number): string {
  return answering(1001).padEnd(bytes, " ");
}

const D = directoryOf({
  "default.json": answering(1000),
  "good.json": answering(1001),
  "private.json": { content: answering(1001), mode: 0o600 },
  "private-read-only.json": { content: answering(1001), mode: 0o400 },
  "no-mode.json": { content: answering(1001), mode: 0o000 },
  "executable.json": { content: answering(1001), mode: 0o755 },
  "group-writable.json": { content: answering(1001), mode: 0o664 },
  "world-writable.json": { content: answering(1001), mode: 0o646 },
  "of-another.json": IS_ROOT ? { content: answering(1001), owner: NOBODY } : "",
  "largest.json": ofSize(4 * MIB),
  "too-large.json": ofSize(4 * MIB + 1),
  "huge.json": ofSize(64 * MIB),
  "empty.json": "",
  "spaces.json": " \n\t ",
  "latin1.json": {
    content: Buffer.from(profileOf({ names: ["read"], action: "SCMP_ACT_ALLOW", comment: "é" }), "latin1"),
  },
  "utf16.json": { content: Buffer.from(`\ufeff${answering(1001)}`, "utf16le") },
  "overlong.json": {
    content: Buffer.concat([Buffer.from('{"comment": "'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  },
  "surrogate.json": {
    content: Buffer.concat([
      Buffer.from('{"comment": "'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  },
  "cut.json": { content: Buffer.concat([Buffer.from(answering(1001)), Buffer.from([0xe2, 0x82])]) },
  "utf8.json": profileOf({
    names: ["sched_get_priority_max"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 1002,
    comment: "é ✓ 😀 \u0000".replace("\u0000", ""),
  }),
  "locked/inner.json": answering(1001),
});
mkdirSync(`${D}/directory.json`);
symlinkSync("good.json", `${D}/link.json`);
symlinkSync("link.json", `${D}/link-to-link.json`);
symlinkSync("of-another.json", `${D}/link-to-of-another.json`);
symlinkSync("none.json", `${D}/dangling.json`);
symlinkSync("loop.json", `${D}/loop.json`);
symlinkSync("/dev/null", `${D}/link-to-null.json`);
symlinkSync("/dev/zero", `${D}/link-to-zero.json`);
symlinkSync("directory.json", `${D}/link-to-directory.json`);
linkSync(`${D}/good.json`, `${D}/hard-link.json`);
execFileSync("mkfifo", ["-m", "0644", `${D}/fifo.json`]);
execFileSync("chmod", ["0700", `${D}/locked`]);

const WAYS: Readonly<Record<string, (name: string, options?: RunOptions) => Outcome>> = {
  "by path": (name, options) => run(["--profile", `${D}/${name}`, "--", PROBE], options),
  "by name": (name, options) => run(["--profile-dir", D, "--profile", name, "--", PROBE], options),
};

asRoot("a file of /proc is not root's because its owner is: another user may say what is in it", () => {
  // Its content is what the process has as its arguments, and who may not read a program does not own its process's files.
  const sleep = `${D}/sleep`;
  copyFileSync("/bin/sleep", sleep);
  chmodSync(sleep, 0o711);
  const process = spawn(sleep, ["60"], { argv0: answering(1001), uid: NOBODY, gid: NOBODY });
  try {
    const file = `/proc/${process.pid}/cmdline`;
    const deadline = Date.now() + PATIENCE_MS;
    while (!readFileSync(file, "utf8").startsWith("{") && Date.now() < deadline);
    symlinkSync(file, `${D}/proc.json`);
    refused(run(["--profile", `${D}/proc.json`, "--", PROBE]), `/proc/${process.pid} `, `user ${NOBODY}`);
  } finally {
    process.kill();
  }
  refused(run(["--profile", "/proc/self/cmdline", "--", PROBE]), "is longer than its size");
});

for (const [way, launch] of Object.entries(WAYS)) {
  asRoot(`${way}: a regular file of root's that only root may write is read`, () => {
    for (const name of ["good", "private", "private-read-only", "no-mode", "executable", "hard-link"]) {
      ran(launch(`${name}.json`), denied(1001));
    }
  });

  asRoot(`${way}: a symbolic link to such a file is followed`, () => {
    ran(launch("link.json"), denied(1001));
    ran(launch("link-to-link.json"), denied(1001));
  });

  asRoot(`${way}: what a symbolic link leads to is held to the same rules`, () => {
    refused(launch("link-to-of-another.json"), "link-to-of-another.json", /own/);
    refused(launch("link-to-null.json"), "link-to-null.json", /regular file/);
    refused(launch("link-to-zero.json"), "link-to-zero.json", /regular file/);
    refused(launch("link-to-directory.json"), "link-to-directory.json", /regular file|directory/);
  });

  asRoot(`${way}: a symbolic link that leads nowhere, or to itself, is refused`, () => {
    refused(launch("dangling.json"), "dangling.json");
    refused(launch("loop.json"), "loop.json");
  });

  asRoot(`${way}: a directory is refused`, () => {
    refused(launch("directory.json"), "directory.json is a directory", "hint: name a file; Docker creates");
  });

  asRoot(`${way}: a fifo is refused and not waited for`, () => {
    refused(launch("fifo.json"), "fifo.json", /regular file/);
  });

  asRoot(`${way}: a file of 4 MiB is read, one byte more is refused with the limit`, () => {
    ran(launch("largest.json"), denied(1001));
    refused(launch("too-large.json"), "too-large.json", /4 MiB|4194304/);
    refused(launch("huge.json"), "huge.json", /4 MiB|4194304/);
  });

  asRoot(`${way}: a file of another user's is refused, with its owner`, () => {
    refused(launch("of-another.json"), "of-another.json", /own/, "root", `${NOBODY}`);
  });

  asRoot(
    `${way}: a file that its group or others may write is refused, and the message says how to mend it`,
    () => {
      refused(launch("group-writable.json"), "group-writable.json", /writ/, "chmod");
      refused(launch("world-writable.json"), "world-writable.json", /writ/, "chmod");
    },
  );

  asRoot(`${way}: an empty file is refused and is no profile`, () => {
    refused(launch("empty.json"), "empty.json:1:1");
    refused(launch("spaces.json"), /spaces\.json:\d+:\d+/);
  });

  asRoot(`${way}: a file that is not UTF-8 is refused, with the place`, () => {
    for (const name of ["latin1", "overlong", "surrogate", "cut"]) {
      refused(launch(`${name}.json`), new RegExp(`${name}\\.json:\\d+:\\d+: .*UTF-8`));
    }
    refused(launch("utf16.json"), "utf16.json", /UTF-8/);
  });

  asRoot(`${way}: characters outside ASCII in comments are fine`, () => {
    ran(launch("utf8.json"), denied(1002));
  });

  asRoot(`${way}: as another user, a file that may not be read is refused with the reason`, () => {
    refused(launch("private.json", { uid: NOBODY }), "private.json", /permission denied/i);
    refused(launch("locked/inner.json", { uid: NOBODY }), "inner.json");
  });

  asRoot(`${way}: as another user, whose the file is does not matter, nor who may write it`, () => {
    for (const name of ["good", "group-writable", "world-writable", "of-another"]) {
      ran(launch(`${name}.json`, { uid: NOBODY }), denied(1001));
    }
  });

  asRoot(`${way}: as another user, the other rules hold`, () => {
    refused(launch("fifo.json", { uid: NOBODY }), /regular file/);
    refused(launch("directory.json", { uid: NOBODY }), /regular file|directory/);
    refused(launch("too-large.json", { uid: NOBODY }), /4 MiB|4194304/);
    refused(launch("link-to-null.json", { uid: NOBODY }), /regular file/);
  });
}

asRoot("devices, /proc and standard input are no profiles", () => {
  const byPath = (path: string) => run(["--profile", path, "--", PROBE], { input: answering(1001) });
  refused(byPath("/dev/null"), "/dev/null", /regular file/);
  refused(byPath("/dev/zero"), "/dev/zero", /regular file/);
  refused(byPath("/dev/stdin"), "/dev/stdin");
  refused(byPath("/proc/self/fd/0"), "/proc/self/fd/0");
  refused(byPath("/proc/self/mem"), "/proc/self/mem");
  refused(byPath("/proc/self/environ"), "/proc/self/environ");
  refused(byPath("/"), "/");
});

asRoot("a directory of profiles that is a file is refused with the reason", () => {
  const outcome = run(["--profile-dir", `${D}/good.json`, "--profile", "x.json", "--", PROBE]);
  refused(outcome, `${D}/good.json`, /not a directory/i);
});

asRoot("the rules hold for the default profile too: nothing falls back to another", () => {
  const own = directoryOf({ "default.json": { content: answering(1000), mode: 0o666 } });
  const outcome = run(["--", PROBE], { env: { MESOS_SECCOMP_CONFIG_DIR: own } });
  refused(outcome, `${own}/default.json`, /writ/);
  assert.is.not(outcome.stdout, ALLOWED);
});

test.run();
