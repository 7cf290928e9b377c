/**
 * A program in strict TypeScript uses the types of the installed package.
 */

import { cpSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { type Outcome, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { packedLibrary } from "./support/packed.ts";

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2022"],
  module: "NodeNext",
  moduleResolution: "NodeNext",
  types: ["node"],
  noEmit: true,
};

function compile(source: string): Outcome {
  const directory = packedLibrary("real");
  for (const name of ["@types/node", "undici-types"]) {
    cpSync(join("node_modules", name), join(directory, "node_modules", name), { recursive: true });
  }
  writeFileSync(join(directory, "program.mts"), source);
  writeFileSync(
    join(directory, "tsconfig.json"),
    JSON.stringify({ compilerOptions: OPTIONS, files: ["program.mts"] }),
  );
  return runCommand([process.execPath, resolve("node_modules/typescript/bin/tsc"), "-p", directory]);
}

const PROGRAM = `
import { type Diagnostic, ConfinementError, type ConfinementErrorCode, type ConfineOptions, type Confinement, confine,
  type ExecOptions, execUnder, type ProfileSource, type ThreadState } from "seccomp-exec/node";

const warnings: Diagnostic[] = [];
const options: ConfineOptions = {
  caps: ["CAP_SYS_ADMIN"],
  kernel: "6.12",
  unknownSyscalls: "default",
  restart: true,
  onWarning: (warning, profile) => { warnings.push(warning); console.log(profile); },
};
const sources: readonly ProfileSource[] = [
  "builtin:strict.json",
  new URL("./p.json", import.meta.url),
  { text: "{}", label: "mine" },
  { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{ value: 1n }] }] },
];
export function start(source: ProfileSource = sources[0] ?? ""): Confinement | ConfinementErrorCode {
  try {
    const confinement = confine(source, options);
    const threads: readonly ThreadState[] | undefined = confinement.threads;
    const bits: bigint = confinement.caps;
    console.log(threads?.[0]?.filters?.toFixed(), bits, confinement.filter.byteLength, confinement.sha256.length);
    return confinement;
  } catch (error) {
    if (error instanceof ConfinementError && !error.filterInstalled) {
      console.log(error.diagnostics[0]?.position?.line, error.hint, error.errno);
      return error.code;
    }
    throw error;
  }
}
const exec: ExecOptions = { argv0: "x", env: process.env, descriptors: [3], openFiles: 1024 };
export const end = (): never => execUnder("builtin:strict.json", "true", ["a"], exec);
`;

test("a strict program compiles", () => {
  const { stdout, status } = compile(PROGRAM);
  assert.is(stdout, "");
  assert.is(status, 0);
});

const WRONG: readonly string[] = [
  'confine("x", { capabilities: [] });',
  'confine("x", { kernel: 6 });',
  'confine("x", { unknownSyscalls: "kill" });',
  'execUnder("x", "true", [], { restart: true });',
  "confine(1);",
];

test("unknown options, options of another type, unknown words and a number as a profile do not compile", () => {
  const calls = WRONG.map((call) => `export const wrong${WRONG.indexOf(call)} = () => ${call}\n`).join("");
  const { status, stdout } = compile(`import { confine, execUnder } from "seccomp-exec/node";\n${calls}`);
  assert.is.not(status, 0);
  const places = [...stdout.matchAll(/program\.mts\((\d+),/g)].map(([, line]) => Number(line));
  assert.equal(
    places,
    WRONG.map((_, i) => i + 2),
    stdout,
  );
});

test.run();
