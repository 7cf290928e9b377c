/**
 * Profile and target to policy: selects the rules, turns names into ids and actions into verdicts.
 */

import { type Diagnostic, Findings, MAX_DIAGNOSTICS, type WordKind } from "../diagnostic.ts";
import {
  type ActionName,
  type Condition,
  type Errno,
  type FlagName,
  NO_SELECTOR,
  namePath,
  type Profile,
  type Rule,
  type Selector,
} from "../profile/profile.ts";
import {
  type Architecture,
  architectureByScmp,
  isArchitectureWord,
  matchesArchName,
  X32_SEPARATE_SINCE,
} from "../tables/architectures.ts";
import { EPERM, enosys, errnoNumber, genericErrnoNumber } from "../tables/errnos.ts";
import { libraryFunction } from "../tables/library-functions.ts";
import {
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_USER_NOTIF,
} from "../tables/seccomp.ts";
import {
  FIRST_CODE,
  firstWithLetter,
  syscallId,
  syscallNames,
  syscallVersions,
  youngestFirst,
} from "../tables/syscalls.ts";
import { judgeFunction, type NamedFunction } from "./library-calls.ts";
import { addMultiplexedRules } from "./multiplex.ts";
import type { Comparison, Policy, PolicyRule } from "./policy.ts";
import { type ListNumber, NO_RULES, RuleTable, YOUNGER } from "./rule-table.ts";
import { holds, type Target } from "./target.ts";
import { ACTION_VALUES, denies, precedence, type Verdict } from "./verdict.ts";

export interface ResolveOptions {
  /** The answer to a call newer than the profile if the default denies: ENOSYS, or the default like all others. */
  readonly unknownSyscalls: "enosys" | "default";
  /** Whether conditions compare 64 bits of every argument ({@link Policy.wideArguments}); by default not. */
  readonly wideArguments?: boolean;
  /** Whether something other than the profile may name the agent for SCMP_ACT_NOTIFY; by default not. */
  readonly listenerNamed?: boolean;
}

/** The result of resolving: no policy if any diagnostic is an error. */
export interface ResolveResult {
  readonly policy: Policy | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The flags of seccomp(2) that a profile may ask for, by their names. */
export const FLAG_VALUES = {
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_LOG,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
};

/** Resolves a profile for a machine and a caller. */
export function resolve(profile: Profile, target: Target, options: ResolveOptions): ResolveResult {
  return new Resolver(profile, target).resolve(options);
}

/** The words that are looked up here; reading a profile looks up the others. */
type ResolvedWord = Extract<WordKind, "SCMP_ARCH" | "architecture" | "capability" | "errno" | "syscall">;

/** The hints for words without a similar known one. */
const HINTS: Readonly<Record<ResolvedWord, string>> = {
  SCMP_ARCH: "architectures are named as in seccomp.h, for example SCMP_ARCH_X86_64",
  architecture: "architectures are named as in Go or libseccomp, for example amd64 or x86_64",
  capability: "capabilities are named as in capabilities(7), for example CAP_SYS_ADMIN",
  errno: "errnos are named as in errno(3), for example EPERM; a number belongs in errnoRet",
  syscall: "syscalls are named as in syscalls(2)",
};

class Resolver {
  private readonly findings = new Findings();
  private readonly defaultVerdict: Verdict;
  private readonly rules = new RuleTable();
  /** The numbers of the lists of a single syscall, to which rules can be appended. */
  private readonly owned = new Set<ListNumber>();
  private youngest = 0;
  /** The JSON pointers of the actions that make the filter notify. */
  private readonly notifying: string[] = [];
  /** The functions that rules name as if they were syscalls: what they mean is known when all rules are. */
  private readonly functions: NamedFunction[] = [];

  constructor(
    private readonly profile: Profile,
    private readonly target: Target,
  ) {
    this.defaultVerdict = this.verdict(profile.defaultAction, profile.defaultErrno);
  }

