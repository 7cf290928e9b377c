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
  '"read","exit","futex","restart_syscall","getpid","gettid","tgkill"',
);

const mode = (call: string, index: number): string =>
  `{"names":["${call}"],"action":"SCMP_ACT_ALLOW","args":[{"index":${index},"op":"SCMP_CMP_MASKED_EQ","value":2048,"valueTwo":0}]}`;

const flags = (call: string, mask: number): string =>
  `{"names":["${call}"],"action":"SCMP_ACT_ALLOW","args":[{"index":${call === "open" ? 1 : 2},"op":"SCMP_CMP_MASKED_EQ","value":${mask},"valueTwo":0}]}`;

/** What every program needs, with openat by the same flags. */
const openat = (mask: number): string => `${STARTS.replace('"openat",', "")},${flags("openat", mask)}`;

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
        "warning way-around-by-sibling 2:11 | deny clone by rules that deny",
      ],
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
      [
        "warning way-around-by-sibling 4:11 | leave unshare open",
        "warning overlapping-rules 4:1",
        "note redundant-rule 2:1",
      ],
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
