/**
 * Dangerous calls: each is reported where it is let through, but not where it is denied, masked, or fixed by the kernel.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ALL_CAPS,
  architecture,
  KERNEL,
  policyOf,
  profileOf,
  X86_64,
} from "../../test/support/fixtures/policies.ts";
import type { ArchitectureName } from "../tables/architectures.ts";
import { syscallId, syscallNumber } from "../tables/syscalls.ts";
import { DANGERS, dangerousAllowances } from "./dangers.ts";

interface Machine {
  readonly arch?: ArchitectureName;
  readonly kernel?: number;
  readonly caps?: bigint;
}

/** The messages for a profile that denies all but these rules. */
function said(
  rules: readonly object[],
  { arch = "x86_64", kernel = KERNEL, caps = 0n }: Machine = {},
): string[] {
  const profile = profileOf(JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls: rules }));
  const native = architecture(arch);
  const policy = policyOf(profile, native, caps, "default");
  const target = { arch: native, kernel, caps };
  return dangerousAllowances({ profile, policy, installed: policy, target, engines: [] }).map(
    ({ message }) => message,
  );
}

const LINUX_4_7 = 4 * 256 + 7;

for (const { names, what, mendedIn, why } of DANGERS) {
  const title = `${names[0]}${what === undefined ? "" : ` with ${what}`}`;
  test(`${title} is reported where it is let through, with the reason`, () => {
    const kernel = mendedIn === undefined ? KERNEL : mendedIn - 1;
    for (const action of ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]) {
      const found = said([{ names, action }], { kernel });
      assert.ok(
        found.some((message) => message.includes(why)),
        found.join("\n"),
      );
    }
    assert.equal(said([{ names, action: "SCMP_ACT_KILL" }], { kernel }), []);
    if (mendedIn !== undefined) {
      const found = said([{ names, action: "SCMP_ACT_ALLOW" }], { kernel: mendedIn });
      assert.not.ok(found.some((message) => message.includes(why)));
    }
  });
}

test("every call that is called dangerous exists, and each reason is one sentence", () => {
  for (const { names, why } of DANGERS) {
    for (const name of names) {
      assert.ok(syscallNumber(X86_64, syscallId(name)) >= 0 || name === "vm86" || name === "vm86old", name);
    }
    assert.not.match(why, /\.\s|\.$/);
  }
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

test.run();
