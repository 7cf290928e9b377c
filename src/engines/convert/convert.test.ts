/**
 * Conversions: the engine accepts the output, it means the same there on every call, and what cannot be the same is refused by
 * name.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ALL_CAPS,
  architecture,
  KERNEL,
  readProfileText,
  X86_64,
} from "../../../test/support/fixtures/policies.ts";
import {
  arbitraryOwnCall,
  arbitraryWorld,
  show,
  USABLE,
  type World,
} from "../../../test/support/generators/worlds.ts";
import { evaluate } from "../../policy/evaluate.ts";
import { resolve } from "../../policy/resolve.ts";
import type { Target } from "../../policy/target.ts";
import { formatVerdict, precedence } from "../../policy/verdict.ts";
import { parseByLibrary } from "../../profile/library-parser.ts";
import type { Profile } from "../../profile/profile.ts";
import { compareWithEngine } from "../compare.ts";
import { ENGINE_NAMES, type EngineName } from "../engine.ts";
import { ENGINE_CHOICES, ENGINES } from "../engines.ts";
import { libseccompFilter } from "../libseccomp.ts";
import { machinesOf } from "../machines.ts";
import { CARRIERS } from "./carrier.ts";
import { type Conversion, type ConvertOptions, convertProfile } from "./convert.ts";

const TARGET: Target = { arch: X86_64, kernel: KERNEL, caps: 0n };

function convertText(text: string, to: EngineName, options: Partial<ConvertOptions> = {}): Conversion {
  const { profile, raw } = readProfileText(text);
  const usual = {
    parse: parseByLibrary,
    target: TARGET,
    kernelGiven: true,
    stricter: false,
    wideArguments: true,
  };
  return convertProfile(profile, raw, { to, ...usual, ...options });
}

/** A profile in Mesos's form, which every engine reads completely. */
function profileOf(...syscalls: readonly object[]): string {
  return JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", archMap: [], syscalls });
}

const ALLOW = { action: "SCMP_ACT_ALLOW" };
const arg = (index: number, op: string, value: number, valueTwo = 0): object => ({
  index,
  op: `SCMP_CMP_${op}`,
  value,
  valueTwo,
});

/** The rules of a converted file, as `ACTION NAMES CONDITIONS SELECTORS`. */
function rulesOf({ text, diagnostics }: Conversion): string[] {
  assert.ok(text !== undefined, JSON.stringify(diagnostics));
  return (JSON.parse(text) as { syscalls: Record<string, unknown>[] }).syscalls.map(
    ({ names, action, args, includes, excludes }) =>
      [action, names, args ?? [], includes ?? {}, excludes ?? {}]
        .map((part) => (typeof part === "string" ? part.replace("SCMP_ACT_", "") : JSON.stringify(part)))
        .join(" ")
        .replaceAll('"', ""),
  );
}

for (const to of ENGINE_NAMES) {
  test(`${to}: a denial with conditions beside an allowance without is turned into conditions that exclude each other`, () => {
    const text = profileOf(
      { names: ["personality"], ...ALLOW },
      { names: ["personality"], action: "SCMP_ACT_KILL", args: [arg(0, "EQ", 8)] },
    );
    const conversion = convertText(text, to);
    assert.equal(
      rulesOf(conversion)
        .map((rule) => rule.replaceAll(/valueTwo:0,/g, ""))
        .sort(),
      [
        "ALLOW [personality] [{index:0,value:8,op:SCMP_CMP_NE}] {} {}",
        "KILL [personality] [{index:0,value:8,op:SCMP_CMP_EQ}] {} {}",
      ],
    );
  });

  test(`${to}: a denial that is the default is kept beside an allowance, which libseccomp's users would lose`, () => {
    const text = profileOf(
      { names: ["personality"], ...ALLOW },
      { names: ["personality"], action: "SCMP_ACT_ERRNO", args: [arg(0, "EQ", 8)] },
    );
    assert.equal(
      rulesOf(convertText(text, to)).map((rule) => rule.replaceAll(/valueTwo:0,/g, "")),
      ["ALLOW [personality] [{index:0,value:8,op:SCMP_CMP_NE}] {} {}"],
    );
  });
}

test("docker: a denial for some capabilities is taken out of an allowance for all", () => {
  const text = profileOf(
    { names: ["bpf"], ...ALLOW },
    {
      names: ["bpf"],
      action: "SCMP_ACT_ERRNO",
      includes: { caps: ["CAP_BPF"] },
      excludes: { caps: ["CAP_KILL"] },
    },
  );
  assert.equal(rulesOf(convertText(text, "docker")).sort(), [
    "ALLOW [bpf] [] {caps:[CAP_KILL]} {}",
    "ALLOW [bpf] [] {} {caps:[CAP_BPF]}",
  ]);
});

