/**
 * What `check` reports of the edge cases that compilers and launchers of this kind have got wrong. The cases stand beside
 * what the page says of each code, in `build/diagnostics/codes/`.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { denying, names, STARTS } from "../../build/diagnostics/case-profiles.ts";
import { type Case, EXPLANATIONS } from "../../build/diagnostics/explanation.ts";
import { DIAGNOSTIC_CODES } from "../../src/diagnostic.ts";
import { test } from "../support/running/test.ts";
import { check, FILE, PATH, reportOf, simulate, type Told } from "./checking.ts";

/** Cases of mistakes of several kinds, of which none hides another. */
const SEVERAL: readonly Case[] = [
  [
    "mistakes of every stage: the text, the types, the words, what goes together",
    denying(`${names('\n"ptrcae"', "KILL_PROCESS")},
{"names":
"ptrace","action":"SCMP_ACT_KILL_PROCESS"},
{"names":["ptrace"],"action":
"SCMP_ACT_KIL"},
{"names":["ptrace"],"action":"SCMP_ACT_KILL_PROCESS","args":[{"index":0,"op":"SCMP_CMP_EQ","value":
18446744073709551616}]},
{"names":["ptrace"],"action":"SCMP_ACT_KILL_PROCESS","includes":{"minKernel":
"4"}},
{"names":["ptrace"],"action":"SCMP_ACT_ERRNO","errnoRet":1,"errno":
"ENOSYS"},
{"names":["ptrace"],"action":"SCMP_ACT_NOTIFY"},
{"names":["ptrace"],"action":"SCMP_ACT_KILL_PROCESS",
"wat":1}
,`),
    [
      "error unknown-syscall 3:1",
      "error wrong-type 5:1",
      "error unknown-action 7:1",
      "error value-range 9:1",
      "error min-kernel 11:1",
      "error errno-mismatch 13:1",
      "error notify-without-listener 14:30",
      "warning unknown-key 16:1",
      "error json-trailing-comma 17:1",
    ],
  ],
  [
    "a mistake in one rule hides nothing about the others",
    denying(
      `{"names":["ptrcae"],"action":"SCMP_ACT_KILL_PROCESS"},\n${names('"getpid"', "ALLOW")},\n${names('"getpid"', "KILL_PROCESS")}`,
    ),
    ["error unknown-syscall 2:11 | ptrace", "warning overlapping-rules 4:1"],
  ],
  [
    "a type, a word and a comma",
    `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${STARTS},\n{"names":["ptrcae"],"action":"SCMP_ACT_KILL_PROCESS",\n"args":{}},\n]}`,
    [
      "error unknown-syscall 2:11 | ptrace",
      "error wrong-type 3:8 | 'args'",
      "error json-trailing-comma 3:11",
    ],
  ],
];

/** A diagnostic as a case has it, but for the words. */
function shortly({ severity, code, line, column }: Told): string {
  return `${severity} ${code} ${line}:${column}`;
}

/** Everything in which the words of a finding may stand. */
function wordsOf({ message, hint = "", related = [] }: Told): string {
  return [message, hint, ...related.map(({ what, line, column }) => `${what} at ${line}:${column}`)].join(
    "\n",
  );
}

