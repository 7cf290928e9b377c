/**
 * Sections and regions of whole policies, compared with the evaluator: every possible call is in exactly one of them and gets its
 * verdict.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture, policyOf, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { arbitraryOwnCall, arbitraryWorld, show } from "../../test/support/generators/worlds.ts";
import { evaluate } from "../policy/evaluate.ts";
import { type Call, type Policy, SKIPPED_CALL } from "../policy/policy.ts";
import { resolve } from "../policy/resolve.ts";
import type { Verdict } from "../policy/verdict.ts";
import { architectures, X32_SEPARATE_SINCE } from "../tables/architectures.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { contains, type Domain } from "./domain.ts";
import { callsOf, layoutOf, type Region, regions, type Section, sectionAt, sections } from "./regions.ts";
import { ARCH, highWordOf, includes, type Layout, lowWordOf, NR, sampleOf, WORD_COUNT } from "./words.ts";
import { CutShort, Work } from "./work.ts";

/** A call as words, made at the address 0. */
function wordsOf({ arch, nr, args }: Call, layout: Layout): number[] {
  const words: number[] = new Array(WORD_COUNT).fill(0);
  words[NR] = nr;
  words[ARCH] = arch;
  for (const [i, arg] of args.entries()) {
    words[lowWordOf(i, layout)] = Number(arg & 0xffffffffn);
    words[highWordOf(i, layout)] = Number(arg >> 32n);
  }
  return words;
}

function regionsOf(section: Section, bigEndian: boolean): Region[] {
  const found: Region[] = [];
  const all = regions(section, bigEndian, new Work(1_000_000), (region) => {
    found.push(region);
    return true;
  });
  assert.ok(all);
  return found;
}

/** The one section that contains a call. */
function sectionOf(policy: Policy, call: Call, bigEndian: boolean): Section {
  const here = sections(policy).filter((section) => {
    const layout = layoutOf(section, bigEndian);
    return includes(callsOf(section, layout), wordsOf(call, layout));
  });
  assert.is(here.length, 1, show(call));
  return here[0] as Section;
}

/** The verdict of the one region of a section that contains a call. */
function verdictIn(section: Section, call: Call, bigEndian = false): Verdict | undefined {
  const sample = wordsOf(call, layoutOf(section, bigEndian));
  const here = regionsOf(section, bigEndian).filter(({ words }) => includes(words, sample));
  assert.is(here.length, 1, show(call));
  return here[0]?.verdict;
}

function check(policy: Policy, call: Call): void {
  const bigEndian = policy.architectures[0]?.bigEndian === true;
  const section = sectionOf(policy, call, bigEndian);
  assert.is(verdictIn(section, call, bigEndian), evaluate(policy, call), show(call));
}

test("random policies: each call is in one section and in one of its regions, with its verdict", () => {
  let several = 0;
  fc.assert(
    fc.property(arbitraryWorld(), fc.gen(), (world, gen) => {
      const { policy } = resolve(world.profile, world.target, world.options);
      assert.ok(policy);
      for (let i = 0; i < 6; i += 1) {
        check(
          policy,
          gen(() => arbitraryOwnCall(world, policy.architectures)),
        );
      }
      several += sections(policy).some(({ rules }) => rules.length > 1) ? 1 : 0;
    }),
    { numRuns: 150, seed: 1, endOnFailure: true },
  );
  assert.ok(several > 50, `${several}`);
});

/** Each number with a meaning of its own on some architecture, and its neighbours. */
const NUMBERS = [...Array(600).keys(), 0x3fffffff, 0x7fffffff, 0x80000000, 0xc0000000, SKIPPED_CALL].flatMap(
  (nr) => [nr, (nr ^ 0x40000000) >>> 0],
);

