import * as assert from "uvu/assert";
import { test } from "../../test/support/running/test.ts";
import * as library from "../index.ts";

const X86: library.Target = { architecture: "x86_64", kernel: "6.12" };

const DENYING = `{
  "defaultAction": "SCMP_ACT_ALLOW",
  "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 1, "op": "SCMP_CMP_EQ", "value": 448 }] }]
}`;

function profileOf(text: string): library.Profile {
  const { profile, diagnostics } = library.readProfile(text);
  assert.equal(diagnostics, []);
  return profile ?? assert.unreachable("the profile is valid") ?? never();
}

function policyOf(text: string, target = X86): library.Policy {
  return library.resolve(profileOf(text), target).policy ?? never();
}

function filterOf(text: string, target = X86): library.Filter {
  return library.compile(policyOf(text, target)).filter ?? never();
}

function never(): never {
  throw new Error("there is none");
}

/** What is thrown, by its class and the beginning of its message. */
function throwing(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return "nothing";
}

test("a call names an architecture or its number, and a syscall or its number", () => {
  const policy = policyOf(DENYING);
  const args = [0n, 448n];
  for (const call of [
    { architecture: "x86_64", syscall: "mkdir", args },
    { architecture: "x86_64", syscall: 83, args: [0, 448] },
    { architecture: 0xc000003e, syscall: 83, args },
  ] as const) {
    assert.is(library.evaluate(policy, call), "ERRNO(EPERM)");
  }
  assert.is(library.evaluate(policy, { architecture: "x86_64", syscall: "mkdir" }), "ALLOW");
  assert.is(library.evaluate(policy, { architecture: "x86_64", syscall: -1 }), "ALLOW");
  assert.is(library.evaluate(policy, { architecture: 0x1234, syscall: 1 }), "KILL_PROCESS");
});

test("a call that does not exist is a mistake of the program", () => {
  const policy = policyOf(DENYING);
  const calls: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ architecture: "vax", syscall: "read" }, "RangeError: 'vax' is not an architecture; known are x86, "],
    [
      { architecture: "x86_64", syscall: "raed" },
      "RangeError: 'raed' is not a syscall; did you mean 'read'?",
    ],
    [{ architecture: "aarch64", syscall: "open" }, "RangeError: aarch64 has no syscall 'open'"],
    [{ architecture: 0xc000003e, syscall: "read" }, "RangeError: 'read': only an architecture that is given"],
    [{ architecture: "x86_64", syscall: 2 ** 32 }, "RangeError: 4294967296 is not a number of a call"],
    [{ architecture: "x86_64", syscall: 1.5 }, "RangeError: 1.5 is not a number of a call"],
    [{ architecture: -1, syscall: 1 }, "RangeError: -1 is not an architecture"],
    [
      { architecture: "x86_64", syscall: 1, args: [0, 0, 0, 0, 0, 0, 0] },
      "RangeError: there are 7 arguments",
    ],
    [
      { architecture: "x86_64", syscall: 1, args: [-1] },
      "RangeError: argument 0: -1 is not from 0 to 2^64-1",
    ],
    [
      { architecture: "x86_64", syscall: 1, args: [0, 2 ** 60] },
      "RangeError: argument 1: 1152921504606847000",
    ],
    [
      { architecture: "x86_64", syscall: 1, args: [1n << 64n] },
      "RangeError: argument 0: 18446744073709551616",
    ],
    [
      { architecture: "arm", syscall: 1, args: [1n << 32n] },
      "RangeError: argument 0: 4294967296 is not from 0 to 2^32",
    ],
  ];
  for (const [call, message] of calls) {
    const thrown = throwing(() => library.evaluate(policy, call as unknown as library.Call));
    assert.ok(thrown.startsWith(message), thrown);
  }
});

test("a target that does not exist is a mistake of the program", () => {
  const profile = profileOf(DENYING);
  const targets: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ architecture: "vax", kernel: "6.12" }, "RangeError: 'vax' is not an architecture"],
    [{ architecture: "x86_64", kernel: "6" }, "RangeError: '6' is not a kernel version"],
    [{ ...X86, capabilities: ["SYS_ADMINN"] }, "RangeError: 'SYS_ADMINN' is not a capability"],
  ];
  for (const [target, message] of targets) {
    const thrown = throwing(() => library.resolve(profile, target as unknown as library.Target));
    assert.ok(thrown.startsWith(message), thrown);
  }
});

