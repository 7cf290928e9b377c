/**
 * What check says of programs that do not start, held against real C libraries: a profile without each call of a start is checked,
 * and a program of glibc and one of musl are started under it.
 *
 * With PROFILES=DIRECTORY the same is done for each profile of that directory, and what starts is printed.
 */

import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { END_CALLS, namesOfCall, START_CALLS } from "../../src/tables/program-starts.ts";
import { directoryOf } from "../support/programs/files.ts";
import { compileDynamicMuslC } from "../support/programs/native.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { IS_ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { type Finding, type Library, saysNoStart } from "./support/starts.ts";

const [, minor] = runCommand(["getconf", "GNU_LIBC_VERSION"]).stdout.split(".");
const PROGRAMS: readonly (readonly [Library, string])[] = [
  [{ name: "glibc", minor: Number(minor) }, "/bin/true"],
  [{ name: "musl" }, compileDynamicMuslC("test/kernel/native/nothing.c")],
];

/** Without capabilities, as check takes it; a program that tries to end for ever is ended by its time on the processor. */
const BARE = [
  "prlimit",
  "--cpu=2",
  ...(IS_ROOT ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : []),
];

/** Checks these profiles, starts both programs under each, and fails where the two differ. */
function compare(paths: readonly string[]): readonly string[] {
  const checked = JSON.parse(run(["check", "--json", ...paths]).stdout) as {
    readonly profiles: readonly { readonly diagnostics: readonly Finding[] }[];
  };
  const lines: string[] = [];
  const wrong: string[] = [];
  for (const [i, path] of paths.entries()) {
    const findings = checked.profiles[i]?.diagnostics ?? [];
    const words = PROGRAMS.map(([library, program]) => {
      const { status, signal, stderr } = runCommand([...BARE, PROGRAM, "--profile", path, "--", program]);
      if (stderr.includes("nobody listens")) {
        return `${library.name}: not started without its agent`;
      }
      const said = saysNoStart(findings, library) ? "no start" : "starts";
      return `${library.name}: ${signal ?? status}, said: ${said}${(said === "starts") === (status === 0) ? "" : " WRONG"}`;
    });
    const line = `${basename(path)} ${words.join("; ")}`;
    lines.push(line);
    wrong.push(...(line.includes("WRONG") ? [line] : []));
  }
  assert.equal(wrong, []);
  return lines;
}

const CALLS: readonly string[] = [
  ...new Set(
    [...START_CALLS.flatMap(({ calls }) => calls), ...Object.values(END_CALLS).flat()].flatMap(namesOfCall),
  ),
];

/** What denies a call, and what the other calls get. */
const DENIALS: Readonly<Record<string, (name: string) => object>> = {
  EPERM: (name) => deniedAlone(name, { action: "SCMP_ACT_ERRNO", errnoRet: 1 }),
  ENOSYS: (name) => deniedAlone(name, { action: "SCMP_ACT_ERRNO", errnoRet: 38 }),
  EACCES: (name) => deniedAlone(name, { action: "SCMP_ACT_ERRNO", errnoRet: 13 }),
  KILL_PROCESS: (name) => deniedAlone(name, { action: "SCMP_ACT_KILL_PROCESS" }),
  TRAP: (name) => deniedAlone(name, { action: "SCMP_ACT_TRAP" }),
  "default ERRNO": (name) => notAllowed(name, "SCMP_ACT_ERRNO"),
  "default KILL": (name) => notAllowed(name, "SCMP_ACT_KILL"),
  "default KILL_PROCESS": (name) => notAllowed(name, "SCMP_ACT_KILL_PROCESS"),
};

function deniedAlone(name: string, denial: object): object {
  return { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: [name], ...denial }] };
}

function notAllowed(name: string, defaultAction: string): object {
  const names = ["execve", ...CALLS].filter((one) => one !== name);
  return { defaultAction, syscalls: [{ names, action: "SCMP_ACT_ALLOW" }] };
}

for (const [denial, profileWithout] of Object.entries(DENIALS)) {
  test(`${denial}: check says that programs do not start exactly where they do not`, () => {
    const files = ["vhangup", "execve", ...CALLS].map((name) => [
      `${name}.json`,
      JSON.stringify(profileWithout(name)),
    ]);
    const directory = directoryOf(Object.fromEntries(files));
    const lines = compare(files.map(([name = ""]) => join(directory, name)));
    assert.match(lines[0] ?? "", "glibc: 0, said: starts; musl: 0, said: starts");
    assert.ok(lines.some((line) => line.includes("no start")));
  });
}

const { PROFILES } = process.env;
if (PROFILES !== undefined) {
  test(`the profiles of ${PROFILES}`, () => {
    const names = readdirSync(PROFILES).filter((name) => name.endsWith(".json"));
    const lines = compare(names.sort().map((name) => join(PROFILES, name)));
    console.log(lines.join("\n"));
  });
}

test.run();
