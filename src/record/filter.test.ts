/**
 * The policy of a recording: what it reports, what it allows unseen, and the filter that is made of it.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { KERNEL, profileOf, X32, X86, X86_64 } from "../../test/support/fixtures/policies.ts";
import { prove } from "../analysis/equivalent.ts";
import { compile } from "../bpf/compile.ts";
import { evaluate } from "../policy/evaluate.ts";
import { formatVerdict } from "../policy/verdict.ts";
import { type Architecture, architectureByName } from "../tables/architectures.ts";
import { seenNumber, syscallId } from "../tables/syscalls.ts";
import { countedCalls } from "./counted.ts";
import { recordingPolicy } from "./filter.ts";
import { type RecordOptions, settingOf } from "./setting.ts";

const NONE: RecordOptions = { args: false, exact: false, old: undefined, base: undefined, given: [] };

function settingWith(options: Partial<RecordOptions>, arch = X86_64) {
  return settingOf({ arch, kernel: KERNEL, caps: 0n }, { ...NONE, ...options });
}

function verdict(
  options: Partial<RecordOptions>,
  name: string,
  args: readonly bigint[] = [],
  arch = X86_64,
): string {
  const call = { arch: arch.token, nr: seenNumber(arch, syscallId(name)), args };
  return formatVerdict(evaluate(recordingPolicy(settingWith(options)), call), X86_64);
}

test("hot calls are allowed on every architecture, and all others are reported", () => {
  for (const arch of [X86_64, X86, X32]) {
    assert.is(verdict({}, "read", [], arch), "ALLOW");
    assert.is(verdict({}, "execve", [], arch), "NOTIFY");
  }
  assert.is(verdict({}, "sendto"), "ALLOW");
  assert.is(verdict({}, "socketcall", [11n], X86), "ALLOW");
  assert.is(verdict({}, "socketcall", [1n], X86), "NOTIFY");
  const policy = recordingPolicy(settingWith({}));
  const arm = architectureByName("arm") as Architecture;
  for (const call of [
    { arch: arm.token, nr: 3, args: [] },
    { arch: X86_64.token, nr: 100000, args: [] },
    { arch: X86_64.token, nr: 0xffffffff, args: [] },
  ]) {
    assert.is(formatVerdict(evaluate(policy, call), X86_64), "NOTIFY");
  }
});

test("--exact reports all but the calls that end a task, or go on with one", () => {
  assert.is(verdict({ exact: true }, "read"), "NOTIFY");
  for (const name of ["exit", "exit_group", "rt_sigreturn", "restart_syscall"]) {
    assert.is(verdict({ exact: true }, name), "ALLOW");
  }
});

test("clone with new namespaces is reported, other clones are not, and clone3 is answered so that clone is called", () => {
  for (const options of [{}, { args: true }]) {
    assert.is(verdict(options, "clone3"), "ERRNO(ENOSYS)");
    assert.is(verdict(options, "clone", [0x1200011n]), "ALLOW");
    assert.is(verdict(options, "clone", [0x10000011n]), "NOTIFY");
  }
  assert.is(verdict({ exact: true }, "clone3"), "NOTIFY");
  assert.is(verdict({ exact: true }, "clone", [0x1200011n]), "NOTIFY");
});

test("--args reports memory that can be written and executed", () => {
  for (const [prot, expected] of [
    [1n, "ALLOW"],
    [3n, "ALLOW"],
    [5n, "ALLOW"],
    [7n, "NOTIFY"],
  ] as const) {
    assert.is(verdict({ args: true }, "mmap", [0n, 0n, prot]), expected);
    assert.is(verdict({ args: true }, "mprotect", [0n, 0n, prot]), (prot & 4n) === 0n ? "ALLOW" : "NOTIFY");
  }
  const allowed = profileOf(
    JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [{ names: ["clone3"], action: "SCMP_ACT_ALLOW" }],
    }),
  );
  assert.is(verdict({ args: true, old: allowed }, "clone3"), "NOTIFY");
});

test("hot calls that the base or OLD does not allow whole are reported", () => {
  const only = (...syscalls: readonly object[]) =>
    profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls }));
  const read = { names: ["read"], action: "SCMP_ACT_ALLOW" };
  assert.is(verdict({ base: only(read) }, "read"), "ALLOW");
  assert.is(verdict({ base: only(read) }, "write"), "NOTIFY");
  assert.is(verdict({ old: only(read) }, "write"), "ALLOW");
  const condition = { index: 0, op: "SCMP_CMP_EQ", value: 1 };
  assert.is(verdict({ old: only({ ...read, args: [condition] }) }, "read"), "NOTIFY");
});

test("what the base or OLD answers with ENOSYS is answered so under the recording", () => {
  const answering = profileOf(
    JSON.stringify({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }],
    }),
  );
  assert.is(verdict({ base: answering }, "clone3"), "ERRNO(ENOSYS)");
  assert.is(verdict({ old: answering }, "clone3"), "ERRNO(ENOSYS)");
});

test("the filter of a recording equals its policy", () => {
  for (const options of [{}, { exact: true }, { args: true }]) {
    for (const name of ["x86_64", "aarch64", "s390x"] as const) {
      const arch = architectureByName(name) as Architecture;
      const policy = recordingPolicy(settingWith(options, arch));
      assert.is(prove(policy, compile(policy), arch.bigEndian).kind, "equal");
    }
  }
});

test("arguments are counted where they decide: with --args, through multiplexers, and where a profile compares them", () => {
  const counted = (options: Partial<RecordOptions>, name: string, arch: Architecture) => {
    const { among, counting } = settingWith(options, arch);
    const nr = seenNumber(arch, syscallId(name));
    return countedCalls(among, counting).find((one) => one.arch === arch.token && one.nr === nr)?.masks;
  };
  assert.equal(counted({}, "socket", X86_64), undefined);
  assert.equal(counted({}, "socketcall", X86), [0xffffffffn, 0n, 0n, 0n, 0n, 0n]);
  assert.equal(counted({}, "ipc", X86), [0xffffn, 0n, 0n, 0n, 0n, 0n]);
  assert.equal(counted({ args: true }, "socket", X86_64), [0xffffffffn, 0xfn, 0n, 0n, 0n, 0n]);
  assert.equal(counted({ args: true }, "clone", X86_64), [0x7e020000n, 0n, 0n, 0n, 0n, 0n]);
  const s390x = architectureByName("s390x") as Architecture;
  assert.equal(counted({ args: true }, "clone", s390x), [0n, 0x7e020000n, 0n, 0n, 0n, 0n]);
  const rule = (op: string, value: number) => ({
    names: ["kill"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: 1, op, value }],
  });
  const kill = (op: string) =>
    counted(
      { base: profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: [rule(op, 12)] })) },
      "kill",
      X86_64,
    );
  assert.equal(kill("SCMP_CMP_EQ"), [0n, 0xffffffffn, 0n, 0n, 0n, 0n]);
  assert.equal(kill("SCMP_CMP_MASKED_EQ"), [0n, 12n, 0n, 0n, 0n, 0n]);
});

test.run();
