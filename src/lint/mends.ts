/**
 * What ends a danger, where that depends on the rules of the profile.
 */

import { ALL_BITS } from "../analysis/domain.ts";
import { listed } from "../plural.ts";
import { applies } from "../policy/applying.ts";
import { selects } from "../policy/rule-verdict.ts";
import { denies } from "../policy/verdict.ts";
import type { Rule } from "../profile/profile.ts";
import { type Multiplexed, multiplexed } from "../tables/multiplexers.ts";
import { allows, type LintInput, nativeOf, openArguments } from "./input.ts";
import { openThrough, shownPlaces } from "./multiplexing.ts";
import { type Part, partsByName } from "./parts.ts";
import type { Place } from "./places.ts";

/**
 * Says what to do.
 *
 * @param at what lets the call through
 * @param values of the argument that is dangerous
 * @param them "it" if the danger is in one call
 * @param names of the calls
 */
export type Mend = (
  input: LintInput,
  at: Place,
  values: readonly bigint[],
  them: "it" | "them",
  names: readonly string[],
) => string;

/**
 * What is to be done before a rule denies these calls, with " and " at the end: nothing if no rule allows them. Beside a rule that
 * allows the call, engines with libseccomp do not promise that the denial counts (`overlaps.ts`).
 */
export function withdrawal(input: LintInput, names: readonly string[]): string {
  const allowed = names.filter((name) =>
    (partsByName(input).get(name) ?? []).some(
      ({ rule, verdict }) => allows(verdict) && selects(rule, input.target),
    ),
  );
  const them = allowed.length === 1 ? "it" : "them";
  return allowed.length === 0 ? "" : `take ${listed(allowed)} out of the rules that allow ${them}, and `;
}

/** What programs can do without. */
export const mendByEnosys: Mend = (input, _at, _values, them, names) =>
  `${withdrawal(input, names)}deny ${them} with ENOSYS, on which programs do without`;

/** Keeps unshare from making namespaces. */
export const mendUnshare: Mend = (input) =>
  denies(input.policy.defaultVerdict)
    ? "take unshare out of the rules that allow it"
    : `${withdrawal(input, ["unshare"])}deny unshare`;

/** What libraries do without. */
export const mendClone3: Mend = (input) =>
  `${withdrawal(input, ["clone3"])}deny clone3 with ENOSYS, on which libraries call clone`;

/** The families of sockets are below this number: AF_MAX of include/linux/socket.h at v6.18. */
const AF_MAX = 46n;

/** The call by which 32-bit programs make sockets: socketcall(2). */
const MULTIPLEXED = multiplexed("socket") as Multiplexed;

/** Where programs of glibc and Go call it: `multiplexerHint` has the source. */
const USING: readonly string[] = ["x86", "s390", "s390x"];

/** Keeps families from being used, whatever else the profile says about sockets. */
export const mendFamilies: Mend = (input, { isDefault }, families) => {
  const isDirect = families.some(
    (family) =>
      openArguments(input.policy, nativeOf(input), "socket", {
        index: 0,
        mask: ALL_BITS,
        value: Number(family),
      }) !== undefined,
  );
  if (!isDirect) {
    return "do not allow socketcall, unless you run programs that use it: a filter does not see the family there";
  }
  const through = openThrough(input, MULTIPLEXED.via, () => [MULTIPLEXED.call]);
  const used = { here: through.here, elsewhere: through.elsewhere.filter((name) => USING.includes(name)) };
  // Where no rule names it, it follows those of socket: with a condition on the family, the stricter outcome.
  const remains = (partsByName(input).get(MULTIPLEXED.via) ?? []).some(
    ({ rule, verdict }) => selects(rule, input.target) && allows(verdict),
  );
  const also =
    shownPlaces(through) === ""
      ? ""
      : remains
        ? `; ${shownPlaces(through)} ${families.length === 1 ? "it stays" : "they stay"} open through socketcall: list ${through.here.length === 0 ? "those architectures" : listed(through.here)} only if their programs are run`
        : shownPlaces(used) === ""
          ? ""
          : // libseccomp drops conditions on an argument that is in memory there, and allows socketcall for a socket of any family.
            `; ${shownPlaces(used)} ${families.length === 1 ? "it stays" : "they stay"} open through socketcall under Docker and other users of libseccomp, though not under seccomp-exec: list ${used.here.length === 0 ? "those architectures" : listed(used.here)} only if their programs are run`;
  // Where the default action denies, what no rule allows any longer is denied.
  const { defaultVerdict } = input.policy;
  const rest = isDefault || allows(defaultVerdict) ? "" : allowanceOf(input, families);
  const mend = denies(defaultVerdict)
    ? rest
    : // Where a tracer or an agent is asked of what no rule names, a rule keeps the other families from that.
      `${rest === "" ? withdrawal(input, ["socket"]) : `${rest}; and `}deny ${families.length === 1 ? "it with a rule" : "them with a rule each"} for socket: argument 0 MASKED_EQ, value 4294967295, ${families.map((one) => `valueTwo ${one}`).join(" and ")}`;
  return `${mend}${also}`;
};

