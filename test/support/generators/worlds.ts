/**
 * Random profiles for random machines, with the calls on which mistakes would show.
 */

import fc from "fast-check";
import type { Call } from "../../../src/policy/policy.ts";
import type { ResolveOptions } from "../../../src/policy/resolve.ts";
import type { Target } from "../../../src/policy/target.ts";
import {
  ACTIONS,
  type ActionName,
  type Condition,
  type Errno,
  OPERATORS,
  type Profile,
  type Rule,
  type Selector,
} from "../../../src/profile/profile.ts";
import {
  type Architecture,
  type ArchitectureName,
  architectures,
  X32_SYSCALL_BIT,
} from "../../../src/tables/architectures.ts";
import { lastSyscallNumber, seenNumber as seenNumberOf, syscallId } from "../../../src/tables/syscalls.ts";
import { architecture } from "../fixtures/policies.ts";
import { arbitraryValue, boundaryArguments } from "./arbitrary.ts";

/** A profile, and the machine and mode for which it is resolved. */
export interface World {
  readonly profile: Profile;
  readonly target: Target;
  readonly options: Required<ResolveOptions>;
}

/** Old calls and young ones, calls of few architectures, multiplexed calls, calls with arguments in a struct, and others. */
export const NAMES: readonly string[] = [
  "read",
  "write",
  "personality",
  "ioctl",
  "setresuid",
  "fadvise64",
  "mmap",
  "mmap2",
  "select",
  "_newselect",
  "set_tls",
  "cacheflush",
  "socketcall",
  "socket",
  "connect",
  "accept",
  "send",
  "sendmmsg",
  "ipc",
  "semop",
  "semtimedop",
  "semget",
  "shmat",
  "shmctl",
  "openat2",
  "clone3",
  "futex_waitv",
  "mseal",
];

/** The actions that need no agent. */
export const USABLE: readonly ActionName[] = ACTIONS.filter((action) => action !== "SCMP_ACT_NOTIFY");

const CAPS = ["CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_CHECKPOINT_RESTORE"];

/** Machines, each with the architectures that may accompany it. */
const FAMILIES: readonly (readonly [ArchitectureName, ...ArchitectureName[]])[] = [
  ["x86_64", "x86", "x32"],
  ["x86_64", "x32"],
  ["x86_64", "x86"],
  ["x32", "x86_64"],
  ["x86"],
  ["aarch64", "arm"],
  ["arm"],
  ["s390x", "s390"],
  ["mips64", "mips", "mips64n32"],
  ["mipsel"],
  ["ppc64le", "ppc"],
  ["parisc64", "parisc"],
  ["m68k"],
  ["sh", "x32"],
];

export function arbitraryErrno(): fc.Arbitrary<Errno> {
  return fc.oneof(
    fc.record({ number: fc.option(fc.nat(4095), { nil: undefined }), name: fc.constant(undefined) }),
    fc.record({ number: fc.constant(undefined), name: fc.constantFrom("EPERM", "ENOSYS", "ELOOP") }),
  );
}

function arbitraryCondition(): fc.Arbitrary<Condition> {
  return fc.record({
    index: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 1) }, { weight: 1, arbitrary: fc.nat(5) }),
    op: fc.constantFrom(...OPERATORS),
    value: arbitraryValue(),
    valueTwo: arbitraryValue(),
  });
}

const NOTHING: Selector = { caps: [], arches: [], minKernel: undefined };

function arbitrarySelector(): fc.Arbitrary<Selector> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(NOTHING) },
    {
      weight: 1,
      arbitrary: fc.record({
        caps: fc.subarray(CAPS),
        arches: fc.subarray(["amd64", "x86_64", "s390x", "mips64", "arm64", "x32"]),
        minKernel: fc.option(fc.constantFrom(4 * 256 + 8, 5 * 256, 6 * 256 + 18, 6 * 256 + 19), {
          nil: undefined,
        }),
      }),
    },
  );
}

function arbitraryRule(
  names: readonly string[],
  actions: readonly ActionName[],
): fc.Arbitrary<Omit<Rule, "index">> {
  return fc.record({
    names: fc.subarray([...names], { minLength: 1, maxLength: 6 }),
    action: fc.constantFrom(...actions),
    errno: arbitraryErrno(),
    conditions: fc.array(arbitraryCondition(), { maxLength: 3 }),
    includes: arbitrarySelector(),
    excludes: arbitrarySelector(),
  });
}

