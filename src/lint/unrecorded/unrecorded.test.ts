/**
 * Calls that a recording hardly shows: the facts about them hold together, and what depends on the machine and the engine.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { KERNEL, policyOf, profileOf } from "../../../test/support/fixtures/policies.ts";
import type { Diagnostic } from "../../diagnostic.ts";
import { ENGINE_CHOICES } from "../../engines/engines.ts";
import { type ArchitectureName, architectureByName, architectures } from "../../tables/architectures.ts";
import { syscallId, syscallNumber, syscallSince } from "../../tables/syscalls.ts";
import { VDSO_CALLS } from "./clocks.ts";
import { FALLBACKS } from "./fallbacks.ts";
import { ABORT_CALLS, LIBRARY_CALLS } from "./library-calls.ts";
import { RESTARTED_CALLS } from "./restarts.ts";
import { RETURNING_BY_SIGRETURN } from "./signal-returns.ts";
import { unrecordedCalls } from "./unrecorded.ts";

interface Case {
  readonly arch?: ArchitectureName;
  readonly action?: string;
  readonly listed?: readonly string[];
  readonly engine?: keyof typeof ENGINE_CHOICES;
}

/** What programs of x86 need to start: of those that do not, nothing else is said. */
const STARTS_X86 =
  "brk mmap mmap2 openat read fstat64 statx close set_thread_area mprotect getrandom exit_group";

/** What is said of a profile that allows just these calls. */
function said(
  allowed: string,
  { arch = "x86_64", action = "SCMP_ACT_ERRNO", listed = [], engine }: Case = {},
): Diagnostic[] {
  const syscalls = [{ names: allowed.split(" "), action: "SCMP_ACT_ALLOW" }];
  const profile = profileOf(JSON.stringify({ defaultAction: action, architectures: listed, syscalls }));
  const native = architectureByName(arch);
  assert.ok(native !== undefined);
  return unrecordedCalls({
    profile,
    policy: policyOf(profile, native, 0n, "default"),
    installed: policyOf(profile, native, 0n, "enosys"),
    target: { arch: native, kernel: KERNEL, caps: 0n },
    engines: engine === undefined ? [] : ENGINE_CHOICES[engine].engines,
  });
}

/** Only the messages with that code. */
function ofCode(code: Diagnostic["code"], found: readonly Diagnostic[]): string[] {
  return found.filter((one) => one.code === code).map(({ severity, message }) => `${severity}: ${message}`);
}

test("each call that is named exists, and is younger than what is made instead of it", () => {
  const names = [...RESTARTED_CALLS, ...ABORT_CALLS, ...LIBRARY_CALLS.map(({ name }) => name)];
  for (const name of names) {
    assert.ok(syscallId(name) >= 0, name);
  }
  for (const { name, instead } of FALLBACKS) {
    for (const older of instead) {
      assert.ok(syscallSince(syscallId(name)) > syscallSince(syscallId(older)), `${name} ${older}`);
    }
  }
});

test("an architecture has the calls that its vDSO answers, and that its handlers return by", () => {
  for (const arch of architectures) {
    for (const name of VDSO_CALLS[arch.column] ?? []) {
      assert.ok(syscallNumber(arch, syscallId(name)) >= 0, `${arch.name} ${name}`);
    }
    const hasSigreturn = syscallNumber(arch, syscallId("sigreturn")) >= 0;
    // The only one that has the number and does not use it is 64-bit PowerPC.
    const uses = hasSigreturn && !arch.name.startsWith("ppc64");
    assert.is(RETURNING_BY_SIGRETURN.includes(arch.name), uses, arch.name);
  }
});

