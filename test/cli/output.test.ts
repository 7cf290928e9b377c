/**
 * Output that cannot be written: it is told, and nobody is left with a part of it who takes that for all.
 */

import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE } from "../support/programs/expect.ts";
import { answering, directoryOf, NOBODY } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, type RunOptions, run, runCommand } from "../support/programs/program.ts";
import { MOUNTS, needs, ROOT, STRACE } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";

const D = directoryOf({ "p.json": answering(1000), "bad.json": "{" });
const PROFILE = join(D, "p.json");
const FILTER = join(D, "p.bpf");
assert.is(run(["compile", "-o", FILTER, PROFILE]).status, 0);

/** Whatever prints to standard output, and the status with which it ends where that fails. */
const PRINTING: readonly (readonly [args: readonly string[], status: number])[] = [
  [["check", PROFILE], 1],
  [["check", "--json", join(D, "bad.json")], 1],
  [["compile", PROFILE], 1],
  [["compile", "--format", "asm", PROFILE], 1],
  [["compile", "--format", "c", PROFILE], 1],
  [["compile", "--format", "json", PROFILE], 1],
  [["convert", "--to", "docker", PROFILE], 1],
  [["merge", PROFILE, PROFILE], 1],
  [["explain", "--stage", "profile", PROFILE], 1],
  [["explain", "--stage", "bpf", PROFILE], 1],
  [["explain", PROFILE, "read"], 1],
  [["explain", "--json", PROFILE, "read"], 1],
  [["explain", "--patch", "./p.json", "read"], 1],
  [["disasm", FILTER], 1],
  [["simulate", PROFILE], 1],
  [["simulate", FILTER], 1],
  [["inspect", PROFILE], 1],
  [["inspect", "--json", FILTER], 1],
  [["diff", PROFILE, FILTER], 1],
  [["diff", "--json", PROFILE, PROFILE], 1],
  [["verify", PROFILE], 1],
  [["verify", "--json", PROFILE, FILTER], 1],
  [["compile", "--json", PROFILE], 1],
  [["disasm", "--json", FILTER], 1],
  [["convert", "--json", "--to", "docker", PROFILE], 1],
  [["simulate", "--trace", PROFILE], 1],
  [["prepare", "--check", "--json", PROFILE], 1],
  [["merge", "--json", PROFILE, PROFILE], 1],
  [["version", "--json"], 1],
  [["help", "--json"], 1],
  [["prepare", PROFILE], 1],
  [["prepare", "--check", PROFILE], 1],
  [["task", "examples/mesos/task.json"], 1],
  [["help"], 1],
  [["help", "check"], 1],
  [["check", "--help"], 1],
  [["version"], 1],
  [["--help"], 125],
  [["--version"], 125],
  [["--dry-run", "--profile", PROFILE], 125],
  [["--dry-run", "--json", "--unconfined"], 125],
];

const NATIVE = process.arch === "arm64" ? "aarch64" : "x86_64";
const INPUT = `${NATIVE} read\n${NATIVE} write\n`;

/** Runs the executable by a line of a shell, in which it stands as "$@". */
function shell(line: string, args: readonly string[], options: RunOptions = {}): Outcome {
  return runCommand(["sh", "-c", line, "sh", PROGRAM, ...args], { input: INPUT, cwd: D, ...options });
}

const FIFO = join(D, "fifo");
assert.is(runCommand(["mkfifo", FIFO]).status, 0);
/** A pipe that nobody reads from: the other side says so before this one begins. Prints the status on standard error. */
const WITHOUT_READER = `{ read -r gone <${FIFO}; "$@"; echo $? >&2; } | { exec <&-; echo gone >${FIFO}; }`;

for (const [how, line, reason] of [
  ["a full disk", 'exec "$@" >/dev/full', "No space left on device"],
  ["a closed descriptor", 'exec "$@" >&-', "Bad file descriptor"],
  ["a reader that has gone", `trap '' PIPE; ${WITHOUT_READER}`, "Broken pipe"],
] as const) {
  test(`${how}: everything that prints says so, and fails`, () => {
    for (const [args, status] of PRINTING) {
      const outcome = shell(line, args);
      const message = `seccomp-exec: error: cannot write standard output: ${reason}\n`;
      const piped = how === "a reader that has gone";
      assert.is(outcome.stderr, piped ? `${message}${status}\n` : message, args.join(" "));
      assert.is(outcome.status, piped ? 0 : status, args.join(" "));
    }
  });
}

test("a reader that has gone ends everything that prints by SIGPIPE, as it does other programs", () => {
  for (const [args] of PRINTING) {
    const { stderr } = shell(WITHOUT_READER, args);
    assert.match(stderr, /^(Broken pipe\n)?141\n$/, args.join(" "));
  }
});

