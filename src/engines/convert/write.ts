/**
 * Writes rules as an engine's JSON.
 */

import type { Comparison } from "../../policy/policy.ts";
import { ACTION_VALUES, actionOf, type Verdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import { ACTIONS, type ActionName, type Selector } from "../../profile/profile.ts";
import { SECCOMP_RET_DATA, SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE } from "../../tables/seccomp.ts";
import type { EngineName } from "../engine.ts";
import type { Piece } from "./piece.ts";

/** A rule of the written file. */
export interface WrittenRule {
  readonly names: readonly string[];
  readonly piece: Piece;
  readonly comment: string | undefined;
}

/** A profile to write. */
export interface WrittenProfile {
  readonly comment: string | undefined;
  readonly defaultVerdict: Verdict;
  readonly rules: readonly WrittenRule[];
  /** Docker's and Mesos's; undefined if left out. */
  readonly archMap:
    | readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[]
    | undefined;
  /** The OCI's; undefined if left out. */
  readonly architectures: readonly string[] | undefined;
  readonly flags: readonly string[] | undefined;
  readonly listenerPath: string | undefined;
  readonly listenerMetadata: string | undefined;
}

/** The text of a file for that engine, ending with a line feed. */
export function write(to: EngineName, profile: WrittenProfile): string {
  const { comment, defaultVerdict, archMap, architectures, flags, listenerPath, listenerMetadata, rules } =
    profile;
  const errno = errnoOf(defaultVerdict);
  const document = {
    ...(comment === undefined ? {} : { comment }),
    defaultAction: actionName(defaultVerdict),
    ...(to === "mesos" || errno === undefined ? {} : { defaultErrnoRet: errno }),
    ...(archMap === undefined ? {} : { archMap }),
    ...(architectures === undefined ? {} : { architectures }),
    ...(flags === undefined ? {} : { flags }),
    ...(listenerPath === undefined ? {} : { listenerPath }),
    ...(listenerMetadata === undefined ? {} : { listenerMetadata }),
    syscalls: rules.map((rule) => (to === "mesos" ? mesosRule(rule) : plainRule(rule))),
  };
  return `${stringify(document)}\n`;
}

/** Docker's and the OCI's form: empty members are left out. */
function plainRule({ names, piece, comment }: WrittenRule): object {
  const { verdict, conditions, includes, excludes } = piece;
  const errno = errnoOf(verdict);
  return {
    ...(comment === undefined ? {} : { comment }),
    names,
    action: actionName(verdict),
    ...(errno === undefined ? {} : { errnoRet: errno }),
    ...(conditions.length === 0 ? {} : { args: conditions.map((one) => condition(one, false)) }),
    ...selectorMember("includes", includes),
    ...selectorMember("excludes", excludes),
  };
}

function selectorMember(key: string, selector: Selector): object {
  const written = selectorObject(selector);
  return Object.keys(written).length === 0 ? {} : { [key]: written };
}

/** Mesos's form: every member is required. */
function mesosRule({ names, piece, comment }: WrittenRule): object {
  return {
    names,
    action: actionName(piece.verdict),
    args: piece.conditions.map((one) => condition(one, true)),
    comment: comment ?? "",
    includes: selectorObject(piece.includes),
    excludes: selectorObject(piece.excludes),
  };
}

function selectorObject({ caps, arches, minKernel }: Selector): object {
  return {
    ...(caps.length === 0 ? {} : { caps }),
    ...(arches.length === 0 ? {} : { arches }),
    ...(minKernel === undefined ? {} : { minKernel: formatKernelVersion(minKernel) }),
  };
}

function condition({ index, op, value, mask }: Comparison, withValueTwo: boolean): object {
  return op === "SCMP_CMP_MASKED_EQ"
    ? { index, value: mask, valueTwo: value, op }
    : { index, value, ...(withValueTwo ? { valueTwo: 0n } : {}), op };
}

function actionName(verdict: Verdict): ActionName {
  // The first of the two names of KILL_THREAD, which all engines know.
  const name = ACTIONS.find((one) => ACTION_VALUES[one] === actionOf(verdict));
  if (name === undefined) {
    throw new Error(`no action has the value ${verdict}`);
  }
  return name;
}

function errnoOf(verdict: Verdict): number | undefined {
  const action = actionOf(verdict);
  return action === SECCOMP_RET_ERRNO || action === SECCOMP_RET_TRACE
    ? verdict & SECCOMP_RET_DATA
    : undefined;
}

/** Marks a number to be written in full; from Unicode's private use area, which no word of a profile uses. */
const MARK = "\ue000";

/** JSON with integers of any size, and lists of words on one line. */
function stringify(document: object): string {
  const text = JSON.stringify(
    document,
    (_, value: unknown) => (typeof value === "bigint" ? `${MARK}${value}${MARK}` : value),
    2,
  );
  return text.replaceAll(new RegExp(`"${MARK}(\\d+)${MARK}"`, "g"), "$1");
}
