/**
 * A task's request: the precedence of its sources, and the names that are refused.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { GivenOptions } from "./options.ts";
import {
  agentDefault,
  BUILT_IN_DEFAULT,
  checkReference,
  type Request,
  type RequestInput,
  taskRequest,
} from "./request.ts";

type Environment = Readonly<Record<string, string>>;

function input(options: GivenOptions, env: Environment): RequestInput {
  return { options, env: (name) => env[name], parseJson: (text) => JSON.parse(text) };
}

/** The request as `REFERENCE by SOURCE`. */
function asked(options: GivenOptions, env: Environment = {}): string {
  return describe(taskRequest(input(options, env)));
}

function describe(request: Request | undefined): string {
  if (request === undefined) {
    return "nothing";
  }
  return `${request.kind === "profile" ? request.reference : "unconfined"} by ${request.source.name}`;
}

/** Refused, and the message says this. */
function refused(run: () => unknown, says: string): void {
  try {
    run();
  } catch (error) {
    assert.instance(error, Refusal);
    assert.ok((error as Refusal).message.includes(says), (error as Refusal).message);
    return;
  }
  assert.unreachable(`nothing was refused for ${says}`);
}

test("a task without a request", () => {
  assert.is(asked({}), "nothing");
  assert.is(asked({ "--no-new-privs": true, "--caps": "all" }, { PATH: "/bin" }), "nothing");
  assert.is(BUILT_IN_DEFAULT, "default.json");
});

/** The sources and their requests, in order of precedence. */
const SOURCES: readonly (readonly [string, GivenOptions, Environment])[] = [
  ["a by --profile", { "--profile": "a" }, {}],
  ["b by SECCOMP_EXEC_PROFILE", {}, { SECCOMP_EXEC_PROFILE: "b" }],
  ["c by SECCOMP_EXEC_LINUX_INFO", {}, { SECCOMP_EXEC_LINUX_INFO: '{"profileName": "c"}' }],
  ["d by MARATHON_APP_LABEL_SECCOMP_PROFILE", {}, { MARATHON_APP_LABEL_SECCOMP_PROFILE: "d" }],
];

test("of two sources, the one with precedence counts", () => {
  SOURCES.forEach(([stronger, options, env], i) => {
    assert.is(asked(options, env), stronger);
    for (const [, otherOptions, otherEnv] of SOURCES.slice(i + 1)) {
      assert.is(asked({ ...otherOptions, ...options }, { ...otherEnv, ...env }), stronger);
    }
  });
});

test("every source can ask to run unconfined, against the weaker ones", () => {
  const rest = { MARATHON_APP_LABEL_SECCOMP_PROFILE: "d" };
  assert.is(asked({ "--unconfined": true }, { SECCOMP_EXEC_PROFILE: "b" }), "unconfined by --unconfined");
  assert.is(asked({ "--linux-info": '{"unconfined": true}' }, rest), "unconfined by --linux-info");
  assert.is(asked({}, { ...rest, SECCOMP_EXEC_UNCONFINED: "true" }), "unconfined by SECCOMP_EXEC_UNCONFINED");
  assert.is(
    asked({}, { ...rest, SECCOMP_EXEC_LINUX_INFO: '{"unconfined": true}' }),
    "unconfined by SECCOMP_EXEC_LINUX_INFO",
  );
  assert.is(
    asked({}, { MARATHON_APP_LABEL_SECCOMP_UNCONFINED: "1" }),
    "unconfined by MARATHON_APP_LABEL_SECCOMP_UNCONFINED",
  );
});

test("a source without a request leaves it to the weaker ones", () => {
  const rest = { MARATHON_APP_LABEL_SECCOMP_PROFILE: "d" };
  const weak = "d by MARATHON_APP_LABEL_SECCOMP_PROFILE";
  assert.is(asked({ "--linux-info": '{"type": "MESOS"}' }, rest), weak);
  assert.is(asked({}, { ...rest, SECCOMP_EXEC_LINUX_INFO: '{"linuxInfo": {"seccomp": null}}' }), weak);
  for (const no of ["false", "0"]) {
    assert.is(asked({}, { ...rest, SECCOMP_EXEC_UNCONFINED: no }), weak);
    assert.is(asked({}, { ...rest, MARATHON_APP_LABEL_SECCOMP_UNCONFINED: no }), weak);
  }
});

test("options that exclude each other are refused, even if they agree", () => {
  const all: GivenOptions = {
    "--profile": "a",
    "--unconfined": true,
    "--linux-info": '{"profileName": "a"}',
  };
  for (const left of ["--profile", "--unconfined", "--linux-info"] as const) {
    const { [left]: _, ...two } = all;
    refused(() => asked(two), "exclude each other");
  }
  refused(() => asked(all), "exclude each other");
});

