/**
 * Bundles the program's files into scripts for the native host.
 */

import { dirname } from "node:path";
import { transformSync } from "@babel/core";
import { build, type Plugin, transform } from "esbuild";

/** The architecture to build an executable for, by Node's name of the build machine's. */
export const NATIVE_ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/**
 * Turns `let` and `const` into `var`, renamed if blocks require it: QuickJS checks at every read of the former
 * whether the variable is initialised, which costs a twentieth of a launch.
 */
function withoutBlockScopes(code: string): string {
  const transformed = transformSync(code, {
    plugins: ["@babel/plugin-transform-block-scoping"],
    babelrc: false,
    configFile: false,
    // By default, Babel prints a note that it compacts large files. (esbuild minifies better.)
    compact: true,
    sourceType: "script",
  });
  if (typeof transformed?.code !== "string") {
    throw new Error("Babel produced no code for a bundle");
  }
  return transformed.code;
}

/** A bundle's entry: a file of the project, or a text that imports from the project's folder. */
export type Entry = string | { readonly text: string };

/** A bundled script. */
export interface Bundle {
  readonly code: string;
  /** The files that contribute code, by their paths in the project. */
  readonly files: readonly string[];
}

/**
 * The tags of the YAML library but for those of its failsafe schema, which is the only one in use: src/profile/yaml.ts says what
 * words mean. The others are a fiftieth of the toolkit.
 */
export const failsafeOnly: Plugin = {
  name: "failsafe only",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/yaml\/browser\/dist\/schema\/tags\.js$/ }, ({ path }) => ({
      contents: `import { map } from "./common/map.js";
import { seq } from "./common/seq.js";
import { string } from "./common/string.js";
export const coreKnownTags = {};
export const getTags = () => [map, seq, string];`,
      resolveDir: dirname(path),
    }));
  },
};

/** Bundles a file and all its imports into one script for the native host. */
export async function bundle(entry: Entry): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...(typeof entry === "string"
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.text, resolveDir: ".", loader: "ts" as const } }),
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    // Supported by QuickJS-ng.
    target: "es2023",
    platform: "neutral",
    // Libraries that use Node's process find an object without its members.
    define: { process: "globalThis" },
    plugins: [failsafeOnly],
    mainFields: ["module", "main"],
    legalComments: "none",
    logLevel: "warning",
  });
  const [script] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (script === undefined || output === undefined || outputFiles.length > 1) {
    throw new Error("a bundle must be one file");
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
