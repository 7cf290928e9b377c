/**
 * How other engines read a profile: what they reject, what they read differently, and on which calls that shows.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { architecture, KERNEL, readProfileText, X86_64 } from "../../test/support/fixtures/policies.ts";
import type { Target } from "../policy/target.ts";
import { compareWithEngine } from "./compare.ts";
import type { Engine, EngineName } from "./engine.ts";
import { ENGINE_CHOICES, ENGINES, type EngineChoiceName } from "./engines.ts";
import { machinesOf } from "./machines.ts";

const TARGET: Target = { arch: X86_64, kernel: KERNEL, caps: 0n };

/** All diagnostics except notes, as `CODE POINTER: MESSAGE`. */
function said(to: EngineName, profile: object | string, target: Target = TARGET): string[] {
  return saidOf(
    ENGINES.filter(({ name }) => name === to),
    profile,
    target,
  );
}

/** The diagnostics for a word of `--for`. */
function saidFor(word: EngineChoiceName, profile: object | string, target: Target = TARGET): string[] {
  return saidOf(ENGINE_CHOICES[word].engines, profile, target);
}

function saidOf(engines: readonly Engine[], profile: object | string, target: Target): string[] {
  const { profile: read, raw } = readProfileText(
    typeof profile === "string" ? profile : JSON.stringify(profile),
  );
  assert.ok(engines.length > 0);
  return engines
    .flatMap(
      (engine) =>
        compareWithEngine(engine, read, raw, machinesOf(read, target), {
          wideArguments: true,
        }).diagnostics,
    )
    .filter(({ severity }) => severity !== "note")
    .map(({ code, pointer, message }) => `${code} ${pointer}: ${message}`);
}

const ERRNO = { defaultAction: "SCMP_ACT_ERRNO" };
const ALLOW = { action: "SCMP_ACT_ALLOW" };
const arg = (op: string, value: number, index = 0, valueTwo = 0): object => ({
  index,
  op: `SCMP_CMP_${op}`,
  value,
  valueTwo,
});

/** A profile in the form that the engine reads completely. */
function form(to: EngineName, ...rules: readonly object[]): object {
  const whole = { args: [], includes: {}, excludes: {} };
  return to === "mesos"
    ? { ...ERRNO, archMap: [], syscalls: rules.map((rule) => ({ ...whole, ...rule })) }
    : { ...ERRNO, syscalls: rules };
}

for (const to of ["docker", "podman", "oci", "mesos"] as const) {
  const title = { docker: "Docker", podman: "Podman", oci: "an OCI runtime", mesos: "Mesos" }[to];

  test(`${to}: a profile without overlaps means the same`, () => {
    const profile = form(
      to,
      { names: ["read", "write"], ...ALLOW },
      { names: ["personality"], ...ALLOW, args: [arg("EQ", 8)] },
      { names: ["personality"], ...ALLOW, args: [arg("EQ", 9), arg("MASKED_EQ", 1, 1, 1)] },
    );
    assert.equal(said(to, profile), []);
  });

  test(`${to}: a rule without conditions hides those with conditions, in either order`, () => {
    const [open, closed] = [
      { names: ["personality"], ...ALLOW },
      { names: ["personality"], action: "SCMP_ACT_KILL", args: [arg("EQ", 8)] },
    ];
    for (const [rules, at] of [
      [[open, closed], 1],
      [[closed, open], 0],
    ] as const) {
      assert.equal(said(to, form(to, ...rules)), [
        `engine-differs /syscalls/${at}: ${title} answers ALLOW to personality(8) on x86_64, but the profile means KILL_THREAD`,
      ]);
    }
  });

  test(`${to}: of two rules without conditions the first counts`, () => {
    const rules = [
      { names: ["bpf"], ...ALLOW },
      { names: ["bpf"], action: "SCMP_ACT_TRAP" },
    ];
    assert.equal(said(to, form(to, ...rules)), [
      `engine-differs /syscalls/1: ${title} answers ALLOW to bpf on x86_64, but the profile means TRAP`,
    ]);
    assert.equal(said(to, form(to, ...[...rules].reverse())), []);
  });

  test(`${to}: of two overlapping rules with conditions, either may count`, () => {
    const rules = [
      { names: ["bpf"], ...ALLOW, args: [arg("NE", 3)] },
      { names: ["bpf"], action: "SCMP_ACT_KILL", args: [arg("EQ", 5)] },
    ];
    const found = said(to, form(to, ...rules));
    assert.match(found[0] ?? "", /^engine-unspecified \/syscalls\/1: two rules for bpf/);
  });

  test(`${to}: two rules with the same conditions and different actions are refused by libseccomp`, () => {
    const rules = [
      { names: ["bpf"], ...ALLOW, args: [arg("EQ", 3)] },
      { names: ["bpf"], action: "SCMP_ACT_KILL", args: [arg("EQ", 3)] },
    ];
    assert.match(said(to, form(to, ...rules))[0] ?? "", /^engine-refuses \/syscalls\/1: /);
  });
}

