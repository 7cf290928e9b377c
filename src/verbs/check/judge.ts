/**
 * All findings of `check` in one profile.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { compareWithEngine } from "../../engines/compare.ts";
import { type Engine, refusal } from "../../engines/engine.ts";
import { unknownToOperator } from "../../engines/kubernetes.ts";
import { machinesOf } from "../../engines/machines.ts";
import { type Sorted, sortAccepted } from "../../lint/accepted.ts";
import type { LintInput } from "../../lint/input.ts";
import { lint } from "../../lint/lint.ts";
import type { Policy } from "../../policy/policy.ts";
import { readPolicy } from "../../policy/read-policy.ts";
import { type ResolveOptions, resolve } from "../../policy/resolve.ts";
import { selects } from "../../policy/rule-verdict.ts";
import type { Target } from "../../policy/target.ts";
import type { ReadResult } from "../../profile/read-typed.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { checkLength } from "../filter-length.ts";
import { notesHere } from "./machine.ts";

/** What a profile is checked for. */
export interface Purpose {
  readonly target: Target;
  /** This machine, if {@link target} is another one since the profile does not list it. */
  readonly machine?: Target | undefined;
  /** The architecture of this machine: the command of a proof can be tried only there. */
  readonly hostArch: Architecture | undefined;
  readonly engines: readonly Engine[];
  /** What its launch makes of it. */
  readonly meaning: Required<Pick<ResolveOptions, "unknownSyscalls" | "wideArguments">>;
}

/**
 * The mistakes of a profile, and what may be unintended if it has none.
 *
 * @param raw the JSON value of the whole document
 */
export function judge(read: ReadResult, raw: unknown, purpose: Purpose): Sorted {
  const { draft } = read;
  const { diagnostics, isWhole } = findings(read, raw, purpose);
  if (draft === undefined) {
    return { open: diagnostics, accepted: [] };
  }
  const rules = new Map(draft.rules.map((rule) => [`${draft.base}/syscalls/${rule.index}`, rule]));
  return sortAccepted(raw, draft.base, diagnostics, (scope) => {
    const rule = rules.get(scope);
    return !isWhole || (rule !== undefined && !selects(rule, purpose.target));
  });
}

interface Found {
  readonly diagnostics: readonly Diagnostic[];
  /** Whether all checks were made. */
  readonly isWhole: boolean;
}

function findings(read: ReadResult, raw: unknown, purpose: Purpose): Found {
  const { target, machine, hostArch, engines, meaning } = purpose;
  const { policy, diagnostics } = readPolicy(read, target, meaning);
  const { profile } = read;
  if (policy === undefined || profile === undefined) {
    return { diagnostics: [...diagnostics, ...lintTheRest(read, diagnostics, purpose)], isWhole: false };
  }
  const inputFor = (on: Target, installed: Policy): LintInput => ({
    profile,
    policy: resolve(profile, on, { ...meaning, ...LITERALLY }).policy ?? installed,
    installed,
    target: on,
    engines,
  });
  const linted = lint(inputFor(target, policy), true);
  const here = machine && readPolicy(read, machine, meaning).policy;
  return {
    diagnostics: [
      ...diagnostics,
      ...checkLength(policy, profile),
      ...(target.arch === hostArch ? linted : linted.map(withoutCommand)),
      ...(here === undefined ? [] : notesHere(inputFor(machine as Target, here), linted)),
      ...together(
        engines.map((engine) => ({
          title: engine.title,
          found:
            profile.form === "seccompiler"
              ? [foreignForm(engine)]
              : compareWithEngine(engine, profile, raw, machinesOf(profile, target), meaning).diagnostics,
        })),
      ),
      ...(engines.some(({ inClusters }) => inClusters === true) ? unknownToOperator(profile.base, raw) : []),
    ],
    isWhole: true,
  };
}

/** A proof without the command line to try, which is for the machine that is checked for. */
function withoutCommand({ proof, ...finding }: Diagnostic): Diagnostic {
  if (proof === undefined) {
    return finding;
  }
  const { command: _, ...rest } = proof;
  return { ...finding, proof: rest };
}

/** What several engines have in common is told once. */
function together(
  engines: readonly { readonly title: string; readonly found: readonly Diagnostic[] }[],
): readonly Diagnostic[] {
  const told = new Map<
    string,
    { readonly one: Diagnostic; readonly message: string; readonly titles: string[] }
  >();
  for (const { title, found } of engines) {
    for (const one of found) {
      const message = one.message.replaceAll(`under ${title}`, "under ENGINE");
      const key = JSON.stringify([one.code, one.severity, one.pointer, one.hint, message]);
      const known = told.get(key) ?? { one, message, titles: [] };
      known.titles.push(title);
      told.set(key, known);
    }
  }
  return [...told.values()].map(({ one, message, titles }) => ({
    ...one,
    message: message.replaceAll("under ENGINE", `under ${titles.join(" and ")}`),
  }));
}

function foreignForm({ title }: Engine): Diagnostic {
  return refusal(
    title,
    "it is a file of seccompiler",
    "",
    "seccomp-exec convert writes a file that it takes",
  );
}

/** The profile cannot list calls that are younger than it, so these are not reported. */
const LITERALLY: ResolveOptions = { unknownSyscalls: "default" };

/** What may be unintended in the rules without mistakes, if other rules have some. */
function lintTheRest(
  { draft }: ReadResult,
  diagnostics: readonly Diagnostic[],
  { target, engines, meaning }: Purpose,
): readonly Diagnostic[] {
  if (draft === undefined) {
    return [];
  }
  const pointers = diagnostics.flatMap(({ severity, pointer }) =>
    severity === "error" && pointer !== undefined ? [pointer] : [],
  );
  // What a rule adds depends on the default action.
  if (pointers.some((pointer) => pointer === draft.base || pointer.startsWith(`${draft.base}/default`))) {
    return [];
  }
  const start = `${draft.base}/syscalls/`;
  const mistaken = new Set(
    pointers.flatMap((pointer) =>
      pointer.startsWith(start) ? [Number.parseInt(pointer.slice(start.length), 10)] : [],
    ),
  );
  const profile = {
    ...draft,
    rules: draft.rules.filter(({ index }) => !mistaken.has(index)),
    flags: undefined,
  };
  const { policy } = resolve(profile, target, { ...meaning, ...LITERALLY });
  return policy === undefined ? [] : lint({ profile, policy, installed: policy, target, engines }, false);
}
