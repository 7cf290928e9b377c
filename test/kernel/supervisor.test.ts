/**
 * The supervisor of an audited command: what can be seen of it, what reaches it, and what its end means.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { refused } from "../support/programs/expect.ts";
import { directoryOf, NOBODY, profileOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, run, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { extent } from "../support/running/extent.ts";
import { MOUNTS, ROOT, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { audited, auditing, CALL, DENIED, logOf, waitFor } from "./support/audited.ts";

const INTRUDER = compileC("test/kernel/native/intruder.c");
const CALLER = compileC("test/kernel/native/caller.c");
const SWARM = compileC("test/kernel/native/denying_swarm.c", "-pthread");
const EPERM = 1;
const testX86 = testWith(X86_64_LINUX);

/** The fields of /proc/PID/stat from the state on: proc_pid_stat(5). */
function statOf(pid: number): { state: string; parent: number; group: number; session: number; tty: number } {
  const [state = "", ...numbers] = (readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) ?? "").split(
    " ",
  );
  const [parent = 0, group = 0, session = 0, tty = 0] = numbers.map(Number);
  return { state, parent, group, session, tty };
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((each) => {
      try {
        return each > 0 && statOf(each).parent === pid;
      } catch {
        return false;
      }
    });
}

/** A shell under audit that executes the lines that it is given, and prints what they print. */
interface Shell {
  readonly pid: number;
  readonly supervisor: number;
  readonly log: string;
  /** Gives it a line, and waits for its output, which it ends itself. */
  ask(line: string): Promise<string>;
  /** Gives it a line and does not wait. */
  tell(line: string): void;
  end(): Promise<number | null>;
}

