/**
 * Bundles the program for the native host: one script for a launch, one for everything else.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { bundle, LAUNCH_ONLY } from "./bundling.ts";

const OUT = "build/out";

mkdirSync(OUT, { recursive: true });
writeFileSync(`${OUT}/launch.js`, await bundle("src/launch/main.ts", LAUNCH_ONLY));
writeFileSync(`${OUT}/toolkit.js`, await bundle("src/main.ts", []));
