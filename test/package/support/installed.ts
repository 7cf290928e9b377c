/**
 * The package as a user has it: packed, and installed into an empty directory.
 */

import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import manifest from "../../../package.json" with { type: "json" };
import { type Outcome, runCommand, temporaryDirectory } from "../../support/programs/program.ts";

/** The tarball that `make package` has made. */
export const TARBALL: string = resolve(`build/out/${manifest.name}-${manifest.version}.tgz`);

/** Where the tools are installed that only the package needs. */
export const TOOLS: string = resolve("build/package-tools");

for (const needed of [TARBALL, join(TOOLS, "node_modules")]) {
  if (!existsSync(needed)) {
    throw new Error(`${needed} is missing: make test makes it`);
  }
}

/** The types of the library. */
export type Library = typeof import("../../../src/index.ts");

/** A directory with the package installed, and nothing else: without a network. */
export class Consumer {
  readonly directory: string = temporaryDirectory();

  constructor() {
    this.write("package.json", JSON.stringify({ name: "consumer", private: true, type: "module" }));
    const { status, stderr } = this.run(
      ["npm", "install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", TARBALL],
      {
        HOME: this.directory,
        npm_config_cache: join(this.directory, "cache"),
        npm_config_userconfig: "/dev/null",
      },
    );
    if (status !== 0) {
      throw new Error(`npm install: ${stderr}`);
    }
  }

  write(file: string, text: string): void {
    const path = join(this.directory, file);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }

  run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Outcome {
    return runCommand(command, { cwd: this.directory, env: { PATH: process.env["PATH"], ...env } });
  }

  /** The packages that were installed. */
  packages(): readonly string[] {
    return readdirSync(join(this.directory, "node_modules")).filter((name) => !name.startsWith("."));
  }

  /** The installed library. */
  library(): Promise<Library> {
    return import(
      pathToFileURL(join(this.directory, "node_modules", manifest.name, "dist", "index.js")).href
    ) as Promise<Library>;
  }
}
