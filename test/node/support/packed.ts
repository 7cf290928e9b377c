/**
 * The library as a program gets it: one file beside the shipped profiles, and koffi. Each confinement is in a Node process of its own.
 */

import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import {
  type Outcome,
  type RunOptions,
  runCommand,
  temporaryDirectory,
} from "../../support/programs/program.ts";
import { need, needs } from "../../support/running/needs.ts";

/** A machine that the library supports. */
export const NODE_ON_LINUX = need(
  "Node.js for Linux on x64 or arm64",
  () => process.platform === "linux" && ["x64", "arm64"].includes(process.arch),
);

/** Which koffi there is: the one of this project, none, or one that cannot be loaded. */
export type InstalledKoffi = "real" | "missing" | "broken";

const packed = new Map<InstalledKoffi, string>();

/** The directory of the package, which every user can read. */
export function packedLibrary(koffi: InstalledKoffi): string {
  const known = packed.get(koffi);
  if (known !== undefined) {
    return known;
  }
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  buildSync({
    entryPoints: ["node/index.ts"],
    outfile: join(directory, "dist/node.js"),
    bundle: true,
    // With the libraries' builds for any engine, which are modules: those for Node call `require`.
    platform: "neutral",
    format: "esm",
    target: "node18",
    mainFields: ["module", "main"],
    external: ["koffi", "node:*"],
    logLevel: "warning",
  });
  writeFileSync(join(directory, "package.json"), '{"type": "module"}');
  cpSync("profiles", join(directory, "profiles"), { recursive: true });
  const modules = join(directory, "node_modules");
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
import { confine, execUnder, ConfinementError } from "./dist/node.js";
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

/**
 * Starts the program again under a filter without io_uring where Node has made rings, as version 22 does: else it could not be confined.
 * Only the test of that leaves it out.
 */
const WITHOUT_RINGS = `
if (isMainThread && fs.readFileSync("/proc/self/maps", "latin1").includes("[io_uring]")) {
  const rule = { names: ["io_uring_setup"], action: "SCMP_ACT_ERRNO", errnoRet: 38 };
  execUnder({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule] }, process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
}
`;

let count = 0;

/** Writes a script that imports what the prelude has, and returns its path. */
export function scriptOf(body: string, koffi: InstalledKoffi = "real"): string {
  needs(NODE_ON_LINUX);
  const directory = packedLibrary(koffi);
  count += 1;
  const file = join(directory, `script-${count}.mjs`);
  const confines = koffi === "real" && body.includes("confine(") && !body.includes("restart");
  writeFileSync(file, PRELUDE + (confines ? WITHOUT_RINGS : "") + body);
  return file;
}

export interface ScriptOptions extends RunOptions {
  readonly args?: readonly string[];
  /** The command in front of Node. */
  readonly before?: readonly string[];
  readonly nodeOptions?: readonly string[];
  /** Absent: "real". */
  readonly koffi?: InstalledKoffi;
}

/** Runs a script in a Node process. */
export function runScript(body: string, options: ScriptOptions = {}): Outcome {
  const { args = [], before = [], nodeOptions = [], koffi, ...rest } = options;
  return runCommand([...before, process.execPath, ...nodeOptions, scriptOf(body, koffi), ...args], rest);
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
