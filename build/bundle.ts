/**
 * Bundles the program for the native host: one script each for the launch, the compiler, the supervisor of an audited command, and everything else.
 */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { bundle } from "./bundling.ts";

const OUT = "build/out";

const ENTRIES = {
  auditor: "src/audit/main.ts",
  compiler: "src/launch/compiler.ts",
  launch: "src/launch/main.ts",
  toolkit: "src/main.ts",
};

mkdirSync(OUT, { recursive: true });
// The toolkit prepares filters that launches use, so the digest covers all bundles.
const digest = createHash("sha256");
for (const [name, entry] of Object.entries(ENTRIES)) {
  const { code } = await bundle(entry);
  writeFileSync(`${OUT}/${name}.js`, code);
  digest.update(code);
}
writeFileSync(`${OUT}/compiler-digest`, digest.digest("hex"));
