/**
 * From observations to profiles: what a recorded profile allows, what it does not, and what is left of the profiles that it is
 * merged with.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { KERNEL, policyOf, profileOf, X32, X86, X86_64 } from "../../test/support/fixtures/policies.ts";
import { arbitraryProfile } from "../../test/support/generators/arbitrary.ts";
import { Refusal } from "../diagnostic.ts";
import { allows, verdictsOn } from "../lint/input.ts";
import { lint } from "../lint/lint.ts";
import { evaluate } from "../policy/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { parseByLibrary } from "../profile/library-parser.ts";
import type { Profile } from "../profile/profile.ts";
import { type Architecture, type ArchitectureName, architectureByName } from "../tables/architectures.ts";
import { seenNumber, syscallId, syscallNames } from "../tables/syscalls.ts";
import { countedArguments } from "./counted.ts";
import { HOT_CALLS, hotNames } from "./hot.ts";
import { MAX_VALUES } from "./needs.ts";
import type { Observation } from "./observation.ts";
import { firstAllowed, type Recorded, recordProfile } from "./record.ts";
import { type RecordOptions, resolveLiterally, settingOf } from "./setting.ts";
import { callsByChance, has, startCalls } from "./start.ts";
import { summaryLines } from "./summary.ts";

const NONE: RecordOptions = { args: false, exact: false, old: undefined, base: undefined, given: [] };
const ORIGIN = { version: "1.2.3", options: ["--args"], command: "make", kernelRelease: "6.18.0" };
const STRICT = readFileSync("profiles/strict.json", "utf8");

function seen(name: string, args: readonly bigint[] = [], count = 1, arch = X86_64): Observation {
  const nr = seenNumber(arch, syscallId(name));
  assert.ok(nr >= 0, name);
  return { arch: arch.token, nr, args: Array.from({ length: 6 }, (_, i) => args[i] ?? 0n), count };
}

interface Made extends Recorded {
  readonly policy: Policy;
  readonly profile: Profile;
  readonly said: string;
}

/** Records on a machine; `oldText` is the text of a profile to merge with. */
function record(
  observations: readonly Observation[],
  options: Partial<RecordOptions> = {},
  oldText?: string,
  arch = X86_64,
): Made {
  const old = oldText === undefined ? undefined : profileOf(oldText);
  const setting = settingOf({ arch, kernel: KERNEL, caps: 0n }, { ...NONE, old, ...options });
  const from =
    oldText === undefined ? undefined : { text: oldText, label: "old.json", where: (at: string) => at };
  const recorded = recordProfile(setting, observations, ORIGIN, from, parseByLibrary);
  const profile = profileOf(recorded.text);
  const policy = resolveLiterally(profile, setting.target);
  return { ...recorded, profile, policy, said: summaryLines(setting, recorded, "new.json").join("\n") };
}

function isAllowed(
  { policy }: Pick<Made, "policy">,
  name: string,
  args: readonly bigint[] = [],
  arch = X86_64,
): boolean {
  return allows(evaluate(policy, seen(name, args, 1, arch)));
}

function profileWith(...syscalls: readonly object[]): string {
  return JSON.stringify({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, null, 2);
}

const ALLOW = { action: "SCMP_ACT_ALLOW" };

test("a recorded profile allows what was seen, what a start needs and what is hot, and nothing else", () => {
  const made = record([seen("wait4", [], 3), seen("socket", [2n, 1n])]);
  const names = made.profile.rules.flatMap(({ action, conditions, names: of }) =>
    action === "SCMP_ACT_ALLOW" && conditions.length === 0 ? of : [],
  );
  assert.equal(names, [...names].sort());
  assert.is(new Set(names).size, names.length);
  for (const name of ["wait4", "socket", "execve", "mprotect", "read", "restart_syscall", "sendto"]) {
    assert.ok(names.includes(name), name);
  }
  for (const name of ["connect", "accept4", "epoll_wait", "ptrace", "open", "clone", "mmap2"]) {
    assert.not.ok(names.includes(name), name);
  }
  assert.is(made.profile.defaultAction, "SCMP_ACT_ERRNO");
  assert.equal(made.profile.archMap, [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: [] }]);
});

