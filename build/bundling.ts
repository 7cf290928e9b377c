/**
 * Makes scripts for the native host of the program's files.
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { transformSync } from "@babel/core";
import { build, type Plugin, transform } from "esbuild";
import type { NumberColumn } from "../src/tables/architectures.ts";

/** The architecture that an executable is built for, by Node's name for the machine that builds it. */
export const NATIVE_ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };

/** The columns of the syscall tables that a machine's own programs need, by Node's name for the machine. */
const NATIVE_COLUMNS: Readonly<Record<string, readonly NumberColumn[]>> = {
  x64: ["x86_64", "x32", "x86"],
  arm64: ["aarch64", "arm"],
};

/**
 * Leaves the tables of other machines out of a bundle: they are two thirds of it, and a launch would load them
 * each time for nothing. Whoever looks into one that is missing gets an exception, and a launch that ends in one
 * begins anew with the toolkit, which has them all.
 */
const nativeTablesOnly: Plugin = {
  name: "native-tables-only",
  setup(bundler) {
    bundler.onLoad({ filter: /tables\/generated\/syscalls\.ts$/ }, async ({ path }) => {
      const columns: readonly string[] | undefined = NATIVE_COLUMNS[process.arch];
      const lines = (await readFile(path, "utf8")).split("\n");
      const kept = lines.filter((line) => {
        const column = /^ {2}(\w+): "/.exec(line)?.[1];
        return column === undefined || columns === undefined || columns.includes(column);
      });
      return { contents: kept.join("\n"), loader: "ts" };
    });
  },
};

/** Takes the validators that stop at the first mistake: who makes one is told of it by the toolkit. */
const quickValidators: Plugin = {
  name: "quick-validators",
  setup(bundler) {
    bundler.onResolve({ filter: /generated\/validate-\w+\.js$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/\.js$/, ".quick.js")),
    }));
  },
};

/** Modules that only say what went wrong, which the toolkit does. */
const EXPLANATIONS = /src\/(profile\/schema-errors|launch\/install-failure)\.ts$/;

/** Puts functions that throw in the place of explanations: a launch that needs one begins anew with the toolkit. */
const noExplanations: Plugin = {
  name: "no-explanations",
  setup(bundler) {
    bundler.onLoad({ filter: EXPLANATIONS }, async ({ path }) => {
      const names = (await readFile(path, "utf8")).matchAll(/^export function (\w+)/gm);
      const stubs = [...names].map(([, name]) => `export function ${name}() { throw new Error(); }`);
      return { contents: stubs.join("\n"), loader: "js" };
    });
  },
};

/** Leaves out the library that parses JSON for those who have no host: the program hands on the host's own parser. */
export const nativeParser: Plugin = {
  name: "native-parser",
  setup(bundler) {
    bundler.onLoad({ filter: /src\/profile\/library-parser\.ts$/ }, () => ({
      contents: 'export function parseByLibrary() { throw new Error("no parser was handed on"); }',
      loader: "js",
    }));
  },
};

/** What keeps out of a bundle what a launch has no use for. */
export const LAUNCH_ONLY: readonly Plugin[] = [nativeTablesOnly, quickValidators, noExplanations];

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
  return transformed?.code ?? code;
}

/** A bundle's first file: one of the project's, or a text with imports from the project's folder. */
export type Entry = string | { readonly text: string };

/** Makes one script of a file and all that it imports, for the native host. */
export async function bundle(entry: Entry, plugins: readonly Plugin[]): Promise<string> {
  const bundled = await build({
    ...(typeof entry === "string"
      ? { entryPoints: [entry] }
      : { stdin: { contents: entry.text, resolveDir: ".", loader: "ts" as const } }),
    plugins: [...plugins],
    bundle: true,
    write: false,
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
  const code = withoutBlockScopes(bundled.outputFiles[0]?.text ?? "");
  // The bytecode holds every name and string of the bundle, and a launch pays for loading them.
  const minified = await transform(code, { minify: true, target: "es2023", legalComments: "none" });
  return minified.code;
}