test("docker: words of architectures become Docker's, and unknown ones are removed", () => {
  const text = profileOf(
    { names: ["read"], ...ALLOW, includes: { arches: ["x86_64", "aarch64", "loong64", "x32"] } },
    { names: ["write"], ...ALLOW, includes: { arches: ["sheb"] } },
  );
  assert.equal(rulesOf(convertText(text, "docker")), [
    "ALLOW [read] [] {arches:[amd64,arm64,loongarch64]} {}",
  ]);
});

test("oci: selectors are resolved for the target", () => {
  const text = profileOf(
    { names: ["read"], ...ALLOW, includes: { caps: ["CAP_BPF"] } },
    { names: ["write"], ...ALLOW, excludes: { caps: ["CAP_BPF"] } },
    { names: ["ptrace"], ...ALLOW, includes: { minKernel: "4.8" } },
  );
  const rules = (target: Partial<Target>): string[] =>
    rulesOf(convertText(text, "oci", { target: { ...TARGET, ...target } }));
  assert.equal(rules({}), ["ALLOW [write] [] {} {}", "ALLOW [ptrace] [] {} {}"]);
  assert.equal(rules({ caps: ALL_CAPS, kernel: 4 * 256 }), ["ALLOW [read] [] {} {}"]);
});

test("oci: architectures are those of the target", () => {
  const text = readFileSync("profiles/log.json", "utf8");
  const architectures = (name: "x86_64" | "aarch64"): unknown =>
    JSON.parse(convertText(text, "oci", { target: { ...TARGET, arch: architecture(name) } }).text ?? "{}")
      .architectures;
  assert.equal(architectures("x86_64"), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  assert.equal(architectures("aarch64"), ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]);
});

test("values above 2^53 are written in full", () => {
  const text = profileOf({ names: ["read"], ...ALLOW, args: [arg(0, "EQ", 0)] }).replace(
    '"value":0',
    '"value":18446744073709551615',
  );
  assert.match(convertText(text, "docker").text ?? "", /"value": 18446744073709551615,/);
  const exact = profileOf({ names: ["read"], ...ALLOW, args: [arg(0, "GE", 0)] });
  assert.match(
    convertText(exact.replace('"value":0', '"value":9223372036854775808'), "mesos").text ?? "",
    "9223372036854775808",
  );
});

/** What cannot be carried over, and the words that must name it. */
const NOT_CARRIED: readonly (readonly [EngineName, string, string, RegExp])[] = [
  ["mesos", "an action", profileOf({ names: ["read"], action: "SCMP_ACT_LOG" }), /SCMP_ACT_LOG/],
  [
    "mesos",
    "a kill of the process",
    profileOf({ names: ["read"], action: "SCMP_ACT_KILL_PROCESS" }),
    /thread/,
  ],
  ["mesos", "an errno", profileOf({ names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }), /EPERM/],
  ["mesos", "a name", profileOf({ names: ["openat2"], ...ALLOW }), /openat2/],
  [
    "mesos",
    "a capability",
    profileOf({ names: ["read"], ...ALLOW, includes: { caps: ["CAP_BPF"] } }),
    /CAP_BPF/,
  ],
  [
    "mesos",
    "flags",
    JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_LOG"] }),
    /flags/,
  ],
  [
    "mesos",
    "a number above 2^63",
    profileOf({ names: ["read"], ...ALLOW, args: [arg(0, "EQ", 0)] }).replace(
      '"value":0',
      '"value":9223372036854775809',
    ),
    /read\(0x8000000000000001\)/,
  ],
  ["docker", "an errno", profileOf({ names: ["read"], action: "SCMP_ACT_ERRNO", errnoRet: 4095 }), /4094/],
  [
    "docker",
    "a condition lost through socketcall",
    JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      architectures: ["SCMP_ARCH_X86"],
      syscalls: [{ names: ["socket"], ...ALLOW, args: [arg(0, "EQ", 1)] }],
    }),
    /socketcall\(1\) on x86 would get ALLOW, not ERRNO\(EPERM\)/,
  ],
  [
    "docker",
    "a value that 32-bit programs cannot have",
    JSON.stringify({
      defaultAction: "SCMP_ACT_ERRNO",
      architectures: ["SCMP_ARCH_X86"],
      syscalls: [{ names: ["read"], ...ALLOW, args: [arg(0, "EQ", 2 ** 32 + 1)] }],
    }),
    /read\(1\) on x86/,
  ],
];
for (const [to, what, text, says] of NOT_CARRIED) {
  test(`${to}: ${what} that cannot be carried over is an error that names it`, () => {
    const { text: written, diagnostics } = convertText(text, to);
    assert.is(written, undefined);
    assert.ok(
      diagnostics.some(({ severity, message }) => severity === "error" && says.test(message)),
      JSON.stringify(diagnostics),
    );
  });
}

