/**
 * The word that a misspelt one was probably meant to be.
 */

import { closest, distance } from "fastest-levenshtein";
import type { WordKind } from "../diagnostic.ts";
import { ACTIONS, FLAGS, OPERATORS } from "../profile/profile.ts";
import { PROFILE_VOCABULARY } from "../profile/read.ts";
import { architectureByScmp, architectures, matchesArchName } from "../tables/architectures.ts";
import {
  capabilityBit,
  capabilityCount,
  capabilityName,
  normalizeCapability,
} from "../tables/capabilities.ts";
import { errnoNames } from "../tables/errnos.ts";
import { syscallCount, syscallId, syscallName } from "../tables/syscalls.ts";
import policySchema from "../task/schema/policy.schema.json" with { type: "json" };

const VOCABULARIES: Readonly<Record<WordKind, () => readonly string[]>> = {
  syscall: () => Array.from({ length: syscallCount() }, (_, id) => syscallName(id)),
  action: () => ACTIONS,
  operator: () => OPERATORS,
  flag: () => FLAGS,
  architecture: () => architectures.flatMap((arch) => [arch.go ?? arch.name, arch.name]),
  SCMP_ARCH: () => architectures.map((arch) => arch.scmp),
  capability: () => Array.from({ length: capabilityCount }, (_, bit) => capabilityName(bit) ?? ""),
  errno: () => errnoNames(),
  key: () => PROFILE_VOCABULARY,
  "policy key": () => Object.keys(policySchema.properties),
};

const found = new Map<string, string | undefined>();

/** The nearest word of that kind, if one is near: at most a third of its letters differ, or their order. */
export function suggest(word: string, kind: WordKind): string | undefined {
  const key = `${kind} ${word}`;
  if (!found.has(key)) {
    found.set(key, otherSpelling(word, kind) ?? nearest(word, VOCABULARIES[kind]()));
  }
  return found.get(key);
}

/** The word as another place writes it: the architecture's Go name, the capability without its prefix. */
function otherSpelling(word: string, kind: WordKind): string | undefined {
  switch (kind) {
    case "SCMP_ARCH":
      return architectures.find((arch) => matchesArchName(arch, word))?.scmp;
    case "architecture":
      return architectureByScmp(word)?.name;
    case "capability":
      return capabilityName(capabilityBit(normalizeCapability(word)));
    case "syscall":
      return [word.toLowerCase(), word.toLowerCase().replace(/^(sys|__nr)_/, "")].find(
        (name) => syscallId(name) >= 0,
      );
    default:
      return undefined;
  }
}

/** Longer words than this are not misspelt, they are something else; and comparing them takes long. */
const LONGEST = 64;

function nearest(word: string, vocabulary: readonly string[]): string | undefined {
  if (word.length > LONGEST) {
    return undefined;
  }
  const swapped = vocabulary.find((known) => distance(word, known) === 2 && letters(word) === letters(known));
  const candidate = closest(word, [...vocabulary]);
  const far = distance(word, candidate);
  return far <= Math.max(1, Math.floor(word.length / 3)) && (far < 2 || swapped === undefined)
    ? candidate
    : swapped;
}

function letters(word: string): string {
  return [...word].sort().join("");
}