/** A profile with overlapping rules on these syscalls, and a machine for it. */
export function arbitraryWorld(
  names: readonly string[] = NAMES,
  actions: readonly ActionName[] = ACTIONS,
): fc.Arbitrary<World> {
  return fc
    .record({
      family: fc.constantFrom(...FAMILIES),
      byArchMap: fc.boolean(),
      alone: fc.boolean(),
      kernel: fc.constantFrom(4 * 256 + 8, 6 * 256 + 18),
      caps: fc.constantFrom(0n, 1n, (1n << 41n) - 1n, 1n << 21n),
      options: fc.record({
        unknownSyscalls: fc.constantFrom("enosys" as const, "default" as const),
        wideArguments: fc.boolean(),
        listenerNamed: fc.constant(true),
      }),
      defaultAction: fc.constantFrom(...actions),
      defaultErrno: arbitraryErrno(),
      rules: fc.array(arbitraryRule(names, actions), { maxLength: 10 }),
    })
    .map(({ family, byArchMap, alone, kernel, caps, options, rules, ...rest }) => {
      const [native, ...others] = family.map(architecture) as [Architecture, ...Architecture[]];
      const listed = alone ? [] : others.map(({ scmp }) => scmp);
      const profile: Profile = {
        base: "",
        ...rest,
        archMap: byArchMap
          ? [
              // Another machine's entry, which must be ignored, and one that comes too late.
              { architecture: "SCMP_ARCH_RISCV64", subArchitectures: ["SCMP_ARCH_LOONGARCH64"] },
              { architecture: native.scmp, subArchitectures: listed },
              { architecture: native.scmp, subArchitectures: ["SCMP_ARCH_SHEB"] },
            ]
          : undefined,
        architectures: byArchMap ? undefined : listed,
        flags: undefined,
        listenerPath: "/run/agent.sock",
        listenerMetadata: undefined,
        rules: rules.map((rule, index) => ({ index, ...rule })),
      };
      return { profile, target: { arch: native, kernel, caps }, options };
    });
}

/** Numbers that no table has, or at the ends of tables. */
const STRANGE_NUMBERS = [
  -1, -2, -3, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xbfffffff, 0xc0000000, 0xbffffffe, 0x0effff,
  0x0f0000, 0x0f0005, 0x0f0006,
];

/** The number of a call as seccomp sees it. */
export function seenNumber(arch: Architecture, name: string): number {
  return seenNumberOf(arch, syscallId(name));
}

/** A call of any architecture, with numbers and arguments at and around the profile's. */
export function arbitraryCall({ profile }: World, names: readonly string[] = NAMES): fc.Arbitrary<Call> {
  const arches = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...architectures) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...architectures).map((arch) => ({ ...arch, token: 0x12345678 })),
    },
  );
  return arches.chain((arch) => {
    const numbers = names.map((name) => seenNumber(arch, name)).filter((number) => number >= 0);
    const last = lastSyscallNumber(arch) + arch.numberBit;
    const nr = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...numbers) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...numbers).chain((number) => fc.constantFrom(number - 1, number + 1)),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(last, last + 1, last - 1, arch.numberBase - 1, ...STRANGE_NUMBERS),
      },
      { weight: 1, arbitrary: fc.constantFrom(...numbers).map((number) => number ^ X32_SYSCALL_BIT) },
    );
    const first = fc.option(
      fc.oneof(
        fc.bigInt({ min: 0n, max: 25n }),
        fc.bigInt({ min: 0n, max: 25n }).map((value) => value + 0x1_0000n),
        fc.bigInt({ min: 0n, max: 25n }).map((value) => value + 0x1_0000_0000n),
      ),
      { nil: undefined },
    );
    return fc
      .record({ nr, first, args: boundaryArguments(profile, arch.bits) })
      .map(({ nr: number, first: small, args }) => ({
        arch: arch.token,
        nr: number >>> 0,
        args: small === undefined ? args : [BigInt.asUintN(arch.bits, small), ...args.slice(1)],
      }));
  });
}

/** A call, more often than not of the policy's own architectures. */
export function arbitraryOwnCall(
  world: World,
  own: readonly Architecture[],
  names: readonly string[] = NAMES,
): fc.Arbitrary<Call> {
  const calls = arbitraryCall(world, names);
  return fc.oneof(
    { weight: 1, arbitrary: calls },
    {
      weight: 6,
      arbitrary: fc.constantFrom(...own).chain((arch) =>
        calls.chain((call) => {
          const numbers = names.map((name) => seenNumber(arch, name)).filter((number) => number >= 0);
          return fc.constantFrom(...numbers, call.nr).map((nr) => ({
            arch: arch.token,
            nr,
            args: call.args.map((arg) => BigInt.asUintN(arch.bits, arg)),
          }));
        }),
      ),
    },
  );
}

/** What a failure should show of a world, in one line. */
export function show(value: unknown): string {
  return JSON.stringify(value, (key, inner) =>
    typeof inner === "bigint" ? `0x${inner.toString(16)}` : key === "arch" ? (inner.name ?? inner) : inner,
  );
}
