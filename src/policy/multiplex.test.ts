/**
 * The rules of socketcall and ipc that follow from the rules of the calls they make.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture, X32, X86, X86_64 } from "../../test/support/fixtures/policies.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallId } from "../tables/syscalls.ts";
import { addMultiplexedRules } from "./multiplex.ts";
import type { PolicyRule } from "./policy.ts";
import { RuleTable } from "./rule-table.ts";
import type { Verdict } from "./verdict.ts";

const ALLOW = 0x7fff0000;
const LOG = 0x7ffc0000;
const EPERM = 0x00050001;
const EIO = 0x00050005;
const TRAP = 0x00030000;
const KILL = 0x80000000;

/** A rule that always applies. */
function always(verdict: Verdict): PolicyRule {
  return { conditions: [], verdict };
}

/** A rule that applies to some arguments. */
function sometimes(verdict: Verdict): PolicyRule {
  return { conditions: [{ index: 0, op: "SCMP_CMP_EQ", value: 38n, mask: 0n }], verdict };
}

/** A rule of socketcall or ipc for one call. */
function calling(call: bigint, verdict: Verdict, mask = 0xffffffffn): PolicyRule {
  return { conditions: [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: call, mask }], verdict };
}

/** The rules of a syscall after those of its members have been added. */
function rulesOf(
  multiplexer: "socketcall" | "ipc",
  given: Readonly<Record<string, readonly PolicyRule[]>>,
  defaultVerdict: Verdict,
  architectures: readonly Architecture[] = [X86],
): readonly PolicyRule[] | undefined {
  const rules = new RuleTable();
  for (const [name, list] of Object.entries(given)) {
    rules.set(syscallId(name), list);
  }
  addMultiplexedRules(rules, architectures, defaultVerdict);
  for (const [name, list] of Object.entries(given)) {
    if (name !== multiplexer) {
      assert.is(rules.of(syscallId(name)), list, `${name} keeps its own rules`);
    }
  }
  return rules.of(syscallId(multiplexer));
}

test("a rule without conditions holds for its call through socketcall too", () => {
  assert.equal(rulesOf("socketcall", { socket: [always(ALLOW)] }, EPERM), [calling(1n, ALLOW)]);
  assert.equal(rulesOf("socketcall", { socket: [always(EPERM)] }, ALLOW), [calling(1n, EPERM)]);
  assert.equal(rulesOf("socketcall", { sendmmsg: [always(ALLOW)] }, EPERM), [calling(20n, ALLOW)]);
});

test("the version in the upper half of ipc's first argument is ignored", () => {
  assert.equal(rulesOf("ipc", { shmat: [always(ALLOW)] }, EPERM), [calling(21n, ALLOW, 0xffffn)]);
  assert.equal(rulesOf("ipc", { semop: [always(EPERM)], shmctl: [always(EIO)] }, ALLOW), [
    calling(1n, EPERM, 0xffffn),
    calling(24n, EIO, 0xffffn),
  ]);
});

test("a rule with conditions that allows gives way to a default that denies", () => {
  assert.is(rulesOf("socketcall", { socket: [sometimes(ALLOW)] }, EPERM), undefined);
  assert.is(rulesOf("socketcall", { socket: [sometimes(EIO)] }, EPERM), undefined, "an equal one too");
});

test("a rule with conditions that denies applies to the whole call", () => {
  assert.equal(rulesOf("socketcall", { socket: [sometimes(EPERM)] }, ALLOW), [calling(1n, EPERM)]);
  assert.equal(rulesOf("socketcall", { socket: [sometimes(TRAP)] }, EPERM), [calling(1n, TRAP)]);
});

