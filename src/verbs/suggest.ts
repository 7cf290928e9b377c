/**
 * The word that a misspelt one was probably meant to be.
 */

import { closest, distance } from "fastest-levenshtein";
import type { WordKind } from "../diagnostic.ts";
import { ACTIONS, FLAGS, OPERATORS } from "../profile/profile.ts";
import { PROFILE_VOCABULARY } from "../profile/read.ts";
import { architectures } from "../tables/architectures.ts";
import { capabilityCount, capabilityName } from "../tables/capabilities.ts";
import { errnoNames } from "../tables/errnos.ts";
import { syscallCount, syscallName } from "../tables/syscalls.ts";

const VOCABULARIES: Readonly<Record<WordKind, (word: string) => readonly string[]>> = {
  syscall: () => Array.from({ length: syscallCount() }, (_, id) => syscallName(id)),
  action: () => ACTIONS,
  operator: () => OPERATORS,
  flag: () => FLAGS,
  architecture: (word) =>
    word.startsWith("SCMP_")
      ? architectures.map((arch) => arch.scmp)
      : architectures.flatMap((arch) => [arch.go ?? arch.name, arch.name]),
  capability: () => Array.from({ length: capabilityCount }, (_, bit) => capabilityName(bit) ?? ""),
  errno: () => errnoNames(),
  key: () => PROFILE_VOCABULARY,
};

/** The nearest word of that kind, if one is near: at most a third of its letters differ. */
export function suggest(word: string, kind: WordKind): string | undefined {
  const nearest = closest(word, [...VOCABULARIES[kind](word)]);
  return distance(word, nearest) <= Math.max(1, Math.floor(word.length / 3)) ? nearest : undefined;
}
