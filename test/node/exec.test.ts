/**
 * `execUnder` replaces the process by a command, or says why not before anything is changed.
 */

import { chmodSync } from "node:fs";
import * as assert from "uvu/assert";
import { NOBODY, profileOf } from "../support/programs/files.ts";
import { MOUNTS, needs, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { profileFile, runScript, told } from "./support/packed.ts";

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly filterInstalled: boolean;
  readonly errno?: number;
}

/** A directory with a file of this mode. */
function fileOf(name: string, content: string, mode = 0o755): string {
  const file = profileFile(content, name);
  chmodSync(file, mode);
  return file;
}

const EXEC = `const [file, ...args] = process.argv.slice(2);`;

test("the command replaces the process, with its id, arguments, environment and status, under the filter", () => {
  const text = profileOf({ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 28 });
  const body = `
    process.on("exit", () => tell("exit event"));
    process.env.ADDED = "1";
    tell(process.pid);
    execUnder({ text: ${JSON.stringify(text)} }, "sh", ["-c", 'echo $$; echo "$ADDED|$1|$2|$#"; mkdir "$3"; grep ^Seccomp: /proc/self/status; exit 7', "name", "", "b ü\\n", process.argv[2]]);`;
  const { status, stdout, stderr } = runScript(body, { args: [`${profileFile("")}.d`] });
  const [pid, shell, ...rest] = stdout.split("\n");
  assert.is(pid, shell);
  assert.equal(rest, ["1||b ü", "|3", "Seccomp:\t2", ""]);
  assert.match(stderr, "No space left on device");
  assert.is(status, 7);
});

test("a command is looked up as by execvp, in the PATH that it gets", () => {
  const script = "#!/bin/sh\necho found $0";
  const first = fileOf("tool", script, 0o644);
  const second = fileOf("tool", script);
  const search = [first, second].map((file) => file.replace(/\/tool$/, "")).join(":");
  const body = (options: string): string =>
    `${EXEC} tell(failure(() => execUnder("builtin:log.json", "tool", [], ${options})));`;
  const found = `found ${second}\n`;
  assert.is(runScript(body("{}"), { env: { PATH: `/nowhere:${search}` } }).stdout, found);
  assert.is(runScript(body(`{ env: { PATH: ${JSON.stringify(search)} } }`)).stdout, found);
  assert.is(
    runScript(body("{}"), { env: { PATH: "" }, cwd: second.replace(/\/tool$/, "") }).stdout,
    "found tool\n",
  );
});

test("text without #! is run by /bin/sh, as by execvp", () => {
  const file = fileOf("plain", "echo run by $0 with $1");
  const { stdout } = runScript(`${EXEC} execUnder("builtin:log.json", file, args);`, {
    args: [file, "words"],
  });
  assert.is(stdout, `run by ${file} with words\n`);
});

