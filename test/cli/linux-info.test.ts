/**
 * The request as Marathon and Mesos write it: every shape of SECCOMP_EXEC_LINUX_INFO and --linux-info, and what is
 * refused of it.
 */

import * as assert from "uvu/assert";
import { ALLOWED, denied, PROBE, ran, refused } from "../support/programs/expect.ts";
import { answering, directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const D = directoryOf({ "default.json": answering(1000), "relaxed.json": answering(1001) });

function byEnvironment(info: string): Outcome {
  return run(["--", PROBE], { env: { MESOS_SECCOMP_CONFIG_DIR: D, SECCOMP_EXEC_LINUX_INFO: info } });
}

function byOption(info: string): Outcome {
  return run(["--profile-dir", D, "--linux-info", info, "--", PROBE]);
}

const WAYS = [
  ["SECCOMP_EXEC_LINUX_INFO", byEnvironment],
  ["--linux-info", byOption],
] as const;

const NAMES: Readonly<Record<string, unknown>> = {
  "a seccomp object, as Marathon writes it": { profileName: "relaxed.json", unconfined: false },
  "a seccomp object, as Mesos writes it": { profile_name: "relaxed.json", unconfined: false },
  "a seccomp object with a profile only": { profileName: "relaxed.json" },
  "a linuxInfo, as Marathon writes it": { seccomp: { profileName: "relaxed.json", unconfined: false } },
  "a linux_info, as Mesos writes it": {
    capability_info: { capabilities: ["NET_RAW"] },
    seccomp: { profile_name: "relaxed.json" },
  },
  "a whole container of Marathon": {
    type: "MESOS",
    docker: { image: "library/nginx", forcePullImage: false },
    volumes: [],
    linuxInfo: { seccomp: { profileName: "relaxed.json", unconfined: false } },
  },
  "a whole container of Mesos": {
    type: "MESOS",
    mesos: { image: { type: "DOCKER", docker: { name: "library/nginx" } } },
    linux_info: { seccomp: { profile_name: "relaxed.json", unconfined: false } },
  },
  "an object that holds only a linuxInfo": { linuxInfo: { seccomp: { profileName: "relaxed.json" } } },
  "an object that holds only a linux_info": { linux_info: { seccomp: { profile_name: "relaxed.json" } } },
};

for (const [source, ask] of WAYS) {
  for (const [shape, info] of Object.entries(NAMES)) {
    test(`${source}: ${shape} names the profile`, () => {
      ran(ask(JSON.stringify(info)), denied(1001));
    });
  }

  test(`${source}: an unconfined task in every shape`, () => {
    const unconfined = { unconfined: true };
    for (const info of [
      unconfined,
      { seccomp: unconfined },
      { type: "MESOS", linuxInfo: { seccomp: unconfined } },
      { type: "MESOS", linux_info: { seccomp: unconfined } },
    ]) {
      ran(ask(JSON.stringify(info)), ALLOWED);
    }
  });

  for (const silent of [
    { type: "MESOS" },
    { type: "MESOS", linuxInfo: {} },
    { type: "MESOS", linux_info: { capability_info: {} } },
    { linuxInfo: {} },
    { capabilityInfo: {} },
    { type: "MESOS", linuxInfo: null },
    { type: "MESOS", linuxInfo: { seccomp: null } },
    { seccomp: null },
  ]) {
    const info = JSON.stringify(silent);
    test(`${source}: ${info} says nothing about seccomp: the default profile`, () => {
      ran(ask(info), denied(1000));
    });
  }

  test(`${source}: spaces and line ends around and between do not matter`, () => {
    ran(ask('\n { "seccomp" :\n\t{ "profileName" : "relaxed.json" } }\r\n'), denied(1001));
    ran(ask('{"seccomp":{"profileName":"\\u0072elaxed.json"}}'), denied(1001));
  });

  const BROKEN: Readonly<Record<string, string>> = {
    "no JSON at all": "relaxed.json",
    "an empty value": "",
    "a trailing comma": '{"profileName": "relaxed.json",}',
    "a cut-off text": '{"seccomp": {"profileName": "rel',
    "text behind the end": '{"profileName": "relaxed.json"} {}',
    "a comment": '{"profileName": "relaxed.json"} // x',
    "single quotes": "{'profileName': 'relaxed.json'}",
  };
  for (const [what, text] of Object.entries(BROKEN)) {
    test(`${source}: ${what} is refused, and the message names the source`, () => {
      refused(ask(text), source);
    });
  }

  const WRONG: Readonly<Record<string, string>> = {
    "a string": '"relaxed.json"',
    "an array": '[{"profileName": "relaxed.json"}]',
    "a number": "1",
    null: "null",
    "a number for the profile's name": '{"seccomp": {"profileName": 7}}',
    "an object for the profile's name": '{"seccomp": {"profileName": {}}}',
    "a string for unconfined": '{"seccomp": {"unconfined": "true"}}',
    "a number for unconfined": '{"seccomp": {"unconfined": 1}}',
    "a string for seccomp": '{"seccomp": "relaxed.json"}',
    "an array for seccomp": '{"seccomp": ["relaxed.json"]}',
    "a string for linuxInfo": '{"linuxInfo": "relaxed.json"}',
    "an array for linux_info": '{"type": "MESOS", "linux_info": []}',
  };
  for (const [what, text] of Object.entries(WRONG)) {
    test(`${source}: ${what} is refused, and the message names the source`, () => {
      refused(ask(text), source);
    });
  }

  const TWICE: Readonly<Record<string, string>> = {
    "profileName twice": '{"profileName": "relaxed.json", "profileName": "default.json"}',
    "unconfined twice": '{"profileName": "relaxed.json", "unconfined": false, "unconfined": true}',
    "seccomp twice": '{"seccomp": {"profileName": "relaxed.json"}, "seccomp": {"unconfined": true}}',
    "both spellings of the profile's name": '{"profileName": "relaxed.json", "profile_name": "default.json"}',
    "both spellings of linuxInfo":
      '{"linuxInfo": {"seccomp": {"profileName": "relaxed.json"}}, "linux_info": {"seccomp": {"unconfined": true}}}',
  };
  for (const [what, text] of Object.entries(TWICE)) {
    test(`${source}: ${what} is refused, since the two may contradict each other`, () => {
      refused(ask(text), source);
    });
  }

  const MISSPELT: Readonly<Record<string, string>> = {
    "unconfined beside seccomp's place": '{"type": "MESOS", "linuxInfo": {"unconfined": true}}',
    profilename: '{"seccomp": {"profilename": "relaxed.json"}}',
    "a profile beside seccomp instead of in it":
      '{"seccomp": {"unconfined": true}, "profileName": "relaxed.json"}',
  };
  for (const [what, text] of Object.entries(MISSPELT)) {
    test(`${source}: ${what} never leaves the task unconfined, nor unwarned under another profile`, () => {
      const outcome = ask(text);
      assert.is.not(outcome.stdout, ALLOWED);
      assert.match(outcome.stderr, /error|warning/);
    });
  }

  test(`${source}: a name in it is not a path`, () => {
    refused(ask(JSON.stringify({ profileName: `${D}/relaxed.json` })), source);
    refused(ask('{"profileName": "../relaxed.json"}'), source);
    refused(ask('{"profileName": ""}'), source);
    refused(ask('{"profileName": "relaxed.json\\u0000"}'), source);
  });
}

test("deep nesting is refused without a crash", () => {
  refused(byEnvironment("[".repeat(100_000)), "SECCOMP_EXEC_LINUX_INFO");
  refused(byEnvironment(`{"seccomp":`.repeat(10_000)), "SECCOMP_EXEC_LINUX_INFO");
});

for (const [name, launch] of WAYS) {
  test(`${name}: a misspelt key on the way to seccomp is refused, not taken for asking nothing`, () => {
    for (const [info, key] of [
      [{ linuxInfo: { secomp: { profileName: "relaxed.json" } } }, "secomp"],
      [{ linux_info: { Seccomp: { profile_name: "relaxed.json" } } }, "Seccomp"],
      [{ container: { linuxinfo: { seccomp: { profileName: "relaxed.json" } } } }, "linuxinfo"],
      [{ LinuxInfo: { seccomp: { profileName: "relaxed.json" } } }, "LinuxInfo"],
    ] as const) {
      refused(launch(JSON.stringify(info)), name, `'${key}'`);
    }
    ran(launch(JSON.stringify({ linuxInfo: { ipcInfo: { mode: "PRIVATE" }, shm_size: 1 } })), denied(1000));
    ran(launch(JSON.stringify({ container: { type: "MESOS" } })), denied(1000));
  });
}

test.run();
