/**
 * way-around-by-sibling: a call that is left open does what another one may not.
 */

import { allowing, denying, names, STARTS, X86 } from "../case-profiles.ts";
import { profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const CLONE =
  '{"names":["clone"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":2114060288,"valueTwo":0}]}';

/** What every program needs, and what those with threads do. */
const THREADS = STARTS.replace(
  '"read"',
  '"read","exit","futex","restart_syscall","getpid","gettid","tgkill","tkill"',
);

const mode = (call: string, index: number): string =>
  `{"names":["${call}"],"action":"SCMP_ACT_ALLOW","args":[{"index":${index},"op":"SCMP_CMP_MASKED_EQ","value":2048,"valueTwo":0}]}`;

const flags = (call: string, mask: number): string =>
  `{"names":["${call}"],"action":"SCMP_ACT_ALLOW","args":[{"index":${call === "open" ? 1 : 2},"op":"SCMP_CMP_MASKED_EQ","value":${mask},"valueTwo":0}]}`;

/** What every program needs, with openat by the same flags. */
const openat = (mask: number): string => `${STARTS.replace('"openat",', "")},${flags("openat", mask)}`;

/** CLONE_NEW* of clone(2). */
const CLONE_FLAGS = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

/** A profile that allows, but for unshare, clone3 and these flags of clone; unshare is named at 1:57. */
const denyingNamespaces = (cloneFlags: readonly number[]): string =>
  allowing(
    [
      names('"clone3"', 'ERRNO","errnoRet":38,"comment":"'),
      ...cloneFlags.map(
        (flag) =>
          `{"names":["clone"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":${flag},"valueTwo":${flag}}]}`,
      ),
    ].join(",\n"),
  ).replace('"clone","unshare","clone3"', '"unshare"');

export default {
  what: "The profile restricts a call and leaves open another one that does the same job, so the restriction can be walked around. It is restricted if a rule denies it in a profile that allows what it does not name, or if its arguments decide. What an allow list just does not name is not reported. `src/tables/same-job.ts` lists the calls.",
  example: {
    profile: profileText("SCMP_ACT_ALLOW", [
      '{ "names": ["chmod", "fchmod", "fchmodat"], "action": "SCMP_ACT_ERRNO" }',
    ]),
  },
  cases: [
    [
      "the younger call is open",
      allowing(names('"chmod","fchmod","fchmodat"', "ERRNO")),
      ["warning way-around-by-sibling 2:11 | chmod, fchmod, fchmodat are denied, but not fchmodat2"],
    ],
    [
      "only a young call is denied, so that programs use an older one",
      allowing(names('"renameat2"', 'ERRNO","errnoRet":38,"comment":"')),
      [],
    ],
    ["all are denied", allowing(names('"chmod","fchmod","fchmodat","fchmodat2"', "ERRNO")), []],
    ["an allow list names only one", denying(names('"chmod"', "ALLOW")), []],
    [
      "a namespace cannot be seen in clone3",
      denying(`${CLONE},\n${names('"clone3"', "ALLOW")}`, THREADS),
      [
        "warning way-around-by-sibling 3:11 | clone3 | no filter sees | ENOSYS, as Docker | the conditions on clone at 2:11",
      ],
    ],
    [
      "clone3 is not there",
      denying(`${CLONE},\n${names('"clone3"', 'ERRNO","errnoRet":38,"comment":"')}`, THREADS),
      [],
    ],
    [
      "unshare does it, and is pointed at",
      denying(`${names('"unshare"', "ALLOW")},\n${CLONE}`, THREADS),
      ["warning way-around-by-sibling 2:11 | on clone leave unshare open | restrict unshare"],
    ],
    [
      "where the default lets through, only a rule that denies helps",
      '{"defaultAction":"SCMP_ACT_LOG","syscalls":[\n{"names":["unshare"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":268435456,"valueTwo":268435456}]}]}',
      [
        "warning dangerous-allowance 1:18",
        "warning way-around-by-sibling 2:11 | deny clone too, always or with the same conditions",
      ],
    ],
    [
      "a rule that allows the call is in the way of one that denies it",
      allowing(`${names('"chmod","fchmod","fchmodat"', "ERRNO")},\n${names('"fchmodat2"', "ALLOW")}`),
      [
        "warning way-around-by-sibling 3:11 | take fchmodat2 out of the rules that allow it, and deny fchmodat2 as well",
      ],
    ],
    [
      "clone has a flag for each namespace but that of time, where it has the signal",
      denyingNamespaces(CLONE_FLAGS),
      [],
    ],
    [
      "one of the flags of clone is forgotten",
      denyingNamespaces(CLONE_FLAGS.slice(1)),
      ["warning way-around-by-sibling 1:57 | unshare is denied, but not clone"],
    ],
    [
      "unshare with the same conditions does not",
      denying(`${CLONE},\n${CLONE.replace("clone", "unshare")}`, THREADS),
      [],
    ],
    [
      "a rule that lets the call through, and an earlier one that does not",
      denying(
        [CLONE.replace("clone", "unshare"), CLONE, '{"names":["unshare"],"action":"SCMP_ACT_LOG"}'].join(
          ",\n",
        ),
        THREADS,
      ),
      ["warning way-around-by-sibling 4:11 | leave unshare open", "warning overlapping-rules 4:1"],
    ],
    [
      "the mode of one is restricted, that of another is not",
      denying(`${mode("chmod", 1)},\n${mode("fchmod", 1)},\n${names('"fchmodat"', "ALLOW")}`),
      ["warning way-around-by-sibling 4:11 | chmod, fchmod leave fchmodat open"],
    ],
    [
      "that of the other is too, in its own place",
      denying(`${mode("chmod", 1)},\n${mode("fchmodat", 2)}`),
      [],
    ],
    [
      "what the other one always does is denied",
      denying(`${flags("open", 3)},\n${names('"creat"', "ALLOW")}`, openat(3)),
      ["warning way-around-by-sibling 3:11 | conditions on open, openat leave creat open"],
    ],
    [
      "what the other one always does is allowed",
      denying(`${flags("open", 2)},\n${names('"creat"', "ALLOW")}`, openat(2)),
      [],
    ],
    [
      "descriptors can be copied by all of these",
      allowing(names('"dup3"', "ERRNO")),
      [
        "warning way-around-by-sibling 2:11 | dup3 is denied, but not dup2, dup, fcntl | deny dup, dup2 and dup3, and fcntl where argument 1 is 0 (F_DUPFD) or 1030",
      ],
    ],
    [
      "and by one command of fcntl",
      allowing(
        `${names('"dup","dup2","dup3"', "ERRNO")},\n{"names":["fcntl"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"op":"SCMP_CMP_EQ","value":0}]}`,
      ),
      ["warning way-around-by-sibling 2:17 | dup2, dup3, dup are denied, but not fcntl"],
    ],
    [
      "fcntl is restricted like the others",
      allowing(
        `${names('"dup","dup2","dup3"', "ERRNO")},\n${[0, 1030].map((value) => `{"names":["fcntl"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"op":"SCMP_CMP_EQ","value":${value}}]}`).join(",\n")}`,
      ),
      [],
    ],
    [
      "the conditions on one leave the others open",
      denying(
        `{"names":["dup3"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":1}]},\n${names('"dup","fcntl"', "ALLOW")}`,
      ),
      [
        "warning way-around-by-sibling 3:11 | on dup3 leave dup, fcntl open | restrict dup, dup2 and dup3 in the same way, and fcntl where",
      ],
    ],
    [
      "commands of fcntl that copy nothing",
      denying(
        '{"names":["fcntl"],"action":"SCMP_ACT_ALLOW","args":[{"index":1,"op":"SCMP_CMP_EQ","value":3}]},\n{"names":["dup"],"action":"SCMP_ACT_ALLOW"}',
      ),
      [],
    ],
    [
      "the call with flags is younger",
      allowing(names('"pipe","inotify_init","chdir"', "ERRNO")),
      [
        "warning way-around-by-sibling 2:11 | pipe is denied, but not pipe2",
        "warning way-around-by-sibling 2:18 | inotify_init is denied, but not inotify_init1",
        "warning way-around-by-sibling 2:33 | chdir is denied, but not fchdir",
      ],
    ],
    [
      "only 32-bit programs have the other one",
      `{${X86},${allowing(names('"setgroups"', "ERRNO")).slice(1)}`,
      [
        "warning way-around-by-sibling 1:468 | umount2 is denied, but not umount (x86)",
        "warning way-around-by-sibling 2:11 | setgroups is denied, but not setgroups32 (x86)",
      ],
    ],
    ["the kernel does it for nobody without a capability", allowing(names('"settimeofday"', "ERRNO")), []],
    [
      "the kernel does it for who has the capability",
      allowing(names('"settimeofday"', "ERRNO")),
      ["warning way-around-by-sibling 2:11 | clock_settime"],
      { caps: "CAP_SYS_TIME" },
    ],
  ],
} satisfies Explanation;
