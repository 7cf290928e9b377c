/**
 * Mistakes that must be reported wherever they occur: no author means them, and some engine reads them differently.
 */

import { replaced } from "../../../src/lists.ts";
import { isCommentKey } from "../../../src/profile/comment-key.ts";
import type { Architecture } from "../../../src/tables/architectures.ts";
import { array, memberOf, NULL, number, string, type Tree, writeTree } from "../oracles/json-tree.ts";
import {
  flaws,
  isOfOtherMachine,
  isSyscall,
  namesOf,
  type Path,
  type Place,
  permissiveness,
  placeOf,
  profileWithin,
  type RecordPlace,
} from "../oracles/profile-format.ts";
import {
  choose,
  insertAt,
  misspell,
  oddNumbers,
  otherTypes,
  removeAt,
  renameAt,
  replaceAt,
  type Way,
} from "./mutations.ts";

/** A text to make the mistake in. */
export interface Sound {
  readonly text: string;
  readonly tree: Tree;
  /** Whether the profile is at linux.seccomp. */
  readonly isConfig: boolean;
  readonly native: Architecture;
}

/** Makes the mistake somewhere; undefined if the text has no place for it. `where` and `what` choose. */
export type Mistake = (sound: Sound, where: number, what: number) => string | undefined;

/** A value of the profile, and what its place may hold. */
interface Site {
  readonly way: Way;
  readonly path: Path;
  readonly value: Tree;
  readonly place: Place;
  /** The object or list that holds it, and its key there. */
  readonly holder?: { readonly place: RecordPlace; readonly key: string };
}

function sitesOf({ tree, isConfig, native }: Sound): Site[] {
  const profile = profileWithin(tree, isConfig) ?? NULL;
  return sitesIn({ way: [], path: [], value: tree, place: placeOf(isConfig) }).filter(
    // An entry for another machine is ignored.
    ({ path }) => !isOfOtherMachine(profile, isConfig ? path.slice(2) : path, native),
  );
}

function sitesIn(site: Site): Site[] {
  const { way, path, value, place } = site;
  if (value.type === "array" && place.kind === "list") {
    const below = value.items.map((item, i) => ({
      way: [...way, i],
      path: [...path, i],
      value: item,
      place: place.of,
    }));
    return [site, ...below.flatMap(sitesIn)];
  }
  if (value.type === "object" && place.kind === "record") {
    const below = value.members.map(({ key, value: inner }, i) => ({
      way: [...way, i],
      path: [...path, key],
      value: inner,
      place: place.members[key] ?? { kind: "anything" as const },
      holder: { place, key },
    }));
    return [site, ...below.flatMap(sitesIn)];
  }
  return [site];
}

/** One of the sites, with each key equally likely: names are many. */
function pickSite(sound: Sound, where: number, fits: (site: Site) => boolean): Site | undefined {
  const byKey = new Map<string, Site[]>();
  for (const site of sitesOf(sound).filter(fits)) {
    const group = byKey.get(keyOf(site));
    if (group === undefined) {
      byKey.set(keyOf(site), [site]);
    } else {
      group.push(site);
    }
  }
  const group = choose([...byKey.values()], where);
  return group === undefined ? undefined : choose(group, where >> 5);
}

function keyOf({ path }: Site): string {
  return path.filter((token) => typeof token === "string").join("/");
}

/** Replaces the value at a site by one that no format permits there. */
function replacing(
  fits: (site: Site) => boolean,
  others: (site: Site, what: number) => readonly Tree[],
): Mistake {
  return (sound, where, what) => {
    const site = pickSite(sound, where, fits);
    const wrong =
      site === undefined ? [] : others(site, what).filter((one) => flaws(one, site.place).length > 0);
    return site === undefined || wrong.length === 0
      ? undefined
      : writeTree(replaceAt(sound.tree, site.way, choose(wrong, what >> 8)));
  };
}

/** Gives the key at a site another name. */
function renaming(fits: (site: Site) => boolean, rename: (key: string, what: number) => string): Mistake {
  return (sound, where, what) => {
    const site = pickSite(sound, where, (one) => one.holder !== undefined && fits(one));
    const { key = "", place } = site?.holder ?? {};
    const renamed = rename(key, what);
    return site === undefined || place === undefined || Object.hasOwn(place.members, renamed)
      ? undefined
      : writeTree(renameAt(sound.tree, site.way, renamed));
  };
}

/** Adds something to a rule with this key; what it is may depend on the rule. */
function inRule(key: string, change: (rule: Tree, what: number) => Tree | undefined): Mistake {
  return (sound, where, what) => {
    const site = pickSite(sound, where, ({ value }) => memberOf(value, key) !== undefined);
    const changed = site === undefined ? undefined : change(site.value, what);
    return site === undefined || changed === undefined
      ? undefined
      : writeTree(replaceAt(sound.tree, site.way, changed));
  };
}