test("capabilities of the target decide which rules apply", () => {
  const text = `{
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [{ "names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_BPF"] } }]
  }`;
  const call = { architecture: "x86_64", syscall: "bpf" } as const;
  assert.equal(profileOf(text).capabilities, ["CAP_BPF"]);
  for (const [capabilities, verdict] of [
    [undefined, "ERRNO(EPERM)"],
    ["none", "ERRNO(EPERM)"],
    [["CAP_SYSLOG"], "ERRNO(EPERM)"],
    [["CAP_SYSLOG", "CAP_BPF"], "ALLOW"],
    ["all", "ALLOW"],
  ] as const) {
    const target = capabilities === undefined ? X86 : { ...X86, capabilities };
    assert.is(library.evaluate(policyOf(text, target), call), verdict);
  }
});

test("unknownSyscalls and wideArguments change the meaning", () => {
  const text =
    '{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["read"], "action": "SCMP_ACT_ALLOW" }] }';
  const call = { architecture: "x86_64", syscall: "openat2" } as const;
  const judged = (options: library.MeaningOptions): string =>
    library.evaluate(library.resolve(profileOf(text), X86, options).policy ?? never(), call);
  assert.is(judged({}), "ERRNO(ENOSYS)");
  assert.is(judged({ unknownSyscalls: "default" }), "ERRNO(EPERM)");
  const wide = { architecture: "x86_64", syscall: "mkdir", args: [0n, 0x1000001c0n] } as const;
  const ofMode = (options: library.MeaningOptions): string =>
    library.evaluate(library.resolve(profileOf(DENYING), X86, options).policy ?? never(), wide);
  assert.is(ofMode({}), "ERRNO(EPERM)");
  assert.is(ofMode({ wideArguments: true }), "ALLOW");
});

test("a profile and a policy are what was read, not what became of the object", () => {
  const profile = profileOf(DENYING);
  (profile.rules as library.Rule[]).length = 0;
  const policy = library.resolve(profile, X86).policy ?? never();
  (policy.architectures as unknown as string[])[0] = "s390x";
  const call = { architecture: "x86_64", syscall: "mkdir", args: [0, 448] } as const;
  assert.is(library.evaluate(policy, call), "ERRNO(EPERM)");
  assert.match(
    throwing(() => library.resolve({ ...profile }, X86)),
    /^TypeError: .*readProfile/,
  );
  assert.match(
    throwing(() => library.evaluate({ ...policy }, call)),
    /^TypeError: .*resolve/,
  );
  assert.match(
    throwing(() => library.diff(policy, { ...policy } as unknown as library.Policy)),
    /^TypeError: .*a policy from resolve, or a filter/,
  );
});

test("a filter is plain data, and each that comes from elsewhere is held against the kernel's rules", () => {
  const filter = filterOf(DENYING);
  const copy = structuredClone(filter);
  const call = { architecture: "x86_64", syscall: "mkdir", args: [0, 448] } as const;
  assert.is(library.interpret(copy, call).verdict, "ERRNO(EPERM)");
  assert.throws(() => {
    (filter.instructions as library.Instruction[]).pop();
  }, /./);
  (copy.instructions as library.Instruction[]).pop();
  assert.match(
    throwing(() => library.interpret(copy, call)),
    /^RangeError: the kernel would refuse the filter: /,
  );
  const wrong = { architecture: "x86_64", instructions: [{ code: 6, jt: 256, jf: 0, k: 0 }] } as const;
  assert.match(
    throwing(() => library.encodeFilter(wrong)),
    /^RangeError: instruction 0: code has 16 bits/,
  );
  const empty = { architecture: "x86_64", instructions: [] } as const;
  assert.match(
    throwing(() => library.disassemble(empty)),
    /^RangeError: .*at least one instruction/,
  );
});

test("bytes that are no filter have a reason", () => {
  assert.match(library.decodeFilter(new Uint8Array(0), "x86_64").refusal ?? "", /^0 bytes are not/);
  assert.match(library.decodeFilter(new Uint8Array(9), "x86_64").refusal ?? "", /^9 bytes are not/);
  const bytes = library.encodeFilter(filterOf(DENYING));
  assert.equal(library.decodeFilter(bytes, "x86_64").filter, filterOf(DENYING));
  assert.match(
    library.decodeFilter(bytes, "s390x").refusal ?? "",
    /^instruction 0: seccomp does not take the opcode/,
  );
});