for (const to of ["docker", "podman", "oci"] as const) {
  test(`${to}: a denial that is the default vanishes beside an allowance`, () => {
    const profile = form(
      to,
      { names: ["personality"], ...ALLOW },
      { names: ["personality"], action: "SCMP_ACT_ERRNO", args: [arg("EQ", 8)] },
    );
    assert.match(
      said(to, profile)[0] ?? "",
      /^engine-differs \/syscalls\/1: .* answers ALLOW to personality\(8\)/,
    );
  });

  test(`${to}: conditions are lost through socketcall`, () => {
    const profile = {
      ...form(to, { names: ["socket"], ...ALLOW, args: [arg("EQ", 1)] }),
      architectures: ["SCMP_ARCH_X86"],
    };
    assert.match(
      said(to, profile)[0] ?? "",
      /answers ALLOW to socketcall\(1\) on x86, but the profile means ERRNO/,
    );
  });

  test(`${to}: the upper half of a value is lost on 32-bit architectures`, () => {
    const profile = {
      ...form(to, { names: ["read"], ...ALLOW, args: [arg("EQ", 2 ** 32 + 7)] }),
      architectures: ["SCMP_ARCH_X86"],
    };
    assert.match(
      said(to, profile)[0] ?? "",
      /answers ALLOW to read\(7\) on x86, but the profile means ERRNO/,
    );
  });

  test(`${to}: errnos above 4094 are refused`, () => {
    const rule = { names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 4095 };
    assert.match(said(to, form(to, rule))[0] ?? "", /^engine-refuses \/syscalls\/0\/errnoRet: /);
    assert.match(said(to, { ...ERRNO, defaultErrnoRet: 4095 })[0] ?? "", "/defaultErrnoRet");
    assert.equal(said(to, form(to, { ...rule, errnoRet: 4094 })), []);
  });

  test(`${to}: Podman's errnos are ${to === "podman" ? "" : "not "}read`, () => {
    const rule = { names: ["read"], action: "SCMP_ACT_ERRNO", errno: "ENOSYS" };
    const found = said(to, form(to, rule));
    if (to === "podman") {
      assert.equal(found, []);
      return;
    }
    assert.ok(
      found.some((one) => one.startsWith("engine-differs /syscalls/0/errno:")),
      found.join(),
    );
    assert.ok(
      found.some((one) => /answers ERRNO\(EPERM\) to read .* means ERRNO\(ENOSYS\)/.test(one)),
      found.join(),
    );
  });
}

test("docker: a config.json would leave every container unconfined", () => {
  assert.match(
    said("docker", { linux: { seccomp: ERRNO } })[0] ?? "",
    /^engine-refuses \/linux\/seccomp: .*unconfined/,
  );
});

test("docker: words of architectures are its own", () => {
  const rule = (word: string): object => ({ names: ["read"], ...ALLOW, includes: { arches: [word] } });
  assert.equal(said("docker", form("docker", rule("amd64"))), []);
  const found = said("docker", form("docker", rule("x86_64")));
  assert.match(found.join("\n"), /no architecture 'x86_64'/);
  assert.match(found.join("\n"), /answers ERRNO\(EPERM\) to read on x86_64, but the profile means ALLOW/);
});

test("docker: what depends on capabilities and kernels is compared with and without them", () => {
  const rule = (selector: object): object =>
    form(
      "docker",
      { names: ["bpf"], ...ALLOW },
      {
        names: ["bpf"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 38,
        includes: selector,
      },
    );
  for (const selector of [{ caps: ["CAP_KILL"] }, { minKernel: "99.0" }]) {
    assert.equal(said("docker", rule(selector)), [
      "engine-differs /syscalls/1: Docker answers ALLOW to bpf on x86_64, but the profile means ERRNO(ENOSYS)",
    ]);
  }
});

test("oci: keys that the runtime-spec does not have are reported with their effect", () => {
  const found = said("oci", {
    ...ERRNO,
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }],
    syscalls: [
      { name: "read", ...ALLOW },
      { names: ["bpf"], ...ALLOW, includes: { caps: ["CAP_BPF"] } },
    ],
  });
  for (const [pointer, says] of [
    ["/archMap", "native architecture only"],
    ["/syscalls/0/name", "to no syscall"],
    ["/syscalls/1/includes", "always applies"],
    ["/syscalls/0/name", "answers ERRNO(EPERM) to read"],
    ["/syscalls/1/includes", "answers ALLOW to bpf"],
  ] as const) {
    assert.ok(
      found.some((one) => one.startsWith(`engine-differs ${pointer}:`) && one.includes(says)),
      `${says}: ${found.join("\n")}`,
    );
  }
});

