/**
 * The operator's policy: what the file may hold, and which requests it refuses.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { InvalidInput, Refusal } from "../diagnostic.ts";
import {
  checkRequest,
  DEFAULT_PROFILE_DIR,
  type OperatorPolicy,
  POLICY_FILE,
  readOperatorPolicy,
} from "./operator.ts";
import { checkPolicyTypes } from "./policy-types.ts";
import type { Request } from "./request.ts";

const SOURCE = { name: "THE_SOURCE", commandLine: false };
const UNCONFINED: Request = { kind: "unconfined", source: SOURCE };

function profile(reference: string): Request {
  return { kind: "profile", reference, source: SOURCE };
}

interface Asked {
  readonly explicit?: boolean;
  readonly dir?: string;
}

function check(policy: OperatorPolicy, request: Request, { explicit = true, dir }: Asked = {}): void {
  checkRequest(
    policy,
    request,
    explicit,
    dir === undefined ? undefined : { path: dir, source: "--profile-dir" },
  );
}

/** Refused; the message names the source, the file and the rule. */
function refused(policy: OperatorPolicy, request: Request, says: string, asked: Asked = {}): void {
  try {
    check(policy, request, asked);
  } catch (error) {
    assert.instance(error, Refusal);
    const { message } = error as Refusal;
    assert.ok(message.includes(says) && message.includes(POLICY_FILE), message);
    return;
  }
  assert.unreachable(`${JSON.stringify(request)} was let through`);
}

/** The errors of a policy, as `CODE POINTER`. */
function mistakes(value: unknown): string[] {
  try {
    readOperatorPolicy(value, checkPolicyTypes);
  } catch (error) {
    assert.instance(error, InvalidInput);
    const { label, diagnostics } = error as InvalidInput;
    assert.is(label, POLICY_FILE);
    assert.ok(diagnostics.every(({ severity }) => severity === "error"));
    return diagnostics.map(({ code, pointer }) => `${code} ${pointer}`);
  }
  return [];
}

const WHOLE = {
  $schema: "x",
  enabled: true,
  profileDir: "/p",
  defaultProfile: "d.json",
  allowUnconfined: false,
  allowedProfiles: ["a", "builtin:b"],
  noNewPrivs: true,
};

test("every key is read as written", () => {
  assert.equal(readOperatorPolicy(WHOLE, checkPolicyTypes), WHOLE);
  assert.equal(readOperatorPolicy({}, checkPolicyTypes), {});
});

test("every key of a wrong type is refused at its place", () => {
  for (const [key, right] of Object.entries(WHOLE)) {
    for (const wrong of [null, 7, "x", true, {}, []]) {
      const same =
        typeof wrong === typeof right && Array.isArray(wrong) === Array.isArray(right) && wrong !== null;
      if (!same) {
        assert.equal(mistakes({ [key]: wrong }), [`wrong-type /${key}`], `${key}: ${JSON.stringify(wrong)}`);
      }
    }
  }
  assert.equal(mistakes({ allowedProfiles: ["a", null] }), ["wrong-type /allowedProfiles/1"]);
  for (const wrong of [null, [], "x", 7]) {
    assert.equal(mistakes(wrong), ["wrong-type "]);
  }
});

test("an unknown key is refused: a misspelt one would limit nothing", () => {
  assert.equal(mistakes({ enable: false, allowUnconfined: false }), ["unknown-key /enable"]);
  assert.equal(mistakes(JSON.parse('{"__proto__": {"enabled": false}}')), ["unknown-key /__proto__"]);
});

test("all mistakes are reported at once", () => {
  assert.equal(mistakes({ enabled: 1, x: 2, profileDir: 3 }).sort(), [
    "unknown-key /x",
    "wrong-type /enabled",
    "wrong-type /profileDir",
  ]);
});

test("a directory or a default profile by a relative path is refused", () => {
  for (const dir of ["", "profiles", "./p", "../p"]) {
    assert.equal(mistakes({ profileDir: dir }), ["relative-path /profileDir"]);
  }
  assert.equal(mistakes({ defaultProfile: "./d.json" }), ["relative-path /defaultProfile"]);
  assert.equal(mistakes({ defaultProfile: "p/d.json" }), ["relative-path /defaultProfile"]);
  assert.equal(mistakes({ defaultProfile: "d.json", profileDir: "/" }), []);
  assert.equal(mistakes({ defaultProfile: "/d.json" }), []);
});