function assertCase([, text, rows, options]: Case): void {
  writeFileSync(PATH, text);
  const { status, stdout, stderr } = check(["--json", FILE], options);
  assert.is(stderr, "");
  const { valid, profiles } = reportOf(stdout);
  const told = profiles[0]?.diagnostics ?? [];

  const places = rows.map((row) => row.split(" | ")[0] ?? "").sort();
  assert.equal(told.map(shortly).sort(), places);
  for (const row of rows) {
    const [place, ...words] = row.split(" | ");
    const candidates = told.filter((one) => shortly(one) === place).map(wordsOf);
    assert.ok(
      candidates.some((all) => words.every((word) => all.includes(word))),
      `${row}: ${candidates.join("\n")}`,
    );
  }

  const errors = told.filter(({ severity }) => severity === "error").length;
  assert.is(valid, errors === 0);
  assert.is(profiles[0]?.valid, errors === 0);
  assert.is(profiles[0]?.profile, FILE);
  assert.is(status, errors === 0 ? 0 : 1);
  for (const { message, hint } of told) {
    assert.not.match(`${message}\n${hint ?? "-"}`, /undefined|\[object|NaN|TypeError|^\s|[\n.]$/);
  }
  assertPlain(told, options);
  assertProofs(told, options);
}

/** What is told to get through does, by `simulate`, and what is told to be denied is. */
function assertProofs(told: readonly Told[], options: Case[3] = {}): void {
  const { for: _, ...target } = options;
  for (const { proof } of told) {
    if (proof !== undefined) {
      const [through, denied] = simulate([proof.through, proof.denied ?? ""], target);
      assert.match(through ?? "", /^(ALLOW|LOG)$/, proof.through);
      if (proof.denied !== undefined) {
        assert.match(denied ?? "", /^(ERRNO|KILL|TRAP)/, proof.denied);
      }
    }
  }
}

function proofLines(proof: Told["proof"]): string[] {
  if (proof === undefined) {
    return [];
  }
  const { through, denied, command, wideArguments } = proof;
  const instead = denied === undefined ? "" : `, unlike '${denied}'`;
  const option = wideArguments === true ? " --wide-arguments" : "";
  const script = command?.[2] ?? "";
  const expected = script.includes("$path")
    ? "'No such file or directory': the call was made"
    : "'done', or what the kernel answers: the call was made";
  return [
    `  proof: echo '${through}' | seccomp-exec simulate${option} ${FILE}  # lets it through${instead}`,
    ...(command === undefined
      ? []
      : [`  try: seccomp-exec --profile ${FILE}${option} -- perl -e '${script}'  # ${expected}`]),
  ];
}

/** Without --json the same is told, each in a line that begins with its place, and summed up in the last one. */
function assertPlain(told: readonly Told[], options?: Case[3]): void {
  const { status, stdout, stderr } = check([FILE], options);
  assert.is(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  const sum = lines.pop() ?? "";
  // A name is the profile's own word: what a terminal would take for an order of its author is shown, not sent.
  const shown = (text: string): string =>
    text.replaceAll(/[\0-\x1f\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const expected = told.flatMap(
    ({ severity, weight, code, message, hint, line, column, related = [], proof }) => [
      `${FILE}:${line}:${column}: ${severity}: ${shown(message)} [${code}]${severity === "warning" ? ` ${weight.replace("-", " ")}` : ""}`,
      ...related.map((place) => `  ${FILE}:${place.line}:${place.column}: ${place.what}`),
      ...proofLines(proof),
      ...(hint === undefined ? [] : [`  hint: ${shown(hint)}`]),
    ],
  );
  const serious = told.filter(({ weight }) => weight !== "remark");
  // A long report ends with what matters first.
  const first = serious.length < 5 ? [] : lines.splice(-1);
  // Which options `simulate` needs is shown by a test of the command line.
  const plain = lines.map((line) =>
    line.replace(/(?<=^ {2}proof: .* simulate )(?:--(?:arch|caps|kernel) \S+ )*/, ""),
  );
  assert.equal(plain, expected);
  for (const line of first) {
    const [, code, place] = /^\.\/p\.json: fix first: ([a-z-]+) at (\d+:\d+), /.exec(line) ?? [];
    assert.ok(
      serious.some((one) => `${one.line}:${one.column}` === place && one.code === code),
      line,
    );
  }
  const kinds = ["error", "mistake", "way-around", "danger", "remark"] as const;
  const [errors, mistakes, ways, dangers, remarks] = kinds.map((kind) => {
    const count = told.filter((one) => (one.severity === "error" ? "error" : one.weight) === kind).length;
    const words = kind === "way-around" ? ["way around", "ways around"] : [kind, `${kind}s`];
    return count === 0 ? [] : [`${count} ${words[count === 1 ? 0 : 1]}`];
  });
  const parts = [errors, mistakes, ways, dangers].flatMap((part) => part ?? []);
  const all = [...(parts.length === 0 ? ["ok"] : parts), ...(remarks ?? [])];
  assert.is(sum.replace(/, \d+ accepted$/, ""), `${FILE}: ${all.join(", ")}`);
  for (const { severity, weight } of told) {
    assert.is(severity === "note", weight === "remark");
  }
  assert.is(status, told.some(({ severity }) => severity === "error") ? 1 : 0);
}

/** The codes of which a case has findings. */
function codesOf(cases: readonly Case[]): string[] {
  return cases.flatMap(([, , findings]) => findings.map((finding) => finding.split(" ")[1] ?? ""));
}

test("every code has a file, and every file is that of a code", () => {
  assert.equal([...EXPLANATIONS.keys()].sort(), [...DIAGNOSTIC_CODES].sort());
});

for (const [code, explanation] of EXPLANATIONS) {
  if ("cases" in explanation) {
    test(`${code}: a case has it`, () => {
      assert.ok(codesOf(explanation.cases).includes(code));
    });
    for (const one of explanation.cases) {
      test(`${code}: ${one[0]}`, () => assertCase(one));
    }
  } else {
    test(`${code}: the test that is named shows it`, () => {
      const { shownBy } = explanation;
      assert.ok(existsSync(shownBy) && shownBy.endsWith(".test.ts"), shownBy);
      assert.match(readFileSync(shownBy, "utf8"), new RegExp(`(?<![\\w./-])${code}(?![\\w./-])`));
    });
  }
}

for (const one of SEVERAL) {
  test(one[0], () => assertCase(one));
}

test("what is told comes in the order of its places", () => {
  const [, text] = SEVERAL.find(([what]) => what.startsWith("mistakes of every stage")) ?? [];
  writeFileSync(PATH, text ?? "");
  const { profiles } = reportOf(check(["--json", FILE]).stdout);
  const lines = profiles[0]?.diagnostics.map(({ line = 0 }) => line) ?? [];
  assert.ok(lines.length > 5);
  assert.equal(
    lines,
    [...lines].sort((a, b) => a - b),
  );
});

test("a profile that denies nothing is told so, whatever else is told", () => {
  for (const text of [
    '{"defaultAction":\n"SCMP_ACT_ALLOW"}',
    '{"defaultAction":\n"SCMP_ACT_LOG","syscalls":[]}',
    `{"defaultAction":\n"SCMP_ACT_ALLOW","syscalls":[${names('"read"', "LOG")}]}`,
  ]) {
    writeFileSync(PATH, text);
    const { status, stdout } = check([FILE]);
    assert.is(status, 0);
    assert.match(
      stdout,
      /^\.\/p\.json:2:1: warning: the profile denies nothing.* \[denies-nothing\] danger$/m,
    );
  }
});

test.run();
