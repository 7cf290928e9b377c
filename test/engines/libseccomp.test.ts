/**
 * The model of libseccomp against libseccomp itself: the same rules into both, and every call at and around their
 * conditions judged by both.
 *
 * libseccomp has defects of its own, found by this very test with 2.5.4. They are asserted below, each by a minimal
 * example that may also come out right, so that a version without it passes:
 * - what it puts out for two rules that compare the same argument can be wrong ("entangled", gen_bpf.c);
 * - where the first of an architecture's calls, in its own order, is one that the architecture lacks, the number of the
 *   call is never loaded, and no rule of that architecture applies. So each world below begins with a rule that is first;
 * - seccomp_rule_add may never return after two rules with more than one condition each that compare the same argument,
 *   for example `a0 >= 5 && a1 > 5` and then `a0 >= 5 && a1 == 5` on x86-64. So no world below has such a pair.
 */

import fc from "fast-check";
import * as assert from "uvu/assert";
import { decode } from "../../src/bpf/decode.ts";
import { interpret } from "../../src/bpf/interpret.ts";
import { type Event, libseccompFilter } from "../../src/engines/libseccomp.ts";
import { oci } from "../../src/engines/oci.ts";
import { replaced } from "../../src/lists.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import {
  type ActionName,
  type Condition,
  NO_SELECTOR,
  OPERATORS,
  type Profile,
  type Rule,
} from "../../src/profile/profile.ts";
import type { Architecture, ArchitectureName } from "../../src/tables/architectures.ts";
import { syscallId, syscallName, syscallNumber } from "../../src/tables/syscalls.ts";
import { architecture, KERNEL, X86, X86_64 } from "../support/fixtures/policies.ts";
import { arbitraryValue } from "../support/generators/arbitrary.ts";
import { show } from "../support/generators/worlds.ts";
import { argumentVectors } from "../support/oracles/argument-vectors.ts";
import {
  actionCode,
  loadRealLibseccomp,
  type RealFilter,
  type RealLibseccomp,
} from "../support/oracles/real-libseccomp.ts";
import { LIBSECCOMP } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

/** Old and young ones, those of few architectures, those that are made through others, and one that nobody knows. */
const NAMES = [
  ...["read", "clone", "personality", "mmap2", "set_tls", "nonsense"],
  ...["socketcall", "socket", "connect", "accept", "send", "sendmmsg"],
  ...["ipc", "semop", "semget", "shmat"],
];

/** Each of one byte order, as libseccomp wants it. */
const FAMILIES: readonly (readonly ArchitectureName[])[] = [
  ["x86_64", "x86", "x32"],
  ["x86_64"],
  ["x86_64", "x32"],
  ["x86"],
  ["x32"],
  ["s390x", "s390"],
  ["aarch64", "arm"],
  ["arm"],
  ["ppc64le"],
  ["ppc64", "ppc"],
  ["mips", "mips64", "mips64n32"],
  ["mipsel64n32", "mipsel"],
  ["riscv64"],
  ["parisc64", "parisc"],
];

const USABLE = [
  ...["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS"],
  ...["SCMP_ACT_TRAP", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"],
] as ActionName[];

/** Few, so that rules meet, and at the edges of the two halves of an argument. */
const VALUES = [
  0n,
  1n,
  5n,
  6n,
  0xffffffffn,
  0x1_00000000n,
  0x1_00000005n,
  0xffffffff_00000000n,
  2n ** 64n - 1n,
];

interface Action {
  readonly action: ActionName;
  readonly number: number | undefined;
}

interface World {
  readonly family: readonly ArchitectureName[];
  readonly tree: boolean;
  readonly otherwise: Action;
  readonly rules: readonly Rule[];
}

function arbitraryAction(): fc.Arbitrary<Action> {
  const number = fc.option(fc.constantFrom(0, 1, 2, 38, 4094), { nil: undefined });
  return fc.record({ action: fc.constantFrom(...USABLE), number });
}

function arbitraryConditions(): fc.Arbitrary<Condition[]> {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...VALUES) },
    { weight: 1, arbitrary: arbitraryValue() },
  );
  const condition = fc.record({
    index: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: fc.nat(5) }),
    op: fc.constantFrom(...OPERATORS),
    value,
    valueTwo: value,
  });
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant<Condition[]>([]) },
    { weight: 2, arbitrary: condition.map((one) => [one]) },
    { weight: 2, arbitrary: fc.uniqueArray(condition, { selector: ({ index }) => index, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(condition, { maxLength: 3 }) },
  );
}