for (const [profile, unconfined] of [
  ["SECCOMP_EXEC_PROFILE", "SECCOMP_EXEC_UNCONFINED"],
  ["MARATHON_APP_LABEL_SECCOMP_PROFILE", "MARATHON_APP_LABEL_SECCOMP_UNCONFINED"],
] as const) {
  test(`${profile} together with ${unconfined} is refused, unless that is false`, () => {
    refused(
      () => asked({}, { [profile]: "a", [unconfined]: "true" }),
      `${profile} names a profile and ${unconfined}`,
    );
    assert.is(asked({}, { [profile]: "a", [unconfined]: "false" }), `a by ${profile}`);
  });

  test(`${unconfined} must be true or false`, () => {
    for (const word of ["", "yes", "TRUE", "True", "no", "2", " true", "on"]) {
      refused(() => asked({}, { [unconfined]: word }), `${unconfined} is '${word}'`);
    }
    assert.is(asked({}, { [unconfined]: "1" }), `unconfined by ${unconfined}`);
    assert.is(asked({}, { [unconfined]: "0" }), "nothing");
  });

  test(`${profile} that is empty, or not a name, is refused`, () => {
    refused(() => asked({}, { [profile]: "" }), `${profile}: the profile name is empty`);
    refused(
      () => asked({}, { [profile]: "/etc/passwd" }),
      `${profile}: the profile name '/etc/passwd' has a slash`,
    );
  });
}

test("the agent names its default by one variable", () => {
  assert.is(describe(agentDefault(input({}, {}))), "nothing");
  const env = { MESOS_SECCOMP_PROFILE_NAME: "m.json", SECCOMP_EXEC_PROFILE: "b" };
  assert.is(describe(agentDefault(input({ "--profile": "a" }, env))), "m.json by MESOS_SECCOMP_PROFILE_NAME");
  refused(() => agentDefault(input({}, { MESOS_SECCOMP_PROFILE_NAME: "../x" })), "has a slash");
  assert.is(
    asked({}, { MESOS_SECCOMP_PROFILE_NAME: "m.json" }),
    "nothing",
    "it is not the task's own request",
  );
});

test("names from JSON are encoded as the bytes of a file name", () => {
  const wish = JSON.stringify({ profileName: "ä\u{1f600}" });
  assert.is(asked({ "--linux-info": encodeBytes(wish) }), `${encodeBytes("ä\u{1f600}")} by --linux-info`);
});

test("JSON that is not UTF-8 is refused", () => {
  refused(() => asked({ "--linux-info": '{"profileName": "\xff"}' }), "--linux-info is not UTF-8");
  refused(() => asked({}, { SECCOMP_EXEC_LINUX_INFO: '{"profileName": "\xc3"}' }), "is not UTF-8");
});

test("a name in JSON is not a path, not even on the command line", () => {
  for (const name of ["/etc/x", "./x", "a/b", "..", ".", "", "a\0b", "builtin:"]) {
    refused(() => asked({ "--linux-info": JSON.stringify({ profileName: name }) }), "--linux-info: ");
  }
});

const COMMAND_LINE = { name: "--profile", commandLine: true };
const VARIABLE = { name: "VARIABLE", commandLine: false };

test("file names and names of built-in profiles are references, from every source", () => {
  for (const source of [COMMAND_LINE, VARIABLE]) {
    for (const name of [
      "a",
      "default.json",
      "...",
      ".hidden",
      "a b",
      "\xff\xfe",
      "-",
      "--",
      "builtin",
      "builtin:default.json",
      "builtin:builtin:x",
      "x".repeat(255),
      `builtin:${"x".repeat(255)}`,
    ]) {
      assert.is(checkReference(name, source), name);
    }
  }
});

test("a path is a reference on the command line only", () => {
  for (const path of ["/a", "./a", "../a", "a/", "/", "//", "a/b", `/${"x".repeat(300)}`]) {
    assert.is(checkReference(path, COMMAND_LINE), path);
    refused(() => checkReference(path, VARIABLE), "has a slash in it");
  }
});

test("an impossible file name is refused, from every source", () => {
  for (const source of [COMMAND_LINE, VARIABLE]) {
    for (const [name, says] of [
      ["", "is empty"],
      ["builtin:", "is empty"],
      [".", "'.' is not a profile name"],
      ["..", "'..' is not a profile name"],
      ["builtin:.", "is not a profile name"],
      ["builtin:..", "is not a profile name"],
      ["a\0", "NUL byte"],
      ["\0", "NUL byte"],
      ["/a\0", "NUL byte"],
      ["builtin:a\0b", "NUL byte"],
      ["builtin:a/b", "has a slash"],
      ["builtin:../a", "has a slash"],
      ["x".repeat(256), "longer than 255 bytes"],
      [`builtin:${"x".repeat(256)}`, "longer than 255 bytes"],
      [encodeBytes("ä".repeat(128)), "longer than 255 bytes"],
    ] as const) {
      refused(() => checkReference(name, source), `${source.name}: `);
      refused(() => checkReference(name, source), says);
    }
  }
});

test("only the command line's own option may name a path", () => {
  const request = taskRequest(input({ "--profile": "/a" }, {}));
  assert.is(describe(request), "/a by --profile");
  assert.is(request?.source.commandLine, true);
  assert.is(taskRequest(input({}, { SECCOMP_EXEC_PROFILE: "a" }))?.source.commandLine, false);
});

test.run();
