/**
 * `task --wrap`: the wrapped command does in a real shell what the command did, and under the filter.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { answering, directoryOf, profileOf, runWithEtc } from "../support/programs/files.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const PROFILES = directoryOf({ "allow.json": profileOf(), "deny.json": answering(1001) });
const PROFILE = join(PROFILES, "allow.json");

/** Wraps a definition; the launcher is the executable under test. */
function wrapped(definition: string, ...options: readonly string[]) {
  return run(["task", "--wrap", "--launcher", PROGRAM, "--profile", PROFILE, ...options, "-"], {
    input: definition,
  });
}

const LINES: readonly string[] = [
  "true",
  "exit 7",
  "echo a b; exit 3",
  `echo "a  $X" 'b "c' d\\ e \\$X \\\\ ;false`,
  "cd / && pwd && exec pwd",
  `X=1; echo "\${X:-2}" "$#" "$@" \${#X}`,
  `exec printf '%s|' "a'b" $Y "$Y" $X`,
  `exec /usr/bin/printf '%s|' it\\'s "$Y" $Y # a comment`,
  "/bin/echo hi; /bin/echo ho",
  "/bin/echo $X$X 'a b'  >&1",
  "A=1 /usr/bin/env | grep ^A=",
  "A=1 B=$X exec /usr/bin/env",
  "cat <<'E'\nx'y $X\nE\n",
  "cat <<E\nx'y $X\nE",
  "if true; then echo y; else echo n; fi",
  "trap 'echo t' EXIT; set -- a 'b c'; for i; do echo \"$i\"; done",
  "exec /bin/sh -c 'exit 9'",
  "kill -TERM $$",
  "exec sh -c 'kill -9 $$'",
  "/bin/sh -c 'kill -USR1 $$'",
  "printf é\\\\n | tr é e",
  "echo `echo '$X'` $(echo \")\")",
  "umask 077; umask",
  "no-such-command 2>/dev/null",
  "exec /no/such/command 2>/dev/null",
  "echo ~ * [ab] {a,b} !",
  'f() { echo "f $1"; }; f x & wait',
  'read a; echo "$a"; cat',
  "\techo tab\t",
  "echo a \\\nb",
  'echo "unclosed',
];

const ENVIRONMENT = { X: "x x", Y: "it's *", PATH: process.env["PATH"] };

for (const line of LINES) {
  test(`a shell does the same: ${JSON.stringify(line)}`, () => {
    const { status, stdout } = wrapped(JSON.stringify({ id: "/a", cmd: line }));
    assert.is(status, 0);
    const { cmd } = JSON.parse(stdout) as { cmd: string };
    assert.match(cmd, PROGRAM);
    // In a directory without files, so that patterns stay as they are.
    const options = { env: ENVIRONMENT, cwd: directoryOf({}), input: "one\ntwo\n" };
    const before = runCommand(["/bin/sh", "-c", line], options);
    const after = runCommand(["/bin/sh", "-c", cmd], options);
    // The shell names itself in its messages, and a program that is not there is told by the launcher.
    assert.equal([after.status, after.signal, after.stdout], [before.status, before.signal, before.stdout]);
  });
}

test("the wrapped command runs under the profile, in each form", () => {
  const call = ["grep", "Seccomp_filters", "/proc/self/status"];
  const filters = (command: readonly string[]) => runCommand(command).stdout;
  const outside = Number(/\d+/.exec(filters(call))?.[0]);
  const expected = `Seccomp_filters:\t${outside + 1}\n`;

  const shell = JSON.parse(wrapped(JSON.stringify({ id: "/a", cmd: call.join(" ") })).stdout);
  assert.is(filters(["/bin/sh", "-c", shell.cmd]), expected);

  const argv = JSON.parse(wrapped(JSON.stringify({ id: "/a", args: call })).stdout);
  assert.is(filters(argv.args), expected);

  const info = { task_id: { value: "t" }, command: { shell: false, value: "/bin/grep", arguments: call } };
  const { command } = JSON.parse(wrapped(JSON.stringify(info)).stdout);
  assert.is(command.value, PROGRAM);
  assert.is(filters([command.value, ...command.arguments.slice(1)]), expected);
});

test("Mesos's command keeps its name and its file", () => {
  const info = {
    task_id: { value: "t" },
    command: { shell: false, value: "/bin/sh", arguments: ["my name", "-c", "echo $0"] },
  };
  const { command } = JSON.parse(wrapped(JSON.stringify(info)).stdout);
  assert.is(runCommand([command.value, ...command.arguments.slice(1)]).stdout, "my name\n");
});