test("the comment says how it was made", () => {
  const { comment } = JSON.parse(record([]).text) as { comment: string };
  assert.is(
    comment,
    "recorded by seccomp-exec 1.2.3 (record --args) from a run of make on Linux 6.18.0, x86_64; it allows what that run needed, and other runs may need more",
  );
});

test("hot calls exist, work only on what calls that are reported make, and have no power", () => {
  const hot = hotNames();
  assert.is(new Set(hot).size, hot.length);
  for (const name of hot) {
    assert.ok(syscallId(name) >= 0, name);
  }
  const powerful =
    "socket open connect bind listen clone3 execve execveat ioctl prctl fcntl sendfile sendmsg recvmsg kill tgkill unlinkat";
  for (const name of powerful.split(" ")) {
    assert.not.ok(hot.includes(name), name);
  }
  // clone with namespaces is none of them: test of the filter.
  assert.ok(HOT_CALLS.every(({ why }) => why.length > 20));
});

test("calls on descriptors that must be made first come with what makes them", () => {
  const names = ["epoll_wait", "recvfrom", "accept4"];
  const allowed = (made: Made): readonly string[] => names.filter((name) => isAllowed(made, name));
  assert.equal(allowed(record([])), []);
  assert.equal(allowed(record([seen("epoll_create1")])), ["epoll_wait"]);
  assert.equal(allowed(record([seen("socketpair")])), ["recvfrom"]);
  assert.equal(allowed(record([seen("listen")])), ["accept4"]);
  assert.equal(allowed(record([seen("recvmsg")])), names);
  assert.equal(allowed(record([], { given: ["socket", "listening socket"] })), ["recvfrom", "accept4"]);
  assert.equal(allowed(record([seen("epoll_create1"), seen("socket"), seen("listen")], { exact: true })), []);
});

test("--exact keeps what a start and an end need, and what happens by chance", () => {
  const made = record([], { exact: true });
  const needed = [...startCalls(X86_64), ...callsByChance(X86_64)];
  assert.equal(
    syscallNames().filter((name) => has(X86_64, name) && isAllowed(made, name)),
    [...new Set(needed)].sort(),
  );
  assert.not.ok(isAllowed(made, "getdents64"));
});

test("check has nothing to say of a recording of nothing, on any architecture", () => {
  const names: readonly ArchitectureName[] = [
    "x86_64",
    "x86",
    "x32",
    "arm",
    "aarch64",
    "loongarch64",
    "mips64",
    "mipsel",
    "ppc64le",
    "riscv64",
    "s390x",
  ];
  for (const name of names) {
    for (const exact of [false, true]) {
      const arch = architectureByName(name) as Architecture;
      const { profile, policy } = record([], { exact }, undefined, arch);
      const installed = policyOf(profile, arch, 0n);
      const target = { arch, kernel: KERNEL, caps: 0n };
      const found = lint({ profile, policy, installed, target, engines: [] }, true);
      assert.equal(
        found.map(({ severity, message }) => `${name} ${severity}: ${message}`),
        [],
      );
    }
  }
});