test("of several rules, the most restrictive possible one applies to the call", () => {
  const both = [always(ALLOW), sometimes(EIO)];
  assert.equal(rulesOf("socketcall", { socket: both }, EPERM), [calling(1n, EIO)]);
  assert.equal(rulesOf("socketcall", { socket: both }, KILL), [calling(1n, EIO)]);
  assert.equal(rulesOf("socketcall", { socket: [sometimes(ALLOW), sometimes(LOG)] }, EPERM), undefined);
  assert.equal(rulesOf("socketcall", { socket: [sometimes(ALLOW), sometimes(KILL)] }, EPERM), [
    calling(1n, KILL),
  ]);
});

test("calls that share their rules are distinguished from calls that do not", () => {
  const shared = [always(ALLOW)];
  const given = { socket: shared, bind: shared, connect: [always(LOG)], listen: shared };
  assert.equal(rulesOf("socketcall", given, EPERM), [
    calling(1n, ALLOW),
    calling(2n, ALLOW),
    calling(3n, LOG),
    calling(4n, ALLOW),
  ]);
});

test("socketcall keeps its own rules, and gets the stricter ones of its calls", () => {
  assert.equal(rulesOf("socketcall", { socketcall: [always(ALLOW)], socket: [always(EPERM)] }, KILL), [
    always(ALLOW),
    calling(1n, EPERM),
  ]);
  assert.equal(rulesOf("socketcall", { socketcall: [always(ALLOW)], socket: [sometimes(EPERM)] }, LOG), [
    always(ALLOW),
    calling(1n, EPERM),
  ]);
});

test("a rule that socketcall's own rules make redundant is not added", () => {
  const strict = [always(TRAP), always(LOG)];
  assert.equal(rulesOf("socketcall", { socketcall: strict, socket: [always(ALLOW)] }, EPERM), strict);
  assert.equal(rulesOf("socketcall", { socketcall: strict, socket: [always(TRAP)] }, EPERM), strict);
  assert.equal(rulesOf("socketcall", { socketcall: strict, socket: [always(KILL)] }, EPERM), [
    ...strict,
    calling(1n, KILL),
  ]);
});

test("a rule is added to one of socketcall's own with conditions", () => {
  const own = [sometimes(KILL)];
  assert.equal(rulesOf("socketcall", { socketcall: own, socket: [always(ALLOW)] }, EPERM), [
    ...own,
    calling(1n, ALLOW),
  ]);
});

test("the rules that were given are not changed", () => {
  const own: PolicyRule[] = [always(ALLOW)];
  rulesOf("socketcall", { socketcall: own, socket: [always(EPERM)] }, KILL);
  assert.equal(own, [always(ALLOW)]);
});

test("a call that is not a member adds nothing", () => {
  assert.is(rulesOf("socketcall", { read: [always(ALLOW)], shmat: [always(ALLOW)] }, EPERM), undefined);
  assert.is(
    rulesOf("ipc", { socket: [always(ALLOW)], semtimedop_time64: [always(ALLOW)] }, EPERM),
    undefined,
  );
  assert.is(rulesOf("socketcall", { recvmmsg_time64: [always(ALLOW)] }, EPERM), undefined);
});

test("only architectures with a multiplexer matter, and one of several is enough", () => {
  const given = { socket: [always(ALLOW)], shmat: [always(ALLOW)] };
  for (const arch of [X86_64, X32, architecture("aarch64"), architecture("riscv64")]) {
    assert.is(rulesOf("socketcall", given, EPERM, [arch]), undefined, arch.name);
    assert.is(rulesOf("ipc", given, EPERM, [arch]), undefined, arch.name);
  }
  assert.equal(rulesOf("socketcall", given, EPERM, [X86_64, X32, X86]), [calling(1n, ALLOW)]);
  for (const name of ["s390x", "s390", "ppc64le", "mips", "m68k", "sh"] as const) {
    assert.equal(rulesOf("socketcall", given, EPERM, [architecture(name)]), [calling(1n, ALLOW)], name);
    assert.equal(rulesOf("ipc", given, EPERM, [architecture(name)]), [calling(21n, ALLOW, 0xffffn)], name);
  }
});

test.run();
