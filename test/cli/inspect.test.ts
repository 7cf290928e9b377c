/**
 * `inspect`: what a profile lets through, denies and decides by argument.
 */

import { join } from "node:path";
import * as assert from "uvu/assert";
import { architectureByName } from "../../src/tables/architectures.ts";
import { syscallNames, syscallNumber } from "../../src/tables/syscalls.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, run, runCommand } from "../support/programs/program.ts";
import { test } from "../support/running/test.ts";

const ON_X86 = { archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }] };

const allow = (names: readonly string[], more: object = {}) => ({
  names,
  action: "SCMP_ACT_ALLOW",
  ...more,
});

const D = directoryOf({
  // An allow list with something of everything.
  "some.json": JSON.stringify({
    ...ON_X86,
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      allow(["read", "write", "execve", "exit_group", "keyctl", "socketcall", "openat2"]),
      allow(["socket"], { args: [{ index: 0, value: 38, op: "SCMP_CMP_LT" }] }),
      allow(["socket"], { args: [{ index: 0, value: 39, op: "SCMP_CMP_EQ" }] }),
      allow(["socket"], { args: [{ index: 0, value: 40, op: "SCMP_CMP_GT" }] }),
      allow(["mount", "umount2", "perf_event_open"], { includes: { caps: ["CAP_SYS_ADMIN"] } }),
      allow(["perf_event_open"], { includes: { caps: ["CAP_PERFMON"] } }),
      allow(["setns"], { includes: { caps: ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"] } }),
      { names: ["keyctl"], action: "SCMP_ACT_LOG", excludes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 },
    ],
  }),
  "all.json": JSON.stringify({ ...ON_X86, defaultAction: "SCMP_ACT_ALLOW", syscalls: [] }),
  "traced.json": JSON.stringify({
    defaultAction: "SCMP_ACT_TRACE",
    syscalls: [allow(["read"]), { names: ["write"], action: "SCMP_ACT_NOTIFY" }],
  }),
  "other.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_S390X"],
    syscalls: [allow(["read"])],
  }),
  // x86 has no such call.
  "split.json": JSON.stringify({
    ...ON_X86,
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [
      {
        names: ["newfstatat"],
        action: "SCMP_ACT_ERRNO",
        args: [{ index: 3, value: 1, op: "SCMP_CMP_EQ" }],
      },
      { names: ["ustat"], action: "SCMP_ACT_ERRNO" },
    ],
  }),
  "given.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls: [
      allow(["io_uring_enter", "io_uring_register"]),
      allow(["clone"], { args: [{ index: 0, value: 0x10000011, op: "SCMP_CMP_EQ" }] }),
      allow(["socket"], {
        args: [
          { index: 0, value: 38, op: "SCMP_CMP_EQ" },
          { index: 1, value: 5, op: "SCMP_CMP_EQ" },
        ],
      }),
      { names: ["keyctl", "add_key"], action: "SCMP_ACT_LOG" },
      allow(["request_key"]),
      { names: ["setpgid", "getpgid", "execve"], action: "SCMP_ACT_LOG" },
    ],
  }),
  // Ten conditions on each of many calls.
  "long.json": JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: syscallNames()
      .slice(0, 100)
      .flatMap((name, i) =>
        Array.from({ length: 10 }, (_, j) => ({
          names: [name],
          action: "SCMP_ACT_ERRNO",
          args: [0, 1, 2].map((index) => ({ index, value: 1000 * i + 7 * j + index, op: "SCMP_CMP_EQ" })),
        })),
      ),
  }),
  "invalid.json":
    '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "names": ["raed"], "action": "SCMP_ACT_ERRNO" }] }',
});

const ON = ["--arch", "x86_64", "--kernel", "6.12"];

function inspect(...args: readonly string[]): Outcome {
  return run(["inspect", ...args], { cwd: D });
}

/** What it prints. */
function shown(...args: readonly string[]): string {
  const { status, stdout, stderr } = inspect(...args);
  assert.is(stderr, "");
  assert.is(status, 0);
  return stdout;
}

