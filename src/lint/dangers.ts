/**
 * Calls that expose much of the kernel, each with the reason why a profile that allows it is worth a second look.
 *
 * Decision 24 says how they were chosen: what Docker's default denies to a caller without capabilities, and what the kernel lets
 * the target do.
 */

import { ALL_BITS } from "../analysis/domain.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { holds, type Target } from "../policy/target.ts";
import { denies } from "../policy/verdict.ts";
import { type Multiplexed, multiplexed } from "../tables/multiplexers.ts";
import {
  allows,
  type Given,
  type LintInput,
  letsThrough,
  namePointer,
  nativeOf,
  openArguments,
  verdictsOn,
} from "./input.ts";
import {
  type Mend,
  mendByEnosys,
  mendClone,
  mendClone3,
  mendFamilies,
  mendPerf,
  mendUnshare,
} from "./mends.ts";
import { isRestricted } from "./other-ways.ts";
import { decidingPlace, type Place } from "./places.ts";
import { siblingsLeftOpen } from "./siblings.ts";

/** What a profile may allow, and why that is dangerous. */
export interface Danger {
  /** What is allowed, in the summary of several dangers. */
  readonly what: string;
  readonly calls: readonly DangerousCall[];
  /** Kernels before this version (major * 256 + minor) do not have it. */
  readonly since?: number;
  /** Kernels from this version on are not affected. */
  readonly mendedIn?: number;
  /** The kernel refuses it to a caller that holds none of these capabilities in the initial user namespace. */
  readonly needs?: Needs;
  /** It is nothing new to a caller with this capability. */
  readonly unless?: string;
  /** The reason in a few words, in that summary. */
  readonly brief: string;
  /** One sentence, printed after a colon. */
  readonly why: string;
  readonly hint?: string | Mend;
  /** What is left of it where a call is denied by which everything begins. */
  readonly without?: Without;
}

interface Without {
  /** The name of the call by which it begins. */
  readonly call: string;
  readonly brief: string;
  readonly why: string;
}

interface Needs {
  readonly caps: readonly string[];
  /** Before this kernel, callers without them can do it too; absent: never. */
  readonly from?: number;
}

interface DangerousCall {
  readonly name: string;
  /** The argument with which it is dangerous, and any others; absent: any arguments. */
  readonly when?: Given;
  /** The name of that argument in messages. */
  readonly given?: string;
  /** What is to be done about this call; absent: the hint of the danger. */
  readonly mend?: string | Mend;
}

/** include/uapi/linux/sched.h at v6.18 */
const CLONE_FS = 0x00000200;
const CLONE_THREAD = 0x00010000;
const CLONE_NEWUSER = 0x10000000;
/** include/linux/socket.h at v6.18 */
const AF_ALG = 38;
const AF_VSOCK = 40;

/**
 * The worst first. The CVEs are examples of exploits through each call. The sources of {@link Danger.needs} are functions of the
 * kernel at v6.12; where they call `capable`, a capability in a user namespace of the task's own does not count
 * (user_namespaces(7)). The calls that change mounts, and setns, ask with `ns_capable`, but in a namespace of its own a task
 * reaches only what is its own anyway.
 */