test("oci: a key in many rules is reported once", () => {
  const rule = (name: string): object => ({ names: [name], ...ALLOW, includes: { caps: ["CAP_KILL"] } });
  const found = said(
    "oci",
    form("oci", rule("bpf"), { names: ["read"], ...ALLOW }, rule("ptrace"), rule("setns")),
  );
  assert.equal(
    found.filter((one) => one.includes("'includes'")),
    [
      "engine-differs /syscalls/0/includes: an OCI runtime does not know the key 'includes' (here and in 2 other rules), so the rule always applies; it answers ALLOW to bpf, ptrace, setns on x86_64, but the profile means ERRNO(EPERM)",
    ],
  );
});

test("oci: architectures that runc does not know are refused", () => {
  assert.match(
    said("oci", { ...ERRNO, architectures: ["SCMP_ARCH_M68K"] })[0] ?? "",
    /^engine-refuses \/architectures\/0: .*SCMP_ARCH_M68K/,
  );
});

/** What Mesos rejects, in the words of its parser, and where. */
const MESOS: readonly (readonly [what: string, profile: object | string, says: RegExp])[] = [
  [
    "no archMap",
    { ...ERRNO, syscalls: [] },
    /engine-refuses : .*Cannot determine 'archMap' for the Seccomp configuration: Not found/,
  ],
  [
    "no syscalls",
    { ...ERRNO, archMap: [] },
    /Cannot determine 'syscalls' for the Seccomp configuration: Not found/,
  ],
  [
    "a rule without its empty members",
    { ...ERRNO, archMap: [], syscalls: [{ names: ["read"], ...ALLOW }] },
    /engine-refuses \/syscalls\/0: .*Cannot determine 'includes' field for 'syscalls' item: Not found/,
  ],
  [
    "no valueTwo",
    form("mesos", { names: ["read"], ...ALLOW, args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }] }),
    /\/syscalls\/0\/args\/0: .*Cannot determine 'valueTwo' field for 'args' item: Not found/,
  ],
  [
    "args: null",
    form("mesos", { names: ["read"], ...ALLOW, args: null }),
    /^engine-differs \/syscalls\/0\/args: Mesos before 1\.11 does not take the profile: Cannot determine 'args'/,
  ],
  [
    "an action",
    form("mesos", { names: ["read"], action: "SCMP_ACT_LOG" }),
    /Unknown syscall action: 'SCMP_ACT_LOG'/,
  ],
  [
    "an architecture",
    { ...ERRNO, archMap: [{ architecture: "SCMP_ARCH_RISCV64", subArchitectures: [] }], syscalls: [] },
    /\/archMap\/0\/architecture: .*Unknown architecture: 'SCMP_ARCH_RISCV64'/,
  ],
  [
    "a capability",
    form("mesos", { names: ["read"], ...ALLOW, includes: { caps: ["CAP_BPF"] } }),
    /\/syscalls\/0\/includes\/caps\/0: .*Unknown capability: 'CAP_BPF'/,
  ],
  [
    "a call",
    form("mesos", { names: ["read", "openat2"], ...ALLOW }),
    /\/syscalls\/0\/names\/1: .*Unrecognized syscall 'openat2'/,
  ],
  [
    "a rule that says the default",
    form("mesos", { names: ["read"], action: "SCMP_ACT_ERRNO" }),
    /Failed to add rule for syscall 'read' with action 'ACT_ERRNO': Operation not permitted/,
  ],
  [
    "an argument twice",
    form("mesos", { names: ["read"], ...ALLOW, args: [arg("EQ", 1), arg("EQ", 2)] }),
    /\/syscalls\/0\/args: .*Invalid argument/,
  ],
  [
    "minKernel",
    form("mesos", { names: ["read"], ...ALLOW, includes: { minKernel: "4.8" } }),
    /ignores 'minKernel'/,
  ],
  [
    "an empty list of architectures",
    form("mesos", { names: ["read"], ...ALLOW, includes: { arches: [] } }),
    /answers ERRNO\(EPERM\) to read on x86_64, but the profile means ALLOW/,
  ],
  [
    "an errno",
    form("mesos", { names: ["read"], action: "SCMP_ACT_TRACE", errnoRet: 7 }),
    /answers TRACE\(1\) to read on x86_64, but the profile means TRACE\(7\)/,
  ],
  [
    "the default errno",
    { ...ERRNO, defaultErrnoRet: 38, archMap: [], syscalls: [] },
    /\/defaultAction: calls without a rule get ERRNO\(EPERM\) under Mesos, and ERRNO\(ENOSYS\) here/,
  ],
  [
    "a number above 2^63",
    JSON.stringify(form("mesos", { names: ["read"], ...ALLOW, args: [arg("EQ", 77)] })).replace(
      "77",
      "9223372036854775809",
    ),
    /\/syscalls\/0\/args\/0\/value: Mesos rounds 9223372036854775809/,
  ],
];
for (const [what, profile, says] of MESOS) {
  test(`mesos: ${what} is reported`, () => {
    const found = said("mesos", profile);
    assert.ok(
      found.some((one) => says.test(one)),
      found.join("\n"),
    );
  });
}

