/**
 * Which place of a profile decided a call that was denied.
 */

import type { LintInput } from "../lint/input.ts";
import { decidingPlace } from "../lint/places.ts";
import type { Call } from "../policy/policy.ts";
import { architectureOfCall } from "../tables/architectures.ts";
import { multiplexers } from "../tables/multiplexers.ts";
import { idOfSeen, multiplexedIds, syscallName, syscallSince } from "../tables/syscalls.ts";

/** What decided, and where it is written. */
export interface Deciding {
  /** In words: "defaultAction", "a rule", ... */
  readonly what: string;
  /** JSON pointer in the profile. */
  readonly pointer: string;
  /** Whether another call with the same architecture and number may be decided elsewhere. */
  readonly byArguments: boolean;
}

/** What decided a call. */
export function decidingOf(input: LintInput, call: Call): Deciding {
  const { profile, installed } = input;
  const { base } = profile;
  const arch = architectureOfCall(installed.architectures, call.arch, call.nr);
  if (arch === undefined) {
    const key = ["archMap", "architectures"].find(
      (name) => name in profile && profile[name as "archMap"] !== undefined,
    );
    return {
      what: "not among the architectures",
      pointer: key === undefined ? base : `${base}/${key}`,
      byArguments: false,
    };
  }
  const byDefault = { what: "defaultAction", pointer: `${base}/defaultAction`, byArguments: false };
  const id = idOfSeen(arch, call.nr);
  const { youngest } = installed;
  const isNew = youngest !== undefined && (id < 0 || syscallSince(id) > youngest);
  if (isNew && (id < 0 || installed.rules.of(id) === undefined)) {
    return { ...byDefault, what: "newer than all calls that the profile names" };
  }
  if (id < 0) {
    return byDefault;
  }
  const name = syscallName(id);
  const rules = profile.rules.filter(({ names }) => names.includes(name));
  const byArguments = rules.some(({ conditions }) => conditions.length > 0);
  const place = decidingPlace(input, { name, arch, args: call.args });
  if (!place.isDefault) {
    return { what: `rule for ${name}`, pointer: place.pointer, byArguments };
  }
  const none = { what: `defaultAction, since no rule for ${name} applies`, byArguments };
  return throughMultiplexer(input, name, call) ?? { ...byDefault, ...(rules.length === 0 ? {} : none) };
}

/** The rule for a call that was made through socketcall or ipc. */
function throughMultiplexer(input: LintInput, name: string, call: Call): Deciding | undefined {
  const multiplexer = multiplexers.find((each) => each.name === name);
  if (multiplexer === undefined) {
    return undefined;
  }
  const number = Number((call.args[0] ?? 0n) & multiplexer.callMask);
  const code = multiplexedIds(multiplexer.name).charCodeAt(number) || 0;
  if (code === 0) {
    return undefined;
  }
  const made = syscallName(code - 1);
  const rule = input.profile.rules.find(({ names }) => names.includes(made));
  return rule === undefined
    ? undefined
    : {
        what: `rule for ${made}`,
        pointer: `${input.profile.base}/syscalls/${rule.index}`,
        byArguments: true,
      };
}
