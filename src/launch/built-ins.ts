/**
 * The built-in functions that launches call. QuickJS makes each of them when it is first looked up, which takes some 700
 * instructions: here that happens when the executable is built, since its image is made after this file has run.
 */

export const BUILT_INS: readonly unknown[] = [
  ...["".charCodeAt, "".endsWith, "".includes, "".indexOf, "".lastIndexOf, "".slice, "".startsWith],
  ...[[].every, [].filter, [].find, [].includes, [].map, [].push, [].some],
  ...[Object.entries, Object.keys, JSON.parse],
];