test("a filter that looks at the instruction pointer says so", () => {
  const instructions = [
    { code: 0x20, jt: 0, jf: 0, k: 8 },
    { code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 },
  ];
  const run = library.interpret(
    { architecture: "x86_64", instructions },
    { architecture: "x86_64", syscall: 0 },
  );
  assert.equal(run, { verdict: "ALLOW", executed: 2, readsInstructionPointer: true });
});

test("what is for different machines is not compared", () => {
  const policy = policyOf(DENYING);
  const other = filterOf(DENYING, { architecture: "ppc64", kernel: "6.12" });
  assert.is(
    throwing(() => library.verify(policy, other)),
    "RangeError: the filter is for ppc64, and the policy for x86_64",
  );
  assert.is(
    throwing(() => library.diff(policy, other)),
    "RangeError: the first is for x86_64, and the second for ppc64",
  );
});

test("a counterexample and a difference are calls that evaluate and interpret take", () => {
  const policy = policyOf(DENYING);
  const open = filterOf(DENYING.replace("448", "449"));
  const found = library.verify(policy, open);
  assert.is(found.result, "different");
  if (found.result === "different") {
    const { call, ofPolicy, ofFilter } = found.counterexample;
    assert.is(library.evaluate(policy, call), ofPolicy);
    assert.is(library.interpret(open, call).verdict, ofFilter);
  }
  const { equal, differences, cutShort } = library.diff(policy, open);
  assert.not(equal);
  assert.is(differences.length, 2);
  assert.equal(cutShort, []);
  for (const { call, verdicts } of differences) {
    assert.equal([library.evaluate(policy, call), library.interpret(open, call).verdict], verdicts);
  }
});

test("every form of a profile is read, with the positions of its rules", () => {
  const yaml = `apiVersion: security-profiles-operator.x-k8s.io/v1beta1
kind: SeccompProfile
metadata: { name: one }
spec:
  defaultAction: SCMP_ACT_ALLOW
  syscalls:
    - names: [mkdir]
      action: SCMP_ACT_ERRNO
`;
  assert.equal(
    profileOf(yaml).rules.map(({ pointer, position, names }) => [pointer, position?.line, names.join()]),
    [["/spec/syscalls/0", 7, "mkdir"]],
  );
  const config = `{ "ociVersion": "1.0.2", "linux": { "seccomp": ${DENYING} } }`;
  const [rule] = profileOf(config).rules;
  assert.equal([rule?.pointer, rule?.position?.line], ["/linux/seccomp/syscalls/0", 3]);
  assert.equal(rule?.conditions, [{ index: 1, op: "SCMP_CMP_EQ", value: 448n, valueTwo: 0n }]);
  const firecracker = `{
  "vmm": { "default_action": "trap", "filter_action": "allow", "filter": [{ "syscall": "read" }] },
  "api": { "default_action": "trap", "filter_action": "allow", "filter": [{ "syscall": "write" }] }
}`;
  const { profile } = library.readProfile(firecracker, { filter: "api" });
  assert.equal(
    [profile?.defaultAction, profile?.rules[0]?.names.join(), profile?.rules[0]?.position?.line],
    ["SCMP_ACT_TRAP", "write", 3],
  );
});

test("a text that is no profile has a diagnostic", () => {
  for (const text of [
    "",
    "{",
    "[]",
    "null",
    "# Notes\n",
    "\ufeff{}",
    "FROM debian\n",
    '{"defaultAction":7}',
  ]) {
    const { profile, diagnostics } = library.readProfile(text);
    assert.is(profile, undefined);
    assert.ok(
      diagnostics.some(({ severity, position }) => severity === "error" && position !== undefined),
      text,
    );
    const { valid, diagnostics: found } = library.check(text, { target: X86 });
    assert.not(valid);
    assert.ok(found.length >= diagnostics.length, text);
  }
});

test("names that are unknown on the machine are diagnostics of resolve", () => {
  const profile = profileOf(DENYING.replace('"mkdir"', '"mkdri"'));
  const { policy, diagnostics } = library.resolve(profile, X86);
  assert.is(policy, undefined);
  assert.equal(
    diagnostics.map(({ code, hint, pointer, position }) => [code, hint, pointer, position]),
    [["unknown-syscall", "did you mean 'mkdir'?", "/syscalls/0/names/0", { line: 3, column: 28, length: 7 }]],
  );
});

