/**
 * Which variables are read, and which only look like it.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMMON_WORD, doubtfulVariables, FAMILIES } from "./variables.ts";

test("those that are read are no mistake, and have the word in them by which they are looked for", () => {
  const names = FAMILIES.flatMap(({ prefix, read }) => read.map((rest) => `${prefix}${rest}`));
  assert.equal(doubtfulVariables(names), []);
  assert.ok(names.every((name) => name.includes(COMMON_WORD)));
});

test("what begins alike is one, also in other letters; nothing else is", () => {
  const alike = ["SECCOMP_EXEC_", "seccomp_exec_profile", "MESOS_SECCOMP_X", "MARATHON_APP_LABEL_SECCOMP_X"];
  assert.equal(
    doubtfulVariables(["SECCOMP_EXEC", "X_SECCOMP_EXEC_PROFIL", ...alike, "SECCOMP_PROFILE"]),
    alike,
  );
});

test("what is of a family and is there for another time is one as well", () => {
  const [profile, directory] = ["SECCOMP_EXEC_PROFILE", "MESOS_SECCOMP_CONFIG_DIR"];
  const other = "X_SECCOMP_EXEC_PROFILE";
  assert.equal(doubtfulVariables([profile, other, directory, other, profile, profile]), [profile, profile]);
});

test.run();
