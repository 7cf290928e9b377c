/**
 * Holds what every verb prints against the file that says what it was when it was last accepted: test/golden/verbs/VERB.txt.
 *
 * The command lines are those whose output depends on nothing but this program: not on the machine, its user or its settings.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { VERBS } from "../../src/verbs/table.ts";
import { VERSION } from "../../src/version.ts";
import { directoryOf } from "../support/programs/files.ts";
import { run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const FOLDER = "test/golden/verbs";
const ACCEPT = process.env["ACCEPT"] === "1";

/** An allow list and a deny list, with conditions, a capability, a kernel, a danger and a way around. */
const FILES = {
  "allow.json": `{
  "defaultAction": "SCMP_ACT_ERRNO",
  "defaultErrnoRet": 1,
  "archMap": [{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"] }],
  "syscalls": [
    { "names": ["read", "write", "openat", "execve", "exit", "exit_group", "mmap"], "action": "SCMP_ACT_ALLOW" },
    {
      "names": ["socket"],
      "action": "SCMP_ACT_ALLOW",
      "args": [{ "index": 0, "op": "SCMP_CMP_NE", "value": 38 }]
    },
    { "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF"] } },
    { "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8" } }
  ]
}
`,
  "deny.json": `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [
    { "names": ["mkdir", "mount"], "action": "SCMP_ACT_ERRNO" },
    { "names": ["clone"], "action": "SCMP_ACT_KILL_PROCESS", "args": [
      { "index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": 268435456, "valueTwo": 268435456 }
    ] }
  ]
}
`,
  "denies-more.json": `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "architectures": ["SCMP_ARCH_X86_64"],
  "syscalls": [{ "names": ["mkdir", "mount", "clone", "kexec_load"], "action": "SCMP_ACT_ERRNO" }]
}
`,
  "mistaken.json": `{
  "defaultAction": "SCMP_ACT_ALOW",
  "sycalls": [],
  "syscalls": [{ "names": ["mkdri"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5000 }]
}
`,
  "broken.json": '{ "defaultAction": \n',
  "policy.json": `{
  "profileDir": "/srv/profiles",
  "defaultProfile": "deny.json",
  "allowedProfiles": ["deny.json", "allow.json"],
  "allowUnconfined": false
}
`,
  "wrong-policy.json": '{ "allowUnconfned": false, "enabled": 1 }\n',
  "app.json": `{
  "id": "/sleep",
  "cmd": "seccomp-exec --profile deny.json -- sleep 1",
  "env": { "SECCOMP_EXEC_PROFLE": "x" }
}
`,
  "pod.yaml": `apiVersion: v1
kind: Pod
metadata: { name: one }
spec:
  containers:
    - { name: c, image: i, securityContext: { seccompProfile: { type: Localhost, localhostProfile: deny.json } } }
`,
};

const LOG = `audit: type=1326 audit(1764511427.368:12): auid=1000 uid=1000 gid=1000 ses=3 pid=2267 comm="mkdir" exe="/usr/bin/mkdir" sig=31 arch=c000003e syscall=83 compat=0 ip=0x7f code=0x80000000
type=1326 audit(1764511428.000:13): uid=0 pid=31 comm="x" exe="/bin/x" arch=40000003 syscall=39 code=0x50000
`;
const CALLS = `x86_64 read
x86_64 socket AF_ALG SOCK_STREAM|SOCK_CLOEXEC
x86_64 clone CLONE_NEWUSER|CLONE_NEWPID  # two namespaces
x86_64 openat AT_FDCWD 0 O_PATH
x86 mkdir
s390x read
x86_64 -1
`;

const ON = "--arch x86_64 --caps none --kernel 6.12";

