/**
 * How Apache Mesos 1.8 to 1.11 reads a profile: src/linux/seccomp/seccomp_parser.cpp and seccomp.cpp, with libseccomp 2.3.3.
 */

import type { ErrorObject } from "ajv";
import type { Diagnostic } from "../diagnostic.ts";
import { counted, listed } from "../plural.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import { holds, type Target } from "../policy/target.ts";
import validateMesos from "../profile/generated/validate-mesos.js";
import { SPEC } from "../profile/kubernetes.ts";
import { pointerTokens } from "../profile/pointer.ts";
import type { Profile, Rule } from "../profile/profile.ts";
import mesosSchema from "../profile/schema/mesos.schema.json" with { type: "json" };
import { type Architecture, type ArchitectureName, architectureByScmp } from "../tables/architectures.ts";
import { EPERM } from "../tables/errnos.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import {
  doesNotRunOn,
  type Engine,
  type EngineReading,
  type EngineRule,
  engineRule,
  ignoredKernels,
  type LibseccompUse,
  members,
  rawProfile,
  rawRule,
  refusal,
  remark,
} from "./engine.ts";
import { type Event, libseccompFilter } from "./libseccomp.ts";

const MESOS = "Mesos";

const { definitions: ofMesos } = mesosSchema;

/** Its words for `arches` that are not libseccomp's names in lower case. */
const WORDS: Readonly<Partial<Record<ArchitectureName, string>>> = { x86_64: "amd64", aarch64: "arm64" };

/** The word that Mesos has for an architecture in `arches`. */
export function mesosArchWord(arch: Architecture): string {
  return WORDS[arch.name] ?? arch.name;
}

/** The newest kernel whose syscalls libseccomp 2.3.3 knows: its CHANGELOG. */
const NEWEST_KERNEL = 4 * 256 + 15;

/** Older ones that it does not know: they exist only on architectures that it lacks. */
const UNKNOWN_OLD = ["atomic_barrier", "atomic_cmpxchg_32", "getpagesize", "riscv_flush_icache"];

/** Whether libseccomp 2.3.3, which Mesos bundles, knows a syscall of that name on any architecture. */
export function isKnownToMesos(name: string): boolean {
  const id = syscallId(name);
  return id >= 0 && syscallSince(id) <= NEWEST_KERNEL && !UNKNOWN_OLD.includes(name);
}

const LIBSECCOMP: LibseccompUse = {
  skipsDefault: false,
  knows: isKnownToMesos,
  skipsUnknown: false,
  comparesHalves: true,
  replacesLonger: true,
};

export const mesos: Engine = {
  name: "mesos",
  title: MESOS,
  libseccomp: LIBSECCOMP,
  killsProcess: false,
  read,
};

function read(profile: Profile, raw: unknown, target: Target): EngineReading {
  const { base } = profile;
  const architectures = architecturesOf(profile, target.arch);
  const ofThisArch = profile.rules.filter((rule) =>
    matchesArch(rule, rawRule(raw, base, rule.index), target),
  );
  // ERRNO and TRACE always carry EPERM.
  const toRule = (rule: Rule): EngineRule => engineRule(base, withRoundedValues(rule), EPERM);
  const defaultVerdict = actionVerdict(profile.defaultAction, EPERM);
  const reading = { architectures, defaultVerdict, rules: ofThisArch.map(toRule), refusals: [], remarks: [] };
  const misread = ignoredKernels(MESOS, profile);
  return {
    ...reading,
    rules: ofThisArch.filter((rule) => hasCaps(rule, target)).map(toRule),
    refusals: refusalsOf(profile, raw, target.arch, reading, ofThisArch),
    misread,
    remarks: [...misread.map(({ remark: said }) => said), ...remarksOn(profile, raw)],
  };
}

const refused = new WeakMap<Profile, Map<Architecture, readonly Diagnostic[]>>();

/**
 * Why it rejects a profile on agents of an architecture, found once for all capabilities: Mesos builds the filter once with all rules,
 * before it knows them.
 */
function refusalsOf(
  profile: Profile,
  raw: unknown,
  native: Architecture,
  reading: EngineReading,
  ofThisArch: readonly Rule[],
): readonly Diagnostic[] {
  const known = refused.get(profile) ?? new Map<Architecture, readonly Diagnostic[]>();
  refused.set(profile, known);
  const found = known.get(native) ?? [
    ...(ofMesos.architecture.enum.includes(native.scmp) ? [] : [doesNotRunOn(MESOS, native, profile.base)]),
    ...oncePerMessage(formRefusals(profile, raw, native)),
    ...conditionRefusals(profile, ofThisArch),
    ...nameRefusals(reading),
    ...oncePerMessage(reading.architectures.flatMap((arch) => buildRefusals(reading, arch))),
  ];
  known.set(native, found);
  return found;
}

/** Every entry of the native architecture counts. */
function architecturesOf({ archMap = [] }: Profile, native: Architecture): Architecture[] {
  const listed = archMap
    .filter(({ architecture }) => architecture === native.scmp)
    .flatMap(({ subArchitectures }) => subArchitectures)
    .map(architectureByScmp)
    .filter((arch) => arch !== undefined);
  return [...new Set([native, ...listed])];
}

