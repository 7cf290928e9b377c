/**
 * Conversions against libseccomp itself: a random profile is converted for the OCI runtimes, the file's rules go into
 * libseccomp, and the filter that it puts out has to give the verdicts of the profile; with --stricter none that lets more
 * through. Each half of each argument is chosen by itself, since libseccomp looks at the lower ones only on x32 and MIPS n32.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { ordinaryCalls } from "../../src/analysis/ordinary.ts";
import { highWordOf, includes, lowWordOf, WORD_COUNT } from "../../src/analysis/words.ts";
import { decode } from "../../src/bpf/decode.ts";
import type { Program } from "../../src/bpf/instruction.ts";
import { interpret } from "../../src/bpf/interpret.ts";
import { convertProfile } from "../../src/engines/convert/convert.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { resolve } from "../../src/policy/resolve.ts";
import type { Target } from "../../src/policy/target.ts";
import { formatVerdict, precedence } from "../../src/policy/verdict.ts";
import { parseByLibrary } from "../../src/profile/library-parser.ts";
import { type ActionName, type Condition, OPERATORS, type Profile } from "../../src/profile/profile.ts";
import { type Architecture, architectureByScmp } from "../../src/tables/architectures.ts";
import { seenNumber, syscallId } from "../../src/tables/syscalls.ts";
import { architecture, KERNEL, readProfileText } from "../support/fixtures/policies.ts";
import { arbitraryValue } from "../support/generators/arbitrary.ts";
import { show } from "../support/generators/worlds.ts";
import { actionCode, loadRealLibseccomp, type RealLibseccomp } from "../support/oracles/real-libseccomp.ts";
import { LIBSECCOMP } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

/**
 * The native architecture, and those that are listed. All are of the byte order of usual machines: where another one needs long
 * jumps, libseccomp 2.5.4 puts out some returns in the byte order of the machine that it runs on.
 */
const FAMILIES = [
  ["x86_64", "x32", "x86"],
  ["x86_64", "x32"],
  ["mipsel64", "mipsel64n32", "mipsel"],
] as const;

const NAMES = ["read", "write", "personality"];
const ACTIONS: readonly ActionName[] = ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_TRAP", "SCMP_ACT_LOG"];

interface World {
  readonly family: (typeof FAMILIES)[number];
  readonly stricter: boolean;
  readonly otherwise: ActionName;
  readonly rules: readonly {
    readonly name: string;
    readonly action: ActionName;
    readonly args: readonly Condition[];
  }[];
}

