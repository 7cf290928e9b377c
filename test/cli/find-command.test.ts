/**
 * Finding the command: in PATH as execvp does, scripts without `#!`, and what is said where it cannot be run.
 */

import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { endianness } from "node:os";
import { gzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { failed, ran } from "../support/programs/expect.ts";
import { directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, type RunOptions, run, runCommand } from "../support/programs/program.ts";
import { MOUNTS, ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

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

/** The least of an ELF file: class 64 bits, and the loader that it asks for behind its only segment. */
function elf(type: number, machine: number, loader: string): Uint8Array {
  const file = new DataView(new ArrayBuffer(256));
  const littleEndian = endianness() === "LE";
  [0x7f, 0x45, 0x4c, 0x46, 2, littleEndian ? 1 : 2, 1].forEach((byte, i) => {
    file.setUint8(i, byte);
  });
  for (const [at, value] of [
    [16, type],
    [18, machine],
    [52, 64],
    [54, 56],
    [56, 1],
  ] as const) {
    file.setUint16(at, value, littleEndian);
  }
  file.setUint32(32, 64, littleEndian);
  // The segment: PT_INTERP, and where the name is.
  for (const [at, value] of [
    [64, 3],
    [72, 128],
    [96, loader.length + 1],
  ] as const) {
    file.setUint32(at, value, littleEndian);
  }
  const bytes = new Uint8Array(file.buffer);
  bytes.set(new TextEncoder().encode(loader), 128);
  return bytes;
}

/** e_machine of this machine. */
const MACHINE = new DataView(new Uint8Array(readFileSync(process.execPath)).buffer).getUint16(
  18,
  endianness() === "LE",
);
/** VAX, for which Linux never was. */
const EM_VAX = 75;

const NO_TEXT: Readonly<Record<string, readonly [content: string | Uint8Array, what: string]>> = {
  "an executable of another machine": [
    elf(2, EM_VAX, "/none"),
    `an ELF executable of machine ${EM_VAX}, on `,
  ],
  "an object file": [elf(1, MACHINE, "/none"), "an ELF object file"],
  "a damaged executable": [`\x7fELF${"\0".repeat(60)}`, "an ELF file"],
  "a Windows executable": [`MZ${"\0".repeat(58)}\x40\0\0\0PE\0\0`, "a Windows executable (PE)"],
  "a macOS executable": [Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1), "a macOS executable (Mach-O)"],
  "a gzip archive": [gzipSync("echo no\n"), "a gzip archive"],
  "a NUL in the first line": ["echo \0 no\n", "a binary file"],
};

for (const [name, [content, what]] of Object.entries(NO_TEXT)) {
  test(`${name} is not given to the shell`, () => {
    const directory = directoryOf({ it: { content, mode: 0o755 }, "later/it": says("later") });
    failed(
      126,
      find("/bin", [`${directory}/it`]),
      `cannot run '${directory}/it': Exec format error: it is ${what}`,
    );
    // As for execvp, that ends the search.
    failed(126, find(`${directory}:${directory}/later`, ["it"]), "Exec format error");
    failed(126, run(["--unconfined", "--", `${directory}/it`]), "Exec format error", what);
  });
}

test("a text whose first line has no NUL goes to the shell, whatever follows", () => {
  const directory = directoryOf({ it: { content: "echo text; exit\n\0\x7fELF", mode: 0o755 } });
  ran(find("/bin", [`${directory}/it`]), "text\n");
});

testWith(ROOT)("a script that may not be read is not given to the shell", () => {
  const directory = directoryOf({ it: { content: "echo no\n", mode: 0o711 } });
  failed(126, find("/bin", [`${directory}/it`], { uid: NOBODY }), "Exec format error: it cannot be read");
});

const LOST: Readonly<Record<string, string | Uint8Array>> = {
  "a script whose interpreter is missing": "#!/no/such/thing\necho no\n",
  "an executable whose loader is missing": elf(2, MACHINE, "/no/such/thing"),
};

for (const [name, content] of Object.entries(LOST)) {
  test(`${name}: it is named, and in PATH a command further on is taken`, () => {
    const directory = directoryOf({ "a/it": { content, mode: 0o755 }, "b/it": says("b") });
    failed(
      126,
      find("/bin", [`${directory}/a/it`]),
      `'${directory}/a/it': its interpreter '/no/such/thing' does not exist`,
    );
    failed(126, find(`${directory}/a:/none`, ["it"]), "its interpreter '/no/such/thing' does not exist");
    ran(find(`${directory}/a:${directory}/b:/bin`, ["it"]), "b\n");
    ran(run(["--unconfined", "--", "it"], { env: { PATH: `${directory}/a:${directory}/b` } }), "b\n");
  });
}

test("what only the kernel finds makes it go on in PATH too, under the filter", () => {
  const directory = directoryOf({
    "a/it": { content: `#!${D}/scripts/lost-interpreter\n`, mode: 0o755 },
    "b/it": says("b"),
  });
  const path = `${directory}/a:${directory}/b:/bin`;
  ran(find(path, ["it"]), "b\n");
  failed(126, find(`${directory}/a`, ["it"]), `${directory}/a/it`, "No such file or directory: something");
});

test("a script of a Windows editor: the carriage return is named", () => {
  const directory = directoryOf({ it: { content: "#!/bin/sh\r\necho no\r\n", mode: 0o755 } });
  failed(126, find("/bin", [`${directory}/it`]), "carriage return", "/bin/sh\\u000d", "sed -i");
});

test("an interpreter that may not be executed is named", () => {
  const directory = directoryOf({ it: { content: `#!${D}/plain/tool\n`, mode: 0o755 } });
  failed(
    126,
    find("/bin", [`${directory}/it`]),
    `its interpreter '${D}/plain/tool'`,
    "Permission denied",
    "chmod +x",
  );
});

testWith(ROOT)("why a file may not be executed is told", () => {
  failed(126, find("/bin", [`${D}/one`]), "it is a directory");
  failed(126, find("/bin", ["/dev/null"]), "it is not a regular file");
  failed(126, find("/bin", [`${D}/plain/tool`]), "it has no execute permission", "chmod +x");
  failed(
    126,
    find("/bin", [`${D}/private/tool`], { uid: NOBODY }),
    "this user may not execute it (mode 700, owner 0)",
  );
  mkdirSync(`${D}/shut/inner`, { mode: 0o700, recursive: true });
  failed(
    126,
    find("/bin", [`${D}/shut/inner/tool`], { uid: NOBODY }),
    "a directory on its path cannot be searched",
  );
  symlinkSync("nowhere", `${D}/dangling`);
  failed(126, find("/bin", [`${D}/dangling`]), "it is a link to something that does not exist");
});

testWith(MOUNTS)("a file system that is mounted noexec is named", () => {
  const script = `mount -t tmpfs -o noexec tmpfs ${D}/here && cp /bin/true ${D}/here/ && exec "$@"`;
  const command = [PROGRAM, "--unconfined", "--", `${D}/here/true`];
  const outcome = runCommand(["unshare", "--mount", "sh", "-c", script, "sh", ...command]);
  failed(126, outcome, "its file system is mounted noexec");
});

testWith(ROOT)("file capabilities outside the bounding set are thought of", () => {
  const directory = directoryOf({});
  copyFileSync("/bin/true", `${directory}/it`);
  const caller = [compileC("test/kernel/native/caller.c"), "filecap", `${directory}/it`, "drop", "22", "--"];
  const outcome = runCommand([...caller, PROGRAM, "--", `${directory}/it`]);
  failed(126, outcome, "Operation not permitted", "file capabilities", "getcap");
});

test("a command line in one word: the words belong apart, or to a shell", () => {
  failed(127, find("/bin", ["ls -l  /"]), "-- ls -l /");
  failed(127, find("/bin", ["/bin/ls -l"]), "-- /bin/ls -l");
  failed(127, find("/bin", ["cd / && ls"]), "-- sh -c 'cd / && ls'");
  const outcome = find("/bin", ["no-such thing"]);
  failed(127, outcome);
  assert.not.match(outcome.stderr, "hint");
  // Names may have spaces.
  const directory = directoryOf({ "two words": says("two words") });
  ran(find(`${directory}:/bin`, ["two words"]), "two words\n");
});

test("an option behind the '--' is told where options stand", () => {
  failed(127, find("/bin", ["--profile", "x"]), "options go before the '--'");
  failed(127, find("/bin", ["--profile=x"]), "options go before the '--'");
  failed(127, find("/bin", ["-x"]), "the command follows the first '--'");
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
