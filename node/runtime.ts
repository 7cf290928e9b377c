/**
 * What this library runs in: Node.js on Linux, on a machine whose calls it can make.
 */

import { Refusal } from "../src/diagnostic.ts";
import { type Architecture, type ArchitectureName, architectureByName } from "../src/tables/architectures.ts";

/** The architectures of Node by `process.arch`; those for which the launcher is built, too. */
const ARCHITECTURES: Readonly<Partial<Record<string, ArchitectureName>>> = {
  x64: "x86_64",
  arm64: "aarch64",
};

/** What tells runtimes apart. */
export interface Runtime {
  readonly platform: string;
  readonly arch: string;
  readonly versions: Readonly<Partial<Record<string, string>>>;
}

/** Refuses because this is no Node.js on Linux. */
export class ForeignRuntime extends Refusal {}

/**
 * The architecture of this process.
 *
 * @throws Refusal if this is another runtime than Node, another system than Linux, or another machine
 */
export function architectureOf({ platform, arch, versions }: Runtime): Architecture {
  const other = versions["deno"] === undefined ? (versions["bun"] === undefined ? undefined : "Bun") : "Deno";
  if (other !== undefined) {
    throw new ForeignRuntime(
      `${other} is not Node.js: its threads and its native calls are others, and nothing here is tested with them`,
      `run this with Node.js, or start ${other} under the launcher: seccomp-exec --profile PROFILE -- ${other.toLowerCase()} ...`,
    );
  }
  if (platform !== "linux") {
    throw new ForeignRuntime(
      `this is ${platform}, and seccomp is a part of Linux`,
      "the stages up to the filter run anywhere: see the library's other entry",
    );
  }
  const found = architectureByName(ARCHITECTURES[arch]);
  if (found === undefined) {
    throw new ForeignRuntime(
      `a process of Node.js for '${arch}' cannot be confined`,
      `it can for ${Object.keys(ARCHITECTURES).join(" and ")}`,
    );
  }
  return found;
}
