import * as assert from "uvu/assert";
import { KERNEL, profileOf, X86_64 } from "../../test/support/fixtures/policies.ts";
import { test } from "../../test/support/running/test.ts";
import { resolve } from "../policy/resolve.ts";
import { flagMasks } from "./flag-masks.ts";

/** What is said of a profile with these rules: where, the message and the hint. */
function said(rules: readonly object[], defaultAction = "SCMP_ACT_ALLOW"): string[] {
  const profile = profileOf(JSON.stringify({ defaultAction, syscalls: rules }));
  const target = { arch: X86_64, kernel: KERNEL, caps: 0n };
  const { policy } = resolve(profile, target, { unknownSyscalls: "default" });
  assert.ok(policy !== undefined);
  const found = flagMasks({ profile, policy, installed: policy, target, engines: [] });
  return [...found].map(({ pointer, message, hint }) => `${pointer}: ${message}; ${hint}`);
}

/** A condition `INDEX MASK [VALUE]` with SCMP_CMP_MASKED_EQ, in a rule that denies. */
function rule(name: string, condition: string, action = "SCMP_ACT_ERRNO"): object {
  const [index, value, valueTwo] = condition.split(" ").map(Number);
  return { names: [name], action, args: [{ index, op: "SCMP_CMP_MASKED_EQ", value, valueTwo }] };
}

const NEWUSER = 0x10000000;
/** CLONE_NEWUSER | CLONE_NEWNS */
const TWO = 0x10020000;
/** These and CLONE_NEWTIME */
const TIME_TOO = 0x10020080;

/** Names of rules, and words of what is said of each. */
const TOLD: readonly (readonly [rules: readonly object[], words: readonly RegExp[]])[] = [
  [
    [rule("clone", `0 ${NEWUSER}`)],
    [/0\/args\/0: .*clone WITHOUT CLONE_NEWUSER, so fork.*"valueTwo": 268435456$/],
  ],
  [[rule("clone", `0 ${NEWUSER} 0`, "SCMP_ACT_KILL_PROCESS")], [/clone WITHOUT CLONE_NEWUSER/]],
  // Bits outside of the mask do not count.
  [[rule("clone", `0 ${NEWUSER} 1`)], [/clone WITHOUT CLONE_NEWUSER/]],
  [
    [rule("unshare", `0 ${TWO}`)],
    [
      /WITHOUT CLONE_NEWNS\|CLONE_NEWUSER, so the ordinary.*131072 \(CLONE_NEWNS\), 268435456 \(CLONE_NEWUSER\)$/,
    ],
  ],
  [[rule("unshare", `0 ${TWO} ${TWO}`)], [/unshare only with all of CLONE_NEWNS\|CLONE_NEWUSER at once/]],
  // CLONE_NEWTIME is in the byte that is the signal of clone, but a flag of unshare.
  [
    [rule("clone", `0 ${TIME_TOO} ${TIME_TOO}`)],
    [/valueTwo': 131072 \(CLONE_NEWNS\), 268435456 \(CLONE_NEWUSER\)$/],
  ],
  [[rule("unshare", `0 ${TIME_TOO} ${TIME_TOO}`)], [/valueTwo': 128 \(CLONE_NEWTIME\), 131072/]],
  [[rule("chmod", `1 ${0o6000} ${0o6000}`)], [/chmod only with all of/]],
  [[rule("mprotect", "2 4")], [/mprotect WITHOUT PROT_EXEC/]],
  [[rule("openat", "2 3")], [/openat WITHOUT O_WRONLY\|O_RDWR, so files cannot be read/]],
  [[rule("socket", "0 38")], [/lets socket through with AF_ALG.*"op": "SCMP_CMP_EQ", "value": 38$/]],
];
for (const [rules, words] of TOLD) {
  test(`${JSON.stringify(rules)} is told`, () => {
    const found = said(rules);
    assert.is(found.length, words.length, found.join("\n"));
    words.forEach((word, i) => {
      assert.match(found[i] ?? "", word);
    });
  });
}

const MEANT: Readonly<Record<string, readonly object[]>> = {
  "the flag with valueTwo": [rule("clone", `0 ${NEWUSER} ${NEWUSER}`)],
  "threads only": [rule("clone", "0 65536")],
  "memory that is written and executed": [rule("mprotect", "2 6 6")],
  "a call that must not follow links": [rule("openat", "2 131072")],
  "a mask of many bits": [rule("socket", "0 255")],
  "a flag that another rule denies": [
    rule("clone", `0 ${NEWUSER}`),
    rule("clone", `0 ${NEWUSER} ${NEWUSER}`, "SCMP_ACT_KILL_PROCESS"),
  ],
  "each flag by another rule": [
    rule("unshare", `0 ${TWO} ${TWO}`),
    rule("unshare", `0 ${NEWUSER} ${NEWUSER}`),
    rule("unshare", "0 131072 131072"),
  ],
  "a rule that allows": [rule("clone", `0 ${NEWUSER}`, "SCMP_ACT_ALLOW")],
  "no flag at all": [rule("clone", "0 0")],
};
for (const [what, rules] of Object.entries(MEANT)) {
  test(`nothing is said of ${what}`, () => {
    assert.equal(said(rules), []);
  });
}

test("Docker lets clone through in that way", () => {
  assert.equal(said([rule("clone", "0 2114060288", "SCMP_ACT_ALLOW")], "SCMP_ACT_ERRNO"), []);
});

test.run();
