/**
 * Changes of random profiles by which calls get another verdict: the changed text judges these as wanted, and all others as before.
 */

import { applyPatch } from "diff";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { X86_64 } from "../../../../test/support/fixtures/policies.ts";
import { arbitraryProfile, boundaryArguments } from "../../../../test/support/generators/arbitrary.ts";
import { extent } from "../../../../test/support/running/extent.ts";
import { test } from "../../../../test/support/running/test.ts";
import { outcomesOf } from "../../../analysis/call-outcomes.ts";
import { allows } from "../../../lint/input.ts";
import { ExactReading } from "../../../load/exact-reading.ts";
import type { ProfileText } from "../../../load/load-profile.ts";
import { evaluate } from "../../../policy/evaluate.ts";
import type { Policy } from "../../../policy/policy.ts";
import { readPolicy } from "../../../policy/read-policy.ts";
import { parseByLibrary } from "../../../profile/library-parser.ts";
import type { Profile, Rule } from "../../../profile/profile.ts";
import type { Architecture } from "../../../tables/architectures.ts";
import { multiplexed } from "../../../tables/multiplexers.ts";
import { isNarrow, narrowArguments } from "../../../tables/narrow-arguments.ts";
import { multiplexedId, seenNumber, syscallCount, syscallId, syscallName } from "../../../tables/syscalls.ts";
import { type CallsOn, questionOf } from "../calls.ts";
import { type Amendment, amendmentFor } from "./amend.ts";

const TARGET = { arch: X86_64, kernel: 6 * 256 + 12, caps: 0n };
const MEANING = { unknownSyscalls: "enosys", wideArguments: false, listenerNamed: true } as const;

interface Loaded {
  readonly source: ProfileText;
  readonly profile: Profile;
  readonly policy: Policy;
}

function load(text: string): Loaded {
  const source: ProfileText = {
    text,
    label: "p.json",
    origin: { kind: "file", path: "p.json", context: { uid: 0 } as never },
  };
  const read = new ExactReading(parseByLibrary, undefined).readProfile(source);
  const { policy, diagnostics } = readPolicy(read, TARGET, MEANING);
  assert.ok(
    policy && read.profile,
    `${text}\n${JSON.stringify(diagnostics.filter(({ severity }) => severity === "error"))}`,
  );
  return { source, profile: read.profile, policy };
}

function callsOf({ policy }: Loaded, syscall: string, words: readonly string[]): CallsOn {
  const [calls] = questionOf(policy, syscall, words).calls;
  assert.ok(calls);
  return calls;
}

function amend(loaded: Loaded, syscall: string, ...words: readonly string[]): Amendment {
  const calls = callsOf(loaded, syscall, words);
  const found = outcomesOf(loaded.policy, calls, false);
  const amended = { ...loaded, target: TARGET, meaning: MEANING, parse: parseByLibrary };
  return amendmentFor(amended, { calls, found, outcomes: [] });
}

/** The changed text, or undefined if there is no patch. */
function patched(loaded: Loaded, { patch }: Amendment): string | undefined {
  if (patch === undefined) {
    return undefined;
  }
  const text = applyPatch(loaded.source.text, patch, { autoConvertLineEndings: false });
  assert.type(text, "string", `${loaded.source.text}\n${patch}`);
  return text as string;
}

// Texts

type Layout = (rules: readonly string[], rest: string) => string;

function conditionText({ index, op, value, valueTwo }: Rule["conditions"][number]): string {
  return `{"index": ${index}, "value": ${value}, "valueTwo": ${valueTwo}, "op": "${op}"}`;
}

/** A profile as JSON; layouts that people write. */
function textOf({ defaultAction, defaultErrno, archMap, rules }: Profile, layout: Layout): string {
  const written = rules.map(({ names, action, errno, conditions }) =>
    [
      `{"names": [${names.map((name) => `"${name}"`).join(", ")}]`,
      `"action": "${action}"`,
      ...(errno.number === undefined ? [] : [`"errnoRet": ${errno.number}`]),
      ...(conditions.length === 0 ? [] : [`"args": [${conditions.map(conditionText).join(", ")}]`]),
    ].join(", "),
  );
  const errno = defaultErrno.number === undefined ? "" : `"defaultErrnoRet": ${defaultErrno.number}, `;
  const rest = `"defaultAction": "${defaultAction}", ${errno}"archMap": ${JSON.stringify(archMap)}`;
  return layout(
    written.map((rule) => `${rule}}`),
    rest,
  );
}

/** Lines for all: between every two tokens, with an indent. */
function spread(text: string, unit: string, end: string): string {
  let depth = 0;
  return text.replaceAll(/"[^"]*"|[[\]{},] ?/g, (token) => {
    const mark = token.trim();
    if (mark === "[" || mark === "{") {
      depth += 1;
      return `${mark}${end}${unit.repeat(depth)}`;
    }
    if (mark === "]" || mark === "}") {
      depth -= 1;
      return `${end}${unit.repeat(depth)}${mark}`;
    }
    return mark === "," ? `,${end}${unit.repeat(depth)}` : token;
  });
}

