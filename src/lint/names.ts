/**
 * Words without effect: names that a rule has twice, names of no listed architecture, and words younger than the target's
 * kernel.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { formatKernelVersion } from "../profile/kernel-version.ts";
import type { ActionName, FlagName, Profile } from "../profile/profile.ts";
import { type Architecture, architectureByScmp } from "../tables/architectures.ts";
import { syscallNames, syscallNumber, syscallSince } from "../tables/syscalls.ts";
import { type LintInput, namePointer, nativeOf, rulePointer } from "./input.ts";

/** Warns of names that occur twice in one rule. */
export function* duplicateNames({ profile }: LintInput): Iterable<Diagnostic> {
  for (const rule of profile.rules) {
    if (rule.names.length < 2) {
      continue;
    }
    const seen = new Set<string>();
    for (const [i, name] of rule.names.entries()) {
      if (seen.has(name)) {
        yield {
          code: "duplicate-name",
          severity: "note",
          message: `'${name}' occurs twice in this rule`,
          hint: "remove one, unless another name was meant",
          pointer: `${rulePointer(profile, rule)}/names/${i}`,
        };
      }
      seen.add(name);
    }
  }
}

/** Notes names of calls that none of the profile's architectures has, one note per rule. */
export function* absentNames(input: LintInput): Iterable<Diagnostic> {
  const { profile } = input;
  const architectures = allArchitectures(profile, nativeOf(input));
  const nowhere = new Set(
    syscallNames().filter((_, id) => !architectures.some((arch) => syscallNumber(arch, id) >= 0)),
  );
  for (const rule of profile.rules) {
    const absent = rule.names.filter((name) => nowhere.has(name));
    if (absent.length > 0) {
      yield {
        code: "absent-name",
        severity: "note",
        message: `none of the architectures has ${listed(absent)}`,
        pointer: namePointer(profile, absent[0] ?? "", [rule]),
      };
    }
  }
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
