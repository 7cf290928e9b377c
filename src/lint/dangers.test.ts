/**
 * Dangerous calls: each is reported where it is let through, but not where it is denied, masked, or fixed by the kernel.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { dockerDefault } from "../../test/support/fixtures/docker-default.ts";
import {
  ALL_CAPS,
  architecture,
  KERNEL,
  policyOf,
  profileOf,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Profile } from "../profile/profile.ts";
import type { ArchitectureName } from "../tables/architectures.ts";
import { capabilityBit } from "../tables/capabilities.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { DANGERS, type Danger, dangerousAllowances } from "./dangers.ts";

interface Machine {
  readonly arch?: ArchitectureName;
  readonly kernel?: number;
  readonly caps?: bigint;
}

/** The messages for a profile that denies all but these rules. */
function said(rules: readonly object[], machine: Machine = {}): string[] {
  return saidOf(profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: rules })), machine);
}

function saidOf(profile: Profile, machine: Machine): string[] {
  return findingsOf(profile, machine).map(({ message }) => message);
}

function findingsOf(
  profile: Profile,
  { arch = "x86_64", kernel = KERNEL, caps = 0n }: Machine,
): readonly Diagnostic[] {
  const native = architecture(arch);
  const policy = policyOf(profile, native, caps, "default");
  const target = { arch: native, kernel, caps };
  return dangerousAllowances({ profile, policy, installed: policy, target, engines: [] });
}

const LINUX_4_7 = 4 * 256 + 7;

/** A machine and a caller with which a danger is told, and others with which it is not. */
function machinesFor({ since, mendedIn, needs, unless }: Danger): { on: Machine; off: Machine[] } {
  const kernel = mendedIn === undefined ? KERNEL : mendedIn - 1;
  const [cap = ""] = needs?.caps ?? [];
  return {
    on: { kernel, caps: needs === undefined ? 0n : only(cap) },
    off: [
      ...(since === undefined ? [] : [{ kernel: since - 1 }]),
      ...(mendedIn === undefined ? [] : [{ kernel: mendedIn }]),
      ...(needs === undefined
        ? []
        : [{ caps: needs.caps.reduce((all, name) => all & ~only(name), ALL_CAPS) }]),
      ...(unless === undefined ? [] : [{ caps: only(unless) }]),
    ],
  };
}

function only(name: string): bigint {
  return 1n << BigInt(capabilityBit(name));
}

for (const danger of DANGERS) {
  const { calls, what, why } = danger;
  const names = calls.map(({ name }) => name);
  test(`${what} is reported where it is let through, with the reason`, () => {
    const { on, off } = machinesFor(danger);
    const tells = (found: readonly string[]): boolean => found.some((message) => message.includes(why));
    for (const action of ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]) {
      assert.ok(tells(said([{ names, action }], on)));
    }
    assert.equal(said([{ names, action: "SCMP_ACT_KILL" }], on), []);
    for (const machine of off) {
      assert.not.ok(tells(said([{ names, action: "SCMP_ACT_ALLOW" }], machine)), JSON.stringify(off.length));
    }
  });
}

test("before the kernel asks for a capability, every caller is told", () => {
  const late = DANGERS.filter(({ needs }) => needs?.from !== undefined);
  assert.ok(late.length > 1);
  for (const { calls, why, needs } of late) {
    const names = calls.map(({ name }) => name);
    const found = said([{ names, action: "SCMP_ACT_ALLOW" }], { kernel: (needs?.from ?? 0) - 1 });
    assert.ok(found.some((message) => message.includes(why)));
  }
});

test("every call that is called dangerous exists, each capability too, and each reason is one sentence", () => {
  for (const { calls, why, needs, unless } of DANGERS) {
    for (const { name } of calls) {
      assert.ok(syscallNumber(X86_64, syscallId(name)) >= 0, name);
    }
    for (const name of [...(needs?.caps ?? []), ...(unless === undefined ? [] : [unless])]) {
      assert.ok(capabilityBit(name) >= 0, name);
    }
    assert.not.match(why, /\.\s|\.$/);
  }
});

test("Docker's default has no danger for a caller without capabilities", () => {
  const profile = profileOf(JSON.stringify(dockerDefault()));
  for (const kernel of [4 * 256 + 8, 5 * 256 + 10, KERNEL]) {
    assert.equal(saidOf(profile, { kernel }), []);
  }
  assert.ok(saidOf(profile, { caps: ALL_CAPS }).length > 5);
});

