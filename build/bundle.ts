/**
 * Bundles the program for the native host: one script for a launch, one for everything else.
 */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { COMPILER } from "../src/launch/prepared.ts";
import { bundle, LAUNCH_ONLY } from "./bundling.ts";

const OUT = "build/out";

mkdirSync(OUT, { recursive: true });
const launch = await bundle("src/launch/main.ts", LAUNCH_ONLY);
const toolkit = await bundle("src/main.ts", []);
// Both have to know the same compiler: the toolkit prepares filters that launches use.
const compiler = createHash("sha256").update(launch).digest("hex");
for (const [name, code] of Object.entries({ launch, toolkit })) {
  if (!code.includes(COMPILER)) {
    throw new Error(`${name}: it does not know which compiler it is`);
  }
  writeFileSync(`${OUT}/${name}.js`, code.replaceAll(COMPILER, compiler));
}