const CONDITIONAL = profileOf(
  JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    syscalls: [
      { names: ["read", "write", "execve"], action: "SCMP_ACT_ALLOW" },
      // On x32 it is 521, which x86-64 does not have.
      { names: ["ptrace"], action: "SCMP_ACT_KILL_PROCESS" },
      { names: ["ioctl"], action: "SCMP_ACT_ALLOW", args: [{ index: 1, value: 5, op: "SCMP_CMP_GE" }] },
    ],
  }),
);

for (const [what, kernel] of [
  ["keeps x32 apart", X32_SEPARATE_SINCE],
  ["confuses it with x86-64", X32_SEPARATE_SINCE - 1],
] as const) {
  test(`every number of every architecture is in the right section, on a kernel that ${what}`, () => {
    const policy = policyOf(CONDITIONAL, X86_64, 0n, "enosys", kernel);
    const all = sections(policy);
    for (const { token } of architectures) {
      for (const nr of NUMBERS) {
        const here = all.filter(
          ({ tokens, first, last }) => contains(tokens, token) && nr >= first && nr <= last,
        );
        assert.is(here.length, 1, `${token} ${nr}`);
        for (const argument of [0n, 5n]) {
          const call: Call = { arch: token, nr, args: new Array(6).fill(argument) };
          assert.is(
            verdictIn(here[0] as Section, call),
            evaluate(policy, call),
            `${token} ${nr}(${argument})`,
          );
        }
      }
    }
  });
}

test("sections cover all calls: their numbers are contiguous, and neighbours differ", () => {
  const policy = policyOf(CONDITIONAL, X86_64, 0n);
  const own = sections(policy).filter(
    ({ tokens }) => tokens.low === X86_64.token && tokens.high === tokens.low,
  );
  assert.is(own[0]?.first, 0);
  assert.is(own.at(-1)?.last, SKIPPED_CALL);
  own.slice(1).forEach((section, i) => {
    const before = own[i] as Section;
    assert.is(section.first, before.last + 1);
    const alike = [
      section.arch === before.arch,
      section.rules === before.rules,
      section.otherwise === before.otherwise,
    ];
    assert.ok(alike.includes(false), `${section.first}`);
  });
  // read and write have adjacent numbers and the same rules.
  assert.is(own[0]?.last, syscallNumber(X86_64, syscallId("write")));
});

test("sectionAt finds the same section as sections", () => {
  const policy = policyOf(CONDITIONAL, X86_64, 0n);
  for (const section of sections(policy).filter(({ tokens }) => tokens.low === tokens.high)) {
    for (const nr of [section.first, section.last]) {
      const alone = sectionAt(policy, section.tokens.low, nr);
      assert.equal({ ...alone, first: section.first, last: section.last }, section);
    }
  }
});

test("the calls of a 32-bit program have no upper halves, but on MIPS", () => {
  for (const [name, upper] of [
    ["x86", false],
    ["mips", true],
    ["x86_64", true],
  ] as const) {
    const arch = architecture(name);
    const section = sectionAt(
      policyOf(profileOf('{"defaultAction": "SCMP_ACT_ALLOW"}'), arch, 0n),
      arch.token,
      7,
    );
    const layout = layoutOf(section, arch.bigEndian);
    const words = callsOf(section, layout);
    assert.is(layout.bits, arch.bits);
    assert.is(contains(words[highWordOf(3, layout)] as Domain, 1), upper, name);
    assert.ok(contains(words[lowWordOf(3, layout)] as Domain, 1));
    assert.equal([sampleOf(words)[NR], sampleOf(words)[ARCH]], [7, arch.token]);
  }
});

test("regions that take too long are given up", () => {
  const policy = policyOf(CONDITIONAL, X86_64, 0n);
  const section = sectionAt(policy, X86_64.token, syscallNumber(X86_64, syscallId("ioctl")));
  assert.throws(
    () => regions(section, false, new Work(3), () => true),
    (error: unknown) => error instanceof CutShort,
  );
  assert.not(
    regions(section, false, new Work(1000), () => false),
    "a visitor that has seen enough",
  );
});

test.run();
