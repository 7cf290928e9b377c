/**
 * Suggests the word that a misspelt one was probably meant to be.
 */

import { distance } from "fastest-levenshtein";
import type { Misspelt, WordKind } from "../diagnostic.ts";
import { ACTIONS, FLAGS, OPERATORS } from "../profile/profile.ts";
import { PROFILE_VOCABULARY } from "../profile/raw-profile.ts";
import { architectureByScmp, architectures, matchesArchName } from "../tables/architectures.ts";
import {
  capabilityBit,
  capabilityCount,
  capabilityName,
  normalizeCapability,
} from "../tables/capabilities.ts";
import { errnoNames } from "../tables/errnos.ts";
import { libraryFunction } from "../tables/library-functions.ts";
import { syscallId, syscallNames } from "../tables/syscalls.ts";
import policySchema from "../task/schema/policy.schema.json" with { type: "json" };
import { FAMILIES } from "../task/variables.ts";

const VOCABULARIES: Readonly<Record<WordKind, () => readonly string[]>> = {
  syscall: () => syscallNames(),
  action: () => ACTIONS,
  operator: () => OPERATORS,
  flag: () => FLAGS,
  architecture: () => architectures.flatMap((arch) => [arch.go ?? arch.name, arch.name]),
  SCMP_ARCH: () => architectures.map((arch) => arch.scmp),
  capability: () => Array.from({ length: capabilityCount }, (_, bit) => capabilityName(bit) ?? ""),
  errno: () => errnoNames(),
  key: () => PROFILE_VOCABULARY,
  "policy key": () => Object.keys(policySchema.properties),
  variable: () => FAMILIES.flatMap(({ prefix, read }) => read.map((rest) => `${prefix}${rest}`)),
  // The words of these are given with the word.
  constant: () => [],
  option: () => [],
  verb: () => [],
  profile: () => [],
  code: () => [],
  value: () => [],
};

/** The common prefix of all words of a kind, which does not help to distinguish them. */
const PREFIXES: Readonly<Partial<Record<WordKind, string>>> = {
  action: "SCMP_ACT_",
  operator: "SCMP_CMP_",
  flag: "SECCOMP_FILTER_FLAG_",
  SCMP_ARCH: "SCMP_ARCH_",
  capability: "CAP_",
  option: "--",
};

const found = new Map<string, string | undefined>();

/** The nearest word, if one is near: at most a third of its letters differ, or two are swapped. */
export function suggest({ word, kind, among }: Misspelt): string | undefined {
  const key = `${kind} ${word} ${among?.join(" ")}`;
  if (!found.has(key)) {
    found.set(
      key,
      otherSpelling(word, kind, among ?? []) ?? nearest(word, kind, among ?? VOCABULARIES[kind]()),
    );
  }
  return found.get(key);
}

/** What to do about it: the hint of the diagnostic, or the word that was probably meant. */
export function hintOf({
  misspelt,
  hint,
}: {
  readonly misspelt?: Misspelt | undefined;
  readonly hint?: string | undefined;
}): string | undefined {
  const nearest = misspelt === undefined ? undefined : suggest(misspelt);
  return nearest === undefined ? hint : `did you mean '${nearest}'?`;
}

/** The same word in another spelling: an architecture's Go name, a capability without its prefix, the beginning of an option. */
function otherSpelling(word: string, kind: WordKind, among: readonly string[]): string | undefined {
  switch (kind) {
    case "option": {
      const plain = word.replace(/^-+/, "").toLowerCase();
      return plain === "" ? undefined : among.find((known) => known.startsWith(`--${plain}`));
    }
    case "profile":
      // Without its ending, or with the name of its folder instead of the prefix.
      return among.find((known) => known === `${word}.json` || known === word.toLowerCase());
    case "SCMP_ARCH": {
      const plain = word.toLowerCase().replace(/^scmp_arch_/, "");
      return architectures.find((arch) => matchesArchName(arch, plain))?.scmp;
    }
    case "architecture":
      return (architectureByScmp(word.toUpperCase()) ?? architectures.find(matchesWord(word)))?.name;
    case "capability":
      return capabilityName(capabilityBit(normalizeCapability(word)));
    case "syscall":
      return [
        word.toLowerCase(),
        word.toLowerCase().replace(/^(sys|__nr)_/, ""),
        // What a function of the C library calls, rather than a name like its own.
        ...(libraryFunction(word)?.steps[0] ?? []),
      ].find((name) => syscallId(name) >= 0);
    case "constant": {
      const upper = word.toUpperCase();
      return among.find((known) => known === upper) ?? among.find((known) => known.endsWith(`_${upper}`));
    }
    case "action":
    case "operator":
    case "flag":
    case "errno": {
      const upper = word.toUpperCase();
      const prefix = PREFIXES[kind] ?? "";
      return VOCABULARIES[kind]().find((known) => known === upper || known === `${prefix}${upper}`);
    }
    default:
      return undefined;
  }
}

function matchesWord(word: string): (arch: (typeof architectures)[number]) => boolean {
  return (arch) => matchesArchName(arch, word.toLowerCase());
}

/** Maximum length of a word that is compared: longer ones are not misspellings, and comparing them takes long. */
const MAX_WORD_LENGTH = 64;

function nearest(word: string, kind: WordKind, vocabulary: readonly string[]): string | undefined {
  if (word.length > MAX_WORD_LENGTH || word === "") {
    return undefined;
  }
  if (kind === "profile") {
    return nearestProfile(word, vocabulary);
  }
  const prefix = PREFIXES[kind] ?? "";
  const own = word.startsWith(prefix) ? word.length - prefix.length : word.length;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(own / 3)) + 0.5;
  for (const known of vocabulary) {
    const far = distance(word, known);
    // Two swapped letters are one slip.
    const slips = far === 2 && letters(word) === letters(known) ? 0.5 : far;
    if (slips < least) {
      best = known;
      least = slips;
    }
  }
  return best;
}

/**
 * The one profile with a near name. The ending does not distinguish profiles. If two are equally near, as team-a.json and
 * team-b.json are, the list of all profiles helps more.
 */
function nearestProfile(word: string, names: readonly string[]): string | undefined {
  const stem = stemOf(word);
  const most = Math.floor(stem.length / 3);
  const near = names
    .map((name) => ({ name, far: distance(stem, stemOf(name)) }))
    .filter(({ far }) => far <= most)
    .sort((a, b) => a.far - b.far);
  const [first, second] = near;
  return first?.far === second?.far ? undefined : first?.name;
}

function stemOf(name: string): string {
  return name.replace(/\.json$/, "");
}

function letters(word: string): string {
  return [...word].sort().join("");
}