test("a verb that fails by itself says why, wherever its output would go", () => {
  const { status, stderr } = shell('exec "$@" >/dev/full', ["disasm", join(D, "none.bpf")]);
  assert.is(status, 1);
  assert.match(stderr, "none.bpf cannot be read");
  assert.not.match(stderr, "standard output");
});

test("what a file system tells only when the file is closed is told", () => {
  needs(STRACE);
  const lost = [
    "strace",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    "trace=close",
    "-e",
    "inject=close:error=ENOSPC",
    PROGRAM,
  ];
  const told = (args: readonly string[]) => runCommand([...lost, ...args]);
  const message = "seccomp-exec: error: cannot write standard output: No space left on device\n";
  assert.equal(told(["version"]), {
    status: 1,
    signal: null,
    stdout: run(["version"]).stdout,
    stderr: message,
  });
  assert.is(told(["--version"]).status, 125);
  // Nothing was printed, so nothing is lost.
  assert.is(
    told(["convert", "--to", "docker", join(D, "none.json")]).stderr.includes("standard output"),
    false,
  );
});

test("messages that nobody gets change no status", () => {
  for (const end of ["2>/dev/full", "2>&-"]) {
    const status = (...args: readonly string[]) => shell(`exec "$@" ${end}`, args).status;
    assert.is(status("check", PROFILE), 0);
    assert.is(status("compile", "-o", FILTER, join(D, "bad.json")), 1);
    assert.is(status("check", "--none"), 2);
    assert.is(status("--none"), 125);
    assert.is(status("--unconfined", "--", "no-such-command"), 127);
  }
});

test("a launch whose messages nobody gets goes on all the same", () => {
  for (const end of ["2>/dev/full", "2>&-"]) {
    const outcome = shell(`exec "$@" ${end}`, ["--verbose", "--timing", "--profile", PROFILE, "--", PROBE]);
    assert.equal([outcome.status, outcome.stdout], [0, denied(1000)]);
    const warned = shell(`exec "$@" ${end}`, ["--unconfined", "--verbose", "--", PROBE]);
    assert.equal([warned.status, warned.stdout], [0, ALLOWED]);
  }
});

// Files

const RAW = readFileSync(FILTER);

function compiledTo(file: string, options: RunOptions = {}): Outcome {
  return run(["compile", "-o", file, PROFILE], options);
}

function written(file: string, options: RunOptions = {}): void {
  assert.equal(compiledTo(file, options), { status: 0, signal: null, stdout: "", stderr: "" });
}

/** Everything in a directory by its name, links as what they say. */
function contentOf(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => {
      const path = join(directory, name);
      return [name, lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "latin1")];
    }),
  );
}

const WHOLE = RAW.toString("latin1");

test("-o: a file that is new is as the umask has it", () => {
  const directory = directoryOf({});
  const file = join(directory, "new.bpf");
  assert.is(shell('umask 027; exec "$@"', ["compile", "-o", file, PROFILE]).status, 0);
  assert.is(statSync(file).mode & 0o7777, 0o640);
  assert.equal(contentOf(directory), { "new.bpf": WHOLE });
});

test("-o: a file that is there keeps its mode and its owner", () => {
  needs(ROOT);
  const directory = directoryOf({ "old.bpf": "longer than a filter ".repeat(500) });
  const file = join(directory, "old.bpf");
  chownSync(file, NOBODY, NOBODY);
  chmodSync(file, 0o4711);
  written(file);
  const { mode, uid, gid } = statSync(file);
  assert.equal([mode & 0o7777, uid, gid], [0o4711, NOBODY, NOBODY]);
  assert.equal(contentOf(directory), { "old.bpf": WHOLE });
});

/** No file may become larger than 0 bytes; whoever tries gets EFBIG, and SIGXFSZ, which is ignored or kills. */
const NO_ROOM = ["trap '' XFSZ; ", ""].map((ignored) => `${ignored}ulimit -f 0; exec "$@"`);

test("-o: without room the old content stays, and of a new file nothing", () => {
  const directory = directoryOf({ "old.bpf": "old" });
  for (const line of NO_ROOM) {
    for (const name of ["old.bpf", "new.bpf"]) {
      const { status, stderr } = shell(line, ["compile", "-o", join(directory, name), PROFILE]);
      assert.is(status, 1);
      assert.match(stderr, `${name} cannot be written: File too large`);
    }
  }
  assert.equal(contentOf(directory), { "old.bpf": "old" });
});

