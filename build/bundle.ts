/**
 * Bundles the program for the native host: one script for a launch, one for what compiles its profile, and one for everything else.
 */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { COMPILER } from "../src/launch/prepared.ts";
import { bundle, LAUNCH_ONLY, nativeParser } from "./bundling.ts";

const OUT = "build/out";

mkdirSync(OUT, { recursive: true });
const compiler = await bundle("src/launch/compiler.ts", LAUNCH_ONLY);
const launch = await bundle("src/launch/main.ts", LAUNCH_ONLY);
const toolkit = await bundle("src/main.ts", [nativeParser]);
// The toolkit prepares filters that launches use: both have to know the same compiler, and each part of it counts.
const digest = createHash("sha256").update(compiler).update(launch).update(toolkit).digest("hex");
for (const [name, code] of Object.entries({ compiler, launch, toolkit })) {
  if (name !== "compiler" && !code.includes(COMPILER)) {
    throw new Error(`${name}: it does not know which compiler it is`);
  }
  writeFileSync(`${OUT}/${name}.js`, code.replaceAll(COMPILER, digest));
}
