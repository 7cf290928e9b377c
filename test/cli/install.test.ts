/**
 * What is said when the kernel does not take the filter; an outer filter plays the kernel that cannot.
 */

import { join } from "node:path";
import { ALLOWED, PROBE, ran, refused } from "../support/programs/expect.ts";
import { directoryOf } from "../support/programs/files.ts";
import { PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { MOUNTS, program, ROOT, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const asRoot = testWith(ROOT);

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

for (const [name, reason] of Object.entries({
  "enosys.json": "Function not implemented",
  "einval.json": "Invalid argument",
  "eperm.json": "Operation not permitted",
})) {
  test(`a filter of the caller's that refuses seccomp(2) is named: ${reason}`, () => {
    refused(nested(name), `a filter that is in force already refuses seccomp(2): ${reason}`, "allow seccomp");
  });
}

/** As {@link nested}, where a file of /proc has another content, or there is no /proc. */
function nestedWith(files: Readonly<Record<string, string>> | "no /proc", outer: string) {
  const mounts =
    files === "no /proc"
      ? ["umount -l /proc"]
      : Object.entries(files).map(([file, content]) => {
          const instead = join(directoryOf({ file: content }), "file");
          return `mount --bind ${instead} /proc/${file.replace("self", () => "$$")}`;
        });
  const launch = [PROGRAM, ...under(outer), PROGRAM, "--profile", "builtin:log.json", "--", PROBE];
  return runCommand([
    "unshare",
    "--mount",
    "sh",
    "-c",
    `${mounts.join(" && ")} && exec "$@"`,
    "sh",
    ...launch,
  ]);
}

/** What /proc/self/status says where there is no filter. */
const NO_FILTER = { "self/status": "Name:\tx\nSeccomp:\t0\n" };

testWith(MOUNTS)("a kernel without seccomp(2) is named", () => {
  refused(nestedWith(NO_FILTER, "enosys.json"), /this kernel \(.+\) has no seccomp\(2\)\n/, "since 3.17");
});

testWith(MOUNTS)("a kernel without filters is named", () => {
  refused(nestedWith(NO_FILTER, "einval.json"), "built without seccomp filters", "CONFIG_SECCOMP_FILTER");
});

testWith(MOUNTS)("a refusal of another kind is told in the kernel's words", () => {
  refused(nestedWith(NO_FILTER, "eperm.json"), "the kernel refuses the filter: Operation not permitted");
});

testWith(MOUNTS)("without /proc it stays open who refuses", () => {
  refused(
    nestedWith("no /proc", "enosys.json"),
    "this kernel has no seccomp(2), or a filter of the caller hides it",
  );
});

testWith(MOUNTS)("gVisor is named", () => {
  for (const version of ["4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016", "4.19.0-gvisor #1 SMP"]) {
    const outcome = nestedWith({ version: `Linux version ${version}\n` }, "einval.json");
    refused(outcome, "gVisor, which runs instead of the kernel, refuses seccomp(2)", "another runtime");
  }
});

testWith(MOUNTS, X86_64_LINUX)("a processor of ARM means an emulator", () => {
  const outcome = nestedWith({ cpuinfo: "processor\t: 0\nCPU implementer\t: 0x61\n" }, "enosys.json");
  refused(outcome, "an emulator runs this program, which is for x86_64", "ARM", "for the machine itself");
});

const QEMU = program("qemu-x86_64", "qemu-user");

testWith(QEMU, X86_64_LINUX)("qemu in user mode is named", () => {
  const outcome = runCommand(["qemu-x86_64", PROGRAM, "--profile", "builtin:log.json", "--", PROBE]);
  refused(outcome, "an emulator runs this program, which is for x86_64", "/proc/thread-self/exe");
});

test("a process that may not filter itself is told what it lacks", () => {
  refused(nested("eacces.json"), "Permission denied", "--no-new-privs");
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
  refused(nested("success.json"), "has not installed the filter");
});

asRoot("no_new_privs that is said to be set and is not is refused", () => {
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
