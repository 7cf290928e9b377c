/**
 * What check says of calls that a recording hardly shows, held against the kernel, glibc and musl: each call is denied by itself.
 */

import * as assert from "uvu/assert";
import { ABORT_CALLS, LIBRARY_CALLS } from "../../src/lint/unrecorded/library-calls.ts";
import { RESTARTED_CALLS } from "../../src/lint/unrecorded/restarts.ts";
import { architectureByName } from "../../src/tables/architectures.ts";
import { GLIBC_CALLS } from "../../src/tables/counterparts.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";
import { directoryOf, profileOf } from "../support/programs/files.ts";
import { compileC, compileDynamicC, compileMuslC } from "../support/programs/native.ts";
import { type Outcome, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const SOURCE = "test/kernel/native/unrecorded.c";
const MUSL = compileMuslC(SOURCE);
const STATIC = compileC(SOURCE, "-pthread");
const DYNAMIC = compileDynamicC(SOURCE, "-pthread");
const GLIBC: Readonly<Record<string, string>> = { "static glibc": STATIC, "dynamic glibc": DYNAMIC };
const ALL: Readonly<Record<string, string>> = { ...GLIBC, "static musl": MUSL };

const NATIVE = architectureByName(process.arch === "x64" ? "x86_64" : "aarch64");

function isHere(name: string): boolean {
  return NATIVE !== undefined && syscallNumber(NATIVE, syscallId(name)) >= 0;
}

const ANSWERS = {
  EPERM: { action: "SCMP_ACT_ERRNO", errnoRet: 1 },
  ENOSYS: { action: "SCMP_ACT_ERRNO", errnoRet: 38 },
  KILL: { action: "SCMP_ACT_KILL_PROCESS" },
} as const;
type Answer = keyof typeof ANSWERS;

/** Runs a command under a profile that gives this answer to these calls only. */
function under(answer: Answer, names: string | readonly string[], ...command: readonly string[]): Outcome {
  const text = profileOf({ names: [names].flat(), ...ANSWERS[answer] });
  return run(["--profile", `${directoryOf({ "p.json": text })}/p.json`, "--", ...command]);
}

/** How a command ended: its status or signal, and what it said. */
function end({ status, signal, stdout }: Outcome): string {
  return `${signal ?? status} ${stdout.trim()}`.trim();
}

const EPERM = 1;
const SIGSYS = 31;

test("a stopped and continued wait goes on by restart_syscall, in exactly the calls that are listed", () => {
  const waits = ["nanosleep", "clock_nanosleep", "poll", "futex", "ppoll", "pselect6"];
  assert.ok(RESTARTED_CALLS.every((name) => waits.includes(name.replace("_time64", ""))));
  for (const name of waits.filter(isHere)) {
    const stop = (answer: Answer, denied = "restart_syscall") =>
      end(under(answer, denied, STATIC, "stop", name));
    assert.is(stop("KILL", "vhangup"), "0 waits", name);
    const needsIt = RESTARTED_CALLS.includes(name);
    assert.is(stop("EPERM"), needsIt ? `0 errno ${EPERM}` : "0 waits", name);
    assert.is(stop("KILL"), needsIt ? `0 killed by ${SIGSYS}` : "0 waits", name);
  }
});

test("glibc aborts a program that was stopped in sem_timedwait, where restart_syscall fails", () => {
  for (const program of Object.values(GLIBC)) {
    assert.is(end(under("EPERM", "restart_syscall", program, "stop", "sem_timedwait")), "0 killed by 6");
  }
});

for (const [library, program] of Object.entries(ALL)) {
  test(`${library}: a signal handler that cannot call rt_sigreturn crashes the program`, () => {
    assert.is(end(under("KILL", "vhangup", program, "handle")), "0");
    assert.is(end(under("EPERM", "rt_sigreturn", program, "handle")), "SIGSEGV");
    assert.is(end(under("ENOSYS", "rt_sigreturn", program, "handle")), "SIGSEGV");
    assert.is(end(under("KILL", "rt_sigreturn", program, "handle")), "SIGSYS");
  });

  test(`${library}: the vDSO leaves the clocks of processes to the kernel`, () => {
    for (const [call, what] of [
      ["clock_gettime", "clock"],
      ["clock_getres", "resolution"],
    ] as const) {
      assert.is(end(under("KILL", "vhangup", program, what)), "0");
      assert.is(end(under("EPERM", call, program, what)), `1 ${call}: errno ${EPERM}`);
      assert.is(end(under("KILL", call, program, what)), "SIGSYS");
    }
  });

  test(`${library}: a thread that cannot call exit never ends`, () => {
    assert.is(end(under("KILL", "vhangup", program, "end-thread")), "0");
    for (const answer of ["EPERM", "ENOSYS"] as const) {
      assert.is(end(under(answer, "exit", program, "end-thread")), "1 the thread does not end");
    }
    assert.is(end(under("KILL", "exit", program, "end-thread")), "SIGSYS");
  });
}

test("without a vDSO every clock is read by a call", () => {
  assert.is(end(under("KILL", "vhangup", MUSL, "no-vdso")), "0");
  assert.is(end(under("EPERM", "clock_gettime", MUSL, "no-vdso")), `1 clock_gettime: errno ${EPERM}`);
  assert.is(end(under("KILL", "clock_gettime", MUSL, "no-vdso")), "SIGSYS");
});

for (const [library, program] of Object.entries(GLIBC)) {
  test(`${library} aborts where futex fails, and where munmap fails for the stacks of threads`, () => {
    assert.is(end(under("KILL", "vhangup", program, "threads")), "0");
    for (const answer of ["EPERM", "ENOSYS"] as const) {
      assert.is(end(under(answer, "futex", program, "wait")), "SIGABRT");
      assert.is(end(under(answer, "munmap", program, "threads")), "SIGABRT");
    }
    assert.is(end(under("KILL", "futex", program, "wait")), "SIGSYS");
  });

  test(`${library} crashes in abort without what raise needs`, () => {
    assert.is(end(under("KILL", "vhangup", program, "abort")), "SIGABRT");
    for (const name of ABORT_CALLS) {
      assert.is(end(under("EPERM", name, program, "abort")), "SIGSEGV", name);
    }
  });

  test(`${library} makes each call that is listed, and goes on after an errno where none is said to matter`, () => {
    for (const { name, failing } of LIBRARY_CALLS) {
      // A wait may end before it has to be made.
      const killed = ["threads", "memory"].some(
        (what) => end(under("KILL", name, program, what)) === "SIGSYS",
      );
      assert.ok(killed || name === "futex", name);
      for (const what of failing === undefined ? ["threads", "memory"] : []) {
        for (const answer of ["EPERM", "ENOSYS"] as const) {
          assert.is(end(under(answer, name, program, what)), "0", `${name} ${what}`);
        }
      }
    }
  });

  test(`${library} falls back to older calls on ENOSYS only`, () => {
    for (const [name, what, broken] of [
      ["clone3", "threads", `1 pthread_create: errno ${EPERM}`],
      ["statx", "statx", `1 statx: errno ${EPERM}`],
      ["faccessat2", "access", `1 faccessat: errno ${EPERM}`],
      ["getrandom", "random", "SIGABRT"],
      ["fchmodat2", "mode", `1 fchmodat: errno ${EPERM}`],
    ] as const) {
      // An older glibc does not make the call.
      if (end(under("KILL", name, program, what)) === "SIGSYS") {
        assert.is(end(under("EPERM", name, program, what)), broken, name);
        assert.is(end(under("ENOSYS", name, program, what)), "0", name);
      } else {
        assert.ok(["getrandom", "fchmodat2"].includes(name), name);
      }
    }
  });
}

test("glibc makes the calls that are listed for functions of other names, and not those of the names", () => {
  for (const [name, made] of Object.entries(GLIBC_CALLS)) {
    if (isHere(name)) {
      const use = (answer: Answer, denied: string): string => end(under(answer, denied, STATIC, "use", name));
      assert.is(use("EPERM", made), `1 ${name}: errno ${EPERM}`);
      assert.is.not(use("KILL", name), "SIGSYS", name);
      assert.is.not(use("KILL", name), `1 ${name}: errno ${EPERM}`, name);
    }
  }
});

test("mv of coreutils falls back to older calls on ENOSYS only", () => {
  const move = (answer: Answer): string => {
    const directory = directoryOf({ a: "" });
    return end(under(answer, "renameat2", "mv", `${directory}/a`, `${directory}/b`));
  };
  const { stdout } = runCommand(["mv", "--version"]);
  if (stdout.includes("GNU coreutils")) {
    assert.equal([move("EPERM"), move("ENOSYS"), move("KILL")], ["1", "0", "SIGSYS"]);
  }
});

test.run();