/** A rule with another member, instead of the one that it may have. */
function withMember(rule: Tree, key: string, value: Tree): Tree {
  const others = rule.type === "object" ? rule.members.filter((member) => member.key !== key) : [];
  return { type: "object", members: [...others, { key, value }] };
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Inserts one of these before some token, or after the last one. */
function betweenTokens(...inserted: readonly string[]): Mistake {
  return ({ text }, where, what) => {
    const starts = [...text.matchAll(TOKEN)].map(({ index }) => index);
    return insertText(text, choose([...starts, text.length], where), choose(inserted, what));
  };
}

function insertText(text: string, at: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at);
}

/** Inserts one of these into some string, after its opening quote. */
function inStrings(...inserted: readonly string[]): Mistake {
  return ({ text }, where, what) => {
    const strings = [...text.matchAll(TOKEN)].filter(([token]) => token.startsWith('"'));
    return insertText(text, choose(strings, where).index + 1, choose(inserted, what));
  };
}

const isWord = ({ place }: Site): boolean => place.kind === "word";
/** Not one of the keys of a config.json outside the profile. */
const isOurKey = ({ holder }: Site): boolean =>
  (holder?.place.open !== true || holder.place.required.includes(holder.key)) &&
  (holder === undefined || !isCommentKey(holder.key));
const isInteger = ({ place }: Site): boolean => place.kind === "integer";

function textOf(value: Tree): string {
  return value.type === "string" ? value.value : value.type === "number" ? value.written : "";
}

function otherCase(word: string, what: number): string {
  const at = [...word].map((_, i) => i).filter((i) => /[a-zA-Z]/.test(word[i] ?? ""));
  const turn = (letter: string): string =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  const one = choose(at, what >> 2) ?? 0;
  const folded: Record<string, string> = { s: "\u017f", k: "\u212a" };
  switch (what & 3) {
    case 0:
      return word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase();
    case 1:
      // Go's JSON reader folds these to the letters that they look like.
      return word.replace(/[sk]/, (letter) => folded[letter] ?? letter);
    default:
      return word.slice(0, one) + turn(word.slice(one, one + 1)) + word.slice(one + 1);
  }
}

/** Mistakes that can only deny more than was meant: a warning is enough. */
export const WARNED: readonly string[] = [
  "a misspelt word",
  "a word in another case",
  "a word of another vocabulary",
  "a misspelt key",
  "a key of an object's prototype",
];

/** Stands for an existing key, until its spelling is chosen. */
const AGAIN = "the same key again";