export const DANGERS: readonly Danger[] = [
  {
    what: "kernel modules",
    brief: "change the code of the kernel",
    calls: named("init_module finit_module delete_module"),
    // kernel/module/main.c, may_init_module and delete_module: capable
    needs: { caps: ["CAP_SYS_MODULE"] },
    why: "the code of the kernel can be changed",
  },
  {
    what: "kexec",
    brief: "starts another kernel",
    calls: named("kexec_load kexec_file_load"),
    // kernel/kexec_core.c, kexec_load_permitted: capable
    needs: { caps: ["CAP_SYS_BOOT"] },
    why: "another kernel can be started instead of this one",
  },
  {
    what: "I/O ports",
    brief: "past the drivers",
    calls: named("iopl ioperm"),
    // arch/x86/kernel/ioport.c, iopl and ksys_ioperm: capable
    needs: { caps: ["CAP_SYS_RAWIO"] },
    why: "I/O ports are reached directly, past the drivers",
  },
  {
    what: "files by handle",
    brief: "outside the mount namespace",
    calls: named("open_by_handle_at"),
    // fs/fhandle.c, handle_to_path: capable; without it, since 6.11, only what lies below the caller's own mount (may_decode_fh)
    needs: { caps: ["CAP_DAC_READ_SEARCH"] },
    why: "it opens files outside the mount namespace, and has been used to break out of containers (the exploit 'shocker')",
  },
  {
    what: "mounts",
    brief: "those that other confinement relies on",
    calls: named(
      "mount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr open_tree_attr",
    ),
    // fs/namespace.c, may_mount: ns_capable in the user namespace of the mount namespace
    needs: { caps: ["CAP_SYS_ADMIN"] },
    why: "the mounts that other confinement relies on can be changed",
  },
  {
    what: "setns",
    brief: "the namespaces of other processes",
    calls: named("setns"),
    // kernel/nsproxy.c, validate_nsset, and kernel/user_namespace.c, userns_install: ns_capable in the namespace that is entered
    needs: { caps: ["CAP_SYS_ADMIN"] },
    why: "it enters the namespaces of other processes",
  },
  {
    what: "bpf",
    brief: "programs in the kernel",
    calls: named("bpf"),
    // kernel/bpf/Kconfig, BPF_UNPRIV_DEFAULT_OFF: the default since 5.16; kernel/bpf/syscall.c, bpf_prog_load: capable
    needs: { caps: ["CAP_BPF", "CAP_SYS_ADMIN"], from: 5 * 256 + 16 },
    why: "it loads programs into the kernel, and their verifier has been a way to root (CVE-2021-3490)",
  },
  {
    what: "io_uring",
    brief: "its operations are seen by no filter",
    calls: named("io_uring_setup io_uring_enter io_uring_register"),
    since: 5 * 256 + 1,
    why: "the operations of a ring, such as opening files and sending, are seen by no filter, and rings have been a way to root (CVE-2022-29582)",
    hint: mendByEnosys,
    without: {
      call: "io_uring_setup",
      brief: "of rings that are inherited",
      why: "no ring can be made without io_uring_setup, but the operations of one that is inherited, such as opening files and sending, are seen by no filter",
    },
  },
  {
    what: "user namespaces",
    brief: "all capabilities inside them",
    calls: [
      {
        name: "clone",
        // kernel/fork.c at v6.12, copy_process: EINVAL with one of the other two
        when: { index: 0, mask: CLONE_NEWUSER | CLONE_FS | CLONE_THREAD, value: CLONE_NEWUSER },
        given: "CLONE_NEWUSER",
        mend: mendClone,
      },
      {
        name: "unshare",
        when: { index: 0, mask: CLONE_NEWUSER, value: CLONE_NEWUSER },
        given: "CLONE_NEWUSER",
        mend: mendUnshare,
      },
      { name: "clone3", mend: mendClone3 },
    ],
    unless: "CAP_SYS_ADMIN",
    why: "in a user namespace of its own the task has all capabilities, and attacks code of the kernel that is meant for root",
  },
  {
    what: "AF_ALG",
    brief: "a way to root: CVE-2026-31431",
    calls: [{ name: "socket", when: { index: 0, mask: ALL_BITS, value: AF_ALG }, given: "AF_ALG" }],
    why: "AF_ALG is the kernel's cryptography, which programs hardly use, and which has been a way to root (CVE-2026-31431)",
    hint: mendFamilies,
  },
  {
    what: "perf_event_open",
    brief: "a way to root: CVE-2023-5717",
    calls: named("perf_event_open"),
    why: "programs are measured by it while they are developed, and it has been a way to root (CVE-2013-2094, CVE-2023-5717)",
    hint: mendPerf,
  },
  {
    what: "userfaultfd",
    brief: "makes races exploitable",
    calls: named("userfaultfd"),
    // fs/userfaultfd.c, userfaultfd_syscall_allowed: capable; vm.unprivileged_userfaultfd is 0 since 5.11
    needs: { caps: ["CAP_SYS_PTRACE"], from: 5 * 256 + 11 },
    why: "it pauses the kernel in the middle of a copy, which makes races exploitable",
  },
  {
    what: "keyrings",
    brief: "of the user, not of the container",
    calls: named("add_key keyctl request_key"),
    why: "keyrings belong to a user and not to a container, and have been a way to root (CVE-2016-0728)",
    hint: mendByEnosys,
  },
  {
    what: "AF_VSOCK",
    brief: "the host of a virtual machine",
    calls: [{ name: "socket", when: { index: 0, mask: ALL_BITS, value: AF_VSOCK }, given: "AF_VSOCK" }],
    why: "AF_VSOCK reaches the host of a virtual machine past every network namespace",
    hint: mendFamilies,
  },
  {
    what: "ptrace",
    brief: "changes calls that were judged",
    calls: named("ptrace"),
    mendedIn: 4 * 256 + 8,
    why: "before Linux 4.8 a tracer could change a call after the filter had judged it (seccomp(2))",
  },
  {
    what: "reboot",
    brief: "stops the machine",
    calls: named("reboot"),
    // kernel/reboot.c, reboot: ns_capable in the user namespace of the PID namespace, and then it ends that namespace only
    needs: { caps: ["CAP_SYS_BOOT"] },
    why: "it stops the machine",
  },
];

function named(words: string): readonly DangerousCall[] {
  return words.split(" ").map((name) => ({ name }));
}