/** A section of the text, without its title. */
function section(text: string, title: string): readonly string[] {
  const lines = text.split("\n");
  const start = lines.indexOf(title);
  assert.ok(start >= 0, `${title} in ${text}`);
  const rest = lines.slice(start + 1);
  const end = rest.indexOf("");
  return end < 0 ? rest : rest.slice(0, end);
}

test("the whole answer about an allow list", () => {
  assert.is(
    shown(...ON, "./some.json"),
    `./some.json
  resolved for    x86_64, Linux 6.12, a caller without capabilities
  without a rule  ERRNO(EPERM)
  younger         ERRNO(ENOSYS), for calls without a rule that came after Linux 5.6
  elsewhere       KILL_PROCESS, for calls of other architectures

calls
  x86_64  5 allowed, 1 logged, 1 by argument, 342 denied, 36 younger than the profile (ENOSYS)
  x86     6 allowed, 1 logged, 1 by argument, 419 denied, 34 younger than the profile (ENOSYS)

by subject, on x86_64
  files             1 of 78  allowed: openat2
  input and output  2 of 46  allowed: read, write
  network           0 of 18  by argument: socket
  processes         2 of 26  allowed: execve, exit_group
  keys              1 of 3   logged: keyctl
  all denied                 threads and scheduling (28), memory (30), signals (17), time (22),
                             System V and POSIX IPC (18), users and capabilities (18), system
                             information (4), confinement (7), asynchronous I/O (9), namespaces and
                             mounts (17), tracing and BPF (10), kernel administration (18), single
                             architectures (4), served by no kernel (12)

by argument
  socket  ERRNO(EPERM) if family is one of AF_ALG, AF_VSOCK; else ALLOW

on other architectures
  x86  as x86_64; 1 of 77 further calls allowed; allowed: socketcall

with a capability
  CAP_SYS_ADMIN  allows mount, perf_event_open, umount2; keyctl: ALLOW
  CAP_PERFMON    allows perf_event_open
  all of these   allows setns

what an attacker would like
  open                               AF_ALG (a way to root: CVE-2026-31431): socketcall with AF_ALG
  open                               keyrings (of the user, not of the container): keyctl
  open                               AF_VSOCK (the host of a virtual machine): socketcall with
                                     AF_VSOCK
  with CAP_SYS_ADMIN                 mounts
  with CAP_SYS_ADMIN or CAP_PERFMON  perf_event_open
  closed                             kernel modules, kexec, I/O ports, files by handle, setns, bpf,
                                     io_uring, user namespaces, userfaultfd, reboot

filter
  instructions  34, of which a call executes at most 15: 7 for read, write; 11 for openat, close,
                mmap, futex, epoll_wait, recvmsg, sendto, clone
  since 5.11    Linux executes none for 5 calls of x86_64, always allowed
`,
  );
});

test("of a profile that lets everything through, all dangers are told, and by whom each can be used", () => {
  const text = shown(...ON, "./all.json");
  assert.equal(section(text, "calls"), ["  x86_64  385 allowed", "  x86     461 allowed"]);
  assert.equal(section(text, "on other architectures"), ["  x86  every call: ALLOW"]);
  assert.equal(section(text, "what an attacker would like"), [
    "  open                           io_uring (its operations are seen by no filter): io_uring_setup,",
    "                                 io_uring_enter, io_uring_register",
    "  open                           user namespaces (all capabilities inside them): clone with",
    "                                 CLONE_NEWUSER, unshare with CLONE_NEWUSER, clone3",
    "  open                           AF_ALG (a way to root: CVE-2026-31431)",
    "  open                           perf_event_open (a way to root: CVE-2023-5717)",
    "  open                           keyrings (of the user, not of the container): add_key, keyctl,",
    "                                 request_key",
    "  open                           AF_VSOCK (the host of a virtual machine)",
    "  with CAP_SYS_MODULE            kernel modules",
    "  with CAP_SYS_BOOT              kexec, reboot",
    "  with CAP_SYS_RAWIO             I/O ports",
    "  with CAP_DAC_READ_SEARCH       files by handle",
    "  with CAP_SYS_ADMIN             mounts, setns",
    "  with CAP_SYS_ADMIN or CAP_BPF  bpf",
    "  with CAP_SYS_PTRACE            userfaultfd",
  ]);
});

