/** Times work in QuickJS, which has no clock of its own. */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../build/bundling.ts";
import { outputDirectory, projectDirectory } from "./setting.ts";

export interface QuickJsScript {
  /**
   * Milliseconds that one repetition takes, each round's figure. The script is run with these arguments, and last how
   * often it is to repeat its work: so often and twice so often, each in a process of its own. The difference counts, so
   * neither the start of the process nor what is made once for all repetitions does.
   */
  time(args: readonly string[], repetitions: number, rounds: number): number[];
}

/** A script that may import the project's files; the program that runs it is built. */
export async function scriptInQuickJs(text: string): Promise<QuickJsScript> {
  const cargo = ["build", "--quiet", "--release", "--bin", "script-host"];
  execFileSync("cargo", cargo, { cwd: join(projectDirectory, "host"), stdio: "inherit" });
  const scriptHost = join(projectDirectory, "host/target/release/script-host");
  mkdirSync(outputDirectory, { recursive: true });
  const file = join(outputDirectory, "quickjs.js");
  writeFileSync(file, (await bundle({ text })).code);
  const run = (args: readonly string[], repetitions: number): number => {
    const began = performance.now();
    execFileSync(scriptHost, [file, file, ...args, String(repetitions)]);
    return performance.now() - began;
  };
  return {
    time(args, repetitions, rounds) {
      run(args, 1);
      return Array.from(
        { length: rounds },
        () => (run(args, 2 * repetitions) - run(args, repetitions)) / repetitions,
      );
    },
  };
}