/** A danger, and the calls through which it is open. */
interface Open {
  readonly danger: Danger;
  /** One at least. */
  readonly calls: readonly OpenCall[];
}

/** A dangerous call, and what lets it through. */
export interface OpenCall extends Place {
  readonly call: DangerousCall;
  /** The multiplexer through which it is made; undefined if the call itself is let through. */
  readonly via?: Multiplexed["via"];
}

/**
 * Warns of dangerous calls that the native architecture lets through, but for those that are told to be ways around a rule, or
 * that can be made only by such a way. Those that the default action lets through are one finding.
 */
export function dangerousAllowances(input: LintInput): Diagnostic[] {
  const told = siblingsLeftOpen(input);
  const open = openDangers(input, (name) => !told.has(name));
  const byDefault = open.filter(({ calls }) => calls.some(({ isDefault }) => isDefault));
  const joined = joinedByCall(byDefault);
  const others = open.filter((one) => !byDefault.includes(one));
  return [
    ...(joined.length > 1 ? [summary(input, byDefault)] : joined.map((one) => describe(input, one))),
    ...joinedByCall(others).map((one) => describe(input, one)),
  ];
}

/**
 * The dangers that the native architecture lets through and that the kernel leaves to the target, the worst first.
 *
 * @param isWanted leaves out other calls, by name
 */
function openDangers(input: LintInput, isWanted: (name: string) => boolean): readonly Open[] {
  return DANGERS.flatMap((danger): Open[] => {
    const calls =
      isLeft(danger, input.target) && gainless(input, danger) === undefined
        ? danger.calls.flatMap((call) =>
            // Where conditions are on the call itself, the multiplexer is told to be a way around them.
            isWanted(call.name) ? (openCall(input, call) ?? openUnlessRestricted(input, call) ?? []) : [],
          )
        : [];
    return calls.length === 0 ? [] : [{ danger: leftOf(input, danger), calls }];
  });
}

/** What is left of a danger where the call by which it begins is denied, whatever its arguments. */
export function leftOf({ policy }: LintInput, danger: Danger): Danger {
  const { without } = danger;
  const isLess =
    without !== undefined &&
    policy.architectures.every((arch) => verdictsOn(policy, arch, without.call).every(denies));
  return isLess ? { ...danger, brief: without.brief, why: without.why } : danger;
}

/**
 * The calls through which a danger is open, all ways around rules among them; none if it is not open, or if it is nothing new to the
 * caller.
 */
export function openCalls(input: LintInput, danger: Danger): readonly OpenCall[] {
  return gainless(input, danger) === undefined ? callsThrough(input, danger) : [];
}

/** The capability of the caller to which a danger that is let through is nothing new; undefined if there is none. */
export function nothingNew(input: LintInput, danger: Danger): string | undefined {
  const held = gainless(input, danger);
  return held !== undefined && callsThrough(input, danger).length > 0 ? held : undefined;
}

function gainless({ target }: LintInput, { unless }: Danger): string | undefined {
  return unless !== undefined && holds(target, unless) === true ? unless : undefined;
}

function callsThrough(input: LintInput, danger: Danger): readonly OpenCall[] {
  return isLeft(danger, input.target)
    ? danger.calls.flatMap((call) => openCall(input, call) ?? openThrough(input, call) ?? [])
    : [];
}

/** Whether the kernel leaves it to the target. */
function isLeft(danger: Danger, target: Target): boolean {
  const { needs } = danger;
  return (
    isOfKernel(danger, target) &&
    (needs === undefined ||
      (needs.from !== undefined && target.kernel < needs.from) ||
      needs.caps.some((name) => holds(target, name) === true))
  );
}

/** Whether the target's kernel has the danger, for some caller. */
export function isOfKernel({ since = 0, mendedIn }: Danger, { kernel }: Target): boolean {
  return kernel >= since && (mendedIn === undefined || kernel < mendedIn);
}

/** Dangers that differ in the arguments of one call are one finding, since one change of the rules ends them. */
function joinedByCall(open: readonly Open[]): readonly (readonly [Open, ...Open[]])[] {
  const joined: [Open, ...Open[]][] = [];
  for (const one of open) {
    const same = joined.find(
      ([first]) =>
        one.danger.hint !== undefined &&
        first.danger.hint === one.danger.hint &&
        namesOf(first)[0] === namesOf(one)[0],
    );
    if (same === undefined) {
      joined.push([one]);
    } else {
      same.push(one);
    }
  }
  return joined;
}

function namesOf({ calls }: Open): readonly string[] {
  return calls.map(({ call }) => call.name);
}

