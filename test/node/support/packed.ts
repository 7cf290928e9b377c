/**
 * The library as a program gets it: the package, and koffi. Each confinement is in a Node process of its own.
 */

import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { profileOf } from "../../support/programs/files.ts";
import {
  type Outcome,
  PROGRAM,
  type RunOptions,
  runCommand,
  temporaryDirectory,
} from "../../support/programs/program.ts";
import { need, needs } from "../../support/running/needs.ts";

/** What `make package` has made. */
const PACKAGE = "build/out/package";

/** A machine that the library supports. */
export const NODE_ON_LINUX = need(
  "Node.js for Linux on x64 or arm64",
  () => process.platform === "linux" && ["x64", "arm64"].includes(process.arch),
);

/** Which koffi there is: the one of this project, none, or one that cannot be loaded. */
export type InstalledKoffi = "real" | "missing" | "broken";

const packed = new Map<InstalledKoffi, string>();

/** A directory with the installed package, which every user can read. */
export function packedLibrary(koffi: InstalledKoffi): string {
  const known = packed.get(koffi);
  if (known !== undefined) {
    return known;
  }
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  if (!existsSync(PACKAGE)) {
    throw new Error(`${PACKAGE} is missing: run make package`);
  }
  const modules = join(directory, "node_modules");
  cpSync(PACKAGE, join(modules, "seccomp-exec"), { recursive: true });
  if (koffi === "real") {
    for (const part of ["koffi", "@koromix"].filter((name) => existsSync(join("node_modules", name)))) {
      cpSync(join("node_modules", part), join(modules, part), { recursive: true });
    }
  } else if (koffi === "broken") {
    mkdirSync(join(modules, "koffi"), { recursive: true });
    writeFileSync(join(modules, "koffi/index.js"), 'throw new Error("it is for another machine");');
  }
  packed.set(koffi, directory);
  return directory;
}

/** What the scripts of the tests import, beside the library. */
const PRELUDE = `
import { confine, execUnder, ConfinementError } from "seccomp-exec/node";
import fs from "node:fs";
import { createRequire } from "node:module";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
const require = createRequire(import.meta.url);
/** A line of JSON that the test reads. */
const tell = (value) => fs.writeSync(1, JSON.stringify(value, (_, v) => typeof v === "bigint" ? String(v) : v) + "\\n");
/** The code of what a function throws, or "done". */
const codeOf = (attempt) => { try { attempt(); return "done"; } catch (error) { return error.code ?? String(error); } };
/** What a failed confinement says. */
const failure = (attempt) => {
  try { attempt(); return "done"; } catch (error) {
    if (!(error instanceof ConfinementError)) throw error;
    return { code: error.code, message: error.message, filterInstalled: error.filterInstalled, errno: error.errno };
  }
};
const field = (text, key) => Number(new RegExp("^" + key + ":\\t(.*)$", "m").exec(text)?.[1]);
const BEFORE = field(fs.readFileSync("/proc/self/status", "latin1"), "Seccomp_filters");
/** The number of filters that each thread has got since the process began, and its NoNewPrivs. */
const threads = () => fs.readdirSync("/proc/self/task").map((tid) => {
  const text = fs.readFileSync("/proc/self/task/" + tid + "/status", "latin1");
  return [field(text, "Seccomp_filters") - BEFORE, field(text, "NoNewPrivs")];
});
/** The numbers of filters that threads have got. */
const got = () => [...new Set(threads().map(([filters]) => filters))];
/** A system call by its number; the result or the errno below zero. */
const syscall = (() => {
  let made;
  return (...words) => {
    const koffi = require("koffi");
    made ??= koffi.load(null).func("int64_t syscall(" + Array(7).fill("int64_t").join(", ") + ")");
    const registers = words.map((word) => typeof word === "object" ? koffi.address(word) : BigInt(word));
    const result = Number(made(...[...registers, ...Array(7).fill(0n)].slice(0, 7)));
    return result === -1 ? -koffi.errno() : result;
  };
})();
`;

/** Whether Node has rings of io_uring from its start, as since version 22. */
const MAKES_RINGS = need("Node.js with rings of io_uring", () => {
  const { stdout } = runCommand([
    process.execPath,
    "-p",
    'require("fs").readFileSync("/proc/self/maps", "latin1").includes("[io_uring]")',
  ]);
  return stdout === "true\n";
});

/** A launcher under which Node makes none; empty where it makes none anyhow. */
function withoutRings(): readonly string[] {
  if (!MAKES_RINGS.isMet()) {
    return [];
  }
  const rule = { names: ["io_uring_setup"], action: "SCMP_ACT_ERRNO", errnoRet: 38 };
  return [PROGRAM, "--profile", profileFile(profileOf(rule)), "--"];
}

let count = 0;

/** Writes a script that imports what the prelude has, and returns its path. */
export function scriptOf(body: string, koffi: InstalledKoffi = "real"): string {
  needs(NODE_ON_LINUX);
  const directory = packedLibrary(koffi);
  count += 1;
  const file = join(directory, `script-${count}.mjs`);
  writeFileSync(file, PRELUDE + body);
  return file;
}

export interface ScriptOptions extends RunOptions {
  readonly args?: readonly string[];
  /** The command in front of Node. */
  readonly before?: readonly string[];
  readonly nodeOptions?: readonly string[];
  /** Whether the profile denies io_uring, so that Node must not have rings when it is confined. */
  readonly deniesRings?: boolean;
  /** Absent: "real". */
  readonly koffi?: InstalledKoffi;
}

/** The command that runs a script in a Node process. */
export function commandOf(body: string, options: ScriptOptions = {}): readonly string[] {
  const { args = [], before = [], nodeOptions = [], koffi, deniesRings = false } = options;
  const around = deniesRings ? withoutRings() : [];
  return [...around, ...before, process.execPath, ...nodeOptions, scriptOf(body, koffi), ...args];
}

/** Runs a script in a Node process. */
export function runScript(body: string, options: ScriptOptions = {}): Outcome {
  return runCommand(commandOf(body, options), options);
}

/** What a script tells, a value a line; it must succeed. */
export function told(body: string, options: ScriptOptions = {}): unknown[] {
  const { status, signal, stdout, stderr } = runScript(body, options);
  if (status !== 0) {
    throw new Error(`the script ended: ${signal ?? `status ${status}`}: ${stderr}`);
  }
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

/** Writes a file into a directory that only its owner can write to, and returns its path. */
export function profileFile(text: string, name = "profile.json"): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}
