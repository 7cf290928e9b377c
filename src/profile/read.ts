/**
 * Reads a JSON value as a profile: checks the types by schema, then what has to go together.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { MAX_ERRNO, SECCOMP_RET_DATA } from "../tables/seccomp.ts";
import validateProfile from "./generated/validate-profile.js";
import { parseKernelVersion } from "./kernel-version.ts";
import type {
  ActionName,
  ArchMapEntry,
  Condition,
  Errno,
  FlagName,
  OperatorName,
  Profile,
  Rule,
  Selector,
} from "./profile.ts";
import { schemaDiagnostics } from "./schema-errors.ts";

/** What reading a profile gives: no profile where any diagnostic is an error. */
export interface ReadResult {
  readonly profile: Profile | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The value as the schema has accepted it. */
interface RawProfile {
  defaultAction: ActionName;
  defaultErrnoRet?: number | null;
  defaultErrno?: string;
  archMap?: { architecture: string; subArchitectures?: string[] | null }[] | null;
  architectures?: string[] | null;
  flags?: FlagName[] | null;
  syscalls?: RawRule[] | null;
}

interface RawRule {
  name?: string;
  names?: string[] | null;
  action: ActionName;
  errnoRet?: number | null;
  errno?: string;
  args?: RawCondition[] | null;
  includes?: RawSelector | null;
  excludes?: RawSelector | null;
}

interface RawCondition {
  index: number;
  value: number;
  valueTwo?: number;
  op: OperatorName;
}

interface RawSelector {
  caps?: string[] | null;
  arches?: string[] | null;
  minKernel?: string;
}

const PROFILE_KEYS = [
  "defaultAction",
  "defaultErrnoRet",
  "defaultErrno",
  "archMap",
  "architectures",
  "flags",
  "listenerPath",
  "listenerMetadata",
  "syscalls",
  "comment",
  "$schema",
];
const RULE_KEYS = ["name", "names", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes"];
const CONDITION_KEYS = ["index", "value", "valueTwo", "op"];
const SELECTOR_KEYS = ["caps", "arches", "minKernel"];
const ARCH_MAP_KEYS = ["architecture", "subArchitectures"];

/** Every key that a format knows. */
export const PROFILE_VOCABULARY: readonly string[] = [
  ...PROFILE_KEYS,
  ...RULE_KEYS,
  ...CONDITION_KEYS,
  ...SELECTOR_KEYS,
  ...ARCH_MAP_KEYS,
];

const MAX_U64 = 2n ** 64n - 1n;
const NOTHING: Selector = { caps: [], arches: [], minKernel: undefined };
const NO_CONDITIONS: readonly Condition[] = [];

/**
 * Reads a profile in any of the formats.
 *
 * @param document the JSON value: a profile, or an OCI config.json with one at `linux.seccomp`
 * @param exact integers that `document` holds only rounded, by JSON pointer; where it is left out, an integer
 *   that may have been rounded is an error
 */
export function readProfile(document: unknown, exact?: ReadonlyMap<string, bigint>): ReadResult {
  const base = profileBase(document);
  const value = base === "" ? document : (document as OciConfig).linux.seccomp;
  if (!validateProfile(value)) {
    return { profile: undefined, diagnostics: schemaDiagnostics(validateProfile.errors ?? [], value, base) };
  }
  const reader = new Reader(base, exact);
  const profile = reader.profile(value as RawProfile);
  return { profile: reader.failed ? undefined : profile, diagnostics: reader.diagnostics };
}

interface OciConfig {
  linux: { seccomp: unknown };
}

/** Where in the document the profile stands. */
function profileBase(document: unknown): string {
  const linux = (document as Partial<OciConfig> | null)?.linux;
  return typeof linux === "object" && linux !== null && "seccomp" in linux ? "/linux/seccomp" : "";
}

/** Turns raw values into a Profile and collects what is wrong with them. */
class Reader {
  readonly diagnostics: Diagnostic[] = [];
  failed = false;

  constructor(
    private readonly base: string,
    private readonly exact: ReadonlyMap<string, bigint> | undefined,
  ) {}

  profile(raw: RawProfile): Profile {
    this.keys(raw, PROFILE_KEYS, this.base);
    if (raw.archMap && raw.architectures) {
      this.error(
        "archmap-and-architectures",
        "'architectures' and 'archMap' are both given",
        `${this.base}/architectures`,
        "keep the one that your engine reads: Docker's is archMap, the OCI's is architectures",
      );
    }
    const rules: Rule[] = [];
    const list = raw.syscalls ?? [];
    for (let i = 0; i < list.length; i += 1) {
      const rule = list[i];
      if (rule !== undefined) {
        rules.push(this.rule(rule, i));
      }
    }
    return {
      base: this.base,
      defaultAction: raw.defaultAction,
      defaultErrno: this.errno(
        raw.defaultAction,
        raw.defaultErrnoRet,
        raw.defaultErrno,
        this.base,
        "defaultErrno",
      ),
      archMap: raw.archMap ? raw.archMap.map((entry, i) => this.archMapEntry(entry, i)) : undefined,
      architectures: raw.architectures ?? undefined,
      flags: raw.flags ?? undefined,
      rules,
    };
  }

  private archMapEntry(
    raw: { architecture: string; subArchitectures?: string[] | null },
    i: number,
  ): ArchMapEntry {
    this.keys(raw, ARCH_MAP_KEYS, `${this.base}/archMap/${i}`);
    return { architecture: raw.architecture, subArchitectures: raw.subArchitectures ?? [] };
  }

  private rule(raw: RawRule, index: number): Rule {
    const at = `${this.base}/syscalls/${index}`;
    this.keys(raw, RULE_KEYS, at);
    return {
      index,
      names: this.names(raw, at),
      action: raw.action,
      errno: this.errno(raw.action, raw.errnoRet, raw.errno, at, "errno"),
      conditions: raw.args ? raw.args.map((arg, i) => this.condition(arg, `${at}/args/${i}`)) : NO_CONDITIONS,
      includes: raw.includes ? this.selector(raw.includes, `${at}/includes`) : NOTHING,
      excludes: raw.excludes ? this.selector(raw.excludes, `${at}/excludes`) : NOTHING,
    };
  }

  private names(raw: RawRule, at: string): readonly string[] {
    if (raw.name !== undefined && raw.names) {
      this.error("name-and-names", "'name' and 'names' are both given", `${at}/name`, "keep 'names'");
      return [];
    }
    if (raw.name !== undefined) {
      if (raw.name === "") {
        this.error("empty-name", "the syscall name is empty", `${at}/name`);
      }
      return [raw.name];
    }
    if (!raw.names || raw.names.length === 0) {
      this.error(
        "no-names",
        "the rule names no syscall",
        raw.names ? `${at}/names` : at,
        "list the syscalls in 'names', or remove the rule",
      );
      return [];
    }
    const empty = raw.names.indexOf("");
    if (empty >= 0) {
      this.error("empty-name", "the syscall name is empty", `${at}/names/${empty}`);
    }
    return raw.names;
  }

  private errno(
    action: ActionName,
    number: number | null | undefined,
    name: string | undefined,
    at: string,
    key: "errno" | "defaultErrno",
  ): Errno {
    const given = number ?? undefined;
    if (given === undefined && name === undefined) {
      return NO_ERRNO;
    }
    const pointer = `${at}/${given === undefined ? key : `${key}Ret`}`;
    const largest = action === "SCMP_ACT_ERRNO" ? MAX_ERRNO : SECCOMP_RET_DATA;
    if (action !== "SCMP_ACT_ERRNO" && action !== "SCMP_ACT_TRACE") {
      this.warning("errno-without-effect", `${action} does not use an errno`, pointer, "remove it");
    } else if (given !== undefined && given > largest) {
      this.error("errno-range", `'${key}Ret' has to be at most ${largest}, not ${given}`, pointer);
    }
    return { number: given, name };
  }

  private condition(raw: RawCondition, at: string): Condition {
    this.keys(raw, CONDITION_KEYS, at);
    const valueTwo = raw.valueTwo === undefined ? 0n : this.argument(raw.valueTwo, `${at}/valueTwo`);
    return { index: raw.index, op: raw.op, value: this.argument(raw.value, `${at}/value`), valueTwo };
  }

  private argument(rounded: number, at: string): bigint {
    if (this.exact === undefined && !Number.isSafeInteger(rounded)) {
      this.error("inexact-number", "a number above 2^53 has to be read exactly", at);
      return 0n;
    }
    const value = this.exact?.get(at) ?? BigInt(rounded);
    if (value > MAX_U64) {
      this.error("value-range", `${value} is above 2^64-1 (18446744073709551615)`, at);
    }
    return value;
  }

  private selector(raw: RawSelector, at: string): Selector {
    this.keys(raw, SELECTOR_KEYS, at);
    let minKernel: number | undefined;
    if (raw.minKernel !== undefined) {
      minKernel = parseKernelVersion(raw.minKernel);
      if (minKernel === undefined) {
        this.error(
          "min-kernel",
          `'${raw.minKernel}' is not a kernel version`,
          `${at}/minKernel`,
          "write it as X.Y, for example 4.8",
        );
      }
    }
    return { caps: raw.caps ?? [], arches: raw.arches ?? [], minKernel };
  }

  /** Warns of every key that no format knows. */
  private keys(object: object, known: readonly string[], at: string): void {
    for (const key in object) {
      if (!known.includes(key)) {
        this.diagnostics.push({
          code: "unknown-key",
          severity: "warning",
          message: `no profile format knows the key '${key}'`,
          pointer: `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`,
          misspelt: { word: key, kind: "key" },
        });
      }
    }
  }

  private error(code: string, message: string, pointer: string, hint?: string): void {
    this.failed = true;
    this.diagnostics.push({
      code,
      severity: "error",
      message,
      pointer,
      ...(hint === undefined ? {} : { hint }),
    });
  }

  private warning(code: string, message: string, pointer: string, hint: string): void {
    this.diagnostics.push({ code, severity: "warning", message, pointer, hint });
  }
}

const NO_ERRNO: Errno = { number: undefined, name: undefined };
