/**
 * What each diagnostic means, with an example; `docs/diagnostics.md` is made of this.
 */

import type { DiagnosticCode } from "../src/diagnostic.ts";

export interface Explanation {
  /** Why it is said, and what to do; Markdown. */
  readonly what: string;
  /** Undefined where no profile brings it about. */
  readonly example?: Example;
}

export interface Example {
  /** The whole file. */
  readonly profile: string | Uint8Array;
  /** What the page shows in place of a file that cannot be shown. */
  readonly shown?: string;
  /** Further arguments of check. */
  readonly args?: readonly string[];
}

/** A profile that nothing else is to be said of. */
const ESSENTIALS = ["arch_prctl", "execve", "exit_group", "mmap", "mprotect", "openat", "read", "write"];

/** A profile of these rules that denies what it does not name. */
function denying(...rules: readonly string[]): Example {
  const essentials = `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`;
  return { profile: profile("SCMP_ACT_ERRNO", [essentials, ...rules]) };
}

function profile(defaultAction: string, rules: readonly string[], more = ""): string {
  return `{
  "defaultAction": "${defaultAction}",${more}
  "syscalls": [
    ${rules.join(",\n    ")}
  ]
}
`;
}

function with32Bit(example: Example): Example {
  const text = String(example.profile);
  return { ...example, profile: text.replace("\n", '\n  "architectures": ["SCMP_ARCH_X86"],\n') };
}

const READ = '{ "names": ["read"], "action": "SCMP_ACT_ALLOW" }';

