/**
 * Recognises files that are not profiles but are often given instead of one.
 */

import { checkProgram } from "../bpf/check.ts";
import { decodeProgram } from "../bpf/codec.ts";
import { decodeBytes, encodeBytes, isUtf8 } from "../bytes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { isSeccompProfile } from "../profile/kubernetes.ts";
import { isFilter as isOneFilter, isSeccompiler } from "../profile/seccompiler.ts";
import { BPF_MAXINSNS } from "../tables/seccomp.ts";
import policySchema from "../task/schema/policy.schema.json" with { type: "json" };
import { kindByWords, linesOf } from "./other-texts.ts";

/** A kind of file that is not a profile. */
export interface Kind {
  /** With its article, as in "this is ...". */
  readonly what: string;
  /** What follows it instead of "not a profile". */
  readonly but?: string;
  /** What to do with it, or instead. */
  readonly hint: string;
}

/** The only diagnostic for a file of another kind. */
export function notAProfile({ what, but = "not a profile", hint }: Kind): Diagnostic {
  return {
    code: "not-a-profile",
    severity: "error",
    message: `this is ${what}, ${but}`,
    hint,
    position: { line: 1, column: 1 },
  };
}

/** What a JSON value is; undefined if it may be meant as a profile. */
export function kindOfValue(value: unknown): Kind | undefined {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every(isRule)
      ? { what: "a list of rules", hint: wrapped("THE LIST", value[0]) }
      : undefined;
  }
  if (!isObject(value)) {
    return undefined;
  }
  const object = value;
  const has = (...keys: readonly string[]): boolean => keys.some((key) => Object.hasOwn(object, key));
  if (has("default_action") && has("syscalls")) {
    return {
      what: "a policy of Elastic's go-seccomp-bpf",
      but: "and seccomp-exec reads no such policy",
      hint: `write its rules as a profile: default_action is "defaultAction", allow is "SCMP_ACT_ALLOW", errno is "SCMP_ACT_ERRNO"`,
    };
  }
  if (
    has("defaultAction", "syscalls", "linux", "ociVersion") ||
    isSeccompProfile(value) ||
    isSeccompiler(value)
  ) {
    return undefined;
  }
  if (isOneFilter(value)) {
    return {
      what: "one filter of seccompiler, without its name",
      hint: 'put it under a name: { "main": THE FILTER }',
    };
  }
  const [holder] = Object.keys(object).filter(
    (key) => isObject(object[key]) && "defaultAction" in object[key],
  );
  if (holder !== undefined && !has("apiVersion")) {
    return {
      what: `an object with a profile in it, at '${holder}'`,
      hint: "save that object to a separate file",
    };
  }
  if (isRule(object)) {
    return { what: "one rule", hint: wrapped("[ THE RULE ]", object) };
  }
  if (typeof object["apiVersion"] === "string" && typeof object["kind"] === "string") {
    return ofKubernetes(object["kind"]);
  }
  if (has("instructions") && has("architecture")) {
    return {
      what: "a filter, as 'compile --format json' writes it",
      hint: "for simulate, verify and disasm write it raw: seccomp-exec compile -o FILE.bpf PROFILE",
    };
  }
  if (has("container", "containers") && has("id")) {
    return { what: "a Marathon app or pod", hint: NAMES_ONE };
  }
  if (has("run") && has("id")) {
    return { what: "a Metronome job", hint: NAMES_ONE };
  }
  if (has("task_id", "tasks", "linux_info", "linuxInfo", "seccomp", "profileName", "profile_name")) {
    return { what: "a task's definition or its request for a profile", hint: NAMES_ONE };
  }
  if (has("cmd", "args") && has("id")) {
    return { what: "a Marathon app", hint: NAMES_ONE };
  }
  if (has("services")) {
    return {
      what: "a Compose file",
      hint: "a service names its profile in security_opt (seccomp=FILE): use that file",
    };
  }
  if (has("seccomp-profile")) {
    return { what: "the configuration of Docker's daemon", hint: NAMES_ONE };
  }
  const { $schema: _, ...policyKeys } = policySchema.properties;
  return has(...Object.keys(policyKeys))
    ? {
        what: "an operator's policy",
        hint: "seccomp-exec check-policy checks it, and says what it means",
      }
    : undefined;
}

const NAMES_ONE = "use the profile that it names";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRule(value: unknown): boolean {
  if (!isObject(value)) {
    return false;
  }
  const hasNames = Object.hasOwn(value, "names") || Object.hasOwn(value, "name");
  return hasNames && Object.hasOwn(value, "action") && !Object.hasOwn(value, "defaultAction");
}