test("the defaults are those of the examples, and what is wrapped is left alone", () => {
  const { stdout, stderr } = run(["task", "--wrap", "-"], { input: '{ "id": "/a", "args": ["x"] }\n' });
  assert.is(stdout, '{ "id": "/a", "args": ["/usr/local/bin/seccomp-exec", "--", "x"] }\n');
  assert.is(stderr, "seccomp-exec: standard input: wrapped /a\n");
  for (const file of [
    "marathon/ucr-relaxed",
    "marathon/docker-relaxed",
    "mesos/task-group",
    "metronome/command",
  ]) {
    const path = `examples/${file}.json`;
    const again = run(["task", "--wrap", path]);
    assert.is(again.status, 0);
    assert.is(again.stdout, readFileSync(path, "utf8"));
    assert.match(again.stderr, "nothing was to be wrapped");
  }
});

test("standard output gets the bytes of the file: line ends, and characters that a terminal would obey", () => {
  const odd = "\u202e \u200b \u{e0001} \u{1f600}";
  const yaml = `# ${odd}\r\nservices:\r\n  s:\r\n    entrypoint: [x] # ${odd}\r\n    labels: { a: "${odd}" }\r\n`;
  const json = `{\r\n  "id": "/a",\r\n  "args": ["x"],\r\n  "labels": { "a": "\u007f \u0085 \u2028 \ufeff ${odd}" }\r\n}\r\n`;
  for (const [before, after] of [
    [yaml, yaml.replace("[x]", '["/usr/local/bin/seccomp-exec", "--", x]')],
    [json, json.replace('["x"]', '["/usr/local/bin/seccomp-exec", "--", "x"]')],
  ] as const) {
    const { status, stdout } = run(["task", "--wrap", "-"], { input: before });
    assert.is(status, 0);
    assert.is(stdout, after);
    const file = join(directoryOf({}), "out");
    run(["task", "--wrap", "-o", file, "-"], { input: before });
    assert.is(readFileSync(file, "utf8"), after);
  }
});

test("-o writes the file, and the findings that are left are counted", () => {
  const directory = directoryOf({
    "compose.yaml": "services:\n  s:\n    entrypoint: [x]\n    healthcheck: { test: y } # c\n",
  });
  const [file, output] = [join(directory, "compose.yaml"), join(directory, "new.yaml")];
  const { stdout, stderr } = run(["task", "--wrap", "-o", output, file]);
  assert.is(stdout, "");
  assert.match(stderr, /wrapped s; 1 finding left, which task reports\n$/);
  assert.is(
    readFileSync(output, "utf8"),
    'services:\n  s:\n    entrypoint: ["/usr/local/bin/seccomp-exec", "--", x]\n    healthcheck: { test: y } # c\n',
  );
  assert.match(
    run(["task", "--wrap", "--health-checks", "-o", file, file]).stderr,
    /wrapped s, s: the command of its health check\n/,
  );
  assert.is(
    run(["task", file]).stdout,
    `${file}: Docker Compose file: ok\n  s  confined  Docker's default + default.json  launcher: the built-in default (compiled in, unless the image has its own); Docker's own filter is on\n`,
  );
});

test("what cannot be wrapped says why and what to do, and nothing is written", () => {
  const pod =
    "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - name: c\n      image: i\n    - name: d\n      command: [x]\n";
  const refused = run(["task", "--wrap", "-"], { input: pod });
  assert.is(refused.status, 1);
  assert.is(refused.stdout, "");
  assert.match(
    refused.stderr,
    /^seccomp-exec: error: standard input:5:7: Pod c cannot be wrapped: the entrypoint of its image.*\nseccomp-exec: hint: give it by --entrypoint/,
  );
  const one = run(["task", "--wrap", "--only", "Pod d", "-"], { input: pod });
  assert.is(one.stdout, pod.replace("[x]", '["/usr/local/bin/seccomp-exec", "--", x]'));
  const named = run(["task", "--wrap", "--entrypoint", '["/e", "a"]', "-"], { input: pod });
  assert.is(
    named.stdout,
    one.stdout.replace(
      "image: i\n",
      'image: i\n      command: ["/usr/local/bin/seccomp-exec", "--", "/e", "a"]\n',
    ),
  );
});

