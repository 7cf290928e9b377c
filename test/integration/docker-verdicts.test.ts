/**
 * One profile as Docker's own filter and as the launcher's: every call number is tried under both, and what comes of it is
 * the same but for the differences that are listed here.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { dockerDefault } from "../support/fixtures/docker-default.ts";
import { directoryOf } from "../support/programs/files.ts";
import { compileC } from "../support/programs/native.ts";
import { PROGRAM, run } from "../support/programs/program.ts";
import { X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { type Engine, withEngine } from "./support/docker.ts";
import { importImage, LAUNCHER } from "./support/images.ts";
import {
  type Entry,
  linesOf,
  range,
  type Seen,
  SWEEP,
  seenIn,
  type TriedCall,
  tried,
} from "./support/sweep.ts";

const PROFILES = "/etc/dcos/mesos/seccomp";

/** Who makes the calls: the same user with the same capabilities in both runs. */
const CALLERS = {
  root: [],
  "root without capabilities": ["--cap-drop", "ALL"],
  // All that Docker's default and ours have rules for, but those that this engine does not know by name.
  "root with more capabilities": [
    ...["SYS_ADMIN", "SYS_PTRACE", "SYS_NICE", "SYSLOG", "SYS_TIME", "SYS_BOOT", "SYS_MODULE", "SYS_RAWIO"],
    ...["SYS_PACCT", "SYS_TTY_CONFIG", "DAC_READ_SEARCH"],
  ].flatMap((capability) => ["--cap-add", capability]),
  "another user": ["--user", "1000"],
};
type Caller = keyof typeof CALLERS;

type Profile = Readonly<Record<string, unknown>>;

/** Where Docker does not get the file itself, what it gets. */
interface Subject {
  readonly profile: Profile;
  readonly forDocker?: Profile;
  readonly callers: readonly Caller[];
}

/** The same rules, but what is not allowed raises a signal: so it differs from whatever the kernel itself may answer. */
function trapping(profile: Profile): Profile {
  const { defaultErrnoRet: _, ...rest } = profile;
  return { ...rest, defaultAction: "SCMP_ACT_TRAP" };
}

const shipped = (name: string): Profile => JSON.parse(readFileSync(`profiles/${name}.json`, "utf8"));

const DOCKER = dockerDefault() as Profile;
const STRICT = shipped("strict");
const DEFAULT = shipped("default");
const RELAXED = shipped("relaxed");

const SUBJECTS = {
  "Docker's default": { profile: DOCKER, callers: ["root"] },
  "Docker's default, trapping": {
    profile: trapping(DOCKER),
    callers: ["root", "root without capabilities", "root with more capabilities", "another user"],
  },
  "strict.json": { profile: STRICT, callers: ["root"] },
  "strict.json, trapping": {
    profile: trapping(STRICT),
    callers: ["root without capabilities", "another user"],
  },
  "default.json": { profile: DEFAULT, callers: ["root with more capabilities"] },
  "default.json, trapping": { profile: trapping(DEFAULT), callers: ["root", "another user"] },
  "relaxed.json and what convert makes of it": {
    profile: RELAXED,
    forDocker: converted(RELAXED),
    callers: ["root", "another user"],
  },
} as const satisfies Readonly<Record<string, Subject>>;
type SubjectName = keyof typeof SUBJECTS;

/** A difference that is there on purpose, or because the engine is older than the profile. */
interface Difference {
  readonly reason: string;
  /** In the name of the subject. */
  readonly profile: "Docker's default" | "strict.json" | "default.json";
  /** Left out: all. */
  readonly callers?: readonly Caller[];
  readonly entries: readonly Entry[];
  /** Names, or numbers that have none. */
  readonly calls: string;
  /** "default" is what the default action of the profile does. */
  readonly docker: Seen | "default";
  readonly launcher: Seen | "default";
  /** Whether a newer engine would have to show it too. */
  readonly lasting: boolean;
}

const ADMIN: Caller = "root with more capabilities";
const NO_ADMIN: readonly Caller[] = ["root", "root without capabilities", "another user"];

const NEW_LSM = "lsm_get_self_attr lsm_set_self_attr lsm_list_modules";
const NEW_FOR_ALL = "statmount listmount mseal setxattrat getxattrat listxattrat removexattrat";

/** An engine whose libseccomp is as old as Debian 12's: no rule for a name gets into the filter. */
const UNKNOWN =
  "libseccomp of the engine does not know the name, and runc answers ENOSYS to numbers above all it knows";

