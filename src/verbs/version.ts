/**
 * `version`: shows the version.
 */

import { VERSION } from "../version.ts";
import { jsonReport } from "./json.ts";
import { JSON_OPTION } from "./target-options.ts";
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
  options: [JSON_OPTION],
  example: "seccomp-exec version",
  run: (host, { options }) => {
    if (options["--json"]) {
      host.writeLines(jsonReport({ program: "seccomp-exec", release: VERSION, architecture: host.arch }));
    } else {
      host.write(1, versionText());
    }
    return EXIT_YES;
  },
});
