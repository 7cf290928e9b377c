/**
 * What is said when the kernel does not take the filter; an outer filter plays the kernel that cannot.
 */

import { join } from "node:path";
import { ALLOWED, PROBE, ran, refused } from "../support/expect.ts";
import { directoryOf } from "../support/files.ts";
import { PROGRAM, run } from "../support/program.ts";
import { test } from "../support/test.ts";

const [EPERM, ENOMEM, EACCES, EINVAL, ENOSYS] = [1, 12, 13, 22, 38];

/** prctl(2) */
const PR_SET_NO_NEW_PRIVS = 38;

function profile(rest: object): string {
  return JSON.stringify({ defaultAction: "SCMP_ACT_ALLOW", ...rest });
}

function denying(name: string, errnoRet: number, args: readonly object[] = []): string {
  return profile({ syscalls: [{ names: [name], action: "SCMP_ACT_ERRNO", errnoRet, args }] });
}

const flags = (...names: readonly string[]): string =>
  profile({ flags: names.map((name) => `SECCOMP_FILTER_FLAG_${name}`), syscalls: [] });

const DIRECTORY = directoryOf({
  "eperm.json": denying("seccomp", EPERM),
  "enomem.json": denying("seccomp", ENOMEM),
  "eacces.json": denying("seccomp", EACCES),
  "einval.json": denying("seccomp", EINVAL),
  "enosys.json": denying("seccomp", ENOSYS),
  "no-nnp.json": denying("prctl", EPERM, [{ index: 0, value: PR_SET_NO_NEW_PRIVS, op: "SCMP_CMP_EQ" }]),
  "success.json": denying("seccomp", 0),
  "fake-nnp.json": denying("prctl", 0, [{ index: 0, value: PR_SET_NO_NEW_PRIVS, op: "SCMP_CMP_EQ" }]),
  "killable.json": flags("WAIT_KILLABLE_RECV"),
  "flags.json": flags("TSYNC", "LOG", "SPEC_ALLOW"),
  "no-flags.json": flags(),
});

const under = (name: string): string[] => ["--profile", join(DIRECTORY, name), "--"];

/** A launch inside of one under another profile. */
function nested(outer: string, ...inner: readonly string[]) {
  return run([...under(outer), PROGRAM, ...inner, "--profile", "builtin:log.json", "--", PROBE]);
}

test("a kernel without seccomp(2) is named", () => {
  refused(nested("enosys.json"), "no seccomp(2)", "since 3.17");
});

test("a kernel without filters is named", () => {
  refused(nested("einval.json"), "built without seccomp filters", "CONFIG_SECCOMP_FILTER");
});

test("a process that may not filter itself is told what it lacks", () => {
  refused(nested("eacces.json"), "Permission denied", "--no-new-privs");
});

test("a refusal of another kind is told in the kernel's words", () => {
  refused(nested("eperm.json"), "the kernel refuses the filter: Operation not permitted");
});

test("a lack of room is told as what it may be", () => {
  refused(nested("enomem.json"), "too many filters", "32768 instructions");
});

test("too many filters on top of each other are refused by the real kernel", () => {
  const launch = [PROGRAM, "--profile", "builtin:default.json", "--"];
  // Each has more than 150 instructions, and the kernel counts four more.
  const chain = Array.from({ length: 250 }, () => launch).flat();
  refused(run([...chain.slice(1), PROBE]), "too many filters");
});

test("a kernel that says it has a filter and has not is not believed", () => {
  refused(nested("success.json"), "has installed a filter, and has not");
});

test("no_new_privs that is said to be set and is not is refused", () => {
  refused(nested("fake-nnp.json", "--no-new-privs"), "no_new_privs cannot be set");
});

test("no_new_privs that cannot be set is named", () => {
  refused(nested("no-nnp.json", "--no-new-privs"), "no_new_privs cannot be set: Operation not permitted");
});

test("a flag that needs a listener is refused by its name", () => {
  refused(run([...under("killable.json"), PROBE]), "WAIT_KILLABLE_RECV", "listener", "'flags'");
});

test("flags that the kernel knows are taken", () => {
  ran(run([...under("flags.json"), PROBE]), ALLOWED);
  ran(run([...under("no-flags.json"), PROBE]), ALLOWED);
});

test.run();
