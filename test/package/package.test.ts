/**
 * The package itself: the tools that know how packages are read find nothing wrong, and the same sources give the same bytes.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";
import { TARBALL, TOOLS } from "./support/installed.ts";

/** Runs a module there, with the tarball as its argument. */
function runTool(script: string): string {
  const { status, stdout, stderr } = runCommand(["node", "--input-type=module", "--eval", script, TARBALL], {
    cwd: TOOLS,
  });
  assert.is(stderr, "");
  assert.is(status, 0);
  return stdout;
}

test("publint finds nothing wrong", () => {
  const found = runTool(`
    import { readFileSync } from "node:fs";
    import { publint } from "publint";
    const { buffer, byteOffset, byteLength } = readFileSync(process.argv[1]);
    const { messages } = await publint({ pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) } });
    console.log(JSON.stringify(messages));`);
  assert.equal(JSON.parse(found), []);
});

/** What the judge of declarations says. */
interface Problem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

test("are the types wrong? no: everyone who can import a module finds the right ones", () => {
  const found = runTool(`
    import { readFileSync } from "node:fs";
    import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
    const { problems } = await checkPackage(createPackageFromTarballData(readFileSync(process.argv[1])));
    console.log(JSON.stringify(problems));`);
  const problems = JSON.parse(found) as readonly Problem[];
  // The package is a module: what calls require() gets it from Node.js 20.19 on. What does not read "exports" finds "." only.
  const isExpected = ({ kind, resolutionKind, entrypoint }: Problem): boolean =>
    (kind === "CJSResolvesToESM" && resolutionKind === "node16-cjs") ||
    (kind === "NoResolution" && resolutionKind === "node10" && entrypoint !== ".");
  assert.equal(
    problems.filter((problem) => !isExpected(problem)),
    [],
  );
});

test("the same sources give the same bytes, wherever the package is made", () => {
  const directory = temporaryDirectory();
  const { status, stderr } = runCommand(["node", "--import", "tsx", "build/package.ts", directory], {
    env: { PATH: process.env["PATH"], HOME: directory, TZ: "Asia/Kathmandu" },
  });
  assert.is(stderr, "");
  assert.is(status, 0);
  const again = readFileSync(join(directory, TARBALL.slice(TARBALL.lastIndexOf("/") + 1)));
  assert.ok(again.equals(readFileSync(TARBALL)), "the tarballs are equal");
});

test("the package is what its sources make of it now", () => {
  const manifest = JSON.parse(readFileSync("build/out/package/package.json", "utf8"));
  assert.is(manifest.sideEffects, false);
  assert.is(manifest.dependencies, undefined);
  assert.is(manifest.license, "Apache-2.0");
});

test.run();