  resolve(options: ResolveOptions): ResolveResult {
    const architectures = this.architectures();
    for (const rule of this.profile.rules) {
      this.addRule(rule);
    }
    for (const named of this.functions) {
      const finding = judgeFunction(named, this.rules, architectures, this.defaultVerdict);
      if (!this.findings.isFull(finding.severity)) {
        this.findings.add(finding);
      }
    }
    addMultiplexedRules(this.rules, architectures, this.defaultVerdict);
    const { flags, listenerPath, listenerMetadata } = this.profile;
    const notifies = this.notifying.length > 0;
    this.checkListener(options.listenerNamed === true);
    const younger = options.unknownSyscalls === "enosys" && denies(this.defaultVerdict);
    const youngest = younger && this.youngest > 0 ? this.youngest : undefined;
    if (youngest !== undefined) {
      this.markYounger(youngest);
    }
    const policy: Policy = {
      architectures,
      foreignVerdict: SECCOMP_RET_KILL_PROCESS,
      defaultVerdict: this.defaultVerdict,
      youngest,
      youngerVerdict: SECCOMP_RET_ERRNO | enosys(this.target.arch),
      mixesX32: this.target.kernel < X32_SEPARATE_SINCE && architectures.some((arch) => arch.sharesToken),
      rules: this.rules,
      wideArguments: options.wideArguments === true,
      flags: flagsOf(flags ?? [], notifies),
      // runc's default if the profile has no list of flags (an empty list means none).
      optionalFlags: flags === undefined ? SECCOMP_FILTER_FLAG_SPEC_ALLOW : 0,
      listener: notifies ? { path: listenerPath, metadata: listenerMetadata } : undefined,
    };
    return { policy: this.findings.failed ? undefined : policy, diagnostics: this.findings.list };
  }

  private architectures(): Architecture[] {
    const native = this.target.arch;
    const listed: Architecture[] = [native];
    const add = (scmp: string, at: string): void => {
      const arch = architectureByScmp(scmp);
      if (arch === undefined) {
        this.unknownWord("SCMP_ARCH", scmp, undefined, at, true);
      } else if (!listed.includes(arch)) {
        listed.push(arch);
      }
    };
    let found = false;
    const { archMap = [], architectures = [] } = this.profile;
    for (let i = 0; i < archMap.length; i += 1) {
      const entry = archMap[i];
      if (entry === undefined) {
        continue;
      }
      if (architectureByScmp(entry.architecture) === undefined) {
        this.unknownWord("SCMP_ARCH", entry.architecture, undefined, `archMap/${i}/architecture`, false);
      }
      if (entry.architecture === native.scmp && !found) {
        // Docker takes the first entry of the native architecture.
        found = true;
        entry.subArchitectures.forEach((scmp, j) => {
          add(scmp, `archMap/${i}/subArchitectures/${j}`);
        });
      }
    }
    architectures.forEach((scmp, i) => {
      add(scmp, `architectures/${i}`);
    });
    return listed;
  }

  private addRule(rule: Rule): void {
    const verdict = this.verdict(rule.action, rule.errno, rule);
    const strict = precedence(verdict) < precedence(this.defaultVerdict);
    // With an unknown word, the rule may fail to forbid, or allow too much: then it is an error.
    const included = this.isIncluded(rule.includes, rule, strict);
    const excluded = this.isExcluded(rule.excludes, rule, !strict);
    const applied = included && !excluded;
    const policyRules = applied ? ruleAlternatives(rule.conditions, verdict) : NOTHING;
    if (applied && precedence(verdict) === precedence(SECCOMP_RET_USER_NOTIF)) {
      this.notifying.push(`${this.pointer(rule)}/action`);
    }
    const { names } = rule;
    const table = syscallNames();
    const versions = syscallVersions;
    const { lists, byCode } = this.rules;
    const list = applied ? lists.push(policyRules) - 1 : NO_RULES;
    const isConditional = applied && rule.conditions.length > 0;
    let { youngest } = this;
    let next = firstWithLetter(names[0] ?? "");
    // Every name of a profile passes here, so each must take only a few steps. Names are mostly sorted, like
    // the table, so each is found there right after the previous one, or not far from it.
    const { length } = names;
    for (let i = 0; i < length; i += 1) {
      const name = names[i] as string;
      const id = table[next] === name ? next : syscallId(name, next);
      if (id < 0) {
        this.unknownName(name, rule, i, verdict, strict);
        continue;
      }
      next = id + 1;
      const since = versions[id] as number;
      if (since > youngest) {
        youngest = since;
      }
      if (!applied) {
        continue;
      }
      const code = id + FIRST_CODE;
      if (byCode[code] === NO_RULES) {
        byCode[code] = list;
      } else if (byCode[code] !== list) {
        this.append(id, policyRules);
      }
      if (isConditional) {
        this.rules.conditional.add(id);
      }
    }
    this.youngest = youngest;
  }

