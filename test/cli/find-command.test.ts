/**
 * Finding the command: in PATH as execvp does, scripts without `#!`, and what is said where it cannot be run.
 */

import { mkdirSync } from "node:fs";
import * as assert from "uvu/assert";
import { failed, ran } from "../support/expect.ts";
import { directoryOf, NOBODY, profileOf } from "../support/files.ts";
import { type Outcome, type RunOptions, run, runCommand } from "../support/program.ts";
import { test } from "../support/test.ts";

const says = (what: string) => ({ content: `#!/bin/sh\necho ${what}\n`, mode: 0o755 });

const D = directoryOf({
  "allow.json": profileOf(),
  "one/tool": says("one"),
  "two/tool": says("two"),
  "two/only-two": says("only two"),
  "plain/tool": { content: "#!/bin/sh\necho plain\n", mode: 0o644 },
  "plain/nowhere-else": { content: "#!/bin/sh\necho plain\n", mode: 0o644 },
  "folder/tool/file": "",
  "folder/lone/file": "",
  "here/tool": says("here"),
  "here/sub/tool": says("sub"),
  "scripts/no-head": { content: 'echo "$0 $# <$1> <$2>"\n', mode: 0o755 },
  "scripts/empty": { content: "", mode: 0o755 },
  "scripts/lost-interpreter": { content: "#!/no/such/interpreter\necho no\n", mode: 0o755 },
  "scripts/plain-interpreter": { content: `#!/etc/hostname\n`, mode: 0o755 },
  "scripts/broken-elf": { content: `\x7fELF${"\0".repeat(60)}`, mode: 0o755 },
  "private/tool": { content: "#!/bin/sh\necho private\n", mode: 0o700 },
  "root-only/tool": says("root only"),
});

function find(path: string | undefined, command: readonly string[], options: RunOptions = {}): Outcome {
  return run(["--profile", `${D}/allow.json`, "--", ...command], {
    cwd: `${D}/here`,
    env: { PATH: path },
    ...options,
  });
}

test("the first directory of PATH that has it wins", () => {
  ran(find(`${D}/one:${D}/two:/bin`, ["tool"]), "one\n");
  ran(find(`${D}/two:${D}/one:/bin`, ["tool"]), "two\n");
  ran(find(`${D}/one:${D}/two:/bin`, ["only-two"]), "only two\n");
});

test("directories of PATH that do not exist, or are none, are passed over", () => {
  ran(find(`${D}/missing:${D}/allow.json:${D}/two:/bin`, ["tool"]), "two\n");
});

test("an empty entry of PATH is the working directory", () => {
  ran(find(`:${D}/one`, ["tool"]), "here\n");
  ran(find(`${D}/missing:`, ["tool"]), "here\n");
  ran(find(`${D}/missing::${D}/one`, ["tool"]), "here\n");
});

test("an empty PATH is the working directory", () => {
  ran(find("", ["tool"]), "here\n");
});

test("without an empty entry the working directory is not searched", () => {
  failed(127, find(`${D}/missing`, ["tool"]), "tool");
});

test("a relative entry of PATH is taken from the working directory", () => {
  ran(find("sub", ["tool"]), "sub\n");
  ran(find("../two", ["tool"]), "two\n");
});

test("without PATH the system's own directories are searched, not the working directory", () => {
  ran(find(undefined, ["echo", "found"]), "found\n");
  failed(127, find(undefined, ["tool"]), "tool");
});

test("a file that may not be executed is passed over for one further on", () => {
  ran(find(`${D}/plain:${D}/two`, ["tool"]), "two\n");
});

test("a file that may not be executed, and no other: 126", () => {
  failed(126, find(`${D}/plain:${D}/two`, ["nowhere-else"]), "nowhere-else", /permission denied/i);
});

test("a directory is passed over for a command further on", () => {
  ran(find(`${D}/folder:${D}/two`, ["tool"]), "two\n");
});

test("a directory, and no command: 126", () => {
  failed(126, find(`${D}/folder:${D}/two`, ["lone"]), "lone");
});

test("a directory of PATH that may not be searched is passed over", () => {
  mkdirSync(`${D}/closed`, { mode: 0o700, recursive: true });
  ran(find(`${D}/closed:${D}/two`, ["tool"], { uid: NOBODY }), "two\n");
});

test("a name with a slash is a path: PATH does not matter", () => {
  ran(find(`${D}/one`, ["./tool"]), "here\n");
  ran(find(`${D}/one`, ["sub/tool"]), "sub\n");
  ran(find(`${D}/one`, [`${D}/two/tool`]), "two\n");
  failed(127, find(`${D}/two`, ["./only-two"]), "./only-two");
});