test("an empty policy limits nothing", () => {
  check({}, UNCONFINED);
  check({}, profile("a"));
  check({}, profile("/p/a"));
  check({}, profile("builtin:a"));
});

test("an unconfined task is refused only if the policy says so", () => {
  check({ allowUnconfined: true }, UNCONFINED);
  refused({ allowUnconfined: false }, UNCONFINED, "THE_SOURCE asks to run unconfined");
  refused({ allowUnconfined: false, enabled: false }, UNCONFINED, "allowUnconfined");
  check({ allowedProfiles: [], profileDir: "/p" }, UNCONFINED, { dir: "/q" });
});

test("a task that asks for a profile is refused if the policy disables confinement", () => {
  refused({ enabled: false }, profile("a"), "THE_SOURCE asks for the profile 'a'");
  refused({ enabled: false, allowedProfiles: ["a"] }, profile("a"), "'enabled' set to false");
  check({ enabled: false }, profile("a"), { explicit: false });
  check({ enabled: true }, profile("a"));
  check({ enabled: false }, UNCONFINED);
});

test("only the listed profiles are permitted, as written there", () => {
  const policy = { allowedProfiles: ["a.json", "/p/b", "builtin:c", "ä"] };
  for (const name of ["a.json", "/p/b", "builtin:c", "\xc3\xa4"]) {
    check(policy, profile(name));
  }
  for (const name of ["b", "A.json", "./a.json", "builtin:a.json", "c", "/p/../p/b", "a.json ", ""]) {
    refused(policy, profile(name), "does not list it in 'allowedProfiles'");
  }
  refused({ allowedProfiles: [] }, profile("a"), "allowedProfiles");
});

test("wraps holds absolute paths, by names or absolute paths", () => {
  readOperatorPolicy({ wraps: { server: "/s", "/opt/server": "/s", __proto__: "/s" } }, checkPolicyTypes);
  assert.equal(mistakes({ wraps: { server: "s" } }), ["relative-path /wraps/server"]);
  assert.equal(mistakes({ wraps: { "opt/server": "/s" } }), ["relative-path /wraps/opt~1server"]);
  assert.equal(mistakes({ wraps: { server: "" } }), ["relative-path /wraps/server"]);
  assert.equal(mistakes({ wraps: { server: null } }), ["wrong-type /wraps/server"]);
  assert.equal(mistakes({ wraps: [] }), ["wrong-type /wraps"]);
});

test("a name that is not UTF-8 differs from its printed form", () => {
  refused({ allowedProfiles: ["\\xff"] }, profile("\xff"), "allowedProfiles");
  check({ allowedProfiles: ["\\xff"] }, profile("\\xff"));
});

test("the operator's own default is always permitted", () => {
  const policy = { allowedProfiles: ["a"], defaultProfile: "/p/d", profileDir: "/q" };
  check(policy, profile("/p/d"));
  refused(policy, profile("d"), "allowedProfiles");
});

test("a list also limits the default of a task without a request", () => {
  refused({ allowedProfiles: ["a"] }, profile("default.json"), "allowedProfiles", { explicit: false });
});

test("with the policy's directory, nothing outside of it is permitted unless listed", () => {
  const policy = { profileDir: "/p" };
  check(policy, profile("a"));
  for (const name of ["/p/a", "./a", "builtin:a"]) {
    refused(policy, profile(name), "which is not a name in a directory");
    check({ ...policy, allowedProfiles: [name] }, profile(name));
  }
});

test("a directory other than the policy's is refused", () => {
  check({ profileDir: "/p" }, profile("a"), { dir: "/p" });
  check({ profileDir: "/ä" }, profile("a"), { dir: "/\xc3\xa4" });
  for (const dir of ["/q", "/p/", "/p/../p", "", "p"]) {
    refused({ profileDir: "/p" }, profile("a"), "--profile-dir asks for the profile directory", { dir });
  }
});

test("if the policy sets no directory, it is the documented one", () => {
  check({}, profile("a"), { dir: DEFAULT_PROFILE_DIR });
  refused({}, profile("a"), DEFAULT_PROFILE_DIR, { dir: "/tmp" });
  refused({ allowedProfiles: ["a"] }, profile("a"), DEFAULT_PROFILE_DIR, { dir: "/tmp" });
});

test.run();