test("sigreturn is needed where a handler without SA_SIGINFO returns by it", () => {
  const rules = `${STARTS_X86} rt_sigaction rt_sigreturn`;
  assert.equal(ofCode("denies-sigreturn", said(rules)), []);
  assert.equal(ofCode("denies-sigreturn", said(rules, { arch: "ppc64le" })), []);
  assert.match(ofCode("denies-sigreturn", said(rules, { arch: "s390x" }))[0] ?? "", /^warning: .*sigreturn/);
  const listed = ["SCMP_ARCH_X86", "SCMP_ARCH_ARM"];
  assert.match(ofCode("denies-sigreturn", said(rules, { listed }))[0] ?? "", /^note: .* of x86 crashes/);
  assert.equal(ofCode("denies-sigreturn", said(rules, { arch: "riscv64", listed })), []);
  // The programs that would return by it do not start.
  assert.equal(ofCode("denies-sigreturn", said(rules.replace(" mmap2", ""), { listed })), []);
});

test("an allow list says what became of the vDSO's calls on each architecture", () => {
  const found = (arch: ArchitectureName) => ofCode("denies-clocks", said("read", { arch }))[0] ?? "";
  assert.match(found("x86_64"), "denies clock_gettime, gettimeofday, clock_getres:");
  assert.match(found("arm"), "denies clock_gettime, gettimeofday, clock_getres, clock_gettime64:");
  assert.match(found("parisc64"), "denies clock_gettime, gettimeofday:");
  assert.is(found("m68k"), "");
  assert.is(found("s390"), "");
});

test("threads are made where clone takes their flags, in the second argument on s390", () => {
  const killing = { action: "SCMP_ACT_KILL_PROCESS" };
  const names = LIBRARY_CALLS.map(({ name }) => name).filter((name) => name !== "exit");
  const found = (rules: string, more: Case = {}) =>
    ofCode("denies-library-calls", said(`${rules} ${names.join(" ")}`, { ...killing, ...more }));
  assert.equal(found("fork"), []);
  assert.match(found("clone")[0] ?? "", "kills for exit,");
  assert.match(found("clone3")[0] ?? "", "kills for exit,");
  assert.match(found("clone", { arch: "s390x" })[0] ?? "", "kills for exit,");
});

test("a call that is younger than the profile gets ENOSYS here, and not from every engine", () => {
  const rules = "clone getrandom";
  const found = (engine?: Case["engine"], more = "") =>
    ofCode("prevents-fallback", said(rules + more, engine === undefined ? {} : { engine }));
  assert.equal(found(), []);
  assert.equal(found("docker"), []);
  assert.equal(found("containerd"), []);
  assert.is(found("kubernetes").length, 1);
  assert.match(found("mesos")[0] ?? "", /clone3 gets ERRNO\(EPERM\) under Mesos/);
  assert.match(found("podman")[0] ?? "", /clone3 gets ERRNO\(EPERM\) under Podman/);
  // faccessat2 is younger than clone3, and has a higher number.
  assert.match(found(undefined, " faccessat2")[0] ?? "", /^warning: clone3 gets ERRNO\(EPERM\), but/);
  assert.is(found("docker", " faccessat2").length, 1);
});

test("32-bit programs fall back from 64-bit times on ENOSYS only", () => {
  const rules = `${STARTS_X86} clock_gettime clock_nanosleep futex openat2`;
  const found = (more: Case) => ofCode("prevents-fallback", said(rules, more));
  assert.equal(found({}), []);
  assert.match(
    found({ listed: ["SCMP_ARCH_X86"] })[0] ?? "",
    /^note: clock_gettime64, clock_nanosleep_time64, futex_time64 get .* on x86,.*CPU time.*sleep/,
  );
  assert.equal(
    ofCode("prevents-fallback", said(rules.replace(" mmap2", ""), { listed: ["SCMP_ARCH_X86"] })),
    [],
  );
  // For times that 32 bits hold no library calls it first.
  assert.equal(ofCode("prevents-fallback", said(`${STARTS_X86} futex openat2`, { arch: "arm" })), []);
  assert.match(
    found({ arch: "arm" })[0] ?? "",
    /^warning: clock_gettime64, clock_nanosleep_time64, futex_time64 get .* on arm,/,
  );
  for (const action of ["SCMP_ACT_TRAP", "SCMP_ACT_TRACE"]) {
    assert.equal(found({ arch: "arm", action }), []);
  }
  assert.equal(ofCode("prevents-fallback", said("clock_gettime futex", { arch: "arm" })), []);
});

test.run();
