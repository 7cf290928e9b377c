/**
 * Which variables are read, and which only look like it.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { COMMON_WORD, FAMILIES, unreadVariables } from "./variables.ts";

test("those that are read are no mistake, and have the word in them by which they are looked for", () => {
  const names = FAMILIES.flatMap(({ prefix, read }) => read.map((rest) => `${prefix}${rest}`));
  assert.equal(unreadVariables(names), []);
  assert.ok(names.every((name) => name.includes(COMMON_WORD)));
});

test("what begins alike is one, also in other letters; nothing else is", () => {
  const alike = ["SECCOMP_EXEC_", "seccomp_exec_profile", "MESOS_SECCOMP_X", "MARATHON_APP_LABEL_SECCOMP_X"];
  assert.equal(
    unreadVariables(["SECCOMP_EXEC", "X_SECCOMP_EXEC_PROFIL", ...alike, "SECCOMP_PROFILE"]),
    alike,
  );
});

test.run();