test("a path that does not exist: 127", () => {
  failed(127, find("/bin", [`${D}/none`]), `${D}/none`);
  failed(127, find("/bin", [`${D}/none/tool`]), `${D}/none/tool`);
});

test("a path through a file: 126 or 127, not a success", () => {
  const outcome = find("/bin", [`${D}/one/tool/x`]);
  assert.ok(outcome.status === 126 || outcome.status === 127);
  failed(outcome.status, outcome, `${D}/one/tool/x`, /not a directory/i);
});

test("a path to a file that may not be executed: 126", () => {
  failed(126, find("/bin", [`${D}/plain/tool`]), `${D}/plain/tool`, /permission denied/i);
});

test("a path to a directory: 126", () => {
  failed(126, find("/bin", [`${D}/one`]), `${D}/one`);
});

test("a file that only another user may execute: 126", () => {
  failed(126, find("/bin", [`${D}/private/tool`], { uid: NOBODY }), /permission denied/i);
  ran(find("/bin", [`${D}/private/tool`]), "private\n");
});

test("an empty command: 127", () => {
  failed(127, find("/bin", [""]), "empty");
  failed(127, find(`:${D}/one`, [""]), "empty");
});

test("a command that is not in PATH: 127, and the message says where it was looked for", () => {
  failed(127, find(`${D}/one:${D}/two`, ["no-such-command"]), "no-such-command", "PATH", `${D}/one`);
});

test("a name that is longer than a file name can be: 127", () => {
  failed(127, find(`${D}/one:/bin`, ["x".repeat(300)]));
});

test("a PATH that is longer than a path can be does not hide the command", () => {
  ran(find(`/${"x".repeat(5000)}:${D}/two`, ["tool"]), "two\n");
});

test("a script without #! runs under /bin/sh with its arguments", () => {
  const script = `${D}/scripts/no-head`;
  ran(find("/bin", [script, "a b", "c"]), `${script} 2 <a b> <c>\n`);
});

test("a script without #! is found in PATH, and gets the path as its name", () => {
  ran(find(`${D}/scripts`, ["no-head", "x"]), `${D}/scripts/no-head 1 <x> <>\n`);
});

test("an empty executable file is a script that does nothing", () => {
  ran(find("/bin", [`${D}/scripts/empty`]), "");
});

test("a script without #! runs under the filter", () => {
  const outcome = runCommand(["true"]);
  assert.is(outcome.status, 0);
  const script = directoryOf({ script: { content: "grep ^Seccomp: /proc/self/status\n", mode: 0o755 } });
  ran(find("/bin:/usr/bin", [`${script}/script`]), "Seccomp:\t2\n");
});

test("a script whose interpreter is missing: 126, and the message says so", () => {
  failed(
    126,
    find("/bin", [`${D}/scripts/lost-interpreter`]),
    `${D}/scripts/lost-interpreter`,
    /interpreter/,
  );
});

test("a script whose interpreter is missing is not passed over in PATH for another meaning", () => {
  failed(126, find(`${D}/scripts`, ["lost-interpreter"]), "lost-interpreter", /interpreter/);
});

test("a file in no format that the kernel knows: /bin/sh gets it, as from execvp", () => {
  const direct = runCommand(["sh", D.concat("/scripts/broken-elf")]);
  const outcome = find("/bin", [`${D}/scripts/broken-elf`]);
  assert.ok(outcome.status !== 0 && outcome.status !== 125, outcome.stderr);
  assert.is(outcome.status, direct.status);
});

test("--argv0 names the command without another being looked up", () => {
  ran(
    run(["--profile", `${D}/allow.json`, "--argv0", "no-such-command", "--", "sh", "-c", "echo $0"]),
    "no-such-command\n",
  );
});

test("--argv0 may be empty", () => {
  ran(run(["--profile", `${D}/allow.json`, "--argv0", "", "--", "sh", "-c", 'echo "<$0>"']), "<>\n");
});

test("--argv0 with a slash changes nothing about where the command is found", () => {
  ran(
    run(["--profile", `${D}/allow.json`, "--argv0", `${D}/one/tool`, "--", "sh", "-c", "echo $0"]),
    `${D}/one/tool\n`,
  );
});

test("an unconfined command is found in the same way", () => {
  const unconfined = (path: string, command: string) =>
    run(["--unconfined", "--", command], { cwd: `${D}/here`, env: { PATH: path } });
  ran(unconfined(`${D}/plain:${D}/two`, "tool"), "two\n");
  ran(unconfined("", "tool"), "here\n");
  failed(127, unconfined(`${D}/one`, "only-two"), "only-two");
  failed(126, unconfined(`${D}/plain`, "tool"), "tool");
  ran(unconfined(`${D}/scripts`, "empty"), "");
  failed(126, unconfined(`${D}/scripts`, "lost-interpreter"), "interpreter");
});

test.run();