test("calls of other architectures are allowed there, and only then is the architecture listed", () => {
  const made = record([seen("waitpid", [], 1, X86), seen("wait4", [], 1, X32)]);
  assert.equal(made.profile.archMap?.[0]?.subArchitectures, ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  assert.ok(isAllowed(made, "waitpid", [], X86));
  assert.ok(isAllowed(made, "sigreturn", [], X86));
  assert.ok(isAllowed(made, "set_thread_area", [], X86));
  assert.match(made.said, "1  waitpid (x86)");
});

test("what is made through socketcall is allowed by the name of the call that it makes", () => {
  const made = record([seen("socketcall", [1n], 2, X86), seen("ipc", [0x10015n], 1, X86)]);
  const names = made.profile.rules.flatMap((rule) => rule.names);
  assert.ok(names.includes("socket") && names.includes("shmat"));
  assert.not.ok(names.includes("socketcall") || names.includes("ipc"));
  assert.ok(isAllowed(made, "socketcall", [1n], X86));
  assert.not.ok(isAllowed(made, "socketcall", [3n], X86));
  const nameless = record([seen("socketcall", [99n], 5, X86), { ...seen("read"), nr: 100000 }]);
  assert.match(nameless.said, `no call is known by the number ${seen("socketcall", [], 1, X86).nr}`);
  assert.match(nameless.said, "no call is known by the number 100000, which was called once");
});

test("--args allows only the values that were seen, in the bits that matter", () => {
  const made = record([seen("socket", [2n, 1n]), seen("clone", [0n]), seen("ioctl", [0n, 0x5401n])], {
    args: true,
  });
  assert.ok(isAllowed(made, "socket", [2n, 0x80801n, 6n]), "flags and protocol do not matter");
  assert.ok(isAllowed(made, "socket", [0x100000002n, 1n]), "the kernel takes 32 bits");
  assert.not.ok(isAllowed(made, "socket", [2n, 2n]));
  assert.not.ok(isAllowed(made, "socket", [38n, 1n]));
  assert.ok(isAllowed(made, "clone", [0x3d0f00n]));
  assert.not.ok(isAllowed(made, "clone", [0x10000000n]));
  assert.ok(isAllowed(made, "ioctl", [1n, 0x5401n, 7n]));
  assert.not.ok(isAllowed(made, "ioctl", [1n, 0x5412n]));
  assert.ok(isAllowed(made, "mprotect", [0n, 0n, 1n]));
  assert.not.ok(isAllowed(made, "mprotect", [0n, 0n, 5n]));
  assert.ok([0n, 3n, 5n].every((prot) => isAllowed(made, "mmap", [0n, 0n, prot])));
  assert.not.ok(isAllowed(made, "mmap", [0n, 0n, 7n]));
  assert.match(made.text, /"names": \["clone3"\],\s*"action": "SCMP_ACT_ERRNO",\s*"errnoRet": 38/);
});

test("--args finds the flags of clone in the second argument on s390", () => {
  const s390x = architectureByName("s390x") as Architecture;
  const made = record([seen("clone", [0n, 0n], 1, s390x)], { args: true }, undefined, s390x);
  assert.ok(isAllowed(made, "clone", [0x10000000n, 0x11n], s390x));
  assert.not.ok(isAllowed(made, "clone", [0n, 0x10000000n], s390x));
});

test("--args allows a call whole if its values are too many, all there are, or hidden", () => {
  const requests = (count: number) =>
    Array.from({ length: count }, (_, i) => seen("ioctl", [0n, BigInt(i + 1)]));
  const most = record(requests(MAX_VALUES), { args: true });
  assert.not.ok(isAllowed(most, "ioctl", [0n, 999n]));
  const more = record(requests(MAX_VALUES + 1), { args: true });
  assert.ok(isAllowed(more, "ioctl", [0n, 999n]));
  assert.match(
    more.said,
    `ioctl is allowed with all arguments: it was made with more than ${MAX_VALUES} different`,
  );
  const both = record([seen("mprotect", [0n, 0n, 4n]), seen("mmap", [0n, 0n, 6n])], { args: true });
  assert.ok(isAllowed(both, "mprotect", [0n, 0n, 7n]) && isAllowed(both, "mmap", [0n, 0n, 7n]));
  const hidden = record([seen("socket", [2n, 1n]), seen("socketcall", [1n], 1, X86)], { args: true });
  assert.ok(isAllowed(hidden, "socket", [38n, 5n]));
  assert.match(hidden.said, "socket is allowed with all arguments: a 32-bit program passed them in memory");
});

test("the summary lists calls by count, dangers, and what the profile allows", () => {
  const { said, added } = record([seen("wait4", [], 3), seen("perf_event_open", [], 12)]);
  const lines = said.split("\n");
  assert.is(lines[0], "15 calls of 2 kinds, without those that are allowed from the start");
  assert.equal(lines.slice(1, 3), ["  12  perf_event_open", "   3  wait4"]);
  assert.match(said, "dangerous: perf_event_open can be called: programs are measured by it");
  assert.is(lines.at(-1), `new.json: allows ${added.length} calls`);
});

test("--base leaves out what it does not allow, and says so with counts", () => {
  const base = profileOf(STRICT);
  const made = record(
    [
      seen("ptrace", [], 7),
      seen("wait4"),
      seen("socket", [16n, 3n, 0n]),
      seen("socket", [17n, 3n, 5n], 2),
      seen("open", [], 4, X86),
    ],
    { base },
  );
  assert.match(made.said, "the base does not allow ptrace, which was called 7 times");
  assert.match(made.said, "the base does not allow socket, which was called 2 times");
  assert.match(made.said, "the base does not allow open (x86), which was called 4 times");
  assert.ok(isAllowed(made, "wait4"));
  assert.ok(isAllowed(made, "socket", [16n, 3n, 0n]));
  assert.not.ok(
    isAllowed(made, "socket", [16n, 3n, 4n]),
    "the value that was seen, in all that the base looks at",
  );
  assert.not.ok(isAllowed(made, "ptrace"));
  assert.equal(made.profile.archMap?.[0]?.subArchitectures, []);
});

test("--base says if it does not allow what a start needs", () => {
  const base = profileOf(profileWith({ names: ["read", "write", "execve"], ...ALLOW }));
  const { said } = record([], { base });
  assert.match(
    said,
    "the base does not allow what programs need to start and to end: access, brk, close, exit_group",
  );
});

test("what OLD or the base answers with ENOSYS is answered so in the new profile", () => {
  const enosys = { action: "SCMP_ACT_ERRNO", errnoRet: 38 };
  const base = profileOf(
    profileWith(
      { names: ["clone3", "statx"], ...enosys },
      { names: [...startCalls(X86_64), "clone"], ...ALLOW },
    ),
  );
  const made = record([seen("clone")], { base });
  assert.is(evaluate(made.policy, seen("clone3")) & 0xffff, 38);
  assert.is(evaluate(made.policy, seen("statx")) & 0xffff, 38);
});

test("--merge keeps OLD's text and adds what is new to its rule, sorted", () => {
  const old = record([seen("wait4")]);
  const made = record([seen("ptrace"), seen("wait4")], {}, old.text);
  assert.equal(
    made.added.map(({ name }) => name),
    ["ptrace"],
  );
  assert.match(made.said, "new.json: 1 call is new");
  assert.equal(JSON.parse(made.text), JSON.parse(record([seen("ptrace"), seen("wait4")]).text));
  const again = record([seen("ptrace")], {}, made.text);
  assert.is(again.text, made.text);
  assert.match(again.said, "new.json: nothing is new");
});

test("--merge leaves the groups and the comments of a profile, and adds rules at its end", () => {
  const made = record([seen("ptrace"), seen("unshare"), seen("socket", [40n, 1n])], {}, STRICT);
  const kept = STRICT.slice(0, STRICT.lastIndexOf("    }"));
  assert.ok(made.text.startsWith(kept));
  assert.match(made.text.slice(kept.length), '"names": ["ptrace", "unshare"]');
  assert.ok(isAllowed(made, "socket", [40n, 1n]));
  assert.not.ok(
    isAllowed(made, "socket", [38n, 1n]),
    "OLD tells the families apart, so the new rule does too",
  );
});

test("--merge keeps the comments that accept findings, and knows its own rule by the rest of its comment", () => {
  const accept = "seccomp-exec: accept dangerous-allowance: for the tests";
  const first = record([seen("ptrace")]).text;
  const { syscalls } = JSON.parse(first) as { syscalls: { comment: string; names: string[] }[] };
  const [{ comment = "" } = {}] = syscalls;
  const old = first
    .replace(JSON.stringify(comment), JSON.stringify(`${comment}\n${accept}`))
    .replace("{\n", `{\n  "//": ${JSON.stringify([accept])},\n`);
  const made = record([seen("wait4")], {}, old);
  assert.is(made.text.split(accept).length, 3);
  const merged = JSON.parse(made.text) as { syscalls: { names: string[] }[] };
  assert.is(merged.syscalls.length, syscalls.length);
  assert.ok(merged.syscalls[0]?.names.includes("wait4"));
});

test("--merge keeps a name a line, adds an architecture, and fills in all members for Mesos", () => {
  const rule = { names: ["read", "write"], ...ALLOW, args: [], comment: "", includes: {}, excludes: {} };
  const text = profileWith(rule, { ...rule, names: ["exit"] }).replace("{\n", '{\n  "archMap": [],\n');
  const made = record([seen("ptrace"), seen("waitpid", [], 1, X86)], {}, text);
  assert.match(made.text, '"subArchitectures": ["SCMP_ARCH_X86"]');
  assert.match(made.text, /"args": \[\],\s*"includes": \{\},\s*"excludes": \{\}\s*\}\s*\]\s*\}/);
  const oneEach = profileWith({ names: ["read", "write"], ...ALLOW });
  assert.match(
    record([seen("ptrace")], {}, oneEach).text,
    '        "prlimit64",\n        "ptrace",\n        "pwrite64",\n',
  );
});