function matchesArch({ excludes }: Rule, raw: Readonly<Record<string, unknown>>, target: Target): boolean {
  const word = mesosArchWord(target.arch);
  const wanted = members(raw["includes"])["arches"];
  // An empty list matches no architecture.
  return !(Array.isArray(wanted) && !wanted.includes(word)) && !excludes.arches.includes(word);
}

function hasCaps({ includes, excludes }: Rule, target: Target): boolean {
  return (
    includes.caps.every((name) => holds(target, name) === true) &&
    !excludes.caps.some((name) => holds(target, name) === true)
  );
}

/** Maximum number that it reads exactly. */
const MAX_EXACT = 2n ** 63n - 1n;

const MAX_U64 = 2n ** 64n - 1n;

/** Larger numbers are parsed as floating point. */
function withRoundedValues(rule: Rule): Rule {
  const rounded = (value: bigint): bigint =>
    value > MAX_EXACT ? BigInt.asUintN(64, BigInt(Number(value))) : value;
  const conditions = rule.conditions.map((one) => ({
    ...one,
    value: rounded(one.value),
    valueTwo: rounded(one.valueTwo),
  }));
  return { ...rule, conditions };
}

/** What its parser rejects. */
function formRefusals({ base, archMap = [] }: Profile, raw: unknown, native: Architecture): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (base !== "") {
    const holder = base === SPEC ? "a Kubernetes object" : "a config.json";
    found.push(refusal(MESOS, `it does not look into ${holder}`, base, HINT));
  }
  const value = rawProfile(raw, base);
  if (validateMesos(value)) {
    return found;
  }
  for (const error of validateMesos.errors ?? []) {
    const tokens = pointerTokens(error.instancePath);
    const pointer = base + error.instancePath;
    if (isReadElsewhere(error, tokens, value, archMap, native)) {
      found.push(
        remark(
          "warning",
          `${MESOS} does not take the profile on agents of other architectures: ${inItsWords(error, tokens, value)}`,
          pointer,
          HINT,
        ),
      );
    } else if (isNullArgs(tokens, value)) {
      found.push(
        remark(
          "warning",
          `${MESOS} before 1.11 does not take the profile: ${inItsWords(error, tokens, value)}`,
          pointer,
          HINT,
        ),
      );
    } else {
      found.push(refusal(MESOS, inItsWords(error, tokens, value), pointer, HINT));
    }
  }
  return found;
}

/** Whether it is a rule's `args` with the value null, which Mesos takes from 1.11 on. */
function isNullArgs(tokens: readonly string[], profile: unknown): boolean {
  const [list, , member] = tokens;
  return (
    list === "syscalls" &&
    tokens.length === 3 &&
    member === "args" &&
    tokens.reduce<unknown>((at, token) => members(at)[token], profile) === null
  );
}

/**
 * Whether an agent of the native architecture never reads a value: it reads only the native entries of archMap, skips rules
 * for other architectures before it looks at their other members, and reads a list of architectures only as far as its own.
 */
function isReadElsewhere(
  { keyword, params }: ErrorObject,
  tokens: readonly string[],
  profile: unknown,
  archMap: NonNullable<Profile["archMap"]>,
  native: Architecture,
): boolean {
  const [list, index = "", given, selector = ""] = tokens;
  // What is missing is an error of the object that lacks it.
  const member = given ?? (keyword === "required" ? String(params["missingProperty"]) : "");
  if (list === "archMap") {
    return !["", "architecture"].includes(member) && archMap[Number(index)]?.architecture !== native.scmp;
  }
  if (list !== "syscalls" || tokens.length < 2) {
    return false;
  }
  const word = mesosArchWord(native);
  const rule = members(members(members(profile)["syscalls"])[index]);
  const wordsOf = (key: string): unknown[] => [members(rule[key])["arches"] ?? []].flat();
  const included = members(rule["includes"])["arches"] === undefined || wordsOf("includes").includes(word);
  if (selector === "arches") {
    const own = wordsOf(member).indexOf(word);
    return own >= 0 && own < Number(tokens[4]);
  }
  const isDropped = !included || wordsOf("excludes").includes(word);
  return isDropped && member !== "includes" && (included ? member !== "excludes" : true) && member !== "";
}

const HINT = "seccomp-exec convert --to mesos writes a file that Mesos accepts";

/** Mesos's message for what its schema rejects. */
function inItsWords({ keyword, params }: ErrorObject, tokens: readonly string[], value: unknown): string {
  const word = tokens.reduce<unknown>((at, token) => members(at)[token], value);
  const last = tokens.at(-1) ?? "";
  const list = tokens.at(-2) ?? "";
  switch (keyword) {
    case "required": {
      const item = tokens.length === 0 ? " for the Seccomp configuration" : ` field for '${list}' item`;
      return `Cannot determine '${params["missingProperty"]}'${item}: Not found`;
    }
    case "minItems":
      return "Syscall 'names' list is empty";
    case "enum":
      return `${enumWords(tokens)}: '${word}'`;
    case "type":
      return last === "args"
        ? "Cannot determine 'args' field for 'syscalls' item: Found JSON value of wrong type"
        : `Cannot determine '${last}': Found JSON value of wrong type`;
    default:
      return `'${last}' is not valid (${keyword})`;
  }
}

