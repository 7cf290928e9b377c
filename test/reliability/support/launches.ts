/**
 * The launches into which faults are injected: each takes another way through the launcher.
 */

import { symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { directoryOf, type FileSpec, NOBODY, profileOf } from "../../support/programs/files.ts";
import { PROGRAM, runCommand } from "../../support/programs/program.ts";
import { answers, WITNESS, word } from "./witness.ts";

/** A launch that can be repeated exactly. */
export interface Launch {
  readonly name: string;
  /** The directory that is its whole /etc. */
  readonly etc: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Left out: root. */
  readonly uid?: number;
  /** What the witness prints; left out: whatever it is. */
  readonly printed?: string;
}

/** Rules that depend on whatever the launcher asks the kernel for: where one answer is lost, the witness sees it. */
const RULES: readonly object[] = [
  answers(1, 1001),
  answers(2, 1002, { includes: { caps: ["CAP_CHOWN"] } }),
  answers(3, 1003, { includes: { caps: ["CAP_CHECKPOINT_RESTORE"] } }),
  answers(4, 1004, { excludes: { caps: ["CAP_SYS_PACCT"] } }),
  answers(5, 1005, { includes: { minKernel: "4.8" } }),
  answers(6, 1006, { includes: { minKernel: "99.0" } }),
];

const PROFILE = profileOf(...RULES);
const WORDS = [1, 2, 3, 4, 5, 6].map(word);

/** Calls that tell each of the profiles that are compiled in from the others, and from none. */
const TELLING: readonly string[] = [
  "acct",
  "add_key",
  "bpf",
  "io_uring_enter",
  "kcmp",
  "personality:0xffffffff",
  "socket:40",
  "userfaultfd",
];

const D = directoryOf({
  "p.json": PROFILE,
  "large.json": profileOf(
    ...RULES,
    ...Array.from({ length: 150 }, (_, i) =>
      answers(1000 + i, 1000 + (i % 50), { comment: "-".repeat(700) }),
    ),
  ),
  "warning.json": profileOf(...RULES, { names: ["no_such_call"], action: "SCMP_ACT_ALLOW" }),
  script: { content: `exec ${WITNESS} ${WORDS.join(" ")}\n`, mode: 0o755 },
});

/** The same profile with filters that were prepared of it. */
const PREPARED = join(directoryOf({ "prepared.json": PROFILE }), "prepared.json");
const prepared = runCommand([PROGRAM, "prepare", PREPARED]);
if (prepared.status !== 0) {
  throw new Error(prepared.stderr);
}

/** The launcher under the name of another program, which is beside it. */
const WRAPPER = join(directoryOf({ "default.json": PROFILE }), "wrapped");
symlinkSync(PROGRAM, WRAPPER);
symlinkSync(WITNESS, `${WRAPPER}.real`);

/** Root has all the capabilities of the rules, and a user who is under no_new_privs none. */
const AS_ROOT = "-1001 -1002 -1003 -22 -1005 0\n";
const AS_USER = "-1001 99 0 -1004 -1005 0\n";

const NO_ETC = directoryOf({ hosts: "" });

function launch(name: string, options: readonly string[], rest: Partial<Launch> = {}): Launch {
  return {
    name,
    etc: NO_ETC,
    env: {},
    command: [PROGRAM, ...options, "--", WITNESS, ...WORDS],
    printed: AS_ROOT,
    ...rest,
  };
}

const policy = (rest: object): FileSpec => ({ content: JSON.stringify(rest) });

/** A file that the kernel cannot execute and the shell can: execvp(3). */
export const SCRIPT: Launch = launch("a script without a first line that names its shell", [], {
  command: [PROGRAM, "--profile", `${D}/p.json`, "--", `${D}/script`],
});

/** A launch with these options whose witness tells the profiles that are compiled in from each other. */
export function withOptions(options: readonly string[]): Launch {
  const command = [PROGRAM, ...options, "--", WITNESS, ...TELLING];
  return { name: "the profile that is compiled in", etc: NO_ETC, env: {}, command };
}

/** A command under audit, which makes denied calls. */
export const AUDITED: Launch = launch("a command under audit", ["--audit", "--profile", `${D}/p.json`]);

/** Those that matter most: into each of their calls faults are injected. */
export const MAIN: readonly Launch[] = [
  launch("a profile by its path", ["--profile", `${D}/p.json`]),
  launch("a profile with filters that were prepared", ["--profile", PREPARED]),
  withOptions([]),
  launch("a profile under the operator's policy", [], {
    etc: directoryOf({
      "seccomp-exec/policy.json": policy({
        profileDir: "/etc/own",
        defaultProfile: "own.json",
        noNewPrivs: true,
      }),
      "own/own.json": PROFILE,
    }),
  }),
];

/** Others, which make calls that those do not make. */
export const OTHERS: readonly Launch[] = [
  launch("a profile in the agent's directory and a command in PATH", [], {
    etc: directoryOf({ "dcos/mesos/seccomp/default.json": PROFILE }),
    env: { PATH: `/none:${dirname(WITNESS)}` },
    command: [PROGRAM, "--no-new-privs", "--", "witness", ...WORDS],
  }),
  launch("a user without privileges", ["--profile", `${D}/p.json`], { uid: NOBODY, printed: AS_USER }),
  launch("a profile of 150 KiB", ["--profile", `${D}/large.json`]),
  launch("a profile with a warning", ["--profile", `${D}/warning.json`]),
  launch("a wrapper of a program", [], {
    env: { MESOS_SECCOMP_CONFIG_DIR: dirname(WRAPPER) },
    command: [WRAPPER, ...WORDS],
  }),
  launch("a profile that does not exist", ["--profile-dir", D, "--profile", "none.json"], { printed: "" }),
  launch("a command that does not exist", ["--profile", `${D}/p.json`], {
    command: [PROGRAM, "--profile", `${D}/p.json`, "--", "/none/command"],
    printed: "",
  }),
];