test("-o: a file with an access control list keeps it, and so gives its group no more", () => {
  const directory = directoryOf({ "listed.bpf": "longer than a filter ".repeat(500) });
  const file = join(directory, "listed.bpf");
  assert.is(runCommand([compileC("test/cli/native/acl.c"), `${NOBODY}`, file]).stderr, "");
  const before = statSync(file);
  written(file);
  assert.equal(contentOf(directory), { "listed.bpf": WHOLE });
  assert.equal([statSync(file).ino, statSync(file).mode], [before.ino, before.mode]);
});

test("-o: what others have put into a directory as /tmp is neither followed nor replaced", () => {
  needs(ROOT);
  const directory = directoryOf({ "root/passwd": "root's", "tmp/theirs.bpf": "old", "tmp/mine.bpf": "old" });
  const tmp = join(directory, "tmp");
  chmodSync(tmp, 0o1777);
  chownSync(join(tmp, "theirs.bpf"), NOBODY, NOBODY);
  const link = (name: string, to: string, owner: number) => {
    symlinkSync(to, join(tmp, name));
    lchownSync(join(tmp, name), owner, owner);
  };
  link("link", "../root/passwd", NOBODY);
  link("to-nothing", "../root/new", NOBODY);
  link("second", "link", 0);
  link("my-link", "mine.bpf", 0);
  assert.is(runCommand(["mkfifo", join(tmp, "fifo")]).status, 0);
  chownSync(join(tmp, "fifo"), NOBODY, NOBODY);
  for (const [name, planted = name] of [
    ["theirs.bpf"],
    ["link"],
    ["to-nothing"],
    ["second", "link"],
    ["fifo"],
  ] as const) {
    const { status, stderr } = compiledTo(join(tmp, name));
    assert.is(status, 1);
    assert.match(stderr, `${tmp}/${name} cannot be written: ${tmp}/${planted} belongs to user ${NOBODY}`);
    assert.match(stderr, "(mode 1777)\nseccomp-exec: hint: name a file in a directory of your own");
  }
  assert.equal(contentOf(join(directory, "root")), { passwd: "root's" });
  assert.is(readFileSync(join(tmp, "theirs.bpf"), "latin1"), "old");
  written(join(tmp, "my-link"));
  written(join(tmp, "new.bpf"));
  assert.equal(readFileSync(join(tmp, "mine.bpf")), RAW);
  // What is the user's own, or that of whose directory it is.
  written(join(tmp, "theirs.bpf"), { uid: NOBODY });
  chmodSync(join(tmp, "mine.bpf"), 0o666);
  written(join(tmp, "my-link"), { uid: NOBODY });
});

test("-o: a full disk leaves nothing of a new file, and an old one as it was", () => {
  needs(MOUNTS);
  const script = `mount -t tmpfs -o size=4k none "$1" && cd "$1" && echo old >old.bpf && shift &&
    for name in old.bpf new.bpf; do "$1" compile -o $name "$2"; echo $?; done; ls -A; cat old.bpf`;
  const directory = directoryOf({});
  const { stdout, stderr } = runCommand([
    "unshare",
    "--mount",
    "sh",
    "-c",
    script,
    "sh",
    directory,
    PROGRAM,
    PROFILE,
  ]);
  assert.is(stdout, "1\n1\nold.bpf\nold\n");
  assert.match(stderr, "old.bpf cannot be written: No space left on device");
  assert.match(stderr, "new.bpf cannot be written: No space left on device");
});

test("-o: a symbolic link stays, and what it leads to is written, whether it is there or not", () => {
  const directory = directoryOf({ "deep/old.bpf": "old" });
  for (const [name, to] of [
    ["absolute", join(directory, "deep/old.bpf")],
    ["relative", "deep/old.bpf"],
    ["to-link", "relative"],
    ["to-nothing", "deep/../deep/new.bpf"],
  ] as const) {
    symlinkSync(to, join(directory, name));
    writeFileSync(join(directory, "deep/old.bpf"), "old");
    written(join(directory, name));
    assert.is(readlinkSync(join(directory, name)), to);
    assert.equal(readFileSync(join(directory, name)), RAW);
  }
  assert.equal(contentOf(join(directory, "deep")), { "old.bpf": "old", "new.bpf": WHOLE });
  symlinkSync("loop", join(directory, "loop"));
  assert.match(compiledTo(join(directory, "loop")).stderr, "loop cannot be written: Symbolic link loop");
});

