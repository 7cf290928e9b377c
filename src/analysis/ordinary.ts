/**
 * Ordinary calls: those that a program makes without choosing the bits of registers on purpose.
 *
 * A C library or a compiler sets every bit of a register by the type of the parameter; seccomp sees all 64. What only other calls
 * can tell apart takes a crafted call. A register without a parameter holds anything in an ordinary call, too.
 */

import type { Architecture } from "../tables/architectures.ts";
import { pointerBits } from "../tables/constants.ts";
import { type Parameter, signatureOf } from "../tables/signatures.ts";
import { syscallName } from "../tables/syscalls.ts";
import { ALL_BITS, type Domain, interval } from "./domain.ts";
import { ANY_CALL, ARGUMENTS, highWordOf, type Layout, lowWordOf, type Words } from "./words.ts";

/** What a register holds in an ordinary call: one of these pairs of an upper and a lower half. */
type Values = readonly (readonly [high: Domain, low: Domain])[];

const ANY_VALUE: Domain = interval(0, ALL_BITS);
const ZERO: Domain = interval(0, 0);

const ZERO_EXTENDED: Values = [[ZERO, ANY_VALUE]];
/** A negative int, as `movslq`, Go's uintptr(-1) and musl's syscalls pass it; others pass it zero-extended. */
const EXTENDED: Values = [...ZERO_EXTENDED, [interval(ALL_BITS, ALL_BITS), interval(0x80000000, ALL_BITS)]];

/**
 * The ordinary calls of an architecture, in disjoint sets.
 *
 * @param id the syscall's id
 * @param layout of the words; if it has 32 bits, nothing is said of the upper halves
 * @param words bit n: word n matters; nothing is said of the others
 */
export function ordinaryCalls(
  arch: Architecture,
  id: number,
  layout: Layout,
  words = ~0,
): readonly [Words, ...Words[]] {
  const signature = signatureOf(arch, id) ?? [];
  let found: readonly [Words, ...Words[]] = [ANY_CALL];
  for (let index = 0; index < Math.min(signature.length, ARGUMENTS); index += 1) {
    const [high, low] = [highWordOf(index, layout), lowWordOf(index, layout)];
    const matters = (word: number): boolean => ((words >> word) & 1) === 1;
    if (layout.bits === 64 && matters(high)) {
      const values = valuesOf(signature[index] as Parameter, arch);
      // Where the lower half does not matter, the sets need not be disjoint in it.
      found = found.flatMap((call) =>
        values.map(([upper, lower]) =>
          call.map((domain, word) => (word === high ? upper : word === low ? lower : domain)),
        ),
      ) as unknown as readonly [Words, ...Words[]];
    }
  }
  const selector = selectorOf(id);
  return selector === undefined
    ? found
    : (found.map((call) =>
        call.map((domain, word) => (word === lowWordOf(0, layout) ? selector : domain)),
      ) as unknown as readonly [Words, ...Words[]]);
}

/**
 * The first argument of ipc(2): the upper 16 bits are a version, which glibc 2.41 (sysdeps/unix/sysv/linux/ipc_priv.h) and musl 1.2
 * (src/ipc/ipc.h) leave zero.
 */
function selectorOf(id: number): Domain | undefined {
  return syscallName(id) === "ipc" ? interval(0, 0xffff) : undefined;
}

function valuesOf({ kind, type, name, bits }: Parameter, arch: Architecture): Values {
  if (kind === "padding") {
    return [[ANY_VALUE, ANY_VALUE]];
  }
  if (bits <= 32) {
    return kind === "signed" || NEGATIVE_IDS.includes(type) ? EXTENDED : ZERO_EXTENDED;
  }
  // Programs of x32 and n32 have pointers, sizes and unsigned longs of 32 bits, but offsets of 64; their C libraries declare some
  // longs of the kernel with 64 bits (__syscall_slong_t).
  const isNarrow = pointerBits(arch) < arch.bits && (kind === "pointer" || kind === "unsigned");
  return isNarrow && type !== "u64" && name !== "off" ? ZERO_EXTENDED : [[ANY_VALUE, ANY_VALUE]];
}

/** Unsigned, but -1 means no change (chown(2), setresuid(2)), and Go passes it as an int. */
const NEGATIVE_IDS: readonly string[] = ["uid_t", "gid_t"];