const REFUSED: readonly (readonly [what: string, file: () => string, message: RegExp])[] = [
  [
    "a command that is not there",
    () => "/nowhere/tool",
    /^cannot find '\/nowhere\/tool': No such file or directory$/,
  ],
  ["a name that is nowhere in PATH", () => "no-such-tool", /^cannot find 'no-such-tool' in PATH \(/],
  ["an empty name", () => "", /^the command is an empty string$/],
  ["a directory", () => "/usr", /^cannot run '\/usr': it is a directory$/],
  [
    "a file without x bit",
    () => fileOf("tool", "#!/bin/sh", 0o644),
    /^cannot run '.*': Permission denied: it has no execute permission\n/,
  ],
  [
    "a script whose interpreter is missing",
    () => fileOf("tool", "#!/nowhere/sh"),
    /^cannot run '.*': its interpreter '\/nowhere\/sh' does not exist\n/,
  ],
];

for (const [what, file, message] of REFUSED) {
  test(`${what} is refused before anything is changed`, () => {
    const body = `${EXEC} tell(failure(() => execUnder("builtin:log.json", file, args))); tell(got());`;
    const [failed, filters] = told(body, { args: [file()] }) as [Failure, number[]];
    assert.is(failed.code, "ERR_SECCOMP_COMMAND");
    assert.match(failed.message, message);
    assert.is(failed.filterInstalled, false);
    assert.equal(filters, [0]);
  });
}

test("a file system that is mounted noexec is named", () => {
  needs(MOUNTS);
  const file = fileOf("tool", "#!/bin/sh");
  const directory = file.replace(/\/tool$/, "");
  const script =
    'mount -t tmpfs -o noexec,mode=755 none "$1" && echo "#!/bin/sh" >"$1/tool" && chmod 755 "$1/tool" && shift && exec "$@"';
  const before = ["unshare", "--mount", "sh", "-c", script, "sh", directory];
  const body = `${EXEC} tell(failure(() => execUnder("builtin:log.json", file, args)).message);`;
  const [message] = told(body, { before, args: [file] });
  assert.match(String(message), /^cannot run '.*': Permission denied: its file system is mounted noexec\n/);
});

test("what only the kernel refuses is an error under the filter, and the process state is Node's again", () => {
  const file = fileOf("tool", "\0not a program\0");
  const status = `fs.readFileSync("/proc/self/status", "latin1").match(/SigIgn:\\t(.*)/)[1]`;
  const flags = `["0", "1", "2"].map((fd) => fs.readFileSync("/proc/self/fdinfo/" + fd, "latin1").match(/flags:\\t(.*)/)[1])`;
  const body = `${EXEC}
    [process.stdin, process.stdout, process.stderr].forEach((stream) => stream.fd);
    const before = [${status}, ${flags}];
    tell(failure(() => execUnder("builtin:log.json", file, args, { openFiles: 100 })));
    tell(got());
    tell([before, [${status}, ${flags}]]);`;
  const [failed, filters, restored] = told(body, { args: [file] }) as [Failure, number[], unknown[]];
  assert.is(failed.code, "ERR_SECCOMP_EXEC");
  assert.match(
    failed.message,
    /^cannot run '.*': Exec format error.*This process is under the filter of builtin:log\.json now$/,
  );
  assert.equal([failed.filterInstalled, failed.errno, filters], [true, 8, [1]]);
  assert.equal(restored[0], restored[1]);
});

test("a profile that denies execve is refused before anything is changed", () => {
  const text = profileOf({ names: ["execve"], action: "SCMP_ACT_ERRNO" });
  const body = `tell(failure(() => execUnder({ text: ${JSON.stringify(text)} }, "true"))); tell(got());`;
  const [failed, filters] = told(body) as [Failure, number[]];
  assert.is(failed.code, "ERR_SECCOMP_REFUSED");
  assert.match(failed.message, /^the profile does not let the command start: execve gets ERRNO/);
  assert.equal(filters, [0]);
});

test("a warning goes to standard error, or to the program", () => {
  const value = `{ defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdirr"], action: "SCMP_ACT_ALLOW" }] }`;
  const { stderr } = runScript(`execUnder(${value}, "true");`);
  assert.is(
    stderr,
    "seccomp-exec: the profile:6:5: warning: unknown syscall 'mkdirr' (did you mean 'mkdir'?)\n",
  );
  const heard = runScript(`execUnder(${value}, "true", [], { onWarning: ({ code }) => tell(code) });`);
  assert.equal([heard.stdout, heard.stderr], ['"unknown-syscall"\n', ""]);
});

test("a worker thread is refused, and so is what no command can get", () => {
  const worker = `
    if (isMainThread) { new Worker(new URL(import.meta.url)).once("message", tell); }
    else { parentPort.postMessage(failure(() => execUnder("builtin:log.json", "true")).message); }`;
  assert.match(String(told(worker)[0]), /^this is a worker thread/);
  for (const [call, message] of [
    [`"true", ["a\\0b"]`, /^argument 1 holds a NUL$/],
    [`"true", [1]`, /^argument 1 is not a string$/],
    [`"true", [], { env: { A: "\\0" } }`, /^A of env holds a NUL$/],
    [`"true", [], { descriptors: [999999] }`, /^descriptors: 999999 is not open$/],
    [`"true", [], { descriptors: [-1] }`, /^descriptors: -1 is not the number of a descriptor$/],
    [`"true", [], { openFiles: 1e12 }`, /^openFiles: 1000000000000 is above the hard limit/],
    [`"true", [], { cwd: "/" }`, /^there is no option 'cwd'\n/],
  ] as const) {
    const [failed] = told(`tell(failure(() => execUnder("builtin:log.json", ${call})));`) as [Failure];
    assert.match(failed.message, message);
  }
});

test("a command gets long argument lists whole", () => {
  const body = `execUnder("builtin:log.json", "sh", ["-c", 'echo $#; echo "$1" | wc -c', "sh", "x".repeat(100000), ...Array(10000).fill("word")]);`;
  assert.is(runScript(body).stdout, "10001\n100001\n");
});

test("a user without CAP_SYS_ADMIN gets no_new_privs", () => {
  needs(ROOT);
  const body = `execUnder("builtin:default.json", "grep", ["-E", "^(NoNewPrivs|Seccomp):", "/proc/self/status"]);`;
  assert.is(runScript(body, { uid: NOBODY }).stdout, "NoNewPrivs:\t1\nSeccomp:\t2\n");
});

test.run();