/** Rules with a condition or two on arguments of which each has one, so that many can be carried over. */
function arbitraryCase(): fc.Arbitrary<World> {
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: 8n }) },
    { weight: 1, arbitrary: arbitraryValue() },
  );
  const condition = fc.record({
    index: fc.nat(2),
    op: fc.constantFrom("SCMP_CMP_EQ" as const, "SCMP_CMP_NE" as const, ...OPERATORS),
    value,
    valueTwo: value,
  });
  return fc.record({
    family: fc.constantFrom(...FAMILIES),
    stricter: fc.boolean(),
    otherwise: fc.constantFrom(...ACTIONS),
    rules: fc.array(
      fc.record({
        name: fc.constantFrom(...NAMES),
        action: fc.constantFrom(...ACTIONS),
        args: fc.uniqueArray(condition, { selector: ({ index }) => index, maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  });
}

/** A rule that comes first for every architecture: without it libseccomp 2.5.4 may make a dead filter. */
function first(otherwise: ActionName): ActionName {
  return otherwise === "SCMP_ACT_LOG" ? "SCMP_ACT_ALLOW" : "SCMP_ACT_LOG";
}

function textOf({ family, otherwise, rules }: World): string {
  const document = {
    defaultAction: otherwise,
    architectures: family.slice(1).map((name) => architecture(name).scmp),
    syscalls: [
      { names: ["getpid"], action: first(otherwise) },
      ...rules.map(({ name, action, args }) => ({ names: [name], action, args })),
    ],
  };
  return JSON.stringify(document, (_, value) =>
    typeof value === "bigint" ? `#${value}#` : value,
  ).replaceAll(/"#(\d+)#"/g, "$1");
}

/** Hands the rules of a file to libseccomp as runc does. */
function filterOf(real: RealLibseccomp, profile: Profile, arches: readonly Architecture[]): Program {
  const code = (action: ActionName, number: number | undefined): number => actionCode(action, number ?? 1);
  const otherwise = code(profile.defaultAction, profile.defaultErrno.number);
  const filter = real.init(otherwise);
  assert.ok(filter);
  try {
    assert.is(filter.setArchitectures(arches), 0);
    for (const { names, action, errno, conditions } of profile.rules) {
      for (const name of code(action, errno.number) === otherwise ? [] : names) {
        const rc = filter.add(code(action, errno.number), real.number(name), conditions);
        assert.is(rc, 0, `libseccomp refuses a rule for ${name}`);
      }
    }
    return filter.program(arches[0]?.bigEndian === true);
  } finally {
    filter.release();
  }
}

/** Halves at and around those of the conditions, put together at random. */
function arbitraryArguments({ rules }: World): fc.Arbitrary<bigint[]> {
  const values = rules.flatMap(({ args }) => args.flatMap(({ value, valueTwo }) => [value, valueTwo]));
  const halves = [0n, 1n, ...values.flatMap((value) => [value >> 32n, value, value + 1n, value - 1n])];
  const half = fc.constantFrom(...halves.map((value) => BigInt.asUintN(32, value)));
  const upper = fc.oneof({ weight: 2, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: half });
  const arg = fc.record({ upper, lower: half }).map(({ upper: high, lower }) => (high << 32n) | lower);
  return fc.array(arg, { minLength: 6, maxLength: 6 });
}

function isOrdinary(arch: Architecture, name: string, args: readonly bigint[]): boolean {
  const layout = { bigEndian: false, bits: arch.bits } as const;
  const sample = new Array<number>(WORD_COUNT).fill(0);
  for (const [i, arg] of args.entries()) {
    sample[lowWordOf(i, layout)] = Number(BigInt.asUintN(32, arg));
    sample[highWordOf(i, layout)] = Number(arg >> 32n);
  }
  return ordinaryCalls(arch, syscallId(name), layout).some((words) => includes(words, sample));
}

const RUNS = 300;
const CALLS_EACH = 60;

const real = loadRealLibseccomp();

if (real === undefined) {
  testWith(LIBSECCOMP)("what is converted means the same to libseccomp", () => {});
} else {
  test("what is converted means the same to libseccomp, or is stricter where that is asked for", () => {
    const tally = { written: 0, x32: 0, stricter: 0, noted: 0, calls: 0 };
    fc.assert(
      fc.property(arbitraryCase(), fc.gen(), (world, gen) => {
        const [native, ...others] = world.family.map(architecture) as [Architecture, ...Architecture[]];
        const target: Target = { arch: native, kernel: KERNEL, caps: 0n };
        const { profile, raw } = readProfileText(textOf(world));
        const how = {
          parse: parseByLibrary,
          kernelGiven: true,
          stricter: world.stricter,
          wideArguments: false,
        };
        const options = { to: "oci", target, ...how } as const;
        const { text, diagnostics } = convertProfile(profile, raw, options);
        if (text === undefined) {
          return;
        }
        // Only then may crafted calls get another verdict.
        const isNoted = diagnostics.some(({ code }) => code === "engine-note");
        tally.noted += isNoted ? 1 : 0;
        tally.written += 1;
        tally.stricter += world.stricter ? 1 : 0;
        const written = readProfileText(text).profile;
        const listed = (written.architectures ?? []).map((scmp) => architectureByScmp(scmp) as Architecture);
        const arches = [native, ...listed.filter((arch) => arch !== native)];
        assert.ok(arches.every((arch) => arch === native || others.includes(arch)));
        const instructions = decode(filterOf(real, written, arches));
        const { policy } = resolve(profile, target, { unknownSyscalls: "default" });
        assert.ok(policy);
        for (const arch of arches) {
          tally.x32 += arch.name === "x32" || arch.name === "mipsel64n32" ? 1 : 0;
          for (let i = 0; i < CALLS_EACH; i += 1) {
            const name = gen(() => fc.constantFrom(...NAMES));
            const args = gen(arbitraryArguments, world).map((value) => BigInt.asUintN(arch.bits, value));
            const call = { arch: arch.token, nr: seenNumber(arch, syscallId(name)), args };
            const [ours, theirs] = [
              evaluate(policy, call),
              interpret(instructions, call, native.bigEndian).verdict,
            ];
            const right =
              (world.stricter ? precedence(theirs) <= precedence(ours) : theirs === ours) ||
              (isNoted && !world.stricter && !isOrdinary(arch, name, args));
            tally.calls += 1;
            assert.ok(
              right,
              `${arch.name} ${name} ${show(args)} gets ${formatVerdict(theirs, arch)}, not ${formatVerdict(ours, arch)}: ${text}`,
            );
          }
        }
      }),
      { numRuns: RUNS, seed: 12, endOnFailure: true },
    );
    assert.ok(tally.written > RUNS / 4 && tally.x32 > RUNS / 20, JSON.stringify(tally));
    assert.ok(tally.stricter > RUNS / 8 && tally.noted > 0, JSON.stringify(tally));
  });
}

test.run();
