/**
 * The shipped profiles keep what their README promises, on every architecture.
 */

import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { evaluate } from "../../src/policy/evaluate.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { resolve } from "../../src/policy/resolve.ts";
import { YOUNGER } from "../../src/policy/rule-table.ts";
import { formatVerdict } from "../../src/policy/verdict.ts";
import type { Profile, Rule } from "../../src/profile/profile.ts";
import { readProfile } from "../../src/profile/read.ts";
import { type Architecture, architectureByName, architectures } from "../../src/tables/architectures.ts";
import { capabilityBit } from "../../src/tables/capabilities.ts";
import {
  lastSyscallNumber,
  syscallCount,
  syscallId,
  syscallName,
  syscallNumber,
} from "../../src/tables/syscalls.ts";
import { dockerDefault } from "../support/fixtures/docker-default.ts";
import { documentOf } from "../support/fixtures/policies.ts";
import { meaningOf } from "../support/oracles/meaning.ts";
import { run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const NAMES = ["dcos", "default", "log", "relaxed", "strict"] as const;
type Name = (typeof NAMES)[number];

const README = readFileSync("profiles/README.md", "utf8");
const TEXTS = Object.fromEntries(NAMES.map((name) => [name, text(name)])) as Record<Name, string>;
const PROFILES = Object.fromEntries(NAMES.map((name) => [name, parse(TEXTS[name])])) as Record<Name, Profile>;

const NO_CAPS = 0n;
const ALL_CAPS = (1n << 41n) - 1n;
const LINUX_3_10 = 3 * 256 + 10;
const LINUX_4_8 = 4 * 256 + 8;
const LINUX_7_1 = 7 * 256 + 1;
const AF_ALG = 38n;
const AF_VSOCK = 40n;
const SYS_SOCKET = 1n;
/** What a program may leave in the half of a register that the kernel does not look at. */
const GARBAGE = [0x1_0000_0000n, 0x8000_0000_0000_0000n, 0xffff_ffff_0000_0000n];

function text(name: Name): string {
  return readFileSync(`profiles/${name}.json`, "utf8");
}

function parse(json: string): Profile {
  const { value, exact } = documentOf(json);
  const { profile, diagnostics } = readProfile(value, exact);
  assert.equal(diagnostics, []);
  return profile as Profile;
}

function policyOf(name: Name, arch: Architecture, caps: bigint, kernel = LINUX_7_1): Policy {
  const { policy, diagnostics } = resolve(
    PROFILES[name],
    { arch, caps, kernel },
    { unknownSyscalls: "enosys" },
  );
  assert.equal(diagnostics, [], `${name} on ${arch.name}`);
  return policy as Policy;
}

function arch(name: string): Architecture {
  return architectureByName(name) as Architecture;
}

/** The verdict in words, or undefined where the architecture lacks the call. */
function verdict(policy: Policy, on: Architecture, name: string, ...args: bigint[]): string | undefined {
  const number = syscallNumber(on, syscallId(name));
  return number < 0 ? undefined : verdictOfNumber(policy, on, number, args);
}

function verdictOfNumber(
  policy: Policy,
  on: Architecture,
  number: number,
  args: readonly bigint[] = [],
): string {
  const mask = on.bits === 32 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
  const all = [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6).map((arg) => arg & mask);
  return formatVerdict(
    evaluate(policy, { arch: on.token, nr: (number | on.numberBit) >>> 0, args: all }),
    on,
  );
}

function allSyscalls(): readonly { readonly id: number; readonly name: string }[] {
  return Array.from({ length: syscallCount() }, (_, id) => ({ id, name: syscallName(id) }));
}

function names(rules: readonly Rule[]): string[] {
  return [...new Set(rules.flatMap((rule) => rule.names))].sort();
}

/** The words in backticks in the first column of the tables under a heading. */
function documented(heading: string, column = 1): string[] {
  const from = README.indexOf(`\n${heading}\n`);
  assert.ok(from >= 0, heading);
  const section = README.slice(from + heading.length + 1).split(/\n#+ /)[0] ?? "";
  const cells = section.split("\n").map((line) => line.split(" | ")[column - 1] ?? "");
  return [
    ...new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ""))),
  ].sort();
}