/** A difference that both default profiles have to show. */
function inBoth(difference: Omit<Difference, "profile">): Difference[] {
  return (["Docker's default", "default.json"] as const).map((profile) => ({ ...difference, profile }));
}

const DIFFERENCES: readonly Difference[] = [
  {
    reason: `${UNKNOWN}; here the rule counts, and it allows the call`,
    profile: "Docker's default",
    entries: ["native", "int80"],
    calls: NEW_FOR_ALL,
    docker: "ENOSYS",
    launcher: "let through",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the rule counts, and it allows the call to those who have the capability`,
    profile: "Docker's default",
    callers: [ADMIN],
    entries: ["native", "int80"],
    calls: NEW_LSM,
    docker: "ENOSYS",
    launcher: "let through",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the call is refused to those without the capability, and it is not younger than the profile`,
    profile: "Docker's default",
    callers: NO_ADMIN,
    entries: ["native", "int80"],
    calls: NEW_LSM,
    docker: "ENOSYS",
    launcher: "default",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the rule counts, and it allows the call`,
    profile: "strict.json",
    entries: ["native"],
    calls: "mseal setxattrat getxattrat listxattrat removexattrat file_getattr file_setattr",
    docker: "ENOSYS",
    launcher: "let through",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the call is refused, and it is not younger than the profile`,
    profile: "strict.json",
    entries: ["native"],
    calls: "open_tree_attr",
    docker: "ENOSYS",
    launcher: "default",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the rule counts, and it allows the call`,
    profile: "default.json",
    entries: ["native", "int80"],
    calls: `${NEW_FOR_ALL} file_getattr file_setattr`,
    docker: "ENOSYS",
    launcher: "let through",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the rule counts, and it allows the call to those who have the capability`,
    profile: "default.json",
    callers: [ADMIN],
    entries: ["native", "int80"],
    calls: `${NEW_LSM} open_tree_attr`,
    docker: "ENOSYS",
    launcher: "let through",
    lasting: false,
  },
  {
    reason: `${UNKNOWN}; here the call is refused to those without the capability, and it is not younger than the profile`,
    profile: "default.json",
    callers: NO_ADMIN,
    entries: ["native", "int80"],
    calls: "open_tree_attr",
    docker: "ENOSYS",
    launcher: "default",
    lasting: false,
  },
  ...inBoth({
    reason:
      "runc takes negative numbers for younger calls; no kernel will ever have them, so here they get the default",
    entries: ["native", "int80"],
    calls: `${0x80000000} ${0xfffffffe} ${0xffffffff}`,
    docker: "ENOSYS",
    launcher: "default",
    lasting: true,
  }),
  {
    reason: "as above; the other two have the bit of x32, whose calls this profile kills in both",
    profile: "strict.json",
    entries: ["native"],
    calls: String(0x80000000),
    docker: "ENOSYS",
    launcher: "default",
    lasting: true,
  },
  {
    reason:
      "libseccomp does not know the name on x32, whose highest number is 547, so that runc does not stand in; here the rule counts",
    profile: "Docker's default",
    entries: ["x32"],
    calls: `uretprobe map_shadow_stack ${NEW_FOR_ALL}`,
    docker: "default",
    launcher: "ENOSYS",
    lasting: false,
  },
  {
    reason: "as above, for those who have the capability",
    profile: "Docker's default",
    callers: [ADMIN],
    entries: ["x32"],
    calls: NEW_LSM,
    docker: "default",
    launcher: "ENOSYS",
    lasting: false,
  },
  {
    reason: "a call younger than the profile gets ENOSYS; runc on x32 gives it to numbers above 547 only",
    profile: "Docker's default",
    entries: ["x32"],
    calls: `uprobe ${range(467, 511).join(" ")}`,
    docker: "default",
    launcher: "ENOSYS",
    lasting: true,
  },
  {
    reason:
      "libseccomp does not know the name on x32, whose highest number is 547, so that runc does not stand in; here the rule counts",
    profile: "default.json",
    entries: ["x32"],
    calls: `uretprobe uprobe map_shadow_stack ${NEW_LSM} ${NEW_FOR_ALL} file_getattr file_setattr`,
    docker: "default",
    launcher: "ENOSYS",
    lasting: false,
  },
  {
    reason: "as above, for those who have the capability",
    profile: "default.json",
    callers: [ADMIN],
    entries: ["x32"],
    calls: "open_tree_attr",
    docker: "default",
    launcher: "ENOSYS",
    lasting: false,
  },
  {
    reason: "a call younger than the profile gets ENOSYS; runc on x32 gives it to numbers above 547 only",
    profile: "default.json",
    entries: ["x32"],
    calls: range(470, 511).join(" "),
    docker: "default",
    launcher: "ENOSYS",
    lasting: true,
  },
  {
    reason:
      "the kernel takes 32 bits of the argument, and so does the launcher: -1 is allowed in either spelling; libseccomp compares 64 bits",
    profile: "Docker's default",
    entries: ["native"],
    calls: "personality",
    docker: "default",
    launcher: "let through",
    lasting: true,
  },
  ...inBoth({
    reason:
      "a user who is not root cannot come to hold CAP_SYS_CHROOT under no_new_privs; Docker looks at the bounding set only",
    callers: ["another user"],
    entries: ["native", "int80"],
    calls: "chroot",
    docker: "let through",
    launcher: "default",
    lasting: true,
  }),
  ...inBoth({
    reason: "the same on x32, which this kernel does not have",
    callers: ["another user"],
    entries: ["x32"],
    calls: "chroot",
    docker: "ENOSYS",
    launcher: "default",
    lasting: true,
  }),
  {
    reason:
      "sockets are allowed by their family, which cannot be seen through socketcall: libseccomp lets all of them through",
    profile: "default.json",
    entries: ["int80"],
    calls: "socketcall(1)",
    docker: "let through",
    launcher: "default",
    lasting: true,
  },
];

