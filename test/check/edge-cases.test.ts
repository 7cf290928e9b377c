/**
 * What `seccomp-exec check` says of the edge cases that compilers and launchers of this kind have got wrong: one
 * table of profiles, each with everything that is to be said of it.
 */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { type Outcome, run, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

/** The machine is given, so that the table is true everywhere. */
const MACHINE: Readonly<Record<string, string>> = { arch: "x86_64", kernel: "6.18", caps: "none" };

/** Every file is checked in this directory, under the name ./p.json. */
const DIRECTORY = temporaryDirectory();
const FILE = "./p.json";

interface Told {
  readonly code: string;
  readonly severity: "error" | "warning" | "note";
  readonly message: string;
  readonly hint?: string;
  readonly line?: number;
  readonly column?: number;
  readonly related?: readonly { readonly what: string; readonly line: number; readonly column: number }[];
}

interface Report {
  readonly valid: boolean;
  readonly profiles: readonly {
    readonly profile: string;
    readonly valid: boolean;
    readonly diagnostics: readonly Told[];
  }[];
}

/**
 * What the row is about; the profile; all that is told, as `SEVERITY CODE LINE:COLUMN | WORDS | WORDS`, where the
 * words stand in the message, the hint or a related place; and another machine than MACHINE.
 */
type Row = readonly [
  what: string,
  text: string | Uint8Array,
  told: readonly string[],
  machine?: Readonly<Record<string, string>>,
];

// The profiles of the table. A line begins where something is to blame, so that its place can be seen.

/** Without these a profile would be told that no program starts under it. */
const STARTS =
  '{"names":["execve","exit_group","arch_prctl","mmap","mprotect","openat","read"],"action":"SCMP_ACT_ALLOW"}';
const STARTS_ANYWHERE =
  '{"names":["execve","exit_group","mmap","mprotect","openat","read"],"action":"SCMP_ACT_ALLOW"}';
const STARTS_ARM = STARTS_ANYWHERE.replace('"mmap"', '"mmap2","set_tls"');

/** Answered by an errno, so that a profile that allows all the rest is told nothing about them. */
const DANGEROUS = `{"names":["${[
  "clone unshare clone3 setns bpf userfaultfd io_uring_setup io_uring_enter io_uring_register perf_event_open",
  "kexec_load kexec_file_load init_module finit_module delete_module socket add_key keyctl request_key",
  "open_by_handle_at process_vm_readv process_vm_writev pidfd_getfd mount umount2 pivot_root move_mount open_tree",
  "fsopen fsmount mount_setattr iopl ioperm reboot modify_ldt",
]
  .join(" ")
  .replaceAll(" ", '","')}"],"action":"SCMP_ACT_ERRNO"}`;

/** A profile that denies by ERRNO(EPERM); the rules, or whatever else, begin at 2:1. */
function denying(rules: string, starts = STARTS): string {
  return `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${starts},\n${rules}]}`;
}

/** A profile that allows; the rules begin at 2:1. */
function allowing(rules: string): string {
  return `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[${DANGEROUS},\n${rules}]}`;
}

/** A profile that denies; these members of it begin at 2:1. */
function top(members: string): string {
  return `{"defaultAction":"SCMP_ACT_ERRNO",\n${members},\n"syscalls":[${STARTS}]}`;
}

/** A profile that denies, and a rule of it with these members, at 3:1. */
function rule(action: string, members: string): string {
  return denying(`{"names":["ptrace"],"action":"SCMP_ACT_${action}",\n${members}}`);
}

/** The same with this condition in it, at 3:1. */
function condition(members: string): string {
  return denying(`{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[\n{${members}}]}`);
}

/** The same with this value in it, at 3:1. */
function value(text: string): string {
  return denying(
    `{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":\n${text}}]}`,
  );
}

/** One line, a rule for ptrace: an action and conditions such as `0 EQ 5` or `1 MASKED_EQ 1 0`. */
function ptrace(action: string, ...conditions: readonly string[]): string {
  const args = conditions.map((words) => {
    const [index, op, first, second = 0] = words.split(" ");
    return `{"index":${index},"op":"SCMP_CMP_${op}","value":${first},"valueTwo":${second}}`;
  });
  return `{"names":["ptrace"],"action":"SCMP_ACT_${action}","args":[${args}]}`;
}

/** Two rules that differ in their action, at 2:1 and 3:1; here they may meet or not. */
function two(first: string, second: string): string {
  return denying(`${ptrace("ALLOW", first)},\n${ptrace("KILL_PROCESS", second)}`);
}
const MEET = "warning overlapping-rules 3:1 | KILL_PROCESS | ALLOW | libseccomp | the earlier rule at 2:1";

/** A rule for one syscall by itself, at 2:1. */
function names(list: string, action: string): string {
  return `{"names":[${list}],"action":"SCMP_ACT_${action}"}`;
}

const X86 = '"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}]';

/** A profile that denies, for x86-64 and x86; the rules begin at 2:1. */
function withX86(rules: string): string {
  return denying(rules).replace("{", `{${X86},`);
}

const NO_START = [
  "warning denies-execve 1:18 | execve",
  "warning denies-exit 1:18 | exit_group",
  "warning denies-dynamic-loader 1:18 | mmap | openat | static",
];

const CAN_CALL_BPF = "warning dangerous-allowance 2:11 | bpf";

/** A profile that lets bpf be called where these filters of the rule hold, which is told as a danger. */
function bpfWhere(filters: string): string {
  return denying(`{"names":["bpf"],"action":"SCMP_ACT_ALLOW",${filters}}`);
}

const TABLE: readonly Row[] = [
  // Reading: values. They are exact up to 2^64-1, which is seen where two of them differ in the last bit only.
  ["2^53+1", value("9007199254740993"), []],
  ["2^53 and 2^53+1 are two values", two("0 EQ 9007199254740992", "0 EQ 9007199254740993"), []],
  [
    "2^53+1 and 2^53+1 are one",
    two("0 EQ 9007199254740993", "0 EQ 9007199254740993"),
    ["warning redundant-rule 2:1", MEET],
  ],
  ["2^63-1", value("9223372036854775807"), []],
  ["2^63", value("9223372036854775808"), []],
  ["2^63-1 and 2^63 are two values", two("0 LE 9223372036854775807", "0 GE 9223372036854775808"), []],
  ["2^64-1", value("18446744073709551615"), []],
  ["2^64-2 and 2^64-1", two("0 EQ 18446744073709551614", "0 EQ 18446744073709551615"), []],
  ["2^64", value("18446744073709551616"), ["error value-range 3:1 | 18446744073709551616 | 2^64-1"]],
  [
    "2^64 as valueTwo",
    condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":1,"valueTwo":\n18446744073709551616'),
    ["error value-range 4:1 | 18446744073709551616"],
  ],
  ["-1", value("-1"), ["error out-of-range 3:1 | 'value' | -1"]],
  [
    "1e3: Go, in which the engines are written, takes digits only",
    value("1e3"),
    ["error json-not-an-integer 3:1 | 1e3 | digits"],
  ],
  ["1.0", value("1.0"), ["error json-not-an-integer 3:1 | 1.0 | digits"]],
  ["-0", value("-0"), ["error json-not-an-integer 3:1 | -0"]],
  ["1.5", value("1.5"), ["error json-not-an-integer 3:1 | '1.5' | digits"]],
  ["0x10 breaks off after the 0", value("0x10"), ["error json-syntax 3:2 | decimal"]],
  ["a number as a string", value('"16"'), ["error wrong-type 3:1 | 'value' | integer | string"]],
  ["a hexadecimal number as a string", value('"0x10"'), ["error wrong-type 3:1 | 'value' | string"]],
  ["a value of null", value("null"), ["error wrong-type 3:1 | 'value' | null"]],
  ["a value of true", value("true"), ["error wrong-type 3:1 | 'value'"]],
  ["a value of []", value("[]"), ["error wrong-type 3:1 | 'value' | array"]],
  ["index 5", indexOf("5"), []],
  ["index 6", indexOf("6"), ["error out-of-range 3:1 | 'index' | 5 | 6"]],
  ["index -1", indexOf("-1"), ["error out-of-range 3:1 | 'index' | -1"]],
  ["index 1.0", indexOf("1.0"), ["error json-not-an-integer 3:1 | 1.0"]],
  ['index "0"', indexOf('"0"'), ["error wrong-type 3:1 | 'index' | string"]],
  [
    "a condition without value",
    condition('"index":0,"op":"SCMP_CMP_EQ"'),
    ["error missing-key 3:1 | 'value'"],
  ],
  [
    "a condition without index",
    condition('"value":0,"op":"SCMP_CMP_EQ"'),
    ["error missing-key 3:1 | 'index'"],
  ],
  ["a condition without op", condition('"value":0,"index":0'), ["error missing-key 3:1 | 'op'"]],
  ["valueTwo may be left out", condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":1'), []],

  // Reading: name with names, empty names
  ["name alone, as Docker wrote it once", denying('{"name":"ptrace","action":"SCMP_ACT_ALLOW"}'), []],
  ["name, and names is null", denying('{"name":"ptrace","names":null,"action":"SCMP_ACT_ALLOW"}'), []],
  [
    "name with names",
    denying('{"name":\n"ptrace","names":["getpid"],"action":"SCMP_ACT_ALLOW"}'),
    ["error name-and-names 3:1 | 'name' | 'names' | keep"],
  ],
  ["empty names", denying('{"names":\n[],"action":"SCMP_ACT_ALLOW"}'), ["error no-names 3:1 | 'names'"]],
  ["names of null", denying('{"names":null,"action":"SCMP_ACT_ALLOW"}'), ["error no-names 2:1"]],
  ["a rule without names", denying('{"action":"SCMP_ACT_ALLOW"}'), ["error no-names 2:1"]],
  ["a rule without action", denying('{"names":["ptrace"]}'), ["error missing-key 2:1 | 'action'"]],
  ["a rule of nothing", denying("{}"), ["error missing-key 2:1 | 'action'", "error no-names 2:1"]],
  [
    "names is a string",
    denying('{"names":\n"ptrace","action":"SCMP_ACT_ALLOW"}'),
    ["error wrong-type 3:1 | 'names' | array"],
  ],
  [
    "a name is a number",
    denying('{"names":["ptrace",\n101],"action":"SCMP_ACT_ALLOW"}'),
    ["error wrong-type 3:1 | string"],
  ],
  [
    "a name twice in a rule",
    denying(names('"ptrace",\n"ptrace"', "ALLOW")),
    ["warning duplicate-name 3:1 | 'ptrace'"],
  ],
  ["a rule is null", denying("null"), ["error wrong-type 2:1 | object | null"]],
  ["a rule is a string", denying('"ptrace"'), ["error wrong-type 2:1 | object | string"]],
  [
    "syscalls is an object",
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":\n{}}',
    ["error wrong-type 2:1 | 'syscalls' | array"],
  ],

  // Reading: architectures with archMap
  [
    "architectures with archMap",
    top('"architectures":\n["SCMP_ARCH_X86_64"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]'),
    ["error archmap-and-architectures 3:1 | 'architectures' | 'archMap' | keep"],
  ],
  ["architectures alone", top('"architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]'), []],
  ["archMap alone", top(X86), []],
  ["both are empty or null", top('"architectures":null,"archMap":[]'), []],
  ["no subArchitectures", top('"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":null}]'), []],
  ["archMap is an object", top('"archMap":\n{}'), ["error wrong-type 3:1 | 'archMap' | array"]],

  // Reading: absent against empty flags
  ["absent flags", denying(names('"ptrace"', "ALLOW")), []],
  ["empty flags", top('"flags":[]'), []],
  ["flags of null", top('"flags":null'), []],
  [
    "known flags",
    top('"flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW","SECCOMP_FILTER_FLAG_TSYNC"]'),
    [],
  ],
  [
    "flags is a string",
    top('"flags":\n"SECCOMP_FILTER_FLAG_LOG"'),
    ["error wrong-type 3:1 | 'flags' | array"],
  ],
  ["an empty flag", top('"flags":[\n""]'), ["error unknown-flag 3:1 | SECCOMP_FILTER_FLAG_LOG"]],

  // Reading: args of null, {} and []. Mesos drops what is no array, and the rule becomes unconditional.
  ["args: null", rule("ALLOW", '"args":null'), []],
  ["args: []", rule("ALLOW", '"args":[]'), []],
  ["args: {}", rule("ALLOW", '"args":\n{}'), ["error wrong-type 4:1 | 'args' | array | object"]],
  [
    "args is one condition",
    rule("ALLOW", '"args":\n{"index":0,"op":"SCMP_CMP_EQ","value":0}'),
    ["error wrong-type 4:1 | 'args'"],
  ],
  ['args: ""', rule("ALLOW", '"args":\n""'), ["error wrong-type 4:1 | 'args' | string"]],
  ["args: [null]", rule("ALLOW", '"args":[\nnull]'), ["error wrong-type 4:1 | 'args' | null"]],
  [
    "args: [{}]",
    rule("ALLOW", '"args":[\n{}]'),
    ["error missing-key 4:1 | 'index'", "error missing-key 4:1 | 'value'", "error missing-key 4:1 | 'op'"],
  ],

  // Reading: minKernel. A number cannot be right, since 4.10 would be 4.1.
  ...["4.8.1", "4", "", "0.0", "256.0", "4.256", "v4.8", " 4.8", "-1.0", "3.10.0-1160.el7", "6.1+"].map(
    (kernel): Row => [
      `minKernel "${kernel}"`,
      rule("ALLOW", `"includes":{"minKernel":\n"${kernel}"}`),
      [`error min-kernel 4:1 | '${kernel}' | X.Y`],
    ],
  ),
  [
    "minKernel 4.8, a number",
    rule("ALLOW", '"includes":{"minKernel":\n4.8}'),
    ["error wrong-type 4:1 | 'minKernel' | string"],
  ],
  ['excludes, too: "4"', rule("ALLOW", '"excludes":{"minKernel":\n"4"}'), ["error min-kernel 4:1 | '4'"]],
  ['minKernel "4.8" on 4.8', bpfWhere('"includes":{"minKernel":"4.8"}'), [CAN_CALL_BPF], { kernel: "4.8" }],
  ['minKernel "4.8" on 4.7', bpfWhere('"includes":{"minKernel":"4.8"}'), [], { kernel: "4.7" }],
  [
    'minKernel "4.08" is 4.8, as to Docker',
    bpfWhere('"includes":{"minKernel":"4.08"}'),
    [CAN_CALL_BPF],
    { kernel: "4.8" },
  ],
  ['minKernel "4.08" on 4.7', bpfWhere('"includes":{"minKernel":"4.08"}'), [], { kernel: "4.7" }],
  ['minKernel "4.10" is above 4.9', bpfWhere('"includes":{"minKernel":"4.10"}'), [], { kernel: "4.9" }],
  [
    'minKernel "4.9" is below 4.10',
    bpfWhere('"includes":{"minKernel":"4.9"}'),
    [CAN_CALL_BPF],
    { kernel: "4.10" },
  ],
  ['minKernel "5.0" is above 4.20', bpfWhere('"includes":{"minKernel":"5.0"}'), [], { kernel: "4.20" }],
  ["minKernel in excludes", bpfWhere('"excludes":{"minKernel":"4.8"}'), [], { kernel: "4.8" }],
  [
    "minKernel in excludes, below",
    bpfWhere('"excludes":{"minKernel":"4.8"}'),
    [CAN_CALL_BPF],
    { kernel: "4.7" },
  ],
  [
    "minKernel that no kernel meets",
    rule("ALLOW", '"includes":{"minKernel":"5.0"},"excludes":{"minKernel":"4.0"}'),
    ["warning never-applies 2:1"],
  ],

  // Reading: errno
  ...["ALLOW", "LOG", "TRAP", "KILL_PROCESS"].map(
    (action): Row => [
      `errnoRet on ${action}, which has none`,
      rule(action, '"errnoRet":\n1'),
      [`warning errno-without-effect 4:1 | SCMP_ACT_${action}`],
    ],
  ),
  [
    "errno by name on an action that has none",
    rule("ALLOW", '"errno":\n"EPERM"'),
    ["warning errno-without-effect 4:1"],
  ],
  [
    "defaultErrnoRet on a default that has none",
    `{"defaultAction":"SCMP_ACT_KILL_PROCESS","defaultErrnoRet":\n1,"syscalls":[${STARTS}]}`,
    ["warning errno-without-effect 2:1"],
  ],
  ["errnoRet of null is none", rule("ALLOW", '"errnoRet":null'), []],
  ["errno 0 lets the call seem to succeed", rule("ERRNO", '"errnoRet":0'), []],
  ["errno 4095", rule("ERRNO", '"errnoRet":4095'), []],
  ["errno 4096", rule("ERRNO", '"errnoRet":\n4096'), ["error errno-range 4:1 | 'errnoRet' | 4095 | 4096"]],
  ["errno 65536", rule("ERRNO", '"errnoRet":\n65536'), ["error errno-range 4:1 | 4095"]],
  [
    "defaultErrnoRet 4096",
    top('"defaultErrnoRet":\n4096'),
    ["error errno-range 3:1 | 'defaultErrnoRet' | 4095"],
  ],
  ['errno "1", a string', rule("ERRNO", '"errnoRet":\n"1"'), ["error wrong-type 4:1 | 'errnoRet' | string"]],
  ["errno 1.0", rule("ERRNO", '"errnoRet":\n1.0'), ["error json-not-an-integer 4:1 | 1.0"]],
  ["errno by name", rule("ERRNO", '"errno":"ENOSYS"'), []],
  ["errno by name and number that agree", rule("ERRNO", '"errnoRet":38,"errno":"ENOSYS"'), []],
  [
    "errno by name and number that disagree",
    rule("ERRNO", '"errnoRet":38,"errno":\n"ENOENT"'),
    ["error errno-mismatch 4:1 | ENOENT | 38 | keep"],
  ],
  ["default errno by both that agree", top('"defaultErrnoRet":38,"defaultErrno":"ENOSYS"'), []],
  [
    "default errno by both that disagree",
    top('"defaultErrnoRet":1,"defaultErrno":\n"ENOSYS"'),
    ["error errno-mismatch 3:1 | ENOSYS | 1"],
  ],
  ["a number for the name", rule("ERRNO", '"errno":\n1'), ["error wrong-type 4:1 | 'errno' | string"]],
  ["TRACE has 16 bits for the tracer, not an errno", rule("TRACE", '"errnoRet":65535'), []],

  // Reading: JSON
  ["an empty file", "", ["error json-empty 1:1"]],
  ["a file of spaces", " \n\n", ["error json-empty 1:1"]],
  ["null", "null", ["error wrong-type 1:1 | object | null"]],
  ["an array of profiles", `[${top('"flags":[]')}]`, ["error wrong-type 1:1 | object | array"]],
  ["a string", '"default.json"', ["error wrong-type 1:1 | object | string"]],
  ["an empty object does not say what is denied", "{}", ["error missing-key 1:1 | 'defaultAction'"]],
  ["a duplicate key", top('"flags":[],\n"flags":[]'), ["error json-duplicate-key 3:1 | 'flags' | remove"]],
  [
    "a duplicate key in a rule",
    rule("ALLOW", '"action":"SCMP_ACT_KILL"'),
    ["error json-duplicate-key 3:1 | 'action'"],
  ],
  [
    "a duplicate key in a condition",
    condition('"index":0,"op":"SCMP_CMP_EQ","value":1,\n"value":1'),
    ["error json-duplicate-key 4:1 | 'value'"],
  ],
  [
    "a duplicate key that is escaped",
    top('"flags":[],\n"\\u0066lags":[]'),
    ["error json-duplicate-key 3:1 | 'flags'"],
  ],
  [
    "a byte order mark",
    `\ufeff${top('"flags":[]')}`,
    ["error json-byte-order-mark 1:1 | byte order mark | UTF-8"],
  ],
  [
    "a trailing comma in a list",
    top('"flags":["SECCOMP_FILTER_FLAG_LOG"\n,]'),
    ["error json-trailing-comma 3:1 | comma | remove"],
  ],
  ["a comment of //", top('// why\n"flags":[]'), ["error json-comment 2:1 | comment"]],
  ["a comment of /* */", top('"flags":\n/* why */[]'), ["error json-comment 3:1 | comment"]],
  ["a missing comma", top('"flags":[]\n"comment":""'), ["error json-syntax 3:1 | comma"]],
  ["a missing colon", top('"flags"\n[]'), ["error json-syntax 3:1 | colon"]],
  ["a missing brace", '{"defaultAction":\n"SCMP_ACT_ERRNO"', ["error json-syntax 2:17 | brace"]],
  ["a second value", `${top('"flags":[]')}\n{}`, ["error json-syntax 4:1 | after the end"]],
  ["an escape that JSON has not", top('"comment":\n"\\x41"'), ["error json-syntax 3:1 | escape"]],
  ["a NUL byte in a string", top('"comment":\n"a\u0000b"'), ["error json-syntax 3:1 | control character"]],
  [
    "an escaped NUL in a name",
    denying(names('\n"ptrace\\u0000"', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'ptrace\u0000' | 'ptrace'"],
  ],
  ["a byte that is no UTF-8", bytes('"comment":\n"a\\xff"'), ["error invalid-utf8 3:3 | UTF-8"]],
  ["a surrogate as UTF-8", bytes('"comment":\n"a\\xed\\xa0\\x80"'), ["error invalid-utf8 3:3 | UTF-8"]],
  ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), ["error invalid-utf8 1:1 | UTF-8"]],
  [
    "60 levels of a key that nobody knows",
    top(`"x":${"[".repeat(60)}${"]".repeat(60)}`),
    ["warning unknown-key 2:1 | 'x'"],
  ],
  ["101 levels", top(`"x":[\n${"[".repeat(200)}${"]".repeat(200)}]`), ["error json-too-deep 3:99 | 100"]],
  [
    "a column counts UTF-16 units",
    '{"comment":"é😀","defaultAction":"SCMP_ACT_ERNO"}',
    ["error unknown-action 1:34"],
  ],
  ["a tab is one column", '{\t"defaultAction":\t"SCMP_ACT_ERNO"}', ["error unknown-action 1:20"]],
  ["CR LF is one line end", '{\r\n"defaultAction":\r\n"SCMP_ACT_ERNO"}', ["error unknown-action 3:1"]],

  // Reading: keys. One that is misspelt is dropped by every reader, and with it what it says.
  ["an unknown key", top('"nmae":1'), ["warning unknown-key 2:1 | 'nmae'"]],
  [
    "a misspelt key of a rule",
    rule("ALLOW", '"inclueds":{}'),
    ["warning unknown-key 3:1 | 'inclueds' | 'includes'"],
  ],
  [
    "a misspelt key of a filter",
    rule("ALLOW", '"includes":{\n"cap":[]}'),
    ["warning unknown-key 4:1 | 'cap' | 'caps'"],
  ],
  [
    "a misspelt key of a condition",
    condition('"index":0,"op":"SCMP_CMP_EQ","value":1,\n"valuTwo":1'),
    ["warning unknown-key 4:1 | 'valuTwo' | 'valueTwo'"],
  ],
  [
    "a misspelt key of the default",
    top('"defaultErnoRet":38'),
    ["warning unknown-key 2:1 | 'defaultErrnoRet'"],
  ],
  [
    "keys that every JavaScript object has",
    rule("ALLOW", '"__proto__":1,\n"toString":1'),
    ["warning unknown-key 3:1 | '__proto__'", "warning unknown-key 4:1 | 'toString'"],
  ],
  ["another case of a key: Go takes it", top('"Flags":[]'), ["error key-case 2:1 | 'Flags' | 'flags'"]],
  [
    "another case of a key of a rule",
    rule("ALLOW", '"ARGS":[]'),
    ["error key-case 3:1 | 'ARGS' | write 'args'"],
  ],
  [
    "another case of a key of a condition",
    condition('"index":0,"op":"SCMP_CMP_EQ","value":1,\n"valuetwo":1'),
    ["error key-case 4:1 | 'valuetwo' | 'valueTwo'"],
  ],
  [
    "another case of a key of a filter",
    rule("ALLOW", '"includes":{\n"minkernel":"4.8"}'),
    ["error key-case 4:1 | 'minkernel' | 'minKernel'"],
  ],
  ["a comment, and Docker's empty filters", rule("ALLOW", '"comment":"why","includes":{},"excludes":{}'), []],
  ["includes and excludes of null", rule("ALLOW", '"includes":null,"excludes":null'), []],
  ["includes is an array", rule("ALLOW", '"includes":\n[]'), ["error wrong-type 4:1 | 'includes' | object"]],
  [
    "caps is a string",
    rule("ALLOW", '"includes":{"caps":\n"CAP_BPF"}'),
    ["error wrong-type 4:1 | 'caps' | array"],
  ],
  [
    "arches is a string",
    rule("ALLOW", '"includes":{"arches":\n"amd64"}'),
    ["error wrong-type 4:1 | 'arches' | array"],
  ],

  // Reading: misspelt names. A denial would stay open; an allowance stays closed.
  [
    "a misspelt name in a rule that kills",
    denying(names('\n"ptrcae"', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
  ],
  [
    "a misspelt name where all else is allowed",
    allowing(names('\n"ptrcae"', "ERRNO")),
    ["error unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
  ],
  [
    "LOG denies nothing, but is more than ALLOW",
    allowing(names('\n"ptrcae"', "LOG")),
    ["error unknown-syscall 3:1"],
  ],
  [
    "a misspelt name in a rule that allows",
    denying(names('\n"ptrcae"', "ALLOW")),
    ["warning unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
  ],
  [
    "LOG is less than ERRNO",
    denying(names('\n"ptrcae"', "LOG")),
    ["warning unknown-syscall 3:1 | 'ptrcae' | 'ptrace'"],
  ],
  [
    "each misspelt name",
    denying(names('\n"ptrcae","getpid",\n"getppdi"', "ALLOW")),
    ["warning unknown-syscall 3:1 | 'ptrace'", "warning unknown-syscall 4:1 | 'getppid'"],
  ],
  [
    "a name in capital letters",
    denying(names('\n"PTRACE"', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'PTRACE' | 'ptrace'"],
  ],
  [
    "a name with a space",
    denying(names('\n"ptrace "', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'ptrace ' | 'ptrace'"],
  ],
  [
    "a name with a line end cannot forge a line",
    denying(names('\n"ptrace\\n"', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'ptrace\n' | 'ptrace'"],
  ],
  ["a number is no name", denying(names('\n"101"', "KILL_PROCESS")), ["error unknown-syscall 3:1 | '101'"]],
  [
    "a name of every JavaScript object",
    denying(names('\n"toString"', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'toString'"],
  ],
  ['the name ""', denying(names('\n""', "ALLOW")), ["error empty-name 3:1"]],
  ['the name "" in a rule that kills', denying(names('\n""', "KILL_PROCESS")), ["error empty-name 3:1"]],
  [
    'the name "unknown", as recorders write it',
    denying(names('\n"unknown"', "ALLOW")),
    ["warning unknown-syscall 3:1 | 'unknown'"],
  ],
  [
    'the name "unknown" in a rule that kills',
    denying(names('\n"unknown"', "KILL_PROCESS")),
    ["error unknown-syscall 3:1 | 'unknown'"],
  ],

  // Reading: other misspelt words, each with the nearest known one
  [
    "a misspelt action",
    denying('{"names":["ptrace"],"action":\n"SCMP_ACT_ERNO"}'),
    ["error unknown-action 3:1 | 'SCMP_ACT_ERNO' | 'SCMP_ACT_ERRNO'"],
  ],
  [
    "a misspelt default action",
    '{"defaultAction":\n"SCMP_ACT_ALOW"}',
    ["error unknown-action 2:1 | 'SCMP_ACT_ALOW' | 'SCMP_ACT_ALLOW'"],
  ],
  [
    "an empty action",
    denying('{"names":["ptrace"],"action":\n""}'),
    ["error unknown-action 3:1 | SCMP_ACT_ALLOW"],
  ],
  [
    "a misspelt operator",
    condition('"index":0,"value":1,"op":\n"SCMP_CMP_MASKEDEQ"'),
    ["error unknown-operator 4:1 | 'SCMP_CMP_MASKEDEQ' | 'SCMP_CMP_MASKED_EQ'"],
  ],
  [
    "an operator as C has it",
    condition('"index":0,"value":1,"op":\n"=="'),
    ["error unknown-operator 4:1 | '==' | SCMP_CMP_EQ"],
  ],
  [
    "a misspelt architecture",
    top('"architectures":[\n"SCMP_ARCH_X86_46"]'),
    ["error unknown-architecture 3:1 | 'SCMP_ARCH_X86_46' | 'SCMP_ARCH_X86_64'"],
  ],
  [
    "Go's name for an architecture",
    top('"architectures":[\n"amd64"]'),
    ["error unknown-architecture 3:1 | 'amd64' | 'SCMP_ARCH_X86_64'"],
  ],
  [
    "a misspelt sub-architecture",
    top('"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[\n"SCMP_ARCH_X68"]}]'),
    ["error unknown-architecture 3:1 | 'SCMP_ARCH_X68' | 'SCMP_ARCH_X86'"],
  ],
  [
    "a misspelt flag",
    top('"flags":[\n"SECCOMP_FILTER_FLAG_LGO"]'),
    ["error unknown-flag 3:1 | 'SECCOMP_FILTER_FLAG_LGO' | 'SECCOMP_FILTER_FLAG_LOG'"],
  ],
  ["a misspelt errno", rule("ERRNO", '"errno":\n"EPREM"'), ["error unknown-errno 4:1 | 'EPREM' | 'EPERM'"]],
  [
    "a misspelt default errno",
    top('"defaultErrno":\n"ENOSSY"'),
    ["error unknown-errno 3:1 | 'ENOSSY' | 'ENOSYS'"],
  ],
  [
    "a misspelt capability that allows less",
    rule("ALLOW", '"includes":{"caps":[\n"CAP_SYS_ADMN"]}'),
    ["warning unknown-capability 4:1 | 'CAP_SYS_ADMN' | 'CAP_SYS_ADMIN'"],
  ],
  [
    "a misspelt capability that denies less",
    rule("KILL_PROCESS", '"includes":{"caps":[\n"CAP_SYS_ADMN"]}'),
    ["error unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
  ],
  [
    "a misspelt capability that allows more",
    rule("ALLOW", '"excludes":{"caps":[\n"CAP_SYS_ADMN"]}'),
    ["error unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
  ],
  [
    "a misspelt capability that denies more",
    rule("KILL_PROCESS", '"excludes":{"caps":[\n"CAP_SYS_ADMN"]}'),
    ["warning unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
  ],
  [
    "a capability without CAP_",
    rule("ALLOW", '"includes":{"caps":[\n"SYS_ADMIN"]}'),
    ["warning unknown-capability 4:1 | 'CAP_SYS_ADMIN'"],
  ],
  [
    "a misspelt architecture of a rule that allows",
    rule("ALLOW", '"includes":{"arches":[\n"amd46"]}'),
    ["warning unknown-architecture 4:1 | 'amd46' | 'amd64'"],
  ],
  [
    "a misspelt architecture of a rule that kills",
    rule("KILL_PROCESS", '"includes":{"arches":[\n"amd46"]}'),
    ["error unknown-architecture 4:1 | 'amd46' | 'amd64'"],
  ],

  // Combining: what runtimes leave open
  [
    "different actions on one call",
    denying(`${ptrace("ALLOW")},\n${ptrace("KILL_PROCESS")}`),
    [
      "warning redundant-rule 2:1",
      "warning overlapping-rules 3:1 | KILL_PROCESS | ALLOW | the first | the earlier rule at 2:1",
    ],
  ],
  [
    "a rule without conditions beside one with",
    two("0 EQ 5", "0 GE 0").replace(
      '"args":[{"index":0,"op":"SCMP_CMP_GE","value":0,"valueTwo":0}]',
      '"args":null',
    ),
    ["warning redundant-rule 2:1", "warning overlapping-rules 3:1 | KILL_PROCESS | without conditions"],
  ],
  [
    "a narrower rule after a wider one, which libseccomp loses",
    two("0 GT 0", "0 EQ 5"),
    [`${MEET} | ptrace(5)`],
  ],
  ["a wider rule after a narrower one", two("0 EQ 5", "0 LE 5"), ["warning redundant-rule 2:1", MEET]],
  ["conditions on two arguments", two("0 EQ 5", "1 EQ 6"), [`${MEET} | ptrace(5, 6)`]],
  ["conditions that exclude each other", two("0 LT 5", "0 GE 5"), []],
  ["conditions that meet in one value", two("0 LE 5", "0 GE 5"), [MEET]],
  [
    "the same action twice is no overlap",
    denying(`${ptrace("ALLOW", "0 LT 5")},\n${ptrace("ALLOW", "0 LT 3")}`),
    ["warning redundant-rule 3:1"],
  ],
  [
    "two errnos: the first counts",
    denying(
      `${names('"ptrace"', 'ERRNO","errnoRet":2,"comment":"')},\n${names('"ptrace"', 'ERRNO","errnoRet":3,"comment":"')}`,
    ),
    ["warning overlapping-rules 3:1 | ERRNO(ENOENT) | ERRNO(ESRCH) | first", "warning redundant-rule 3:1"],
  ],
  [
    "rules for different architectures do not meet",
    denying(
      `${ptrace("ALLOW").replace("}", ',"includes":{"arches":["arm64"]}}')},\n${ptrace("KILL_PROCESS")}`,
    ),
    [],
  ],

  // Combining: a rule whose action equals the default, beside a broader allowance: runc and crun skip it
  [
    "a rule equal to the default",
    denying(names('"ptrace"', "ERRNO")),
    ["warning redundant-rule 2:1 | default"],
  ],
  [
    "equal by its errno",
    denying(names('"ptrace"', 'ERRNO","errnoRet":1,"comment":"')),
    ["warning redundant-rule 2:1 | default"],
  ],
  ["another errno than the default's", denying(names('"ptrace"', 'ERRNO","errnoRet":2,"comment":"')), []],
  [
    "a denial equal to the default beside a broader allowance",
    denying(`${names('"ptrace"', "ALLOW")},\n${ptrace("ERRNO", "0 EQ 5")}`),
    ["warning overlapping-rules 3:1 | ERRNO(EPERM) | ALLOW | pass over | the earlier rule at 2:1"],
  ],
  [
    "all rules equal to the default",
    `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[\n${names('"read"', "ERRNO")},\n${names('"write"', "ERRNO")}]}`,
    [...NO_START, "warning redundant-rule 2:1", "warning redundant-rule 3:1"],
  ],

  // Combining: the same argument index twice in one rule is OR to every OCI runtime
  [
    "an argument twice",
    denying(ptrace("ALLOW", "0 EQ 1", "0 EQ 2").replace(',{"index', ',\n{"index')),
    ["warning repeated-argument 3:1 | argument 0 | OCI"],
  ],
  ["two arguments", denying(ptrace("ALLOW", "0 EQ 1", "1 EQ 2")), []],

  // 64-bit arguments: comparisons across the words, masks
  ["below and from 2^32 on", two("0 LT 4294967296", "0 GE 4294967296"), []],
  ["up to and from 2^32 on", two("0 LE 4294967296", "0 GE 4294967296"), [`${MEET} | 0x100000000`]],
  ["values that differ in the high word only", two("0 EQ 1", "0 EQ 4294967297"), []],
  ["a mask in the high word only", two("0 LT 4294967296", "0 MASKED_EQ 18446744069414584320 4294967296"), []],
  ["a mask of one bit, set and clear", two("0 MASKED_EQ 1 1", "0 MASKED_EQ 1 0"), []],
  [
    "bits of valueTwo outside the mask are ignored",
    two("0 MASKED_EQ 15 16", "0 EQ 0"),
    ["warning value-two-unused 2:114 | mask", MEET],
  ],
  [
    "MASKED_EQ with mask 0 holds always",
    condition('"index":0,"op":"SCMP_CMP_MASKED_EQ","value":0,"valueTwo":5'),
    ["warning condition-always-holds 3:1 | mask"],
  ],
  [
    "GE 0 holds always",
    condition('"index":0,"op":"SCMP_CMP_GE","value":0'),
    ["warning condition-always-holds 3:1"],
  ],
  [
    "LE 2^64-1 holds always",
    condition('"index":0,"op":"SCMP_CMP_LE","value":18446744073709551615'),
    ["warning condition-always-holds 3:1"],
  ],
  ["LE 2^64-2 does not", condition('"index":0,"op":"SCMP_CMP_LE","value":18446744073709551614'), []],
  ["LT 0 holds never", denying(ptrace("ALLOW", "0 LT 0")), ["warning never-applies 2:1"]],
  [
    "GT 2^64-1 holds never",
    denying(ptrace("ALLOW", "0 GT 18446744073709551615")),
    ["warning never-applies 2:1"],
  ],
  ["an int of -1 as 0xffffffff", value("4294967295"), []],
  ["an int of -1 as 64 bits", value("18446744073709551615"), []],
  ["the two are two values", two("0 EQ 4294967295", "0 EQ 18446744073709551615"), []],
  [
    "big-endian: the words keep their order",
    denying(
      two("0 LT 4294967296", "0 GE 4294967296").split("\n").slice(1).join("\n").slice(0, -2),
      STARTS_ANYWHERE,
    ),
    [],
    { arch: "s390x" },
  ],
  ["64-bit: the high word counts", two("1 GE 5", "0 GE 4294967296"), [MEET]],
  [
    "32-bit: the high word is zero",
    denying(`${ptrace("ALLOW", "1 GE 5")},\n${ptrace("KILL_PROCESS", "0 GE 4294967296")}`, STARTS_ARM),
    ["warning redundant-rule 3:1"],
    { arch: "arm" },
  ],

  // Numbers and architectures
  [
    "x32 is a second way in",
    top('"architectures":["SCMP_ARCH_X86_64",\n"SCMP_ARCH_X32"]'),
    ["warning x32-left-open 3:1 | x32 | SCMP_ARCH_X32"],
  ],
  [
    "x32 as a sub-architecture",
    top('"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[\n"SCMP_ARCH_X32"]}]'),
    ["warning x32-left-open 3:1 | x32"],
  ],
  ["the native architecture is missing from the list", top('"architectures":["SCMP_ARCH_AARCH64"]'), []],
  [
    "a name of another architecture only",
    denying(names('\n"s390_pci_mmio_read"', "ALLOW")),
    ["note absent-name 3:1 | s390_pci_mmio_read"],
  ],
  [
    "and in a rule that kills",
    denying(names('\n"arm_fadvise64_64"', "KILL_PROCESS")),
    ["note absent-name 3:1 | arm_fadvise64_64"],
  ],
  ["a 32-bit name where x86 is a sub-architecture", withX86(names('"stat64"', "ALLOW")), []],
  [
    "arm's private calls",
    denying(names('"breakpoint","cacheflush","usr26","usr32","arm_fadvise64_64"', "ALLOW"), STARTS_ARM),
    [],
    { arch: "arm" },
  ],
  ["a rule for this architecture, by Go's name", bpfWhere('"includes":{"arches":["amd64"]}'), [CAN_CALL_BPF]],
  ["by libseccomp's name", bpfWhere('"includes":{"arches":["x86_64"]}'), [CAN_CALL_BPF]],
  ["a rule for another architecture", bpfWhere('"includes":{"arches":["arm64"]}'), []],
  ["a rule not for this architecture", bpfWhere('"excludes":{"arches":["amd64"]}'), []],
  [
    "an architecture in includes and excludes",
    rule("ALLOW", '"includes":{"arches":["amd64"]},"excludes":{"arches":["amd64"]}'),
    ["warning never-applies 2:1"],
  ],
  ["a rule for a capability that is not held", bpfWhere('"includes":{"caps":["CAP_BPF"]}'), []],
  [
    "a rule for a capability that is held",
    bpfWhere('"includes":{"caps":["CAP_BPF"]}'),
    [CAN_CALL_BPF],
    { caps: "CAP_BPF" },
  ],
  [
    "a rule without a capability that is held",
    bpfWhere('"excludes":{"caps":["CAP_BPF"]}'),
    [],
    { caps: "all" },
  ],
  [
    "all of the capabilities have to be held",
    bpfWhere('"includes":{"caps":["CAP_BPF","CAP_SYSLOG"]}'),
    [],
    { caps: "CAP_BPF" },
  ],
  [
    "a capability in includes and excludes",
    rule("ALLOW", '"includes":{"caps":["CAP_BPF"]},"excludes":{"caps":["CAP_BPF"]}'),
    ["warning never-applies 2:1 | CAP_BPF"],
  ],

  // Numbers and architectures: socketcall and ipc, through whose pointer no filter sees
  [
    "what socket may not do can be done by socketcall",
    withX86(
      `{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n${names('\n"socketcall"', "ALLOW")}`,
    ),
    [
      "warning dangerous-allowance 2:11 | AF_ALG",
      "warning dangerous-allowance 2:11 | AF_VSOCK",
      "warning way-around-by-multiplexer 4:1 | socket | socketcall | x86",
    ],
  ],
  [
    "what shmget may not do can be done by ipc",
    withX86(
      `{"names":["shmget"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"op":"SCMP_CMP_LE","value":4096}]},\n${names('\n"ipc"', "ALLOW")}`,
    ),
    ["warning way-around-by-multiplexer 4:1 | shmget | ipc | x86"],
  ],
  [
    "a denial without conditions covers socketcall",
    withX86(`${names('"socket"', "KILL_PROCESS")},\n${names('"socketcall"', "ALLOW")}`),
    [],
  ],
  [
    "without socketcall there is no way around",
    withX86(ptrace("ALLOW", "0 EQ 1").replace("ptrace", "socket")),
    [],
  ],
  [
    "x86-64 has no socketcall",
    denying(names('\n"socketcall"', "ALLOW")),
    ["note absent-name 3:1 | socketcall"],
  ],

  // Launching, as far as a profile shows it
  [
    "NOTIFY without a listener",
    denying('{"names":["ptrace"],"action":\n"SCMP_ACT_NOTIFY"}'),
    ["error notify-without-listener 3:1 | SCMP_ACT_NOTIFY | listener"],
  ],
  [
    "NOTIFY by default",
    '{"defaultAction":\n"SCMP_ACT_NOTIFY"}',
    ["error notify-without-listener 2:1 | listener"],
  ],
  [
    "NOTIFY with the path of a listener: the launcher is none",
    top(`"listenerPath":"/run/agent.sock"`).replace(
      STARTS,
      `${STARTS},{"names":["ptrace"],"action":\n"SCMP_ACT_NOTIFY"}`,
    ),
    ["error notify-without-listener 4:1"],
  ],
  [
    "execve is denied",
    allowing(names('\n"execve"', "KILL_PROCESS")),
    ["warning denies-execve 3:1 | execve | allow"],
  ],
  [
    "execve is denied for some arguments only",
    allowing(ptrace("KILL_PROCESS", "0 EQ 0").replace("ptrace", "execve")),
    [],
  ],
  [
    "nobody knows beforehand where the path of a command will stand",
    allowing(ptrace("KILL_PROCESS", "0 EQ 4096").replace("ptrace", "execve")),
    [
      "warning undecided-execve 2:62 | address of its path (argument 0) | launcher refuses | without conditions",
    ],
  ],
  [
    "nor whether one of two conditions holds, while the other is known to",
    allowing(ptrace("ERRNO", "1 NE 0", "2 GT 5").replace("ptrace", "execve")),
    ["warning undecided-execve 2:109 | environment (argument 2)"],
  ],
  [
    "an allowance of some paths",
    denying(
      ptrace("ALLOW", "0 MASKED_EQ 4095 0").replace("ptrace", "execve"),
      STARTS.replace('"execve",', ""),
    ),
    ["warning undecided-execve 2:55"],
  ],
  [
    "execve may be logged, wherever its path stands",
    denying(ptrace("LOG", "0 EQ 4096").replace("ptrace", "execve")),
    ["warning overlapping-rules 2:1"],
  ],
  [
    "KILL kills a thread, whichever of its names it has",
    denying(`${names('"ptrace"', "KILL")},\n${names('"getpid"', "KILL_THREAD")}`),
    [
      "warning kills-thread-only 2:30 | SCMP_ACT_KILL, here and in 1 other place | status 0 | SCMP_ACT_KILL_PROCESS",
    ],
  ],
  [
    "and so does the default",
    '{"defaultAction":\n"SCMP_ACT_KILL_THREAD","syscalls":[STARTS]}'.replace("STARTS", STARTS),
    ["warning kills-thread-only 2:1 | SCMP_ACT_KILL_THREAD ends only the thread"],
  ],
  ["KILL_PROCESS kills all of it", denying(names('"ptrace"', "KILL_PROCESS")), []],
  [
    "exit_group is denied",
    allowing(names('\n"exit_group"', "ERRNO")),
    ["warning denies-exit 3:1 | exit_group"],
  ],
  [
    "what the dynamic loader calls is denied",
    allowing(names('\n"mmap"', "ERRNO")),
    ["warning denies-dynamic-loader 3:1 | mmap | static"],
  ],
  ["zero rules, all denied", '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}', NO_START],
  ["no rules at all, all killed", '{"defaultAction":"SCMP_ACT_KILL_PROCESS"}', NO_START],
  ["syscalls of null", '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":null}', NO_START],

  // Younger syscalls
  ["a name that the kernel has", denying(names('"fchmodat2"', "ALLOW")), []],
  [
    "names that the kernel does not have yet",
    denying(names('"faccessat2",\n"fchmodat2"', "ALLOW")),
    ["warning younger-than-kernel 3:1 | fchmodat2 | 5.8"],
    { kernel: "5.8" },
  ],
  [
    "nor before its time",
    denying(names('"faccessat2"', "ALLOW")),
    ["warning younger-than-kernel 2:11 | faccessat2 | 5.7"],
    { kernel: "5.7" },
  ],

  // Shape
  [
    "a filter over 4096 instructions",
    denying(manyValues(1500)),
    ["error filter-too-long 1:1 | instructions | 4096", "warning not-examined 2:11 | ptrace"],
  ],
  [
    "a jump over more than 255 instructions",
    denying(manyValues(400)),
    ["warning not-examined 2:11 | ptrace"],
  ],

  // OCI
  [
    "two profiles",
    top(`"linux":{"seccomp":\n${top('"flags":[]')}}`),
    ["error two-profiles 3:1 | linux.seccomp | keep"],
  ],
  [
    "a config.json",
    `{"ociVersion":"1.0.2","process":{},"linux":{"namespaces":[],"seccomp":\n${top('"flags":[]')}}}`,
    [],
  ],
  [
    "places in the profile of a config.json",
    `{"ociVersion":"1.0.2","linux":{"seccomp":{"defaultAction":\n"SCMP_ACT_ERNO","syscalls":[{"names":[\n"ptrcae"],"action":"SCMP_ACT_ALLOW"}]}}}`,
    ["error unknown-action 2:1", "warning unknown-syscall 3:1"],
  ],
  [
    "a config.json without a profile",
    '{"ociVersion":"1.0.2","linux":{"namespaces":[]}}',
    ["error missing-key 1:1 | config.json | linux.seccomp"],
  ],
  [
    "a config.json without linux",
    '{"ociVersion":"1.0.2","process":{}}',
    ["error missing-key 1:1 | config.json | linux.seccomp"],
  ],
  [
    "a config.json whose profile is null",
    '{"ociVersion":"1.0.2","linux":{"seccomp":null}}',
    ["error missing-key 1:1 | linux.seccomp"],
  ],

  // All at once
  [
    "mistakes of every stage: the text, the types, the words, what goes together",
    denying(`${names('\n"ptrcae"', "KILL_PROCESS")},
{"names":
"ptrace","action":"SCMP_ACT_KILL_PROCESS"},
{"names":["ptrace"],"action":
"SCMP_ACT_KIL"},
{"names":["ptrace"],"action":"SCMP_ACT_KILL_PROCESS","args":[{"index":0,"op":"SCMP_CMP_EQ","value":
18446744073709551616}]},
{"names":["ptrace"],"action":"SCMP_ACT_KILL_PROCESS","includes":{"minKernel":
"4"}},
{"names":["ptrace"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"errno":
"ENOSYS"},
{"names":["ptrace"],"action":"SCMP_ACT_NOTIFY"},
{"names":["ptrace"],"action":"SCMP_ACT_KILL_PROCESS",
"wat":1}
,`),
    [
      "error unknown-syscall 3:1",
      "error wrong-type 5:1",
      "error unknown-action 7:1",
      "error value-range 9:1",
      "error min-kernel 11:1",
      "error errno-mismatch 13:1",
      "error notify-without-listener 14:30",
      "warning unknown-key 16:1",
      "error json-trailing-comma 17:1",
    ],
  ],

  // Actions that need somebody else, and words of younger kernels
  [
    "without a tracer TRACE lets nothing start or end",
    '{"defaultAction":\n"SCMP_ACT_TRACE"}',
    ["warning denies-execve 2:1", "warning denies-exit 2:1", "warning denies-dynamic-loader 2:1"],
  ],
  [
    "a flag that needs a listener",
    top('"flags":[\n"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'),
    ["error notify-without-listener 3:1 | listener | remove"],
  ],
  [
    "actions and flags that the kernel does not have yet",
    denying(`{"names":["ptrace"],"action":\n"SCMP_ACT_LOG"}`).replace(
      "{",
      '{"flags":["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"],',
    ),
    [
      "warning younger-than-kernel 1:11 | 4.8 | SECCOMP_FILTER_FLAG_LOG",
      "warning younger-than-kernel 1:37 | 4.8 | SPEC_ALLOW",
      "warning younger-than-kernel 3:1 | 4.8 | SCMP_ACT_LOG",
    ],
    { kernel: "4.8" },
  ],

  // Mistakes of several kinds, and to which place each points
  [
    "a mistake in one rule hides nothing about the others",
    denying(
      `{"names":["ptrcae"],"action":"SCMP_ACT_KILL_PROCESS"},\n${names('"getpid"', "ALLOW")},\n${names('"getpid"', "KILL_PROCESS")}`,
    ),
    [
      "error unknown-syscall 2:11 | ptrace",
      "warning redundant-rule 3:1 | the rule that counts at 4:1",
      "warning overlapping-rules 4:1",
    ],
  ],
  [
    "a type, a word and a comma",
    `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${STARTS},\n{"names":["ptrcae"],"action":"SCMP_ACT_KILL_PROCESS",\n"args":{}},\n]}`,
    [
      "error unknown-syscall 2:11 | ptrace",
      "error wrong-type 3:8 | 'args'",
      "error json-trailing-comma 3:11",
    ],
  ],
  [
    "a comma too many in an object",
    `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${STARTS}]\n,}`,
    ["error json-trailing-comma 2:1"],
  ],
  [
    "the rule that denies execve is to blame, not the one that allows it",
    denying('{"names":["execve"],"action":"SCMP_ACT_KILL_PROCESS"}'),
    ["warning denies-execve 2:11", "warning overlapping-rules 2:1"],
  ],
  [
    "the old name has a place",
    denying('{\n"name":"ptrcae","action":"SCMP_ACT_ALLOW"}'),
    ["warning unknown-syscall 3:8"],
  ],
  [
    "an empty old name is told once",
    denying('{\n"name":"","action":"SCMP_ACT_ALLOW"}'),
    ["error empty-name 3:8"],
  ],
  [
    "of two rules that say the same, the later one can go",
    denying(`${names('"ptrace"', "KILL_PROCESS")},\n${names('"ptrace"', "KILL_PROCESS")}`),
    ["warning redundant-rule 3:1 | the rule that counts at 2:1"],
  ],
  ["an exponent above 2^53", value("1e19"), ["error json-not-an-integer 3:1 | 1e19"]],
  ["a fraction above 2^53", value("18446744073709551615.0"), ["error json-not-an-integer 3:1"]],
  [
    "a number is told as it is written",
    value("-9223372036854775808"),
    ["error out-of-range 3:1 | -9223372036854775808"],
  ],
  [
    "a config.json with the profile's name",
    '{"ociVersion":"1.0.2","linux":{"seccomp":\n"default.json"}}',
    ["error wrong-type 2:1 | 'seccomp'"],
  ],
  [
    "a config.json with keys that only Go takes",
    `{"ociVersion":"1.0.2","linux":{\n"Seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}}}`,
    ["error key-case 2:1 | 'seccomp'"],
  ],
  [
    "two linux objects to Go",
    `{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW"}},\n"Linux":{}}`,
    ["error key-case 2:1 | 'linux'"],
  ],
  [
    "an entry of archMap without its architecture",
    top('"archMap":[\n{}]'),
    ["error missing-key 3:1 | 'architecture'"],
  ],

  // Hints
  ["-1 for an int", value("-1"), ["error out-of-range 3:1 | 18446744073709551615 | 4294967295"]],
  ["a number in quotes", value('"16"'), ["error wrong-type 3:1 | write 16, without quotes"]],
  ["a hexadecimal number in quotes", value('"0x10"'), ["error wrong-type 3:1 | write 16, without quotes"]],
  [
    "minKernel as a number",
    bpfWhere('"includes":{"minKernel":\n4.8}'),
    ['error wrong-type 3:1 | write "4.8"'],
  ],
  [
    "an action without its prefix",
    '{"defaultAction":\n"allow"}',
    ["error unknown-action 2:1 | 'SCMP_ACT_ALLOW'"],
  ],
  ["an errno in small letters", rule("ERRNO", '"errno":"eperm"'), ["error unknown-errno 3:9 | 'EPERM'"]],
  [
    "two letters that changed places",
    denying(
      '{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":\n"SCMP_CMP_QE"}]}',
    ),
    ["error unknown-operator 3:1 | 'SCMP_CMP_EQ'"],
  ],
  [
    "an architecture by Go's name",
    top('"architectures":[\n"SCMP_ARCH_AMD64"]'),
    ["error unknown-architecture 3:1 | 'SCMP_ARCH_X86_64'"],
  ],
  [
    "a call that a recorder could not name",
    denying(names('"unknown"', "ALLOW")),
    ["warning unknown-syscall 2:11 | recorders"],
  ],
  [
    "a key is taken for one that may stand there",
    denying('{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[],\n"nmae":1}'),
    ["warning unknown-key 3:1 | 'name'"],
  ],
  [
    "AF_ALG is in reach through socketcall too",
    withX86(names('"socketcall"', "ALLOW")),
    ["warning dangerous-allowance 2:11 | AF_ALG", "warning dangerous-allowance 2:11 | AF_VSOCK"],
  ],
  [
    "a range that is none",
    denying(ptrace("ALLOW", "0 GE 1", "0 LE 2")),
    [
      "warning condition-always-holds 2:54 | one of the conditions",
      "warning repeated-argument 2:109 | range",
    ],
  ],
];

/** A condition with this index, at 3:1. */
function indexOf(text: string): string {
  return denying(
    `{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[{"op":"SCMP_CMP_EQ","value":0,"index":\n${text}}]}`,
  );
}

/** The members of a profile, with \xHH for each byte that is no UTF-8. */
function bytes(members: string): Uint8Array {
  const text = top(members).replaceAll(/\\x(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(text, "latin1");
}

/** A rule for each of so many values, which no range and no mask sums up. */
function manyValues(count: number): string {
  return Array.from({ length: count }, (_, i) => ptrace("ALLOW", `${i % 6} EQ ${7919 * (i + 1)}`)).join(
    ",\n",
  );
}

// How the table is read

function check(args: readonly string[], machine: Readonly<Record<string, string>> = {}): Outcome {
  const options = Object.entries({ ...MACHINE, ...machine }).flatMap(([name, of]) => [`--${name}`, of]);
  return run(["check", ...options, ...args], { cwd: DIRECTORY });
}

/** The one diagnostic as the table has it, but for the words. */
function shortly({ severity, code, line, column }: Told): string {
  return `${severity} ${code} ${line}:${column}`;
}

/** Everything in which the words of a row may stand. */
function wordsOf({ message, hint = "", related = [] }: Told): string {
  return [message, hint, ...related.map(({ what, line, column }) => `${what} at ${line}:${column}`)].join(
    "\n",
  );
}

for (const [what, text, rows, machine] of TABLE) {
  test(what, () => {
    writeFileSync(join(DIRECTORY, FILE), text);
    const { status, stdout, stderr } = check(["--json", FILE], machine);
    assert.is(stderr, "");
    const { valid, profiles } = JSON.parse(stdout) as Report;
    const told = profiles[0]?.diagnostics ?? [];

    const places = rows.map((row) => row.split(" | ")[0] ?? "").sort();
    assert.equal(told.map(shortly).sort(), places);
    for (const row of rows) {
      const [place, ...words] = row.split(" | ");
      const candidates = told.filter((one) => shortly(one) === place).map(wordsOf);
      assert.ok(
        candidates.some((all) => words.every((word) => all.includes(word))),
        `${row}: ${candidates.join("\n")}`,
      );
    }

    const errors = told.filter(({ severity }) => severity === "error").length;
    assert.is(valid, errors === 0);
    assert.is(profiles[0]?.valid, errors === 0);
    assert.is(profiles[0]?.profile, FILE);
    assert.is(status, errors === 0 ? 0 : 1);
    for (const { message, hint } of told) {
      assert.not.match(`${message}\n${hint ?? "-"}`, /undefined|\[object|NaN|TypeError|^\s|[\n.]$/);
    }
    assertPlain(told, machine);
  });
}

/** Without --json the same is told, each in a line that begins with its place, and summed up in the last one. */
function assertPlain(told: readonly Told[], machine?: Readonly<Record<string, string>>): void {
  const { status, stdout, stderr } = check([FILE], machine);
  assert.is(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  const sum = lines.pop() ?? "";
  // A name is the profile's own word: what a terminal would take for an order of its author is shown, not sent.
  const shown = (text: string): string =>
    text.replaceAll(/[\0-\x1f\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const expected = told.flatMap(({ severity, code, message, hint, line, column, related = [] }) => [
    `${FILE}:${line}:${column}: ${severity}: ${shown(message)} [${code}]`,
    ...related.map((place) => `  ${FILE}:${place.line}:${place.column}: ${place.what}`),
    ...(hint === undefined ? [] : [`  hint: ${shown(hint)}`]),
  ]);
  assert.equal(lines, expected);
  const counts = (["error", "warning"] as const).flatMap((what) => {
    const count = told.filter(({ severity }) => severity === what).length;
    return count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`];
  });
  assert.is(sum, `${FILE}: ${counts.length === 0 ? "ok" : counts.join(", ")}`);
  assert.is(status, told.some(({ severity }) => severity === "error") ? 1 : 0);
}

test("what is told comes in the order of its places", () => {
  const [, text] = TABLE.find(([what]) => what.startsWith("mistakes of every stage")) ?? [];
  writeFileSync(join(DIRECTORY, FILE), text ?? "");
  const { profiles } = JSON.parse(check(["--json", FILE]).stdout) as Report;
  const lines = profiles[0]?.diagnostics.map(({ line = 0 }) => line) ?? [];
  assert.ok(lines.length > 5);
  assert.equal(
    lines,
    [...lines].sort((a, b) => a - b),
  );
});

test("a profile that denies nothing is told so, whatever else is told", () => {
  for (const text of [
    '{"defaultAction":\n"SCMP_ACT_ALLOW"}',
    '{"defaultAction":\n"SCMP_ACT_LOG","syscalls":[]}',
    `{"defaultAction":\n"SCMP_ACT_ALLOW","syscalls":[${names('"read"', "LOG")}]}`,
  ]) {
    writeFileSync(join(DIRECTORY, FILE), text);
    const { status, stdout } = check([FILE]);
    assert.is(status, 0);
    assert.match(stdout, /^\.\/p\.json:2:1: warning: the profile denies nothing.* \[denies-nothing\]$/m);
  }
});

// Files that are no profiles

/** The file cannot be read, which is told with its name. */
function unreadable(path: string, ...says: readonly string[]): void {
  const { status, stdout, stderr } = check([path]);
  assert.is(stderr, "");
  assert.is(status, 1);
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  assert.ok(first.startsWith(`${path}: error: `) && first.endsWith(" [unreadable]"), first);
  for (const word of says) {
    assert.ok(first.includes(word), first);
  }
  assert.is(rest.pop(), `${path}: 1 error`);
}

test("a missing file", () => unreadable("./none.json", "does not exist"));

test("a directory", () => {
  mkdirSync(join(DIRECTORY, "directory"));
  unreadable("./directory", "is a directory");
});

test("/dev/zero, which never ends", () => unreadable("/dev/zero", "not a regular file"));

test("a fifo, which nobody writes to", () => {
  assert.is(spawnSync("mkfifo", [join(DIRECTORY, "fifo")]).status, 0);
  unreadable("./fifo", "not a regular file");
});

test("a file of 5 MB", () => {
  writeFileSync(join(DIRECTORY, "big.json"), `${top('"flags":[]')}${" ".repeat(5_000_000)}`);
  unreadable("./big.json", "4 MiB");
});

test("a name that is compiled in nowhere, with those that are", () => {
  const { status, stdout } = check(["builtin:none.json"]);
  assert.is(status, 1);
  assert.match(stdout, /^builtin:none\.json: error: .*'none\.json'.* \[unreadable\]$/m);
  assert.match(stdout, /hint: .*default\.json/);
});

// Large ones; what they cost is counted by test/budget/growth.test.ts

for (const [what, text] of [
  ["100000 brackets that are never closed", "[".repeat(100_000)],
  ["100000 objects that are never closed", '{"a":'.repeat(100_000)],
  ["100000 levels", top(`"x":${"[".repeat(100_000)}${"]".repeat(100_000)}`)],
] as const) {
  test(`${what} are told in one line`, () => {
    writeFileSync(join(DIRECTORY, FILE), text);
    const { status, stdout } = check([FILE]);
    assert.is(status, 1);
    assert.match(
      stdout,
      /^\.\/p\.json:\d+:\d+: error: nested deeper than \d+ levels \[json-too-deep\]\n\.\/p\.json: 1 error\n$/,
    );
  });
}

for (const [what, text, status] of [
  ["almost 4 MiB of spaces", `${top('"flags":[]')}${" ".repeat(4_000_000)}`, 0],
  ["almost 4 MiB in a comment", top(`"comment":"${"x".repeat(4_000_000)}"`), 0],
  [
    "300 misspelt names",
    denying(names(Array.from({ length: 300 }, (_, i) => `"ptrcae${i}"`).join(), "KILL_PROCESS")),
    1,
  ],
  ["300 unknown keys", top(Array.from({ length: 300 }, (_, i) => `"x${i}":1`).join()), 0],
] as const) {
  test(`${what} are checked`, () => {
    writeFileSync(join(DIRECTORY, FILE), text);
    assert.is(check([FILE]).status, status);
  });
}

// The command line

writeFileSync(join(DIRECTORY, "good.json"), top('"flags":[]'));
writeFileSync(join(DIRECTORY, "warned.json"), top('"nmae":1'));
writeFileSync(join(DIRECTORY, "noted.json"), denying(names('"socketcall"', "ALLOW")));
writeFileSync(join(DIRECTORY, "bad.json"), "{}");
writeFileSync(join(DIRECTORY, "broken.json"), "{");

test("several files: each is told and summed up, and one error is enough for status 1", () => {
  const { status, stdout } = check([
    "./good.json",
    "./bad.json",
    "./none.json",
    "./broken.json",
    "./good.json",
  ]);
  assert.is(status, 1);
  const sums = stdout.split("\n").filter((line) => /^\S+: (ok|\d+ error)/.test(line));
  assert.equal(sums, [
    "./good.json: ok",
    "./bad.json: 1 error",
    "./none.json: 1 error",
    "./broken.json: 1 error",
    "./good.json: ok",
  ]);
});

test("several files without errors have status 0", () => {
  assert.is(check(["./good.json", "./warned.json", "./noted.json"]).status, 0);
});

test("--json of several files keeps their order, and is valid only where all are", () => {
  const { status, stdout, stderr } = check(["--json", "./good.json", "./bad.json", "./none.json"]);
  assert.is(status, 1);
  assert.is(stderr, "");
  const { valid, profiles } = JSON.parse(stdout) as Report;
  assert.is(valid, false);
  assert.equal(
    profiles.map((one) => [one.profile, one.valid, one.diagnostics.map(({ code }) => code)]),
    [
      ["./good.json", true, []],
      ["./bad.json", false, ["missing-key"]],
      ["./none.json", false, ["unreadable"]],
    ],
  );
});

test("--json of a diagnostic has its place, its length and its pointer", () => {
  writeFileSync(join(DIRECTORY, FILE), top('"a/b~c":1'));
  const { profiles } = JSON.parse(check(["--json", FILE]).stdout) as Report;
  const [{ message, ...rest } = {}] = profiles[0]?.diagnostics ?? [];
  assert.match(message ?? "", "'a/b~c'");
  assert.equal(rest, {
    code: "unknown-key",
    severity: "warning",
    line: 2,
    column: 1,
    length: 7,
    pointer: "/a~1b~0c",
  });
});

test("--strict makes warnings count, but not notes", () => {
  assert.is(check(["--strict", "./good.json"]).status, 0);
  assert.is(check(["--strict", "./noted.json"]).status, 0);
  assert.is(check(["--strict", "./warned.json"]).status, 1);
  assert.is(check(["--strict", "./bad.json"]).status, 1);
  assert.is(check(["./warned.json", "--strict"]).status, 1, "an option may follow");
});

test("--strict changes the status, not what is told", () => {
  assert.is(check(["--strict", "./warned.json"]).stdout, check(["./warned.json"]).stdout);
});

for (const args of [
  [],
  ["--nope", "./good.json"],
  ["-x", "./good.json"],
  ["--for", "x", "./good.json"],
  ["--for", "", "./good.json"],
  ["--for", "docker"],
  ["./good.json", "--for"],
  ["--arch", "x", "./good.json"],
  ["--arch", "", "./good.json"],
  ["--caps", "x", "./good.json"],
  ["--caps", "", "./good.json"],
  ["--caps", "CAP_BPF,CAP_NOPE", "./good.json"],
  ["--kernel", "x", "./good.json"],
  ["--kernel", "4", "./good.json"],
  ["--kernel", "4.8.1", "./good.json"],
  ["--kernel", "0.0", "./good.json"],
  ["--kernel", "", "./good.json"],
  ["--json=1", "./good.json"],
  ["--strict", "--strict", "./good.json"],
  ["-h", "--nope"],
]) {
  test(`usage: check ${args.map((arg) => arg || "''").join(" ")}`, () => {
    const { status, stdout, stderr } = run(["check", ...args], { cwd: DIRECTORY });
    assert.is(status, 2);
    assert.is(stdout, "");
    assert.match(stderr, /^seccomp-exec: error: \S/);
  });
}

test("usage is told before any file is read", () => {
  const { status, stdout } = run(["check", "./bad.json", "--nope"], { cwd: DIRECTORY });
  assert.is(status, 2);
  assert.is(stdout, "");
});

for (const option of ["-h", "--help"]) {
  test(`${option} shows the help that 'help check' shows`, () => {
    const { status, stdout, stderr } = run(["check", option]);
    assert.is(status, 0);
    assert.is(stderr, "");
    assert.is(stdout, run(["help", "check"]).stdout);
    assert.match(stdout, "Usage: seccomp-exec check");
  });
}

test("after -- a file may begin with a dash", () => {
  const { stdout, status } = check(["--", "--strict"]);
  assert.is(status, 1);
  assert.match(stdout, /^--strict: error: /);
});

test.run();