test("-o: devices, pipes and this process's descriptors are written to, not replaced", () => {
  const line = 'exec "$@" | cat';
  for (const file of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
    assert.is(
      shell(line, ["compile", "--format", "c", "-o", file, PROFILE]).stdout,
      run(["compile", "--format", "c", PROFILE]).stdout,
    );
  }
  const directory = directoryOf({ out: "old" });
  // Standard output is a file here, which keeps its place among the links of /proc.
  assert.is(shell(`exec "$@" >${directory}/out`, ["compile", "-o", "/dev/stdout", PROFILE]).status, 0);
  assert.equal(contentOf(directory), { out: WHOLE });
  const fifo = join(directory, "fifo");
  const both = `mkfifo ${fifo}; cat ${fifo} | cksum & "$@"; wait; cksum <${FILTER}; test -p ${fifo}`;
  const { stdout, status } = shell(both, ["compile", "-o", fifo, PROFILE]);
  const [through, whole] = stdout.split("\n");
  assert.equal([status, through], [0, whole]);
  written("/dev/null");
  assert.ok(lstatSync("/dev/null").isCharacterDevice());
  const full = compiledTo("/dev/full");
  assert.equal(
    [full.status, full.stderr.trim()],
    [1, "seccomp-exec: error: /dev/full cannot be written: No space left on device"],
  );
  assert.ok(lstatSync("/dev/full").isCharacterDevice());
});

test("-o: where no file can be put beside it, one that may be written to is written over", () => {
  needs(ROOT);
  const directory = directoryOf({ "mine.bpf": "longer than a filter ".repeat(500), "closed.bpf": "old" });
  chownSync(join(directory, "mine.bpf"), NOBODY, NOBODY);
  written(join(directory, "mine.bpf"), { uid: NOBODY });
  const refused = (name: string) => {
    const { status, stderr } = compiledTo(join(directory, name), { uid: NOBODY });
    assert.is(status, 1);
    assert.match(stderr, `${name} cannot be written: Permission denied`);
  };
  refused("closed.bpf");
  refused("new.bpf");
  assert.equal(contentOf(directory), { "mine.bpf": WHOLE, "closed.bpf": "old" });
});

test("-o: a file that its owner may not write to stays, although its directory would let it be replaced", () => {
  needs(ROOT);
  const directory = directoryOf({ "closed.bpf": { content: "old", mode: 0o444, owner: NOBODY } });
  chownSync(directory, NOBODY, NOBODY);
  assert.match(compiledTo(join(directory, "closed.bpf"), { uid: NOBODY }).stderr, "Permission denied");
  assert.equal(contentOf(directory), { "closed.bpf": "old" });
});

test("-o: a file whose owner cannot be kept, or that is a mount, is written over", () => {
  needs(ROOT, MOUNTS);
  const directory = directoryOf({ "of-root.bpf": { content: "old", mode: 0o666 }, "mount.bpf": "old" });
  chmodSync(directory, 0o777);
  written(join(directory, "of-root.bpf"), { uid: NOBODY });
  assert.is(statSync(join(directory, "of-root.bpf")).uid, process.getuid?.());
  const script = 'mount --bind "$1" "$1" && shift && exec "$@"';
  const mount = join(directory, "mount.bpf");
  const command = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    script,
    "sh",
    mount,
    PROGRAM,
    "compile",
    "-o",
    mount,
    PROFILE,
  ];
  assert.equal(runCommand(command), { status: 0, signal: null, stdout: "", stderr: "" });
  assert.equal(contentOf(directory), { "of-root.bpf": WHOLE, "mount.bpf": WHOLE });
});

test("-o: a directory, and what is in none, are told", () => {
  const directory = directoryOf({});
  mkdirSync(join(directory, "d"));
  const told = (path: string) => compiledTo(path).stderr.replace("seccomp-exec: error: ", "").trim();
  assert.is(told(join(directory, "d")), `${directory}/d cannot be written: Is a directory`);
  assert.is(
    told(join(directory, "none/x")),
    `${directory}/none/x cannot be written: No such file or directory`,
  );
  assert.is(
    told(join(directory, "none/")),
    `${directory}/none/ cannot be written: No such file or directory`,
  );
  assert.is(told(""), "cannot be written: No such file or directory");
  assert.is(existsSync(join(directory, "none")), false);
});

test("prepare leaves no part of a file, and says so", () => {
  const directory = directoryOf({ "p.json": answering(1000) });
  for (const line of NO_ROOM) {
    const { status, stdout, stderr } = shell(line, ["prepare", join(directory, "p.json")]);
    assert.equal([status, stdout], [1, ""]);
    assert.match(stderr, /p\.json\.\w+\.filters cannot be written: File too large/);
    assert.equal(readdirSync(directory), ["p.json"]);
  }
});

test.run();
