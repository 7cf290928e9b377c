/**
 * The library gives the results of the executable's verbs on the shipped profiles.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { Diagnostic, Filter, Policy, Position, Target } from "../../src/index.ts";
import { run as runProgram, temporaryDirectory } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";
import { Consumer } from "./support/installed.ts";

const library = await new Consumer().library();
const directory = temporaryDirectory();
const NAMES = Object.keys(library.builtinProfiles) as readonly (keyof typeof library.builtinProfiles)[];
const ARCHITECTURES = ["x86_64", "aarch64", "s390x", "arm"] as const;
const KERNEL = "6.12";

/** A profile, and a machine and a caller; the same as options of a verb. */
interface Case {
  readonly name: (typeof NAMES)[number];
  readonly text: string;
  readonly target: Target;
  readonly operand: string;
  readonly options: readonly string[];
}

const CASES: readonly Case[] = NAMES.flatMap((name) =>
  ARCHITECTURES.slice(0, extent(2, 4)).flatMap((architecture) =>
    (["none", "all"] as const).map((capabilities) => ({
      name,
      text: library.builtinProfiles[name],
      target: { architecture, kernel: KERNEL, capabilities },
      operand: `builtin:${name}`,
      options: ["--arch", architecture, "--kernel", KERNEL, "--caps", capabilities],
    })),
  ),
);

function policyOf({ text, target }: Pick<Case, "text" | "target">): Policy {
  const { profile } = library.readProfile(text);
  const policy = profile && library.resolve(profile, target).policy;
  if (policy === undefined) {
    throw new Error("a shipped profile is not valid");
  }
  return policy;
}

function filterOf(one: Pick<Case, "text" | "target">): Filter {
  const { filter } = library.compile(policyOf(one));
  if (filter === undefined) {
    throw new Error("the filter of a shipped profile is too long");
  }
  return filter;
}

function stdoutOf(args: readonly string[], input?: string): string {
  return runProgram(args, input === undefined ? {} : { input }).stdout;
}

test("there are as many shipped profiles as the executable lists", () => {
  assert.ok(NAMES.length >= 5);
  for (const name of NAMES) {
    assert.is(library.builtinProfiles[name], readFileSync(join("profiles", name), "utf8"));
  }
});

test("compile, disassemble and encodeFilter", () => {
  for (const one of CASES) {
    const filter = filterOf(one);
    const file = join(directory, "filter.bpf");
    runProgram(["compile", ...one.options, "-o", file, one.operand]);
    const bytes = readFileSync(file);
    assert.ok(bytes.equals(library.encodeFilter(filter)), `${one.operand} ${one.options.join(" ")}`);
    assert.equal(library.decodeFilter(bytes, one.target.architecture).filter, filter);
    assert.is(
      library.disassemble(filter),
      stdoutOf(["compile", "--format", "asm", ...one.options, one.operand]),
    );
    assert.is(library.disassemble(filter), stdoutOf(["disasm", "--arch", one.target.architecture, file]));
  }
});

test("verify", () => {
  for (const one of CASES) {
    const { result, sets, steps } = library.verify(policyOf(one), filterOf(one));
    const said = JSON.parse(stdoutOf(["verify", "--json", ...one.options, one.operand]));
    assert.equal({ result, sets, steps }, { result: said.result, sets: said.sets, steps: said.steps });
    assert.is(result, "equal");
  }
});

test("evaluate and interpret", () => {
  const calls = ["read", "ptrace", "personality", "socket", "clone", "keyctl", "bpf", "mount"].flatMap(
    (syscall) => [0n, 8n, 38n, 0x10000000n].map((first) => ({ syscall, args: [first, 1n] })),
  );
  for (const one of CASES) {
    const { architecture } = one.target;
    const [policy, filter] = [policyOf(one), filterOf(one)];
    const lines = calls.map(({ syscall, args }) => `${architecture} ${syscall} ${args.join(" ")}\n`);
    const said = stdoutOf(["simulate", ...one.options, one.operand], lines.join(""))
      .trim()
      .split("\n");
    assert.equal(
      calls.map((call) => library.evaluate(policy, { architecture, ...call })),
      said,
    );
    assert.equal(
      calls.map((call) => library.interpret(filter, { architecture, ...call }).verdict),
      said,
    );
  }
});

/** A diagnostic as `check --json` has it, where members that do not apply are null. */
function asJson({ position, hint, pointer, proof, related, ...rest }: Diagnostic): object {
  return {
    ...rest,
    hint: hint ?? null,
    ...placeOf(position),
    length: position?.length ?? null,
    pointer: pointer ?? null,
    proof: proof === undefined ? null : { ...proof, denied: proof.denied ?? null },
    related: related.map(({ position: place, ...other }) => ({ ...other, ...placeOf(place) })),
  };
}

function placeOf(position: Position | undefined): object {
  return { line: position?.line ?? null, column: position?.column ?? null };
}

