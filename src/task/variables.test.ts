/**
 * The variables that are read, and those that only look like them.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMMON_WORD, doubtfulVariables, FAMILIES } from "./variables.ts";

test("variables that are read are not doubtful, and contain the word by which they are found", () => {
  const names = FAMILIES.flatMap(({ prefix, read }) => read.map((rest) => `${prefix}${rest}`));
  assert.equal(doubtfulVariables(names), []);
  assert.ok(names.every((name) => name.includes(COMMON_WORD)));
});

test("other variables with a known prefix, in any case, are doubtful; nothing else is", () => {
  const alike = ["SECCOMP_EXEC_", "seccomp_exec_profile", "MESOS_SECCOMP_X", "MARATHON_APP_LABEL_SECCOMP_X"];
  assert.equal(
    doubtfulVariables(["SECCOMP_EXEC", "X_SECCOMP_EXEC_PROFIL", ...alike, "SECCOMP_PROFILE"]),
    alike,
  );
});

test("a repeated variable of a family is doubtful as well", () => {
  const [profile, directory] = ["SECCOMP_EXEC_PROFILE", "MESOS_SECCOMP_CONFIG_DIR"];
  const other = "X_SECCOMP_EXEC_PROFILE";
  assert.equal(doubtfulVariables([profile, other, directory, other, profile, profile]), [profile, profile]);
});

test.run();