/** Rules of one name each, on few names and with few actions, so that many are on the same call. */
function arbitraryWorld(): fc.Arbitrary<World> {
  return fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }).chain((names) =>
    fc
      .record({
        family: fc.constantFrom(...FAMILIES),
        tree: fc.boolean(),
        otherwise: arbitraryAction(),
        actions: fc.array(arbitraryAction(), { minLength: 1, maxLength: 2 }),
        rules: fc.array(
          fc.record({
            name: fc.constantFrom(...names),
            action: fc.nat(1),
            conditions: arbitraryConditions(),
          }),
          { minLength: 2, maxLength: 12 },
        ),
      })
      .map(({ actions, rules, ...rest }) => ({
        ...rest,
        rules: [
          rule(0, "getpid", { action: first(rest.otherwise.action), number: undefined }, []),
          ...rules
            .filter((one, i) => !rules.slice(0, i).some((other) => mayHang(one, other)))
            .map(({ name, action, conditions }, i) =>
              rule(i + 1, name, actions[action % actions.length] as Action, conditions),
            ),
        ],
      })),
  );
}

interface Named {
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/** Whether seccomp_rule_add may never return after it was given the two. */
function mayHang(a: Named, b: Named): boolean {
  const isExact = ({ op }: Condition): boolean => op === "SCMP_CMP_EQ" || op === "SCMP_CMP_MASKED_EQ";
  return (
    a.name === b.name &&
    a.conditions.length > 1 &&
    b.conditions.length > 1 &&
    a.conditions.some((one) =>
      b.conditions.some((other) => one.index === other.index && !(isExact(one) && isExact(other))),
    )
  );
}

/** The action of the rule that comes first: not the default one. */
function first(otherwise: ActionName): ActionName {
  return otherwise === "SCMP_ACT_LOG" ? "SCMP_ACT_ALLOW" : "SCMP_ACT_LOG";
}

function rule(
  index: number,
  name: string,
  { action, number }: Action,
  conditions: readonly Condition[],
): Rule {
  const errno = { number, name: undefined };
  return { index, names: [name], action, errno, conditions, includes: NO_SELECTOR, excludes: NO_SELECTOR };
}

const EPERM = 1;

function codeOf({ action, number }: Action): number {
  return actionCode(action, number ?? EPERM);
}

/** The filter with all rules but from the first on that was refused. */
interface Fed {
  readonly filter: RealFilter;
  /** Index of the rule that was refused. */
  readonly refused: number | undefined;
}

/** Hands rules to libseccomp as runc does (libcontainer/seccomp/seccomp_linux.go, InitSeccomp and matchCall). */
function feed(real: RealLibseccomp, { family, tree, otherwise, rules }: World): Fed {
  const start = (): RealFilter => {
    const filter = real.init(codeOf(otherwise));
    assert.ok(filter, "seccomp_init");
    assert.is(filter.setArchitectures(family.map(architecture)), 0, "seccomp_arch_add");
    if (tree) {
      assert.is(filter.optimize(), 0);
    }
    return filter;
  };
  const add = (filter: RealFilter, one: Rule): number => {
    const code = codeOf({ action: one.action, number: one.errno.number });
    const number = real.number(one.names[0] ?? "");
    if (code === codeOf(otherwise) || number === -1) {
      return 0;
    }
    const indexes = one.conditions.map(({ index }) => index);
    const twice = new Set(indexes).size < indexes.length;
    const sets = twice ? one.conditions.map((condition) => [condition]) : [one.conditions];
    for (const set of sets) {
      const rc = filter.add(code, number, set);
      if (rc !== 0) {
        return rc;
      }
    }
    return 0;
  };
  const filter = start();
  const refused = rules.findIndex((one) => add(filter, one) !== 0);
  if (refused < 0) {
    return { filter, refused: undefined };
  }
  filter.release();
  const again = start();
  for (const one of rules.slice(0, refused)) {
    assert.is(add(again, one), 0);
  }
  return { filter: again, refused };
}

function readingOf({ family, otherwise }: World, rules: readonly Rule[]): ReturnType<typeof oci.read> {
  const arches = family.map(architecture);
  const profile: Profile = {
    base: "",
    defaultAction: otherwise.action,
    defaultErrno: { number: otherwise.number, name: undefined },
    archMap: undefined,
    architectures: arches.map(({ scmp }) => scmp),
    flags: undefined,
    listenerPath: undefined,
    listenerMetadata: undefined,
    rules,
  };
  return oci.read(profile, {}, { arch: arches[0] as Architecture, kernel: KERNEL, caps: 0n });
}

/** What was seen, so that nothing passes because nothing was looked at. */
class Tally {
  syscalls = 0;
  conditional = 0;
  several = 0;
  calls = 0;
  refused = 0;
  /** Refused, and foretold only as a pair of rules of which it is open which one counts. */
  refusedUnspecified = 0;
  unspecified = 0;
  entangled = 0;
  entangledWrong = 0;
}

const RUNS = 1000;
const SEED = 20_25;

/** Syscalls of these ids have no verdict that could be foretold. */
function idsOf(events: readonly Event[], ...kinds: readonly Event["kind"][]): ReadonlySet<number> {
  return new Set(events.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id));
}