test("notes tell what --profile overrides, and which images must have the launcher", () => {
  const app = { id: "/a", cmd: "x", env: { SECCOMP_EXEC_PROFILE: "builtin:strict.json" } };
  const of = (definition: object, ...options: readonly string[]) => {
    const { status, stderr } = run(["task", "--wrap", ...options, "-"], {
      input: JSON.stringify(definition),
    });
    assert.is(status, 0, stderr);
    return stderr;
  };
  assert.is(
    of(app, "--profile", "builtin:relaxed.json"),
    "seccomp-exec: note: standard input: /a: --profile builtin:relaxed.json overrides SECCOMP_EXEC_PROFILE\nseccomp-exec: standard input: wrapped /a\n",
  );
  assert.is(of(app), "seccomp-exec: standard input: wrapped /a\n");
  const image = { ...app, container: { type: "DOCKER", docker: { image: "i" } } };
  assert.is(
    of(image, "--launcher", "/opt/seccomp-exec"),
    "seccomp-exec: note: standard input: the launcher must be at /opt/seccomp-exec in the image of each of these, or be mounted there: /a\nseccomp-exec: standard input: wrapped /a\n",
  );
});

test("what the launcher would refuse is not written", () => {
  const refused = (definition: object, says: RegExp, ...options: readonly string[]) => {
    const input = JSON.stringify(definition);
    const { status, stdout, stderr } = run(["task", "--wrap", ...options, "-"], { input });
    assert.match(stderr, says);
    assert.is(stdout, "");
    assert.is(status, 1);
  };
  const app = { id: "/a", cmd: "x" };
  const misspelt = { ...app, env: { SECCOMP_EXEC_PROFLE: "x" } };
  refused(
    misspelt,
    /^seccomp-exec: error: standard input:1:1: \/a: the launcher will refuse this task: SECCOMP_EXEC_PROFLE is set, and there is no such variable\n.*did you mean/,
  );
  const missing = /: \/a: the task will not start: there is no profile 'nope\.json'/;
  refused(app, missing, "--profile", "nope.json", "--profile-dir", PROFILES);
  const both = { apps: [app, { ...misspelt, id: "/b" }], id: "/" };
  refused(both, /error: standard input:1:\d+: \/b: the launcher will refuse/);
  const one = run(["task", "--wrap", "--only", "/a", "-"], { input: JSON.stringify(both) });
  assert.is(one.status, 0, "the other task is not its matter");

  const output = join(directoryOf({}), "new.json");
  refused(misspelt, /refuse this task/, "-o", output);
  assert.is(existsSync(output), false);
});

test("a profile that the policy in force does not permit is not written", () => {
  const files = {
    "seccomp-exec/policy.json": '{ "allowedProfiles": ["default.json"] }',
    "app.json": JSON.stringify({ id: "/a", cmd: "x" }),
  };
  const { status, stdout, stderr } = runWithEtc(files, [
    "task",
    "--wrap",
    "--profile",
    "strict.json",
    "/etc/app.json",
  ]);
  assert.match(stderr, /\/a: the launcher will refuse this task: .*'allowedProfiles'/);
  assert.is(stdout, "");
  assert.is(status, 1);
});

test("that a label alone says that an image starts the launcher is told", () => {
  const app = {
    id: "/a",
    labels: { SECCOMP_PROFILE: "relaxed.json" },
    container: { type: "DOCKER", docker: { image: "i" } },
  };
  const { status, stdout, stderr } = run(["task", "--wrap", "-"], { input: JSON.stringify(app) });
  assert.match(
    stderr,
    /^seccomp-exec: warning: standard input: left as they are, since .*entrypoint of their images: \/a\nseccomp-exec: hint: .*--entrypoint.*\n.*nothing was to be wrapped/,
  );
  assert.is(stdout, JSON.stringify(app));
  assert.is(status, 0);
  const group = run(["task", "--wrap", "examples/mesos/task-group.json"]);
  assert.not.match(group.stderr, "left as they are");
});

test("mistakes of the command line are told", () => {
  const says = (words: string, ...args: readonly string[]) => {
    const { status, stdout, stderr } = run(["task", ...args], { input: '{ "id": "/a", "cmd": "x" }' });
    assert.is(stdout, "");
    assert.match(stderr, words);
    return status;
  };
  assert.is(says("--wrap takes one file", "--wrap", "a", "b"), 2);
  assert.is(says("no JSON report", "--wrap", "--json", "-"), 2);
  assert.is(says("--only is for --wrap", "--only", "x", "-"), 2);
  assert.is(says("--health-checks is for --wrap", "--health-checks", "-"), 2);
  assert.is(says("is not called seccomp-exec", "--wrap", "--launcher", "/bin/x", "-"), 2);
  assert.is(says("cannot be written into a definition", "--wrap", "--profile", "$P", "-"), 2);
  assert.is(says("is no list of words", "--entrypoint", "a $B", "-"), 2);
  assert.is(says("its tasks are /a", "--wrap", "--only", "/b", "-"), 1);
});

test.run();
