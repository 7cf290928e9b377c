/**
 * Reads damaged profiles: whatever is done to a text, it is refused, warned of, or lets nothing through that the sound one
 * stops, unless the change is one that an author may have wanted.
 *
 * FUZZ_CASES=100000 FUZZ_SEED=1 make test SUITES=fuzz goes on for longer, and elsewhere.
 */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as assert from "uvu/assert";
import { compile } from "../../src/bpf/compile.ts";
import { programLength } from "../../src/bpf/instruction.ts";
import { type Diagnostic, type DiagnosticCode, InvalidInput, Refusal } from "../../src/diagnostic.ts";
import { checkExec } from "../../src/launch/check-exec.ts";
import { ExactReading } from "../../src/load/exact-reading.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { readPolicy } from "../../src/policy/read-policy.ts";
import type { Target } from "../../src/policy/target.ts";
import { parseByLibrary } from "../../src/profile/library-parser.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { readYaml } from "../../src/profile/yaml.ts";
import { BPF_MAXINSNS } from "../../src/tables/seccomp.ts";
import { locate, renderFinding, renderForLaunch, renderMessage, type Style } from "../../src/verbs/render.ts";
import { ALL_CAPS, architecture, KERNEL } from "../support/fixtures/policies.ts";
import { LARGE } from "../support/generators/large-texts.ts";
import { MISTAKES, type Mistake, WARNED } from "../support/generators/mistakes.ts";
import {
  arbitraryByteSteps,
  arbitraryJsonSteps,
  type ByteStep,
  damageBytes,
  damageTree,
  type JsonStep,
} from "../support/generators/mutations.ts";
import {
  array,
  depthOf,
  hasKeyTwice,
  memberOf,
  readTree,
  string,
  type Tree,
  writeTree,
} from "../support/oracles/json-tree.ts";
import { compareAll, loosenedBy } from "../support/oracles/permissiveness.ts";
import {
  contradictions,
  editsBetween,
  flaws,
  isOfOtherMachine,
  type Path,
  placeOf,
  profileOfTree,
  profileWithin,
} from "../support/oracles/profile-format.ts";
import { directoryOf } from "../support/programs/files.ts";
import { type Outcome, run } from "../support/programs/program.ts";
import { ALL, extent } from "../support/running/extent.ts";
import { test } from "../support/running/test.ts";

/** How many texts are damaged in each of the two ways. */
const CASES = Number(process.env["FUZZ_CASES"] ?? extent(300, 1000));
const SEED = Number(process.env["FUZZ_SEED"] ?? 20);
/** Starting a process takes longer. */
const LAUNCHES = Math.ceil(CASES / 10);
/** How often each mistake is made that has to be reported. */
const MISTAKES_EACH = Math.ceil(CASES / 20);

// What is damaged

/** A text without mistakes. */
interface Original {
  readonly name: string;
  readonly bytes: Buffer;
  readonly tree: Tree;
  /** Whether the profile is at linux.seccomp. */
  readonly isConfig: boolean;
}

function original(name: string, text: string, isConfig = false): Original {
  const tree = readTree(text);
  assert.ok(tree, name);
  return { name, bytes: Buffer.from(text), tree, isConfig };
}