const LAYOUTS: readonly Layout[] = [
  (rules, rest) => `{${rest}, "syscalls": [${rules.join(", ")}]}`.replaceAll(/([,:]) /g, "$1"),
  (rules, rest) => `{ ${rest},\n  "syscalls": [\n    ${rules.join(",\n    ")}\n  ]\n}\n`,
  (rules, rest) => spread(`{${rest}, "syscalls": [${rules.join(", ")}]}`, "\t", "\n"),
  (rules, rest) => spread(`{${rest}, "syscalls": [${rules.join(", ")}]}\n`, "  ", "\r\n"),
  (rules, rest) => `{"syscalls": [${rules.join(" ,\n ")}],\n${rest}}`,
];

// Oracles

/** Whether a call is one of those that are meant: the same call, with the known arguments. */
function isMeant(arch: Architecture, id: number, args: readonly bigint[], wished: CallsOn): boolean {
  if (id === wished.id) {
    return [...wished.known].every(([index, value]) => {
      const arg = args[index] ?? 0n;
      return isNarrow(narrowArguments(arch, id), index)
        ? BigInt.asUintN(32, arg) === BigInt.asUintN(32, value)
        : arg === value;
    });
  }
  return wished.known.size === 0 && multiplexedId(id, args[0] ?? 0n) === wished.id;
}

const NAMES = [
  "read",
  "socket",
  "socketcall",
  "clone",
  "mmap",
  "prctl",
  "openat2",
  "close_range",
  "sendmmsg",
];
const EVERY_ID = Array.from({ length: syscallCount() }, (_, id) => id);

test("a patched profile judges the calls as wanted, and nothing else differs", () => {
  let made = 0;
  fc.assert(
    fc.property(
      arbitraryProfile(NAMES).chain((profile) =>
        fc.record({
          profile: fc.constant(profile),
          layout: fc.constantFrom(...LAYOUTS),
          name: fc.constantFrom(...NAMES.filter((each) => each !== "socketcall"), "mseal", "bpf"),
          args: boundaryArguments(profile, 64),
          known: fc.subarray([0, 1, 2], { maxLength: 2 }),
          others: fc.array(boundaryArguments(profile, 64), { minLength: 2, maxLength: 4 }),
        }),
      ),
      ({ profile, layout, name, args, known, others }) => {
        const loaded = load(textOf(profile, layout));
        const words = Array.from({ length: 3 }, (_, i) => (known.includes(i) ? String(args[i]) : "any"));
        const wished = callsOf(loaded, name, words);
        const amendment = amend(loaded, name, ...words);
        const text = patched(loaded, amendment);
        if (text === undefined) {
          assert.ok(amendment.why);
          return;
        }
        made += 1;
        const after = load(text).policy;
        const tried = [args, ...others, others[0]?.map((arg, i) => wished.known.get(i) ?? arg) ?? args];
        for (const arch of loaded.policy.architectures) {
          for (const id of EVERY_ID) {
            const nr = seenNumber(arch, id);
            for (const some of nr < 0 ? [] : tried) {
              const cut = some.map((arg) => BigInt.asUintN(arch.bits, arg));
              const call = { arch: arch.token, nr, args: cut };
              const [was, is] = [evaluate(loaded.policy, call), evaluate(after, call)];
              const isMain = arch === X86_64 && id === wished.id;
              if (isMain && isMeant(arch, id, cut, wished)) {
                assert.is(allows(is), amendment.want === "allow", `${text}\n${name} ${words}`);
              } else if (!isMeant(arch, id, cut, wished)) {
                assert.is(
                  is,
                  was,
                  `${loaded.source.text}\n${amendment.patch}\n${arch.name} ${syscallName(id)} ${cut}`,
                );
              }
            }
          }
        }
      },
    ),
    { numRuns: extent(150, 1500) },
  );
  assert.ok(made > extent(150, 1500) / 4, `${made} patches`);
});

// What is written

const DOCKER = `{
	"defaultAction": "SCMP_ACT_ERRNO",
	"defaultErrnoRet": 1,
	"archMap": null,
	"syscalls": [
		{
			"names": [
				"execve",
				"mseal",
				"read",
				"write"
			],
			"action": "SCMP_ACT_ALLOW"
		},
		{
			"comment": "kept",
			"names": [
				"personality"
			],
			"action": "SCMP_ACT_ALLOW",
			"args": [
				{
					"index": 0,
					"value": 0,
					"op": "SCMP_CMP_EQ"
				}
			]
		}
	]
}
`;

function lines({ patch = "" }: Amendment): readonly string[] {
  return patch.split("\n").filter((line) => /^[-+]/.test(line) && !/^(---|\+\+\+) /.test(line));
}