export const EXPLANATIONS: Readonly<Record<DiagnosticCode, Explanation>> = {
  unreadable: {
    what: "The file is not there, cannot be read, is not a regular file, or is larger than 4 MiB. A name without a slash is looked up in the profile directory; write `./NAME` for a file of the working directory.",
    example: { profile: "", shown: "", args: ["./missing.json"] },
  },
  "invalid-utf8": {
    what: "JSON is UTF-8. The place is that of the first byte that is not part of it.",
    example: {
      profile: Uint8Array.from(
        [...'{ "defaultAction": "'].map((c) => c.charCodeAt(0)).concat(0xff, 0x22, 0x7d, 0x0a),
      ),
      shown: '{ "defaultAction": "\\xff"}',
    },
  },
  "not-a-profile": {
    what: "The file is something else: an operator's policy, a task's definition, a single rule, YAML, a compiled filter, a program, ... The hint says what to do with it. Where a profile stands inside of the file (in an OCI config.json it is found), save it as a file of its own.",
    example: { profile: '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" }\n' },
  },
  "json-byte-order-mark": {
    what: "Some editors put a mark before the text. Docker, the OCI runtimes and Mesos do not take a file with one.",
    example: {
      profile: '\ufeff{ "defaultAction": "SCMP_ACT_ERRNO" }\n',
      shown: '\\ufeff{ "defaultAction": "SCMP_ACT_ERRNO" }',
    },
  },
  "json-comment": {
    what: "JSON has no comments, and no engine takes a profile with one. A rule may have a key `comment`.",
    example: { profile: '{\n  // for the web servers\n  "defaultAction": "SCMP_ACT_ERRNO"\n}\n' },
  },
  "json-duplicate-key": {
    what: "Of two equal keys some readers take the first, most the last, and Go's merges lists of objects. So it is refused.",
    example: { profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "defaultAction": "SCMP_ACT_ALLOW"\n}\n' },
  },
  "json-empty": { what: "There is nothing in the file.", example: { profile: "\n" } },
  "json-not-an-integer": {
    what: "Numbers of a profile are written with digits only: engines take `1e3`, `1.0` or `-0` for different things, or not at all.",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 1e3, "op": "SCMP_CMP_EQ" }] }',
      ]),
    },
  },
  "json-number-too-long": {
    what: "A number of more than 1000 digits is not looked at.",
    example: {
      profile: `{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": ${"1".repeat(1001)} }\n`,
      shown: '{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1111111...1 }',
    },
  },
  "json-syntax": {
    what: "The text is not JSON (RFC 8259). Of what follows after such a mistake nothing is said, since it may be misread.",
    example: { profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO"\n  "syscalls": []\n}\n' },
  },
  "json-too-deep": {
    what: "No format needs more than ten levels; what is nested deeper than 100 is refused.",
    example: { profile: `${"[".repeat(200)}${"]".repeat(200)}\n`, shown: "[[[[[[[[[[ ... ]]]]]]]]]]" },
  },
  "json-trailing-comma": {
    what: "The last member of a list has no comma behind it.",
    example: { profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "syscalls": [],\n}\n' },
  },
  "key-case": {
    what: "Go's JSON reader, and with it Docker and the OCI runtimes, does not tell capital letters from small ones in keys; Mesos does, and so do we. So such a key would mean different things.",
    example: { profile: '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "SysCalls": []\n}\n' },
  },
  "missing-key": {
    what: "Something that every format demands is not there. Without a `defaultAction` Docker and runc would run a container without any filter.",
    example: { profile: '{ "syscalls": [] }\n' },
  },
  "out-of-range": {
    what: "The number is smaller or larger than what can stand there: `index` goes from 0 to 5, nothing is negative.",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 6, "value": 0, "op": "SCMP_CMP_EQ" }] }',
      ]),
    },
  },
  "relative-path": {
    what: "The operator's policy names a profile or a directory by a relative path, which would lead into the task's own working directory. Begin it with a slash.",
  },
  schema: { what: "A value is not valid for a reason that has no words of its own; please report it." },
  "unknown-key": {
    what: "No format knows the key, so it means nothing. In the operator's policy this is an error.",
    example: denying('{ "names": ["close"], "action": "SCMP_ACT_ALLOW", "arg": [] }'),
  },
  "wrong-type": {
    what: "The value is of another type than the key has in any format. Mesos ignores some such values, so that the rule is wider than it looks; here nothing is ignored.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", ['{ "names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": {} }']),
    },
  },
  "archmap-and-architectures": {
    what: "`archMap` is Docker's and Mesos's list of architectures, `architectures` the OCI's. Docker refuses a file with both.",
    example: {
      profile:
        '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "archMap": [{ "architecture": "SCMP_ARCH_X86_64" }],\n  "architectures": ["SCMP_ARCH_X86"]\n}\n',
    },
  },
  "empty-name": {
    what: "A syscall's name is an empty string, as recorders of profiles leave it for calls that they do not know.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", ['{ "names": ["read", ""], "action": "SCMP_ACT_ALLOW" }']),
    },
  },
  "errno-mismatch": {
    what: "Podman writes an errno by name and by number; here the two are not the same.",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 38 }',
      ]),
    },
  },
  "errno-range": {
    what: "The kernel takes errnos up to 4095, and for SCMP_ACT_TRACE numbers up to 65535.",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096 }',
      ]),
    },
  },
  "errno-without-effect": {
    what: "Only SCMP_ACT_ERRNO and SCMP_ACT_TRACE use an errno; elsewhere it is read and means nothing. crun refuses such a profile.",
    example: denying('{ "names": ["close"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1 }'),
  },
  "inexact-number": {
    what: "A number above 2^53 was read by something that rounds such numbers. No verb and no launch does that.",
  },
  "min-kernel": {
    what: "`minKernel` is `X.Y`, each part from 0 to 255, as Docker reads it: neither `4`, nor `4.8.1`, nor an empty string.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        '{ "names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "4.8.1" } }',
      ]),
    },
  },
  "name-and-names": {
    what: "Docker's old form has `name`, the new one `names`; no engine takes both.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        '{ "name": "read", "names": ["write"], "action": "SCMP_ACT_ALLOW" }',
      ]),
    },
  },
  "no-names": {
    what: "A rule that names no syscall means nothing, and was surely meant to mean something. Mesos refuses it, others pass over it.",
    example: { profile: profile("SCMP_ACT_ERRNO", ['{ "names": [], "action": "SCMP_ACT_ALLOW" }']) },
  },
  "notify-without-listener": {
    what: "SCMP_ACT_NOTIFY hands a call to another process for its decision. A launcher that becomes the command has none to offer, and without one every such call would fail.",
    example: { profile: profile("SCMP_ACT_ALLOW", ['{ "names": ["mount"], "action": "SCMP_ACT_NOTIFY" }']) },
  },
  "repeated-argument": {
    what: "A rule compares one argument more than once. Every OCI runtime then takes each of its conditions as a rule of its own, so that any one of them is enough; Mesos refuses the rule.",
    example: denying(
      '{ "names": ["close"], "action": "SCMP_ACT_ALLOW", "args": [\n        { "index": 0, "value": 3, "op": "SCMP_CMP_GE" },\n        { "index": 0, "value": 9, "op": "SCMP_CMP_LE" } ] }',
    ),
  },
  "two-profiles": {
    what: "The file has a profile at its top and one at `linux.seccomp`, and engines would take different ones.",
    example: {
      profile:
        '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "linux": { "seccomp": { "defaultAction": "SCMP_ACT_ALLOW" } }\n}\n',
    },
  },
  "value-range": {
    what: "An argument of a call has 64 bits, so it is compared with numbers from 0 to 2^64-1.",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [\n        { "index": 0, "value": 18446744073709551616, "op": "SCMP_CMP_EQ" } ] }',
      ]),
    },
  },
  "unknown-action": {
    what: "The action is none of SCMP_ACT_ALLOW, LOG, TRACE, NOTIFY, ERRNO, TRAP, KILL_THREAD (or KILL) and KILL_PROCESS.",
    example: { profile: '{ "defaultAction": "SCMP_ACT_DENY" }\n' },
  },
  "unknown-architecture": {
    what: "The architecture is one that no table knows: in `archMap` and `architectures` it is named as in seccomp.h (`SCMP_ARCH_X86_64`), in `arches` by Go's name (`amd64`) or libseccomp's (`x86_64`). An error where it could leave something open, else a warning.",
    example: {
      profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "architectures": ["SCMP_ARCH_AMD64"]\n}\n',
    },
  },
  "unknown-capability": {
    what: "No capability has that name, see capabilities(7). An error where the rule could then forbid less or allow more than was meant, else a warning.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        '{ "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "excludes": { "caps": ["SYS_ADMIN"] } }',
      ]),
    },
  },
  "unknown-errno": {
    what: "No errno has that name on the target's architecture, see errno(3).",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errno": "EPERMISSION" }',
      ]),
    },
  },
  "unknown-flag": {
    what: "seccomp(2) has no such flag, or none that a profile may ask for.",
    example: {
      profile: '{\n  "defaultAction": "SCMP_ACT_ERRNO",\n  "flags": ["SECCOMP_FILTER_FLAG_LOGS"]\n}\n',
    },
  },
  "unknown-operator": {
    what: "The comparison is none of SCMP_CMP_EQ, NE, LT, LE, GT, GE and MASKED_EQ.",
    example: {
      profile: profile("SCMP_ACT_ALLOW", [
        '{ "names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 1, "op": "==" }] }',
      ]),
    },
  },
  "unknown-syscall": {
    what: "No architecture has a syscall of that name. An error where the rule is more restrictive than the default, because what its author wanted to forbid would stay open; else a warning.",
    example: { profile: profile("SCMP_ACT_ALLOW", ['{ "names": ["mkdri"], "action": "SCMP_ACT_ERRNO" }']) },
  },
  "filter-too-long": {
    what: "The kernel takes filters of at most 4096 instructions. Conditions on arguments cost most.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}], "action": "SCMP_ACT_ALLOW" }`,
        Array.from(
          { length: 1000 },
          (_, i) =>
            `{ "names": ["ioctl"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 1, "value": ${3 * i * 2 ** 32 + 7 * i}, "op": "SCMP_CMP_EQ" }] }`,
        ).join(",\n    "),
      ]),
      shown: "(1000 rules for ioctl, each with a condition)",
    },
  },
  "absent-name": {
    what: "A note: the call exists, but on none of the architectures that the profile lists. It does no harm.",
    example: denying('{ "names": ["close", "sync_file_range2"], "action": "SCMP_ACT_ALLOW" }'),
  },
  "condition-always-holds": {
    what: "The condition is true whatever the argument is, so it may be meant to be another one. In SCMP_CMP_MASKED_EQ `value` is the mask and `valueTwo` what has to come out.",
    example: denying(
      '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_GE" }] }',
    ),
  },
  "dangerous-allowance": {
    what: "The profile lets calls through that have often been the way out of a sandbox, on the target, whose capabilities are those of `--caps` (none where it is left out). Whether the task needs them is for its operator to know.",
    example: denying('{ "names": ["userfaultfd"], "action": "SCMP_ACT_ALLOW" }'),
  },
  "denies-dynamic-loader": {
    what: "The loader of dynamically linked programs cannot do without these calls; only static programs start without them.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        '{ "names": ["arch_prctl", "execve", "exit_group", "openat", "read", "write"],\n      "action": "SCMP_ACT_ALLOW" }',
      ]),
    },
  },
  "denies-execve": {
    what: "The filter is in force when the command is started, by us as by every container runtime; so the profile has to allow execve. The launcher refuses such a profile.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        `{ "names": [${ESSENTIALS.filter((name) => name !== "execve")
          .map((name) => `"${name}"`)
          .join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
      ]),
    },
  },
  "denies-exit": {
    what: "A program that may not call exit_group cannot end: the C library tries again for ever, or crashes.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        `{ "names": [${ESSENTIALS.filter((name) => name !== "exit_group")
          .map((name) => `"${name}"`)
          .join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
      ]),
    },
  },
  "denies-nothing": {
    what: "Every call of the profile's architectures is let through. A task under it is not confined.",
    example: { profile: '{ "defaultAction": "SCMP_ACT_LOG" }\n' },
  },
  "duplicate-name": {
    what: "The same name stands twice in one rule; one of the two may be a slip for another.",
    example: denying('{ "names": ["close", "fstat", "close"], "action": "SCMP_ACT_ALLOW" }'),
  },
  "never-applies": {
    what: "No call on any machine meets what the rule asks for.",
    example: denying(
      '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_LT" }] }',
    ),
  },
  "not-examined": {
    what: "There are so many rules or conditions for these calls that looking for overlaps or for rules that add nothing would take too long; or so much is wrong or doubtful that only the first thousand are listed. What is not said may still be so.",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}], "action": "SCMP_ACT_ALLOW" }`,
        Array.from(
          { length: 400 },
          (_, i) =>
            `{ "names": ["ioctl"], "action": "${i % 2 === 0 ? "SCMP_ACT_ALLOW" : "SCMP_ACT_KILL_PROCESS"}", "args": [{ "index": ${i % 2}, "value": ${i}, "op": "SCMP_CMP_EQ" }] }`,
        ).join(",\n    "),
      ]),
      shown: "(400 rules for ioctl with conditions on two arguments)",
    },
  },
  "overlapping-rules": {
    what: "Two rules with different actions apply to one call. Here the more restrictive one counts, whatever their order (of two errnos the first). Runtimes that use libseccomp pass over a rule with the default action; else an unconditional rule hides one with conditions, the first of two unconditional ones counts, and of two with conditions nobody says which.",
    example: denying(
      '{ "names": ["personality"], "action": "SCMP_ACT_ALLOW" }',
      '{ "names": ["personality"], "action": "SCMP_ACT_ERRNO",\n      "args": [{ "index": 0, "value": 262144, "op": "SCMP_CMP_EQ" }] }',
    ),
  },
  "kills-thread-only": {
    what: "SCMP_ACT_KILL and SCMP_ACT_KILL_THREAD, which are the same, end the thread that makes the call (seccomp(2)). Where it is the only one, the process dies of SIGSYS. A program with several, as of Go, Java or Node.js, goes on without it: it hangs, or ends with status 0 as if nothing had happened. SCMP_ACT_KILL_PROCESS (Linux 4.14) ends all of it. Mesos does not know that one: under its own isolator SCMP_ACT_TRAP ends a whole program that does not handle SIGSYS.",
    example: denying('{ "names": ["ptrace"], "action": "SCMP_ACT_KILL" }'),
  },
  "redundant-rule": {
    what: "Without the rule, or without a name in it, every call would get the same verdict. A rule may have been meant to have another action or other conditions.",
    example: denying('{ "names": ["mount"], "action": "SCMP_ACT_ERRNO" }'),
  },
  "undecided-execve": {
    what: "A filter sees of execve where its path, its arguments and its environment stand in memory, and nothing of what stands there; where that is, nobody knows before the call. So nobody can tell whether a command will start, and the launcher refuses such a profile. (That an address is not null is known: a rule for null is fine.)",
    example: {
      profile: profile("SCMP_ACT_ERRNO", [
        `{ "names": [${ESSENTIALS.map((name) => `"${name}"`).join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`,
        '{ "names": ["execve"], "action": "SCMP_ACT_KILL_PROCESS",\n      "args": [{ "index": 0, "value": 4096, "op": "SCMP_CMP_LT" }] }',
      ]),
    },
  },
  "value-two-unused": {
    what: "Only SCMP_CMP_MASKED_EQ uses `valueTwo`, and of it only the bits that are in the mask `value`. What else stands there was meant to say something.",
    example: denying(
      '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 3, "valueTwo": 4, "op": "SCMP_CMP_GE" }] }',
    ),
  },
  "way-around-by-multiplexer": {
    what: "32-bit programs can make socket calls through `socketcall(2)` and System V IPC calls through `ipc(2)`. The arguments are behind a pointer there, so a rule about them is walked around where the multiplexer itself is allowed ([decision 3](decisions/0003-multiplexers.md)).",
    example: with32Bit(
      denying(
        '{ "names": ["socketcall"], "action": "SCMP_ACT_ALLOW" }',
        '{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] }',
      ),
    ),
  },
  "x32-left-open": {
    what: "x32 is a second set of numbers for nearly all calls of x86-64, made for programs with 32-bit pointers that hardly anybody builds; most kernels do not even have it.",
    example: {
      ...denying(),
      profile: String(denying().profile).replace("\n", '\n  "architectures": ["SCMP_ARCH_X32"],\n'),
    },
  },
  "younger-than-kernel": {
    what: "The target's kernel (`--kernel`, else the running one) does not have these calls yet. The profile is fine; but a test on this machine says nothing about them.",
    example: {
      ...denying('{ "names": ["openat2"], "action": "SCMP_ACT_ALLOW" }'),
      args: ["--kernel", "5.4"],
    },
  },
  "engine-differs": {
    what: "With `--for`: the engine answers something else to these calls than the profile means, or does not read part of it. The arguments in brackets are an example; all that are left out are 0.",
    example: {
      ...denying(
        '{ "names": ["personality"], "action": "SCMP_ACT_ALLOW" }',
        '{ "names": ["personality"], "action": "SCMP_ACT_KILL_PROCESS",\n      "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] }',
      ),
      args: ["--for", "docker"],
    },
  },
  "engine-note": {
    what: "With `--for`: something that is otherwise there whatever the profile says, or that shows in no verdict.",
    example: { ...denying(), args: ["--for", "oci"] },
  },
  "engine-refuses": {
    what: "With `--for`: the engine does not take the file. For Mesos the words are its own.",
    example: {
      profile: `{ "defaultAction": "SCMP_ACT_ERRNO", "archMap": [],\n  "syscalls": [\n    ${READ.replace(" }", ', "includes": {}, "excludes": {} }')}\n  ]\n}\n`,
      args: ["--for", "mesos"],
    },
  },
  "engine-unspecified": {
    what: "With `--for`: two rules with conditions and different actions can apply to one call, and which of them counts depends on how libseccomp sorts them. `convert` rewrites them so that they exclude each other.",
    example: {
      ...denying(
        '{ "names": ["close"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 9, "op": "SCMP_CMP_LE" }] }',
        '{ "names": ["close"], "action": "SCMP_ACT_KILL_PROCESS",\n      "args": [{ "index": 0, "value": 3, "op": "SCMP_CMP_GE" }] }',
      ),
      args: ["--for", "oci"],
    },
  },
  "not-carried-over": {
    what: "Of `convert`: the engine cannot be told this. With `--stricter` something that is no less restrictive stands for it, where there is such a thing, and this is a warning.",
  },
};