  /** Adds rules to a syscall that has some already. */
  private append(id: number, added: readonly PolicyRule[]): void {
    const { rules, owned } = this;
    const list = rules.byCode[id + FIRST_CODE] as ListNumber;
    const present = rules.lists[list] as PolicyRule[];
    if (!owned.has(list)) {
      owned.add(rules.lists.length);
      rules.set(id, [...present, ...added]);
      return;
    }
    // A rule may hold a name twice.
    if (present[present.length - 1] !== added[added.length - 1]) {
      for (const rule of added) {
        present.push(rule);
      }
    }
  }

  private markYounger(youngest: number): void {
    const { byCode } = this.rules;
    for (let i = 0; (syscallVersions[youngestFirst[i] as number] as number) > youngest; i += 1) {
      const code = (youngestFirst[i] as number) + FIRST_CODE;
      if (byCode[code] === NO_RULES) {
        byCode[code] = YOUNGER;
      }
    }
  }

  /** The JSON pointer of a rule, or of the profile; built only for a diagnostic. */
  private pointer(rule: Rule | undefined): string {
    const { base } = this.profile;
    return rule === undefined ? base : `${base}/syscalls/${rule.index}`;
  }

  /** @param rule undefined for the default action */
  private verdict(action: ActionName, errno: Errno, rule?: Rule): Verdict {
    const value = ACTION_VALUES[action];
    if (rule === undefined && value === SECCOMP_RET_USER_NOTIF) {
      this.notifying.push(`${this.profile.base}/defaultAction`);
    }
    if (value !== SECCOMP_RET_ERRNO && value !== SECCOMP_RET_TRACE) {
      return value;
    }
    return (
      value | (errno.name === undefined ? (errno.number ?? EPERM) : this.namedErrno(errno, errno.name, rule))
    );
  }

  private namedErrno(errno: Errno, name: string, rule: Rule | undefined): number {
    const at = rule === undefined ? "defaultErrno" : "errno";
    const number = errnoNumber(name, this.target.arch);
    if (number === undefined) {
      this.unknownWord("errno", name, rule, at, true);
      return EPERM;
    }
    // Podman writes both; the number is then the one of most architectures.
    const given = errno.number ?? number;
    if (given !== number && given !== genericErrnoNumber(name)) {
      this.findings.add({
        code: "errno-mismatch",
        severity: "error",
        message: `${name} is not errno ${given}`,
        hint: "keep one of the two",
        pointer: `${this.pointer(rule)}/${at}`,
      });
    }
    return number;
  }

  /** Whether the target meets all conditions of `includes`. */
  private isIncluded(selector: Selector, rule: Rule, matters: boolean): boolean {
    if (selector === NO_SELECTOR) {
      return true;
    }
    const { caps, arches, minKernel } = selector;
    let included = minKernel === undefined || this.target.kernel >= minKernel;
    for (let i = 0; i < caps.length; i += 1) {
      included = this.holds(caps, i, rule, "includes", matters) && included;
    }
    return this.hasArch(arches, rule, "includes", matters) !== false && included;
  }

  /** Whether the target meets any condition of `excludes`. */
  private isExcluded(selector: Selector, rule: Rule, matters: boolean): boolean {
    if (selector === NO_SELECTOR) {
      return false;
    }
    const { caps, arches, minKernel } = selector;
    let excluded = minKernel !== undefined && this.target.kernel >= minKernel;
    for (let i = 0; i < caps.length; i += 1) {
      excluded = this.holds(caps, i, rule, "excludes", matters) || excluded;
    }
    return this.hasArch(arches, rule, "excludes", matters) === true || excluded;
  }

  private holds(
    caps: readonly string[],
    i: number,
    rule: Rule,
    key: "includes" | "excludes",
    matters: boolean,
  ): boolean {
    const name = caps[i] as string;
    const held = holds(this.target, name);
    if (held === undefined) {
      this.unknownWord("capability", name, rule, `${key}/caps/${i}`, matters);
    }
    return held === true;
  }

  /** Whether one of the words names the native architecture; undefined if there are none. */
  private hasArch(
    arches: readonly string[],
    rule: Rule,
    key: "includes" | "excludes",
    matters: boolean,
  ): boolean | undefined {
    let found: boolean | undefined;
    for (let i = 0; i < arches.length; i += 1) {
      const word = arches[i] as string;
      const matches = matchesArchName(this.target.arch, word);
      found = matches || found === true;
      if (!matches && !isArchitectureWord(word)) {
        this.unknownWord("architecture", word, rule, `${key}/arches/${i}`, matters);
      }
    }
    return found;
  }

