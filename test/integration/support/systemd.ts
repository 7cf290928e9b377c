/**
 * systemd's own check of units, on a machine where the launcher is installed.
 */

import { existsSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { directoryOf } from "../../support/programs/files.ts";
import { PROGRAM, runCommand } from "../../support/programs/program.ts";

/** Systemd finds nothing wrong with this unit, one of these files or one of the machine's with drop-ins among them. */
export function verified(unit: string, files: Record<string, string>): void {
  assert.ok(hasCommand("systemd-analyze"), "systemd-analyze is missing; on Debian: apt-get install systemd");
  const units = directoryOf(files);
  const bin = directoryOf({ "seccomp-exec": { content: readFileSync(PROGRAM), mode: 0o755 } });
  const script = `mount --bind ${bin} /usr/local/bin && exec systemd-analyze verify --man=no ${unit}`;
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SYSTEMD_UNIT_PATH: `${units}:` };
  const { status, stdout, stderr } = runCommand(["unshare", "--mount", "sh", "-c", script], { env });
  // Of what it does not know it says so, with status 0.
  assert.equal({ status, stdout, stderr }, { status: 0, stdout: "", stderr: "" });
}

function hasCommand(name: string): boolean {
  return (process.env["PATH"] ?? "").split(":").some((directory) => existsSync(`${directory}/${name}`));
}
