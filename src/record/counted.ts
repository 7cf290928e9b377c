/**
 * Which bits of a call's arguments are counted apart: those by whose values a profile allows the call or not.
 */

import { judgedRules } from "../policy/judged.ts";
import type { Comparison, Policy } from "../policy/policy.ts";
import type { Architecture } from "../tables/architectures.ts";
import { multiplexers } from "../tables/multiplexers.ts";
import { signatureOf } from "../tables/signatures.ts";
import { seenNumber, syscallId, syscallName } from "../tables/syscalls.ts";

/** For each of the six arguments the bits that are counted apart. */
export type Masks = readonly bigint[];

/** What decides which arguments are counted. */
export interface Counting {
  /** Whether the arguments of {@link RECORDED_ARGUMENTS} are. */
  readonly args: boolean;
  /** Policies that tell calls apart by arguments: the same bits are counted. */
  readonly policies: readonly Policy[];
}

/** Of a parameter that the kernel takes in 64 bits, these calls use or accept no higher ones. */
const INT = 0xffffffffn;

/** SOCK_TYPE_MASK of include/linux/net.h at v6.12: SOCK_CLOEXEC and SOCK_NONBLOCK are above it. */
const SOCKET_TYPE = 0xfn;

/**
 * CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET of include/uapi/linux/sched.h at v6.12. The other flags
 * make a thread or a process in the way of one C library or another, and give no more than that.
 */
const NAMESPACES = 0x7e020000n;

/** PROT_WRITE and PROT_EXEC of include/uapi/asm-generic/mman-common.h at v6.12; the same on all architectures. */
const PROT_WRITE = 2n;
const PROT_EXEC = 4n;

/**
 * The arguments that `--args` records: by call the parameters, by the kernel's name of each, and their bits. Signatures say in
 * which register a parameter is: the flags of clone are in the second one on s390.
 */
export const RECORDED_ARGUMENTS: Readonly<Record<string, Readonly<Record<string, bigint>>>> = {
  socket: { family: INT, type: SOCKET_TYPE },
  socketpair: { family: INT, type: SOCKET_TYPE },
  clone: { clone_flags: NAMESPACES },
  unshare: { unshare_flags: INT },
  prctl: { option: INT },
  personality: { personality: INT },
  ioctl: { cmd: INT },
  // Without mmap, new memory that can be written and executed would be a way around mprotect.
  mmap: { prot: PROT_WRITE | PROT_EXEC },
  mmap2: { prot: PROT_WRITE | PROT_EXEC },
  mprotect: { prot: PROT_EXEC },
  pkey_mprotect: { prot: PROT_EXEC },
};

/** Of these the arguments are recorded in any case: without new namespaces they are hot. */
const ALWAYS_RECORDED: readonly string[] = ["clone"];

/**
 * The values of these arguments that every program needs: memory without code, and of mmap the code of a file. An argument list
 * has the value in each place; the bits that are counted select its own.
 */
const NEEDED_VALUES: Readonly<Record<string, readonly bigint[]>> = {
  mmap: [0n, PROT_WRITE, PROT_EXEC],
  mmap2: [0n, PROT_WRITE, PROT_EXEC],
  mprotect: [0n],
};

/** The counted bits of a call's arguments, with the values that a profile allows although they were not seen. */
export function neededValues(name: string, masks: Masks): readonly Masks[] {
  const recorded = RECORDED_ARGUMENTS[name];
  const bits = recorded === undefined ? 0n : (Object.values(recorded)[0] ?? 0n);
  return (NEEDED_VALUES[name] ?? [0n]).map((value) => masks.map((mask) => value & mask & bits));
}

/** The bits of a call's arguments that are counted apart; all zero if none are. */
export function countedArguments(arch: Architecture, id: number, { args, policies }: Counting): Masks {
  const name = syscallName(id);
  const multiplexer = multiplexers.find((one) => one.name === name);
  const recorded = args || ALWAYS_RECORDED.includes(name) ? RECORDED_ARGUMENTS[name] : undefined;
  if (multiplexer === undefined && recorded === undefined && policies.length === 0) {
    return NO_BITS;
  }
  const masks = Array.from({ length: 6 }, () => 0n);
  const add = (index: number, bits: bigint): void => {
    masks[index] = (masks[index] ?? 0n) | BigInt.asUintN(arch.bits, bits);
  };
  if (multiplexer !== undefined) {
    add(0, multiplexer.callMask);
    return masks;
  }
  const parameters = recorded === undefined ? [] : (signatureOf(arch, id) ?? []);
  for (const [i, parameter] of parameters.entries()) {
    add(i, (recorded?.[parameter.name] ?? 0n) & parameter.mask);
  }
  for (const policy of policies) {
    for (const { conditions } of judgedRules(policy, arch, id) ?? []) {
      for (const condition of conditions) {
        add(condition.index, comparedBits(condition));
      }
    }
  }
  return masks;
}

/** The bits that are counted of a call on any of these architectures: a narrower one has zeros in the others. */
export function countedMasks(archs: readonly Architecture[], id: number, counting: Counting): Masks {
  return archs
    .filter((arch) => seenNumber(arch, id) >= 0)
    .map((arch) => countedArguments(arch, id, counting))
    .filter(countsAny)
    .reduce((all, masks) => all.map((mask, i) => mask | (masks[i] ?? 0n)), NO_BITS);
}

/** No bits of any argument. */
export const NO_BITS: Masks = [0n, 0n, 0n, 0n, 0n, 0n];

function comparedBits({ op, mask, bits }: Comparison): bigint {
  return op === "SCMP_CMP_MASKED_EQ" ? mask : bits === 32 ? INT : (1n << 64n) - 1n;
}

/** Whether any bit is counted. */
export function countsAny(masks: Masks): boolean {
  return masks.some((mask) => mask !== 0n);
}

/** The calls of which arguments are counted, as the supervisor needs them. */
export interface CountedCall {
  /** AUDIT_ARCH_*. */
  readonly arch: number;
  readonly nr: number;
  readonly masks: Masks;
}

/** All calls of these architectures of which arguments are counted. */
export function countedCalls(among: readonly Architecture[], counting: Counting): readonly CountedCall[] {
  const names = [
    ...multiplexers.map(({ name }) => name),
    ...(counting.args ? Object.keys(RECORDED_ARGUMENTS) : ALWAYS_RECORDED),
  ];
  const ids = new Set([
    ...names.map((name) => syscallId(name)),
    ...counting.policies.flatMap(({ rules }) => [...rules.conditional]),
  ]);
  return among.flatMap((arch) =>
    [...ids].flatMap((id) => {
      const nr = seenNumber(arch, id);
      const masks = nr < 0 ? [] : countedArguments(arch, id, counting);
      return countsAny(masks) ? [{ arch: arch.token, nr, masks }] : [];
    }),
  );
}