  private unknownName(name: string, rule: Rule, i: number, verdict: Verdict, strict: boolean): void {
    const known = libraryFunction(name);
    if (known === undefined) {
      this.unknownWord("syscall", name, rule, namePath(rule, i), strict);
    } else if (this.functions.length <= MAX_DIAGNOSTICS) {
      const pointer = `${this.pointer(rule)}/${namePath(rule, i)}`;
      this.functions.push({ name, known, pointer, verdict, strict });
    }
  }

  /**
   * @param rule the rule that holds the word; undefined: it is elsewhere in the profile
   * @param at its place there (JSON pointer without its first slash)
   */
  private unknownWord(
    kind: ResolvedWord,
    word: string,
    rule: Rule | undefined,
    at: string,
    fatal: boolean,
  ): void {
    const what = kind === "SCMP_ARCH" ? "architecture" : kind;
    const severity = fatal ? "error" : "warning";
    if (this.findings.isFull(severity)) {
      return;
    }
    this.findings.add({
      code: `unknown-${what}`,
      severity,
      message: `unknown ${what} '${word}'`,
      hint:
        word === "unknown"
          ? "recorders of profiles write this for a call that they could not name"
          : HINTS[kind],
      pointer: `${this.pointer(rule)}/${at}`,
      misspelt: { word, kind },
    });
  }

  /** @param named whether something other than the profile names the agent */
  private checkListener(named: boolean): void {
    const { base, flags, listenerPath } = this.profile;
    if (named) {
      return;
    }
    if (listenerPath === undefined) {
      for (const pointer of this.notifying) {
        this.findings.add({
          code: "notify-without-listener",
          severity: "error",
          message:
            "SCMP_ACT_NOTIFY needs a seccomp agent that decides about the calls, and the profile names none",
          hint: "give the Unix socket of a listening agent as 'listenerPath', or to a launch by --listener PATH; else use SCMP_ACT_ERRNO",
          pointer,
        });
      }
      const killable = flags?.indexOf("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") ?? -1;
      if (killable >= 0 && this.notifying.length === 0) {
        this.findings.add({
          code: "notify-without-listener",
          severity: "error",
          message:
            "the kernel takes the flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV only for a filter with a listener",
          hint: "remove it from 'flags', or give a 'listenerPath'",
          pointer: `${base}/flags/${killable}`,
        });
      }
    } else if (this.notifying.length > 0 && !listenerPath.startsWith("/")) {
      // A relative path would lead into the task's own working directory.
      this.findings.add({
        code: "relative-path",
        severity: "error",
        message: `'listenerPath' is '${listenerPath}', which is not an absolute path`,
        hint: "begin it with a slash",
        pointer: `${base}/listenerPath`,
      });
    }
  }
}

/**
 * The flags of a filter.
 *
 * @param notifies whether it needs a listener. If not, no task ever waits for an agent, and the kernel refuses a flag about that.
 */
function flagsOf(names: readonly FlagName[], notifies: boolean): number {
  const asked = names.reduce((all, name) => all | FLAG_VALUES[name], 0);
  return notifies
    ? asked | SECCOMP_FILTER_FLAG_NEW_LISTENER
    : asked & ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
}

/**
 * The rules that a profile's rule expands to: one, unless it compares an argument twice. Then each of its
 * conditions is a rule of its own, as in every OCI runtime.
 */
export function ruleAlternatives(conditions: readonly Condition[], verdict: Verdict): PolicyRule[] {
  if (conditions.length === 0) {
    return [{ conditions: NO_COMPARISONS, verdict }];
  }
  const comparisons = conditions.map(compare);
  return conditions.length === 1 || new Set(conditions.map(({ index }) => index)).size === conditions.length
    ? [{ conditions: comparisons, verdict }]
    : comparisons.map((comparison) => ({ conditions: [comparison], verdict }));
}

const NOTHING: readonly PolicyRule[] = [];
const NO_COMPARISONS: readonly Comparison[] = [];

function compare({ index, op, value, valueTwo, bits }: Condition): Comparison {
  if (op === "SCMP_CMP_MASKED_EQ") {
    return { index, op, value: value & valueTwo, mask: value };
  }
  return bits === undefined ? { index, op, value, mask: 0n } : { index, op, value, mask: 0n, bits };
}