test("--merge leaves what OLD denies by a rule and the run did not need, and rules for some callers only", () => {
  const denied = profileWith({ names: ["statx", "access"], action: "SCMP_ACT_KILL" });
  const made = record([], {}, denied);
  assert.not.ok(isAllowed(made, "statx") || isAllowed(made, "access"));
  const forSome = profileWith({ names: ["read"], ...ALLOW, includes: { caps: ["CAP_SYS_ADMIN"] } });
  const { profile } = record([seen("ptrace")], {}, forSome);
  assert.equal(profile.rules[0]?.names, ["read"]);
  assert.ok(profile.rules[1]?.names.includes("ptrace"));
});

test("--merge is refused if OLD denies what the run needs", () => {
  const old = profileWith(
    { names: ["read"], ...ALLOW },
    { names: ["ptrace", "bpf"], action: "SCMP_ACT_KILL" },
  );
  assert.throws(
    () => record([seen("ptrace")], {}, old),
    (error: unknown) =>
      error instanceof Refusal &&
      /needs ptrace, and a rule of old.json denies it \(\/syscalls\/1\)/.test(error.message),
  );
  assert.not.ok(isAllowed(record([], {}, old), "ptrace"));
});

test("--merge and --base together are refused if OLD allows more than the base", () => {
  const old = profileWith({ names: ["ptrace"], ...ALLOW });
  assert.throws(
    () => record([], { base: profileOf(STRICT) }, old),
    /ptrace would be allowed, and is not by the base/,
  );
});

