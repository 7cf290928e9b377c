/**
 * Calls that expose much of the kernel, each with the reason why a profile that allows it is worth a second look.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { type Multiplexed, multiplexed } from "../tables/multiplexers.ts";
import { allows, type LintInput, namePointer, nativeOf, verdictOn, verdictsOn } from "./input.ts";
import { isRestricted } from "./other-ways.ts";
import { decidingPlace } from "./places.ts";
import { siblingsLeftOpen } from "./siblings.ts";

interface Danger {
  readonly names: readonly string[];
  /** Arguments with which it is dangerous; absent: any. */
  readonly args?: readonly bigint[];
  /** The name of those arguments in messages. */
  readonly what?: string;
  /** Kernels from this version on (major * 256 + minor) are not affected. */
  readonly mendedIn?: number;
  /** One sentence, printed after a colon. */
  readonly why: string;
}

/** include/uapi/linux/sched.h at v6.18 */
const CLONE_NEWUSER = 0x10000000n;
/** include/linux/socket.h at v6.18 */
const AF_ALG = 38n;
const AF_VSOCK = 40n;
/** include/uapi/asm-generic/ioctls.h at v6.18 */
const TIOCSTI = 0x5412n;

const NEW_USER_NAMESPACE =
  "in its own user namespace the task has all capabilities and can attack much more of the kernel";

/** The CVEs are examples of exploits through each call. */
export const DANGERS: readonly Danger[] = [
  {
    names: ["ptrace"],
    mendedIn: 4 * 256 + 8,
    why: "before Linux 4.8 a tracer could change a call after the filter had judged it (seccomp(2))",
  },
  { names: ["clone"], args: [CLONE_NEWUSER], what: "CLONE_NEWUSER", why: NEW_USER_NAMESPACE },
  { names: ["unshare"], args: [CLONE_NEWUSER], what: "CLONE_NEWUSER", why: NEW_USER_NAMESPACE },
  {
    names: ["clone3"],
    why: "its flags are in memory, where a filter cannot look for CLONE_NEWUSER; deny it with ENOSYS, so that libraries fall back to clone",
  },
  { names: ["setns"], why: "it enters the namespaces of other processes" },
  {
    names: ["bpf"],
    why: "it loads programs into the kernel, and their verifier has been a way to root (CVE-2021-3490)",
  },
  {
    names: ["userfaultfd"],
    why: "it pauses the kernel in the middle of a copy, which makes races exploitable",
  },
  {
    names: ["io_uring_setup", "io_uring_enter", "io_uring_register"],
    why: "operations submitted through a ring bypass every filter, and rings have been a way to root (CVE-2022-29582)",
  },
  {
    names: ["perf_event_open"],
    why: "it watches other processes and the kernel, and has been a way to root (CVE-2013-2094)",
  },
  { names: ["kexec_load", "kexec_file_load"], why: "another kernel can be started instead of this one" },
  { names: ["init_module", "finit_module", "delete_module"], why: "the code of the kernel can be changed" },
  {
    names: ["socket"],
    args: [AF_ALG],
    what: "AF_ALG",
    why: "programs hardly use the kernel's cryptography, and it has been a way to root (CVE-2026-31431)",
  },
  {
    names: ["socket"],
    args: [AF_VSOCK],
    what: "AF_VSOCK",
    why: "it reaches the host of a virtual machine past every network namespace",
  },
  {
    names: ["add_key", "keyctl", "request_key"],
    why: "keyrings belong to a user and not to a container, and have been a way to root (CVE-2016-0728)",
  },
  {
    names: ["open_by_handle_at"],
    why: "it opens files outside the mount namespace, and has been used to break out of containers (the exploit 'shocker')",
  },
  {
    names: ["process_vm_readv", "process_vm_writev", "pidfd_getfd"],
    why: "it reaches the memory and the descriptors of other processes",
  },
  {
    names: [
      "mount",
      "umount2",
      "pivot_root",
      "move_mount",
      "open_tree",
      "fsopen",
      "fsmount",
      "mount_setattr",
    ],
    why: "it can change the mounts that other confinement relies on",
  },
  { names: ["iopl", "ioperm"], why: "it gives direct access to I/O ports, bypassing the drivers" },
  { names: ["reboot"], why: "it stops the machine" },
  {
    names: ["modify_ldt", "vm86", "vm86old"],
    why: "it exists for very old programs, and its code in the kernel is hardly tested",
  },
  {
    names: ["ioctl"],
    args: [0n, TIOCSTI],
    what: "TIOCSTI",
    mendedIn: 6 * 256 + 2,
    why: "it types into the terminal from which the task was started (CVE-2017-5226)",
  },
];

/**
 * Warns of dangerous calls that the native architecture lets through, but for those that are told to be ways around a rule, or
 * that can be made only by such a way.
 */
export function dangerousAllowances(input: LintInput): Diagnostic[] {
  const told = siblingsLeftOpen(input);
  return DANGERS.flatMap((danger): Diagnostic[] => {
    if (danger.mendedIn !== undefined && input.target.kernel >= danger.mendedIn) {
      return [];
    }
    const open = danger.names.flatMap((name) =>
      told.has(name) ? [] : (openCall(input, name, danger.args) ?? []),
    );
    const [first] = open;
    if (first === undefined) {
      return [];
    }
    const what = danger.what === undefined ? "" : ` with ${danger.what}`;
    return [
      {
        code: "dangerous-allowance",
        severity: "warning",
        message: `${listed(open.map(({ name }) => name))} can be called${what}: ${danger.why}`,
        pointer: first.pointer,
      },
    ];
  });
}

/** A dangerous call, and what lets it through. */
interface OpenCall {
  readonly name: string;
  readonly pointer: string;
}

function openCall(input: LintInput, name: string, args: Danger["args"]): OpenCall | undefined {
  const { policy, profile } = input;
  const arch = nativeOf(input);
  if (args === undefined) {
    const isOpen = verdictsOn(policy, arch, name).some(allows);
    return isOpen ? { name, pointer: namePointer(profile, name) } : undefined;
  }
  // s390 takes the flags of clone in the second argument: clone(2), "C library/kernel differences".
  const swapped = name === "clone" && arch.column.startsWith("s390") ? [0n, ...args] : args;
  const verdict = verdictOn(policy, arch, name, swapped);
  if (verdict !== undefined && allows(verdict)) {
    return { name, pointer: decidingPlace(input, { arch, name, args: swapped }).pointer };
  }
  const through = multiplexed(name);
  return through === undefined || isRestricted(policy, name) ? undefined : openThrough(input, name, through);
}

/** The call made through a multiplexer, where its arguments cannot be checked. */
function openThrough(input: LintInput, name: string, { via, call }: Multiplexed): OpenCall | undefined {
  for (const arch of input.policy.architectures) {
    const args = [BigInt(call)];
    const verdict = verdictOn(input.policy, arch, via, args);
    if (verdict !== undefined && allows(verdict)) {
      return { name, pointer: decidingPlace(input, { arch, name: via, args }).pointer };
    }
  }
  return undefined;
}