function enumWords(tokens: readonly string[]): string {
  if (tokens.includes("caps")) {
    return "Unknown capability";
  }
  return tokens.at(-1)?.toLowerCase().includes("action") === true
    ? "Unknown syscall action"
    : "Unknown architecture";
}

function conditionRefusals({ base }: Profile, rules: readonly Rule[]): Diagnostic[] {
  return rules
    .filter(({ conditions }) => new Set(conditions.map(({ index }) => index)).size < conditions.length)
    .map(({ index, names, action }) =>
      refusal(
        MESOS,
        failedToAdd(names[0] ?? "", action, "Invalid argument"),
        `${base}/syscalls/${index}/args`,
        "compare each argument once, and write a rule for each further condition",
      ),
    );
}

/** The names that its libseccomp does not know, in one finding: the parser stops at the first. */
function nameRefusals({ rules }: EngineReading): Diagnostic[] {
  const unknown = new Map<string, string>();
  for (const { pointer, names } of rules) {
    for (const [i, name] of names.entries()) {
      if (!isKnownToMesos(name) && !unknown.has(name)) {
        unknown.set(name, `${pointer}/names/${i}`);
      }
    }
  }
  const [first, ...others] = unknown;
  if (first === undefined) {
    return [];
  }
  const [name, pointer] = first;
  const more = others.length === 0 ? "" : `; nor does it know ${listed(others.map(([other]) => other))}`;
  const hint = "its libseccomp 2.3.3 knows the calls of Linux 4.15";
  return [refusal(MESOS, `Unrecognized syscall '${name}'${more}`, pointer, hint)];
}

/** One finding for each message, at the first place. */
function oncePerMessage(found: readonly Diagnostic[]): Diagnostic[] {
  const groups = new Map<
    string,
    { readonly first: Diagnostic; readonly pointers: Set<string | undefined> }
  >();
  for (const one of found) {
    const group = groups.get(one.message) ?? { first: one, pointers: new Set() };
    group.pointers.add(one.pointer);
    groups.set(one.message, group);
  }
  return [...groups.values()].map(({ first, pointers }) =>
    pointers.size === 1
      ? first
      : { ...first, message: `${first.message} (here and in ${counted(pointers.size - 1, "other place")})` },
  );
}

function buildRefusals(reading: EngineReading, arch: Architecture): Diagnostic[] {
  const actions = new Map(reading.rules.map(({ pointer, action }) => [pointer, action]));
  const toRefusal = ({ kind, name, pointer }: Event): Diagnostic[] => {
    const action = actions.get(pointer) ?? "";
    switch (kind) {
      case "equals-default":
        return [
          refusal(
            MESOS,
            failedToAdd(name, action, "Operation not permitted"),
            pointer,
            "remove the rule: its action is the default one",
          ),
        ];
      case "clash":
        return [refusal(MESOS, failedToAdd(name, action, "File exists"), pointer)];
      default:
        return [];
    }
  };
  return libseccompFilter(reading, arch, LIBSECCOMP).events.flatMap(toRefusal);
}

function failedToAdd(name: string, action: string, reason: string): string {
  return `Failed to add rule for syscall '${name}' with action '${action.replace("SCMP_", "")}': ${reason}`;
}

/** What it ignores, and what it reads differently. */
function remarksOn({ base, flags, rules }: Profile, raw: unknown): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (flags !== undefined && flags.length > 0) {
    found.push(remark("warning", `${MESOS} ignores 'flags'`, `${base}/flags`));
  }
  for (const { index, conditions } of rules) {
    const pointer = `${base}/syscalls/${index}`;
    const selectors = ["includes", "excludes"] as const;
    for (const key of selectors) {
      const selector = members(rawRule(raw, base, index)[key]);
      const arches = selector["arches"];
      if (key === "includes" && Array.isArray(arches) && arches.length === 0) {
        found.push(
          remark(
            "error",
            `${MESOS} takes an empty list of 'arches' as no architecture and drops the rule`,
            `${pointer}/includes/arches`,
            "leave it out",
          ),
        );
      }
    }
    for (const [i, { value, valueTwo }] of conditions.entries()) {
      for (const [key, number] of Object.entries({ value, valueTwo })) {
        if (number > MAX_EXACT && BigInt(Number(number)) !== number) {
          found.push(
            remark(
              "error",
              BigInt(Number(number)) > MAX_U64
                ? `${MESOS} rounds ${number} to 2^64, with unpredictable results`
                : `${MESOS} rounds ${number}, which is above 2^63-1`,
              `${pointer}/args/${i}/${key}`,
            ),
          );
        }
      }
    }
  }
  return found;
}