test("what a default action lets through is one finding, which tells the worst reasons and names all", () => {
  const text = JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["ptrace", "bpf"], action: "SCMP_ACT_ERRNO" }],
  });
  const [message = "", ...more] = saidOf(profileOf(text), {});
  assert.equal(more, []);
  assert.match(message, "6 dangers");
  assert.match(message, "io_uring (its operations are seen by no filter)");
  assert.match(message, /, perf_event_open, keyrings, AF_VSOCK$/);
  const rest = [
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "clone",
    "unshare",
    "clone3",
    "socket",
    "keyctl",
  ];
  const single = JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: [...rest, "add_key", "request_key"], action: "SCMP_ACT_ERRNO" }],
  });
  assert.match(saidOf(profileOf(single), {}).join(), /^perf_event_open can be called: /);
});

test("families of sockets are one finding, and a rule that forbids one of them is not blamed for that", () => {
  const socket = (...args: readonly object[]): object => ({
    names: ["socket"],
    action: "SCMP_ACT_ALLOW",
    args,
  });
  assert.match(said([socket()]).join(), /^socket can be called with AF_ALG and AF_VSOCK: .*; /);
  const vsock = { index: 0, op: "SCMP_CMP_NE", value: 40 };
  assert.match(said([socket(vsock)]).join(), /^the conditions on socket let AF_ALG through: /);
  const both = [
    socket({ index: 0, op: "SCMP_CMP_LT", value: 38 }),
    socket({ index: 0, op: "SCMP_CMP_EQ", value: 39 }),
    socket({ index: 0, op: "SCMP_CMP_GT", value: 40 }),
  ];
  assert.equal(said(both), []);
});

const CLONE = { index: 0, op: "SCMP_CMP_MASKED_EQ", value: 0x10000000, valueTwo: 0 };

test("clone is no danger where CLONE_NEWUSER is masked out, wherever the flags are", () => {
  assert.equal(said([{ names: ["clone"], action: "SCMP_ACT_ALLOW", args: [CLONE] }]), []);
  const second = [{ names: ["clone"], action: "SCMP_ACT_ALLOW", args: [{ ...CLONE, index: 1 }] }];
  assert.equal(said(second, { arch: "s390x" }), []);
  assert.is(said(second).length, 1);
  assert.is(
    said([{ names: ["clone"], action: "SCMP_ACT_ALLOW", args: [CLONE] }], { arch: "s390x" }).length,
    1,
  );
});

test("the hint for clone names the argument of the machine, and that of s390x where the profile lists it", () => {
  const hint = (machine: Machine, members = {}): string | undefined =>
    findingsOf(
      profileOf(
        JSON.stringify({
          defaultAction: "SCMP_ACT_ERRNO",
          ...members,
          syscalls: [{ names: ["clone"], action: "SCMP_ACT_ALLOW" }],
        }),
      ),
      machine,
    )[0]?.hint;
  assert.match(hint({}) ?? "", /: argument 0 MASKED_EQ, value 2114060288 \(0x7e020000\), valueTwo 0$/);
  assert.match(hint({ arch: "s390x" }) ?? "", ": argument 1 MASKED_EQ");
  const listed = { architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_S390X"] };
  assert.match(hint({}, listed) ?? "", /: argument 0 .*, and on s390x argument 1$/);
});

const cloneOf = (index: number, op: string, value: number, valueTwo = 0): object => ({
  names: ["clone"],
  action: "SCMP_ACT_ALLOW",
  args: [{ index, op, value, valueTwo }],
});

test("clone is a danger where any flags with CLONE_NEWUSER are let through, and the kernel accepts them", () => {
  const isTold = (rule: object, arch: ArchitectureName = "x86_64"): boolean =>
    said([rule], { arch }).some((message) => message.includes("let CLONE_NEWUSER through"));
  const [NEWUSER, THREAD, FS, SIGCHLD] = [0x10000000, 0x10000, 0x200, 17];
  assert.ok(isTold(cloneOf(0, "SCMP_CMP_EQ", NEWUSER | SIGCHLD)));
  assert.ok(isTold(cloneOf(0, "SCMP_CMP_MASKED_EQ", SIGCHLD, SIGCHLD)));
  assert.ok(isTold(cloneOf(0, "SCMP_CMP_GT", NEWUSER)));
  assert.not.ok(isTold(cloneOf(0, "SCMP_CMP_EQ", SIGCHLD)));
  assert.not.ok(isTold(cloneOf(0, "SCMP_CMP_LT", NEWUSER)));
  for (const flag of [THREAD, FS]) {
    assert.not.ok(isTold(cloneOf(0, "SCMP_CMP_MASKED_EQ", flag, flag)));
  }
  assert.ok(isTold(cloneOf(1, "SCMP_CMP_EQ", NEWUSER | SIGCHLD), "s390x"));
  assert.not.ok(isTold(cloneOf(1, "SCMP_CMP_EQ", SIGCHLD), "s390x"));
  // A stack.
  assert.ok(isTold(cloneOf(0, "SCMP_CMP_EQ", SIGCHLD), "s390x"));
});

test("a family of sockets is a danger where it is let through for one type only", () => {
  const only = (family: number, type: number): object => ({
    names: ["socket"],
    action: "SCMP_ACT_ALLOW",
    args: [
      { index: 0, op: "SCMP_CMP_EQ", value: family },
      { index: 1, op: "SCMP_CMP_EQ", value: type },
    ],
  });
  assert.match(said([only(38, 5)]).join(), /^the conditions on socket let AF_ALG through: /);
  assert.match(said([only(40, 1)]).join(), /^the conditions on socket let AF_VSOCK through: /);
  assert.match(said([only(38, 5), only(40, 1)]).join(), /^the conditions on socket let AF_ALG and AF_VSOCK /);
  assert.equal(said([only(1, 5), only(2, 1)]), []);
  const profile = profileOf(
    JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [only(2, 1), only(38, 5)] }),
  );
  const [finding] = findingsOf(profile, {});
  assert.equal(
    [finding?.pointer, finding?.hint],
    ["/syscalls/1/names/0", "let no rule allow socket where argument 0 is 38"],
  );
});

