/**
 * way-around-by-unseen-bits: a condition compares bits that make no difference to the kernel.
 */

import { allowing, denying } from "../case-profiles.ts";
import { denyingExample } from "../example-profiles.ts";
import type { Explanation } from "../explanation.ts";

const allows = (call: string, index: number, ...conditions: readonly string[]): string =>
  conditions
    .map((words) => {
      const [op, value] = words.split(" ");
      return `{"names":["${call}"],"action":"SCMP_ACT_ALLOW","args":[{"index":${index},"op":"SCMP_CMP_${op}","value":${value}}]}`;
    })
    .join(",\n");

const PERSONALITY = denying(allows("personality", 0, "NE 8"));

const denies = (call: string, index: number, op: string, value: number, two = 0): string =>
  allowing(
    `{"names":["${call}"],"action":"SCMP_ACT_ERRNO","args":[{"index":${index},"op":"SCMP_CMP_${op}","value":${value},"valueTwo":${two}}]}`,
  );

export default {
  what: "The kernel does not look at all bits of the argument, but the conditions do: a program that sets one of the others makes the same call, and gets through where it should be denied. What the kernel takes in 32 bits is compared in 32 bits, unless `--wide-arguments` asks for the meaning that conditions have in libseccomp; of some parameters the kernel takes fewer bits than they have.",
  example: {
    ...denyingExample(
      '{ "names": ["personality"], "action": "SCMP_ACT_ALLOW",\n      "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_NE" }] }',
    ),
    args: ["--wide-arguments"],
  },
  cases: [
    ["only what the kernel takes is compared", PERSONALITY, []],
    [
      "the upper half is compared",
      PERSONALITY,
      [
        "warning way-around-by-unseen-bits 2:11 | lower 32 bits | 'personality' (unsigned int) | without --wide-arguments",
      ],
      { "wide-arguments": "" },
    ],
    [
      "nothing gets through by the upper half",
      denying(allows("personality", 0, "EQ 8")),
      [],
      { "wide-arguments": "" },
    ],
    [
      "ranges: the rule that lets the call through is pointed at",
      denying(allows("personality", 0, "LT 8", "GT 8")),
      ["warning way-around-by-unseen-bits 3:11"],
      { "wide-arguments": "" },
    ],
    [
      "the upper half does not exist",
      denying(allows("personality", 0, "NE 8"))
        .replace('"arch_prctl",', '"set_tls","mmap2",')
        .replace('"mmap",', "")
        .replace('"fstat","newfstatat"', '"fstat64"'),
      [],
      { "wide-arguments": "", arch: "arm" },
    ],
    [
      "one mode of many spellings",
      denies("chmod", 1, "EQ", 0o4777).replace('"chmod"', '"chmod","fchmod"'),
      [
        "warning way-around-by-unseen-bits 2:11 | the bits 0xfff (fs/open.c) of argument 1 of chmod, 'mode' (umode_t) | 'value' 4095",
        "warning way-around-by-unseen-bits 2:19 | fchmod",
        "warning way-around-by-sibling 2:11 | fchmodat",
      ],
    ],
    [
      "the mode under a mask",
      denies("chmod", 1, "MASKED_EQ", 0o4000, 0o4000).replace('"chmod"', '"chmod","fchmod"'),
      ["warning way-around-by-sibling 2:11 | fchmodat"],
    ],
  ],
} satisfies Explanation;
