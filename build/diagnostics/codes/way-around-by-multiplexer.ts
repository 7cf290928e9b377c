/**
 * way-around-by-multiplexer: socketcall or ipc allows what a rule denies.
 */

import { denying, names, ptrace, STARTS_ANYWHERE, withMachines, withX86 } from "../case-profiles.ts";
import { denyingExample, with32Bit } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "32-bit programs can make socket calls through `socketcall(2)` and System V IPC calls through `ipc(2)`. There the arguments are behind a pointer, so a rule about them can be bypassed if the multiplexer itself is allowed ([decision 3](decisions/0003-multiplexers.md)).",
  example: with32Bit(
    denyingExample(
      '{ "names": ["socketcall"], "action": "SCMP_ACT_ALLOW" }',
      '{ "names": ["socket"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] }',
    ),
  ),
  cases: [
    [
      "what socket may not do can be done by socketcall",
      withX86(
        `{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n${names('\n"socketcall"', "ALLOW")}`,
      ),
      [
        "warning way-around-by-multiplexer 4:1 | socket | socketcall | x86 | do not list x86 if none | sockets of most | glibc and Go | LSM",
      ],
    ],
    [
      "on other machines of the list too",
      withMachines(
        `{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n${names('\n"socketcall"', "ALLOW")}`,
      ),
      [
        "warning way-around-by-multiplexer 4:1 | socketcall on x86 (and on mips, s390x, s390 of other machines) bypasses the conditions on socket",
      ],
    ],
    [
      "not where the profile denies it there",
      withMachines(
        `{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n{"names":[\n"socketcall"],"action":"SCMP_ACT_ALLOW","includes":{"arches":["amd64"]}}`,
      ),
      ["warning way-around-by-multiplexer 4:1 | socketcall on x86 bypasses the conditions on socket"],
    ],
    [
      "on s390x nothing can be done about it by a profile",
      denying(
        `{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n${names('\n"socketcall"', "ALLOW")}`,
        STARTS_ANYWHERE,
      ),
      [
        "warning way-around-by-multiplexer 4:1 | socketcall on s390x bypasses | programs of glibc and Go make sockets by 'socketcall' there | LSM",
      ],
      { arch: "s390x" },
    ],
    [
      "what shmget may not do can be done by ipc",
      withX86(
        `{"names":["shmget"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"op":"SCMP_CMP_LE","value":4096}]},\n${names('\n"ipc"', "ALLOW")}`,
      ),
      ["warning way-around-by-multiplexer 4:1 | shmget | ipc | x86 | do not list x86 if none | System V IPC"],
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
  ],
} satisfies Explanation;