test("conditions that deny the danger beside those that allow the call count", () => {
  const socket = {
    names: ["socket"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 1, op: "SCMP_CMP_EQ", value: 5 }],
  };
  const deny = (value: number): object => ({
    names: ["socket"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: 97,
    args: [{ index: 0, op: "SCMP_CMP_EQ", value }],
  });
  assert.match(said([socket]).join(), "AF_ALG and AF_VSOCK");
  assert.match(said([socket, deny(38)]).join(), "let AF_VSOCK through");
  assert.equal(said([socket, deny(38), deny(40)]), []);
});

test("without io_uring_setup only rings that are inherited are left", () => {
  const allow = (...names: readonly string[]): object => ({ names, action: "SCMP_ACT_ALLOW" });
  const left = said([allow("io_uring_enter", "io_uring_register")]).join();
  assert.match(
    left,
    "io_uring_enter, io_uring_register can be called: no ring can be made without io_uring_setup",
  );
  assert.not.match(said([allow("io_uring_enter", "io_uring_setup")]).join(), "no ring can be made");
  // A tracer may let it through.
  const traced = { names: ["io_uring_setup"], action: "SCMP_ACT_TRACE" };
  assert.not.match(said([allow("io_uring_enter"), traced]).join(), "no ring can be made");
});

test("ptrace is a danger before Linux 4.8 only", () => {
  const rules = [{ names: ["ptrace"], action: "SCMP_ACT_ALLOW" }];
  assert.equal(said(rules), []);
  assert.match(said(rules, { kernel: LINUX_4_7 })[0] ?? "", "before Linux 4.8");
});

test("a call that needs a capability is reported to callers that have it", () => {
  const rules = [{ names: ["bpf"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_BPF"] } }];
  assert.equal(said(rules), []);
  assert.is(said(rules, { caps: ALL_CAPS }).length, 1);
});

test("a rule that names nothing but dangerous calls may be meant: the hint says how to accept it", () => {
  const isAsked = (...names: readonly string[]): boolean => {
    const rules = [{ names, action: "SCMP_ACT_ALLOW" }];
    const profile = profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: rules }));
    const [finding] = findingsOf(profile, {});
    assert.ok(finding !== undefined, names.join());
    return finding.hint?.includes('"seccomp-exec: accept dangerous-allowance: REASON"') === true;
  };
  assert.ok(isAsked("clone", "setns", "unshare"));
  assert.ok(isAsked("io_uring_setup", "io_uring_enter", "io_uring_register"));
  assert.not.ok(isAsked("clone", "setns", "unshare", "read"));
  assert.not.ok(isAsked("clone"));
  assert.not.ok(isAsked("socket"));
});

test.run();