/** By descriptive name. */
export const MISTAKES: Readonly<Record<string, Mistake>> = {
  "a misspelt word": replacing(isWord, ({ value }, what) => [string(misspell(textOf(value), what))]),
  "a word in another case": replacing(isWord, ({ value }, what) => [string(otherCase(textOf(value), what))]),
  "a word of another vocabulary": replacing(isWord, (_, what) =>
    [
      "read",
      "SCMP_ACT_ALLOW",
      "SCMP_CMP_EQ",
      "SCMP_ARCH_X86",
      "CAP_CHOWN",
      "EPERM",
      "amd64",
      "toString",
      "",
      "*",
    ].map((_one, i, all) => string(choose(all, i + what))),
  ),
  "a misspelt syscall in a rule that denies more than the default": (sound, where, what) => {
    const least = permissiveness(memberOf(profileWithin(sound.tree, sound.isConfig), "defaultAction"));
    const rule = pickSite(
      sound,
      where,
      ({ value }) =>
        memberOf(value, "names") !== undefined && permissiveness(memberOf(value, "action")) < least,
    );
    const names = namesOf(rule?.value);
    const misspelt = misspell(choose(names, what) ?? "", what >> 4);
    return rule === undefined || isSyscall(misspelt)
      ? undefined
      : writeTree(
          replaceAt(
            sound.tree,
            rule.way,
            withMember(
              rule.value,
              "names",
              array(...replaced(names, what % names.length, misspelt).map(string)),
            ),
          ),
        );
  },
  "another type": replacing(
    ({ place }) => place.kind !== "anything",
    ({ value }) => otherTypes(value),
  ),
  null: replacing(
    ({ place }) => place.kind !== "anything",
    () => [NULL],
  ),
  "a number not written as an integer": replacing(isInteger, ({ value }) => oddNumbers(textOf(value))),
  "a number out of range": replacing(isInteger, ({ place }) =>
    (place.kind === "integer"
      ? [place.largest + 1n, place.largest + 2n ** 32n, 2n ** 64n, 2n ** 64n + 38n, -1n, 10n ** 400n]
      : []
    ).map(number),
  ),
  "an errno above the kernel's": inRule("action", (rule, what) =>
    textOf(memberOf(rule, "action") ?? NULL) === "SCMP_ACT_ERRNO"
      ? withMember(rule, "errnoRet", number(choose([4096, 65535, 65536, 65537], what)))
      : undefined,
  ),
  "a strange kernel version": replacing(
    ({ place }) => place.kind === "version",
    () =>
      [
        "",
        "4",
        "4.8.1",
        "v4.8",
        "4.",
        ".8",
        " 4.8",
        "4.8 ",
        "0.0",
        "256.0",
        "4.256",
        "4,8",
        "+4.8",
        "4.8\u0000",
      ].map(string),
  ),
  "a key in another case": renaming(isOurKey, otherCase),
  "a misspelt key": renaming(isOurKey, misspell),
  "a key of an object's prototype": renaming(isOurKey, (_, what) =>
    choose(["__proto__", "constructor", "toString", "hasOwnProperty"], what),
  ),
  "a key twice": (sound, where, what) => {
    const site = pickSite(sound, where, ({ holder }) => holder !== undefined);
    const { key = "" } = site?.holder ?? {};
    const value = choose([site?.value ?? NULL, NULL, array(), string("SCMP_ACT_ALLOW")], what);
    // A key written with an escape is the same key.
    const escaped = `\\u${key.charCodeAt(0).toString(16).padStart(4, "0")}${key.slice(1)}`;
    return site === undefined
      ? undefined
      : writeTree(insertAt(sound.tree, site.way, value, AGAIN)).replace(
          `"${AGAIN}"`,
          `"${what & 1024 ? escaped : key}"`,
        );
  },
  "name for names, or names for name": (sound, where) => {
    const site = pickSite(sound, where, ({ holder }) => holder?.key === "name" || holder?.key === "names");
    const key = site?.holder?.key === "name" ? "names" : "name";
    return site === undefined ? undefined : writeTree(renameAt(sound.tree, site.way, key));
  },
  "name and names": inRule("names", (rule, what) =>
    withMember(rule, "name", string(choose(["read", "ptrace"], what))),
  ),
  "a rule without names": inRule("names", (rule, what) =>
    withMember(rule, "names", choose([array(), NULL, array(string(""))], what)),
  ),
  "architectures and archMap": (sound) => {
    const site = pickSite(sound, 0, ({ value }) => memberOf(value, "archMap") !== undefined);
    return site === undefined
      ? undefined
      : writeTree(replaceAt(sound.tree, site.way, withMember(site.value, "architectures", array())));
  },
  "a required key is missing": (sound, where) => {
    const site = pickSite(sound, where, ({ holder }) => holder?.place.required.includes(holder.key) === true);
    return site === undefined ? undefined : writeTree(removeAt(sound.tree, site.way));
  },
  "a text cut off": ({ text }, where) => text.slice(0, where % text.trimEnd().length),
  "something behind the end": ({ text }, where, what) =>
    text +
    choose(["}", "]", ",", "x", "0", "{}", '""', "null", "\u0000", "\u001a", text], where) +
    choose(["", "\n"], what),
  "a NUL byte": ({ text }, where) => insertText(text, where % (text.length + 1), "\u0000"),
  "a byte order mark": ({ text }) => `\ufeff${text}`,
  "a space that JSON does not have": betweenTokens(
    "\u00a0",
    "\u2028",
    "\ufeff",
    "\f",
    "\v",
    "\u0085",
    "\u3000",
  ),
  "a comment": betweenTokens("// x\n", "/* x */", "/**/", "# x\n", "//\n", "<!-- x -->"),
  "a comma too many": betweenTokens(","),
  "a trailing comma": ({ text }, where) => {
    const closing = [...text.matchAll(TOKEN)].filter(([token]) => token === "}" || token === "]");
    return insertText(text, choose(closing, where).index, ",");
  },
  "a character of the structure is missing": ({ text }, where) => {
    const marks = [...text.matchAll(TOKEN)].filter(
      ([token]) => token.length === 1 && /[{}[\],:]/.test(token),
    );
    const at = choose(marks, where).index;
    return text.slice(0, at) + text.slice(at + 1);
  },
  "a control character in a string": inStrings("\n", "\t", "\r", "\u0001", "\u001f", "\u0000"),
  "an escape that JSON does not have": inStrings("\\x41", "\\u12x", "\\'", "\\0", "\\u{41}", "\\ "),
  "single quotes": ({ text }, where) => {
    const strings = [...text.matchAll(TOKEN)].filter(([token]) => token.startsWith('"'));
    const { 0: token, index } = choose(strings, where);
    return `${text.slice(0, index)}'${token.slice(1, -1)}'${text.slice(index + token.length)}`;
  },
};
