/**
 * Launches under limits that are raised step by step from nothing to enough.
 */

import { statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { refused } from "../support/programs/expect.ts";
import {
  answering,
  directoryOf,
  type Files,
  NOBODY,
  profileOf,
  runCommandWithEtc,
} from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, PROGRAM, runCommand } from "../support/programs/program.ts";
import { ALL, extent } from "../support/running/extent.ts";
import { ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { clear } from "./support/faults.ts";
import { SAW_NONE, saw, WITNESS, word } from "./support/witness.ts";

const CALLER = compileC("test/kernel/native/caller.c");

const D = directoryOf({
  "p.json": answering(1004),
  "warning.json": profileOf(
    { names: ["sched_get_priority_max"], action: "SCMP_ACT_ERRNO", errnoRet: 1004 },
    { names: ["no_such_call"], action: "SCMP_ACT_ALLOW" },
  ),
});

/** The numbers of getrlimit(2), include/uapi/asm-generic/resource.h. */
const RLIMIT = { FSIZE: 1, DATA: 2, STACK: 3, CORE: 4, NPROC: 6, NOFILE: 7, MEMLOCK: 8, AS: 9 } as const;

/** Its options, and what the witness prints and ends with under its profile when it is told to make this call. */
interface Launch {
  readonly options: readonly string[];
  readonly call: string;
  readonly stdout: string;
  readonly status: number;
}

const DENIED = { call: word(1), stdout: "-1004\n", status: saw(1004) };

const LAUNCHES: Readonly<Record<string, Launch>> = {
  "a profile": { options: ["--profile", `${D}/p.json`], ...DENIED },
  // AF_VSOCK, which it does not allow: EPERM. Without a filter the kernel would say EINVAL of the other arguments.
  "the default profile": {
    options: ["--profile", "builtin:default.json"],
    call: "socket:40",
    stdout: "-1\n",
    status: SAW_NONE,
  },
  "a profile with a warning": { options: ["--profile", `${D}/warning.json`], ...DENIED },
};

function limited(
  limit: number,
  soft: number,
  options: readonly string[],
  call = word(1),
  setup: readonly string[] = [],
): Outcome {
  const caller = [CALLER, ...setup, "limit", String(limit), String(soft), "--"];
  return runCommand([...caller, PROGRAM, ...options, "--", WITNESS, call]);
}

type Kind = "killed" | "refused" | "ran";

function kindOf(outcome: Outcome, { status, stdout }: Launch): Kind {
  const shown = JSON.stringify(outcome);
  if (outcome.status === status && outcome.stdout === stdout) {
    return "ran";
  }
  assert.is(outcome.stdout, "", `nothing ran: ${shown}`);
  if (outcome.signal !== null) {
    return "killed";
  }
  assert.is(outcome.status, 125, shown);
  assert.ok(clear(outcome.stderr), `a clear message: ${shown}`);
  return "refused";
}

/** How often the command has to have run before larger steps are taken. */
const CERTAIN = extent(8, Number.POSITIVE_INFINITY);

/** What comes of each step. */
function steps(limit: number, from: number, to: number, step: number, launch: Launch): [number, Kind][] {
  const kinds: [number, Kind][] = [];
  let ran = 0;
  for (let soft = from; soft <= to; soft += ran < CERTAIN ? step : 16 * step) {
    const kind = kindOf(limited(limit, soft, launch.options, launch.call), launch);
    ran = kind === "ran" ? ran + 1 : 0;
    kinds.push([soft, kind]);
  }
  return kinds;
}

/** The first step of each kind after which no earlier kind comes again, in KiB. */
function report(what: string, kinds: readonly [number, Kind][]): void {
  const changes = kinds.filter(([, kind], i) => kind !== kinds[i - 1]?.[1]);
  const shown = changes.map(([soft, kind]) => `from ${soft / 1024} KiB ${kind}`).join(", ");
  console.log(`${what}: ${kinds.length} steps: ${shown}`);
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Enough memory for each launch: the executable, which is mapped whole, and what its scripts need. */
const ENOUGH = statSync(PROGRAM).size + 6 * MIB;

/** Bytes of the stack that the kernel may take when it starts a program, besides arguments and environment. */
const KERNELS_OWN = 24 * KIB;

for (const [name, launch] of Object.entries(LAUNCHES)) {
  for (const limit of ["AS", "DATA"] as const) {
    test(`${name} under RLIMIT_${limit}: killed by the kernel, then refused for want of memory, then run`, () => {
      // A limit of 0 counts as none for RLIMIT_DATA: may_expand_vm() of the kernel's mm/mmap.c, for valgrind's sake.
      const kinds = steps(RLIMIT[limit], 16 * KIB, ENOUGH, 16 * KIB, launch);
      report(`${name}, RLIMIT_${limit}`, kinds);
      const first = (kind: Kind) => kinds.findIndex((step) => step[1] === kind);
      assert.ok(first("refused") > 0 && first("ran") > first("refused"));
      // From where it has the memory to speak, it is not killed any more, and from where it runs, it always does.
      const order = kinds.slice(first("refused")).map(([, kind]) => kind);
      assert.equal(
        order,
        order.map((_, i) => (i < first("ran") - first("refused") ? "refused" : "ran")),
      );
    });
  }

  test(`${name} under RLIMIT_STACK: killed by the kernel or run, and from ${KERNELS_OWN / KIB} KiB on always run`, () => {
    const kinds = steps(RLIMIT.STACK, 4 * KIB, 256 * KIB, 4 * KIB, launch);
    report(`${name}, RLIMIT_STACK`, kinds);
    // The kernel puts the first bytes of a stack at random places, so in the least stacks a program starts at one time and not at another.
    const lucky = (soft: number): boolean => soft <= KERNELS_OWN;
    assert.ok(kinds.every(([soft, kind]) => kind === "ran" || (kind === "killed" && lucky(soft))));
    assert.ok(kinds.some(([soft]) => !lucky(soft)));
  });
}

const STACKS = [
  ...(ALL ? [32, 64, 128, 192, 256, 384] : [64, 192]).map((kib) => kib * KIB),
  "unlimited",
] as const;

/** Texts of so many levels. */
const NESTED: Readonly<Record<string, (levels: number) => string>> = {
  arrays: (levels) => `${"[".repeat(levels)}${"]".repeat(levels)}`,
  objects: (levels) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`,
  "both in turn": (levels) => `${'{"a":['.repeat(levels / 2)}${"]}".repeat(levels / 2)}`,
  "arrays that do not end": (levels) => "[".repeat(levels),
};

/** 100 is the deepest nesting that is read: src/profile/json-syntax.ts. */
const LEVELS = ALL ? [40, 98, 100, 102, 10_000] : [100, 10_000];

/** The options, the environment and the files of /etc that hand a text to the launcher. */
interface Handing {
  readonly options: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly etc?: Files;
}

const launches = (...options: readonly string[]): readonly string[] => [...options, "--", "/bin/echo", "ran"];
const file = (text: string): string => join(directoryOf({ "p.json": text }), "p.json");

const HANDED: Readonly<Record<string, (text: string) => Handing>> = {
  SECCOMP_EXEC_LINUX_INFO: (text) => ({ options: launches(), env: { SECCOMP_EXEC_LINUX_INFO: text } }),
  "--linux-info": (text) => ({ options: launches("--linux-info", text) }),
  "a profile": (text) => ({ options: launches("--profile", file(text)) }),
  "a key of a profile": (text) => {
    const profile = file(`{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [], "x": ${text}}`);
    return { options: launches("--profile", profile) };
  },
  "the operator's policy": (text) => ({ options: launches(), etc: { "seccomp-exec/policy.json": text } }),
  ...Object.fromEntries(
    ["check --for mesos", "convert --to oci", "compile --format asm", "verify", "prepare"].map((verb) => [
      verb,
      (text: string): Handing => ({ options: [...verb.split(" "), file(text)] }),
    ]),
  ),
};

for (const [name, handing] of Object.entries(HANDED)) {
  test(`${name}, however deep, comes to the same under every RLIMIT_STACK`, () => {
    for (const [kind, text] of Object.entries(NESTED)) {
      for (const levels of LEVELS) {
        const { options, env = {}, etc } = handing(text(levels));
        const at = (stack: number | "unlimited") => {
          const limit = String(stack === "unlimited" ? 2n ** 64n - 1n : stack);
          const command = [CALLER, "limit", String(RLIMIT.STACK), limit, "--", PROGRAM, ...options];
          return etc === undefined ? runCommand(command, { env }) : runCommandWithEtc(etc, command, { env });
        };
        const usual = at(8 * MIB);
        const shown = `${levels} levels of ${kind}: ${JSON.stringify(usual)}`;
        assert.is(usual.signal, null, shown);
        assert.ok([0, 1, 125].includes(usual.status ?? -1), shown);
        assert.not.match(
          `${usual.stdout}${usual.stderr}`,
          /internal error|RangeError|call stack|\n {4}at /,
          shown,
        );
        const given = [...options, ...Object.values(env)].join(" ").length;
        for (const stack of STACKS) {
          if (stack === "unlimited" || stack >= given + KERNELS_OWN) {
            assert.equal(at(stack), usual, `with a stack of ${stack}: ${shown}`);
          }
        }
      }
    }
  });
}

// For other users the launcher looks at nothing on the way to the directory of profiles, and needs one less.
testWith(ROOT)(
  "RLIMIT_NOFILE: without two descriptors to spare a file is not read, and nothing is made of that",
  () => {
    for (const most of [0, 1, 2, 3, 4]) {
      refused(limited(RLIMIT.NOFILE, most, ["--profile", `${D}/p.json`]), /no file descriptors available/i);
      // The profile that is compiled in takes the place of a directory that is not there, not of one that cannot be seen.
      refused(limited(RLIMIT.NOFILE, most, []), /no file descriptors available/i);
    }
    for (const most of [5, 6]) {
      assert.is(limited(RLIMIT.NOFILE, most, ["--profile", `${D}/p.json`]).status, saw(1004));
    }
  },
);

test("RLIMIT_NOFILE 0: what is compiled in needs no descriptor", () => {
  const launch = LAUNCHES["the default profile"] as Launch;
  const outcome = limited(RLIMIT.NOFILE, 0, launch.options, launch.call);
  assert.equal(outcome, { status: launch.status, signal: null, stdout: launch.stdout, stderr: "" });
});

for (const [name, values] of Object.entries({ NPROC: [0, 1], FSIZE: [0], CORE: [0], MEMLOCK: [0] })) {
  const notNeeded = (setup: readonly string[]): void => {
    for (const value of values) {
      const limit = RLIMIT[name as keyof typeof RLIMIT];
      const outcome = limited(limit, value, ["--profile", `${D}/p.json`], word(1), setup);
      assert.equal(outcome, { status: saw(1004), signal: null, stdout: "-1004\n", stderr: "" });
    }
  };
  const title = `RLIMIT_${name} ${values.join(" and ")}: nothing that the launcher needs`;
  test(title, () => notNeeded([]));
  testWith(ROOT)(`${title}, as another user`, () => notNeeded(["uid", String(NOBODY)]));
}

test.run();
