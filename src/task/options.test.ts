/**
 * The launcher's command line: what is accepted, where the command begins, and what is refused.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Refusal } from "../diagnostic.ts";
import { type CommandLine, LAUNCH_OPTIONS, parseCommandLine } from "./options.ts";

/** The kind of command line by option; with any other option it is a launch. */
const KINDS: Readonly<Record<string, CommandLine["kind"]>> = {
  "--help": "help",
  "--version": "version",
  "--dry-run": "dry-run",
};

function parse(...args: readonly string[]): CommandLine {
  return parseCommandLine(["seccomp-exec", ...args]);
}

/** Refused, and the message (with its hint) says this. */
function refused(args: readonly string[], says: string): void {
  try {
    parse(...args);
  } catch (error) {
    assert.instance(error, Refusal);
    const { message, hint } = error as Refusal;
    assert.ok(`${message}; ${hint}`.includes(says), `${message}; ${hint}`);
    return;
  }
  assert.unreachable(`${args.join(" ")} was accepted`);
}

test("a command alone", () => {
  assert.equal(parse("--", "sleep", "1000"), { kind: "launch", options: {}, firstArg: 2 });
});

test("every option, with its value after a space or an equals sign", () => {
  for (const option of LAUNCH_OPTIONS) {
    if ("optional" in option) {
      assert.equal(parse(option.name, "--", "c").options, { [option.name]: true });
      assert.equal(parse(`${option.name}=x=y`, "--", "c").options, { [option.name]: "x=y" });
    } else if ("value" in option) {
      assert.equal(parse(option.name, "x=y", "--", "c"), {
        kind: "launch",
        options: { [option.name]: "x=y" },
        firstArg: 4,
      });
      assert.equal(parse(`${option.name}=x=y`, "--", "c"), {
        kind: "launch",
        options: { [option.name]: "x=y" },
        firstArg: 3,
      });
      assert.equal(parse(`${option.name}=`, "--", "c").options, { [option.name]: "" });
      assert.equal(parse(option.name, "", "--", "c").options, { [option.name]: "" });
      assert.equal(parse(option.name, "--help", "--", "c").options, { [option.name]: "--help" });
    } else if (option.name !== "--json") {
      assert.equal(parse(option.name, "--", "c"), {
        kind: KINDS[option.name] ?? "launch",
        options: { [option.name]: true },
        firstArg: 3,
      });
      refused([`${option.name}=x`, "--", "c"], "takes no value");
      refused([`${option.name}=`, "--", "c"], "takes no value");
    }
  }
});

test("several options", () => {
  assert.equal(parse("--profile", "a", "--no-new-privs", "--caps=all", "--", "c", "--profile", "b"), {
    kind: "launch",
    options: { "--profile": "a", "--no-new-privs": true, "--caps": "all" },
    firstArg: 6,
  });
});

test("everything after the first -- belongs to the command", () => {
  assert.is(parse("--", "--", "--profile").firstArg, 2);
  assert.is(parse("--", "").firstArg, 2);
  assert.equal(parse("--", "--unconfined").options, {});
});

test("a missing -- or command is refused", () => {
  refused([], "missing '--'");
  refused(["--unconfined"], "missing '--'");
  refused(["--"], "missing command");
  refused(["--profile", "a", "--"], "missing command");
});

test("a command without -- before it is refused", () => {
  refused(["sleep", "1"], "expected an option or '--', not 'sleep'");
  refused(["--unconfined", "sleep", "--", "x"], "'sleep'");
  refused(["", "--", "x"], "''");
});

test("an option without its value is refused, and -- is not a value", () => {
  for (const option of LAUNCH_OPTIONS.filter((each) => "value" in each && !("optional" in each))) {
    refused([option.name], "needs a value");
    refused([option.name, "--", "c"], "needs a value");
  }
});

test("an option that is given twice is refused, even with the same value", () => {
  refused(["--profile", "a", "--profile", "a", "--", "c"], "'--profile' is given twice");
  refused(["--profile=", "--profile=a", "--", "c"], "'--profile' is given twice");
  refused(["--unconfined", "--unconfined", "--", "c"], "'--unconfined' is given twice");
});

test("an unknown option is refused by its own name", () => {
  refused(["--profil", "a", "--", "c"], "unknown option '--profil'");
  refused(["--profil=secret", "--", "c"], "unknown option '--profil';");
  refused(["-p", "a", "--", "c"], "unknown option '-p'");
  refused(["-", "--", "c"], "unknown option '-'");
  refused(["---", "--", "c"], "unknown option '---'");
  refused(["--=", "--", "c"], "unknown option '--'");
  refused(["--PROFILE", "a", "--", "c"], "unknown option '--PROFILE'");
  refused(["--constructor", "--", "c"], "unknown option '--constructor'");
  refused(["--\xff", "--", "c"], "'--\\xff'");
});

test("--json goes with --dry-run only", () => {
  assert.equal(parse("--json", "--dry-run").options, { "--json": true, "--dry-run": true });
  refused(["--json", "--", "c"], "--json is for --dry-run");
});

test("help, version and a dry run need no command", () => {
  assert.equal(parse("--dry-run").options, { "--dry-run": true });
  assert.equal(parse("--help").options, { "--help": true });
  assert.equal(parse("--version").options, { "--version": true });
  assert.equal(parse("--profile", "a", "--help", "--").options, { "--profile": "a", "--help": true });
});

test("a value is passed on byte by byte", () => {
  assert.is(parse("--argv0", "\xff\xfe\n", "--", "c").options["--argv0"], "\xff\xfe\n");
});

test("the help of every option is one line", () => {
  for (const { name, help } of LAUNCH_OPTIONS) {
    assert.match(name, /^--[a-z0-9-]+$/);
    assert.match(help, /^[^\n]+[^.\n]$/);
  }
  assert.is(new Set(LAUNCH_OPTIONS.map(({ name }) => name)).size, LAUNCH_OPTIONS.length);
});

test.run();