test("a name goes where it belongs, in the layout of the others", () => {
  const loaded = load(DOCKER);
  assert.equal(lines(amend(loaded, "open")), ['+\t\t\t\t"open",']);
  assert.equal(lines(amend(loaded, "read")), ['-\t\t\t\t"read",']);
  assert.equal(lines(amend(loaded, "write")), ['-\t\t\t\t"read",', '-\t\t\t\t"write"', '+\t\t\t\t"read"']);
});

test("a call is allowed or denied by argument, by a rule in the layout of the others", () => {
  const loaded = load(DOCKER);
  const start = DOCKER.indexOf('\t\t{\n\t\t\t"comment"');
  const own = DOCKER.slice(start, DOCKER.indexOf("\n\t]\n"));
  const added = own.replace('\t\t\t"comment": "kept",\n', "").replace('"value": 0', '"value": 8');
  assert.is(patched(loaded, amend(loaded, "personality", "8")), DOCKER.replace(own, `${own},\n${added}`));
  const text = patched(loaded, amend(loaded, "read", "5")) ?? "";
  const rule = { index: 0, value: 5, op: "SCMP_CMP_NE" };
  assert.equal(JSON.parse(text).syscalls[1], { names: ["read"], action: "SCMP_ACT_ALLOW", args: [rule] });
});

test("a rule without a call goes, and the comma with it", () => {
  const text = patched(load(DOCKER), amend(load(DOCKER), "personality", "0")) ?? "";
  assert.equal(JSON.parse(text).syscalls.length, 1);
  const first = DOCKER.replace('\t\t\t\t"mseal",\n\t\t\t\t"read",\n\t\t\t\t"write"\n', "").replace(
    'execve",',
    'execve"',
  );
  assert.is(JSON.parse(patched(load(first), amend(load(first), "execve")) ?? "").syscalls.length, 1);
});

test("a profile without rules gets some", () => {
  for (const text of [
    '{"defaultAction": "SCMP_ACT_ALLOW"}',
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}',
    '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [\n  ]\n}\n',
  ]) {
    const changed = patched(load(text), amend(load(text), "read")) ?? "";
    assert.equal(JSON.parse(changed).syscalls, [{ names: ["read"], action: "SCMP_ACT_ERRNO" }]);
  }
});

test("calls younger than the profile keep ENOSYS when it names a younger one", () => {
  const loaded = load(
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}',
  );
  const amendment = amend(loaded, "mseal");
  assert.is(amendment.want, "allow");
  const { syscalls } = JSON.parse(patched(loaded, amendment) ?? "");
  assert.equal(syscalls[0].names, ["mseal", "read"]);
  const enosys = syscalls.find(({ errnoRet }: { errnoRet?: number }) => errnoRet === 38);
  assert.ok(enosys.names.includes("openat2") && enosys.names.includes("sendmmsg"));
  // Which is younger than read(2), and can be made through a call that is not.
  assert.ok(syscalls.some(({ names }: { names: readonly string[] }) => names[0] === "socketcall"));
  const byArgument = JSON.parse(patched(loaded, amend(loaded, "mseal", "1")) ?? "").syscalls;
  const ofCall = byArgument.filter(({ names }: { names: readonly string[] }) => names.includes("mseal"));
  assert.equal(
    ofCall.map(({ args }: { args: readonly { op: string }[] }) => args.map(({ op }) => op)),
    [["SCMP_CMP_EQ"], ["SCMP_CMP_NE"]],
  );
});

test("what would change other calls too is said, and not done", () => {
  const onX86 = `{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64","SCMP_ARCH_X86"]}`;
  const { patch, why, others } = amend(load(onX86), "socket", "AF_ALG");
  assert.is(patch, undefined);
  assert.is(why, "a small change would change other calls too");
  assert.equal(others, ["socketcall on x86: ALLOW -> ERRNO(EPERM) if call == SYS_SOCKET"]);
});

test("what a rule cannot say is not done", () => {
  const text = `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
    {"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":5,"op":"SCMP_CMP_GT"}]}]}`;
  assert.is(amend(load(text), "read", "7").why, "no small change to its rules does it");
});

test("other texts are not changed", () => {
  const loaded = load(DOCKER);
  const builtin: Loaded = {
    ...loaded,
    source: { ...loaded.source, origin: { kind: "builtin", name: "default.json" } },
  };
  assert.is(amend(builtin, "read").why, "the profile is compiled in");
  const stream: Loaded = { ...loaded, source: { ...loaded.source, origin: { kind: "stream" } } };
  assert.is(amend(stream, "read").why, "the profile comes from standard input, and not from a file");
  assert.is(amend(loaded, "9999").why, "a profile names calls, and this number has no name");
});

test("the multiplexed calls of the oracle are what the test says", () => {
  assert.is(multiplexed("socket")?.via, "socketcall");
  assert.is(multiplexedId(syscallId("socketcall"), 1n), syscallId("socket"));
});

test.run();