/** The command lines of each verb without the program, in this order in one directory, and what they read from standard input. */
const COMMANDS: Readonly<Record<string, readonly (string | readonly [string, string])[]>> = {
  check: [
    `check ${ON} ./allow.json`,
    `check ${ON} --strict ./deny.json`,
    `check ${ON} ./mistaken.json ./broken.json ./none.json`,
    `check ${ON} --json ./mistaken.json`,
    `check ${ON} --format github ./mistaken.json`,
    `check ${ON} --for docker --only mistake ./allow.json`,
    "check --nope ./allow.json",
    "check",
  ],
  "check-policy": [
    "check-policy --profile-dir . ./policy.json",
    "check-policy ./wrong-policy.json",
    "check-policy --json ./wrong-policy.json",
    "check-policy ./none.json",
  ],
  inspect: [`inspect ${ON} ./allow.json`, `inspect ${ON} --all ./deny.json`, "inspect ./mistaken.json"],
  explain: [
    `explain ${ON} --stage profile ./allow.json`,
    `explain ${ON} --stage policy ./allow.json`,
    `explain ${ON} --stage graph ./deny.json`,
    `explain ${ON} --stage bpf ./deny.json`,
    "explain --stage policy ./broken.json",
    `explain ${ON} ./allow.json socket`,
    `explain ${ON} ./allow.json socket AF_ALG`,
    `explain ${ON} --json ./deny.json mkdir`,
    `explain ${ON} --patch ./deny.json mkdir`,
    `explain ${ON} ./deny.json mkdri`,
  ],
  simulate: [
    [`simulate ${ON} ./allow.json`, CALLS],
    [`simulate ${ON} --json ./deny.json`, CALLS],
    [`simulate ${ON} --trace ./deny.json`, CALLS],
    [`simulate ${ON} ./deny.json`, "x86_64 read\nx86_64 raed\n"],
    [`simulate ${ON} ./deny.json`, "x86_64 socket AF_ALGG\n"],
  ],
  diff: [
    `diff ${ON} ./allow.json ./deny.json`,
    `diff --arch x86_64 --kernel 6.12 ./allow.json ./allow.json`,
    `diff ${ON} --json ./deny.json ./denies-more.json`,
    "diff ./allow.json ./none.json",
  ],
  compile: [
    `compile ${ON} --format asm ./deny.json`,
    `compile ${ON} --format c ./deny.json`,
    `compile ${ON} --json ./deny.json`,
    "compile ./mistaken.json",
  ],
  disasm: [
    `compile ${ON} -o deny.bpf ./deny.json`,
    "disasm --arch x86_64 deny.bpf",
    "disasm --arch x86_64 --json deny.bpf",
    "disasm --arch x86_64 ./deny.json",
  ],
  verify: [
    `compile ${ON} -o deny.bpf ./deny.json`,
    `verify ${ON} ./allow.json`,
    `verify ${ON} ./allow.json deny.bpf`,
    `verify ${ON} --json ./deny.json deny.bpf`,
    "verify deny.bpf ./deny.json",
  ],
  prepare: [
    "prepare --check ./deny.json",
    "prepare ./deny.json ./mistaken.json ./none.json builtin:log.json",
    "prepare --check --json ./deny.json",
  ],
  convert: [
    `convert ${ON} --to docker ./deny.json`,
    `convert ${ON} --to oci ./allow.json`,
    `convert ${ON} --to mesos ./allow.json`,
    `convert ${ON} --json --to podman ./deny.json`,
    "convert ./deny.json",
  ],
  merge: [
    `merge ${ON} --intersect ./deny.json ./allow.json`,
    `merge ${ON} --same-architectures ./allow.json ./deny.json`,
    `merge ${ON} --json --subtract ./deny.json ./deny.json`,
    "merge ./deny.json",
  ],
  record: ["record -- true", "record -o - -- true", "record -o none/x -- true", "record true"],
  denials: [
    ["denials", LOG],
    [`denials --json ${ON} --profile ./allow.json`, LOG],
    ["denials", "nothing\n"],
  ],
  list: ["list .", "list --json .", "list ./none"],
  manifest: [
    "manifest --check policy.json .",
    "manifest --check - .",
    "manifest --check none.manifest .",
    ["manifest --check - --json .", '{ "manifest": 1, "version": "0", "kernel": "1.0", "profiles": [] }\n'],
  ],
  status: ["status 999999999", "status --json 999999999", "status x"],
  task: [
    "task --profile-dir . ./app.json",
    "task --profile-dir . --json ./pod.yaml",
    "task ./deny.json",
    "task --wrap --profile deny.json ./pod.yaml",
  ],
  help: ["--help", "help", "help --json version", "help chekc"],
  version: ["version", "version --json", "--version"],
};

/** A text without what differs between machines and versions. */
function steady(text: string): string {
  return (
    text
      .replaceAll(`seccomp-exec ${VERSION}`, "seccomp-exec VERSION")
      .replaceAll(`"release": "${VERSION}"`, '"release": "VERSION"')
      .replaceAll(/"architecture": "(x86_64|aarch64)"(?=\n})/g, '"architecture": "MACHINE"')
      .replaceAll(/\.(x86_64|aarch64|s390x)\.filters/g, ".MACHINE.filters")
      // They depend on how the proof goes about it.
      .replaceAll(/"steps": \d+/g, '"steps": STEPS')
      // Only where the machine can make the call.
      .replaceAll(/^ {2}try: .*\n/gm, "")
  );
}

/** A command line with all that comes of it. */
function transcript(cwd: string, command: string, input: string): string {
  const { status, stdout, stderr } = run(command.split(" "), { cwd, input });
  const given = input.replace(/^(?=.)/gm, "< ");
  const said = stderr === "" ? "" : stderr.replace(/^(?=.)/gm, "! ");
  return steady(`$ seccomp-exec ${command}\n${given}${stdout}${said}status ${status}\n`);
}

for (const { name } of VERBS) {
  test(`${name} prints what was accepted`, () => {
    const commands = COMMANDS[name];
    assert.ok(commands !== undefined, `add command lines for ${name} to COMMANDS`);
    const cwd = directoryOf(FILES);
    const all = [`help ${name}`, ...commands].map((one) =>
      typeof one === "string" ? transcript(cwd, one, "") : transcript(cwd, ...(one as [string, string])),
    );
    const file = `${FOLDER}/${name}.txt`;
    const actual = all.join("\n");
    if (ACCEPT) {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, actual);
    }
    assert.ok(existsSync(file), `${file} is missing: look at what it would be, and run make accept`);
    assert.is(actual, readFileSync(file, "utf8"), `${file} differs: look at why, and run make accept`);
  });
}

test("every file is that of a verb", () => {
  assert.equal(readdirSync(FOLDER).sort(), VERBS.map(({ name }) => `${name}.txt`).sort());
});

test.run();
