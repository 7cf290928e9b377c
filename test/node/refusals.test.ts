/**
 * What the launcher refuses, `confine` refuses with the same words: each case is given to both.
 */

import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as assert from "uvu/assert";
import { NOBODY, profileOf } from "../support/programs/files.ts";
import { type RunOptions, run, temporaryDirectory } from "../support/programs/program.ts";
import { needs, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { told } from "./support/packed.ts";

/** A case: makes files in a directory, and returns the reference to a profile. */
type Case = (directory: string) => string;

const VALID = profileOf({ names: ["mkdir"], action: "SCMP_ACT_ERRNO" });

function directory(): string {
  const made = temporaryDirectory();
  chmodSync(made, 0o755);
  return made;
}

/** Lines without what differs: the words of musl and glibc for an errno, and the number of the process. */
function alike(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replace("Symbolic link loop", "Too many levels of symbolic links")
      .replace("Filename too long", "File name too long")
      .replace(/\/proc\/\d+/, "/proc/PID"),
  );
}

/** The lines of the launcher, without its name, a hint after its message. */
function byLauncher(reference: string, rest: RunOptions, options: readonly string[] = []): string[] {
  const { stderr } = run(["--profile", reference, ...options, "--", "true"], rest);
  const lines = stderr.trimEnd().split("\n");
  return alike(lines.map((line) => line.replace(/^seccomp-exec: /, "")));
}

/** The same of `confine`. */
function byLibrary(reference: string, rest: RunOptions, options: object = {}): string[] {
  const body = `
    try {
      confine(process.argv[2], JSON.parse(process.argv[3]));
      tell([]);
    } catch (error) {
      const { code, message, diagnostics } = error;
      tell([code, code === "ERR_SECCOMP_PROFILE"
        ? diagnostics.flatMap(({ severity, message, hint, position }) => [
            severity + ": " + process.argv[2] + (position === undefined ? "" : ":" + position.line + ":" + position.column) + ": " + message,
            ...(hint === undefined ? [] : ["hint: " + hint]),
          ])
        : ("error: " + message).split("\\n")]);
    }`;
  const [found] = told(body, {
    args: [reference, JSON.stringify(options)],
    ...rest,
  }) as [[string, string[]]];
  return alike(found[1] ?? ["nothing is refused"]);
}

function file(text: string, mode = 0o644): Case {
  return (place) => {
    const path = join(place, "p.json");
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
}

const TEXTS: Readonly<Record<string, string | Uint8Array>> = {
  "no JSON": "{",
  "a missing action": "{}",
  "an unknown action": '{"defaultAction": "SCMP_ACT_ALOW"}',
  "an unknown call that is denied": profileOf({ names: ["opnat"], action: "SCMP_ACT_ERRNO" }),
  "a number with a fraction": profileOf({ names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 1.5 }),
  "an errno above 4095": profileOf({ names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 5000 }),
  "a wrong type": '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": "mkdir", "action": 3}]}',
  "no UTF-8": Buffer.from('{"a": "x\n\u00e9 \xff"}', "latin1"),
  "no UTF-8 after a replacement character": Buffer.concat([
    Buffer.from('{\n"\ufffd\ufffd": "é'),
    Buffer.from([0xe2, 0x82]),
    Buffer.from('"}'),
  ]),
  "a flag for listeners only": JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
  }),
  "too many conditions": profileOf(
    ...Array.from({ length: 3000 }, (_, i) => ({
      names: ["prctl"],
      action: "SCMP_ACT_ERRNO",
      args: [
        { index: 1, value: i * 7, op: "SCMP_CMP_EQ" },
        { index: 2, value: i * 13, op: "SCMP_CMP_EQ" },
      ],
    })),
  ),
};

for (const [what, text] of Object.entries(TEXTS)) {
  test(`${what} is refused as by the launcher`, () => {
    const path = join(directory(), "p.json");
    writeFileSync(path, text);
    const [first = "", ...more] = byLauncher(path, {});
    assert.match(first, /^error: /);
    assert.equal(byLibrary(path, {}), [first, ...more]);
  });
}

