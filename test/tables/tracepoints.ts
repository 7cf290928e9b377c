/**
 * Reads how the running kernel declares system calls, from the formats of its tracepoints.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../support/programs/program.ts";

/** A parameter as a format has it, for example `const char *` and `filename`. */
export interface Declared {
  readonly name: string;
  readonly type: string;
}

/** The parameters of each call by the name of its entry point, without `sys_`; undefined where tracefs cannot be read. */
export function readTracepoints(): ReadonlyMap<string, readonly Declared[]> | undefined {
  const mountPoint = mkdtempSync(join(tmpdir(), "tracefs-"));
  try {
    const script = 'mount -t tracefs none "$0" && cat "$0"/events/syscalls/sys_enter_*/format';
    const result = runCommand(["unshare", "--mount", "sh", "-c", script, mountPoint]);
    return result.status === 0 ? parseFormats(result.stdout) : undefined;
  } finally {
    rmSync(mountPoint, { recursive: true, force: true });
  }
}

function parseFormats(text: string): ReadonlyMap<string, readonly Declared[]> {
  const calls = new Map<string, readonly Declared[]>();
  for (const format of text.split(/^name: sys_enter_/m).slice(1)) {
    const name = format.slice(0, format.indexOf("\n"));
    // The first fields are those of every tracepoint, and the number of the call.
    const [, own = ""] = format.split(/field:int __syscall_nr;.*\n/);
    const fields = [...own.matchAll(/^\tfield:(.*?)(\w+);\toffset:\d+;\tsize:8;/gm)];
    calls.set(
      name,
      fields.map(([, type = "", field = ""]) => ({ name: field, type: type.trim() })),
    );
  }
  return calls;
}