test("a policy that allows less than another one is told by a call", () => {
  const of = (...names: readonly string[]) => record([], {}, profileWith({ names, ...ALLOW })).policy;
  assert.is(firstAllowed(of("wait4", "kill"), of("kill")), "wait4");
  assert.is(firstAllowed(of("kill"), of("wait4", "kill")), undefined);
  const narrow = profileWith({
    names: ["kill"],
    ...ALLOW,
    args: [{ index: 1, op: "SCMP_CMP_EQ", value: 0 }],
  });
  assert.is(firstAllowed(of("kill"), record([], {}, narrow).policy), "kill");
});

const NAMES =
  "socket clone ioctl prctl mprotect mmap open connect ptrace wait4 unshare personality read statx clone3 epoll_create1";

function arbitraryObservation(): fc.Arbitrary<{
  observation: Observation;
  arch: Architecture;
  name: string;
}> {
  const value = fc.oneof(fc.bigInt({ min: 0n, max: 8n }), fc.constantFrom(0x10000000n, 0x5401n, 0xffffffffn));
  return fc
    .record({
      name: fc.constantFrom(...NAMES.split(" ")),
      arch: fc.constantFrom(X86_64, X86, X32),
      args: fc.array(value, { minLength: 6, maxLength: 6 }),
      count: fc.integer({ min: 1, max: 1000 }),
    })
    .map(({ name, arch, args, count }) => ({ observation: seen(name, args, count, arch), arch, name }));
}

/** The observation as the supervisor counts it. */
function masked(
  observation: Observation,
  arch: Architecture,
  name: string,
  options: RecordOptions,
): Observation {
  const target = { arch: X86_64, kernel: KERNEL, caps: 0n };
  const { counting } = settingOf(target, options);
  const masks = countedArguments(arch, syscallId(name), counting);
  return { ...observation, args: observation.args.map((arg, i) => arg & (masks[i] ?? 0n)) };
}