test("mesos: minKernel needs a kernel", () => {
  const text = profileOf({ names: ["ptrace"], ...ALLOW, includes: { minKernel: "4.8" } });
  const { text: written, diagnostics } = convertText(text, "mesos", { kernelGiven: false });
  assert.is(written, undefined);
  assert.equal(
    diagnostics.map(({ pointer }) => pointer),
    ["/syscalls/0/includes/minKernel"],
  );
  assert.equal(rulesOf(convertText(text, "mesos")), ["ALLOW [ptrace] [] {} {}"]);
});

const SHIPPED = ["default", "strict", "relaxed", "dcos", "log"] as const;
/** The profiles that can be carried over exactly; no other can (see profiles/README.md). */
const EXACT: Readonly<Record<EngineName, readonly string[]>> = {
  docker: ["strict", "relaxed", "log", "dcos"],
  podman: ["strict", "relaxed", "log", "dcos"],
  oci: ["strict", "relaxed", "log", "dcos"],
  mesos: ["dcos"],
};
for (const to of ENGINE_NAMES) {
  for (const name of SHIPPED) {
    test(`${to}: ${name}.json is ${EXACT[to].includes(name) ? "" : "not "}carried over`, () => {
      const text = readFileSync(`profiles/${name}.json`, "utf8");
      const { text: written, diagnostics } = convertText(text, to, { wideArguments: false });
      assert.is(written !== undefined, EXACT[to].includes(name), JSON.stringify(diagnostics.slice(0, 3)));
      if (written !== undefined) {
        const engine = ENGINES.find((one) => one.name === to);
        const { profile, raw } = readProfileText(written);
        const { selectors, kernels } = CARRIERS[to];
        const machines = selectors ? machinesOf(readProfileText(text).profile, TARGET) : [TARGET];
        const proof = compareWithEngine(
          engine as NonNullable<typeof engine>,
          profile,
          raw,
          machines.filter(({ kernel }) => kernels || kernel === TARGET.kernel),
          { meant: readProfileText(text).profile, wideArguments: false },
        );
        assert.equal([proof.obstacles, proof.differences, proof.killed, proof.incomplete], [[], [], [], []]);
      }
    });
  }
}

test("mesos: Docker's answers are made stricter where necessary, and no further call is let through", () => {
  const text = readFileSync("profiles/default.json", "utf8");
  const { text: written, diagnostics } = convertText(text, "mesos", { stricter: true });
  assert.ok(written !== undefined);
  assert.ok(diagnostics.length > 0 && diagnostics.every(({ severity }) => severity === "warning"));
  const { profile, raw } = readProfileText(written);
  const mesos = ENGINES.find(({ name }) => name === "mesos") as (typeof ENGINES)[number];
  const original = readProfileText(text).profile;
  const machines = machinesOf(original, TARGET).filter(({ kernel }) => kernel === TARGET.kernel);
  const proof = compareWithEngine(mesos, profile, raw, machines, {
    meant: original,
    wideArguments: false,
  });
  assert.equal(proof.obstacles, []);
  assert.ok(
    proof.differences.length > 20 &&
      proof.differences.every(({ verdicts: [ours, theirs] }) => precedence(theirs) <= precedence(ours)),
  );
});

test("podman: rules with minKernel need a named kernel", () => {
  const text = profileOf({ names: ["ptrace"], ...ALLOW, includes: { minKernel: "4.8" } });
  const { diagnostics } = convertText(text, "podman", { kernelGiven: false });
  assert.match(diagnostics[0]?.message ?? "", "Podman ignores minKernel");
  assert.equal(rulesOf(convertText(text, "podman")), ["ALLOW [ptrace] [] {} {}"]);
});

