/**
 * Runs the examples of the documentation and compares what they print with what it says.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { VERBS } from "../../src/verbs/table.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { MOUNTS, needs, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";

interface Step {
  readonly command: string;
  readonly output: string;
}

/** The blocks marked `console`: lines that begin with `$ ` are commands, the others what they print. */
function examples(page: string): Step[][] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const end = step.indexOf("\n");
        return { command: step.slice(0, end), output: step.slice(end + 1) };
      }),
  );
}

/** A page that shows files of /etc gets an /etc of its own, with nothing else in it. */
function withEtc(directory: string, command: readonly string[]): string[] {
  needs(MOUNTS);
  return [
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount --bind "$1/etc" /etc && shift && exec "$@"',
    "sh",
    directory,
    ...command,
  ];
}

/** Runs the steps of a block in one shell, so that `$?` and files carry over. */
function run(steps: readonly Step[], directory: string): string[] {
  const script = steps.map(({ command }, i) => {
    const file = /^cat (\S+)$/.exec(command)?.[1];
    if (file !== undefined) {
      mkdirSync(dirname(join(directory, file)), { recursive: true });
      writeFileSync(join(directory, file), steps[i]?.output ?? "");
    }
    return `{ ${command}\n} 2>&1\n(exit $?); status=$?; printf '\\001'; (exit $status)\n`;
  });
  const PATH = `${dirname(PROGRAM)}:${process.env["PATH"]}`;
  const shell = ["sh", "-c", script.join("")];
  const ownEtc = existsSync(join(directory, "etc"));
  const command = ownEtc ? withEtc(directory, shell) : shell;
  const { stdout } = runCommand(command, { env: { PATH }, cwd: directory, ownEtc });
  return stdout.split("\u0001").slice(0, -1);
}

/** A text without what differs from run to run: times, numbers of processes, and addresses. */
function steady(text: string | undefined): string | undefined {
  return text
    ?.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, "TIME")
    .replaceAll(/\[\d+\]:/g, "[PROCESS]:")
    .replaceAll(/"(process|thread)":\d+/g, '"$1":PROCESS')
    .replaceAll(/"0x[0-9a-f]{9,16}"/g, '"ADDRESS"');
}

/** The pages, and how many blocks of examples each has at least. A page is one session: its files stay. */
const PAGES: Readonly<Record<string, number>> = {
  "README.md": 5,
  "docs/containers.md": 2,
  "docs/denials.md": 4,
  "docs/formats.md": 2,
  "docs/json.md": 18,
  "docs/mesos.md": 5,
  "docs/operations.md": 4,
  "docs/task-definitions.md": 2,
  "docs/operators-policy.md": 4,
  "docs/recording.md": 1,
  "docs/profiles.md": 4,
  "docs/security.md": 2,
};

for (const [page, least] of Object.entries(PAGES)) {
  const blocks = examples(page);
  const directory = temporaryDirectory();

  test(`${page} has examples`, () => {
    assert.ok(blocks.length >= least && blocks.every((steps) => steps.length > 0));
  });

  for (const steps of blocks) {
    test(`${page}: ${steps[0]?.command}`, () => {
      if (steps.some(({ command }) => command.includes("setpriv --reuid"))) {
        needs(ROOT);
      }
      const printed = run(steps, directory);
      assert.is(printed.length, steps.length);
      steps.forEach(({ command, output }, i) => {
        assert.is(steady(printed[i]), steady(output), command);
      });
    });
  }
}

test("the task definitions of docs/mesos.md are files of examples/, each of which is tried", () => {
  const blocks = [...readFileSync("docs/mesos.md", "utf8").matchAll(/^```json\n(.*?)^```$/gms)];
  const files = ["marathon", "metronome"].flatMap((folder) =>
    readdirSync(`examples/${folder}`).map((file) => readFileSync(`examples/${folder}/${file}`, "utf8")),
  );
  assert.equal(blocks.map(([, json = ""]) => json).sort(), files.sort());
});

test("the list of verbs in README.md is that of the program", () => {
  const rows = VERBS.map(({ name, summary }) => `| \`${name}\` | ${summary} |\n`);
  assert.match(readFileSync("README.md", "utf8"), `| verb | what it does |\n|---|---|\n${rows.join("")}\n`);
});

test("README.md shows each verb with what it prints", () => {
  const commands = examples("README.md")
    .flat()
    .map(({ command }) => command);
  // Of help and version there is nothing to learn.
  const toShow = VERBS.map(({ name }) => name).filter((name) => name !== "help" && name !== "version");
  assert.equal(
    toShow.filter((name) => !commands.some((command) => `${command} `.includes(`seccomp-exec ${name} `))),
    [],
  );
});

test("no example gives a file of its own the name of a shipped profile", () => {
  const shipped = readdirSync("profiles").filter((file) => file.endsWith(".json"));
  for (const page of Object.keys(PAGES)) {
    const shown = examples(page)
      .flat()
      .flatMap(({ command }) => /^cat (\S+)$/.exec(command)?.slice(1) ?? []);
    assert.equal(
      shown.filter((file) => shipped.includes(basename(file))),
      [],
      page,
    );
  }
});

test("no example kills a thread where its program is meant", () => {
  const places = ["profiles", "examples"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".json"))
      .map((file) => `${folder}/${file}`),
  );
  for (const file of [...places, ...Object.keys(PAGES)]) {
    assert.not.match(readFileSync(file, "utf8"), /"SCMP_ACT_KILL(_THREAD)?"/, file);
  }
});

test("the policy of the README is valid JSON with keys that exist", () => {
  const [, json = ""] = /^```json\n(.*?)^```$/ms.exec(readFileSync("README.md", "utf8")) ?? [];
  const known = Object.keys(
    JSON.parse(readFileSync("src/task/schema/policy.schema.json", "utf8")).properties,
  );
  const keys = Object.keys(JSON.parse(json));
  assert.ok(keys.length > 0 && keys.every((key) => known.includes(key)), keys.join());
});

test.run();
