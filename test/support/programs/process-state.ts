/**
 * The process state that a command receives, field by field, as a small program sees it.
 */

import { chmodSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { compileC } from "./native.ts";
import { runCommand, temporaryDirectory } from "./program.ts";

/** Sets up the state that its arguments name, and executes the command after `--`. */
export const CALLER: string = compileC("test/kernel/native/caller.c");
/** Prints the state that it was started with. */
export const STATE: string = compileC("test/kernel/native/state.c");

const DIRECTORY = temporaryDirectory();
chmodSync(DIRECTORY, 0o777);

/** Names that a test's process state has beside those of the process itself. */
const OWN_FIELDS = new Set([
  "status.Pid",
  "status.Tgid",
  "status.Ngid",
  "status.NStgid",
  "status.NSpid",
  "pid",
]);

/** Values by their names: `status.Seccomp`, `limit.7`, `signal.13`, `fd.0`. */
export type State = Map<string, string>;

/**
 * The state of a command that a caller of that kind executes.
 *
 * @param setup options of test/kernel/native/caller.c
 * @param exec the command, which becomes {@link STATE} at the end
 */
export function stateOf(setup: readonly string[], exec: readonly string[]): State {
  const out = join(DIRECTORY, "out");
  rmSync(out, { force: true });
  const command = [CALLER, "out", out, ...setup, "--", ...exec, "one", "two words", ""];
  const { status, stderr } = runCommand(command, { env: { SOME: "value", EMPTY: "" } });
  assert.is(status, 0, stderr);
  const lines = readFileSync(out, "latin1").trimEnd().split("\n");
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      // The tests' own sockets have other inodes each time.
      const value = line.slice(colon + 1).replace(/socket:\[\d+\]/, "socket");
      return [line.slice(0, colon), value.trim()];
    }),
  );
}

/** What the second one has otherwise than the first. */
export function differences(direct: State, launched: State): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of new Set([...direct.keys(), ...launched.keys()])) {
    if (!OWN_FIELDS.has(name) && direct.get(name) !== launched.get(name)) {
      found[name] = launched.get(name) ?? "absent";
    }
  }
  return found;
}
