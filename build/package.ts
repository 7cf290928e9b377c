/**
 * Makes the library's package for npm: a directory and a tarball.
 *
 * Usage: package.ts [DIRECTORY]: where both are made; absent: build/out. The same sources give the same bytes.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize, resolve } from "node:path";
import { build } from "esbuild";
import manifest from "../package.json" with { type: "json" };
import { failsafeOnly } from "./bundling.ts";

/** What can be imported from the package. */
interface Entry {
  /** The name after that of the package: ".", or "./NAME". */
  readonly name: string;
  /** The file of the project. */
  readonly file: string;
  /** The settings by which it is compiled. */
  readonly tsconfig: string;
  /** What it imports that is not part of the package: "node:*", or packages that it depends on. */
  readonly external?: readonly string[];
}

/** What the entries share is in files of its own, so that all of them have the same objects. */
const ENTRIES: readonly Entry[] = [
  { name: ".", file: "src/index.ts", tsconfig: "src/tsconfig.json" },
  {
    name: "./node",
    file: "node/index.ts",
    tsconfig: "node/tsconfig.json",
    external: ["node:*", "koffi"],
  },
];

/** The licences that may be part of the package. */
const LICENCES = ["Apache-2.0", "ISC", "MIT"];

/** A module of the project that a declaration names. */
const IMPORT = /((?:from |import\()"\.[^"]*)\.ts(")/g;

const out = resolve(process.argv[2] ?? "build/out");
const packageDirectory = join(out, "package");
rmSync(packageDirectory, { recursive: true, force: true });
mkdirSync(join(packageDirectory, "dist"), { recursive: true });

const libraries = new Set<string>();
await bundleEntries();
for (const entry of ENTRIES) {
  writeDeclarations(entry);
}
write("package.json", `${JSON.stringify(packageManifest(), null, 2)}\n`);
write("README.md", readme(readFileSync("docs/library.md", "utf8")));
write("LICENSE", readFileSync("LICENSE", "utf8"));
write("THIRD-PARTY.txt", notices());
execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", out], {
  cwd: packageDirectory,
  stdio: ["ignore", "ignore", "inherit"],
});

function write(path: string, text: string): void {
  const file = join(packageDirectory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The path of an entry's bundle in the package, without its ending. */
function bundleOf({ name }: Entry): string {
  return `dist/${name === "." ? "index" : name.slice("./".length)}`;
}

/** The path of the declarations of a file of the project in the package. */
function declarationsOf(file: string): string {
  return `types/${file.replace(/\.ts$/, ".d.ts")}`;
}

/** Bundles the entries with all that they use: the package has no dependencies (docs/decisions/0028-library.md). */
async function bundleEntries(): Promise<void> {
  const { outputFiles, metafile } = await build({
    entryPoints: Object.fromEntries(ENTRIES.map((entry) => [bundleOf(entry), entry.file])),
    outdir: packageDirectory,
    // Without a hash, which depends on the directory; of two entries there is one such file.
    chunkNames: "dist/shared",
    splitting: true,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    external: ENTRIES.flatMap(({ external = [] }) => external),
    plugins: [failsafeOnly],
    mainFields: ["module", "main"],
    legalComments: "none",
    sourcemap: "linked",
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    writeFileSync(path, path.endsWith(".map") ? withStableSources(text) : text);
  }
  for (const input of Object.keys(metafile.inputs)) {
    const library = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (library !== undefined) {
      libraries.add(library);
    }
  }
}

/** A source map with the paths of the project, wherever the package was made. Its sources are in the map. */
function withStableSources(text: string): string {
  const map = JSON.parse(text) as { sources: string[] };
  const from = join(packageDirectory, "dist");
  map.sources = map.sources.map(
    (source) => `../${normalize(resolve(from, source)).slice(resolve(".").length + 1)}`,
  );
  return JSON.stringify(map);
}

/** Writes the declarations of an entry, and of the files whose types they name. */
function writeDeclarations({ file, tsconfig }: Entry): void {
  const directory = mkdtempSync(join(tmpdir(), "seccomp-exec-types-"));
  try {
    const config = {
      extends: resolve(tsconfig),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        stripInternal: true,
        typeRoots: [resolve("node_modules/@types")],
        rootDir: resolve("."),
        outDir: join(directory, "types"),
      },
      include: [],
      files: [resolve(file)],
    };
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(config));
    execFileSync("node_modules/.bin/tsc", ["-p", join(directory, "tsconfig.json")], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    const pending = [declarationsOf(file)];
    const written = new Set<string>();
    for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
      if (!written.has(path)) {
        written.add(path);
        const text = readFileSync(join(directory, path), "utf8");
        write(path, text.replaceAll(IMPORT, "$1.js$2"));
        for (const [, before = ""] of text.matchAll(IMPORT)) {
          const imported = before.slice(before.lastIndexOf('"') + 1);
          pending.push(join(dirname(path), `${imported}.d.ts`));
        }
      }
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function packageManifest(): object {
  const exports = Object.fromEntries(
    ENTRIES.map((entry) => [
      entry.name,
      { types: `./${declarationsOf(entry.file)}`, default: `./${bundleOf(entry)}.js` },
    ]),
  );
  return {
    name: manifest.name,
    version: manifest.version,
    description:
      "Seccomp profiles of Docker, the OCI, Podman, Mesos and Kubernetes: read, check, judge, compile, prove, compare and convert them.",
    keywords: ["seccomp", "bpf", "sandbox", "docker", "oci", "podman", "kubernetes", "mesos", "linux"],
    license: manifest.license,
    type: "module",
    sideEffects: false,
    engines: manifest.engines,
    // For tools that do not read exports.
    main: "./dist/index.js",
    types: "./types/src/index.d.ts",
    exports: { ...exports, "./package.json": "./package.json" },
    // Only ./node makes system calls, by it.
    peerDependencies: { koffi: ">=2.16.0" },
    peerDependenciesMeta: { koffi: { optional: true } },
    files: ["dist", "types", "THIRD-PARTY.txt"],
  };
}

/** The page of the documentation; what it links to is not in the package. */
function readme(page: string): string {
  return page.replaceAll(/\[([^\]]*)\]\((?!https?:)[^)]*\)/g, "$1");
}

/** The licences of the libraries that are part of the bundles. */
function notices(): string {
  const parts = [...libraries].sort().map((library) => {
    const directory = join("node_modules", library);
    const { license, version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
    if (!LICENCES.includes(license)) {
      throw new Error(`${library} has the licence ${license}, which is none of ${LICENCES.join(", ")}`);
    }
    const file = readdirSync(directory).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
    if (file === undefined) {
      throw new Error(`${library} comes without the text of its licence`);
    }
    const text = readFileSync(join(directory, file), "utf8").replaceAll("\r\n", "\n").trim();
    return `${library} ${version} (${license})\n\n${text}\n`;
  });
  return `The package holds code of these libraries.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}