test("accepted findings are apart, with their reason", () => {
  const text = `{
    "comment": "seccomp-exec: accept dangerous-allowance: a login manager",
    "defaultAction": "SCMP_ACT_ERRNO",
    "syscalls": [{ "names": ["keyctl"], "action": "SCMP_ACT_ALLOW" }]
  }`;
  const { diagnostics, accepted } = library.check(text, { target: X86 });
  assert.ok(accepted.length > 0 && accepted.every(({ reason }) => reason === "a login manager"));
  assert.ok(accepted.every(({ diagnostic }) => diagnostic.code === "dangerous-allowance"));
  assert.not(diagnostics.some(({ code }) => code === "dangerous-allowance"));
});

test("what cannot be converted or merged says why", () => {
  const trap = profileOf(
    '{ "defaultAction": "SCMP_ACT_LOG", "syscalls": [{ "names": ["bpf"], "action": "SCMP_ACT_TRAP" }] }',
  );
  const { text, diagnostics } = library.convert(trap, { to: "mesos", target: X86 });
  assert.is(text, undefined);
  assert.ok(diagnostics.some(({ code, severity }) => code === "not-carried-over" && severity === "error"));
  assert.match(
    throwing(() => library.convert(trap, { to: "lxc" as library.Engine, target: X86 })),
    /^RangeError: 'lxc' is not an engine; known are docker, /,
  );
  assert.match(
    throwing(() => library.merge([trap], { operation: "union", target: X86 })),
    /^RangeError: there must be at least two profiles/,
  );
});

test("a filter that is too long is a diagnostic", () => {
  const args = (value: number): object[] => [{ index: 0, op: "SCMP_CMP_EQ", value: value * 1000 }];
  const syscalls = Array.from({ length: 3000 }, (_, i) => ({
    names: ["ioctl"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: (i % 100) + 1,
    args: args(i),
  }));
  const policy = policyOf(JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }));
  const { filter, diagnostics } = library.compile(policy);
  assert.is(filter, undefined);
  assert.equal(
    diagnostics.map(({ code, severity }) => [code, severity]),
    [["filter-too-long", "error"]],
  );
});

test("options that are missing, unknown or of a wrong kind are refused in words", () => {
  const profile = profileOf(DENYING);
  const two = [profile, profile];
  const any = (value: unknown): never => value as never;
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => library.merge(two, any(undefined)), /^TypeError: the options of merge must be an object/],
    [
      () => library.merge(two, any({ target: X86 })),
      /^TypeError: .*operation is missing: union, intersect, subtract/,
    ],
    [() => library.merge(two, any({ operation: "rest", target: X86 })), /^RangeError: .*'rest' is not known/],
    [() => library.merge(two, any({ operation: "union" })), /^TypeError: .*target is missing/],
    [
      () => library.resolve(profile, any({ architecture: "x86_64" })),
      /^TypeError: the target: kernel is missing/,
    ],
    [
      () => library.resolve(profile, any({ ...X86, capabilites: [] })),
      /^TypeError: .*no option 'capabilites'/,
    ],
    [() => library.resolve(profile, any({ ...X86, capabilities: "some" })), /^TypeError: .*list of strings/],
    [
      () => library.resolve(profile, X86, any({ unknownSyscalls: "x" })),
      /^RangeError: .*known are enosys, default/,
    ],
    [() => library.check(DENYING, any({})), /^TypeError: .*target is missing/],
    [() => library.convert(profile, any({ target: X86 })), /^TypeError: .*to is missing/],
    [() => library.readProfile(any(null)), /^TypeError: the text/],
    [
      () => library.readProfile("{}", any({ __proto__: null, constructor: 1 })),
      /^TypeError: .*no option 'constructor'/,
    ],
  ];
  for (const [action, expected] of cases) {
    assert.match(throwing(action), expected);
  }
  const spelt = library.resolve(profile, {
    architecture: any("amd64"),
    kernel: "6.12",
    capabilities: ["sys_admin"],
  });
  assert.is(spelt.policy?.architectures[0], "x86_64");
});

test.run();