/** At each way in which the conditions can turn out, and on both sides of each value. */
function callsFor(rules: readonly PolicyRule[], bits: 32 | 64): (readonly bigint[])[] {
  const { vectors } = argumentVectors(rules, bits);
  const [origin = []] = vectors;
  const beside = rules.flatMap(({ conditions }) =>
    conditions.flatMap(({ index, value }) =>
      [value + 1n, value - 1n, value ^ (1n << 32n), value ^ (1n << 63n)].map((near) =>
        replaced(origin, index, BigInt.asUintN(bits, near)),
      ),
    ),
  );
  return [...vectors.slice(0, 200), ...beside];
}

function compare(real: RealLibseccomp, world: World, tally: Tally): void {
  const { filter, refused } = feed(real, world);
  try {
    if (refused !== undefined) {
      checkRefusal(world, refused, tally);
    }
    const taken = world.rules.slice(0, refused);
    const reading = readingOf(world, taken);
    const [native] = reading.architectures as [Architecture];
    const instructions = decode(filter.program(native.bigEndian));
    for (const arch of reading.architectures) {
      const model = libseccompFilter(reading, arch, oci.libseccomp);
      const open = idsOf(model.events, "unspecified");
      const entangled = idsOf(model.events, "entangled");
      for (const id of idsOf(model.events, "clash")) {
        // Where an earlier rule may have been dropped, a later one may find nothing to clash with.
        const isOpen = open.has(id) || entangled.has(id);
        assert.ok(isOpen, `${arch.name}: ${syscallName(id)} does not clash`);
      }
      const ids = new Set(
        ["socketcall", "ipc", ...taken.flatMap(({ names }) => names)].map((name) => syscallId(name)),
      );
      for (const id of ids) {
        const number = id < 0 ? -1 : syscallNumber(arch, id);
        if (number < 0) {
          continue;
        }
        if (open.has(id)) {
          tally.unspecified += 1;
          continue;
        }
        const rules = model.policy.rules.of(id) ?? [];
        const wrong = callsFor(rules, model.bits).find((args) => {
          tally.calls += 1;
          // What a program leaves in the upper half, where libseccomp does not look at it.
          const unseen = model.bits < arch.bits ? args.map((arg, i) => arg + (BigInt(i + 1) << 32n)) : args;
          const nr = (number | arch.numberBit) >>> 0;
          const { verdict } = interpret(
            instructions,
            { arch: arch.token, nr, args: unseen },
            native.bigEndian,
          );
          return verdict !== evaluate(model.policy, { arch: arch.token, nr, args });
        });
        if (entangled.has(id)) {
          tally.entangled += 1;
          tally.entangledWrong += wrong === undefined ? 0 : 1;
          continue;
        }
        assert.is(wrong, undefined, `${arch.name}: ${syscallName(id)} ${show(wrong)} of ${show(taken)}`);
        tally.syscalls += 1;
        tally.conditional += rules.some(({ conditions }) => conditions.length > 0) ? 1 : 0;
        tally.several += rules.length > 1 ? 1 : 0;
      }
    }
  } finally {
    filter.release();
  }
}

/** That the model has foretold that libseccomp does not take a rule after those before it. */
function checkRefusal(world: World, refused: number, tally: Tally): void {
  const reading = readingOf(world, world.rules.slice(0, refused + 1));
  const events = reading.architectures.flatMap(
    (arch) => libseccompFilter(reading, arch, oci.libseccomp).events,
  );
  const kinds = events.filter(({ pointer }) => pointer === `/syscalls/${refused}`).map(({ kind }) => kind);
  tally.refused += 1;
  if (!kinds.includes("clash")) {
    assert.ok(
      kinds.includes("unspecified") || kinds.includes("entangled"),
      `refused, and nobody knew: ${show(world.rules[refused])} after ${show(world.rules.slice(0, refused))}`,
    );
    tally.refusedUnspecified += 1;
  }
}

const real = loadRealLibseccomp();

