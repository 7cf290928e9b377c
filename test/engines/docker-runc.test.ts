/**
 * The models of the OCI runtimes against runc and crun themselves: a container under each profile, and what its calls
 * come to.
 *
 * Tried with runc 1.1.5 and crun 1.8.1 of Debian 12. Only newer ones know SCMP_ARCH_LOONGARCH64 (runc 1.5) and set
 * SECCOMP_FILTER_FLAG_SPEC_ALLOW where there are no flags (runc 1.2), so neither is looked at. Moby itself is not needed:
 * what it hands on is the same linux.seccomp.
 */

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { docker } from "../../src/engines/docker.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { libseccompFilter } from "../../src/engines/libseccomp.ts";
import { oci } from "../../src/engines/oci.ts";
import { evaluate } from "../../src/policy/evaluate.ts";
import { syscallId, syscallNames, syscallNumber } from "../../src/tables/syscalls.ts";
import { ALL_CAPS, KERNEL, profileOf, X86_64 } from "../support/fixtures/policies.ts";
import { compileC } from "../support/programs/native.ts";
import { type Outcome, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { MOUNTS, program, X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

/** A call with its arguments. */
type Probe = readonly [name: string, ...args: bigint[]];

type Answers = readonly (readonly [Probe, errno: number])[];

interface Case {
  readonly claim: string;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Left out: the profile is refused. */
  readonly calls?: Answers;
  /** What the runtimes say when they refuse it; left out for one: it takes the profile. */
  readonly refusals?: { readonly runc?: RegExp; readonly crun?: RegExp };
}

const ERRNO = "SCMP_ACT_ERRNO";
const ALLOW = "SCMP_ACT_ALLOW";

/** personality(8): it is none of the calls by which a runtime or the probe itself lives. */
const CALL: Probe = ["personality", 0xffffffffn];

/** For a profile that is refused before any call. */
const ANY_CALL: Answers = [[CALL, 0]];

function allowing(
  ...syscalls: readonly Readonly<Record<string, unknown>>[]
): Readonly<Record<string, unknown>> {
  return { defaultAction: ALLOW, syscalls };
}

function rule(
  action: string,
  errnoRet: number | undefined,
  ...args: readonly (readonly [number, string, number])[]
) {
  return {
    names: ["personality"],
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args.length === 0
      ? {}
      : { args: args.map(([index, op, value]) => ({ index, op: `SCMP_CMP_${op}`, value })) }),
  };
}

const is = (index: number, value: number) => [index, "EQ", value] as const;
const personality = (...args: bigint[]): Probe => ["personality", ...args];

const CASES: readonly Case[] = [
  {
    claim: "a rule whose action is the default one is skipped, also where it comes first",
    profile: allowing(rule(ALLOW, undefined, is(0, 8)), rule(ERRNO, 9)),
    calls: [[personality(8n), 9]],
  },
  {
    claim: "a rule without conditions hides those with conditions",
    profile: allowing(rule(ERRNO, 9, is(0, 8)), rule(ERRNO, 7)),
    calls: [
      [personality(8n), 7],
      [personality(9n), 7],
    ],
  },
  {
    claim: "the first of two rules without conditions counts",
    profile: allowing(rule(ERRNO, 9), rule(ERRNO, 7)),
    calls: [[personality(8n), 9]],
  },
  {
    claim: "where an argument is compared twice, each condition is a rule",
    profile: allowing(rule(ERRNO, 9, is(0, 8), is(0, 6), is(1, 5))),
    calls: [
      [personality(8n, 1n), 9],
      [personality(6n, 1n), 9],
      [personality(0xffffffffn, 5n), 9],
      [personality(0xffffffffn, 1n), 0],
    ],
  },
  {
    claim: "a name that libseccomp does not know is skipped",
    profile: allowing({ names: ["nonsense", "personality"], action: ERRNO, errnoRet: 9 }),
    calls: [[CALL, 9]],
  },
  {
    claim: "a mask of 0 is no condition",
    profile: allowing({
      ...rule(ERRNO, 9),
      args: [{ index: 0, op: "SCMP_CMP_MASKED_EQ", value: 0, valueTwo: 5 }],
    }),
    calls: [[CALL, 9]],
  },
  { claim: "errno 4094 is the largest", profile: allowing(rule(ERRNO, 4094)), calls: [[CALL, 4094]] },
  {
    claim: "errno 4095 is refused",
    profile: allowing(rule(ERRNO, 4095)),
    // runc says "two checks on same syscall argument", whatever libseccomp has found invalid.
    refusals: { runc: /error adding seccomp filter rule/, crun: /seccomp_rule_add.*Invalid argument/ },
  },
  {
    claim: "the same conditions with another action are refused",
    profile: allowing(rule(ERRNO, 9, is(0, 8)), rule(ERRNO, 7, is(0, 8))),
    refusals: { runc: /file exists/, crun: /File exists/ },
  },
  {
    claim: "fewer conditions after more, with another action, are refused",
    profile: allowing(rule(ERRNO, 9, is(0, 8), is(1, 8)), rule(ERRNO, 7, is(0, 8))),
    refusals: { runc: /file exists/, crun: /File exists/ },
  },
  {
    claim: "an architecture that nobody knows is refused",
    profile: { ...allowing(rule(ERRNO, 9)), architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_SH"] },
    refusals: {
      runc: /string SCMP_ARCH_SH is not a valid arch for seccomp/,
      crun: /seccomp unknown architecture/,
    },
  },
  {
    claim: "an architecture that only libseccomp knows is refused by runc alone",
    // Of the other byte order, so that crun refuses it too.
    profile: { ...allowing(rule(ERRNO, 9)), architectures: ["SCMP_ARCH_PARISC"] },
    refusals: {
      runc: /string SCMP_ARCH_PARISC is not a valid arch for seccomp/,
      crun: /seccomp adding architecture.*Numerical argument out of domain/,
    },
  },
  {
    claim: "an architecture of the other byte order is refused",
    profile: { ...allowing(rule(ERRNO, 9)), architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_S390X"] },
    refusals: { runc: /numerical argument out of domain/, crun: /Numerical argument out of domain/ },
  },
  {
    // Nobody listens under crun, and then the kernel answers ENOSYS.
    claim: "NOTIFY without listenerPath is refused by runc alone",
    profile: allowing(rule("SCMP_ACT_NOTIFY", undefined)),
    calls: [[CALL, 38]],
    refusals: { runc: /listenerPath is not set/ },
  },
  {
    claim: "NOTIFY on write is refused",
    profile: {
      ...allowing({ names: ["write"], action: "SCMP_ACT_NOTIFY" }),
      listenerPath: "/nowhere",
    },
    refusals: { runc: /SCMP_ACT_NOTIFY cannot be used for the write syscall/, crun: /nowhere|connect/ },
  },
  {
    claim: "a flag that the runtime knows is taken",
    profile: { ...allowing(rule(ERRNO, 9)), flags: ["SECCOMP_FILTER_FLAG_LOG"] },
    calls: [[CALL, 9]],
  },
  {
    claim: "an empty list of flags is taken",
    profile: { ...allowing(rule(ERRNO, 9)), flags: [] },
    calls: [[CALL, 9]],
  },
  {
    claim: "an errno with an action that does not use it is refused by crun alone",
    profile: allowing({ names: ["nonsense", "personality"], action: "SCMP_ACT_LOG", errnoRet: 9 }),
    calls: [[CALL, 0]],
    refusals: { crun: /errno value specified for action/ },
  },
  {
    claim: "defaultErrnoRet is the errno of the default action, and not that of rules",
    profile: {
      defaultAction: ERRNO,
      defaultErrnoRet: 9,
      syscalls: [
        { names: syscallNames().filter((name) => !["personality", "getpgrp"].includes(name)), action: ALLOW },
        rule(ERRNO, undefined),
      ],
    },
    calls: [
      [["getpgrp"], 9],
      [CALL, 1],
    ],
  },
];

const PROBE = compileC("test/engines/native/calls.c");

/** Runs the probe in a container under the profile. */
function contain(runtime: "runc" | "crun", profile: unknown, calls: readonly string[]): Outcome {
  const bundle = temporaryDirectory();
  for (const mountPoint of ["proc", "dev"]) {
    mkdirSync(join(bundle, "rootfs", mountPoint), { recursive: true });
  }
  copyFileSync(PROBE, join(bundle, "rootfs/calls"));
  const config = {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      args: ["/calls", ...calls],
      env: ["PATH=/"],
      cwd: "/",
      noNewPrivileges: true,
    },
    root: { path: "rootfs" },
    mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
    linux: { namespaces: ["pid", "mount", "ipc", "uts"].map((type) => ({ type })), seccomp: profile },
  };
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  const id = `seccomp-exec-test-${process.pid}`;
  const command = [runtime, "--root", join(bundle, "state"), "run", "-b", bundle, id];
  // crun 1.8 stumbles over a cgroup hierarchy of both versions.
  const script = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"';
  return runCommand(
    runtime === "runc"
      ? command
      : ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", ...command],
  );
}

function textOf([name, ...args]: Probe): string {
  return [syscallNumber(X86_64, syscallId(name)), ...args].join(",");
}

/** What the model says of a profile: undefined where the engine refuses it, else the errno of each call. */
function foretell(
  engine: Engine,
  raw: Case["profile"],
  calls: readonly Probe[],
): readonly number[] | undefined {
  const profile = profileOf(JSON.stringify(raw));
  const reading = engine.read(profile, raw, { arch: X86_64, kernel: KERNEL, caps: ALL_CAPS });
  const { policy, events } = libseccompFilter(reading, X86_64, engine.libseccomp);
  if (reading.refusals.length > 0 || events.some(({ kind }) => kind === "clash")) {
    return undefined;
  }
  return calls.map(([name, ...args]) => {
    const nr = syscallNumber(X86_64, syscallId(name));
    const verdict = evaluate(policy, {
      arch: X86_64.token,
      nr,
      args: [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6),
    });
    return verdict >>> 16 === 5 ? verdict & 0xffff : 0;
  });
}

for (const runtime of ["runc", "crun"] as const) {
  const inContainer = testWith(X86_64_LINUX, MOUNTS, program(runtime, runtime));
  for (const { claim, profile, calls = ANY_CALL, refusals = {} } of CASES) {
    inContainer(`${runtime}: ${claim}`, () => {
      const { status, stdout, stderr } = contain(
        runtime,
        profile,
        calls.map(([call]) => textOf(call)),
      );
      const refusal = refusals[runtime];
      if (stderr.includes("seccomp flags are not yet supported by runc")) {
        // Before 1.2 it took no list but an empty one.
        assert.ok("flags" in profile);
        return;
      }
      if (refusal === undefined) {
        assert.is(stdout, `${calls.map(([, errno]) => `${errno} `).join("")}done\n`, stderr);
        assert.is(status, 0, stderr);
      } else {
        assert.is.not(status, 0);
        assert.match(stderr, refusal, stderr);
      }
    });
  }

  inContainer(
    `${runtime}: a call above all that are named ${runtime === "runc" ? "gets ENOSYS" : "gets the default"}`,
    () => {
      const profile = {
        defaultAction: ERRNO,
        architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [{ names: syscallNames(), action: ALLOW }],
      };
      const { stdout, stderr } = contain(runtime, profile, ["999"]);
      assert.is(stdout, `${runtime === "runc" ? 38 : 1} done\n`, stderr);
    },
  );

  inContainer(`${runtime}: a flag that nobody knows is refused`, () => {
    const { status, stderr } = contain(runtime, { ...allowing(rule(ERRNO, 9)), flags: ["NONSENSE"] }, []);
    assert.is.not(status, 0);
    assert.match(stderr, /NONSENSE|flags are not yet supported/, stderr);
  });
}

for (const engine of [oci, docker]) {
  for (const { claim, profile, calls, refusals } of CASES) {
    test(`the model of ${engine.name} says so: ${claim}`, () => {
      const said = foretell(engine, profile, calls?.map(([call]) => call) ?? []);
      const refused = refusals?.runc !== undefined;
      assert.equal(said, refused ? undefined : (calls?.map(([, errno]) => errno) ?? []));
    });
  }
}

test.run();
