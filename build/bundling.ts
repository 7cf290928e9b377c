/**
 * Makes scripts for the native host of the program's files.
 */

import { transformSync } from "@babel/core";
import { build, transform } from "esbuild";

/** The architecture that an executable is built for, by Node's name for the machine that builds it. */
export const NATIVE_ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/**
 * Turns `let` and `const` into `var`, renamed where blocks make that necessary: QuickJS asks at every read of the former
 * whether the variable has been initialised, which makes up a twentieth of a launch.
 */
function withoutBlockScopes(code: string): string {
  const transformed = transformSync(code, {
    plugins: ["@babel/plugin-transform-block-scoping"],
    babelrc: false,
    configFile: false,
    // esbuild does that better; left to itself, Babel says that it does it for large files.
    compact: true,
    sourceType: "script",
  });
  if (typeof transformed?.code !== "string") {
    throw new Error("Babel made nothing of a bundle");
  }
  return transformed.code;
}

/** A bundle's first file: one of the project's, or a text with imports from the project's folder. */
export type Entry = string | { readonly text: string };

/** One script. */
export interface Bundle {
  readonly code: string;
  /** The files of which something is in it, by their paths in the project. */
  readonly files: readonly string[];
}

/** Makes one script of a file and all that it imports, for the native host. */
export async function bundle(entry: Entry): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...(typeof entry === "string"
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.text, resolveDir: ".", loader: "ts" as const } }),
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    // What QuickJS-ng knows.
    target: "es2023",
    platform: "neutral",
    // Libraries that ask for Node's process find an object without its members.
    define: { process: "globalThis" },
    mainFields: ["module", "main"],
    legalComments: "none",
    logLevel: "warning",
  });
  const [script] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (script === undefined || output === undefined || outputFiles.length > 1) {
    throw new Error("a bundle has to be one file");
  }
  // The bytecode holds every name and string of the bundle, and a launch pays for loading them.
  const minified = await transform(withoutBlockScopes(script.text), {
    minify: true,
    target: "es2023",
    legalComments: "none",
  });
  const files = Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file] : [],
  );
  return { code: minified.code, files };
}