if (real === undefined) {
  testWith(LIBSECCOMP)("libseccomp does what the model says", () => {});
} else {
  test("libseccomp does what the model says", () => {
    const tally = new Tally();
    fc.assert(
      fc.property(arbitraryWorld(), (world) => compare(real, world, tally)),
      { numRuns: RUNS, seed: SEED },
    );
    const seen = JSON.stringify(tally);
    if (process.env["SHOW_TALLY"] !== undefined) {
      console.log(seen);
    }
    assert.ok(tally.syscalls > 4 * RUNS, seen);
    assert.ok(tally.conditional > 0.8 * RUNS, seen);
    assert.ok(tally.several > RUNS / 5, seen);
    assert.ok(tally.calls > 20 * RUNS, seen);
    assert.ok(tally.refused > RUNS / 40, seen);
    // What is left open must stay the exception, or the test would say little.
    assert.ok(tally.refusedUnspecified < tally.refused / 4, seen);
    assert.ok(tally.unspecified < tally.syscalls / 10, seen);
    assert.ok(tally.entangled < tally.syscalls / 10, seen);
    assert.ok(tally.entangledWrong < tally.entangled / 2, seen);
  });

  /** The verdict of libseccomp on one call, under ERRNO(EPERM) for all that no rule speaks of. */
  const verdictOf = (
    arch: Architecture,
    rules: readonly (readonly [string, ActionName, ...Condition[]])[],
    name: string,
    args: readonly bigint[],
    otherwise: ActionName = "SCMP_ACT_ERRNO",
  ): number => {
    const world: World = {
      family: [arch.name],
      tree: false,
      otherwise: { action: otherwise, number: undefined },
      rules: rules.map(([of, action, ...conditions], i) =>
        rule(i, of, { action, number: undefined }, conditions),
      ),
    };
    const { filter, refused } = feed(real, world);
    assert.is(refused, undefined);
    const instructions = decode(filter.program(arch.bigEndian));
    filter.release();
    const nr = (syscallNumber(arch, syscallId(name)) | arch.numberBit) >>> 0;
    const all = [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6);
    return interpret(instructions, { arch: arch.token, nr, args: all }, arch.bigEndian).verdict;
  };
  const is = (index: number, op: string, value: bigint): Condition => ({
    index,
    op: `SCMP_CMP_${op}` as Condition["op"],
    value,
    valueTwo: 0n,
  });
  const [ALLOW, ERRNO] = [0x7fff0000, 0x00050001];

  test("a rule for a multiplexed call keeps its conditions but for those on the first argument", () => {
    const onType: Parameters<typeof verdictOf>[1] = [
      ["socket", "SCMP_ACT_ALLOW", is(0, "EQ", 9n), is(1, "EQ", 2n)],
    ];
    const withFirst: Parameters<typeof verdictOf>[1] = [["getpid", "SCMP_ACT_ALLOW"], ...onType];
    assert.is(verdictOf(X86, withFirst, "socketcall", [1n, 2n]), ALLOW);
    assert.is(verdictOf(X86, withFirst, "socketcall", [1n, 3n]), ERRNO);
    assert.is(verdictOf(X86, withFirst, "socketcall", [2n, 2n]), ERRNO);
  });

  test("x32 and MIPS n32 have their arguments compared by the lower half only", () => {
    for (const name of ["x32", "mips64n32", "mipsel64n32"] as const) {
      const rules: Parameters<typeof verdictOf>[1] = [["personality", "SCMP_ACT_ALLOW", is(0, "EQ", 8n)]];
      assert.is(verdictOf(architecture(name), rules, "personality", [0x5_00000008n]), ALLOW);
    }
  });

  test("a comparison of an entangled argument may be made with another one", () => {
    const rules: Parameters<typeof verdictOf>[1] = [
      ["read", "SCMP_ACT_ALLOW", is(0, "NE", 5n), is(1, "EQ", 5n)],
      ["read", "SCMP_ACT_ALLOW", is(0, "GE", 5n)],
    ];
    // No rule applies, and 2.5.4 finds a1 >= 5.
    assert.ok([ERRNO, ALLOW].includes(verdictOf(X86, rules, "read", [0n, 6n])));
    const halves: Parameters<typeof verdictOf>[1] = [
      ["read", "SCMP_ACT_ALLOW", is(0, "GE", 0x1_00000005n)],
      ["read", "SCMP_ACT_ALLOW", is(0, "LT", 5n)],
    ];
    // No rule applies, and 2.5.4 finds that the lower half is greater than what the upper one is to be.
    assert.ok([ERRNO, ALLOW].includes(verdictOf(X86_64, halves, "read", [5n])));
  });

  test("rules of an architecture may be dead where the first one is for a call that it lacks", () => {
    const rules: Parameters<typeof verdictOf>[1] = [
      ["open", "SCMP_ACT_ERRNO"],
      ["personality", "SCMP_ACT_ERRNO", is(0, "EQ", 8n)],
    ];
    // Denied by the second rule, and 2.5.4 compares the architecture with the number of the call.
    const verdict = verdictOf(architecture("aarch64"), rules, "personality", [8n], "SCMP_ACT_ALLOW");
    assert.ok([ERRNO, ALLOW].includes(verdict));
  });

  test("a rule with fewer conditions after one with more and another action is refused", () => {
    const world = (rules: readonly Rule[], family: readonly ArchitectureName[]): World => ({
      family,
      tree: false,
      otherwise: { action: "SCMP_ACT_ERRNO", number: undefined },
      rules,
    });
    const allow: Action = { action: "SCMP_ACT_ALLOW", number: undefined };
    const trap: Action = { action: "SCMP_ACT_TRAP", number: undefined };
    const on = (name: string): Rule[] => [rule(0, name, allow, [is(1, "EQ", 5n)]), rule(1, name, trap, [])];
    // Without conditions it hides the other, but not where the call is made through socketcall.
    assert.is(feed(real, world(on("read"), ["x86_64", "x86"])).refused, undefined);
    assert.is(feed(real, world(on("socket"), ["x86_64"])).refused, undefined);
    assert.is(feed(real, world(on("socket"), ["x86_64", "x86"])).refused, 1);
    const longer = [
      rule(0, "read", allow, [is(0, "EQ", 5n), is(1, "EQ", 5n)]),
      rule(1, "read", trap, [is(0, "EQ", 5n)]),
    ];
    assert.is(feed(real, world(longer, ["x86_64"])).refused, 1);
  });

  test("rules clash on a call that the architecture lacks", () => {
    const clash = [
      rule(0, "send", { action: "SCMP_ACT_ALLOW", number: undefined }, [is(1, "EQ", 5n)]),
      rule(1, "send", { action: "SCMP_ACT_TRAP", number: undefined }, [is(1, "EQ", 5n)]),
    ];
    const world: World = {
      family: ["x86_64"],
      tree: false,
      otherwise: { action: "SCMP_ACT_ERRNO", number: undefined },
      rules: clash,
    };
    assert.is(feed(real, world).refused, 1);
  });

  test("libseccomp refuses what the models say it refuses", () => {
    const [EPERM_, EACCES, EEXIST, EINVAL, EDOM] = [-1, -13, -17, -22, -33];
    assert.is(real.init(actionCode("SCMP_ACT_ERRNO", 4095)), undefined);
    const filter = real.init(actionCode("SCMP_ACT_ERRNO", 4094));
    assert.ok(filter);
    const read = real.number("read");
    assert.ok([EPERM_, EACCES].includes(filter.add(actionCode("SCMP_ACT_ERRNO", 4094), read, [])));
    assert.is(filter.add(actionCode("SCMP_ACT_ERRNO", 4095), read, []), EINVAL);
    const allow = actionCode("SCMP_ACT_ALLOW", 0);
    assert.is(filter.add(allow, read, [is(0, "EQ", 1n), is(0, "EQ", 2n)]), EINVAL);
    assert.is(filter.add(allow, read, [is(6, "EQ", 1n)]), EINVAL);
    assert.is(filter.setArchitectures([X86_64, X86, architecture("aarch64")]), 0);
    assert.is(filter.addArchitecture(X86), EEXIST);
    // All architectures of a filter have one byte order.
    assert.is(filter.addArchitecture(architecture("s390x")), EDOM);
    filter.release();
  });

  test("a call of an architecture that is not listed gets KILL", () => {
    const rules: Parameters<typeof verdictOf>[1] = [["read", "SCMP_ACT_ALLOW"]];
    const filter = feed(real, {
      family: ["x86_64"],
      tree: false,
      otherwise: { action: "SCMP_ACT_ERRNO", number: undefined },
      rules: rules.map(([name, action], i) => rule(i, name, { action, number: undefined }, [])),
    }).filter;
    const instructions = decode(filter.program(false));
    filter.release();
    const args = [0n, 0n, 0n, 0n, 0n, 0n];
    assert.is(interpret(instructions, { arch: X86.token, nr: 3, args }, false).verdict, 0);
    assert.is(interpret(instructions, { arch: X86_64.token, nr: 0x40000000, args }, false).verdict, 0);
    assert.is(interpret(instructions, { arch: X86_64.token, nr: 0xffffffff, args }, false).verdict, ERRNO);
    assert.is(interpret(instructions, { arch: X86_64.token, nr: 0, args }, false).verdict, ALLOW);
  });
}

test.run();
