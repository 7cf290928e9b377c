/**
 * Parts of a profile as JSON, laid out as the shipped profiles are.
 */

/** Where lists of names are wrapped, in columns. */
const WIDTH = 100;

/** The names of a rule as an array, from `[` to `]`, in lines of their own if they need them. */
export function namesText(names: readonly string[], indent: string): string {
  const words = names.map((name) => JSON.stringify(name));
  const single = `[${words.join(", ")}]`;
  if (indent.length + '"names": '.length + single.length < WIDTH) {
    return single;
  }
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 3 > WIDTH) {
      lines.push(`${indent}  ${word}`);
    } else {
      lines[lines.length - 1] = `${last}, ${word}`;
    }
  }
  return `[\n${lines.join(",\n")}\n${indent}]`;
}

/** An object with a member a line. Members are written already: `"key": value`. */
export function objectText(members: readonly string[], indent: string): string {
  return `{\n${members.map((member) => `${indent}  ${member}`).join(",\n")}\n${indent}}`;
}

/** An array: of one item in one line, of more with an item a line. */
export function listText(items: readonly string[], indent: string): string {
  return items.length < 2
    ? `[${items.join("")}]`
    : `[\n${items.map((item) => `${indent}  ${item}`).join(",\n")}\n${indent}]`;
}

/** An entry of `archMap`. */
export function archMapText(architecture: string, subArchitectures: readonly string[]): string {
  const subs = subArchitectures.map((scmp) => JSON.stringify(scmp)).join(", ");
  return `{ "architecture": ${JSON.stringify(architecture)}, "subArchitectures": [${subs}] }`;
}
