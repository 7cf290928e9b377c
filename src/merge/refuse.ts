/**
 * Why profiles cannot be merged into one that is exactly what they are together.
 */

import { Refusal } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { formatVerdict } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { multiplexers } from "../tables/multiplexers.ts";
import { syscallName } from "../tables/syscalls.ts";
import { listedOn } from "./frame.ts";
import type { Operation } from "./operation.ts";
import type { Wrong } from "./prove.ts";

/** A profile that was merged, by its name in messages. */
export interface Named {
  readonly label: string;
  readonly profile: Profile;
}

/** What the result of each operation is called. */
export const RESULTS: Readonly<Record<Operation, string>> = {
  union: "the union",
  intersection: "the intersection",
  rest: "the rest",
};

/** The refusal for calls that the merged profile would judge otherwise. */
export function notExact(
  inputs: readonly Named[],
  wrong: readonly Wrong[],
  operation: Operation,
  own: Architecture,
): Refusal {
  const cannot = `${RESULTS[operation]} cannot be written as one profile`;
  const unshared = wrong.filter((one) => one.unshared);
  const [first] = unshared;
  if (first?.arch !== undefined) {
    const { target, arch } = first;
    const isOwn = unshared.some((one) => one.target.arch === own);
    const archs = [
      ...new Set(unshared.filter((one) => one.target.arch === target.arch).map((one) => one.arch?.name)),
    ];
    const [having, lacking] = [true, false].map((has) =>
      inputs.filter(({ profile }) => listedOn(profile, target.arch).includes(arch.scmp) === has),
    );
    const names = (some: readonly Named[] = []): string =>
      listed(
        some.map(({ label }) => label),
        3,
      );
    return new Refusal(
      `${cannot}: on ${target.arch.name}, ${names(having)} judges calls of ${listed(archs.map(String))} by its rules, and ${names(lacking)} does not list ${archs.length === 1 ? "it" : "them"} and so kills the calls; ${callsOf(unshared)} would be judged otherwise there`,
      `list the same architectures in all of them, or have them read so: --same-architectures${isOwn ? "" : `; if only machines of one architecture matter, name it: --arch`}`,
    );
  }
  const [some] = wrong;
  const cutShort = wrong.find(({ calls }) => calls.cutShort !== undefined);
  if (cutShort !== undefined && cutShort.calls.changes.length === 0) {
    return new Refusal(
      `${cannot}: the rules for ${nameOf(cutShort)} could not be compared completely, ${cutShort.calls.cutShort}`,
      "write fewer or simpler conditions",
    );
  }
  return new Refusal(`${cannot}: ${some === undefined ? "" : `${verdictsOf(some)}${reasonOf(some)}`}`);
}

function callsOf(wrong: readonly Wrong[]): string {
  return listed([...new Set(wrong.map(nameOf))], 5);
}

function nameOf({ calls: { id, first } }: Wrong): string {
  return id >= 0 ? syscallName(id) : `number ${first}`;
}

/** What the first of the calls would get. */
function verdictsOf(wrong: Wrong): string {
  const { target, arch, calls } = wrong;
  const [change] = calls.changes;
  const of: Architecture = arch ?? target.arch;
  const verdicts = change?.verdicts.map((verdict) => formatVerdict(verdict, of)) ?? [];
  return `${nameOf(wrong)} on ${of.name} would get ${verdicts[1]}, not ${verdicts[0]}`;
}

/** Why, if it is a call through which others are made. */
function reasonOf(wrong: Wrong): string {
  const name = nameOf(wrong);
  return multiplexers.some((one) => one.name === name)
    ? `; what is called through ${name} has arguments that no filter sees`
    : "";
}
