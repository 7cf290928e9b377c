/** What a benchmark runs on: the machine, the profile, the executable under test, and where its output goes. */

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { dockerDefault } from "../test/support/fixtures/docker-default.ts";
import { CAPABILITIES, type Target } from "./profile-table.ts";

export const benchDirectory = dirname(fileURLToPath(import.meta.url));
export const projectDirectory = dirname(benchDirectory);
export const outputDirectory = join(projectDirectory, "build/out/bench");

/** A path as it is shown: relative to the project where it lies inside. */
export function shown(path: string): string {
  const inside = relative(projectDirectory, path);
  return inside.startsWith("..") ? path : inside;
}

/** Ends the benchmark over something that the caller can put right. */
export function giveUp(message: string): never {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(1);
}

/** What the benchmark was given to compare; `file` is a copy that the executable under test accepts. */
export interface BenchProfile {
  readonly source: string;
  readonly file: string;
  readonly text: string;
}

/**
 * The profile that all contestants load: `--profile`, else Docker's default as the tests state it.
 *
 * It is copied, because the executable refuses a profile that others could write to.
 */
export function chooseProfile(option: string | undefined): BenchProfile {
  if (option !== undefined && !existsSync(option)) {
    giveUp(`no profile at ${option}`);
  }
  // With tabs, as Docker's own file is written.
  const text =
    option === undefined ? JSON.stringify(dockerDefault(), null, "\t") : readFileSync(option, "utf8");
  mkdirSync(outputDirectory, { recursive: true });
  const file = join(outputDirectory, "profile.json");
  rmSync(file, { force: true });
  writeFileSync(file, text);
  chmodSync(file, 0o644);
  return { source: option ?? "Docker's default", file, text };
}

/** The executable under test, or undefined where it is not built. */
export function findExecutable(option: string | undefined): string | undefined {
  const path = resolve(option ?? join(projectDirectory, "build/out/seccomp-exec"));
  if (existsSync(path)) return path;
  if (option !== undefined) giveUp(`no executable at ${path}`);
  return undefined;
}

function boundingSet(): string[] {
  const mask = /^CapBnd:\s*(\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return CAPABILITIES.filter((_, bit) => (BigInt(`0x${mask}`) >> BigInt(bit)) & 1n);
}

/** What the libseccomp peer resolves the profile for: `caps` is `all`, `none`, a list, or the bounding set. */
export function currentTarget(caps: string | undefined): Target {
  const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
  const held =
    caps === undefined
      ? boundingSet()
      : caps === "all"
        ? CAPABILITIES
        : caps === "none"
          ? []
          : caps.split(",").map((name) => name.toUpperCase().replace(/^(?!CAP_)/, "CAP_"));
  const kernel = [major, minor] as const;
  const capabilities = new Set(held);
  switch (process.arch) {
    case "x64":
      return {
        capabilities,
        kernel,
        architecture: "SCMP_ARCH_X86_64",
        architectureNames: new Set(["amd64", "x86_64", "SCMP_ARCH_X86_64"]),
      };
    case "arm64":
      return {
        capabilities,
        kernel,
        architecture: "SCMP_ARCH_AARCH64",
        architectureNames: new Set(["arm64", "aarch64", "SCMP_ARCH_AARCH64"]),
      };
    default:
      throw new Error(`the benchmark does not know the architecture ${process.arch}`);
  }
}

/** /proc/sys/net/core/bpf_jit_enable, which holds for filters of seccomp too: installing one then takes longer. */
function isBpfCompiled(): string {
  try {
    return readFileSync("/proc/sys/net/core/bpf_jit_enable", "utf8").trim() === "0" ? "no" : "yes";
  } catch {
    return "unknown";
  }
}

/** Facts about the machine that belong to every result. */
export function describeMachine(): Record<string, string | number> {
  return {
    kernel: release(),
    architecture: process.arch,
    processor: cpus()[0]?.model ?? "unknown",
    processors: cpus().length,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
    "BPF compiled to machine code": isBpfCompiled(),
    node: process.version,
    user: process.getuid?.() === 0 ? "root" : "not root",
  };
}

/** Says when the machine is busy, since the figures are then worth less. */
export function warnWhenBusy(): void {
  const load = loadavg()[0] ?? 0;
  if (load > 0.5) {
    process.stderr.write(
      `bench: the machine is busy (load ${load.toFixed(2)}); expect larger and less stable times\n`,
    );
  }
}