async function shell(uid?: number): Promise<Shell> {
  const log = join(temporaryDirectory(), "log");
  if (uid !== undefined) {
    runCommand(["chmod", "777", join(log, "..")]);
  }
  const user = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(PROGRAM, [...auditing(log), "--", "/bin/sh"], {
    stdio: ["pipe", "pipe", "inherit"],
    cwd: "/",
    ...user,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ask = async (line: string): Promise<string> => {
    child.stdin.write(`${line}; echo END\n`);
    while (!output.endsWith("END\n")) {
      await once(child.stdout, "data");
    }
    const said = output.slice(0, -"END\n".length);
    output = "";
    return said;
  };
  assert.is(await ask("echo begun"), "begun\n");
  const pid = child.pid as number;

  const [supervisor = 0, ...others] = childrenOf(pid);
  assert.equal(others, []);
  return {
    pid,
    supervisor,
    log,
    ask,
    tell: (line) => child.stdin.write(`${line}\n`),
    end: async () => {
      child.stdin.end();
      const [status] = await once(child, "close");
      return status as number | null;
    },
  };
}

const denied = `${DENIED} call ${CALL.errno}`;
const answer = (errno: number): string => `call ${CALL.errno}: -${errno}\n`;

testX86(
  "the supervisor has a session of its own, no descriptor but three, no signals, and no directory",
  async () => {
    const { pid, supervisor, log, end } = await shell();
    const { parent, group, session, tty } = statOf(supervisor);
    assert.equal([parent, group, session, tty], [pid, supervisor, supervisor, 0]);
    const status = readFileSync(`/proc/${supervisor}/status`, "utf8");
    // All but SIGKILL and SIGSTOP.
    assert.match(status, /^SigBlk:\tfffffffffffbfeff$/m);
    assert.match(status, /^Seccomp:\t0$/m);
    const link = (name: string): string => readlinkSync(`/proc/${supervisor}/${name}`);
    const descriptors = readdirSync(`/proc/${supervisor}/fd`).map((fd) => link(`fd/${fd}`));
    assert.equal(descriptors.sort(), ["/proc", log, "anon_inode:seccomp notify"].sort());
    assert.is(link("cwd"), "/");
    // The command has neither.
    assert.not.ok(
      readdirSync(`/proc/${pid}/fd`).some((fd) =>
        [log, "anon_inode:seccomp notify"].includes(readlinkSync(`/proc/${pid}/fd/${fd}`)),
      ),
    );
    assert.is(await end(), 0);
    waitFor(() => !readdirSync("/proc").includes(String(supervisor)), "its end");
    assert.is(readFileSync(log, "utf8"), "", "nothing was denied");
  },
);

testWith(ROOT, X86_64_LINUX)(
  "no process of the same user gets at the supervisor or its listener",
  async () => {
    const { supervisor, pid, ask, end } = await shell(NOBODY);
    const attempts = await ask(`${INTRUDER} ${supervisor}`);
    assert.match(attempts, /^(?:[^\n]+: (?:1|13)\n){15}$/);
    // Its own processes it does get at, so the attempts are such that they can succeed.
    const outside = runCommand([INTRUDER, String(supervisor)], { uid: NOBODY }).stdout;
    assert.is(outside, attempts);
    assert.match(
      runCommand([INTRUDER, String(pid)], { uid: NOBODY }).stdout,
      /^PTRACE_SEIZE: 0\n[\s\S]*pidfd_getfd 0: 0\n/,
    );
    assert.match(attempts, new RegExp(`^pidfd_getfd 4: ${EPERM}$`, "m"));
    assert.is(await end(), 0);
  },
);

testX86("signals do not end the supervisor, SIGSTOP makes calls wait, and SIGCONT goes on", async () => {
  const { supervisor, log, ask, tell, end } = await shell();
  await ask(`for s in HUP INT QUIT TERM USR1 PIPE ALRM TSTP SYS 34 64; do kill -$s ${supervisor}; done`);
  assert.is(await ask(denied), answer(95));
  await ask(`kill -STOP ${supervisor}`);
  waitFor(() => statOf(supervisor).state === "T", "the stop");
  tell(`${DENIED} call ${CALL.errno},1 & waiting=$!`);
  let task = 0;
  waitFor(() => {
    task = childrenOf(statOf(supervisor).parent).find((pid) => pid !== supervisor) ?? 0;
    // The number of the call that it is in.
    return task !== 0 && readFileSync(`/proc/${task}/syscall`, "utf8").startsWith(`${CALL.errno} `);
  }, "the call");
  assert.is(readFileSync(log, "utf8").split("\n").length, 2, "nothing new is named");
  process.kill(supervisor, "SIGCONT");
  assert.is(await ask("wait $waiting"), answer(95));
  assert.is(await end(), 0);
  assert.is(logOf(log).at(-1)?.["calls"], 2);
});

testX86("a task that waits for a stopped supervisor can be killed", async () => {
  const { supervisor, log, ask, tell, end } = await shell();
  await ask(`kill -STOP ${supervisor}`);
  tell(`${denied} & waiting=$!`);
  waitFor(() => {
    const task = childrenOf(statOf(supervisor).parent).find((pid) => pid !== supervisor);
    return task !== undefined && readFileSync(`/proc/${task}/syscall`, "utf8").startsWith(`${CALL.errno} `);
  }, "the call");
  assert.match(await ask("kill -KILL $waiting; wait $waiting; echo $?"), /137\n$/);
  process.kill(supervisor, "SIGCONT");
  assert.is(await ask(denied), answer(95));
  assert.is(await end(), 0);
  const lines = logOf(log);
  assert.equal(
    lines.map(({ kind }) => kind),
    ["denied", "ended"],
    "of the killed one nothing is said",
  );
});

testX86("a supervisor that is killed leaves ENOSYS, for all verdicts, and lets nothing through", async () => {
  for (const victim of ["command", "other"]) {
    const { supervisor, ask, end } = await shell();
    assert.is(await ask(denied), answer(95));
    if (victim === "command") {
      await ask(`kill -KILL ${supervisor}`);
    } else {
      process.kill(supervisor, "SIGKILL");
    }
    waitFor(
      () => !readdirSync("/proc").includes(String(supervisor)) || statOf(supervisor).state === "Z",
      "its end",
    );
    const calls = [CALL.errno, CALL.killProcess, CALL.killThread, CALL.log, CALL.errno];
    const all = calls.map((call) => `call ${call}`).join(" ");
    assert.is(await ask(`${DENIED} ${all}`), calls.map((call) => `call ${call}: -38\n`).join(""));
    assert.match(await ask(`${DENIED} call ${CALL.allowed}`), /^call 39: \d+\n$/);
    assert.is(await end(), 0);
  }
});

testX86("under --complain as well, a supervisor that is killed lets nothing through", () => {
  const script = `for p in /proc/[0-9]*; do s=$(cat $p/stat 2>/dev/null) || continue; s=\${s##*) }; set -- $s; [ "$2" = $$ ] && [ "$3" = "\${p#/proc/}" ] && kill -KILL "$3"; done 2>/dev/null; exec ${denied}`;
  const outcome = run(["--complain", ...auditing("/dev/null"), "--", "/bin/sh", "-c", script]);
  assert.is(outcome.stdout, answer(38));
});

testX86("the supervisor outlives the command, and ends with the last task", () => {
  const outcome = audited(["daemon", 1, "sleep", 100, "call", CALL.errno]);
  assert.equal([outcome.status, outcome.totals["calls"], outcome.lines.length], [7, 1, 1]);
});

testX86("who reads a pipe of the command sees its end although the supervisor lives", () => {
  // The command closes standard output and waits for the reader's word that it saw the end.
  const word = join(temporaryDirectory(), "word");
  const script = 'mkfifo "$0"; "$@" | { cat; echo seen >"$0"; }';
  const command = ["/bin/sh", "-c", `exec >&-; read x <${word}; echo $x >&2`];
  const outcome = runCommand(["sh", "-c", script, word, PROGRAM, ...auditing("/dev/null"), "--", ...command]);
  assert.equal([outcome.status, outcome.stderr], [0, "seen\n"]);
});

testX86("thousands of threads and processes that come and go get their answers, and each is counted", () => {
  const [processes, threads] = [extent(100, 2000), extent(5, 10)];
  const file = join(temporaryDirectory(), "log");
  const outcome = run([...auditing(file), "--", SWARM, String(processes), String(threads)]);
  assert.equal([outcome.status, outcome.stdout], [0, `${processes * threads} answers\n`], outcome.stderr);
  const totals = logOf(file).at(-1);
  assert.is(totals?.["calls"], processes * threads);
});

testX86("SIGSTOP and SIGCONT of the command are those without audit", () => {
  const script = `"$@" & pid=$!; until [ "$(cut -d' ' -f3 /proc/$pid/stat)" = T ]; do :; done; kill -CONT $pid; wait $pid; echo $?`;
  const { stdout } = runCommand([
    "sh",
    "-c",
    script,
    "sh",
    PROGRAM,
    ...auditing("/dev/null"),
    "--",
    "/bin/sh",
    "-c",
    "kill -STOP $$; exit 5",
  ]);
  assert.is(stdout, "5\n");
});

testX86("the command cannot wait for the supervisor, also when it has been killed", async () => {
  const { supervisor, ask, end } = await shell();
  const waited = await ask(`kill -KILL ${supervisor}; wait; wait ${supervisor}; echo $?`);
  // The kernel does send a SIGCHLD then: do_notify_parent() of kernel/signal.c, for a child from before the exec.
  assert.is(waited, "127\n");
  assert.is(await end(), 0);
});

/** An audit of a call, within a filter that denies calls. */
function within(denied: readonly string[], action: string, call: number): Outcome {
  const outer = directoryOf({ "p.json": profileOf({ names: denied, action: `SCMP_ACT_${action}` }) });
  const inner = [PROGRAM, ...auditing("/dev/null"), "--", DENIED, "call", String(call)];
  return run(["--profile", join(outer, "p.json"), "--", ...inner]);
}

/** Calls that a supervisor needs, which a filter around it denies. */
const NEEDED = ["clone", "setsid", "prctl", "chdir", "ioctl", "poll", "getppid"];

testX86("where a filter around it denies what a supervisor needs, nothing is started", () => {
  for (const action of ["ERRNO", "KILL_PROCESS"]) {
    for (const name of NEEDED) {
      const outcome = within([name], action, 39);
      assert.is(outcome.stdout, "", name);
      // Some of them the launcher itself needs, or the kernel ends it.
      assert.ok(outcome.status === 125 || (action === "KILL_PROCESS" && outcome.signal === "SIGSYS"), name);
      if (action === "ERRNO" && name !== "prctl") {
        refused(
          outcome,
          `the supervisor of the command cannot be started, perhaps for a filter that is in force already: ${name}(2): `,
        );
      }
    }
  }
});

testX86(
  "an audit needs neither unshare(2) nor close_range(2), but one of them, and runs under the default profile",
  () => {
    const under = (...names: readonly string[]) => within(names, "ERRNO", CALL.errno);
    assert.is(under("unshare").stdout, answer(95));
    assert.is(under("close_range").stdout, answer(95));
    refused(under("unshare", "close_range"), "the supervisor of the command cannot be started");
    const inner = [PROGRAM, ...auditing("/dev/null"), "--", DENIED, "call", String(CALL.errno)];
    assert.is(
      run(["--caps", "none", "--profile", "builtin:default.json", "--", ...inner]).stdout,
      answer(95),
    );
  },
);

testWith(MOUNTS)("where children begin a PID namespace, the audit is refused", () => {
  const outcome = runCommand([
    "unshare",
    "--pid",
    PROGRAM,
    ...auditing("/dev/null"),
    "--",
    DENIED,
    "call",
    "39",
  ]);
  refused(
    outcome,
    "the supervisor would be the first process of a new PID namespace",
    "unshare --pid --fork",
  );
});

testWith(ROOT, X86_64_LINUX)(
  "no process left, no descriptor left, no listeners in the kernel: refused before the command starts",
  () => {
    const limited = (which: number, soft: number, setup: readonly string[]) =>
      runCommand([
        CALLER,
        ...setup,
        "limit",
        String(which),
        String(soft),
        "--",
        PROGRAM,
        ...auditing("/dev/null"),
        "--",
        DENIED,
        "call",
        String(CALL.errno),
      ]);
    refused(
      limited(6, 0, ["uid", String(NOBODY)]),
      "the supervisor of the command cannot be started: Resource temporarily unavailable",
      "ulimit -u",
    );
    const [NOFILE, seen] = [7, new Set<string>()];
    for (let soft = 0; soft < 12; soft += 1) {
      const outcome = limited(NOFILE, soft, []);
      if (outcome.stdout === "") {
        refused(outcome, /no file descriptor/i);
        seen.add("refused");
      } else {
        assert.is(outcome.stdout, answer(95));
        seen.add("ran");
      }
    }
    assert.equal([...seen], ["refused", "ran"]);
    const flag = [{ index: 1, value: 8, valueTwo: 8, op: "SCMP_CMP_MASKED_EQ" }];
    const outer = join(
      directoryOf({
        "p.json": profileOf({ names: ["seccomp"], action: "SCMP_ACT_ERRNO", errnoRet: 22, args: flag }),
      }),
      "p.json",
    );
    refused(
      run(["--profile", outer, "--", PROGRAM, ...auditing("/dev/null"), "--", DENIED, "call", "39"]),
      "--audit: this kernel",
      "does not notify a supervisor of calls",
    );
  },
);

test.run();
