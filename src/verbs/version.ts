/**
 * `version`: which one this is.
 */

import { VERSION } from "../version.ts";
import { EXIT_YES, type Verb } from "./verb.ts";

export const version: Verb = {
  name: "version",
  operands: "",
  count: [0, 0],
  summary: "show the version",
  details: "Shows the version of this executable.",
  options: [],
  example: "seccomp-exec version",
  run: (host) => {
    host.write(1, `seccomp-exec ${VERSION}\n`);
    return EXIT_YES;
  },
};
