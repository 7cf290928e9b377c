/**
 * The shapes of what the verbs print with `--json`, as JSON Schemas: every member is always there, and there are no others.
 * docs/json.md shows an example of each, and test/cli/json.test.ts holds the verbs to them.
 */

import { DIAGNOSTIC_CODES } from "../src/diagnostic.ts";
import { ENGINE_CHOICE_NAMES } from "../src/engines/engines.ts";
import { KINDS } from "../src/verbs/inspect/calls.ts";

export type Schema = Readonly<Record<string, unknown>>;

const TEXT: Schema = { type: "string" };
const FLAG: Schema = { type: "boolean" };
const COUNT: Schema = { type: "integer", minimum: 0 };
const WORDS: Schema = list(TEXT);

function words(...choices: readonly string[]): Schema {
  return { enum: choices };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

function pair(first: Schema, second: Schema): Schema {
  return { type: "array", items: [first, second], minItems: 2, maxItems: 2 };
}

function matching(pattern: string): Schema {
  return { type: "string", pattern };
}

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

function said(description: string, schema: Schema): Schema {
  return { description, ...schema };
}

function object(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

/** A report, or an object of a stream. */
function versioned(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    description,
    ...object({ version: { const: 1 }, ...properties }),
  };
}

const ARCHITECTURE = said("a name such as x86_64; a number, AUDIT_ARCH_*, if it has none", TEXT);
const SHA256 = matching("^[0-9a-f]{64}$");
const VERDICT = matching(
  "^(ALLOW|LOG|TRAP|NOTIFY|KILL_THREAD|KILL_PROCESS|ERRNO\\([A-Z0-9]+\\)|TRACE\\(\\d+\\))$",
);
const POSITION = { line: orNull(COUNT), column: orNull(COUNT) };
const KERNEL = matching("^\\d+\\.\\d+$");
const CAPABILITY = matching("^CAP_[A-Z0-9_]+$");
const SEVERITY = words("error", "warning", "note");

const DIAGNOSTIC = {
  code: said("docs/diagnostics.md explains each", words(...DIAGNOSTIC_CODES)),
  severity: SEVERITY,
  weight: words("mistake", "way-around", "danger", "remark"),
  message: TEXT,
  hint: said("what to do about it", orNull(TEXT)),
  ...POSITION,
  length: said("of what is meant, in UTF-16 units", orNull(COUNT)),
  pointer: said("a JSON pointer (RFC 6901)", orNull(TEXT)),
};

const PROOF = object({
  through: said("a call that gets through, as simulate reads it", TEXT),
  denied: said("a call that does the same and is denied", orNull(TEXT)),
  command: said("a command to try under the profile, which makes the call and harms nothing", orNull(WORDS)),
  wideArguments: said("whether that holds for --wide-arguments only", FLAG),
});

const FINDING = {
  ...DIAGNOSTIC,
  proof: orNull(PROOF),
  related: list(object({ what: TEXT, ...POSITION, pointer: TEXT })),
};

const PROFILE_DIFFERENCE = list(object({ profile: TEXT, why: TEXT }));

const DIFFERENCE = object({
  architecture: orNull(ARCHITECTURE),
  calls: said("the name of a syscall, or its numbers", TEXT),
  verdicts: said("of the first and of the second", pair(TEXT, TEXT)),
  condition: said("in words; empty: all its calls; null: not known", orNull(TEXT)),
  example: said("a call, as in C; null: arguments do not matter", orNull(TEXT)),
  simulate: said("the same call as a line for simulate", TEXT),
  crafted: said("whether no program makes such a call by accident", FLAG),
});

const OPTION = object({
  name: matching("^--[a-z]"),
  short: orNull(matching("^-[a-zA-Z]$")),
  value: said("what is written for its value; null: it takes none", orNull(TEXT)),
  valueOptional: FLAG,
  choices: orNull(WORDS),
  required: FLAG,
  input: said("whether the value names a file to read, so that - is standard input", FLAG),
  help: TEXT,
});

const PROFILE_OF_FILTER = object({
  name: TEXT,
  sha256: SHA256,
  options: said("of the launch that makes this filter", WORDS),
  denies: orNull(FLAG),
});

const JUDGEMENT = {
  kind: words(...KINDS),
  verdicts: list(
    object({ verdict: VERDICT, condition: said("empty: always; null: in all other cases", orNull(TEXT)) }),
  ),
  cutShort: said("why there may be more", orNull(TEXT)),
};

const MODE = words("none", "strict", "filter");
const PROFILES_OF_THREAD = said(
  "with --identify: of each filter, the oldest first; null: an unknown filter",
  orNull(list(orNull(PROFILE_OF_FILTER))),
);

const OUTCOME = {
  verdict: VERDICT,
  condition: said("in words; empty: all of the calls; null: not known", orNull(TEXT)),
};

const PLACE = {
  pointer: said("a JSON pointer (RFC 6901)", TEXT),
  ...POSITION,
  text: said("the line", orNull(TEXT)),
};

/** The schemas, by what prints such an object; `dry-run` is the launcher's. */
export const OUTPUT_SCHEMAS: Readonly<Record<string, Schema>> = {
  check: versioned("seccomp-exec check --json PROFILE...", {
    valid: said("whether all profiles pass", FLAG),
    profiles: list(
      object({
        profile: TEXT,
        valid: FLAG,
        architecture: said(
          "that it was checked for, if it does not list this machine's",
          orNull(ARCHITECTURE),
        ),
        diagnostics: list(object(FINDING)),
        accepted: said("the findings that the profile accepts", list(object({ reason: TEXT, ...FINDING }))),
      }),
    ),
    others: said(
      "files of the directories that are no profiles; null: no directory was named",
      orNull(COUNT),
    ),
  }),
  "check-policy": versioned("seccomp-exec check-policy --json FILE", {
    policy: TEXT,
    valid: FLAG,
    diagnostics: list(
      object({
        severity: SEVERITY,
        message: TEXT,
        hint: orNull(TEXT),
        ...POSITION,
        pointer: orNull(TEXT),
      }),
    ),
    meaning: said("in sentences", WORDS),
  }),
  inspect: versioned("seccomp-exec inspect --json PROFILE|FILE.bpf", {
    profile: TEXT,
    kind: words("profile", "filter"),
    architecture: said("of the machine", ARCHITECTURE),
    kernel: KERNEL,
    capabilities: said("of the caller", list(CAPABILITY)),
    defaultVerdict: orNull(VERDICT),
    youngerThan: said("the newest kernel whose calls the profile knows", orNull(KERNEL)),
    youngerVerdict: said("of calls that are younger", orNull(VERDICT)),
    otherArchitectures: said("the verdict on all their calls", orNull(VERDICT)),
    architectures: list(
      object({
        architecture: ARCHITECTURE,
        counts: object(Object.fromEntries(KINDS.map((kind) => [kind, COUNT]))),
        calls: said(
          "those that are judged alike together, by subject",
          list(object({ subject: TEXT, ...JUDGEMENT, names: WORDS })),
        ),
      }),
    ),
    withCapability: list(
      object({
        capability: CAPABILITY,
        calls: list(
          object({
            architecture: ARCHITECTURE,
            name: TEXT,
            before: object(JUDGEMENT),
            after: object(JUDGEMENT),
          }),
        ),
      }),
    ),
    exposure: said(
      "the dangers, those that are not open included; null: a raw filter",
      orNull(
        list(
          object({
            danger: TEXT,
            why: TEXT,
            calls: said("through which it is open", list(object({ name: TEXT, argument: orNull(TEXT) }))),
            capabilities: said("each of which would open it", list(CAPABILITY)),
            nothingNewWith: said(
              "a capability of the caller to whom it is let through, but to whom it is nothing new",
              orNull(CAPABILITY),
            ),
          }),
        ),
      ),
    ),
    filter: object({
      instructions: COUNT,
      tooLong: FLAG,
      most: said("instructions that a call executes", orNull(COUNT)),
      usual: list(object({ call: TEXT, executed: COUNT })),
      unrun: said("calls for which kernels from 5.11 on do not run the filter", orNull(COUNT)),
    }),
  }),
  explain: versioned("seccomp-exec explain --json PROFILE SYSCALL [ARG...]", {
    profile: TEXT,
    syscall: said("its name, or its number if it has none", TEXT),
    call: said("the calls that are asked about, as in C", TEXT),
    architectures: said(
      "those of the profile that have the call; what follows is about the first one",
      list(
        object({
          architecture: ARCHITECTURE,
          number: COUNT,
          outcomes: list(
            object({
              ...OUTCOME,
              example: said("a call, as in C", TEXT),
              simulate: said("the same call as a line for simulate", TEXT),
              decidedBy: object({ what: TEXT, ...PLACE }),
            }),
          ),
          cutShort: said("why there may be more; null: there are none", orNull(TEXT)),
        }),
      ),
    ),
    rules: said(
      "all rules about the call, in the order of the file",
      list(
        object({
          syscall: said("the name that is about the call", TEXT),
          verdict: VERDICT,
          condition: said("in words; empty: none", TEXT),
          decides: said("whether it decides some of the calls", FLAG),
          why: said("why it does not; empty: it does", TEXT),
          ...PLACE,
        }),
      ),
    ),
    notes: WORDS,
    influences: said(
      "under what the calls get other verdicts",
      list(
        object({
          kind: words("capability", "kernel", "architecture", "option"),
          under: said("in words", TEXT),
          outcomes: list(object(OUTCOME)),
        }),
      ),
    ),
    change: said(
      "the smallest change to the profile that makes the calls get the opposite, and no other call another verdict",
      orNull(
        object({
          wanted: words("allow", "deny"),
          patch: said("as git apply takes it; null: there is none", orNull(TEXT)),
          why: said("why there is none", orNull(TEXT)),
          others: said("other calls that would change too, in words", WORDS),
        }),
      ),
    ),
  }),
  simulate: versioned("a line of seccomp-exec simulate --json", {
    line: said("of the input, from 1", COUNT),
    verdict: VERDICT,
    reason: said("why, if no rule and no default decides", orNull(TEXT)),
    trace: said(
      "with --trace",
      orNull(
        object({
          decidedBy: said(
            "the place in the profile; null: a raw filter",
            orNull(object({ what: TEXT, profile: TEXT, ...POSITION, pointer: TEXT })),
          ),
          instructions: said(
            "those that are executed",
            list(
              object({
                at: COUNT,
                text: said("in the syntax of bpf_asm", TEXT),
                comment: orNull(TEXT),
                holds: said("of a test: whether it holds", orNull(FLAG)),
                accumulator: said("after it", COUNT),
              }),
            ),
          ),
        }),
      ),
    ),
  }),
  diff: versioned("seccomp-exec diff --json A B", {
    profiles: pair(TEXT, TEXT),
    architecture: said("of the machine", ARCHITECTURE),
    differ: said("whether there is a difference, or may be one", FLAG),
    differences: list(DIFFERENCE),
    withCapability: list(
      object({
        capability: said("null: all that rules name, together", orNull(CAPABILITY)),
        only: said("what differs only with it", list(DIFFERENCE)),
        not: said("what does not differ with it", list(DIFFERENCE)),
      }),
    ),
    cutShort: said(
      "where there may be more",
      list(object({ architecture: orNull(ARCHITECTURE), calls: TEXT, why: TEXT })),
    ),
  }),
  compile: versioned("seccomp-exec compile --json PROFILE", {
    architecture: ARCHITECTURE,
    bigEndian: FLAG,
    flags: said("for seccomp(2); a kernel that lacks one must refuse the filter", COUNT),
    optionalFlags: said("flags that may be left out on a kernel that lacks them", COUNT),
    instructions: said("code, jt, jf, k", list({ type: "array", items: COUNT, minItems: 4, maxItems: 4 })),
  }),
  disasm: versioned("seccomp-exec disasm --json FILE.bpf", {
    architecture: ARCHITECTURE,
    bigEndian: FLAG,
    instructions: list(
      object({
        at: COUNT,
        label: said("by which others jump here", orNull(TEXT)),
        text: said("in the syntax of bpf_asm", TEXT),
        comment: orNull(TEXT),
        code: COUNT,
        jt: COUNT,
        jf: COUNT,
        k: COUNT,
      }),
    ),
  }),
  merge: versioned("seccomp-exec merge --json PROFILE PROFILE...", {
    operation: words("union", "intersection", "rest"),
    profiles: WORDS,
    merged: said("the text of the profile", TEXT),
    file: said("where -o wrote it", orNull(TEXT)),
    rules: said("of the first profile and of the result", pair(COUNT, COUNT)),
    names: said("of the first profile and of the result", pair(COUNT, COUNT)),
    machines: said("for how many it is proven", COUNT),
    notAllCombinations: said("of what it is not proven for every combination", WORDS),
  }),
  verify: versioned("seccomp-exec verify --json PROFILE [FILE.bpf]", {
    result: words("equal", "different", "truncated"),
    instructions: COUNT,
    architectures: list(ARCHITECTURE),
    sets: said("sets of calls compared", COUNT),
    steps: COUNT,
    reason: said("why the proof was cut short", orNull(TEXT)),
    counterexample: orNull(
      object({
        architecture: ARCHITECTURE,
        syscall: said("its name, or its number", TEXT),
        args: list(matching("^0x[0-9a-f]{1,16}$")),
        instructionPointer: orNull(matching("^0x[0-9a-f]{1,16}$")),
        profile: said("the verdict of the profile", VERDICT),
        filter: said("the verdict of the filter", VERDICT),
      }),
    ),
  }),
  prepare: versioned("seccomp-exec prepare --json PROFILE...", {
    profiles: list(
      object({
        profile: TEXT,
        outcome: words("prepared", "kept", "failed"),
        file: said("of its filters", orNull(TEXT)),
        filters: said("how many were written", orNull(COUNT)),
        why: said("why launches use none", orNull(TEXT)),
        hint: orNull(TEXT),
        diagnostics: list(object(FINDING)),
      }),
    ),
    withoutProfile: said("prepared filters whose profile is gone", WORDS),
  }),
  convert: versioned("seccomp-exec convert --json --to ENGINE PROFILE", {
    profile: TEXT,
    to: words(...ENGINE_CHOICE_NAMES),
    converted: said("the text of the file; null: it cannot be said there", orNull(TEXT)),
    file: said("where -o wrote it", orNull(TEXT)),
    diagnostics: list(object(FINDING)),
  }),
  denials: versioned("a line of seccomp-exec denials --json", {
    time: orNull(TEXT),
    pid: orNull(COUNT),
    command: orNull(TEXT),
    executable: orNull(TEXT),
    uid: orNull(COUNT),
    arch: ARCHITECTURE,
    syscall: said("its name, or its number", TEXT),
    number: COUNT,
    verdict: said("ERRNO without its errno if that is not known", TEXT),
  }),
  list: versioned("seccomp-exec list --json [DIR]", {
    directory: TEXT,
    profiles: list(
      object({
        name: TEXT,
        sha256: said("of the text; null: it cannot be read", orNull(SHA256)),
        valid: FLAG,
        prepared: said("whether a launch by this user uses a prepared filter", FLAG),
        why: said("why not", orNull(TEXT)),
        diagnostics: list(
          object({
            code: words(...DIAGNOSTIC_CODES),
            severity: SEVERITY,
            message: TEXT,
            hint: orNull(TEXT),
          }),
        ),
      }),
    ),
  }),
  "manifest-check": versioned("seccomp-exec manifest --check FILE --json [DIR]", {
    directory: TEXT,
    manifest: TEXT,
    profiles: said("how many there are", COUNT),
    notValid: PROFILE_DIFFERENCE,
    differences: PROFILE_DIFFERENCE,
  }),
  status: versioned("seccomp-exec status --json PID...", {
    processes: list(
      object({
        pid: COUNT,
        command: TEXT,
        mode: said("the weakest of its threads", MODE),
        filters: said("the fewest of its threads; null: the kernel does not say", orNull(COUNT)),
        noNewPrivs: FLAG,
        profiles: PROFILES_OF_THREAD,
        threads: said(
          "if their filters differ",
          orNull(
            list(
              object({
                count: COUNT,
                mode: MODE,
                filters: orNull(COUNT),
                noNewPrivs: FLAG,
                profiles: PROFILES_OF_THREAD,
              }),
            ),
          ),
        ),
      }),
    ),
    errors: said(
      "the processes that cannot be shown",
      list(object({ pid: COUNT, message: TEXT, hint: orNull(TEXT) })),
    ),
  }),
  task: versioned("seccomp-exec task --json FILE...", {
    valid: FLAG,
    files: list(
      object({
        file: TEXT,
        kind: said("of definition; null: it is none", orNull(TEXT)),
        valid: FLAG,
        tasks: list(
          object({
            name: TEXT,
            line: COUNT,
            column: COUNT,
            confined: words("yes", "no", "depends", "refused"),
            why: TEXT,
            launcher: said("whether seccomp-exec starts it", FLAG),
            filters: list(
              object({
                by: said("who installs it", TEXT),
                profile: TEXT,
                source: said("what asks for it", orNull(TEXT)),
                only: said("when it applies; null: always", orNull(TEXT)),
                exists: said("whether the profile is there; null: not known", orNull(FLAG)),
                place: said("where it is", orNull(TEXT)),
              }),
            ),
          }),
        ),
        diagnostics: list(object(FINDING)),
      }),
    ),
  }),
  help: versioned("seccomp-exec help --json [VERB]", {
    options: said("of the launcher", list(OPTION)),
    verbs: list(
      object({
        name: TEXT,
        operands: WORDS,
        summary: TEXT,
        details: TEXT,
        options: list(OPTION),
        exits: orNull(object({ 0: TEXT, 1: TEXT })),
        runsCommand: FLAG,
        readsInput: said("what it reads from standard input, if no operand can be it", orNull(TEXT)),
        example: TEXT,
      }),
    ),
  }),
  version: versioned("seccomp-exec version --json", {
    program: { const: "seccomp-exec" },
    release: TEXT,
    architecture: ARCHITECTURE,
  }),
  "dry-run": versioned(
    "seccomp-exec --dry-run --json ...; what does not apply to a launch without a filter is null",
    {
      confined: said("whether a filter that denies something will be installed", FLAG),
      decidedBy: TEXT,
      passedOver: said("the variables that were overridden, with their values", WORDS),
      policy: said("the operator's policy", orNull(TEXT)),
      profile: orNull(TEXT),
      digest: orNull(matching("^sha256:[0-9a-f]{64}$")),
      profileDir: said("where names are looked up; null: they name what is compiled in", orNull(TEXT)),
      architectures: orNull(list(ARCHITECTURE)),
      kernel: orNull(KERNEL),
      capabilities: orNull(list(CAPABILITY)),
      unknownSyscallsAfter: said("the kernel after whose calls the answer is ENOSYS", orNull(KERNEL)),
      wideArguments: orNull(FLAG),
      complain: orNull(FLAG),
      audit: said("where denied calls are named", orNull(TEXT)),
      instructions: orNull(COUNT),
      prepared: said("whether a prepared filter is used", orNull(FLAG)),
      flags: orNull(list(matching("^SECCOMP_FILTER_FLAG_"))),
      listener: said("the socket of a seccomp agent", orNull(TEXT)),
      noNewPrivs: said("whether the command runs with it", FLAG),
      command: said("the file that is executed", orNull(TEXT)),
    },
  ),
};
