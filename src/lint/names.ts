/**
 * Words without effect: names that a rule has twice, names of no listed architecture, and words younger than the target's
 * kernel.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { isForArch, verdictOf } from "../policy/rule-verdict.ts";
import { denies, precedence } from "../policy/verdict.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import type { ActionName, FlagName, Profile, Rule } from "../profile/profile.ts";
import { type Architecture, architectureByScmp } from "../tables/architectures.ts";
import { instead } from "../tables/same-elsewhere.ts";
import { syscallId, syscallNames, syscallNumber, syscallSince } from "../tables/syscalls.ts";
import { allows, type LintInput, namePointer, nativeOf, rulePointer, verdictsOn } from "./input.ts";

/** Notes the names that occur more than once in a rule, one finding for each rule. */
export function* duplicateNames({ profile }: LintInput): Iterable<Diagnostic> {
  for (const rule of profile.rules) {
    if (rule.names.length < 2) {
      continue;
    }
    const seen = new Set<string>();
    const again = new Set<string>();
    let second = 0;
    for (const [i, name] of rule.names.entries()) {
      if (seen.has(name)) {
        second = again.size === 0 ? i : second;
        again.add(name);
      }
      seen.add(name);
    }
    if (again.size > 0) {
      yield {
        code: "duplicate-name",
        severity: "note",
        message: `${listed([...again].map((name) => `'${name}'`))} ${again.size === 1 ? "occurs" : "each occur"} more than once in this rule`,
        hint: "remove what is repeated, unless another name was meant",
        pointer: `${rulePointer(profile, rule)}/names/${second}`,
      };
    }
  }
}

/**
 * Names of calls that none of the profile's architectures has, where that tells of something to do: a rule denies such a call, and
 * another one does its job there and is let through; a rule lets it through, and what programs call instead is denied; or calls of
 * 32-bit programs are let through, and these programs are killed. All others are there for other machines and do no harm.
 */
export function* absentNames(input: LintInput): Iterable<Diagnostic> {
  const { profile } = input;
  const native = nativeOf(input);
  const listing = allArchitectures(profile, native);
  // Most calls are on the first architecture.
  const isNowhere = (name: string): boolean => {
    const id = syscallId(name);
    return id >= 0 && !listing.some((arch) => syscallNumber(arch, id) >= 0);
  };
  const allowed = new Set<string>();
  const alone = new Set<string>();
  // A rule for other machines is judged there.
  for (const rule of profile.rules.filter((one) => isForArch(one, native))) {
    const absent = new Set(rule.names.filter((name) => isNowhere(name)));
    const open = isDenying(rule, input)
      ? [...absent].flatMap((name) => {
          const calls = openInstead(name, input);
          return calls.length === 0 ? [] : [{ name, calls }];
        })
      : [];
    if (open.length > 0) {
      yield deniedInVain(open, input, rule);
    }
    for (const name of allows(verdictOf(rule.action, rule.errno, input.target.arch)) ? absent : []) {
      allowed.add(name);
      // What does the job may be in the same rule, which holds with a capability.
      if (!substitutes(native, name).some((one) => rule.names.includes(one))) {
        alone.add(name);
      }
    }
  }
  const found = meantInstead([...alone], input) ?? missing32Bit([...allowed], input);
  if (found !== undefined) {
    const { names, hint } = found;
    yield {
      code: "absent-name",
      severity: "note",
      message: `none of the profile's architectures has ${listed(names)}: naming ${names.length === 1 ? "it" : "them"} has no effect`,
      hint,
      pointer: namePointer(profile, names[0] ?? ""),
    };
  }
}

/** Names without effect, and what is to be done about them. */
interface Absent {
  readonly names: readonly string[];
  readonly hint: string;
}

/** The calls that do the job of an absent one on an architecture. */
function substitutes(arch: Architecture, name: string): readonly string[] {
  return name in SAME_JOB ? [SAME_JOB[name] as string] : instead(arch, name);
}

/** Allowed calls whose job others do on the native architecture, none of which is let through. */
function meantInstead(names: readonly string[], input: LintInput): Absent | undefined {
  const native = nativeOf(input);
  const meant = names.flatMap((name) => {
    const calls = substitutes(native, name);
    const [call] = calls;
    return call === undefined || calls.some((one) => verdictsOn(input.policy, native, one).some(allows))
      ? []
      : [{ name, call }];
  });
  const calls = [...new Set(meant.map(({ call }) => call))];
  return calls.length === 0
    ? undefined
    : {
        names: meant.map(({ name }) => name),
        hint: `allow ${listed(calls)}: programs on ${native.name} call ${calls.length === 1 ? "it" : "them"} instead`,
      };
}

/** What libraries call where there is no sigreturn: sigreturn(2), "NOTES". */
const SAME_JOB: Readonly<Record<string, string>> = { sigreturn: "rt_sigreturn" };

/** The 32-bit architecture of which a machine runs programs too. */
const NARROW_SIBLINGS: Readonly<Record<string, string>> = {
  x86_64: "SCMP_ARCH_X86",
  aarch64: "SCMP_ARCH_ARM",
};