test("a danger is open if any arguments are let through with which it is one", () => {
  const text = shown(...ON, "--caps", "none", "./given.json");
  const open = section(text, "what an attacker would like").join(" ").replaceAll(/\s+/g, " ");
  assert.match(open, "open io_uring (of rings that are inherited): io_uring_enter, io_uring_register ");
  assert.match(open, "open user namespaces (all capabilities inside them): clone with CLONE_NEWUSER ");
  assert.match(open, "open AF_ALG (a way to root: CVE-2026-31431) ");
  assert.match(open, /closed .*AF_VSOCK/);
});

test("where no call is always allowed, that is said without a number", () => {
  const { stdout } = run(["inspect", ...ON, "-"], { cwd: D, input: '{ "defaultAction": "SCMP_ACT_ERRNO" }' });
  const since = section(stdout, "filter").at(-1);
  assert.is(since, "  since 5.11    Linux executes it for every call of x86_64: no call is always allowed");
});

test("counts of nothing are left out", () => {
  const text = shown(...ON, "--caps", "none", "./split.json");
  assert.equal(section(text, "calls"), [
    "  x86_64  383 allowed, 1 by argument, 1 denied",
    "  x86     460 allowed, 1 denied",
  ]);
});

test("the calls of a subject that are not named are told where their number does not tell them", () => {
  const lines = section(shown(...ON, "--caps", "none", "./given.json"), "by subject, on x86_64");
  assert.ok(lines.some((line) => /^ {2}keys +3 of 3 +allowed: request_key; the other 2: logged$/.test(line)));
  assert.ok(
    lines.some((line) => /^ {2}processes +3 of 26 +logged: \w+, \w+, \w+; by argument: clone$/.test(line)),
    lines.join("\n"),
  );
});

test("a danger that is nothing new to the caller is not called closed", () => {
  const held = ["--caps", "CAP_SYS_ADMIN"];
  const text = shown(...ON, ...held, "./all.json");
  assert.match(text, "  nothing new  user namespaces (let through, but the caller has CAP_SYS_ADMIN)\n");
  assert.not.match(text, /closed .*user namespaces/);
  const { exposure } = JSON.parse(shown(...ON, ...held, "--json", "./all.json")) as {
    readonly exposure: readonly { danger: string; calls: readonly object[]; nothingNewWith: string | null }[];
  };
  const told = exposure.filter(({ nothingNewWith }) => nothingNewWith !== null);
  assert.equal(
    told.map(({ danger, calls, nothingNewWith }) => [danger, calls, nothingNewWith]),
    [["user namespaces", [], "CAP_SYS_ADMIN"]],
  );
  // What the filter denies is closed to everyone.
  const denied = shown(...ON, ...held, "./some.json");
  assert.not.match(denied, "nothing new");
});

test("calls that a listener or a tracer decides are neither allowed nor denied", () => {
  const text = shown(...ON, "./traced.json");
  assert.equal(section(text, "calls"), ["  x86_64  1 allowed, 1 asked of a listener, 383 asked of a tracer"]);
  const [first, rest, second] = section(text, "by subject, on x86_64");
  assert.is(
    first,
    "  input and output  1 of 46  allowed: read; asked of a listener: write; the other 44: asked of a",
  );
  assert.match(rest ?? "", /^ +tracer$/);
  assert.match(second ?? "", /^ {2}all asked of a tracer +files \(78\), network \(18\)/);
});