test("a recorded profile allows every call that was observed, and no name that is not needed", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryObservation(), { maxLength: 30 }),
      fc.boolean(),
      fc.boolean(),
      (made, args, exact) => {
        const options = { ...NONE, args, exact };
        const recorded = record(
          made.map(({ observation, arch, name }) => masked(observation, arch, name, options)),
          options,
        );
        for (const { observation, name } of made) {
          assert.ok(allows(evaluate(recorded.policy, observation)), name);
        }
        const archs = recorded.policy.architectures;
        const expected = new Set([
          ...made.map(({ name }) => name),
          ...(exact ? [] : hotNames()),
          ...archs.flatMap((arch) => [...startCalls(arch), ...callsByChance(arch)]),
        ]);
        // Multiplexers make calls that have other names.
        for (const name of ["socketcall", "ipc"]) {
          expected.add(name);
        }
        for (const arch of archs) {
          const open = syscallNames().filter((name) => verdictsOn(recorded.policy, arch, name).some(allows));
          assert.equal(
            open.filter((name) => !expected.has(name)),
            [],
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("with --args no value is allowed that was not seen, unless the summary says that all are", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryObservation(), { maxLength: 30 }),
      arbitraryObservation(),
      (made, other) => {
        const options = { ...NONE, args: true };
        const all = made.map(({ observation, arch, name }) => masked(observation, arch, name, options));
        const recorded = record(all, options);
        const wanted = masked(other.observation, other.arch, other.name, options);
        const bits = ({ args }: Observation): string => args.join();
        const isSeen = made.some(
          ({ name }, i) => name === other.name && bits(all[i] as Observation) === bits(wanted),
        );
        const prot = wanted.args[2] ?? 0n;
        const isNeeded =
          (other.name === "mmap" && prot !== 6n) ||
          (other.name === "mprotect" && prot === 0n) ||
          (other.name === "clone" && wanted.args.every((bits) => bits === 0n));
        const isWhole = recorded.needs.calls.some(
          ({ name, values }) => name === other.name && values.length === 0,
        );
        if (!isSeen && !isNeeded && !isWhole && recorded.policy.architectures.includes(other.arch)) {
          assert.not.ok(
            allows(evaluate(recorded.policy, other.observation)),
            `${other.name} ${bits(wanted)}`,
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("a merged profile allows what OLD allowed and what was observed, or is refused", () => {
  let merged = 0;
  fc.assert(
    fc.property(
      arbitraryProfile(NAMES.split(" ")),
      fc.array(arbitraryObservation(), { maxLength: 6 }),
      fc.array(arbitraryObservation(), { minLength: 20, maxLength: 20 }),
      (profile, made, tried) => {
        const text = textOf(profile);
        const old = profileOf(text);
        const options = { ...NONE, old };
        try {
          const all = made.map(({ observation, arch, name }) => masked(observation, arch, name, options));
          const { policy } = record(all, {}, text);
          merged += 1;
          for (const { observation, name } of made) {
            assert.ok(allows(evaluate(policy, observation)), name);
          }
          const before = policyOf(old, X86_64, 0n, "default");
          for (const { observation, name } of tried) {
            const was = allows(evaluate(before, observation));
            assert.ok(!was || allows(evaluate(policy, observation)), name);
          }
        } catch (error) {
          assert.instance(error, Refusal);
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.ok(merged > 20, `${merged} were merged`);
});

/** A profile as JSON. */
function textOf({ defaultAction, archMap, rules }: Profile): string {
  const numbers: string[] = [];
  const syscalls = rules.map(({ names, action, conditions }) => ({
    names,
    action,
    args: conditions.map(({ index, op, value, valueTwo }) => ({
      index,
      op,
      value: mark(value),
      valueTwo: mark(valueTwo),
    })),
  }));
  function mark(value: bigint): string {
    numbers.push(String(value));
    return `#${value}#`;
  }
  return JSON.stringify({ defaultAction, archMap, syscalls }, null, 2).replaceAll(/"#(\d+)#"/g, "$1");
}

test.run();
