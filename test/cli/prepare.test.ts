/**
 * `prepare`, and which prepared filters launches use: a filter that could be anybody's must never be installed.
 */

import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, warned } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import {
  type Outcome,
  PROGRAM,
  type RunOptions,
  run,
  runCommand,
  temporaryDirectory,
} from "../support/programs/program.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const NATIVE = process.arch === "x64" ? "x86_64" : process.arch === "arm64" ? "aarch64" : process.arch;
const asRoot = testWith(ROOT);

const PROFILE = answering(1001);
/** Answers 1002 to who holds CAP_SYS_ADMIN, and 1003 to others. */
const BY_CAPABILITY = profileOf(
  ...["includes", "excludes"].map((selector, i) => ({
    names: ["sched_get_priority_max"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 1002 + i,
    [selector]: { caps: ["CAP_SYS_ADMIN"] },
  })),
);
/** `ret ALLOW`, as a prepared program. */
const ALLOW_ALL = "000600007fff0000";

/** The path of a profile in a directory of its own, for which filters have been prepared. */
function prepared(content = PROFILE): string {
  const profile = join(directoryOf({ "profile.json": content }), "profile.json");
  const { status, stderr, stdout } = run(["prepare", profile]);
  assert.is(`${stderr}${status}`, "0");
  assert.match(stdout, `${filtersOf(profile)}: `);
  return profile;
}

function filtersOf(profile: string): string {
  return `${profile}.${NATIVE}.filters`;
}

interface Content {
  head: Record<string, unknown> & { filters: Record<string, unknown>[] };
  profile: string;
  programs: string[];
}

/** What a file says; the test's own reading of it. */
function contentOf(profile: string): Content {
  const [, line = "", ...rest] = readFileSync(filtersOf(profile), "utf8").split("\n");
  const head = JSON.parse(line) as Content["head"];
  const text = rest.join("\n");
  const length = head["length"] as number;
  return { head, profile: text.slice(0, length), programs: text.slice(length).trimEnd().split("\n") };
}

function head(profile: string): Content["head"] {
  return contentOf(profile).head;
}

/** Changes what the file says, and gives it the checksum that belongs to it. */
function forge(profile: string, change: (content: Content) => void): void {
  const content = contentOf(profile);
  change(content);
  for (const [i, filter] of [...content.head.filters].entries()) {
    if (typeof filter === "object") {
      // Where a test says nothing else.
      filter["digits"] = filter["forged"] ?? content.programs[i]?.length ?? 16;
    }
  }
  const programs = content.programs.map((program) => `${program}\n`).join("");
  const line = `${JSON.stringify(content.head)}\n`;
  writeFileSync(filtersOf(profile), `${adler32(line + programs)}\n${line}${content.profile}${programs}`);
}

/** RFC 1950, section 8.2. */
function adler32(text: string): number {
  let [a, b] = [1, 0];
  for (const byte of Buffer.from(text)) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

function allowAll(content: Content): void {
  content.programs.fill(ALLOW_ALL);
}

/** A profile whose prepared filters allow everything: a launch that uses them lets the probe's call through. */
function poisoned(): string {
  const profile = prepared();
  forge(profile, allowAll);
  return profile;
}

function launch(profile: string, options: RunOptions = {}, ...more: readonly string[]): Outcome {
  return run(["--profile", profile, ...more, "--", PROBE], options);
}

/** What a dry run says of prepared filters. */
function said(profile: string, options: RunOptions = {}, ...more: readonly string[]): string {
  const { stdout } = run(["--dry-run", "--profile", profile, ...more], options);
  return /^prepared +(.*)$/m.exec(stdout)?.[1] ?? "";
}

test("a prepared filter is used, and is the one that would have been compiled", () => {
  const profile = prepared();
  assert.is(said(profile), "yes: it need not be compiled");
  ran(launch(profile), denied(1001));
  assert.match(launch(profile, {}, "--verbose").stderr, / instructions, prepared; /);
  const json = JSON.parse(run(["compile", "--format", "json", profile]).stdout) as {
    instructions: number[][];
  };
  const widths = [4, 2, 2, 8];
  const digits = json.instructions.map((one) =>
    one.map((number, i) => number.toString(16).padStart(widths[i] as number, "0")).join(""),
  );
  assert.equal(contentOf(profile).programs, [digits.join("")]);
});

test("it is the prepared filter that is installed, where it is trusted", () => {
  // So the tests below would see it if one were used that is not.
  ran(launch(poisoned()), ALLOWED);
});

asRoot("the kernel's word for the installed filter is the prepared one", () => {
  const profile = prepared(BY_CAPABILITY);
  ran(launch(profile), denied(1002));
  assert.is(head(profile).filters.length, 2);
});

test("a filter is used only for the capabilities that it was made for", () => {
  const profile = prepared(BY_CAPABILITY);
  ran(launch(profile, { uid: NOBODY }), denied(1003));
  ran(launch(profile, {}, "--caps", "none"), denied(1003));
  ran(launch(profile, {}, "--caps", "sys_admin,chown"), denied(1002));
  assert.is(said(profile, {}, "--caps", "none"), "yes: it need not be compiled");
  forge(profile, ({ head, programs }) => {
    head.filters.pop();
    programs.pop();
  });
  assert.is(said(profile), "no: none was made for this kernel and these capabilities");
  ran(launch(profile), denied(1002));
});

test("a filter is used only for the kernels that it was made for", () => {
  const profile = prepared(
    profileOf({
      names: ["sched_get_priority_max"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 1004,
      includes: { minKernel: "6.0" },
    }),
  );
  ran(launch(profile, {}, "--kernel", "6.0"), denied(1004));
  assert.is(said(profile, {}, "--kernel", "6.0"), "yes: it need not be compiled");
  assert.is(
    said(profile, {}, "--kernel", "5.19"),
    "no: none was made for this kernel and these capabilities",
  );
  ran(launch(profile, {}, "--kernel", "5.19"), ALLOWED);
  // For the kernels up to that one, and from 5.4 on, where x32's numbers are others.
  assert.is(run(["prepare", "--kernel", "5.10", profile]).status, 0);
  assert.equal(head(profile).filters[0]?.["kernels"], [5 * 256 + 4, 6 * 256]);
  assert.is(said(profile, {}, "--kernel", "6.0"), "no: none was made for this kernel and these capabilities");
  ran(launch(profile, {}, "--kernel", "5.19"), ALLOWED);
  ran(launch(profile), denied(1004));
});

test("a profile that was changed since is compiled", () => {
  const profile = poisoned();
  writeFileSync(profile, answering(1005));
  assert.is(said(profile), "no: it was made from another text of the profile");
  ran(launch(profile), denied(1005));
});

test("a profile that begins as the prepared one, or is as long, is compiled", () => {
  const profile = poisoned();
  for (const text of [`${PROFILE}\n`, PROFILE.replace("1001", "1008"), PROFILE.replaceAll(/\s/g, "")]) {
    writeFileSync(profile, text);
    assert.is(said(profile), "no: it was made from another text of the profile");
    ran(launch(profile), denied(text.includes("1008") ? 1008 : 1001));
  }
});

test("a profile in any script is prepared", () => {
  const profile = prepared(
    profileOf({
      names: ["sched_get_priority_max"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 1009,
      comment: "Ω é ✓ 😀",
    }),
  );
  assert.is(said(profile), "yes: it need not be compiled");
  ran(launch(profile), denied(1009));
});

test("filters of another profile are not used", () => {
  const profile = join(directoryOf({ "profile.json": answering(1006) }), "profile.json");
  copyFileSync(filtersOf(poisoned()), filtersOf(profile));
  ran(launch(profile), denied(1006));
});

test("filters that another version has made are not used", () => {
  const profile = poisoned();
  forge(profile, ({ head }) => {
    head["compiler"] = "0".repeat(64);
  });
  assert.is(said(profile), "no: another version of seccomp-exec made it");
  ran(launch(profile), denied(1001));
});

test("the version counts each bundle of the executable", () => {
  const digest = createHash("sha256");
  for (const bundle of ["auditor", "compiler", "launch", "toolkit"]) {
    digest.update(readFileSync(`build/out/${bundle}.js`));
  }
  assert.is(head(prepared())["compiler"], digest.digest("hex"));
});

test("filters for another architecture are not used", () => {
  const profile = poisoned();
  forge(profile, ({ head }) => {
    head["arch"] = "mips";
  });
  ran(launch(profile), denied(1001));
});

test("a file that is damaged in any byte, or cut anywhere, is not used", () => {
  const profile = poisoned();
  const whole = readFileSync(filtersOf(profile));
  const broken = Array.from({ length: 40 }, (_, i) => {
    const at = Math.floor((i * (whole.length - 1)) / 39);
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] as number) ^ 1;
    return [flipped, whole.subarray(0, at)];
  }).flat();
  for (const bytes of [...broken, Buffer.alloc(0), Buffer.from("\n"), Buffer.from([0xff, 0x0a])]) {
    writeFileSync(filtersOf(profile), bytes);
    ran(launch(profile), denied(1001));
  }
});

test("a file that does not hold what it says is not used", () => {
  const changes: readonly ((content: Content) => void)[] = [
    ({ programs }) => programs.pop(),
    ({ programs }) => programs.fill(""),
    ({ programs }) => programs.fill(ALLOW_ALL.slice(1)),
    ({ head }) => {
      Object.assign(head.filters[0] ?? {}, { forged: 32 });
    },
    ({ head }) => {
      Object.assign(head.filters[0] ?? {}, { forged: 1600 });
    },
    ({ head }) => {
      Object.assign(head.filters[0] ?? {}, { forged: "16" });
    },
    ({ head }) => {
      head.filters = [];
    },
    ({ head }) => {
      Object.assign(head, { filters: "none" });
    },
    ({ programs }) => programs.push(ALLOW_ALL),
    ({ head }) => {
      Object.assign(head.filters[0] ?? {}, { flags: 8 });
    },
    ({ head }) => {
      Object.assign(head.filters[0] ?? {}, { listener: {} });
    },
    ({ head }) => {
      Object.assign(head.filters[0] ?? {}, { flags: 8, listener: { path: 1 } });
    },
    ...["text", [null], [{}], [{ message: 1 }], [{ message: "", at: 1 }], [{ message: "", hint: [] }]].map(
      (said) =>
        ({ head }: Content) => {
          Object.assign(head.filters[0] ?? {}, { said });
        },
    ),
  ];
  for (const change of changes) {
    const profile = poisoned();
    forge(profile, change);
    ran(launch(profile), denied(1001));
  }
});

test("keys that no filter has change nothing", () => {
  const profile = prepared();
  forge(profile, ({ head }) => {
    Object.assign(head, { kind: "unusable", value: {} });
    const strange = { kind: "compiled", program: [6, 0, 0, 0x7fff0000], policy: {}, hex: ALLOW_ALL };
    Object.assign(head.filters[0] ?? {}, strange);
  });
  assert.is(said(profile), "yes: it need not be compiled");
  ran(launch(profile), denied(1001));
});

test("what is not plain about a launch is compiled", () => {
  const profile = prepared();
  for (const option of [["--complain"], ["--unknown-syscalls", "default"]]) {
    assert.is(said(profile, {}, ...option), "no: none was made for these options");
  }
  ran(launch(profile, {}, "--complain"), ALLOWED);
});

asRoot("filters that somebody else may have written are not used", () => {
  const ways: Readonly<Record<string, (filters: string) => void>> = {
    "of another user": (filters) => chownSync(filters, NOBODY, NOBODY),
    "writable by the group": (filters) => chmodSync(filters, 0o664),
    "writable by everybody": (filters) => chmodSync(filters, 0o646),
    "in a directory of another user": (filters) => chownSync(dirname(filters), NOBODY, NOBODY),
    "in a directory that the group may write to": (filters) => chmodSync(dirname(filters), 0o775),
    "in a directory as /tmp is": (filters) => chmodSync(dirname(filters), 0o1777),
    "in a directory that nobody may look at": (filters) => chmodSync(dirname(filters), 0o733),
    "a link to such a file": (filters) => {
      const other = join(directoryOf({}), "planted");
      renameSync(filters, other);
      chownSync(other, NOBODY, NOBODY);
      symlinkSync(other, filters);
    },
    "the link of somebody else to a file of root's": (filters) => {
      const other = join(directoryOf({}), "planted");
      renameSync(filters, other);
      chmodSync(dirname(filters), 0o777);
      symlinkSync(other, filters);
    },
    "somebody else's hard link": (filters) => {
      const other = join(directoryOf({}), "planted");
      renameSync(filters, other);
      chmodSync(dirname(filters), 0o777);
      linkSync(other, filters);
    },
    "a fifo": (filters) => {
      rmSync(filters);
      assert.is(runCommand(["mkfifo", "-m", "0644", filters]).status, 0);
    },
    "a directory": (filters) => {
      rmSync(filters);
      assert.is(runCommand(["mkdir", "-m", "0755", filters]).status, 0);
    },
  };
  for (const [way, make] of Object.entries(ways)) {
    const profile = poisoned();
    make(filtersOf(profile));
    // As another user: root's own launches refuse a profile in some of these directories altogether.
    assert.is(launch(profile, { uid: NOBODY }).stdout, denied(1001), way);
    const outcome = launch(profile);
    assert.is(outcome.stdout, outcome.status === 125 ? "" : denied(1001), way);
    assert.match(
      said(profile, { uid: NOBODY }),
      /^no: (others could change it|it is not text|it is a link)/,
      way,
    );
  }
});

asRoot("a user's own filters count for their own profile, and not for root's", () => {
  const user = 4321;
  const profile = poisoned();
  for (const file of [dirname(profile), profile, filtersOf(profile)]) {
    chownSync(file, user, user);
  }
  ran(launch(profile, { uid: user }), ALLOWED);
  chownSync(profile, 0, 0);
  ran(launch(profile, { uid: user }), denied(1001));
});

asRoot("a profile that is a mount of its own is compiled: whoever has its directory does not have it", () => {
  const profile = poisoned();
  const other = join(directoryOf({ "other.json": PROFILE }), "other.json");
  // The same file system, and so the same device.
  const script = `mount --bind "$1" "$2" && shift 2 && exec "$@"`;
  const { stdout, stderr } = runCommand([
    ...["unshare", "--mount", "sh", "-c", script, "sh", other, profile],
    ...[PROGRAM, "--profile", profile, "--", PROBE],
  ]);
  assert.is(`${stderr}${stdout}`, denied(1001));
});

asRoot("what belongs to nobody whom a user namespace knows may be anybody's", () => {
  const profile = poisoned();
  chownSync(filtersOf(profile), 4321, 4321);
  const { stdout } = runCommand(["unshare", "--user", PROGRAM, "--profile", profile, "--", PROBE]);
  assert.is(stdout, denied(1001));
});

test("a dry run reports a prepared filter that differs from the profile", () => {
  const profile = poisoned();
  const { status, stdout, stderr } = run(["--dry-run", "--profile", profile]);
  assert.is(status, 125);
  assert.is(stdout, "");
  assert.match(stderr, `the prepared filter of ${profile} differs from the profile`);
});

asRoot("a user who cannot read the filters compiles", () => {
  const profile = prepared();
  chmodSync(filtersOf(profile), 0o600);
  ran(launch(profile, { uid: NOBODY }), denied(1001));
  assert.match(said(profile), "yes");
});

test("what cannot be run under a profile is refused as without preparation", () => {
  const profile = prepared();
  const missing = join(temporaryDirectory(), "missing");
  const { status, stderr } = run(["--profile", profile, "--", missing]);
  assert.is(status, 127);
  assert.match(stderr, `cannot find '${missing}'`);
});

test("names are prepared and launched in the profile directory", () => {
  const directory = directoryOf({ "a.json": PROFILE, "b.json": answering(1007) });
  const { stdout, status } = run(["prepare", "--profile-dir", directory, "a.json", "b.json"]);
  assert.is(status, 0);
  assert.is(
    stdout,
    ["a", "b"]
      .map((name) => `${directory}/${name}.json.${NATIVE}.filters: 1 filter, proven equal to the profile\n`)
      .join(""),
  );
  const { stderr } = run(["--profile-dir", directory, "--profile", "b.json", "--verbose", "--", PROBE]);
  assert.match(stderr, "prepared");
  const missing = run(["--profile-dir", directory, "--profile", "c.json", "--", PROBE]);
  assert.match(missing.stderr, "available are a.json, b.json\n");
});

test("each set of capabilities that matters is prepared, and the one of --caps", () => {
  const profile = prepared(BY_CAPABILITY);
  const heldBy = (): unknown[] => head(profile).filters.map((filter) => filter["held"]);
  assert.equal(heldBy(), ["0", "200000"]);
  assert.is(head(profile)["capabilities"], "200000");
  writeFileSync(profile, BY_CAPABILITY.replaceAll('"CAP_SYS_ADMIN"', '"CAP_SYS_ADMIN", "CAP_SYSLOG"'));
  assert.is(run(["prepare", "--caps", "syslog", profile]).status, 0);
  assert.ok(heldBy().includes("400000000"), String(heldBy()));
});

test("a profile with mistakes is not prepared, and nothing is written", () => {
  const bad: Readonly<Record<string, [content: string, says: string]>> = {
    "error.json": [profileOf({ names: ["opne"], action: "SCMP_ACT_KILL" }), "unknown syscall"],
    "function.json": [profileOf({ names: ["posix_fallocate"], action: "SCMP_ACT_KILL" }), "fallocate"],
    "broken.json": ["{", "json"],
  };
  for (const [name, [content, says]] of Object.entries(bad)) {
    const directory = directoryOf({ [name]: content });
    const { status, stderr, stdout } = run(["prepare", join(directory, name)]);
    assert.is(status, 1, stderr);
    assert.is(stdout, "");
    assert.match(stderr.toLowerCase(), says);
    assert.equal(readdirSync(directory), [name]);
  }
});

/** Answers 1001 to the probe, and has this rule. */
function withRule(rule: object): string {
  const profile = JSON.parse(PROFILE) as { syscalls: object[] };
  return JSON.stringify({ ...profile, syscalls: [...profile.syscalls, rule] });
}

/** Prepares a profile that has warnings: its path, and what was said of it. */
function preparedWithWarnings(content: string): { profile: string; said: string } {
  const profile = join(directoryOf({ "profile.json": content }), "profile.json");
  const { status, stderr } = run(["prepare", profile]);
  assert.is(status, 0, stderr);
  assert.is(said(profile), "yes: it need not be compiled");
  return { profile, said: stderr };
}

test("what a profile has too much of is told when it is prepared, and not by each launch", () => {
  const rules: readonly object[] = [
    { names: ["opne"], action: "SCMP_ACT_ALLOW" },
    { names: ["chroot"], action: "SCMP_ACT_ALLOW", errnoRet: 5 },
    { names: ["chroot"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_CHROOTS"] } },
  ];
  for (const rule of rules) {
    const { profile, said } = preparedWithWarnings(withRule(rule));
    assert.match(said, /: (warning|note): /);
    ran(launch(profile), denied(1001));
  }
});

test("what may leave open what was to be denied is told by each launch, wherever the file is", () => {
  const twice = [4, 6].map((value) => ({ index: 0, op: "SCMP_CMP_NE", value }));
  const rules: readonly (readonly [rule: object, code: string, words: RegExp])[] = [
    [
      { names: ["personality"], action: "SCMP_ACT_ALLOW", arg: [] },
      "unknown-key",
      /^seccomp-exec: warning: \S*moved.json:1:\d+: no profile format knows the key 'arg'\nseccomp-exec: hint: did you mean 'args'\?\n/,
    ],
    [
      { names: ["personality"], action: "SCMP_ACT_ALLOW", args: twice },
      "repeated-argument",
      /^seccomp-exec: warning: \S*moved.json:1:\d+: the rule compares argument 0 more than once/,
    ],
  ];
  for (const [rule, code, words] of rules) {
    const { profile, said: told } = preparedWithWarnings(withRule(rule));
    assert.match(told, code);
    const moved = join(dirname(profile), "moved.json");
    renameSync(profile, moved);
    renameSync(filtersOf(profile), filtersOf(moved));
    assert.is(said(moved), "yes: it need not be compiled");
    const outcome = launch(moved);
    warned(outcome, denied(1001));
    assert.match(outcome.stderr, words);
    // A launch that compiles it says the same.
    const { stderr } = launch(moved, {}, "--unknown-syscalls", "default");
    assert.is(stderr, outcome.stderr);
  }
});

test("a mask that denies the calls without a flag is told with --verbose, prepared or not", () => {
  const args = [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: 0x20000 }];
  const { profile } = preparedWithWarnings(withRule({ names: ["unshare"], action: "SCMP_ACT_ERRNO", args }));
  ran(launch(profile), denied(1001));
  const words =
    /^seccomp-exec: warning: \S*profile.json:1:\d+: the rule denies unshare WITHOUT CLONE_NEWNS.*\nseccomp-exec: hint: .*"valueTwo": 131072\n/;
  for (const compiled of [[], ["--unknown-syscalls", "default"]]) {
    const { stderr } = launch(profile, {}, "--verbose", ...compiled);
    assert.match(stderr, words);
    assert.match(stderr, compiled.length === 0 ? "instructions, prepared" : "instructions;");
  }
  ran(launch(profile, {}, "--unknown-syscalls", "default"), denied(1001));
});

test("a profile under which no command could start is not prepared", () => {
  const profile = join(
    directoryOf({ "p.json": profileOf({ names: ["execve"], action: "SCMP_ACT_KILL" }) }),
    "p.json",
  );
  const { status, stderr } = run(["prepare", profile]);
  assert.is(status, 1);
  assert.match(stderr, "does not let the command start");
  assert.not(existsSync(filtersOf(profile)));
});

test("what is compiled in, missing or not named is an error", () => {
  assert.match(run(["prepare", "builtin:strict.json"]).stderr, "is compiled in, with its filters");
  assert.is(run(["prepare", "builtin:strict.json"]).status, 1);
  assert.is(run(["prepare", "./none.json"]).status, 1);
  assert.is(run(["prepare"]).status, 2);
  assert.is(run(["prepare", "--arch", "mips", "./none.json"]).status, 2);
});

test("a file is replaced at once, can be read by everybody, and nothing is left beside it", () => {
  const profile = prepared();
  const { ino } = statSync(filtersOf(profile));
  const { status } = runCommand(["sh", "-c", `umask 077; exec "$@"`, "sh", PROGRAM, "prepare", profile]);
  assert.is(status, 0);
  const now = statSync(filtersOf(profile));
  assert.is(now.mode & 0o777, 0o644);
  assert.is.not(now.ino, ino);
  assert.equal(readdirSync(dirname(profile)).sort(), ["profile.json", `profile.json.${NATIVE}.filters`]);
});

asRoot("a file that cannot be written, or would not be used, is told", () => {
  const full = prepared();
  const before = readFileSync(filtersOf(full));
  const limited = runCommand([
    "sh",
    "-c",
    `ulimit -f 0; trap '' XFSZ; exec "$@"`,
    "sh",
    PROGRAM,
    "prepare",
    full,
  ]);
  assert.is(limited.status, 1);
  assert.match(limited.stderr, "cannot be written: File too large");
  assert.equal(readFileSync(filtersOf(full)), before);
  assert.is(readdirSync(dirname(full)).length, 2);

  const open = prepared();
  chmodSync(dirname(open), 0o777);
  const { status, stderr } = run(["prepare", open]);
  assert.is(status, 1);
  assert.match(stderr, "launches will not use it: others could change its directory");
  assert.match(stderr, "hint: ");
});

/** A directory with a profile that is prepared, one that is not, and a broken one. */
function mixed(): string {
  const directory = directoryOf({
    "a.json": PROFILE,
    "b.json": profileOf(),
    "bad.json": "{",
    "notes.txt": "",
  });
  assert.is(run(["prepare", join(directory, "a.json")]).status, 0);
  return directory;
}

test("of a directory each profile is prepared, and none stops another", () => {
  const directory = mixed();
  const first = run(["prepare", directory]);
  assert.equal(first.stdout.split("\n"), [
    `${directory}/a.json.${NATIVE}.filters: as it should be`,
    `${directory}/b.json.${NATIVE}.filters: 1 filter, proven equal to the profile`,
    `${directory}: 3 profiles: 1 prepared now, 1 already prepared, 1 not prepared`,
    "",
  ]);
  assert.match(first.stderr, `${directory}/bad.json:1:2: error: `);
  assert.is(first.status, 1);
  rmSync(join(directory, "bad.json"));
  const second = run(["prepare", `${directory}/`]);
  assert.match(second.stdout, "2 profiles: 0 prepared now, 2 already prepared, 0 not prepared");
  assert.is(`${second.stderr}${second.status}`, "0");
  ran(launch(join(directory, "a.json")), denied(1001));
});

test("of a directory what is already right is not written again, and what is not right is", () => {
  const directory = directoryOf({ "a.json": PROFILE });
  const profile = join(directory, "a.json");
  run(["prepare", directory]);
  const { ino } = statSync(filtersOf(profile));
  run(["prepare", directory]);
  assert.is(statSync(filtersOf(profile)).ino, ino);
  for (const spoil of [
    () => writeFileSync(profile, answering(1002)),
    () => writeFileSync(filtersOf(profile), "damaged"),
    () => chmodSync(filtersOf(profile), 0o666),
    () => assert.is(run(["prepare", "--wide-arguments", profile]).status, 0),
  ]) {
    spoil();
    assert.match(run(["prepare", directory]).stdout, "1 prepared now, 0 already prepared");
    assert.match(run(["prepare", directory]).stdout, "0 prepared now, 1 already prepared");
  }
  ran(launch(profile), denied(1002));
});

test("of a directory filters that some caller would not find are made", () => {
  const directory = directoryOf({ "a.json": BY_CAPABILITY });
  run(["prepare", directory]);
  const { stdout } = run(["prepare", "--kernel", "3.10", directory]);
  assert.match(stdout, "1 prepared now, 0 already prepared");
});

test("prepared filters whose profile is gone are reported, and left", () => {
  const name = `gone.json.${NATIVE}.filters`;
  const directory = directoryOf({ "a.json": PROFILE, [name]: "", [`a.json#part.${NATIVE}.filters`]: "" });
  writeFileSync(join(directory, "my.own.filters"), "");
  const { stdout, status } = run(["prepare", directory]);
  const lines = stdout.split("\n").filter((line) => line.includes("gone"));
  assert.equal(lines, [
    `${directory}/${name}: its profile is gone; no launch uses it, and it can be removed`,
  ]);
  assert.is(status, 0);
  assert.ok(existsSync(join(directory, name)));
});

test("prepare --check writes nothing, and fails for what launches would not use", () => {
  const directory = mixed();
  const before = readdirSync(directory);
  const { stdout, status } = run(["prepare", "--check", directory]);
  assert.match(
    stdout,
    `a.json.${NATIVE}.filters: as it should be\n${directory}/b.json: not prepared: there is none\n`,
  );
  assert.match(stdout, "3 profiles: 0 prepared now, 1 already prepared, 2 not prepared\n");
  assert.is(status, 1);
  assert.equal(readdirSync(directory), before);
  assert.is(run(["prepare", "--check", join(directory, "a.json")]).status, 0);
  writeFileSync(join(directory, "a.json"), answering(1));
  const { stdout: why } = run(["prepare", "--check", join(directory, "a.json")]);
  assert.match(why, "a.json: not prepared: it was made from another text of the profile");
});

test("a profile that cannot be prepared does not stop those behind it", () => {
  const directory = directoryOf({ "a.json": PROFILE });
  const { status, stdout, stderr } = run(["prepare", "builtin:strict.json", join(directory, "a.json")]);
  assert.match(stderr, "is compiled in, with its filters");
  assert.match(stdout, `a.json.${NATIVE}.filters: 1 filter`);
  assert.is(status, 1);
});

test("the profiles that are compiled in are prepared for the usual callers", () => {
  for (const name of ["default", "dcos", "log", "relaxed", "strict"]) {
    for (const caps of ["none", "all"]) {
      assert.is(said(`builtin:${name}.json`, {}, "--caps", caps), "yes: it need not be compiled", name);
    }
  }
  const docker =
    "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap";
  assert.is(said("builtin:default.json", {}, "--caps", docker), "yes: it need not be compiled");
  assert.match(said("builtin:default.json", {}, "--kernel", "4.0"), /^no: /);
});

test.run();
