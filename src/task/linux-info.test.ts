/**
 * The request as Marathon and Mesos write it: every shape, and what is refused.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { Refusal } from "../diagnostic.ts";
import { readLinuxInfo, type SeccompWish } from "./linux-info.ts";

function read(json: unknown): SeccompWish | undefined {
  return readLinuxInfo(json, "THE_SOURCE");
}

/** Refused; the message names the source and says this. */
function refused(json: unknown, says = ""): void {
  try {
    read(json);
  } catch (error) {
    assert.instance(error, Refusal);
    const { message } = error as Refusal;
    assert.ok(message.startsWith("THE_SOURCE"), message);
    assert.ok(message.includes(says), message);
    return;
  }
  assert.unreachable(`${JSON.stringify(json)} was accepted`);
}

/** The request that names a profile. */
const NAMED: SeccompWish = { kind: "profile", profileName: "strict.json" };

const STRICT = { profileName: "strict.json", unconfined: false };

/** Ways to wrap a seccomp object, as Marathon and as Mesos do. */
const WRAPPINGS: Readonly<Record<string, (seccomp: unknown) => unknown>> = {
  "by itself": (seccomp) => seccomp,
  "in an object": (seccomp) => ({ seccomp }),
  "in a linuxInfo": (seccomp) => ({ linuxInfo: { seccomp } }),
  "in a linux_info": (seccomp) => ({ linux_info: { capability_info: {}, seccomp } }),
  "in a container": (seccomp) => ({ type: "MESOS", linuxInfo: { seccomp } }),
  "in an object with a container": (seccomp) => ({
    id: "/a",
    container: { type: "MESOS", linux_info: { seccomp } },
  }),
};

for (const [where, wrap] of Object.entries(WRAPPINGS)) {
  test(`a seccomp object ${where} is found`, () => {
    assert.equal(read(wrap({ profileName: "strict.json" })), NAMED);
    assert.equal(read(wrap({ profile_name: "strict.json", unconfined: false })), NAMED);
    assert.equal(read(wrap({ unconfined: true })), { kind: "unconfined" });
  });

  test(`a seccomp object ${where} that asks for both or for neither is refused in Mesos's words`, () => {
    refused(
      wrap({ profileName: "a", unconfined: true }),
      "Invalid Seccomp configuration: 'profile_name' given even though 'unconfined' Seccomp setting is enabled",
    );
    refused(wrap({ profile_name: "", unconfined: true }), "Invalid Seccomp configuration");
    refused(wrap({}), "Missing Seccomp profile name");
    refused(wrap({ unconfined: false }), "Missing Seccomp profile name");
  });

  test(`a seccomp object ${where} with a wrong type, an unknown key or both spellings is refused`, () => {
    for (const profileName of [7, true, {}, []]) {
      refused(wrap({ profileName }), "'profileName' must be a string");
      refused(wrap({ profile_name: profileName }), "'profile_name' must be a string");
    }
    for (const unconfined of ["true", 1, null, {}]) {
      refused(wrap({ unconfined, profileName: "a" }), "'unconfined' must be true or false");
    }
    refused(wrap({ profileName: "a", profile_name: "a" }), "'profileName' and 'profile_name' are both given");
    refused(wrap({ profileName: "a", unconfinde: true }), "unconfinde");
  });
}

test("without a seccomp object there is no request", () => {
  for (const silent of [
    { type: "MESOS" },
    { container: {} },
    { container: null },
    { linuxInfo: {} },
    { type: "MESOS", linuxInfo: { capabilityInfo: {} } },
    { linux_info: null },
    { seccomp: null },
    { linuxInfo: { seccomp: null } },
  ]) {
    assert.is(read(silent), undefined, JSON.stringify(silent));
  }
});

test("a value that is not an object is refused, at every level", () => {
  for (const wrong of ["x", 7, true, []]) {
    refused(wrong, "must be a JSON object");
    refused({ seccomp: wrong }, "'seccomp' must be a JSON object");
    refused({ linuxInfo: wrong }, "'linuxInfo' must be a JSON object");
    refused({ linux_info: { seccomp: wrong } }, "'seccomp'");
    refused({ container: wrong }, "'container'");
  }
  refused(null, "must be a JSON object");
});

test("both spellings of linuxInfo are refused", () => {
  refused({ linuxInfo: { seccomp: STRICT }, linux_info: {} }, "'linuxInfo' and 'linux_info' are both given");
});

test("a request outside of its seccomp object is refused", () => {
  for (const stray of [{ unconfined: true }, { profileName: "a" }, { profile_name: "a" }]) {
    const [key = ""] = Object.keys(stray);
    refused({ seccomp: STRICT, ...stray }, `'${key}' is outside of 'seccomp'`);
    refused({ linuxInfo: stray }, `'${key}' is outside`);
    refused({ linuxInfo: { seccomp: STRICT, ...stray } }, `'${key}' is outside`);
    refused({ container: stray }, `'${key}' is outside`);
    refused({ container: {}, ...stray }, `'${key}' is outside`);
  }
});

test("two places that could contradict each other are refused, at any nesting", () => {
  refused({ seccomp: STRICT, linuxInfo: { seccomp: { unconfined: true } } });
  refused({ seccomp: STRICT, container: {} });
  refused({ linuxInfo: { seccomp: STRICT }, container: {} });
});

test("a request under a misspelt key is refused, and does not count as none", () => {
  const wish = { seccomp: { profileName: "strict.json" } };
  for (const odd of [{ linuxinf: wish }, { type: "MESOS", linux: [wish] }, { container: { info: wish } }]) {
    refused(odd, "'seccomp' is in the wrong place");
  }
  refused({ linuxInf: { profile_name: "strict.json" } }, "'profile_name'");
  assert.is(read({ type: "DOCKER", docker: { image: "x" }, linux_info: { seccomp: null } }), undefined);
});

test("inherited keys are ignored", () => {
  refused(JSON.parse('{"__proto__": {"unconfined": true}, "seccomp": {}}'), "Missing Seccomp profile name");
  refused(JSON.parse('{"__proto__": {"seccomp": {"unconfined": true}}}'), "'seccomp' is in the wrong place");
});

test.run();