for (const name of NAMES) {
  test(`${name}.json has only keys of Docker's format, and sorted names`, () => {
    const keys = ["comment", "defaultAction", "defaultErrnoRet", "archMap", "flags", "syscalls"];
    const ruleKeys = ["comment", "names", "action", "errnoRet", "args", "includes", "excludes"];
    const profile = JSON.parse(TEXTS[name]);
    assert.equal(
      Object.keys(profile).filter((key) => !keys.includes(key)),
      [],
    );
    for (const rule of profile.syscalls) {
      assert.equal(
        Object.keys(rule).filter((key) => !ruleKeys.includes(key)),
        [],
      );
      assert.equal(rule.names, [...new Set(rule.names)].sort());
      assert.ok(rule.comment, "each rule says what it is for");
    }
  });

  test(`${name}.json resolves everywhere without a diagnostic`, () => {
    for (const on of architectures) {
      for (const kernel of [LINUX_3_10, LINUX_7_1]) {
        policyOf(name, on, NO_CAPS, kernel);
        policyOf(name, on, ALL_CAPS, kernel);
      }
    }
  });

  test(`${name}.json answers ENOSYS by the number that the architecture has for it`, () => {
    const at = (errno: number) =>
      PROFILES[name].rules.filter((rule) => rule.errno.number === errno).map((rule) => rule.names.join(" "));
    assert.equal(at(38), at(89));
    for (const rule of PROFILES[name].rules) {
      if (rule.errno.number === 38 || rule.errno.number === 89) {
        const chosen = rule.errno.number === 38 ? rule.excludes.arches : rule.includes.arches;
        assert.equal(
          [...chosen].sort(),
          architectures
            .map((on) => on.name)
            .filter((on) => /^mips/.test(on))
            .sort(),
        );
      }
    }
  });
}

test("the README explains every number in the profiles that needs it", () => {
  for (const [value] of Object.values(TEXTS)
    .join("")
    .matchAll(/\b\d{5,}\b/g)) {
    const plain = ["131072", "131080"].includes(value);
    assert.ok(plain || README.includes(value), value);
  }
});

test("default.json judges every syscall: allowed under some condition, or refused with a reason", () => {
  const allowed = names(PROFILES.default.rules.filter((rule) => rule.action === "SCMP_ACT_ALLOW"));
  const refused = documented("### Never allowed");
  assert.equal(
    allowed.filter((name) => refused.includes(name)),
    [],
  );
  const all = allSyscalls().map(({ name }) => name);
  assert.equal([...allowed, ...refused].sort(), all.sort());
});

test("default.json ties to capabilities what the README says", () => {
  const tied = PROFILES.default.rules.filter((rule) => rule.includes.caps.length > 0);
  assert.equal(documented("### Allowed with a capability", 2), names(tied));
});

test("relaxed.json refuses what the README says", () => {
  assert.equal(documented("### Refused"), names(PROFILES.relaxed.rules));
});

for (const name of ["default", "relaxed", "strict"] as const) {
  test(`${name}.json lets no way to AF_ALG and AF_VSOCK through`, () => {
    for (const native of architectures) {
      const policy = policyOf(name, native, ALL_CAPS);
      for (const on of policy.architectures) {
        for (const family of [AF_ALG, AF_VSOCK]) {
          for (const garbage of [0n, ...GARBAGE]) {
            const direct = verdict(policy, on, "socket", family | garbage, 2n);
            assert.ok(
              direct === undefined || direct === "ERRNO(EPERM)",
              `${native.name} ${on.name}: ${direct}`,
            );
            const through = verdict(policy, on, "socketcall", SYS_SOCKET | garbage, 2n);
            assert.ok(
              through === undefined || through === "ERRNO(EPERM)",
              `${native.name} ${on.name}: ${through}`,
            );
          }
        }
        for (const call of ["io_uring_setup", "io_uring_enter", "io_uring_register"]) {
          // errnoRet is a number, and on PA-RISC, which no archMap lists, it is another one.
          assert.is(verdict(policy, on, call), /^parisc/.test(on.name) ? "ERRNO(EL2NSYNC)" : "ERRNO(ENOSYS)");
        }
      }
    }
  });

  test(`${name}.json looks at the low half of int arguments only`, () => {
    const on = arch("x86_64");
    const policy = policyOf(name, on, NO_CAPS);
    const samples: readonly (readonly [string, readonly bigint[]])[] = [
      ["socket", [0n, 1n, 2n, 10n, 16n, 17n, 37n, 38n, 39n, 40n, 41n, 45n, 46n]],
      ["socketpair", [1n, 2n]],
      ["personality", [0n, 8n, 0x20000n, 0x20008n, 0x40000n, 0xffffffffn]],
      ["clone", [0x11n, 0x3d0f00n, 0x10000011n, 0x02000011n]],
    ];
    for (const [call, values] of samples) {
      for (const value of values) {
        for (const garbage of GARBAGE) {
          assert.is(
            verdict(policy, on, call, value | garbage),
            verdict(policy, on, call, value),
            `${call} ${value}`,
          );
        }
      }
    }
    for (const command of [0x5401n, 0x5412n, 0x541cn]) {
      assert.is(
        verdict(policy, on, "ioctl", 0n, command | (1n << 32n)),
        verdict(policy, on, "ioctl", 0n, command),
      );
    }
  });

  test(`${name}.json keeps the calls behind socketcall open, but for socket`, () => {
    const policy = policyOf(name, arch("s390x"), NO_CAPS);
    const closed = name === "strict" ? [1, 8] : [1];
    for (let call = 1; call <= 20; call += 1) {
      const expected = closed.includes(call) ? "ERRNO(EPERM)" : "ALLOW";
      assert.is(verdict(policy, arch("s390x"), "socketcall", BigInt(call)), expected, `call ${call}`);
    }
  });
}