function describe(input: LintInput, all: readonly [Open] | readonly [Open, ...Open[]]): Diagnostic {
  const [{ danger, calls }] = all;
  const [first] = calls as readonly [OpenCall];
  const given = [
    ...new Set(
      all.flatMap((one) => one.calls.flatMap(({ call }) => (call.given === undefined ? [] : [call.given]))),
    ),
  ];
  const what = given.length === 0 ? "" : ` with ${given.join(" and ")}`;
  const why = all.map((one) => one.danger.why).join("; ");
  const values = all.flatMap((one) =>
    one.calls.flatMap(({ call }) => (call.when === undefined ? [] : [BigInt(call.when.value)])),
  );
  const inWords = (mend: string | Mend): string =>
    typeof mend === "string"
      ? mend
      : mend(input, first, values, calls.length === 1 ? "it" : "them", namesOf(all[0]));
  const mends = calls.flatMap(({ call }) => (call.mend === undefined ? [] : [inWords(call.mend)]));
  const hints = mends.length > 0 ? mends : danger.hint === undefined ? [] : [inWords(danger.hint)];
  const hint = [...hints, ...(isOnPurpose(input, first) ? [ACCEPT] : [])].join("; ");
  return {
    code: "dangerous-allowance",
    severity: "warning",
    message: hasConditions(input, first)
      ? `the conditions on ${namesOf(all[0])[0]} let ${given.join(" and ")} through: ${why}`
      : `${listed(namesOf(all[0]))} can be called${what}: ${why}`,
    ...(hint === "" ? {} : { hint }),
    pointer: first.pointer,
  };
}

/** How the author of a rule says that it is meant: {@link sortAccepted} of `accepted.ts`. */
const ACCEPT =
  'if it is meant, let the rule\'s comment say why: "seccomp-exec: accept dangerous-allowance: REASON"';

/**
 * Whether the rule that lets a call through seems to be there for dangerous calls: it names several and no others. What its comment
 * says in free text is not judged.
 */
function isOnPurpose({ profile }: LintInput, { pointer, isDefault }: OpenCall): boolean {
  const rule = isDefault
    ? undefined
    : profile.rules.find(({ index }) => pointer.startsWith(`${profile.base}/syscalls/${index}/`));
  return rule !== undefined && rule.names.length > 1 && rule.names.every((name) => DANGEROUS.has(name));
}

const DANGEROUS: ReadonlySet<string> = new Set(DANGERS.flatMap(({ calls }) => calls.map(({ name }) => name)));

/** Whether the rule that lets a call through looks at its arguments, so that it forbids some of them. */
function hasConditions({ profile }: LintInput, { call, pointer, isDefault }: OpenCall): boolean {
  const rule =
    isDefault || call.when === undefined
      ? undefined
      : profile.rules.find(({ index }) => pointer.startsWith(`${profile.base}/syscalls/${index}/`));
  return rule !== undefined && rule.conditions.length > 0;
}

/** Maximum number of dangers of which a summary tells the reason. */
const WORST = 3;

/** What a default action lets through, in one finding. */
function summary({ profile }: LintInput, open: readonly Open[]): Diagnostic {
  const named = open.map(({ danger }, i) => (i < WORST ? `${danger.what} (${danger.brief})` : danger.what));
  return {
    code: "dangerous-allowance",
    severity: "warning",
    message: `${open.length} dangers are allowed since no rule denies them: ${listed(named, named.length)}`,
    hint: "deny them too, or deny by default and allow what the task needs",
    pointer: `${profile.base}/defaultAction`,
  };
}

function openCall(input: LintInput, call: DangerousCall): OpenCall | undefined {
  const { policy, profile } = input;
  const { name, when } = call;
  const arch = nativeOf(input);
  if (when === undefined) {
    const pointer = namePointer(profile, name);
    return verdictsOn(policy, arch, name).some(allows)
      ? { call, pointer, isDefault: pointer === `${profile.base}/defaultAction` }
      : undefined;
  }
  // s390 takes the flags of clone in the second argument: clone(2), "C library/kernel differences".
  const index = name === "clone" && arch.column.startsWith("s390") ? 1 : when.index;
  const args = openArguments(policy, arch, name, { ...when, index });
  return args && { call, ...decidingPlace(input, { arch, name, args }) };
}

function openUnlessRestricted(input: LintInput, call: DangerousCall): OpenCall | undefined {
  return isRestricted(input.policy, call.name) ? undefined : openThrough(input, call);
}

/** The call with its arguments made through a multiplexer, where they cannot be checked. */
function openThrough(input: LintInput, dangerous: DangerousCall): OpenCall | undefined {
  const through = dangerous.when === undefined ? undefined : multiplexed(dangerous.name);
  for (const arch of through === undefined ? [] : input.policy.architectures) {
    const { via, call } = through as Multiplexed;
    const args = [BigInt(call)];
    if (letsThrough(input.policy, arch, via, args)) {
      return { call: dangerous, via, ...decidingPlace(input, { arch, name: via, args }) };
    }
  }
  return undefined;
}
