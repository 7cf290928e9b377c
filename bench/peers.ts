/** Compiles the peers, the harness and the other C programs of the benchmark. */

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libseccompRules, type Target } from "./profile-table.ts";
import { benchDirectory, outputDirectory } from "./setting.ts";

/** Runs the C compiler; returns its complaints, or undefined where it succeeded. */
function tryCompile(
  source: string,
  output: string,
  flags: readonly string[],
  compiler = process.env["CC"] ?? "cc",
): string | undefined {
  mkdirSync(outputDirectory, { recursive: true });
  const own = ["-std=gnu11", "-O2", "-Wall", "-Wextra", `-I${outputDirectory}`, "-o", output];
  const result = spawnSync(compiler, [...own, join(benchDirectory, source), ...flags], { encoding: "utf8" });
  if (result.error) throw result.error;
  return result.status === 0 ? undefined : result.stderr;
}

/** Compiles a program of the benchmark, statically; returns the path of the executable. */
export function compile(source: string): string {
  const output = join(outputDirectory, source.replace(/^.*\/|\.c$/g, ""));
  const complaints = tryCompile(source, output, ["-static"]);
  if (complaints !== undefined) throw new Error(`${source} does not compile:\n${complaints}`);
  return output;
}

/** The kernel's headers, which musl-gcc leaves out with the rest of /usr/include. */
const KERNEL_HEADERS = [
  "/usr/include",
  `/usr/include/${process.arch === "x64" ? "x86_64" : "aarch64"}-linux-gnu`,
];

/** The same with musl, whose start costs next to nothing: for what others are compared with. */
export function compileWithMusl(source: string): string {
  const output = join(outputDirectory, `${source.replace(/^.*\/|\.c$/g, "")}-musl`);
  const headers = KERNEL_HEADERS.flatMap((directory) => ["-idirafter", directory]);
  const complaints = tryCompile(source, output, ["-static", ...headers], "musl-gcc");
  if (complaints !== undefined) throw new Error(`${source} does not compile:\n${complaints}`);
  return output;
}

/** Compiles a 32-bit program that has no libc; undefined where the compiler does not take -m32, as on other machines. */
export function compile32(source: string): string | undefined {
  const output = join(outputDirectory, source.replace(/^.*\/|\.c$/g, ""));
  const flags = [
    "-m32",
    "-static",
    "-no-pie",
    "-fno-pie",
    "-nostdlib",
    "-ffreestanding",
    "-fno-stack-protector",
  ];
  return tryCompile(source, output, flags) === undefined ? output : undefined;
}

/** The launcher with the given filter compiled in; the filter is raw struct sock_filter, little-endian. */
export function compileReadyFilter(filter: Buffer): string {
  const rows: string[] = [];
  for (let at = 0; at < filter.length; at += 8) {
    const code = filter.readUInt16LE(at);
    const k = filter.readUInt32LE(at + 4);
    rows.push(`  {${code}, ${filter.readUInt8(at + 2)}, ${filter.readUInt8(at + 3)}, ${k}u},`);
  }
  mkdirSync(outputDirectory, { recursive: true });
  writeFileSync(
    join(outputDirectory, "ready-filter.h"),
    `// The filter to install, written by the benchmark.\nstatic const struct sock_filter filter[] = {\n${rows.join("\n")}\n};\n`,
  );
  return compileWithMusl("peers/ready-filter.c");
}

/** One leaf or inner node of {@link standInFilter}: instructions as code, jt, jf, k. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

/**
 * A filter of about `length` instructions for the time before the executable under test exists: a search tree over
 * the native syscall numbers whose every leaf allows.
 */
export function standInFilter(length: number): Buffer {
  const load = 0x20;
  const jumpIfEqual = 0x15;
  const jumpIfGreaterOrEqual = 0x35;
  const end: Instruction = [0x06, 0, 0, 0x7fff0000];
  const tree = (low: number, high: number, leaves: number): Instruction[] => {
    if (leaves <= 1) return [end];
    const middle = (low + high) >>> 1;
    const left = tree(low, middle, leaves >> 1);
    const right = tree(middle, high, leaves - (leaves >> 1));
    return [[jumpIfGreaterOrEqual, left.length, 0, middle], ...left, ...right];
  };
  const auditArch = process.arch === "x64" ? 0xc000003e : 0xc00000b7;
  const program: Instruction[] = [
    [load, 0, 0, 4],
    [jumpIfEqual, 1, 0, auditArch],
    end,
    [load, 0, 0, 0],
    ...tree(0, 512, (length - 3) >> 1),
  ];
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, jt, jf, k], i) => {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(jt, i * 8 + 2);
    bytes.writeUInt8(jf, i * 8 + 3);
    bytes.writeUInt32LE(k, i * 8 + 4);
  });
  return bytes;
}

/** How the libseccomp peer came out. */
export interface LibseccompPeer {
  readonly path: string;
  readonly linked: "static" | "dynamic";
  /** Calls of seccomp_rule_add. */
  readonly ruleCount: number;
}

/** Compiles the libseccomp peer with the profile's rules; a string says why it cannot be had. */
export function compileLibseccomp(profile: string, target: Target): LibseccompPeer | string {
  const { header, ruleCount } = libseccompRules(profile, target);
  mkdirSync(outputDirectory, { recursive: true });
  writeFileSync(join(outputDirectory, "libseccomp-rules.h"), header);
  const path = join(outputDirectory, "libseccomp-build");
  const source = "peers/libseccomp-build.c";
  if (tryCompile(source, path, ["-static", "-lseccomp"]) === undefined)
    return { path, linked: "static", ruleCount };
  const complaints = tryCompile(source, path, ["-lseccomp"]);
  if (complaints === undefined) return { path, linked: "dynamic", ruleCount };
  if (/seccomp\.h: No such file|cannot find -lseccomp/.test(complaints))
    return "libseccomp-dev is not installed";
  throw new Error(`${source} does not compile:\n${complaints}`);
}