const PATHS: Readonly<Record<string, Case>> = {
  "a missing file": (place) => join(place, "nowhere.json"),
  "a missing directory": (place) => join(place, "nowhere/p.json"),
  "a directory": (place) => `${place}/`,
  "a path through a file": (place) => `${file(VALID)(place)}/p.json`,
  "a slash after a file": (place) => `${file(VALID)(place)}/`,
  "a dangling link": (place) => {
    symlinkSync("nowhere", join(place, "link"));
    return join(place, "link");
  },
  "links in a circle": (place) => {
    symlinkSync("b", join(place, "a"));
    symlinkSync("a", join(place, "b"));
    return join(place, "a");
  },
  "a fifo": (place) => {
    execFileSync("mkfifo", [join(place, "p")]);
    return join(place, "p");
  },
  "a device": () => "/dev/null",
  "a file above 4 MiB": (place) => {
    const path = file("{}")(place);
    truncateSync(path, 4 * 1024 * 1024 + 1);
    return path;
  },
  "a name that is too long": (place) => join(place, "x".repeat(300)),
  "a shipped profile that is none": () => "builtin:strikt.json",
  "an empty reference": () => "",
  "two dots": () => "..",
  "a part of a file without parts": (place) => `${file(VALID)(place)}#part`,
};

/** As root, whose files others must not be able to change. */
const OWNERS: Readonly<Record<string, Case>> = {
  "a file that its group can write": file(VALID, 0o664),
  "a file that others can write": file(VALID, 0o646),
  "a file of another user": (place) => {
    const path = file(VALID)(place);
    chownSync(path, NOBODY, NOBODY);
    return path;
  },
  "a directory that others can write": (place) => {
    chmodSync(place, 0o777);
    return file(VALID)(place);
  },
  "a directory of another user on the way": (place) => {
    mkdirSync(join(place, "theirs/deep"), { recursive: true });
    chownSync(join(place, "theirs"), NOBODY, NOBODY);
    return file(VALID)(join(place, "theirs/deep"));
  },
  "a link of another user on the way": (place) => {
    mkdirSync(join(place, "real"));
    symlinkSync("real", join(place, "link"));
    execFileSync("chown", ["-h", String(NOBODY), join(place, "link")]);
    file(VALID)(join(place, "real"));
    return join(place, "link/p.json");
  },
  "a link in a shared directory": (place) => {
    mkdirSync(join(place, "shared"));
    chmodSync(join(place, "shared"), 0o1777);
    const path = file(VALID)(place);
    symlinkSync(path, join(place, "shared/p.json"));
    return join(place, "shared/p.json");
  },
  "a relative path below a directory that others can write": (place) => {
    mkdirSync(join(place, "open/inner"), { recursive: true });
    chmodSync(join(place, "open"), 0o777);
    return relative(process.cwd(), file(VALID)(join(place, "open/inner")));
  },
  "a link of /proc": () => "/proc/self/cwd/package.json",
};

function compare(what: string, make: Case, uid?: number): void {
  test(`${what} is refused as by the launcher${uid === undefined ? "" : ", as nobody"}`, () => {
    if (uid !== undefined) {
      needs(ROOT);
    }
    const reference = make(directory());
    const rest = uid === undefined ? {} : { uid };
    const [first = "", ...more] = byLauncher(reference, rest);
    assert.match(first, /^error: /);
    assert.equal(
      byLibrary(reference, rest),
      [first, ...more].map((line) => line.replace("--profile", "the profile")),
    );
  });
}

for (const [what, make] of Object.entries(PATHS)) {
  compare(what, make);
  compare(what, make, NOBODY);
}
compare("a file that cannot be read", file(VALID, 0o600), NOBODY);
for (const [what, make] of Object.entries(OWNERS)) {
  compare(what, (place) => {
    needs(ROOT);
    return make(place);
  });
}

test("a name that is not in its directory is refused as by the launcher", () => {
  const place = directory();
  file(VALID)(place);
  const said = byLauncher("q.json", {}, ["--profile-dir", place]);
  assert.match(said[0] ?? "", /^error: there is no profile 'q\.json' in /);
  assert.equal(byLibrary("q.json", {}, { profileDir: place }), said);
});