test("a written form means the same to every engine that reads it", () => {
  const source = readFileSync("profiles/strict.json", "utf8");
  for (const form of ["docker", "podman", "oci"] as const) {
    const { text } = convertText(source, form);
    const { profile, raw } = readProfileText(text ?? "");
    const words = Object.values(ENGINE_CHOICES).filter((word) => word.form === form);
    for (const engine of words.flatMap(({ engines }) => engines)) {
      const proof = compareWithEngine(engine, profile, raw, [TARGET], {
        meant: readProfileText(source).profile,
        wideArguments: false,
      });
      assert.equal([proof.obstacles, proof.differences, proof.killed], [[], [], []], engine.title);
    }
  }
});

for (const to of ["docker", "podman", "oci"] as const) {
  const convert = (args: readonly object[], name = "socket"): Conversion =>
    convertText(profileOf({ names: [name], ...ALLOW, args }), to, { wideArguments: false });

  test(`${to}: a comparison of 32 bits is written as comparisons under a mask`, () => {
    const masked = (mask: number, value: number): string =>
      `{index:0,value:${mask},valueTwo:${value},op:SCMP_CMP_MASKED_EQ}`;
    const rules = (args: readonly object[], name?: string): readonly string[] =>
      rulesOf(convert(args, name)).map((rule) => /\[(\{.*\})\]/.exec(rule)?.[1] ?? rule);
    assert.equal(rules([arg(0, "EQ", 38)]), [masked(0xffffffff, 38)]);
    assert.equal(rules([arg(0, "LT", 38)]), [
      masked(0xffffffe0, 0),
      masked(0xfffffffc, 32),
      masked(0xfffffffe, 36),
    ]);
    assert.is(rules([arg(0, "NE", 38)]).length, 32);
    // The kernel takes all 64 bits of these: mmap's addr and len.
    assert.equal(rules([arg(1, "EQ", 38)], "mmap"), ["{index:1,value:38,op:SCMP_CMP_EQ}"]);
  });

  test(`${to}: too many comparisons under masks are refused by name, and --wide-arguments writes them as they are`, () => {
    const args = [arg(0, "NE", 38), arg(1, "NE", 5)];
    const { text, diagnostics } = convert(args);
    assert.is(text, undefined);
    assert.match(
      diagnostics[0]?.message ?? "",
      "the conditions on socket compare the 32 bits that the kernel takes",
    );
    const wide = convertText(profileOf({ names: ["socket"], ...ALLOW, args }), to, {
      wideArguments: true,
    });
    assert.match(wide.text ?? "", "SCMP_CMP_NE");
  });
}

test("where x32 prevents an exact conversion, --stricter leaves it out", () => {
  const text = readFileSync("profiles/dcos.json", "utf8");
  for (const to of ENGINE_NAMES) {
    const { diagnostics } = convertText(text, to);
    assert.match(diagnostics[0]?.message ?? "", /personality\(0x\w+\) on x32 would get ALLOW, not ERRNO/);
    const stricter = convertText(text, to, { stricter: true });
    assert.match(stricter.diagnostics[0]?.message ?? "", "calls of x32 are killed by the engine");
    assert.not.match(stricter.text ?? "SCMP_ARCH_X32", "SCMP_ARCH_X32");
  }
});

const profileFor = (subArchitectures: readonly string[], ...syscalls: readonly object[]): string =>
  JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures }],
    syscalls,
  });

test("what only crafted calls can tell is no error, and the file is written", () => {
  const text = profileFor(
    ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    { names: ["shmat"], ...ALLOW },
    { names: ["prctl"], ...ALLOW, args: [arg(1, "EQ", 0)] },
  );
  for (const to of ENGINE_NAMES) {
    const { text: written, diagnostics } = convertText(text, to, { wideArguments: false });
    assert.ok(written !== undefined);
    assert.equal(
      diagnostics.map(({ severity, code, weight, pointer }) => [severity, code, weight, pointer]),
      [
        ["warning", "engine-note", "way-around", "/syscalls/1"],
        ["note", "engine-note", "remark", "/syscalls/0"],
      ],
    );
    assert.match(
      diagnostics[0]?.message ?? "",
      /lets the crafted call prctl\(0, 0x100000000\) on x32 through/,
    );
    assert.match(diagnostics[1]?.message ?? "", /denies the crafted call ipc\(0x10015\) on x86/);
  }
});

test("--stricter lets no crafted call through either", () => {
  const text = profileFor(["SCMP_ARCH_X32"], { names: ["prctl"], ...ALLOW, args: [arg(1, "EQ", 0)] });
  for (const to of ENGINE_NAMES) {
    const { text: written, diagnostics } = convertText(text, to, { wideArguments: false, stricter: true });
    assert.match(diagnostics[0]?.message ?? "", "calls of x32 are killed by the engine");
    assert.not.match(written ?? "SCMP_ARCH_X32", "SCMP_ARCH_X32");
  }
});