/** What the shipped profiles do not have. */
const EVERYTHING = JSON.stringify(
  {
    $schema: "profile.schema.json",
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    defaultErrno: "ENOSYS",
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_S390"],
    flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
    listenerPath: "/run/agent.sock",
    listenerMetadata: "é \u{1f600}",
    syscalls: [
      { names: ["execve", "read", "write", "exit_group", "mmap", "brk"], action: "SCMP_ACT_ALLOW" },
      { name: "getpid", action: "SCMP_ACT_LOG", args: null, includes: null, excludes: {} },
      { names: ["bpf"], action: "SCMP_ACT_KILL_PROCESS", comment: "no", args: [] },
      { names: ["ptrace", "socket"], action: "SCMP_ACT_TRACE", errnoRet: 65535 },
      { names: ["mount"], action: "SCMP_ACT_ERRNO", errno: "EACCES", excludes: { caps: ["CAP_SYS_ADMIN"] } },
      { names: ["mount"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN", "CAP_CHOWN"] } },
      {
        names: ["openat2", "clone3"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 38,
        errno: "ENOSYS",
        includes: { arches: ["amd64", "s390x"], minKernel: "5.6" },
      },
      {
        names: ["ioctl"],
        action: "SCMP_ACT_ALLOW",
        args: [
          {
            index: 1,
            op: "SCMP_CMP_MASKED_EQ",
            value: "18446744069414584320",
            valueTwo: "9223372036854775808",
          },
          { index: 2, op: "SCMP_CMP_LT", value: "9007199254740993" },
        ],
      },
      {
        names: ["lseek"],
        action: "SCMP_ACT_ALLOW",
        args: [{ index: 1, op: "SCMP_CMP_LE", value: "18446744073709551615", valueTwo: 0 }],
      },
    ],
  },
  null,
  2,
).replaceAll(/"([0-9]{10,})"/g, "$1");

/** The same in Docker's form. */
const EVERYTHING_OF_DOCKER = EVERYTHING.replace(
  /"architectures": [^\]]*\]/,
  '"archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}, ' +
    '{"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}]',
);

/** A profile of an OCI runtime, in its place. */
function configOf(tree: Tree): string {
  const members = tree.type === "object" ? tree.members.filter(({ key }) => key !== "archMap") : [];
  const listed = { key: "architectures", value: array(string("SCMP_ARCH_X86_64"), string("SCMP_ARCH_X32")) };
  const seccomp: Tree = { type: "object", members: [...members, listed] };
  return `{"ociVersion": "1.0.2", "process": {"args": ["sh"], "oomScoreAdj": -1e0}, "linux": {"seccomp": ${writeTree(seccomp)}}}\n`;
}

const SHIPPED = readdirSync("profiles")
  .filter((file) => file.endsWith(".json"))
  .map((file) => original(file, readFileSync(`profiles/${file}`, "utf8")));
const STRICT = SHIPPED.find(({ name }) => name === "strict.json") as Original;
const ORIGINALS: readonly Original[] = [
  ...SHIPPED,
  original("everything", EVERYTHING),
  original("everything of Docker's", EVERYTHING_OF_DOCKER),
  original("config.json", configOf(STRICT.tree), true),
];

const TARGETS: readonly Target[] = (["x86_64", "aarch64", "s390x"] as const).flatMap((arch) =>
  [0n, ALL_CAPS].flatMap((caps) =>
    [KERNEL, 4 * 256 + 4].map((kernel) => ({ arch: architecture(arch), caps, kernel })),
  ),
);

// How it is read

const LABEL = "profile.json";
const OPTIONS = { unknownSyscalls: "enosys" } as const;

interface Read {
  readonly diagnostics: readonly Diagnostic[];
  readonly policy: Policy | undefined;
  readonly profile: Profile | undefined;
  readonly reading: ExactReading;
}

/** Reads a text as the launcher does where something is out of the ordinary. */
function readText(text: string, target: Target): Read {
  return readWith(new ExactReading(parseByLibrary, readYaml), text, target);
}

function readWith(reading: ExactReading, text: string, target: Target): Read {
  try {
    const read = reading.readProfile({ text, label: LABEL });
    const { policy, diagnostics } = readPolicy(read, target, OPTIONS);
    return { diagnostics, policy, profile: read.profile, reading };
  } catch (error) {
    if (error instanceof InvalidInput) {
      return { diagnostics: error.diagnostics, policy: undefined, profile: undefined, reading };
    }
    throw error;
  }
}

function has({ diagnostics }: Read, ...severities: readonly Diagnostic["severity"][]): boolean {
  return diagnostics.some(({ severity }) => severities.includes(severity));
}

const STYLES: readonly Style[] = [
  { colours: false, excerpts: false },
  { colours: true, excerpts: true },
];
/** A launch shows no more. */
const MAX_SHOWN = 20;

/** Every diagnostic says something of a place in the text, and can be shown. */
function checkDiagnostics({ diagnostics, reading }: Read, text: string): void {
  const lines = text.split("\n");
  for (const diagnostic of diagnostics.slice(0, MAX_SHOWN)) {
    const { code, severity, message } = diagnostic;
    assert.ok(code.length > 0 && message.length > 0, "a code and a message");
    assert.not.match(message, /undefined|\[object|NaN(?!')/);
    const placed = locate(reading, LABEL, diagnostic);
    if (code === "not-examined" && placed.position === undefined) {
      // It speaks of the whole text.
      continue;
    }
    const { line = 0, column = 0 } = placed.position ?? {};
    const length = lines[line - 1]?.length ?? -1;
    assert.ok(
      column >= 1 && column <= length + 1,
      `${code} stands at ${line}:${column}, outside of the text`,
    );
    for (const style of STYLES) {
      assert.match(
        renderForLaunch(placed, style),
        new RegExp(`^seccomp-exec: ${severity}: profile.json:\\d+:\\d+: `),
      );
      assert.match(renderFinding(placed, style), `[${code}]`);
    }
  }
}

// What is expected

/** How often what was looked at. */
const stats = {
  cases: 0,
  notUtf8: 0,
  notJson: 0,
  refused: 0,
  warned: 0,
  unchanged: 0,
  /** Silent texts that mean something else, all of whose calls were judged, some, or none. */
  strictThroughout: 0,
  strictInPart: 0,
  excused: 0,
  strictCalls: 0,
  excusedCalls: 0,
  /** Words of entries for other machines. */
  passedOver: 0,
  word: 0,
  integer: 0,
  removed: 0,
  added: 0,
  text: 0,
  unexplained: 0,
};

const NOT_JSON: readonly Diagnostic["code"][] = [
  "json-syntax",
  "json-comment",
  "json-trailing-comma",
  "json-byte-order-mark",
  "json-empty",
  "json-too-deep",
];
/** Where every word is known and of its type, only this can be wrong. */
const BETWEEN_WORDS: readonly Diagnostic["code"][] = ["notify-without-listener", "errno-mismatch"];
const MAX_DEPTH = 100;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether two readers that are not ours agree with ours on whether the text is JSON; the value, where it is. */
function checkJson(text: string, read: Read): Tree | undefined {
  const tree = readTree(text);
  assert.is(tree !== undefined, isJson(text), "the readers of the tests agree");
  const codes = read.diagnostics.map(({ code }) => code);
  const broken = codes.filter((code) => NOT_JSON.includes(code));
  if (tree === undefined) {
    stats.notJson += 1;
    assert.ok(broken.length > 0, "what is no JSON is refused as such");
  } else {
    assert.is(broken.length > 0, depthOf(tree) > MAX_DEPTH, `it is JSON, not ${broken}`);
    assert.is(codes.includes("json-duplicate-key"), broken.length === 0 && hasKeyTwice(tree), "a key twice");
  }
  return tree;
}

/** What goes against itself, and changes nothing. */
const TOLD_BY_NOTE: readonly DiagnosticCode[] = ["errno-without-effect"];

/** Judges how a damaged text was read. */
function judge(sound: Original, text: string, target: Target): void {
  const read = readText(text, target);
  checkDiagnostics(read, text);
  assert.is(read.policy === undefined, has(read, "error"), "there is a policy where there is no error");
  const tree = checkJson(text, read);
  if (tree === undefined) {
    stats.refused += 1;
    return;
  }
  // The one may have become the other.
  const isConfig = profileWithin(tree, true)?.type === "object";
  const profile = profileWithin(tree, isConfig);
  const all = flaws(tree, placeOf(isConfig));
  const flawed = all.filter((path) => !isPassedOver(path.slice(isConfig ? 2 : 0), profile, target));
  const said = flawed.length > 0 || profile === undefined ? undefined : profileOfTree(tree, isConfig);
  const against = said === undefined ? [] : contradictions(said, profile as Tree);
  if (has(read, "error", "warning") || read.diagnostics.some(({ code }) => TOLD_BY_NOTE.includes(code))) {
    const isBoth = isConfig && memberOf(tree, "defaultAction") !== undefined;
    if (all.length === 0 && against.length === 0 && !hasKeyTwice(tree) && !isBoth) {
      const codes = read.diagnostics.map(({ code }) => code);
      assert.ok(
        codes.every((code) => BETWEEN_WORDS.includes(code)),
        `nothing is wrong, but: ${codes}`,
      );
    }
    stats[has(read, "error") ? "refused" : "warned"] += 1;
    return;
  }
  stats.passedOver += all.length - flawed.length;
  assert.equal(flawed, [], "what no format knows is passed over in silence");
  assert.equal(against, [], "what goes against itself is passed over in silence");
  assert.equal(read.profile, said, "what is read is what is written");
  checkVerdicts(sound, profile as Tree, read.policy as Policy, target);
}

/** Whether a flaw is a word of which this machine has no use. */
function isPassedOver(path: Path, profile: Tree | undefined, target: Target): boolean {
  return (
    profile !== undefined &&
    isOfOtherMachine(profile, path, target.arch) &&
    treeAt(profile, path)?.type === "string"
  );
}

function treeAt(tree: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>(
    (here, token) =>
      typeof token === "string"
        ? memberOf(here, token)
        : here?.type === "array"
          ? here.items[token]
          : undefined,
    tree,
  );
}

/** A text of which nothing is said lets through what the sound one does, apart from what its edits speak of. */
function checkVerdicts(
  { tree: from, isConfig, name }: Original,
  after: Tree,
  policy: Policy,
  target: Target,
): void {
  const before = profileWithin(from, isConfig) as Tree;
  const edits = editsBetween(before, after, placeOf(false));
  for (const { kind } of edits) {
    stats[kind] += 1;
  }
  const { strict, excused, looser } = compareAll(
    soundPolicy(name, target),
    policy,
    loosenedBy(edits, before, after),
  );
  assert.is(looser, undefined, "more is let through, and nothing is said");
  stats.strictCalls += strict;
  stats.excusedCalls += excused;
  if (edits.every(({ kind }) => kind === "text")) {
    stats.unchanged += 1;
  } else {
    stats[excused === 0 ? "strictThroughout" : strict > 20 ? "strictInPart" : "excused"] += 1;
  }
}

const soundPolicies = new Map<string, Policy>();

function soundPolicy(name: string, target: Target): Policy {
  const key = `${name} ${TARGETS.indexOf(target)}`;
  const found = soundPolicies.get(key);
  if (found !== undefined) {
    return found;
  }
  const sound = ORIGINALS.find((one) => one.name === name) as Original;
  const { policy, diagnostics } = readText(sound.bytes.toString(), target);
  assert.equal(diagnostics, [], name);
  soundPolicies.set(key, policy as Policy);
  return policy as Policy;
}

// The cases

/** A damaged text, as numbers that choose it. */
interface Case<Step> {
  readonly original: number;
  readonly other: number;
  readonly target: number;
  readonly steps: readonly Step[];
}

function arbitraryCase<Step>(steps: fc.Arbitrary<readonly Step[]>): fc.Arbitrary<Case<Step>> {
  return fc.record({
    original: fc.nat(ORIGINALS.length - 1),
    other: fc.nat(ORIGINALS.length - 1),
    target: fc.nat(TARGETS.length - 1),
    steps,
  });
}

function damagedBytes({ original: one, other, steps }: Case<ByteStep>): Buffer {
  return damageBytes(originalAt(one).bytes, originalAt(other).bytes, steps);
}

function damagedTree({ original: one, steps }: Case<JsonStep>): Buffer {
  return Buffer.from(writeTree(damageTree(originalAt(one).tree, steps)));
}

function originalAt(i: number): Original {
  return ORIGINALS[i] as Original;
}

/** As the host does it: strict UTF-8, and a byte order mark is left where it is. */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Runs a property; where it fails, the smallest text that was found is kept, and how to get it is said. */
function hold<T>(
  what: string,
  arbitrary: fc.Arbitrary<T>,
  bytesOf: (one: T) => Buffer,
  check: (one: T) => void,
  runs: number,
): void {
  const details = fc.check(fc.property(arbitrary, check), { numRuns: runs, seed: SEED });
  if (!details.failed) {
    return;
  }
  const [one] = details.counterexample ?? [];
  const file = join(mkdtempSync(join(tmpdir(), "seccomp-exec-fuzz-")), "profile.json");
  if (one !== undefined) {
    writeFileSync(file, bytesOf(one));
  }
  const error = details.errorInstance;
  throw new Error(
    [
      `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      `FUZZ_SEED=${SEED} FUZZ_CASES=${CASES}, path ${details.counterexamplePath}, case ${JSON.stringify(one)}`,
      `the text is in ${file}`,
    ].join("\n"),
  );
}

function judgeBytes(bytes: Buffer, { original: one, target }: Case<unknown>): void {
  stats.cases += 1;
  const text = decode(bytes);
  if (text === undefined) {
    stats.notUtf8 += 1;
    return;
  }
  judge(originalAt(one), text, TARGETS[target] as Target);
}

test("the sound texts are read without a word, and as the readers of the tests read them", () => {
  for (const { name, bytes, tree, isConfig } of ORIGINALS) {
    assert.equal(flaws(tree, placeOf(isConfig)), [], name);
    for (const target of TARGETS) {
      const read = readText(bytes.toString(), target);
      assert.equal(read.diagnostics, [], name);
      assert.equal(read.profile, profileOfTree(tree, isConfig), name);
    }
  }
});

test("damaged bytes are refused, warned of, or let nothing more through", () => {
  hold(
    "bytes",
    arbitraryCase(arbitraryByteSteps()),
    damagedBytes,
    (one) => judgeBytes(damagedBytes(one), one),
    CASES,
  );
});

test("damaged JSON is refused, warned of, or lets nothing more through", () => {
  hold(
    "JSON",
    arbitraryCase(arbitraryJsonSteps()),
    damagedTree,
    (one) => judgeBytes(damagedTree(one), one),
    CASES,
  );
});

test("enough was refused, and enough was judged strictly, for this to mean something", () => {
  report(stats);
  const share = (count: number): number => count / stats.cases;
  assert.ok(share(stats.refused) > 0.4, `${stats.refused} of ${stats.cases} are refused`);
  assert.ok(share(stats.warned) > 0.03, `${stats.warned} are warned of`);
  assert.ok(
    share(stats.strictThroughout) > 0.05,
    `${stats.strictThroughout} are judged by all of their calls`,
  );
  assert.ok(
    share(stats.strictInPart) > 0.03,
    `${stats.strictInPart} are judged by the calls that are not excused`,
  );
  assert.ok(stats.excusedCalls * 5 < stats.strictCalls, `${stats.excusedCalls} calls are excused`);
  for (const kind of ["word", "integer", "removed", "added"] as const) {
    assert.ok(stats[kind] > 0, `${kind} was used`);
  }
});

/** Said to whoever lets it run for longer. */
function report(what: object): void {
  if (process.env["FUZZ_CASES"] !== undefined) {
    console.log(JSON.stringify(what));
  }
}

// What must always be reported

/** Which mistake is made, as numbers. */
interface Choice {
  readonly original: number;
  readonly target: number;
  readonly where: number;
  readonly what: number;
}

for (const [name, mistake] of Object.entries(MISTAKES)) {
  test(`${name} is reported`, () => {
    let made = 0;
    const arbitrary: fc.Arbitrary<Choice> = fc.record({
      original: fc.nat(ORIGINALS.length - 1),
      target: fc.nat(TARGETS.length - 1),
      where: fc.nat(),
      what: fc.nat(),
    });
    const textOf = (one: Choice): string | undefined => mistaken(mistake, one);
    hold(
      name,
      arbitrary,
      (one) => Buffer.from(textOf(one) ?? ""),
      (one) => {
        const text = textOf(one);
        if (text === undefined) {
          return;
        }
        made += 1;
        const read = readText(text, TARGETS[one.target] as Target);
        assert.ok(has(read, "error", "warning"), "nothing is said");
        assert.ok(has(read, "error") || WARNED.includes(name), "a warning is not enough");
        checkDiagnostics(read, text);
      },
      MISTAKES_EACH,
    );
    assert.ok(made * 20 > MISTAKES_EACH, `${made} mistakes were made`);
  });
}

/** Mistakes of which there are so few that all can be made. */
const ALL_OF: readonly string[] = [
  "another type",
  "null",
  "a number not written as an integer",
  "a number out of range",
  "a strange kernel version",
  "a key in another case",
  "name for names, or names for name",
  "a required key is missing",
];
/** As many as there are keys, and ways to get one wrong. */
const [MAX_KEYS, MAX_PARTIAL_ASSIGNMENTS] = [32, 20];

test("each key and each value that is wrong for sure is refused, in each of its ways", () => {
  const texts = new Set<string>();
  const small = ORIGINALS.map(({ name }, i) => (name.startsWith("everything") ? i : -1)).filter(
    (i) => i >= 0,
  );
  for (const name of ALL_OF) {
    for (const one of small) {
      for (let where = 0; where < MAX_KEYS; where += 1) {
        for (let way = 0; way < MAX_PARTIAL_ASSIGNMENTS; way += 1) {
          const choice = { original: one, target: 0, where, what: (way << 8) | (way & 3) };
          texts.add(mistaken(MISTAKES[name] as Mistake, choice) ?? "");
        }
      }
    }
  }
  assert.ok(texts.size > 500, `${texts.size} texts`);
  for (const text of texts) {
    assert.ok(has(readText(text, TARGETS[0] as Target), "error"), `not refused: ${text}`);
  }
});

function mistaken(mistake: Mistake, { original: one, target, where, what }: Choice): string | undefined {
  const { bytes, tree, isConfig } = originalAt(one);
  const sound = { text: bytes.toString(), tree, isConfig, native: (TARGETS[target] as Target).arch };
  return mistake(sound, where, what);
}

// Large ones: what they cost is counted by test/budget/growth.test.ts

/** Maximum size of a profile's file, in bytes. */
const MAX_FILE_SIZE = 4 * 1024 * 1024;
/** Where there is little time. */
const SMALLER = MAX_FILE_SIZE / 32;

/** In little time only these are as large as they may be. */
const ALWAYS_LARGE: readonly string[] = ["lists in lists", "one string", "spaces", "architectures"];

for (const [name, make] of Object.entries(LARGE)) {
  const large = ALL || process.env["FUZZ_CASES"] !== undefined || ALWAYS_LARGE.includes(name);
  const size = large ? MAX_FILE_SIZE : SMALLER;
  test(`${size / 1024} KiB of ${name} are read`, () => {
    const text = make(size);
    assert.ok(text.length <= size && text.length > size * 0.99, `${text.length}`);
    const read = readText(text, TARGETS[0] as Target);
    checkDiagnostics(read, text);
  });
}

// The executable

/** What of the host's the launch depends on, held fast. */
const LAUNCH_OPTIONS = ["--kernel", "6.18", "--caps", "none"];
const HOST_ARCH = ({ x64: "x86_64", arm64: "aarch64", s390x: "s390x" } as const)[process.arch as "x64"];

function launched(bytes: Uint8Array): { readonly outcome: Outcome; readonly label: string } {
  const label = `${directoryOf({ [LABEL]: { content: bytes } })}/${LABEL}`;
  return { outcome: run(["--profile", label, ...LAUNCH_OPTIONS, "--", "/bin/true"]), label };
}

/** What a launch has to say, by the exact way of reading. */
function expectedWords(read: Read, refusal: Refusal | undefined): string {
  // Notes are said only beside what is to be mended.
  const told = has(read, "error", "warning") ? read.diagnostics : [];
  const errors = told.filter(({ severity }) => severity === "error");
  const sorted = [...errors, ...told.filter(({ severity }) => severity !== "error")];
  const left = sorted.length - MAX_SHOWN;
  return [
    ...sorted
      .slice(0, MAX_SHOWN)
      .map((one) => renderForLaunch(locate(read.reading, LABEL, one), { colours: false, excerpts: false })),
    left > 0 ? renderMessage("warning", `${LABEL}: ${left} more are not shown`) : "",
    refusal === undefined ? "" : renderMessage("error", refusal.message, refusal.hint),
  ].join("");
}

/** Why a launch under a policy that was read without an error is refused nevertheless. */
function refusalOf(policy: Policy): Refusal | undefined {
  try {
    checkExec(policy, LABEL);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
}

const launches = { all: 0, refused: 0, warned: 0, silent: 0 };

/** The executable, whichever way it reads a text, says what the exact way does, and runs the command only then. */
function checkLaunch(bytes: Buffer): void {
  const text = decode(bytes);
  if (text === undefined) {
    return;
  }
  const target: Target = { arch: architecture(HOST_ARCH), kernel: KERNEL, caps: 0n };
  const read = readText(text, target);
  if ((read.policy?.flags ?? 0) !== 0 || (read.policy !== undefined && isTooLong(read.policy))) {
    // The running kernel decides.
    return;
  }
  launches.all += 1;
  const refusal = read.policy === undefined ? undefined : refusalOf(read.policy);
  const { outcome, label } = launched(bytes);
  const said = outcome.stderr.replaceAll(label, LABEL);
  const words = expectedWords(read, refusal);
  const refused = has(read, "error") || refusal !== undefined;
  assert.is(outcome.status === 125, refused, `status ${outcome.status}: ${said}`);
  // What comes behind is the command's: it may lack a call that it needs.
  assert.is(refused ? said : said.slice(0, words.length), words);
  assert.not.match(said.slice(words.length), "seccomp-exec:");
  launches[refused ? "refused" : has(read, "warning") ? "warned" : "silent"] += 1;
}

function isTooLong(policy: Policy): boolean {
  return programLength(compile(policy)) > BPF_MAXINSNS;
}

test("the executable says of damaged JSON what the exact way of reading says", () => {
  // Bytes are seldom JSON afterwards, and then there is only one way.
  hold(
    "JSON",
    arbitraryCase(arbitraryJsonSteps()),
    damagedTree,
    (one) => checkLaunch(damagedTree(one)),
    LAUNCHES,
  );
  const someBytes = Math.ceil(LAUNCHES / 4);
  hold(
    "bytes",
    arbitraryCase(arbitraryByteSteps()),
    damagedBytes,
    (one) => checkLaunch(damagedBytes(one)),
    someBytes,
  );
  report(launches);
  assert.ok(launches.refused * 5 > launches.all, `${launches.refused} of ${launches.all} are refused`);
  assert.ok(launches.silent * 5 > launches.all, `of ${launches.silent} nothing is said`);
  assert.ok(launches.warned > 0, "some are warned of");
});

test("the executable misses nothing that JSON.parse would lose", () => {
  // One that is read the quick way: it has no number above 2^53.
  const quick = ORIGINALS.findIndex(({ name }) => name === "default.json");
  const choices = Array.from({ length: 40 }, (_, i) => ({
    where: i,
    what: (Math.floor(i / 5) << 8) | (i & 3),
  }));
  const refused = (name: string, { where, what }: { where: number; what: number }): void => {
    const text = mistaken(MISTAKES[name] as Mistake, { original: quick, target: 0, where, what }) ?? "";
    // What it refuses has no chance to be lost.
    if (isJson(text)) {
      checkLaunch(Buffer.from(text));
    }
  };
  for (const choice of choices) {
    refused("a number not written as an integer", choice);
  }
  for (const { where } of choices.slice(0, 12)) {
    // With the key as it is, and with an escape in it.
    refused("a key twice", { where, what: 0 });
    refused("a key twice", { where, what: 1024 });
  }
});

/** Bytes that are no UTF-8, in a string and anywhere. */
const NOT_UTF8: readonly (readonly number[])[] = [
  [0xff],
  [0xfe],
  [0x80],
  [0xc0, 0xaf],
  [0xc3],
  [0xe2, 0x82],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
];

test("the executable refuses what is no UTF-8, with its place", () => {
  const { bytes } = STRICT;
  for (const [i, wrong] of NOT_UTF8.entries()) {
    const at = (i * 7919) % bytes.length;
    const { outcome, label } = launched(
      Buffer.concat([bytes.subarray(0, at), Buffer.from(wrong), bytes.subarray(at)]),
    );
    const lines = bytes.subarray(0, at).toString().split("\n");
    const where = `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
    assert.is(outcome.status, 125, `${wrong}: ${outcome.stderr}`);
    assert.ok(outcome.stderr.startsWith(`seccomp-exec: error: ${label}:${where}: `), outcome.stderr);
  }
});

test.run();