test("a directory above the working directory that others can write is refused as by the launcher", () => {
  needs(ROOT);
  const place = directory();
  const cwd = join(place, "open/inner/deep");
  mkdirSync(cwd, { recursive: true });
  file(VALID)(cwd);
  chmodSync(join(place, "open"), 0o777);
  const said = byLauncher("./p.json", { cwd });
  assert.match(said[0] ?? "", /^error: the directory \.\.\/\.\. on the way to /);
  assert.equal(byLibrary("./p.json", { cwd }), said);
});

test("other users' directories are no obstacle to a user who is not root", () => {
  needs(ROOT);
  const place = directory();
  chmodSync(place, 0o777);
  assert.equal(byLibrary(file(VALID, 0o666)(place), { uid: NOBODY }), ["nothing is refused"]);
});

test("a profile with SCMP_ACT_NOTIFY is refused, whether it names an agent or not", () => {
  const rule = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" };
  for (const [more, said] of [
    [{}, /SCMP_ACT_NOTIFY needs a seccomp agent that decides about the calls, and the profile names none/],
    [
      { listenerPath: "/run/agent" },
      /^the profile has SCMP_ACT_NOTIFY, and no agent gets its listener here\n/,
    ],
  ] as const) {
    const value = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule], ...more };
    const body = `tell(failure(() => confine(${JSON.stringify(value)})).message); tell(got());`;
    const [message, filters] = told(body);
    assert.match(String(message), said);
    assert.equal(filters, [0]);
  }
});

test("a kernel whose version is not known is an error, unless it is given", () => {
  const before = ["setarch", "--uname-2.6"];
  const [message] = told(`tell(failure(() => confine("builtin:log.json")).message);`, { before });
  assert.match(
    String(message),
    /^the caller's personality \(UNAME26\) makes .*\nhint: give the kernel's version: kernel X\.Y$/,
  );
  assert.equal(told(`tell(failure(() => confine("builtin:log.json", { kernel: "6.1" })));`, { before }), [
    "done",
  ]);
});

test("an invalid option is an error, even if it would not matter", () => {
  for (const [options, message] of [
    ["{ caps: 'some' }", /^caps is neither 'all' nor 'none' nor a list of names$/],
    ["{ caps: ['CAP_NONSENSE'] }", /^caps: unknown capability 'CAP_NONSENSE'\n/],
    ["{ kernel: 6 }", /^kernel is not a string with a value$/],
    ["{ kernel: 'six' }", /^kernel: 'six' is not a kernel version\n/],
    ["{ unknownSyscalls: 'kill' }", /^unknownSyscalls: 'kill' is neither 'enosys' nor 'default'/],
    ["{ wideArguments: 1 }", /^wideArguments is neither true nor false$/],
    ["{ noNewPrivs: 'yes' }", /^noNewPrivs is neither true nor false$/],
    ["{ profileDir: '' }", /^profileDir is not a string with a value$/],
    ["{ profiledir: '/' }", /^there is no option 'profiledir'\nhint: known are profileDir, /],
  ] as const) {
    const [failed] = told(`tell(failure(() => confine("builtin:log.json", ${options})).message);`);
    assert.match(String(failed), message);
  }
});

test("values that JSON does not have are refused with their place", () => {
  const said = (value: string): string => String(told(`tell(failure(() => confine(${value})).message);`)[0]);
  const rule = (member: string): string => `{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ ${member} }] }`;
  assert.match(
    said(rule("errnoRet: 2 ** 53")),
    /^the number at '\/syscalls\/0\/errnoRet' of the profile is 9007199254740992, which is not an exact integer\n/,
  );
  assert.match(said(rule("errnoRet: NaN")), /^the number at '\/syscalls\/0\/errnoRet' of the profile is NaN/);
  assert.match(
    said(rule("names: new Set()")),
    /^at '\/syscalls\/0\/names' of the profile is a Set, which JSON does not have$/,
  );
  assert.match(said(rule("names: () => 1")), /^at '\/syscalls\/0\/names' of the profile is a function/);
  assert.match(said("null"), /^a profile cannot be null$/);
  assert.match(said("undefined"), /^a profile cannot be undefined$/);
  assert.match(said("(() => { const a = {}; a.b = a; return a; })()"), /^the profile is nested too deep/);
});

test.run();