test("what an ordinary call can tell is an error: sockets that 32-bit programs make through socketcall", () => {
  const text = profileFor(["SCMP_ARCH_X86"], { names: ["socket"], ...ALLOW, args: [arg(0, "EQ", 2)] });
  for (const to of ENGINE_NAMES) {
    const { text: written, diagnostics } = convertText(text, to, { wideArguments: false });
    assert.is(written, undefined);
    assert.equal(
      diagnostics.map(({ message }) => message.replace(/^.*?: /, "")),
      [
        "socketcall(1) on x86 would get ALLOW, not ERRNO(EPERM); libseccomp drops conditions on arguments where a call is made through socketcall, as 32-bit programs do with glibc",
      ],
    );
  }
});

test("rules of which libseccomp makes a wrong filter are written as comparisons for equality", () => {
  // Two rules that share an argument and have another condition (see areEntangled).
  const text = profileOf(
    { names: ["read"], ...ALLOW, args: [arg(0, "LE", 9), arg(1, "EQ", 5)] },
    { names: ["read"], ...ALLOW, args: [arg(0, "EQ", 12), arg(1, "EQ", 6)] },
  );
  const { text: written = "" } = convertText(text, "docker");
  assert.not.match(written, /SCMP_CMP_(LE|LT|GE|GT|NE)/);
  assert.match(written, /"value": 18446744073709551608,\s+"valueTwo": 0,/);
  assert.match(written, /"value": 18446744073709551614,\s+"valueTwo": 8,/);
});

test("mesos: comparisons by size cannot be carried over, since it rounds the masks that would express them", () => {
  const text = profileOf({ names: ["read"], ...ALLOW, args: [arg(0, "LE", 9)] });
  const { text: written, diagnostics } = convertText(text, "mesos");
  assert.is(written, undefined);
  assert.match(diagnostics[0]?.message ?? "", "CVE-2019-9893");
});

/** Writes a generated profile as text, so that it passes through every stage. */
function textOf({ profile }: World): string {
  const json = JSON.stringify(
    {
      defaultAction: profile.defaultAction,
      ...errnoOf(profile.defaultErrno, "defaultErrno"),
      archMap: profile.archMap,
      architectures: profile.architectures,
      syscalls: profile.rules.map(({ names, action, errno, conditions, includes, excludes }) => ({
        names,
        action,
        ...errnoOf(errno, "errno"),
        args: conditions,
        includes: selectorOf(includes),
        excludes: selectorOf(excludes),
      })),
    },
    (_, value) => (typeof value === "bigint" ? `#${value}#` : value),
  );
  return json.replaceAll(/"#(\d+)#"/g, "$1");
}

function errnoOf({ number, name }: Profile["defaultErrno"], key: string): object {
  return { [`${key}Ret`]: number, [key]: name };
}

function selectorOf({ caps, arches, minKernel }: Profile["rules"][number]["includes"]): object {
  return {
    caps,
    arches,
    minKernel: minKernel === undefined ? undefined : `${minKernel >> 8}.${minKernel & 255}`,
  };
}

/** Names that no multiplexer serves and libseccomp 2.3.3 knows. */
const PLAIN_NAMES = ["read", "write", "personality", "ioctl", "mmap2", "ptrace", "chdir"];

/** Restricts actions and capabilities to Mesos's, so that more profiles can be carried over to it. */
function forMesos({ profile, ...world }: World): World {
  const known = ["SCMP_ACT_ALLOW", "SCMP_ACT_KILL", "SCMP_ACT_TRAP"];
  const plain = { number: undefined, name: undefined };
  const action = (name: Profile["defaultAction"]): Profile["defaultAction"] =>
    known.includes(name) ? name : "SCMP_ACT_ERRNO";
  const rules = profile.rules.map((rule) => {
    const caps = (names: readonly string[]): string[] =>
      names.filter((name) => name !== "CAP_CHECKPOINT_RESTORE");
    const selector = (one: typeof rule.includes): typeof one => ({ ...one, caps: caps(one.caps) });
    return {
      ...rule,
      action: action(rule.action),
      errno: plain,
      includes: selector(rule.includes),
      excludes: selector(rule.excludes),
    };
  });
  return {
    ...world,
    profile: { ...profile, defaultAction: action(profile.defaultAction), defaultErrno: plain, rules },
  };
}