/** Allowed calls that only 32-bit programs make, in a profile that lists no architectures. */
function missing32Bit(names: readonly string[], input: LintInput): Absent | undefined {
  const { archMap = [], architectures = [] } = input.profile;
  const word = NARROW_SIBLINGS[nativeOf(input).name];
  const sibling = word === undefined ? undefined : architectureByScmp(word);
  const ofSibling =
    sibling === undefined ? [] : names.filter((name) => syscallNumber(sibling, syscallId(name)) >= 0);
  return archMap.length + architectures.length > 0 || ofSibling.length === 0
    ? undefined
    : {
        names: ofSibling,
        hint: `the profile lists no architectures, so 32-bit programs are killed: list ${word} as well if they are to run`,
      };
}

/** Whether a rule forbids something. ENOSYS only makes programs call something else. */
function isDenying({ action, errno }: Rule, { policy, target }: LintInput): boolean {
  const verdict = verdictOf(action, errno, target.arch);
  return (
    denies(verdict) &&
    verdict !== policy.youngerVerdict &&
    precedence(verdict) < precedence(policy.defaultVerdict)
  );
}

/** The calls that do the job of an absent one and are always let through. */
function openInstead(name: string, { policy }: LintInput): readonly string[] {
  const found = policy.architectures.flatMap((arch) =>
    instead(arch, name).filter((call) => {
      const verdicts = verdictsOn(policy, arch, call);
      return verdicts.length > 0 && verdicts.every(allows);
    }),
  );
  return [...new Set(found)];
}

interface Vain {
  readonly name: string;
  /** What does its job. */
  readonly calls: readonly string[];
}

function deniedInVain(open: readonly Vain[], { profile }: LintInput, rule: Rule): Diagnostic {
  const names = listed(open.map(({ name }) => name));
  const calls = [...new Set(open.flatMap((one) => one.calls))];
  const [does, is] = calls.length === 1 ? ["does", "is"] : ["do", "are"];
  const whose = open.length === 1 ? "its" : "their";
  return {
    code: "absent-name",
    severity: "warning",
    weight: "way-around",
    message: `none of the profile's architectures has ${names}, so denying ${open.length === 1 ? "it" : "them"} does nothing: ${listed(calls)} ${does} ${whose} job there and ${is} let through`,
    hint: `deny ${listed(calls)} as well`,
    pointer: namePointer(profile, open[0]?.name ?? "", [rule]),
  };
}

/** Every architecture that the profile mentions, on any machine. */
function allArchitectures(
  { archMap = [], architectures = [] }: Profile,
  native: Architecture,
): Architecture[] {
  const words = [...archMap.flatMap((one) => [one.architecture, ...one.subArchitectures]), ...architectures];
  const found = new Set([native]);
  for (const word of words) {
    const arch = architectureByScmp(word);
    if (arch !== undefined) {
      found.add(arch);
    }
  }
  return [...found];
}

/** Notes once all names of calls that the target's kernel does not have yet. */
export function youngerNames({ profile, target }: LintInput): Diagnostic[] {
  const all = new Set(syscallNames().filter((_, id) => syscallSince(id) > target.kernel));
  const younger =
    all.size === 0
      ? []
      : [...new Set(profile.rules.flatMap((rule) => rule.names.filter((name) => all.has(name))))];
  if (younger.length === 0) {
    return [];
  }
  const kernel = formatKernelVersion(target.kernel);
  return [
    {
      code: "younger-than-kernel",
      severity: "note",
      message: `Linux ${kernel} does not have ${listed(younger)} yet`,
      hint: "the names are known and do no harm; --kernel names another kernel",
      pointer: namePointer(profile, younger[0] ?? ""),
    },
  ];
}

/** The kernels that introduced the younger actions and flags of seccomp(2): "since Linux" in its description of each. */
const ACTIONS_SINCE: Readonly<Partial<Record<ActionName, number>>> = {
  SCMP_ACT_KILL_PROCESS: 4 * 256 + 14,
  SCMP_ACT_LOG: 4 * 256 + 14,
};
const FLAGS_SINCE: Readonly<Partial<Record<FlagName, number>>> = {
  SECCOMP_FILTER_FLAG_LOG: 4 * 256 + 14,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4 * 256 + 17,
};

/** Warns of actions that the target's kernel treats as others, and of flags that it rejects. */
export function youngerWords({ profile, target }: LintInput): Diagnostic[] {
  const { base, defaultAction, rules, flags = [] } = profile;
  const kernel = formatKernelVersion(target.kernel);
  const pointerOf = (action: string): string | undefined => {
    const rule = action === defaultAction ? undefined : rules.find((one) => one.action === action);
    const holder = action === defaultAction ? `${base}/defaultAction` : undefined;
    return rule === undefined ? holder : `${rulePointer(profile, rule)}/action`;
  };
  const isYounger = (since: number | undefined): boolean => since !== undefined && since > target.kernel;
  const ofActions = Object.entries(ACTIONS_SINCE).flatMap(([action, since]): Diagnostic[] => {
    const pointer = isYounger(since) ? pointerOf(action) : undefined;
    return pointer === undefined
      ? []
      : [
          {
            code: "younger-than-kernel",
            severity: "warning",
            weight: "mistake",
            message: `Linux ${kernel} does not know ${action} yet and ends the calling thread`,
            pointer,
          },
        ];
  });
  const ofFlags = flags.flatMap((flag, i): Diagnostic[] =>
    isYounger(FLAGS_SINCE[flag])
      ? [
          {
            code: "younger-than-kernel",
            severity: "warning",
            weight: "mistake",
            message: `Linux ${kernel} does not know ${flag} yet and rejects any filter with it`,
            pointer: `${base}/flags/${i}`,
          },
        ]
      : [],
  );
  return [...ofActions, ...ofFlags];
}
