/**
 * The ids and the capabilities of the calling thread, by system calls: /proc need not be mounted.
 */

import type { ProcessStatus } from "../src/host.ts";
import { EINVAL } from "../src/load/errno.ts";
import type { Native } from "./native.ts";

/** The highest possible number of a capability: the kernel's sets have 64 bits. */
const LAST_CAPABILITY = 63;
/** _LINUX_CAPABILITY_VERSION_3 of include/uapi/linux/capability.h. */
const VERSION_3 = 0x2008_0522;
/** prctl(2) */
const PR_CAPBSET_READ = 23;
const PR_GET_NO_NEW_PRIVS = 39;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_IS_SET = 1;

/** The errno of the first call that failed: none does by itself, but a filter of the caller may refuse it. */
class Failed extends Error {
  constructor(readonly errno: number) {
    super();
  }
}

/** `HostProcess.process` */
export function processStatus(native: Native): ProcessStatus | number {
  const checked = (result: number): number => {
    if (result < 0) {
      throw new Failed(-result);
    }
    return result;
  };
  const prctl = (...args: readonly number[]): number => native.call("prctl", ...args);
  try {
    const { effective, permitted, inheritable } = capabilitySets(native, checked);
    const { bounding, capabilities } = boundingSet(prctl, checked);
    // Only capabilities that are both permitted and inheritable can be ambient (capabilities(7)); usually there are none.
    const isAmbient = (bit: number): boolean =>
      (((permitted & inheritable) >> BigInt(bit)) & 1n) === 1n &&
      checked(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, bit)) === 1;
    return {
      uid: checked(native.call("getuid")),
      euid: checked(native.call("geteuid")),
      noNewPrivs: checked(prctl(PR_GET_NO_NEW_PRIVS)) === 1,
      effective: effective.toString(16),
      permitted: permitted.toString(16),
      bounding: bounding.toString(16),
      ambient: setOf(isAmbient).toString(16),
      capabilities,
    };
  } catch (error) {
    if (error instanceof Failed) {
      return error.errno;
    }
    throw error;
  }
}

/** The set of the capabilities that the function accepts. */
function setOf(holds: (bit: number) => boolean): bigint {
  let set = 0n;
  for (let bit = 0; bit <= LAST_CAPABILITY; bit += 1) {
    set |= holds(bit) ? 1n << BigInt(bit) : 0n;
  }
  return set;
}

/** capget(2), version 3: two structures, each with 32 bits of the effective, the permitted and the inheritable set. */
function capabilitySets(
  native: Native,
  checked: (result: number) => number,
): Readonly<Record<"effective" | "permitted" | "inheritable", bigint>> {
  const header = new Uint32Array([VERSION_3, 0]);
  const halves = new Uint32Array(6);
  checked(native.call("capget", bytesOf(header), bytesOf(halves)));
  const joined = (at: number): bigint => (BigInt(halves[at + 3] ?? 0) << 32n) | BigInt(halves[at] ?? 0);
  return { effective: joined(0), permitted: joined(1), inheritable: joined(2) };
}

/** A view of the same memory, in the machine's byte order. */
function bytesOf(numbers: Uint32Array): Buffer {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** The set, and the number of capabilities of the kernel: from that number on the call fails with EINVAL. */
function boundingSet(
  prctl: (...args: readonly number[]) => number,
  checked: (result: number) => number,
): { bounding: bigint; capabilities: number } {
  let bounding = 0n;
  for (let bit = 0; bit <= LAST_CAPABILITY; bit += 1) {
    const held = prctl(PR_CAPBSET_READ, bit);
    if (held === -EINVAL) {
      return { bounding, capabilities: bit };
    }
    bounding |= BigInt(checked(held)) << BigInt(bit);
  }
  return { bounding, capabilities: LAST_CAPABILITY + 1 };
}