test("mesos: a rule for capabilities that clashes is refused for every caller", () => {
  const profile = form(
    "mesos",
    { names: ["bpf"], ...ALLOW, args: [arg("EQ", 1)], includes: { caps: ["CAP_KILL"] } },
    { names: ["bpf"], action: "SCMP_ACT_KILL", args: [arg("EQ", 1)], excludes: { caps: ["CAP_KILL"] } },
  );
  assert.match(said("mesos", profile).join("\n"), /File exists/);
});

test("mesos: a rule replaces earlier ones with its conditions and more, which later versions of libseccomp refuse", () => {
  const x86 = [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }];
  const of = (...rules: readonly object[]) => ({ ...form("mesos", ...rules), archMap: x86 });
  const trap = (name: string, ...args: readonly object[]) => ({
    names: [name],
    action: "SCMP_ACT_TRAP",
    args,
  });
  const allow = (name: string, ...args: readonly object[]) => ({ names: [name], ...ALLOW, args });
  const refuses = (found: readonly string[]) => found.some((one) => one.startsWith("engine-refuses"));
  // Through socketcall, where the second rule has the number of the call as its condition.
  const socket = said("mesos", of(trap("socket", arg("EQ", 1, 1)), allow("socket")));
  assert.not.ok(refuses(socket), socket.join("\n"));
  assert.match(socket.join("\n"), /answers ALLOW to socket.* on x86(_64)?, but the profile means TRAP/);
  const longer = of(trap("bpf", arg("EQ", 5), arg("EQ", 6, 1)), allow("bpf", arg("EQ", 5)));
  const bpf = said("mesos", longer);
  assert.not.ok(refuses(bpf), bpf.join("\n"));
  assert.match(bpf.join("\n"), /answers ALLOW to bpf\(5, 6\) on x86_64, x86, but the profile means TRAP/);
  // Equal conditions are refused, and where 64 bits are compared by the opposite, too.
  assert.ok(refuses(said("mesos", of(trap("bpf", arg("EQ", 5)), allow("bpf", arg("EQ", 5))))));
  assert.ok(
    refuses(said("mesos", of(trap("bpf", arg("NE", 5), arg("EQ", 6, 1)), allow("bpf", arg("NE", 5))))),
  );
  // What runc has refuses them.
  const oci = {
    ...ERRNO,
    syscalls: [trap("bpf", arg("EQ", 5), arg("EQ", 6, 1)), allow("bpf", arg("EQ", 5))],
  };
  assert.ok(refuses(said("oci", oci)));
});

test("mesos: comparisons by size are wrong in its libseccomp", () => {
  const rule = { names: ["read"], ...ALLOW, args: [arg("LT", 5)] };
  assert.match(
    said("mesos", form("mesos", rule))[0] ?? "",
    /^engine-unspecified \/syscalls\/0: .*CVE-2019-9893/,
  );
  assert.equal(said("docker", form("docker", rule)), []);
});

