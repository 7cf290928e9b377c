/**
 * `version`: shows the version.
 */

import { VERSION } from "../version.ts";
import { defineVerb, EXIT_YES } from "./verb.ts";

/** What `seccomp-exec --version` prints. */
export function versionText(): string {
  return `seccomp-exec ${VERSION}\n`;
}

export const version = defineVerb({
  name: "version",
  operands: [],
  summary: "show the version",
  details: "Shows the version of this executable.",
  options: [],
  example: "seccomp-exec version",
  run: (host) => {
    host.write(1, versionText());
    return EXIT_YES;
  },
});