/** The hint to make a profile of rules: its default action is the opposite of the first rule's. */
function wrapped(what: string, rule: unknown): string {
  const allows = (rule as Record<string, unknown>)["action"] === "SCMP_ACT_ALLOW";
  const rest = allows ? "SCMP_ACT_ERRNO" : "SCMP_ACT_ALLOW";
  return `put it into a profile: { "defaultAction": "${rest}", "syscalls": ${what} }`;
}

function ofKubernetes(kind: string): Kind {
  return kind === "List"
    ? { what: "a list of Kubernetes objects", hint: "save the SeccompProfile in it to a separate file" }
    : { what: `a Kubernetes object (${kind})`, hint: "use the file that its localhostProfile names" };
}

/** What a text is, by its words; undefined if it may be meant as JSON. */
function kindOfText(text: string): Kind | undefined {
  const { telling, first } = linesOf(text);
  const isYaml = /^([\w$][\w.$/-]*:( |$)|- \S)/.test(first);
  return kindByWords(text) ?? (isYaml ? ofYaml(telling) : undefined);
}

/**
 * Whether a text is read as YAML: its content says that it is a SeccompProfile. A text that begins as JSON is JSON only, so that
 * none has two meanings.
 */
export function isYamlProfile(text: string): boolean {
  return !BEGINS_AS_JSON.test(text) && SAYS_SECCOMP_PROFILE.test(text);
}

const BEGINS_AS_JSON = /^\ufeff?\s*[{[]/;
const SAYS_SECCOMP_PROFILE = /^(["']?)kind\1[ \t]*:[ \t]*(["']?)SeccompProfile\2[ \t\r]*(?:#.*)?$/m;

function ofYaml(lines: readonly string[]): Kind {
  const value = (key: string): string | undefined =>
    lines.map((line) => new RegExp(`^${key}:\\s*['"]?([\\w./-]+)`).exec(line)?.[1]).find((word) => word);
  const kind = value("kind");
  if (kind !== undefined && value("apiVersion") !== undefined) {
    const { what, hint } = ofKubernetes(kind);
    return { what: `${what} in YAML`, hint };
  }
  return value("defaultAction") === undefined
    ? { what: "YAML", hint: "a profile is JSON" }
    : {
        what: "a profile in YAML",
        but: "and profiles are read as JSON only",
        hint: "write it as JSON, for example with yq -o=json . FILE, or put it under 'spec:' of a SeccompProfile, which is read as YAML",
      };
}

/** What a binary file is, by its first bytes. */
function kindByMagic(bytes: ByteString): Kind | undefined {
  if (bytes.startsWith("\x7fELF")) {
    return { what: "a program (ELF)", hint: "to run it: seccomp-exec --profile PROFILE -- FILE" };
  }
  if (/^(\x1f\x8b|PK\x03\x04|\xfd7zXZ|\x28\xb5\x2f\xfd|BZh)/.test(bytes)) {
    return { what: "a compressed file", hint: "unpack it first" };
  }
  return undefined;
}

/** What a binary file is; undefined if unknown. */
export function kindOfBytes(bytes: ByteString): Kind | undefined {
  const found = kindByMagic(bytes);
  if (found === undefined && isFilter(bytes)) {
    return {
      what: "a raw filter, which is what profiles are compiled to",
      hint: "seccomp-exec disasm FILE shows it, verify PROFILE FILE compares it with a profile, and simulate takes it if its name ends in .bpf",
    };
  }
  return found;
}

/** Whether the kernel would take the bytes as a filter, in either byte order. */
function isFilter(bytes: ByteString): boolean {
  if (bytes.length > BPF_MAXINSNS * 8) {
    return false;
  }
  const units = Uint8Array.from(bytes, (unit) => unit.charCodeAt(0));
  return [false, true].some((bigEndian) => {
    const program = decodeProgram(units, bigEndian);
    return program !== undefined && checkProgram(program).kind === "accepted";
  });
}

/** What a file that is not JSON is, by its bytes or by its words. */
export function kindOfBrokenText(text: string): Kind | undefined {
  return text.includes("\0") ? kindOfBytes(encodeBytes(text)) : kindOfText(text);
}

/** What a file is that the kernel would refuse as a filter; undefined if unknown. */
export function kindOfBrokenFilter(bytes: ByteString): Kind | undefined {
  const found = kindByMagic(bytes);
  if (found !== undefined || bytes.includes("\0") || !isUtf8(bytes)) {
    return found;
  }
  const text = decodeBytes(bytes);
  return text.trimStart().startsWith("{")
    ? {
        what: "JSON, perhaps a profile",
        hint: "seccomp-exec compile -o FILE.bpf PROFILE makes a filter of a profile",
      }
    : kindOfText(text);
}