test("conditions that are too many to be read are not told", () => {
  const told = section(shown(...ON, "./long.json"), "by argument")
    .join(" ")
    .replaceAll(/\s+/g, " ");
  assert.match(told, /accept, accept4, access.* ERRNO\(EPERM\) or ALLOW: too many conditions to tell which/);
});

test("the filter that is too long has no cost", () => {
  assert.equal(section(shown(...ON, "./long.json"), "filter"), [
    "  too long  ./long.json needs a filter of 7758 instructions; the kernel takes at most 4096: use",
    "            fewer conditions on arguments",
  ]);
});

test("a raw filter has the answer of its profile, as far as it shows it", () => {
  const file = join(D, "some.bpf");
  assert.is(run(["compile", ...ON, "--caps", "none", "-o", file, "./some.json"], { cwd: D }).status, 0);
  const text = shown(...ON, "some.bpf");
  const whole = shown(...ON, "--caps", "none", "./some.json");
  for (const title of ["by argument", "on other architectures", "filter"]) {
    assert.equal(section(text, title), section(whole, title));
  }
  // What is younger is denied there as other calls are.
  assert.equal(section(text, "calls"), [
    "  x86_64  5 allowed, 1 logged, 1 by argument, 378 denied",
    "  x86     6 allowed, 1 logged, 1 by argument, 453 denied",
  ]);
  assert.not.match(text, "what an attacker would like");
});

test("a caller with capabilities is one caller: nothing is said of others", () => {
  const text = shown(...ON, "--caps", "CAP_SYS_ADMIN", "./some.json");
  assert.match(text, "Linux 6.12, a caller with CAP_SYS_ADMIN\n");
  assert.not.match(text, "with a capability");
  assert.match(text, /^ {2}open {4}mounts \(those that other confinement relies on\): mount, umount2$/m);
  assert.not.match(text, /^ {2}with CAP/m);
});

test("--unknown-syscalls default leaves no call younger than the profile", () => {
  const text = shown(...ON, "--unknown-syscalls", "default", "./some.json");
  assert.equal(section(text, "calls"), [
    "  x86_64  5 allowed, 1 logged, 1 by argument, 378 denied",
    "  x86     6 allowed, 1 logged, 1 by argument, 453 denied",
  ]);
  assert.not.match(text, "younger");
});

test("--all names every call of every architecture once, in JSON too", () => {
  const text = shown(...ON, "--all", "./some.json");
  const report = JSON.parse(shown(...ON, "--json", "./some.json")) as {
    readonly architectures: readonly {
      readonly architecture: string;
      readonly counts: Readonly<Record<string, number>>;
      readonly calls: readonly { readonly kind: string; readonly names: readonly string[] }[];
    }[];
  };
  for (const { architecture, counts, calls } of report.architectures) {
    const arch = architectureByName(architecture);
    assert.ok(arch);
    const expected = syscallNames().filter((_, id) => syscallNumber(arch, id) >= 0);
    const names = calls.flatMap((one) => one.names);
    assert.equal([...names].sort(), [...expected].sort());
    const lines = section(text, architecture).join(" ");
    const words = new Set(lines.match(/\w+/g));
    assert.equal(
      names.filter((name) => !words.has(name)),
      [],
    );
    for (const [kind, count] of Object.entries(counts)) {
      const those = calls.filter((one) => one.kind === kind).flatMap((one) => one.names);
      assert.is(those.length, count, kind);
    }
  }
  assert.match(text, /ALLOW: read, write\n/);
  assert.match(text, "socket: ERRNO(EPERM) if family is one of AF_ALG, AF_VSOCK; else ALLOW\n");
  assert.match(text, /ERRNO\(ENOSYS\), younger: /);
});