for (const name of ["default", "strict"] as const) {
  test(`${name}.json answers ENOSYS to calls that come after Linux 7.0`, () => {
    for (const on of architectures) {
      const policy = policyOf(name, on, NO_CAPS);
      assert.is(verdictOfNumber(policy, on, lastSyscallNumber(on) + 1), "ERRNO(ENOSYS)", on.name);
      assert.is(verdict(policy, on, "kexec_load"), "ERRNO(EPERM)", on.name);
    }
  });

  test(`${name}.json gives namespaces only to whom the README says`, () => {
    for (const on of ["x86_64", "aarch64", "s390x"].map(arch)) {
      const flags = (value: bigint) => (on.name === "s390x" ? [0n, value] : [value, 0n]);
      const sysAdmin = 1n << BigInt(capabilityBit("CAP_SYS_ADMIN"));
      for (const caps of [NO_CAPS, sysAdmin]) {
        const policy = policyOf(name, on, caps);
        const open = name === "default" && caps !== NO_CAPS;
        for (let bit = 0n; bit < 32n; bit += 1n) {
          const isNamespace = (0x7e020000n >> bit) & 1n;
          const expected = isNamespace && !open ? "ERRNO(EPERM)" : "ALLOW";
          assert.is(verdict(policy, on, "clone", ...flags(1n << bit)), expected, `${on.name} bit ${bit}`);
        }
        assert.is(verdict(policy, on, "clone3"), open ? "ALLOW" : "ERRNO(ENOSYS)");
        assert.is(verdict(policy, on, "unshare"), open ? "ALLOW" : "ERRNO(EPERM)");
      }
    }
  });
}

test("default.json and relaxed.json close ptrace on kernels on which a tracer could walk around the filter", () => {
  for (const name of ["default", "relaxed"] as const) {
    const on = arch("x86_64");
    assert.is(verdict(policyOf(name, on, NO_CAPS, LINUX_4_8 - 1), on, "ptrace"), "ERRNO(EPERM)");
    assert.is(verdict(policyOf(name, on, NO_CAPS, LINUX_4_8), on, "ptrace"), "ALLOW");
  }
});

test("relaxed.json closes the terminal on every architecture", () => {
  for (const on of architectures) {
    const [sti, linux] = /^mips/.test(on.name) ? [0x5472n, 0x5483n] : [0x5412n, 0x541cn];
    const policy = policyOf("relaxed", on, ALL_CAPS);
    assert.is(verdict(policy, on, "ioctl", 0n, sti), "ERRNO(EPERM)", on.name);
    assert.is(verdict(policy, on, "ioctl", 0n, linux), "ERRNO(EPERM)", on.name);
    assert.is(verdict(policy, on, "ioctl", 0n, 0x5401n), "ALLOW", on.name);
  }
});

test("strict.json ends a process that calls by a sub-architecture", () => {
  const native = arch("x86_64");
  assert.is(verdict(policyOf("strict", native, ALL_CAPS), arch("x86"), "getpid"), "KILL_PROCESS");
});

test("log.json logs every call", () => {
  for (const on of architectures) {
    const policy = policyOf("log", on, NO_CAPS);
    assert.ok(policy.rules.byCode.every((list) => list <= YOUNGER));
    assert.is(verdict(policy, on, "read"), "LOG");
  }
});

test("dcos.json means what DC/OS's own file means", () => {
  assert.is(meaningOf(PROFILES.dcos), "532c7361cd56434373146121dfa45e6a897bbc76110246d1051e08ffa0219bf3");
});

test("what the tests take for Docker's default profile means what Docker's own file of 2026 means", () => {
  assert.is(
    meaningOf(parse(JSON.stringify(dockerDefault()))),
    "9ee1386a435eae9f3eba77a2ad0b5c56c25c456e4cd2d2cdec5c796fbe5722a9",
  );
});

for (const name of NAMES) {
  test(`${name}.json passes check --strict on every architecture that it lists, for callers without capabilities`, () => {
    for (const on of ["x86_64", "aarch64", "s390x"]) {
      for (const kernel of ["4.19", "5.10", "6.18"]) {
        const machine = ["--arch", on, "--kernel", kernel, "--caps", "none"];
        const { status, stdout } = run(["check", "--strict", ...machine, `profiles/${name}.json`]);
        assert.is(status, 0, stdout);
      }
    }
  });
}

test.run();