test("podman: errnos that it does not know by name are refused", () => {
  const rule = { names: ["read"], action: "SCMP_ACT_ERRNO", errno: "EINTR" };
  assert.match(
    said("podman", form("podman", rule))[0] ?? "",
    /^engine-refuses \/syscalls\/0\/errno: Podman does not take the profile: unknown errno EINTR/,
  );
  assert.match(
    said("podman", { ...ERRNO, defaultErrno: "EPROTO" })[0] ?? "",
    /^engine-refuses \/defaultErrno: .*EPROTO/,
  );
  assert.equal(said("podman", { ...ERRNO, defaultErrno: "ENOSYS" }), []);
});

test("podman, cri-o: minKernel is ignored", () => {
  const profile = form("podman", { names: ["ptrace"], ...ALLOW, includes: { minKernel: "99.0" } });
  for (const [word, title] of [
    ["podman", "Podman"],
    ["cri-o", "CRI-O"],
  ] as const) {
    assert.equal(saidFor(word, profile), [
      `engine-differs /syscalls/0/includes/minKernel: ${title} ignores 'minKernel', so the rule applies on every kernel; it answers ALLOW to ptrace on x86_64, but the profile means ERRNO(EPERM)`,
    ]);
  }
  assert.equal(said("docker", profile), []);
});

test("podman: words of architectures are libseccomp-golang's, and archMap counts on some of them only", () => {
  const rule = (word: string): object => ({ names: ["read"], ...ALLOW, includes: { arches: [word] } });
  const loong = { ...TARGET, arch: architecture("loongarch64") };
  assert.equal(said("podman", form("podman", rule("loong64")), loong), []);
  assert.match(
    said("podman", form("podman", rule("loongarch64")), loong).join("\n"),
    /write|no architecture/,
  );
  const mapped = (native: string, sub: string): object => ({
    ...form("podman", { names: ["read"], ...ALLOW }),
    archMap: [{ architecture: native, subArchitectures: [sub] }],
  });
  assert.equal(said("podman", mapped("SCMP_ARCH_X86_64", "SCMP_ARCH_X86")), []);
  const ppc = { ...TARGET, arch: architecture("ppc64") };
  assert.match(said("podman", mapped("SCMP_ARCH_PPC64", "SCMP_ARCH_PPC"), ppc).join("\n"), /ppc/);
  assert.equal(said("docker", mapped("SCMP_ARCH_PPC64", "SCMP_ARCH_PPC"), ppc), []);
});

test("runc takes an errno that its action does not use, and crun does not", () => {
  const profile = form("oci", { names: ["read"], ...ALLOW, errnoRet: 1 });
  assert.equal(saidFor("runc", profile), []);
  assert.match(
    saidFor("crun", profile).join("\n"),
    /: crun does not take the profile: errno value specified/,
  );
  assert.match(saidFor("oci", profile).join("\n"), /: an OCI runtime with crun does not take the profile/);
  assert.match(saidFor("podman", profile).join("\n"), /: Podman with crun does not take the profile/);
});

test("crun asks libseccomp for architectures that runc does not know", () => {
  const profile = { ...ERRNO, architectures: ["SCMP_ARCH_M68K"] };
  const m68k = { ...TARGET, arch: architecture("m68k") };
  assert.match(
    saidFor("runc", profile, m68k).join("\n"),
    /runc does not take the profile: it does not run on m68k/,
  );
  assert.equal(saidFor("crun", profile, m68k), []);
});

test("containerd reads the runtime-spec's object, but none in a config.json", () => {
  const rules = [{ names: ["bpf"], ...ALLOW, includes: { caps: ["CAP_BPF"] } }];
  assert.match(
    saidFor("containerd", { ...ERRNO, syscalls: rules }).join("\n"),
    /containerd does not know the key 'includes', so the rule always applies/,
  );
  const config = { linux: { seccomp: { ...ERRNO, syscalls: [] } } };
  assert.match(saidFor("containerd", config)[0] ?? "", /^engine-refuses \/linux\/seccomp: .*unconfined/);
  assert.equal(saidFor("runc", config), []);
});

test("kubernetes: both of its runtimes must mean the same", () => {
  assert.equal(saidFor("kubernetes", form("oci", { names: ["read"], ...ALLOW })), []);
  const includes = saidFor(
    "kubernetes",
    form("oci", { names: ["bpf"], ...ALLOW, includes: { caps: ["CAP_BPF"] } }),
  );
  assert.ok(includes.length > 0 && includes.every((one) => one.includes("containerd")), includes.join("\n"));
  const minKernel = { names: ["bpf"], ...ALLOW, includes: { minKernel: "99.0" } };
  const both = saidFor("kubernetes", form("oci", minKernel)).join("\n");
  assert.match(both, "containerd does not know the key 'includes'");
  assert.match(both, "CRI-O ignores 'minKernel'");
});