test("counts are those of simulate", () => {
  const report = JSON.parse(shown(...ON, "--json", "builtin:default.json")) as {
    readonly architectures: readonly {
      readonly architecture: string;
      readonly calls: readonly {
        readonly kind: string;
        readonly verdicts: readonly { readonly verdict: string; readonly condition: string | null }[];
        readonly names: readonly string[];
      }[];
    }[];
  };
  const always = report.architectures.flatMap(({ architecture, calls }) =>
    calls.flatMap(({ names, verdicts }) =>
      verdicts.length === 1 ? names.map((name) => [`${architecture} ${name}`, verdicts[0]?.verdict]) : [],
    ),
  );
  assert.ok(always.length > 1000);
  const input = `${always.map(([call]) => call).join("\n")}\n`;
  const { stdout } = run(["simulate", ...ON, "--caps", "none", "builtin:default.json"], { cwd: D, input });
  assert.equal(
    stdout.split("\n").slice(0, -1),
    always.map(([, verdict]) => verdict),
  );
});

test("dangers that are open are those of check", () => {
  const args = [...ON, "--caps", "none", "--json", "./some.json"];
  const { exposure } = JSON.parse(shown(...args)) as {
    readonly exposure: readonly {
      readonly danger: string;
      readonly calls: readonly { readonly name: string }[];
    }[];
  };
  const open = exposure.filter(({ calls }) => calls.length > 0);
  assert.equal(
    open.map(({ danger, calls }) => [danger, ...calls.map(({ name }) => name)]),
    [
      // check tells these two as ways around the conditions on socket.
      ["AF_ALG", "socketcall"],
      ["keyrings", "keyctl"],
      ["AF_VSOCK", "socketcall"],
    ],
  );
  const checked = JSON.parse(run(["check", ...args], { cwd: D }).stdout) as {
    readonly profiles: readonly { readonly diagnostics: readonly { code: string; message: string }[] }[];
  };
  const codes = (checked.profiles[0]?.diagnostics ?? []).map(({ code, message }) => `${code} ${message}`);
  assert.ok(codes.some((line) => line.startsWith("dangerous-allowance keyctl can be called")));
  assert.ok(codes.some((line) => line.startsWith("way-around-by-multiplexer socketcall")));
});

test("a profile that lists only other machines is shown for the first of them", () => {
  const { arch } = process;
  const text = shown("--kernel", "6.12", "./other.json");
  assert.match(
    text,
    `resolved for    s390x (it does not list this machine's ${arch === "arm64" ? "aarch64" : "x86_64"})`,
  );
  assert.equal(section(text, "calls"), [
    "  s390x  1 allowed, 109 denied, 280 younger than the profile (ENOSYS)",
  ]);
});

test("at a terminal it has colours, unless NO_COLOR is set, and lines that fit", () => {
  const at = (columns: number, env: NodeJS.ProcessEnv): string => {
    const line = [`stty cols ${columns} &&`, PROGRAM, "inspect", ...ON, "./all.json"].join(" ");
    const { stdout } = runCommand(["script", "-qec", line, "/dev/null"], {
      cwd: D,
      env: { TERM: "xterm", ...env },
    });
    return stdout.replaceAll("\r\n", "\n");
  };
  const coloured = at(90, {});
  assert.match(coloured, "\u001b[1mcalls\u001b[22m\n");
  assert.match(coloured, "\u001b[31mopen\u001b[39m");
  const plain = at(60, { NO_COLOR: "1" });
  assert.not.match(plain, "\u001b");
  assert.ok(plain.split("\n").every((line) => line.length <= 60));
  const words = (text: string): string => text.replaceAll(/\s+/g, " ");
  assert.is(words(plain), words(shown(...ON, "./all.json")));
});

test("a profile from standard input, and one that is not valid", () => {
  const input = '{ "defaultAction": "SCMP_ACT_ALLOW" }';
  const piped = run(["inspect", ...ON, "-"], { cwd: D, input });
  assert.equal([piped.status, piped.stderr], [0, ""]);
  assert.match(piped.stdout, /^standard input\n/);
  const invalid = inspect(...ON, "./invalid.json");
  assert.equal([invalid.status, invalid.stdout], [1, ""]);
  assert.match(invalid.stderr, "unknown syscall 'raed'");
});

test.run();