/** A rule that means something else here on purpose, and a call that shows it. */
interface OtherMeaning {
  readonly reason: string;
  readonly rules: readonly object[];
  readonly call: TriedCall;
  readonly docker: Seen;
  readonly launcher: Seen;
}

/** An errno that no call answers by itself. */
const STRANGE = 1007;

const refusal = (name: string, index?: number, value?: number): object => ({
  names: [name],
  action: "SCMP_ACT_ERRNO",
  errnoRet: STRANGE,
  ...(index === undefined ? {} : { args: [{ index, value, op: "SCMP_CMP_EQ" }] }),
});
const logging = (name: string): object => ({ names: [name], action: "SCMP_ACT_LOG" });

/** The rules are all in one profile, which allows everything else. */
const OTHER_MEANINGS: readonly OtherMeaning[] = [
  {
    reason:
      "the most restrictive rule counts; in libseccomp one without conditions hides those with conditions",
    rules: [logging("getpgid"), refusal("getpgid", 0, 8)],
    call: tried("native", "getpgid", 8n),
    docker: "let through",
    launcher: `errno ${STRANGE}`,
  },
  {
    reason: "the most restrictive rule counts; in libseccomp the first of two without conditions",
    rules: [logging("getsid"), refusal("getsid")],
    call: tried("native", "getsid", 0n),
    docker: "let through",
    launcher: `errno ${STRANGE}`,
  },
  {
    reason: "a value above 2^32 is never an argument of a 32-bit program; libseccomp cuts its upper half off",
    rules: [refusal("munmap", 0, 2 ** 32 + 7)],
    call: tried("int80", "munmap", 7n),
    docker: `errno ${STRANGE}`,
    launcher: "let through",
  },
  {
    reason: "addresses have 64 bits on x32 too; libseccomp looks at the lower half",
    rules: [refusal("munlock", 0, 8)],
    call: tried("x32", "munlock", 2n ** 32n + 8n),
    docker: `errno ${STRANGE}`,
    launcher: "ENOSYS",
  },
  {
    reason:
      "the kernel does not look at the upper half of an int, and so the launcher does not; libseccomp does",
    rules: [refusal("sched_get_priority_max", 0, 8)],
    call: tried("native", "sched_get_priority_max", 2n ** 32n + 8n),
    docker: "let through",
    launcher: `errno ${STRANGE}`,
  },
  {
    reason:
      "arguments cannot be seen through socketcall, so it is refused; libseccomp compares those of socketcall itself",
    rules: [refusal("socket", 1, 3)],
    call: tried("int80", "socketcall", 1n),
    docker: "let through",
    launcher: `errno ${STRANGE}`,
  },
];

function converted(profile: Profile): Profile {
  const file = join(directoryOf({ "profile.json": JSON.stringify(profile) }), "profile.json");
  const { status, stdout, stderr } = run(["convert", "--to", "docker", file]);
  assert.is(status, 0, stderr);
  return JSON.parse(stdout);
}