test("docker, oci: conditions on later arguments look at the wrong ones through socketcall", () => {
  const rule = { names: ["socket"], action: "SCMP_ACT_ERRNO", args: [arg("EQ", 3, 1)] };
  const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86"], syscalls: [rule] };
  for (const to of ["docker", "oci"] as const) {
    assert.match(
      said(to, profile).join("\n"),
      /answers ALLOW to socketcall\(1\) on x86, but the profile means ERRNO/,
    );
  }
});

test("docker, oci: upper halves do not count on x32", () => {
  const rule = { names: ["read"], ...ALLOW, args: [arg("EQ", 8)] };
  const profile = { ...ERRNO, architectures: ["SCMP_ARCH_X32"], syscalls: [rule] };
  for (const to of ["docker", "oci"] as const) {
    assert.match(
      said(to, profile).join("\n"),
      /answers ALLOW to read\(0x\w+00000008.*\) on x32, but the profile means ERRNO/,
    );
  }
});

test("docker, oci: architectures of different byte orders make no filter", () => {
  const profile = { ...ERRNO, architectures: ["SCMP_ARCH_S390X"] };
  for (const to of ["docker", "oci"] as const) {
    assert.match(said(to, profile)[0] ?? "", /^engine-refuses \/architectures\/0: .*byte order/);
  }
});

test("an engine takes nothing on a machine that it does not run on", () => {
  for (const [to, name] of [
    ["docker", "sh"],
    ["oci", "m68k"],
    ["mesos", "riscv64"],
    ["mesos", "ppc64"],
  ] as const) {
    const target = { ...TARGET, arch: architecture(name) };
    assert.match(said(to, form(to), target).join("\n"), `engine-refuses : ${to === "mesos" ? "Mesos" : ""}`);
    assert.match(said(to, form(to), target).join("\n"), `does not run on ${name}`);
  }
});

test("mesos: an agent does not refuse what it never reads", () => {
  const severities = (profile: object): string[] =>
    said("mesos", profile).filter((one) => one.startsWith("engine-refuses"));
  assert.equal(
    severities({
      ...ERRNO,
      archMap: [{ architecture: "SCMP_ARCH_AARCH64", subArchitectures: null }],
      syscalls: [],
    }),
    [],
  );
  const foreign = { names: ["read"], action: "SCMP_ACT_LOG", includes: { arches: ["arm64"] } };
  assert.equal(severities(form("mesos", foreign)), []);
  // It skips a rule of other architectures before it looks at what else the rule lacks.
  const lacking = (rule: object) => severities({ ...ERRNO, archMap: [], syscalls: [rule] });
  const [other, own] = [{ arches: ["arm64"] }, { arches: ["amd64"] }];
  assert.equal(lacking({ names: ["read"], ...ALLOW, includes: other }), []);
  assert.equal(lacking({ names: ["read"], action: "SCMP_ACT_LOG", includes: other }), []);
  assert.equal(lacking({ names: ["read"], ...ALLOW, includes: {}, excludes: own }), []);
  assert.match(lacking({ names: ["read"], ...ALLOW, includes: own })[0] ?? "", "'excludes' field");
  assert.match(
    lacking({ names: ["read"], ...ALLOW, includes: {}, excludes: other })[0] ?? "",
    "'args' field",
  );
  assert.match(lacking({ names: ["read"], ...ALLOW, excludes: own })[0] ?? "", "'includes' field");
  assert.match(
    lacking({ names: ["read"], ...ALLOW, includes: { ...other, caps: ["CAP_BPF"] } })[0] ?? "",
    "CAP_BPF",
  );
  // Not so the entry of another architecture, of which it reads the name.
  const entries = (entry: object) => severities({ ...ERRNO, archMap: [entry], syscalls: [] });
  assert.equal(entries({ architecture: "SCMP_ARCH_AARCH64" }), []);
  assert.match(entries({ architecture: "SCMP_ARCH_X86_64" })[0] ?? "", "'subArchitectures'");
  const after = { names: ["read"], ...ALLOW, includes: { arches: ["amd64", "riscv64"] } };
  assert.equal(severities(form("mesos", after)), []);
  const before = { names: ["read"], ...ALLOW, includes: { arches: ["riscv64", "amd64"] } };
  assert.is(severities(form("mesos", before)).length, 1);
});

test.run();