/** The rules that can take the place of those that allow the families. */
function allowanceOf(input: LintInput, families: readonly bigint[]): string {
  const parts = (partsByName(input).get("socket") ?? []).filter(({ rule }) => selects(rule, input.target));
  const opening = new Set(
    parts.filter((part) => allows(part.verdict) && families.some((one) => mayApplyTo(part, one))).map(ruleOf),
  );
  const allowing = parts.filter(({ rule }) => opening.has(rule));
  const others = parts.filter(({ rule, verdict }) => !opening.has(rule) && !allows(verdict));
  const left = allFamilies().filter(
    (family) =>
      !families.includes(family) &&
      allowing.some((part) => appliesTo(part, family)) &&
      !others.some((part) => isOfFamily(part) && appliesTo(part, family)),
  );
  const isClear =
    allowing.every(isOfFamily) &&
    !others.some((part) => !isOfFamily(part) && left.some((family) => mayApplyTo(part, family)));
  if (!isClear) {
    return `let no rule allow socket where argument 0 is ${families.join(" or ")}`;
  }
  return left.length === 0
    ? "remove the rule"
    : `allow it for other families only: one rule each for argument 0 ${rangesOf(left)}`;
}

function ruleOf({ rule }: Part): Rule {
  return rule;
}

function allFamilies(): readonly bigint[] {
  return Array.from({ length: Number(AF_MAX) }, (_, i) => BigInt(i));
}

/** Whether nothing but the family decides. */
function isOfFamily({ conditions }: Part): boolean {
  return conditions.every(({ index }) => index === 0);
}

function appliesTo(part: Part, family: bigint): boolean {
  return applies(part, [family, 0n, 0n, 0n, 0n, 0n]);
}

function mayApplyTo(part: Part, family: bigint): boolean {
  return appliesTo({ ...part, conditions: part.conditions.filter(({ index }) => index === 0) }, family);
}

/**
 * Ascending numbers as conditions: "LT 38, EQ 39, EQ 41 to EQ 45". There is none with an open upper end, since libseccomp compares
 * 64 bits of an argument of which the kernel takes 32.
 */
function rangesOf(numbers: readonly bigint[]): string {
  const ranges: { first: bigint; last: bigint }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range !== undefined && range.last + 1n === number) {
      range.last = number;
    } else {
      ranges.push({ first: number, last: number });
    }
  }
  return ranges
    .map(({ first, last }) =>
      first === 0n && last > 0n
        ? `LT ${last + 1n}`
        : first === last
          ? `EQ ${first}`
          : `EQ ${first} to EQ ${last}`,
    )
    .join(", ");
}

/** Keeps clone from making namespaces. */
export const mendClone: Mend = (input) => {
  const { archMap = [], architectures = [] } = input.profile;
  const isS390 = (word: string): boolean => word.startsWith("SCMP_ARCH_S390");
  // s390 takes the flags in the second argument: clone(2), "C library/kernel differences".
  const native = nativeOf(input).column.startsWith("s390") ? 1 : 0;
  const elsewhere =
    native === 0 && [...archMap.map(({ architecture }) => architecture), ...architectures].some(isS390)
      ? ", and on s390x argument 1"
      : "";
  if (allows(input.policy.defaultVerdict)) {
    return `${withdrawal(input, ["clone"])}deny clone with a rule for each of the flags CLONE_NEW*: argument ${native} MASKED_EQ, the flag as value and as valueTwo${elsewhere}`;
  }
  return `allow clone without namespaces only: argument ${native} MASKED_EQ, value 2114060288 (0x7e020000), valueTwo 0${elsewhere}`;
};

/** Who measures programs gets a capability, for which the profile may have a rule already. */
export const mendPerf: Mend = ({ profile }, { pointer, isDefault }) => {
  const opening = profile.rules.find(({ index }) => pointer.startsWith(`${profile.base}/syscalls/${index}/`));
  const asksFor = ({ includes }: Rule): boolean => includes.caps.includes("CAP_PERFMON");
  const hasRule = profile.rules.some(
    (rule) => rule !== opening && rule.names.includes("perf_event_open") && asksFor(rule),
  );
  if (opening !== undefined && asksFor(opening)) {
    return "grant CAP_PERFMON only to what measures programs";
  }
  if (hasRule) {
    return "take it out of this rule, and grant CAP_PERFMON to what measures programs: another rule allows it with that";
  }
  return `${isDefault ? "deny it" : "take it out of the rule"}: only perf and other profilers need it`;
};
