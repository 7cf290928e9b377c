/**
 * denies-dynamic-loader: dynamically linked programs cannot start.
 */

import { allowing, denying, names, STARTS } from "../case-profiles.ts";
import { allow, ESSENTIALS, profileText } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

export default {
  what: "The loader of dynamically linked programs needs these calls. Which they are depends on the C library and its version: on x86_64 glibc 2.33 and later need `pread64`, as does 2.31 of Ubuntu 20.04, and glibc 2.33 to 2.38 (Debian 12) `newfstatat` where others need `fstat`. Where the profile answers an errno, the others do no harm; where it kills, each call of the start has to be allowed. They were found by starting programs of glibc 2.27 to 2.43 and musl 1.2 without each. The programs had no other libraries: musl opens those by `open`, where the architecture has it. `src/tables/program-starts.ts` lists the calls. A recording of a program with one C library does not have what another one needs.",
  example: {
    profile: profileText("SCMP_ACT_ERRNO", [
      allow(ESSENTIALS.filter((name) => !["mmap", "mprotect"].includes(name))),
    ]),
  },
  cases: [
    [
      "what the dynamic loader calls is denied",
      allowing(names('\n"mmap"', "ERRNO")),
      [
        "warning denies-dynamic-loader 3:1 | under glibc, which needs mmap; | those of musl and static programs in C start",
      ],
    ],
    [
      "a call that some versions of glibc make",
      allowing(names('\n"newfstatat"', "ERRNO")),
      [
        "warning denies-dynamic-loader 3:1 | glibc 2.33 to 2.38 (Ubuntu 22.04, Debian 12), which needs newfstatat",
        "warning way-around-by-sibling 3:1 | newfstatat",
      ],
    ],
    [
      "a call of builds for CET",
      allowing(names('\n"pread64"', "ERRNO")),
      [
        "warning denies-dynamic-loader 3:1 | glibc 2.31 and later (Ubuntu 20.04, | which needs pread64 (before 2.33 only as built for CET); those of musl and",
        "warning way-around-by-sibling 3:1",
      ],
    ],
    [
      "musl opens libraries by open",
      denying("", STARTS.replace('"openat",', "")).replace(",\n", "\n"),
      [
        "warning denies-dynamic-loader 1:18 | those of musl without other libraries and static | allow openat, and open for programs of musl that have other libraries",
      ],
    ],
    [
      "another call does not replace arch_prctl",
      denying("", STARTS.replace('"arch_prctl"', '"set_thread_area"')).replace(",\n", "\n"),
      [
        "warning denies-dynamic-loader 1:18 | glibc or musl, which need arch_prctl; static programs do not start either",
      ],
    ],
    [
      "an errno does no harm where a kill does",
      allowing(names('\n"access"', "KILL_PROCESS")),
      [
        "warning denies-dynamic-loader 3:1 | under glibc, which is killed for access; those of musl",
        "warning way-around-by-sibling 3:1 | faccessat",
      ],
    ],
    [
      "the parts of a library are mapped at an offset",
      allowing(
        names('\n"mmap"', "ERRNO").replace("}", ',"args":[{"index":5,"value":0,"op":"SCMP_CMP_NE"}]}'),
      ),
      ["warning denies-dynamic-loader 3:1 | under glibc, which needs mmap"],
    ],
    [
      "a descriptor that cannot be closed stays open, and the next file gets another one",
      allowing(names('"close"', "ERRNO").replace("}", ',"args":[{"index":0,"value":3,"op":"SCMP_CMP_EQ"}]}')),
      [],
    ],
    [
      "but a library must be closed",
      allowing(
        names('\n"close"', "ERRNO").replace("}", ',"args":[{"index":0,"value":2,"op":"SCMP_CMP_GT"}]}'),
      ),
      ["warning denies-dynamic-loader 3:1 | under glibc, which needs close;"],
    ],
    [
      "in place of the heap musl asks for memory without access",
      allowing(
        [
          names('\n"brk"', "ERRNO"),
          names('\n"mmap"', "ERRNO").replace(
            "}",
            ',"args":[{"index":2,"value":2,"valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]}',
          ),
        ].join(),
      ),
      [
        "warning denies-dynamic-loader 4:1 | under glibc, which needs mmap; those of musl start",
        "warning way-around-by-sibling 4:1",
      ],
    ],
    [
      "and makes a page of it writable",
      allowing(
        [
          names('\n"brk"', "ERRNO"),
          names('"mprotect"', "ERRNO").replace("}", ',"args":[{"index":2,"value":3,"op":"SCMP_CMP_EQ"}]}'),
        ].join(),
      ),
      ["warning denies-dynamic-loader 3:1 | under musl, which needs brk; those of glibc start"],
    ],
    [
      "an errno of 0: the calls seem to succeed",
      allowing('{"names":["mprotect","close"],"action":"SCMP_ACT_ERRNO","errnoRet":0}'),
      [],
    ],
    ["the errno does no harm", allowing(names('"rseq","set_robust_list"', "ERRNO")), []],
    [
      "a call with other arguments than those of a start",
      denying(
        names('"mprotect"', "ALLOW").replace("}", ',"args":[{"index":2,"value":0,"op":"SCMP_CMP_EQ"}]}'),
        STARTS.replace('"mprotect",', ""),
      ),
      ["warning denies-dynamic-loader 2:11 | mprotect", "warning way-around-by-sibling 1:92"],
    ],
  ],
} satisfies Explanation;
