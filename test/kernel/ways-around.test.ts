/**
 * The calls with which check proves that a rule can be walked around get through the filter that the launcher installs: the
 * kernel answers them as it does without a filter, and the call that they replace as the filter does.
 */

import * as assert from "uvu/assert";
import type { Diagnostic } from "../../src/diagnostic.ts";
import { architectureByName } from "../../src/tables/architectures.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run, runCommand } from "../support/programs/program.ts";
import { program, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const kernelTest = testWith(X86_64_LINUX, program("perl", "perl"));

const X86_64 = architectureByName("x86_64");
/** ENOANO: no call of these gives it. */
const ERRNO = 55;
const ANSWER = "No anode\n";

/** One call that is denied of each job; without it Perl still starts. */
const DENIED = [
  ...["chmod", "chown", "open", "rename", "link", "symlink", "unlink", "rmdir", "mkdir", "mknod", "stat"],
  ...["getdents", "readlinkat", "setxattr", "getxattr", "removexattr", "utimes", "truncate", "accept"],
  ...["sendto", "recvfrom"],
];

/** A command that makes the call of a line for `simulate`. */
function makes(line: string): readonly string[] {
  const [, name = "", ...args] = line.split(" ");
  const number = X86_64 === undefined ? -1 : syscallNumber(X86_64, syscallId(name));
  return ["perl", "-e", `syscall(${[number, ...args].join(", ")}); print "$!\\n"`];
}

for (const name of DENIED) {
  kernelTest(`where ${name} is denied, the call of the proof is not`, () => {
    const syscalls = [{ names: [name], action: "SCMP_ACT_ERRNO", errnoRet: ERRNO }];
    const directory = directoryOf({
      "p.json": JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", syscalls }),
    });
    const profile = `${directory}/p.json`;
    const options = { cwd: directory, env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" } };
    const confined = (command: readonly string[]): Outcome =>
      run(["--profile", profile, "--", ...command], options);

    const report = JSON.parse(run(["check", "--json", profile], options).stdout) as {
      readonly profiles: readonly { readonly diagnostics: readonly Diagnostic[] }[];
    };
    const found = report.profiles[0]?.diagnostics.find(({ code }) => code === "way-around-by-sibling");
    const { command, denied } = found?.proof ?? {};
    assert.ok(command !== undefined && denied !== undefined, name);

    const { stdout } = confined(command);
    assert.is(stdout, runCommand(command, options).stdout);
    assert.ok(![ANSWER, "done\n", ""].includes(stdout), stdout);
    assert.is(confined(makes(denied)).stdout, ANSWER);
  });
}

test.run();