/** Makes the calls under Docker's filter alone, and under the launcher's alone. */
function underBoth(
  engine: Engine,
  { profile, forDocker = profile }: Pick<Subject, "profile" | "forDocker">,
  calls: readonly TriedCall[],
  caller: readonly string[],
): readonly (readonly [docker: Seen, launcher: Seen])[] {
  const shared = directoryOf({ calls: linesOf(calls), "profile.json": JSON.stringify(profile) });
  const fileForDocker = join(shared, "docker.json");
  writeFileSync(fileForDocker, JSON.stringify(forDocker));
  const under = (seccomp: string, ...launcher: readonly string[]): Seen[] => {
    // The launcher sets no_new_privs, on which the answers of a few calls depend.
    const security = ["--security-opt", "no-new-privileges", "--security-opt", `seccomp=${seccomp}`];
    const options = ["--volume", `${shared}:${PROFILES}:ro`, ...security, ...caller];
    const outcome = engine.run(options, "sweep", ...launcher, "/sweep", `${PROFILES}/calls`);
    assert.is(outcome.stderr, "");
    assert.is(outcome.status, 0);
    return seenIn(outcome.stdout, calls);
  };
  const ofDocker = under(fileForDocker);
  const ofLauncher = under("unconfined", LAUNCHER, "--profile", "profile.json", "--");
  return ofDocker.map((seen, i) => [seen, ofLauncher[i] as Seen]);
}

function differenceFor(
  subject: SubjectName,
  caller: Caller,
  { entry, title, nr, args }: TriedCall,
  seen: readonly [Seen, Seen],
): Difference | undefined {
  const isDefault = subject.endsWith("trapping") ? "trapped" : "EPERM";
  const is = (listed: Seen | "default"): Seen => (listed === "default" ? isDefault : listed);
  return DIFFERENCES.find(
    ({ profile, callers = [caller], entries, calls, docker, launcher }) =>
      subject.startsWith(profile) &&
      callers.includes(caller) &&
      entries.includes(entry) &&
      (calls.split(" ").includes(title) || (calls.split(" ").includes(String(nr)) && args.every(isBad))) &&
      is(docker) === seen[0] &&
      is(launcher) === seen[1],
  );
}

const isBad = (arg: bigint): boolean => arg >= 2n ** 32n - 1n;

withEngine("Docker's filters and the launcher's", (engine) => {
  if (process.arch !== "x64") {
    testWith(X86_64_LINUX)("the verdicts", () => {});
    return;
  }

  test("an image is made", () => {
    const sweep = compileC("test/integration/native/sweep.c");
    importImage(engine, "sweep", { [LAUNCHER]: { copyOf: PROGRAM }, "/sweep": { copyOf: sweep } });
  });

  const shown = new Set<Difference>();

  for (const [name, subject] of Object.entries(SUBJECTS) as [SubjectName, Subject][]) {
    for (const caller of subject.callers) {
      test(`every call by ${caller} comes to the same under ${name}`, () => {
        const seen = underBoth(engine, subject, SWEEP, CALLERS[caller]);
        const surprises: string[] = [];
        SWEEP.forEach((call, i) => {
          const both = seen[i] as readonly [Seen, Seen];
          if (both[0] === both[1]) {
            return;
          }
          const difference = differenceFor(name, caller, call, both);
          if (difference === undefined) {
            surprises.push(
              `${call.entry} ${call.title} (${call.nr}): Docker ${both[0]}, launcher ${both[1]}`,
            );
          } else {
            shown.add(difference);
          }
        });
        assert.equal(surprises, []);
        // Not everything was refused, or nothing.
        const ways = new Set(seen.map(([, launcher]) => launcher));
        assert.ok(ways.has("let through") && ways.size > 1, [...ways].join());
      });
    }
  }

  test("every difference that is listed was seen, but for those that newer engines do not have", () => {
    assert.equal(
      DIFFERENCES.filter((one) => one.lasting && !shown.has(one)),
      [],
    );
  });

  test("rules that mean something else here on purpose", () => {
    const profile = {
      defaultAction: "SCMP_ACT_ALLOW",
      archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
      syscalls: OTHER_MEANINGS.flatMap(({ rules }) => rules),
    };
    const calls = OTHER_MEANINGS.map(({ call }) => call);
    const seen = underBoth(engine, { profile }, calls, CALLERS.root);
    OTHER_MEANINGS.forEach(({ reason, docker, launcher }, i) => {
      assert.equal(seen[i], [docker, launcher], reason);
    });
  });

  test("a call of an architecture that is not listed ends the process here, and its thread under Docker", () => {
    const calls = [tried("thread", "getpid"), tried("int80", "getpid")];
    assert.equal(underBoth(engine, { profile: STRICT }, calls, CALLERS.root), [
      ["thread killed", "killed"],
      ["killed", "killed"],
    ]);
  });
});

test.run();