test("random profiles with overlapping rules: what is written gets the same verdicts as the engine builds its filter", () => {
  const counts: Record<string, number> = { docker: 0, podman: 0, oci: 0, mesos: 0, calls: 0, refused: 0 };
  const cases = fc
    .record({ world: arbitraryWorld(PLAIN_NAMES, USABLE), to: fc.constantFrom(...ENGINE_NAMES) })
    .map(({ world, to }) => ({ to, world: to === "mesos" ? forMesos(world) : world }))
    .filter(({ world }) => ["x86_64", "aarch64", "s390x", "ppc64le"].includes(world.target.arch.name))
    .chain(({ world, to }) =>
      fc.record({
        world: fc.constant(world),
        to: fc.constant(to),
        calls: fc.array(arbitraryOwnCall(world, [world.target.arch], PLAIN_NAMES), {
          minLength: 30,
          maxLength: 30,
        }),
      }),
    );
  fc.assert(
    fc.property(cases, ({ world, to, calls }) => {
      const text = textOf(world);
      const { target } = world;
      const { wideArguments } = world.options;
      const { text: written, diagnostics } = convertText(text, to, { target, wideArguments });
      if (written === undefined) {
        assert.ok(diagnostics.some(({ severity }) => severity === "error"));
        counts["refused"] = (counts["refused"] ?? 0) + 1;
        return;
      }
      counts[to] = (counts[to] ?? 0) + 1;
      const { policy } = resolve(readProfileText(text).profile, target, {
        unknownSyscalls: "default",
        wideArguments,
      });
      const engine = ENGINES.find(({ name }) => name === to) as (typeof ENGINES)[number];
      const { profile, raw } = readProfileText(written);
      const reading = engine.read(profile, raw, target);
      assert.ok(policy !== undefined);
      const filter = libseccompFilter(reading, target.arch, engine.libseccomp);
      for (const call of calls.filter(({ arch }) => arch === target.arch.token)) {
        const [theirs, ours] = [evaluate(filter.policy, call), evaluate(policy, call)];
        counts["calls"] = (counts["calls"] ?? 0) + 1;
        assert.is(
          formatVerdict(theirs, target.arch),
          formatVerdict(ours, target.arch),
          `${show(call)} ${written}`,
        );
      }
    }),
    { numRuns: 120, seed: 4 },
  );
  for (const to of ENGINE_NAMES) {
    assert.ok((counts[to] ?? 0) >= 10 && (counts["calls"] ?? 0) > 1000, JSON.stringify(counts));
  }
});

test("rules that say the same once they are rewritten name a call once", () => {
  const one = (value: number) => ({
    names: ["ptrace"],
    ...ALLOW,
    args: [arg(0, "NE", value)],
    includes: {},
    excludes: {},
  });
  for (const to of ENGINE_NAMES) {
    const { text } = convertText(profileOf(one(1), one(2), one(1)), to);
    const { syscalls } = JSON.parse(text ?? "") as { syscalls: { names: string[] }[] };
    assert.ok(syscalls.every(({ names }) => names.length === new Set(names).size));
  }
});

test("comments that accept findings are kept for every engine, also where rules are joined", () => {
  const accept = (reason: string): string => `seccomp-exec: accept dangerous-allowance: ${reason}`;
  const rule = { ...ALLOW, args: [], includes: {}, excludes: {} };
  const text = JSON.stringify({
    comment: ["of the whole", accept("whole")],
    defaultAction: "SCMP_ACT_ERRNO",
    archMap: [],
    syscalls: [
      { names: ["read"], ...rule, comment: `reads\n${accept("one")}` },
      // Rules that overlap are rewritten, and two of them become one.
      { names: ["ptrace"], ...rule, args: [arg(0, "EQ", 1)], comment: accept("two") },
      { names: ["ptrace"], ...rule, args: [arg(0, "EQ", 2)], comment: accept("three") },
    ],
  });
  for (const to of ENGINE_NAMES) {
    const written = JSON.parse(convertText(text, to).text ?? "") as {
      comment: string;
      syscalls: { comment?: string }[];
    };
    assert.is(written.comment, accept("whole"), to);
    const comments = written.syscalls.map(({ comment }) => comment);
    assert.is(comments[0], to === "oci" ? accept("one") : `reads\n${accept("one")}`, to);
    for (const reason of ["two", "three"]) {
      assert.ok(comments.join().includes(accept(reason)), `${to} ${reason}`);
    }
  }
});

test.run();