/** What `check --json` reports of a diagnostic, without the command that only its own machine can run. */
function reported(one: { proof?: { command?: unknown }; reason?: unknown }): object {
  const { reason: _, proof, ...rest } = one;
  const { command: __, ...shown } = proof ?? {};
  return { ...rest, proof: proof === null ? null : shown };
}

test("check", () => {
  const mistaken = join(directory, "mistaken.json");
  const text = library.builtinProfiles["default.json"]
    .replace('"ptrace"', '"ptrcae"')
    .replace('"SCMP_CMP_EQ"', '"SCMP_CMP_EQUAL"');
  const own: readonly (Omit<Case, "name"> & { readonly engine?: "docker" | "mesos" })[] = [
    ...CASES,
    ...CASES.slice(0, 2).map((one) => ({ ...one, engine: "docker" as const })),
    ...CASES.slice(0, 2).map((one) => ({ ...one, engine: "mesos" as const })),
    ...CASES.slice(0, 1).map((one) => ({ ...one, text, operand: mistaken })),
    ...CASES.slice(0, 1).map((one) => ({ ...one, text: text.slice(0, 900), operand: mistaken })),
    ...CASES.slice(0, 1).map((one) => ({ ...one, text: "# Notes\n\nnothing", operand: mistaken })),
  ];
  for (const { text: of, target, options, operand, engine } of own) {
    if (operand === mistaken) {
      writeFileSync(mistaken, of);
    }
    const { valid, diagnostics, accepted } = library.check(of, {
      target,
      ...(engine === undefined ? {} : { for: engine }),
    });
    const words = engine === undefined ? [] : ["--for", engine];
    const said = JSON.parse(stdoutOf(["check", "--json", ...options, ...words, operand]));
    const [profile] = said.profiles;
    assert.is(valid, profile.valid);
    assert.equal(diagnostics.map(asJson), profile.diagnostics.map(reported));
    assert.equal(
      accepted.map(({ diagnostic }) => asJson(diagnostic)),
      (profile.accepted ?? []).map(reported),
    );
  }
});

test("diff", () => {
  for (const architecture of ARCHITECTURES) {
    const target: Target = { architecture, kernel: KERNEL };
    const options = ["--arch", architecture, "--kernel", KERNEL, "--caps", "none"];
    const [a, b] = ["default.json", "strict.json"] as const;
    const { equal, differences } = library.diff(
      policyOf({ text: library.builtinProfiles[a], target }),
      policyOf({ text: library.builtinProfiles[b], target }),
    );
    const said = JSON.parse(stdoutOf(["diff", "--json", ...options, `builtin:${a}`, `builtin:${b}`]));
    assert.is(!equal, said.differ);
    assert.ok(differences.length > 20);
    assert.equal(
      differences.map(({ architecture: of, calls, verdicts, condition, example, crafted }) => ({
        architecture: of ?? null,
        calls,
        verdicts,
        condition: condition ?? null,
        example: example ?? null,
        crafted,
      })),
      said.differences.map(({ simulate: _, ...rest }: { simulate: string }) => rest),
    );
    // The call shows the difference.
    const [one, two] = [a, b].map((name) => policyOf({ text: library.builtinProfiles[name], target }));
    for (const { call, verdicts } of differences) {
      assert.equal(
        [one, two].map((policy) => policy && library.evaluate(policy, call)),
        verdicts,
      );
    }
  }
});

test("merge", () => {
  const options = ["--arch", "x86_64", "--kernel", KERNEL];
  const target: Target = { architecture: "x86_64", kernel: KERNEL };
  const [a, b] = ["strict.json", "default.json"] as const;
  const profiles = [a, b].flatMap((name) => library.readProfile(library.builtinProfiles[name]).profile ?? []);
  const labels = [a, b].map((name) => `builtin:${name}`);
  for (const [operation, flags] of [
    ["union", []],
    ["intersect", ["--intersect"]],
    ["subtract", ["--subtract"]],
  ] as const) {
    const merged = library.merge(profiles, { operation, target, targetOnly: true, labels });
    const { stdout, stderr } = runProgram(["merge", ...flags, ...options, "--caps", "none", ...labels]);
    assert.is(merged.text ?? "", stdout);
    assert.is(merged.refusal === undefined ? "" : merged.refusal, said(stderr));
  }
});

/** The message of an error, without the program's name and the hint. */
function said(stderr: string): string {
  return stderr.replace(/^seccomp-exec: error: /, "").replace(/\n(seccomp-exec: hint: .*\n)?$/, "");
}

test("convert", () => {
  for (const one of CASES.slice(0, extent(6, CASES.length))) {
    const { profile } = library.readProfile(one.text);
    for (const to of ["docker", "oci", "podman"] as const) {
      const said = stdoutOf(["convert", "--to", to, ...one.options, one.operand]);
      const text = profile && library.convert(profile, { to, target: one.target }).text;
      assert.is(text ?? "", said);
    }
  }
});

test.run();
